/* arena.h - the private shape of an arena. */
#ifndef FAI_ARENA_H
#define FAI_ARENA_H

#include "core/context.h"
#include "framealloc/arena.h"

typedef struct fai_arena_position {
    uintptr_t cursor;
    uint32_t serial;
} fai_arena_position;

typedef struct fai_arena {
    fa_arena head; /* cursor, limit */
    uint64_t magic;
    fai_context *ctx;
    fai_extent extent;
    uint32_t mark_serial;
    fai_list marks; /* fai_arena_position, rising */
    size_t keep_bytes;
    size_t peak_bytes;
    fa_tag tag;
    char name[FAI_NAME_BYTES];
    struct fai_arena *next;
    struct fai_arena *prev;
} fai_arena;

/* The arena of a context that an address lies in. The contexts lock is held. */
const fai_arena *fai_arena_owning(const fai_context *ctx, const void *p);
void fai_arena_destroy_all(fai_context *ctx);
/* The limits that the inlined paths compare with, anew. */
void fai_arena_reopen_all(fai_context *ctx);

#endif
