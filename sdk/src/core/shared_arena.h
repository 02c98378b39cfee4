/* shared_arena.h - the private shape of an arena for several threads. */
#ifndef FAI_SHARED_ARENA_H
#define FAI_SHARED_ARENA_H

#include "core/shared.h"
#include "framealloc/shared_arena.h"

struct fa_shared_arena {
    fai_shared shared; /* its lock: growth and reset */
    size_t keep_bytes;
    bool watched; /* a sanitizer, or a debug build, must see each block: the limit stays shut */
    fa_shared_arena_stats stats;
    /* Read by all, written at growth; then the one word that all write, on a line of its own. */
    _Alignas(64) _Atomic uintptr_t limit;  /* last byte that may be used without the lock */
    _Alignas(64) _Atomic uintptr_t cursor; /* last used byte, as in framealloc/bump.h */
};

#endif
