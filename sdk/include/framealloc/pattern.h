/* pattern.h - what memory looks like in debug builds of the SDK, so that a debugger's view says what
 * happened.
 *
 *     a1 a1 a1 a1   handed out, nothing written yet
 *     ed ed ed ed   its frame has ended, or its arena was reset
 *     be be be be   rewound: a checkpoint, a scratch scope, an arena's mark; or given up by a block that
 * shrank fd fd fd fd   freed: pool, typed pool, heap, group, handle, stream; or left by a block that was
 * moved
 *
 * Only bytes that were in use are filled. A pointer of such bytes is no address that a program can have, so
 * its use traps. Blocks that are asked for zeroed are zero. In release builds none of this is there, nor
 * costs anything; a frame that is a ghost (ghost.h) has no bytes left to look at. */
#ifndef FRAMEALLOC_PATTERN_H
#define FRAMEALLOC_PATTERN_H

#define FA_PATTERN_ALLOCATED 0xA1
#define FA_PATTERN_ENDED 0xED
#define FA_PATTERN_REWOUND 0xBE
#define FA_PATTERN_FREED 0xFD

#endif
