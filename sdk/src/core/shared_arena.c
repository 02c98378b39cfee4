/* shared_arena.c - a bump arena for several threads.
 *
 * A compare-and-swap on the cursor and not one atomic addition: an addition that overshoots the limit has
 * moved the cursor already, and what follows it would be refused although there is room. With the swap a
 * refused request leaves nothing behind, and any alignment costs nothing more. The limit rises under the
 * lock, after the memory is there. */
#include "core/shared_arena.h"

#include "core/budget.h"
#include "core/context.h"
#include "debug/poison.h"

#define SHARED_ARENA_MAGIC UINT64_C(0x5A4EDA4E4AFA110C)
#define MAX_DEFAULT ((size_t)256 * 1024 * 1024)

static fa_result check_arena(const fa_context *ctx, const fa_shared_arena *arena, const char *call,
                             const char *here)
{
    return fai_shared_check(ctx, (const fai_shared *)arena, SHARED_ARENA_MAGIC, "shared arena", call, here);
}

static size_t used_bytes(const fa_shared_arena *arena)
{
    return atomic_load_explicit(&arena->cursor, memory_order_relaxed) - arena->shared.extent.start;
}

/* ---- create, destroy ----------------------------------------------------------------------------------- */

static size_t arena_bytes(const fai_shared *shared)
{
    return used_bytes((const void *)shared); /* its first member */
}

static void dispose(fai_shared *shared)
{
    fai_extent_release(&shared->extent, shared->allocator);
    fai_meta_free(shared->allocator, shared, sizeof(fa_shared_arena));
}

static const char *validate(fai_shared *shared)
{
    fa_shared_arena *arena = (void *)shared; /* its first member */
    fai_mutex_lock(&shared->lock);
    uintptr_t cursor = atomic_load(&arena->cursor);
    const fai_extent *extent = &shared->extent;
    bool sound = cursor >= extent->start && cursor < extent->end &&
                 (cursor == extent->start || cursor < extent->committed_end);
    fai_mutex_unlock(&shared->lock);
    return sound ? NULL : "a shared arena's cursor is outside of its memory";
}

static void open_limit(fa_shared_arena *arena)
{
    atomic_store_explicit(&arena->limit, arena->watched ? 0 : arena->shared.extent.limit,
                          memory_order_release);
}

static void check_desc(const fai_context *ctx, const fa_shared_arena_desc *desc, size_t max_bytes,
                       fai_problems *problems)
{
    fai_problems_check_canaries(problems, desc->start_canary, desc->end_canary);
    fai_problems_check_extent(problems, max_bytes, desc->prefault_bytes, desc->keep_bytes);
    fai_problems_check_tag(problems, ctx->allocator, desc->tag);
}

static fa_shared_arena *create_arena(fai_context *ctx, const fa_shared_arena_desc *desc, size_t max_bytes)
{
    fa_shared_arena *arena = fai_meta_alloc(ctx->allocator, sizeof *arena);
    if (arena == NULL || !fai_extent_reserve(&arena->shared.extent, ctx->allocator, max_bytes) ||
        !fai_extent_prefault(&arena->shared.extent, ctx->allocator, desc->prefault_bytes)) {
        if (arena != NULL) {
            fai_extent_release(&arena->shared.extent, ctx->allocator);
        }
        fai_meta_free(ctx->allocator, arena, sizeof *arena);
        return NULL;
    }
    fai_shared_init(&arena->shared, ctx, SHARED_ARENA_MAGIC, "shared arena", desc->name, desc->tag);
    arena->shared.arena_bytes = arena_bytes;
    arena->shared.validate = validate;
    arena->shared.dispose = dispose;
    arena->keep_bytes = desc->keep_bytes != 0 ? desc->keep_bytes : FA_NO_LIMIT;
    arena->watched = fai_poison_active() || fai_debug_build();
    arena->stats.name = arena->shared.name;
    atomic_store(&arena->cursor, arena->shared.extent.start);
    open_limit(arena);
    fai_shared_link(&arena->shared);
    return arena;
}

fa_result fai_shared_arena_create(fa_context *public_ctx, const fa_shared_arena_desc *desc,
                                  fa_shared_arena **out, const char *here)
{
    static const fa_shared_arena_desc defaults = {0};
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    fa_result check = fai_context_check(public_ctx, "fa_shared_arena_create", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    desc = desc != NULL ? desc : &defaults;
    size_t max_bytes =
        desc->max_bytes != 0 ? desc->max_bytes : fai_max_default(&ctx->allocator->desc, MAX_DEFAULT);
    fai_problems problems = {0};
    check_desc(ctx, desc, max_bytes, &problems);
    if (problems.count > 0) {
        return fai_context_refuse_desc(ctx, "fa_shared_arena_desc", &problems, here);
    }
    *out = create_arena(ctx, desc, max_bytes);
    return *out != NULL ? FA_RESULT_OK : fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
}

/* Still, or no longer, attached to. */
static fa_result refuse(fa_context *ctx, const fa_shared_arena *arena, fa_result result, uint64_t attached,
                        const char *call, const char *here)
{
    fai_report report = {.code = FA_CODE_FA104,
                         .result = result,
                         .allocator = arena->shared.allocator,
                         .ctx = ctx,
                         .here = here,
                         .tag = fai_tags_path(arena->shared.allocator, arena->shared.tag)};
    return fai_context_error(fai_ctx(ctx),
                             fai_report_send(&report, "%s: %llu attached to shared arena %s", call,
                                             (unsigned long long)attached, arena->shared.name));
}

fa_result fai_shared_arena_destroy(fa_context *ctx, fa_shared_arena *arena, const char *here)
{
    fa_result check = arena != NULL ? check_arena(ctx, arena, "fa_shared_arena_destroy", here)
                                    : fai_context_check(ctx, "fa_shared_arena_destroy", here);
    if (check != FA_RESULT_OK || arena == NULL) {
        return check;
    }
    fai_mutex_lock(&arena->shared.lock);
    uint64_t attached = arena->stats.attached;
    fai_mutex_unlock(&arena->shared.lock);
    if (attached != 0) {
        return refuse(ctx, arena, FA_RESULT_BUSY, attached, "fa_shared_arena_destroy", here);
    }
    if (fai_is_budgeted(fai_ctx(ctx))) {
        fai_budget_give(arena->shared.allocator, arena->shared.tag, used_bytes(arena));
    }
    fai_shared_destroy(&arena->shared);
    return FA_RESULT_OK;
}

/* ---- users --------------------------------------------------------------------------------------------- */

fa_result fai_shared_arena_attach(fa_context *ctx, fa_shared_arena *arena, const char *here)
{
    fa_result check = check_arena(ctx, arena, "fa_shared_arena_attach", here);
    if (check == FA_RESULT_OK) {
        fai_mutex_lock(&arena->shared.lock);
        arena->stats.attached++;
        fai_mutex_unlock(&arena->shared.lock);
    }
    return check;
}

fa_result fai_shared_arena_detach(fa_context *ctx, fa_shared_arena *arena, const char *here)
{
    fa_result check = check_arena(ctx, arena, "fa_shared_arena_detach", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_mutex_lock(&arena->shared.lock);
    bool was = arena->stats.attached > 0;
    arena->stats.attached -= was ? 1 : 0;
    fai_mutex_unlock(&arena->shared.lock);
    return was ? FA_RESULT_OK : refuse(ctx, arena, FA_RESULT_UNBALANCED, 0, "fa_shared_arena_detach", here);
}

/* ---- allocation ---------------------------------------------------------------------------------------- */

/* Where a block goes behind @p cursor. False: past the maximum. */
static bool place(const fa_shared_arena *arena, uintptr_t cursor, size_t size, size_t align, bool red_zone,
                  uintptr_t *p, uintptr_t *end)
{
    const fai_extent *extent = &arena->shared.extent;
    *p = (cursor | (align - 1)) + 1;
    if (size > FA_REQUEST_MAX || *p > extent->end || size > extent->end - *p) {
        return false;
    }
    *end = *p + size + (red_zone ? fai_red_zone(extent->end - *p - size) : 0);
    return true;
}

/* Memory behind the next block, then the block; or more of them by others meanwhile, and again. With @p seen,
 * only if the cursor still stands there: else BUSY. */
static fa_result take_growing(fai_context *ctx, fa_shared_arena *arena, size_t size, size_t align,
                              const uintptr_t *seen, uintptr_t *p)
{
    fa_result why = FA_RESULT_OK;
    uintptr_t end = 0;
    fai_mutex_lock(&arena->shared.lock);
    uintptr_t cursor = atomic_load_explicit(&arena->cursor, memory_order_relaxed);
    do {
        if (seen != NULL && cursor != *seen) {
            why = FA_RESULT_BUSY;
        } else if (!place(arena, cursor, size, align, seen == NULL, p, &end)) {
            why = FA_RESULT_FULL;
        } else if (!fai_extent_commit_to(&arena->shared.extent, ctx->allocator, end)) {
            why = FA_RESULT_OUT_OF_MEMORY;
        }
    } while (why == FA_RESULT_OK &&
             !atomic_compare_exchange_weak_explicit(&arena->cursor, &cursor, end - 1, memory_order_relaxed,
                                                    memory_order_relaxed));
    if (why == FA_RESULT_OK) {
        open_limit(arena);
    }
    arena->stats.refused += why == FA_RESULT_FULL || why == FA_RESULT_OUT_OF_MEMORY ? 1 : 0;
    fai_mutex_unlock(&arena->shared.lock);
    return why;
}

/* Charged before it is taken, padding included, and without the lock, since a hook may be told; so the cursor
 * may have moved meanwhile, and the padding with it. */
static fa_result take_budgeted(fai_context *ctx, fa_shared_arena *arena, size_t size, size_t align,
                               uintptr_t *p, const char *here)
{
    fa_result why = FA_RESULT_BUSY;
    while (why == FA_RESULT_BUSY) {
        uintptr_t seen = atomic_load_explicit(&arena->cursor, memory_order_relaxed);
        uintptr_t end = 0;
        size_t bytes = place(arena, seen, size, align, false, p, &end) ? end - 1 - seen : 0;
        if (!fai_budget_take(ctx, arena->shared.tag, bytes, false, here)) {
            return ctx->last_result;
        }
        why = take_growing(ctx, arena, size, align, &seen, p);
        if (why != FA_RESULT_OK) {
            fai_budget_give(ctx->allocator, arena->shared.tag, bytes);
        }
    }
    fai_budget_tell(ctx, here);
    return why;
}

static FA_COLD void *alloc_slow(fa_context *ctx, fa_shared_arena *arena, size_t size, size_t align,
                                const char *here)
{
    if (check_arena(ctx, arena, "fa_shared_arena_alloc", here) != FA_RESULT_OK) {
        return NULL;
    }
    align = fai_align_check(fai_ctx(ctx), align, "fa_shared_arena_alloc", here);
    if (align == 0) {
        return NULL;
    }
    uintptr_t p = 0;
    fa_result why = fai_is_budgeted(fai_ctx(ctx)) ? take_budgeted(fai_ctx(ctx), arena, size, align, &p, here)
                                                  : take_growing(fai_ctx(ctx), arena, size, align, NULL, &p);
    if (why != FA_RESULT_OK) {
        return fai_context_fail(fai_ctx(ctx), why);
    }
    fai_poison_fresh((void *)p, size);
    return (void *)p;
}

void *fai_shared_arena_alloc(fa_context *ctx, fa_shared_arena *arena, size_t size, size_t align,
                             const char *here)
{
    if (fai_shared_is_usable(ctx, (const fai_shared *)arena, SHARED_ARENA_MAGIC) && size <= FA_REQUEST_MAX &&
        align - 1 < FA_ALIGN_MAX && (align & (align - 1)) == 0 && !fai_is_budgeted(fai_ctx(ctx))) {
        uintptr_t limit = atomic_load_explicit(&arena->limit, memory_order_acquire);
        uintptr_t cursor = atomic_load_explicit(&arena->cursor, memory_order_relaxed);
        for (uintptr_t last; (last = cursor | (align - 1)) + size <= limit;) {
            if (atomic_compare_exchange_weak_explicit(&arena->cursor, &cursor, last + size,
                                                      memory_order_relaxed, memory_order_relaxed)) {
                return (void *)(last + 1);
            }
        }
    }
    return alloc_slow(ctx, arena, size, align, here);
}

/* ---- reset, figures ------------------------------------------------------------------------------------ */

fa_result fai_shared_arena_reset(fa_context *ctx, fa_shared_arena *arena, const char *here)
{
    fa_result check = check_arena(ctx, arena, "fa_shared_arena_reset", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_extent *extent = &arena->shared.extent;
    fai_mutex_lock(&arena->shared.lock);
    uint64_t attached = arena->stats.attached;
    if (attached == 0) {
        size_t used = used_bytes(arena);
        arena->stats.peak_bytes = used > arena->stats.peak_bytes ? used : arena->stats.peak_bytes;
        arena->stats.resets++;
        fai_poison_dead((void *)extent->base, used, FA_PATTERN_ENDED);
        if (fai_is_budgeted(fai_ctx(ctx))) {
            fai_budget_give(arena->shared.allocator, arena->shared.tag, used);
        }
        atomic_store_explicit(&arena->cursor, extent->start, memory_order_relaxed);
        if (fai_extent_committed(extent) > arena->keep_bytes) {
            fai_extent_trim(extent, arena->shared.allocator, arena->keep_bytes);
            open_limit(arena);
        }
    }
    fai_mutex_unlock(&arena->shared.lock);
    return attached == 0 ? FA_RESULT_OK
                         : refuse(ctx, arena, FA_RESULT_BUSY, attached, "fa_shared_arena_reset", here);
}

fa_result fai_shared_arena_stats_get(fa_context *ctx, fa_shared_arena *arena, fa_shared_arena_stats *out,
                                     const char *here)
{
    fa_result check = check_arena(ctx, arena, "fa_shared_arena_stats_get", here);
    if (check != FA_RESULT_OK || out == NULL) {
        return check != FA_RESULT_OK ? check : FA_RESULT_INVALID_ARGUMENT;
    }
    fai_mutex_lock(&arena->shared.lock);
    *out = arena->stats;
    out->used_bytes = used_bytes(arena);
    out->peak_bytes = out->used_bytes > out->peak_bytes ? out->used_bytes : out->peak_bytes;
    out->committed_bytes = fai_extent_committed(&arena->shared.extent);
    fai_mutex_unlock(&arena->shared.lock);
    return FA_RESULT_OK;
}
