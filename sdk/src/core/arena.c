/* arena.c - arenas with a lifetime of the caller's choosing: an extent, a cursor, and the list in which their
 * context finds them. */
#include "core/arena.h"

#include "core/scratch.h"
#include "debug/ghost.h"
#include "debug/poison.h"
#include "debug/watch.h"

#define MAX_DEFAULT ((size_t)256 * 1024 * 1024)
#define ARENA_MAGIC UINT64_C(0xA7E4AA11F0CAB1E5)

static fai_arena *impl(const fa_arena *arena)
{
    return (fai_arena *)(uintptr_t)arena;
}

static fa_result check_arena(const fa_arena *arena, const char *call, const char *here)
{
    if (arena == NULL || impl(arena)->magic != ARENA_MAGIC) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    return fai_context_check(&impl(arena)->ctx->head, call, here);
}

/* It belongs to whoever has a scope or a ticket in it, and to nobody in between. */
static bool is_lent(const fai_arena *arena)
{
    return arena->role == FAI_ARENA_SCRATCH || arena->role == FAI_ARENA_TICKET;
}

/* The same for calls that only the maker may make: an arena of scratch scopes is the context's. */
static fa_result check_own(const fa_arena *arena, const char *call, const char *here)
{
    fa_result check = check_arena(arena, call, here);
    if (check != FA_RESULT_OK || !is_lent(impl(arena))) {
        return check;
    }
    fai_context *ctx = impl(arena)->ctx;
    fai_report report = {.code = FA_CODE_FA104,
                         .result = FA_RESULT_BUSY,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here};
    return fai_context_error(
        ctx, fai_report_send(&report, "%s: %s belongs to the context's scratch scopes; end them instead",
                             call, impl(arena)->name));
}

bool fai_arena_is_ghost(const fai_arena *arena)
{
    return arena->ghosts != NULL && arena->ghosts->away[0];
}

void fai_arena_open_limit(fai_arena *arena)
{
    bool shut = (is_lent(arena) && arena->scope_count == 0) || fai_arena_is_ghost(arena);
    uintptr_t granted = arena->extent.start + arena->granted; /* see budget.h */
    uintptr_t limit = granted < arena->extent.limit ? granted : arena->extent.limit;
    arena->head.limit = shut ? 0 : limit & arena->ctx->limit_mask;
}

static size_t used_bytes(const fai_arena *arena)
{
    return arena->head.cursor - arena->extent.start;
}

static void note_peak(fai_arena *arena)
{
    size_t used = used_bytes(arena);
    arena->peak_bytes = used > arena->peak_bytes ? used : arena->peak_bytes;
}

void fai_arena_set_tag(fai_arena *arena, fa_tag tag)
{
    if (arena->tag == tag) {
        return;
    }
    fai_budget_arena_settle(arena); /* nothing is used: all that was granted goes back */
    arena->tag = tag;
    fai_budget_refresh(arena->ctx);
    arena->granted = fai_budget_first_grant(arena->ctx, tag);
}

/* ---- lists --------------------------------------------------------------------------------------------- */

const fai_arena *fai_arena_owning(const fai_context *ctx, const void *p)
{
    for (const fai_arena *arena = ctx->arenas; arena != NULL; arena = arena->next) {
        if ((uintptr_t)p - arena->extent.base < arena->extent.reserved_bytes) {
            return arena;
        }
    }
    return NULL;
}

static void link_arena(fai_arena *arena)
{
    fai_context *ctx = arena->ctx;
    fai_mutex_lock(&ctx->allocator->contexts_lock);
    arena->next = ctx->arenas;
    if (ctx->arenas != NULL) {
        ctx->arenas->prev = arena;
    }
    ctx->arenas = arena;
    fai_mutex_unlock(&ctx->allocator->contexts_lock);
}

static void dispose(fai_arena *arena)
{
    fai_context *ctx = arena->ctx;
    fai_mutex_lock(&ctx->allocator->contexts_lock);
    if (arena->prev != NULL) {
        arena->prev->next = arena->next;
    } else {
        ctx->arenas = arena->next;
    }
    if (arena->next != NULL) {
        arena->next->prev = arena->prev;
    }
    fai_mutex_unlock(&ctx->allocator->contexts_lock);
    if (arena->granted != FAI_UNLIMITED) {
        arena->head.cursor = arena->extent.start;
        fai_budget_arena_settle(arena);
    }
    fai_ghost_arena_dead(arena);
    fai_ghost_arena_drop(arena);
    fai_extent_release(&arena->extent, ctx->allocator);
    fai_list_free(ctx->allocator, &arena->marks, sizeof(fai_arena_position));
    arena->magic = 0;
    fai_meta_free(ctx->allocator, arena, sizeof *arena);
}

void fai_arena_reopen_all(fai_context *ctx)
{
    for (fai_arena *arena = ctx->arenas; arena != NULL; arena = arena->next) {
        fai_arena_open_limit(arena);
    }
}

void fai_arena_destroy_all(fai_context *ctx)
{
    ctx->scopes.count = 0;
    while (ctx->arenas != NULL) {
        dispose(ctx->arenas);
    }
    for (uint32_t i = 0; i < FA_SCRATCH_ARENAS; i++) {
        ctx->scratch[i] = NULL;
    }
}

/* ---- create, destroy ----------------------------------------------------------------------------------- */

static void check_desc(const fai_context *ctx, const fa_arena_desc *desc, size_t max_bytes,
                       fai_problems *problems)
{
    fai_problems_check_canaries(problems, desc->start_canary, desc->end_canary);
    fai_problems_check_extent(problems, max_bytes, desc->prefault_bytes, desc->keep_bytes);
    fai_problems_check_tag(problems, ctx->allocator, desc->tag);
}

fa_result fai_arena_create(fa_context *public_ctx, const fa_arena_desc *desc, fa_arena **out,
                           const char *here)
{
    static const fa_arena_desc defaults = {0};
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    fa_result check = fai_context_check(public_ctx, "fa_arena_create", here);
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
        return fai_context_refuse_desc(ctx, "fa_arena_desc", &problems, here);
    }
    fai_arena *arena = fai_meta_alloc(ctx->allocator, sizeof *arena);
    if (arena == NULL || !fai_extent_reserve(&arena->extent, ctx->allocator, max_bytes) ||
        !fai_extent_prefault(&arena->extent, ctx->allocator, desc->prefault_bytes)) {
        if (arena != NULL) {
            fai_extent_release(&arena->extent, ctx->allocator);
        }
        fai_meta_free(ctx->allocator, arena, sizeof *arena);
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    arena->magic = ARENA_MAGIC;
    arena->ctx = ctx;
    arena->tag = desc->tag != FA_TAG_NONE ? desc->tag : ctx->tag;
    arena->keep_bytes = desc->keep_bytes != 0 ? desc->keep_bytes : FA_NO_LIMIT;
    fai_name_copy(arena->name, desc->name, "arena");
    arena->head.cursor = arena->extent.start;
    fai_budget_refresh(ctx);
    arena->granted = fai_budget_first_grant(ctx, arena->tag);
    fai_arena_open_limit(arena);
    link_arena(arena);
    fai_ghost_arena_fresh(arena);
    *out = &arena->head;
    return FA_RESULT_OK;
}

fa_result fai_arena_destroy(fa_arena *arena, const char *here)
{
    if (arena == NULL) {
        return FA_RESULT_OK;
    }
    fa_result check = check_own(arena, "fa_arena_destroy", here);
    if (check == FA_RESULT_OK) {
        dispose(impl(arena));
    }
    return check;
}

/* ---- allocation ---------------------------------------------------------------------------------------- */

static FA_COLD void *refuse_ended(const fai_arena *arena, const char *here)
{
    fai_report report = {.code = FA_CODE_FA606,
                         .result = FA_RESULT_STALE,
                         .allocator = arena->ctx->allocator,
                         .ctx = &arena->ctx->head,
                         .here = here};
    (void)fai_report_send(&report, "memory asked for from a scratch scope that has ended");
    return fai_context_fail(arena->ctx, report.result);
}

void *fai_arena_alloc_slow(fa_arena *public_arena, size_t size, size_t align, const char *here)
{
    if (check_arena(public_arena, "fa_arena_alloc", here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_arena *arena = impl(public_arena);
    fai_context *ctx = arena->ctx;
    if (is_lent(arena) && arena->scope_count == 0) {
        return refuse_ended(arena, here);
    }
    align = fai_align_check(ctx, align, "fa_arena_alloc", here);
    if (align == 0) {
        return NULL;
    }
    uintptr_t p = fai_round_up(arena->head.cursor + 1, align);
    if (size > FA_REQUEST_MAX || p > arena->extent.end || size > arena->extent.end - p) {
        return fai_context_fail(ctx, FA_RESULT_FULL);
    }
    bool budgeted = arena->granted != FAI_UNLIMITED;
    size_t red_zone = budgeted ? 0 : fai_red_zone(arena->extent.end - p - size);
    uintptr_t end = p + size + red_zone;
    if (budgeted && !fai_budget_arena(arena, end - 1 - arena->extent.start, here)) {
        return NULL;
    }
    if (end > arena->extent.committed_end) {
        fai_steady_set_site(ctx->allocator, here);
        bool grown = fai_extent_commit_to(&arena->extent, ctx->allocator, end);
        fai_steady_set_site(ctx->allocator, NULL);
        if (!grown) {
            return fai_context_fail(ctx, FA_RESULT_OUT_OF_MEMORY);
        }
        fai_arena_open_limit(arena);
    }
    arena->head.cursor = end - 1;
    fai_arena_open_limit(arena);
    fai_poison_fresh((void *)p, size);
    if (fai_arena_is_ghost(arena)) {
        fai_ghost_arena_alloc(arena, p, size, here);
    }
    if (budgeted) {
        fai_budget_tell(ctx, here);
    }
    if (ctx->watch != NULL) {
        fai_watch_alloc(ctx, FA_LIFETIME_ARENA, arena->tag, (void *)p, size, align, here, FAI_CALLER);
    }
    return (void *)p;
}

/* ---- reset, rewind ------------------------------------------------------------------------------------- */

void fai_arena_cut(fai_arena *arena, uintptr_t cursor, int pattern)
{
    bool ghost = fai_arena_is_ghost(arena);
    note_peak(arena);
    fai_poison_dead((void *)(cursor + 1), arena->head.cursor - cursor, pattern);
    if (ghost) {
        fai_ghost_arena_rewinds(arena);
    }
    arena->head.cursor = cursor;
    if (ghost) {
        fai_ghost_arena_rewound(arena);
    }
    if (arena->granted != FAI_UNLIMITED && arena->ctx->budgets.near) {
        fai_budget_arena_settle(arena);
    }
}

fa_result fai_arena_reset(fa_arena *public_arena, const char *here)
{
    fa_result check = check_own(public_arena, "fa_arena_reset", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_arena *arena = impl(public_arena);
    fai_arena_cut(arena, arena->extent.start, FA_PATTERN_ENDED);
    arena->generation++;
    arena->marks.count = 0;
    fai_ghost_arena_dead(arena);
    fai_ghost_arena_fresh(arena);
    if (fai_extent_committed(&arena->extent) > arena->keep_bytes) {
        fai_extent_trim(&arena->extent, arena->ctx->allocator, arena->keep_bytes);
        fai_arena_open_limit(arena);
    }
    return FA_RESULT_OK;
}

fa_arena_mark fai_arena_mark(fa_arena *public_arena, const char *here)
{
    const fa_arena_mark invalid = {0};
    if (check_arena(public_arena, "fa_arena_mark", here) != FA_RESULT_OK) {
        return invalid;
    }
    fai_arena *arena = impl(public_arena);
    fai_arena_position *top =
        arena->marks.count > 0 ? (fai_arena_position *)arena->marks.items + arena->marks.count - 1 : NULL;
    if (arena->marks.count == 0 || top->cursor != public_arena->cursor) { /* else the mark is there already */
        if (!fai_list_reserve(arena->ctx->allocator, &arena->marks, arena->marks.count + 1, sizeof *top)) {
            fai_context_fail(arena->ctx, FA_RESULT_OUT_OF_MEMORY);
            return invalid;
        }
        arena->mark_serial += arena->mark_serial == UINT32_MAX ? 2 : 1; /* never 0 */
        top = (fai_arena_position *)arena->marks.items + arena->marks.count++;
        *top = (fai_arena_position){public_arena->cursor, arena->mark_serial};
    }
    return (fa_arena_mark){
        .arena = public_arena, .cursor = top->cursor, .depth = arena->marks.count - 1, .serial = top->serial};
}

static bool is_present(const fai_arena *arena, const fa_arena_mark *mark)
{
    if (mark->arena != &arena->head || mark->depth >= arena->marks.count) {
        return false;
    }
    const fai_arena_position *position = (const fai_arena_position *)arena->marks.items + mark->depth;
    return position->serial == mark->serial && position->cursor == mark->cursor;
}

fa_result fai_arena_rewind(fa_arena *public_arena, fa_arena_mark mark, const char *here)
{
    fa_result check = check_arena(public_arena, "fa_arena_rewind", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_arena *arena = impl(public_arena);
    if (!is_present(arena, &mark)) {
        fai_report report = {.code = FA_CODE_FA606,
                             .result = FA_RESULT_STALE,
                             .allocator = arena->ctx->allocator,
                             .ctx = &arena->ctx->head,
                             .here = here};
        return fai_context_error(
            arena->ctx,
            fai_report_send(&report, "fa_arena_rewind: the mark is not a present position of arena %s",
                            arena->name));
    }
    if (arena->role == FAI_ARENA_SCRATCH) {
        fai_scratch_rewinds(arena, mark.cursor);
    }
    fai_arena_cut(arena, mark.cursor, FA_PATTERN_REWOUND);
    arena->marks.count = mark.depth + 1;
    return FA_RESULT_OK;
}

/* ---- queries ------------------------------------------------------------------------------------------- */

size_t fa_arena_used_bytes(const fa_arena *arena)
{
    if (arena == NULL) {
        return 0;
    }
    return used_bytes(impl(arena));
}

size_t fa_arena_peak_bytes(const fa_arena *arena)
{
    if (arena == NULL) {
        return 0;
    }
    size_t used = used_bytes(impl(arena));
    return used > impl(arena)->peak_bytes ? used : impl(arena)->peak_bytes;
}

size_t fa_arena_committed_bytes(const fa_arena *arena)
{
    if (arena == NULL) {
        return 0;
    }
    return fai_extent_committed(&impl(arena)->extent);
}
