/* memory.h - SDL's own allocations, taken from the tagged heap.
 *
 * SDL offers one set of four functions per process, without a user pointer. So this is the one place in the
 * project that has a static variable: one allocator can be bound to SDL at a time, and the second one is
 * refused. SDL calls the functions from any of its threads; they work through one context of their own,
 * behind a lock, so that threads of SDL need not attach, and their ends go unnoticed. SDL allocates rarely,
 * so the lock is no bottleneck.
 *
 *     fa_sdl2_memory_install(allocator, NULL);         // before the first SDL call
 *     SDL_Init(SDL_INIT_VIDEO); ... SDL_Quit();
 *     fa_sdl2_memory_uninstall();                      // before the allocator is destroyed
 *
 * What SDL gets: 16-byte aligned blocks, charged to the tag; NULL when the allocator has no memory or a limit
 * is reached, which SDL handles as "Out of memory"; a product that overflows is NULL; a block resized to 0
 * bytes stays a block, as SDL documents it. Freeing what was not allocated here is diagnostic FA607, and
 * changes nothing.
 *
 * The SDL plugin (sdl2.h) installs and uninstalls by itself. */
#ifndef FRAMEALLOC_SDL2_MEMORY_H
#define FRAMEALLOC_SDL2_MEMORY_H

#include "framealloc/allocator.h"

FA_EXTERN_C_BEGIN

/// Let SDL allocate from @p allocator from now on. The allocator must outlive the binding.
/// @param tag Path that is charged; NULL: "sdl2".
/// @return OK; EXISTS: an allocator is bound already, this one or another; BUSY: too late, SDL is initialised
/// or holds
///         memory (a hint that was set, say), which it would give back to the wrong place; INVALID_ARGUMENT:
///         no allocator, or the tag is not a path; OUT_OF_MEMORY; IO: SDL refused. Nothing changed then.
/// [startup]
fa_result fa_sdl2_memory_install(fa_allocator *allocator, const char *tag);

/// Give SDL its own functions back. Call it after SDL_Quit, and before the allocator is destroyed.
/// @return OK; NOT_FOUND: nothing is bound; BUSY: SDL still holds memory, SDL_GetNumAllocations says how many
/// blocks;
///         IO: SDL refused. The binding stays then, and the allocator must too.
/// [startup]
fa_result fa_sdl2_memory_uninstall(void);

/// The allocator that is bound, or NULL. [any-thread]
fa_allocator *fa_sdl2_memory_allocator(void);

/// Calls of SDL's four functions since the binding was made: what a steady frame should not add to.
/// [any-thread]
uint64_t fa_sdl2_memory_calls(void);

FA_EXTERN_C_END

#endif
