/* arena.h - the private shape of an arena. */
#ifndef FAI_ARENA_H
#define FAI_ARENA_H

#include "core/context.h"
#include "framealloc/arena.h"
#include "framealloc/pattern.h"

typedef struct fai_arena_position {
    uintptr_t cursor;
    uint32_t serial;
} fai_arena_position;

typedef enum fai_arena_role {
    FAI_ARENA_OWN,     /* its maker's */
    FAI_ARENA_SCRATCH, /* for the context's scratch scopes: they alone empty it */
    FAI_ARENA_TICKET,  /* for tickets: they alone empty it */
    FAI_ARENA_POOL     /* a named scratch pool: found by its name */
} fai_arena_role;

typedef struct fai_arena {
    fa_arena head; /* cursor, limit */
    uint64_t magic;
    fai_context *ctx;
    fai_extent extent;
    uint32_t mark_serial;
    fai_list marks; /* fai_arena_position, rising */
    fai_arena_role role;
    uint32_t scope_count; /* scratch scopes that are open in it */
    uint32_t generation;  /* times it was reset */
    size_t window_peak;   /* of scratch: for the recent peak, as a context's frames have it */
    size_t window_peak_before;
    size_t keep_bytes;
    size_t peak_bytes;
    fa_tag tag;
    size_t granted;            /* bytes up to which its accounts are charged; see budget.h */
    struct fai_ghosts *ghosts; /* of its dead contents; NULL: never needed */
    char name[FAI_NAME_BYTES];
    struct fai_arena *next;
    struct fai_arena *prev;
} fai_arena;

/* The arena of a context that an address lies in. The contexts lock is held. */
const fai_arena *fai_arena_owning(const fai_context *ctx, const void *p);
void fai_arena_destroy_all(fai_context *ctx);
/* The limits that the inlined paths compare with, anew. */
void fai_arena_reopen_all(fai_context *ctx);
/* Charge an empty arena to another tag from now on: its statistics, and its budgets. */
void fai_arena_set_tag(fai_arena *arena, fa_tag tag);
/* Free what lies behind @p cursor, which is not above the present one. @p pattern: see pattern.h. */
void fai_arena_cut(fai_arena *arena, uintptr_t cursor, int pattern);
/* Do its present contents lie in a window of ghosts? */
bool fai_arena_is_ghost(const fai_arena *arena);
/* Let the inlined path in, where this build has one. */
void fai_arena_open_limit(fai_arena *arena);

#endif
