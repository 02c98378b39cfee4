/* ghost_arena.c - arenas whose dead contents trap: ghost.c's rings and window, once per arena.
 *
 * With ghosts of all frames every arena takes part: scratch from the outermost scope's begin to its end, an
 * arena of the program's from one reset to the next, tickets from opening to closing. With sampling only
 * scratch scopes that begin in a frame that is a ghost do: an arena that lives long would take the slow way
 * for that long. */
#include "core/arena.h"
#include "debug/ghost.h"

#define SHARE 8u /* of the window and the records that the context's frames have */
#define RECORD_LEAST ((size_t)1 << 20)

static fai_ghosts *ghosts_of(fai_arena *arena)
{
    fai_context *ctx = arena->ctx;
    if (arena->ghosts == NULL) {
        size_t largest = arena->extent.end - arena->extent.base;
        fa_ghost_desc desc = ctx->ghosts->desc;
        desc.every_n_frames = 1;
        desc.window_bytes = desc.window_bytes / SHARE;
        desc.record_bytes =
            desc.record_bytes / SHARE > RECORD_LEAST ? desc.record_bytes / SHARE : RECORD_LEAST;
        fai_ghosts *made = fai_ghosts_make(ctx, &desc, largest, arena->name);
        fai_mutex_lock(&ctx->allocator->contexts_lock);
        arena->ghosts = made;
        fai_mutex_unlock(&ctx->allocator->contexts_lock);
    }
    return arena->ghosts;
}

static bool takes_part(const fai_arena *arena)
{
    const fai_context *ctx = arena->ctx;
    bool all = ctx->ghosts != NULL && ctx->ghosts->desc.every_n_frames == 1;
    return all || (ctx->ghosts != NULL && arena->role == FAI_ARENA_SCRATCH &&
                   (ctx->slow_reasons & FAI_SLOW_GHOST) != 0);
}

void fai_ghost_arena_fresh(fai_arena *arena)
{
    if (!takes_part(arena) || fai_arena_is_ghost(arena)) {
        return;
    }
    fai_context *ctx = arena->ctx;
    fai_ghosts *g = ghosts_of(arena);
    if (g == NULL || !fai_ghosts_enter(g, 0, fai_frame_count_key(ctx))) {
        ctx->ghosts->degraded++;
        return;
    }
    size_t largest = arena->extent.end - arena->extent.base;
    g->home[0] = arena->extent;
    g->away[0] = true;
    g->high = 0;
    g->ghost_count++;
    fai_mutex_lock(&ctx->allocator->contexts_lock); /* others ask whose an address is */
    arena->extent = (fai_extent){.base = g->position,
                                 .committed_end = g->position,
                                 .end = g->position + largest,
                                 .start = g->position - 1,
                                 .limit = g->position - 1,
                                 .reserved_bytes = g->frame_bytes};
    fai_mutex_unlock(&ctx->allocator->contexts_lock);
    arena->head.cursor = arena->extent.start;
    fai_arena_open_limit(arena);
}

static void note_high(fai_arena *arena)
{
    size_t used = arena->head.cursor - arena->extent.start;
    arena->ghosts->high = used > arena->ghosts->high ? used : arena->ghosts->high;
}

void fai_ghost_arena_dead(fai_arena *arena)
{
    if (!fai_arena_is_ghost(arena)) {
        return;
    }
    fai_context *ctx = arena->ctx;
    fai_ghosts *g = arena->ghosts;
    note_high(arena);
    uint64_t number = g->entry[0];
    fai_ghost_frame *entry = &g->frames[number % g->frame_capacity];
    entry->end = entry->begin + fai_round_up(g->high, ctx->allocator->page_bytes);
    entry->died = fai_frame_count_key(ctx);
    g->position = fai_round_up(entry->end, FA_ALIGN_MAX);
    if (g->high == 0) {
        atomic_store(&g->frame_head, number); /* nothing to remember */
    }
    fai_extent dead = arena->extent;
    fai_mutex_lock(&ctx->allocator->contexts_lock);
    arena->extent = g->home[0];
    fai_mutex_unlock(&ctx->allocator->contexts_lock);
    g->away[0] = false;
    arena->head.cursor = arena->extent.start;
    fai_ghosts_shut(g, &dead);
    if (ctx->ghosts == NULL) { /* turned off meanwhile */
        fai_ghost_arena_drop(arena);
    }
    fai_arena_open_limit(arena);
}

void fai_ghost_arena_alloc(fai_arena *arena, uintptr_t p, size_t size, const char *here)
{
    fai_ghosts_record(arena->ghosts, 0, arena->tag, p, size, here);
}

void fai_ghost_arena_rewinds(fai_arena *arena)
{
    note_high(arena);
}

void fai_ghost_arena_rewound(fai_arena *arena)
{
    (void)fai_extent_trim(&arena->extent, arena->ctx->allocator, arena->head.cursor - arena->extent.start);
    fai_arena_open_limit(arena);
}

void fai_ghost_arena_drop(fai_arena *arena)
{
    fai_ghosts *g = arena->ghosts;
    if (g == NULL) {
        return;
    }
    fai_mutex_lock(&arena->ctx->allocator->contexts_lock);
    arena->ghosts = NULL;
    fai_mutex_unlock(&arena->ctx->allocator->contexts_lock);
    fai_ghosts_free(g);
}
