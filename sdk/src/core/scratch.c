/* scratch.c - scopes in the context's scratch arenas, and named arenas that outlive frames.
 *
 * A context has up to FA_SCRATCH_ARENAS arenas for scopes, made when first needed, and one stack of open
 * scopes over all of them. An entry holds the arena's cursor at the beginning; what lies between it and the
 * next entry of the same arena belongs to its tag, so that nothing is counted per allocation. While an arena
 * has no scope its limit is 0: an allocation through a scope that has ended reaches the out-of-line path. */
#include "core/scratch.h"

#include <string.h>

#include "debug/ghost.h"
#include "debug/poison.h"

typedef struct open_scope {
    fai_tag_row *row;
    uintptr_t cursor;
    const char *here;
    uint32_t serial;
    uint32_t marks; /* of the arena, when the scope began */
    fa_tag tag;
    uint32_t place; /* of the arena in ctx->scratch */
} open_scope;

static open_scope *scope_at(const fai_context *ctx, uint32_t depth)
{
    return (open_scope *)ctx->scopes.items + depth;
}

/* ---- beginning ----------------------------------------------------------------------------------------- */

static bool is_among(const fa_arena *arena, const fa_arena *const *conflicts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (conflicts[i] == arena) {
            return true;
        }
    }
    return false;
}

static fai_arena *make_arena(fai_context *ctx, uint32_t place, const char *here)
{
    static const char *const names[FA_SCRATCH_ARENAS] = {"scratch 1", "scratch 2", "scratch 3", "scratch 4"};
    const fa_arena_desc desc = {.name = names[place], .max_bytes = ctx->allocator->desc.scratch_max_bytes};
    fa_arena *made;
    if (fai_arena_create(&ctx->head, &desc, &made, here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_arena *arena = (fai_arena *)made;
    arena->role = FAI_ARENA_SCRATCH;
    fai_arena_open_limit(arena);
    ctx->scratch[place] = arena;
    return arena;
}

/* Place of the first arena without a conflict; FA_SCRATCH_ARENAS: there is none. */
static uint32_t choose(const fai_context *ctx, const fa_arena *const *conflicts, size_t count)
{
    uint32_t place = 0;
    while (place < FA_SCRATCH_ARENAS && ctx->scratch[place] != NULL &&
           is_among(&ctx->scratch[place]->head, conflicts, count)) {
        place++;
    }
    return place;
}

static void note_in_frame(fai_context *ctx)
{
    if (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED && (ctx->attention & FAI_ATTEND_SCRATCH) == 0) {
        ctx->attention |= FAI_ATTEND_SCRATCH;
        ctx->frame_scope_depth = ctx->scopes.count;
    }
}

fa_scratch fai_scratch_begin(fa_context *public_ctx, const fa_arena *const *conflicts, size_t conflict_count,
                             const char *here)
{
    fa_scratch scratch = {.ctx = public_ctx, .here = here};
    if (fai_context_check(public_ctx, "fa_scratch_begin", here) != FA_RESULT_OK) {
        return scratch;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    uint32_t place = choose(ctx, conflicts, conflict_count);
    if (place == FA_SCRATCH_ARENAS) {
        fai_context_fail(ctx, FA_RESULT_FULL);
        return scratch;
    }
    if (!fai_list_reserve(ctx->allocator, &ctx->scopes, ctx->scopes.count + 1, sizeof(open_scope))) {
        fai_context_fail(ctx, FA_RESULT_OUT_OF_MEMORY);
        return scratch;
    }
    fai_arena *arena = ctx->scratch[place] != NULL ? ctx->scratch[place] : make_arena(ctx, place, here);
    if (arena == NULL) {
        ctx->refused++;
        return scratch;
    }
    note_in_frame(ctx);
    if (arena->scope_count == 0) {
        fai_ghost_arena_fresh(arena);
    }
    ctx->scope_serial += ctx->scope_serial == UINT32_MAX ? 2 : 1; /* never 0 */
    scratch.arena = &arena->head;
    scratch.depth = ctx->scopes.count;
    scratch.serial = ctx->scope_serial;
    *scope_at(ctx, ctx->scopes.count++) = (open_scope){.row = ctx->row,
                                                       .cursor = arena->head.cursor,
                                                       .here = here,
                                                       .serial = ctx->scope_serial,
                                                       .marks = arena->marks.count,
                                                       .tag = ctx->tag,
                                                       .place = place};
    if (arena->scope_count++ == 0) {
        fai_arena_set_tag(arena, ctx->tag);
        fai_arena_open_limit(arena);
    } else if (arena->tag != ctx->tag) {
        fai_budget_arena_turn(arena, ctx->tag);
    }
    return scratch;
}

/* The topmost open scope of an arena below a depth, or NULL. */
static open_scope *scope_of(const fai_arena *arena, uint32_t below)
{
    for (uint32_t depth = below; depth-- > 0;) {
        open_scope *scope = scope_at(arena->ctx, depth);
        if (&arena->ctx->scratch[scope->place]->head == &arena->head) {
            return scope;
        }
    }
    return NULL;
}

/* ---- ending -------------------------------------------------------------------------------------------- */

static void close_top(fai_context *ctx)
{
    const open_scope scope = *scope_at(ctx, --ctx->scopes.count);
    fai_arena *arena = ctx->scratch[scope.place];
    size_t used = arena->head.cursor - arena->extent.start;
    arena->window_peak = used > arena->window_peak ? used : arena->window_peak;
    if (arena->head.cursor > scope.cursor) {
        size_t bytes = arena->head.cursor - scope.cursor;
        if (bytes > fai_figure(&scope.row->peak_scratch_bytes)) {
            atomic_store_explicit(&scope.row->peak_scratch_bytes, bytes, memory_order_relaxed);
        }
        fai_arena_cut(arena, scope.cursor, FA_PATTERN_REWOUND);
    }
    arena->marks.count = arena->marks.count < scope.marks ? arena->marks.count : scope.marks;
    const open_scope *outer = --arena->scope_count > 0 ? scope_of(arena, ctx->scopes.count) : NULL;
    if (outer == NULL) {
        fai_ghost_arena_dead(arena);
        fai_arena_open_limit(arena);
    } else if (outer->tag != arena->tag) {
        fai_budget_arena_turn(arena, outer->tag);
    }
    if (ctx->scopes.count <= ctx->frame_scope_depth) {
        ctx->frame_scope_depth = ctx->scopes.count;
        ctx->attention &= ~FAI_ATTEND_SCRATCH; /* the frame owes nothing any more */
    }
}

static void close_down_to(fai_context *ctx, uint32_t depth)
{
    while (ctx->scopes.count > depth) {
        close_top(ctx);
    }
}

void fai_scratch_close_all(fai_context *ctx)
{
    close_down_to(ctx, 0);
}

/* To a mark that was taken in an outer scope: the inner ones lose what they have, and begin there from now
 * on. Each tag gets its bytes back. */
void fai_scratch_rewinds(fai_arena *arena, uintptr_t cursor)
{
    fai_context *ctx = arena->ctx;
    uintptr_t upper = arena->head.cursor;
    bool inner = false;
    for (uint32_t depth = ctx->scopes.count; depth-- > 0 && upper > cursor;) {
        open_scope *scope = scope_at(ctx, depth);
        if (ctx->scratch[scope->place] != arena) {
            continue;
        }
        if (!inner && scope->cursor <= cursor) {
            return; /* a mark of the topmost scope: an ordinary rewind */
        }
        if (!inner) {
            fai_budget_refresh(ctx);
            fai_budget_arena_settle(arena); /* nothing is held ahead of use */
            inner = true;
        }
        uintptr_t begin = scope->cursor > cursor ? scope->cursor : cursor;
        if (upper > begin) {
            fai_budget_arena_give(arena, scope->tag, upper - begin);
            upper = begin;
        }
        scope->cursor = scope->cursor < cursor ? scope->cursor : cursor;
    }
    if (inner && arena->granted != FAI_UNLIMITED) {
        arena->granted = cursor - arena->extent.start;
        fai_arena_open_limit(arena);
    }
}

fa_result fai_scratch_end(const fa_scratch *scratch, const char *here)
{
    if (scratch == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = fai_context_check(scratch->ctx, "fa_scratch_end", here);
    if (check != FA_RESULT_OK || scratch->serial == 0) {
        return check; /* what could not be begun needs no end */
    }
    fai_context *ctx = fai_ctx(scratch->ctx);
    fai_report report = {
        .allocator = ctx->allocator, .ctx = &ctx->head, .here = here, .earlier = scratch->here};
    if (scratch->depth >= ctx->scopes.count || scope_at(ctx, scratch->depth)->serial != scratch->serial) {
        report.code = FA_CODE_FA606;
        report.result = FA_RESULT_STALE;
        return fai_context_error(ctx, fai_report_send(&report,
                                                      "fa_scratch_end: the scratch scope has ended already"));
    }
    uint32_t forgotten = ctx->scopes.count - scratch->depth - 1;
    const char *first = forgotten > 0 ? scope_at(ctx, scratch->depth + 1)->here : NULL;
    close_down_to(ctx, scratch->depth);
    if (forgotten > 0) {
        report.code = FA_CODE_FA804;
        report.result = FA_RESULT_UNBALANCED;
        report.earlier = first;
        (void)fai_report_send(
            &report,
            "fa_scratch_end: %u scratch scopes begun in this one were left open; they are closed now",
            forgotten);
    }
    return FA_RESULT_OK;
}

void fai_scratch_frame_ended(fai_context *ctx, const char *here, bool report_them)
{
    uint32_t forgotten = ctx->scopes.count - ctx->frame_scope_depth;
    if (forgotten == 0) {
        return;
    }
    const open_scope first = *scope_at(ctx, ctx->frame_scope_depth);
    close_down_to(ctx, ctx->frame_scope_depth);
    if (report_them) {
        fai_report report = {.code = FA_CODE_FA804,
                             .result = FA_RESULT_UNBALANCED,
                             .allocator = ctx->allocator,
                             .ctx = &ctx->head,
                             .here = here,
                             .earlier = first.here,
                             .tag = fai_tags_path(ctx->allocator, first.tag)};
        (void)fai_report_send(
            &report, "frame %llu ends with %u scratch scopes open that were begun in it; they are closed now",
            (unsigned long long)ctx->frame_index, forgotten);
    }
}

void fai_scratch_give_up(fai_context *ctx)
{
    fai_list_free(ctx->allocator, &ctx->scopes, sizeof(open_scope));
}

/* ---- figures, pages ------------------------------------------------------------------------------------ */

size_t fai_scratch_tag_bytes(const fai_context *ctx, fa_tag tag)
{
    uintptr_t upper[FA_SCRATCH_ARENAS] = {0};
    size_t bytes = 0;
    for (uint32_t i = 0; i < FA_SCRATCH_ARENAS; i++) {
        upper[i] = ctx->scratch[i] != NULL ? ctx->scratch[i]->head.cursor : 0;
    }
    for (uint32_t depth = ctx->scopes.count; depth-- > 0;) {
        const open_scope *scope = scope_at(ctx, depth);
        if (upper[scope->place] > scope->cursor) {
            bytes += scope->tag == tag ? upper[scope->place] - scope->cursor : 0;
            upper[scope->place] = scope->cursor;
        }
    }
    return bytes;
}

size_t fai_scratch_outer_tag_bytes(const fai_context *ctx, fa_tag tag)
{
    size_t bytes = fai_scratch_tag_bytes(ctx, tag);
    for (uint32_t i = 0; i < FA_SCRATCH_ARENAS; i++) {
        const fai_arena *arena = ctx->scratch[i];
        const open_scope *top = arena != NULL ? scope_of(arena, ctx->scopes.count) : NULL;
        bytes -= top != NULL && top->tag == tag ? arena->head.cursor - top->cursor : 0;
    }
    return bytes;
}

size_t fai_scratch_outer_bytes(const fai_arena *arena)
{
    const open_scope *top =
        arena->role == FAI_ARENA_SCRATCH ? scope_of(arena, arena->ctx->scopes.count) : NULL;
    return top != NULL ? top->cursor - arena->extent.start : 0;
}

uint32_t fa_scratch_depth(const fa_context *ctx)
{
    if (ctx == NULL) {
        return 0;
    }
    return fai_ctx(ctx)->scopes.count;
}

void fai_scratch_look_after_pages(fai_context *ctx, size_t keep_limit)
{
    for (uint32_t i = 0; i < FA_SCRATCH_ARENAS; i++) {
        fai_arena *arena = ctx->scratch[i];
        if (arena == NULL || arena->scope_count > 0) {
            continue;
        }
        size_t keep =
            arena->window_peak > arena->window_peak_before ? arena->window_peak : arena->window_peak_before;
        arena->window_peak_before = arena->window_peak;
        arena->window_peak = 0;
        keep = keep_limit != FA_NO_LIMIT ? keep_limit : fai_round_up(keep, FAI_GROW_MIN);
        (void)fai_extent_trim(&arena->extent, ctx->allocator, keep);
    }
}

/* ---- named pools --------------------------------------------------------------------------------------- */

fai_arena *fai_scratch_pool_find(const fai_context *ctx, const char *name)
{
    for (fai_arena *arena = ctx->arenas; arena != NULL; arena = arena->next) {
        if (arena->role == FAI_ARENA_POOL && strcmp(arena->name, name) == 0) {
            return arena;
        }
    }
    return NULL;
}

fa_arena *fai_scratch_pool(fa_context *public_ctx, const char *name, const char *here)
{
    if (fai_context_check(public_ctx, "fa_scratch_pool", here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (name == NULL || name[0] == '\0' || strlen(name) > FA_SCRATCH_NAME_MAX) {
        fai_report report = {.code = FA_CODE_FA005,
                             .result = FA_RESULT_INVALID_ARGUMENT,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here};
        fai_context_fail(ctx, report.result);
        (void)fai_report_send(&report, "fa_scratch_pool: a name has 1 to %d bytes", FA_SCRATCH_NAME_MAX);
        return NULL;
    }
    fai_arena *found = fai_scratch_pool_find(ctx, name);
    if (found != NULL) {
        return &found->head;
    }
    const fa_arena_desc desc = {.name = name, .max_bytes = ctx->allocator->desc.scratch_max_bytes};
    fa_arena *made;
    if (fai_arena_create(public_ctx, &desc, &made, here) != FA_RESULT_OK) {
        ctx->refused++;
        return NULL;
    }
    ((fai_arena *)made)->role = FAI_ARENA_POOL;
    return made;
}
