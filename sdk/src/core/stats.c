/* stats.c - gathers figures from where they are kept; keeps none of its own. */
#include "framealloc/stats.h"

#include "core/stats.h"

#include "core/context.h"
#include "core/pool.h"
#include "core/retain.h"
#include "core/scratch.h"
#include "core/shared.h"
#include "core/typed_pool.h"
#include "debug/watch.h"

/* Bytes of the open frame that are not charged to a row yet: they belong to the current tag. Owner only. */
static size_t pending_frame_bytes(const fai_context *ctx)
{
    return fai_frame_state_of(ctx) == FAI_FRAME_OPEN ? ctx->head.cursor - ctx->tag_mark : 0;
}

static bool is_own(const fai_context *ctx)
{
    return atomic_load_explicit(&ctx->owner, memory_order_relaxed) == fai_thread_self();
}

/* ---- allocator ----------------------------------------------------------------------------------------- */

static size_t arenas_bytes(const fai_context *ctx, fa_tag tag, bool all_tags)
{
    size_t bytes = 0;
    for (const fai_arena *arena = ctx->arenas; arena != NULL && is_own(ctx); arena = arena->next) {
        bool counts = all_tags || (arena->role != FAI_ARENA_SCRATCH && arena->tag == tag);
        bytes += counts ? arena->head.cursor - arena->extent.start : 0;
    }
    return bytes + (is_own(ctx) && !all_tags ? fai_scratch_tag_bytes(ctx, tag) : 0);
}

/* In shared arenas; the contexts lock is held. */
static size_t shared_bytes(const fa_allocator *allocator, fa_tag tag, bool all_tags)
{
    size_t bytes = 0;
    for (const fai_shared *shared = allocator->shared; shared != NULL; shared = shared->next) {
        if (shared->arena_bytes != NULL && (all_tags || shared->tag == tag)) {
            bytes += shared->arena_bytes(shared);
        }
    }
    return bytes;
}

void fai_stats_context(const fai_context *ctx, fai_context_share *out)
{
    *out = (fai_context_share){.pool_objects = fai_pool_objects(ctx)};
    out->pool_bytes -= fai_pool_waiting_bytes(ctx, FA_TAG_NONE, true);
    if (is_own(ctx)) {
        size_t waiting = 0;
        out->pool_bytes -= fai_typed_waiting_bytes(ctx, FA_TAG_NONE, true, &waiting);
        out->pool_objects -= waiting;
        out->frame_bytes += pending_frame_bytes(ctx);
    }
    for (fa_tag tag = 0; tag < fa_tag_count(ctx->allocator); tag++) {
        const fai_tag_row *row = fai_tag_row_find(ctx, tag);
        if (row == NULL) {
            tag |= FAI_TAG_CHUNK - 1; /* none in this chunk */
            continue;
        }
        out->frame_bytes += fai_figure(&row->frame_bytes);
        out->pool_bytes += fai_figure(&row->pool_bytes) - fai_figure(&row->pool_freed_bytes);
    }
}

static void add_context(const fai_context *ctx, fa_allocator_stats *out)
{
    fai_context_share share;
    fai_stats_context(ctx, &share);
    out->frame_bytes += share.frame_bytes;
    out->pool_bytes += share.pool_bytes;
    out->pool_objects += share.pool_objects;
    out->arena_bytes += arenas_bytes(ctx, FA_TAG_NONE, true);
}

fa_result fa_allocator_stats_get(fa_allocator *allocator, fa_allocator_stats *out)
{
    if (!fai_allocator_alive(allocator) || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fai_objects *objects = &allocator->objects;
    *out = (fa_allocator_stats){0};
    out->reserved_bytes = atomic_load(&allocator->reserved_bytes);
    out->committed_bytes = atomic_load(&allocator->committed_bytes);
    out->backing_calls = atomic_load(&allocator->backing_calls);
    out->diagnostics = atomic_load(&allocator->diagnostics);
    out->tags = fa_tag_count(allocator);
    fai_mutex_lock(&allocator->meta.lock);
    out->metadata_bytes = fai_extent_committed(&allocator->meta.extent);
    fai_mutex_unlock(&allocator->meta.lock);
    fai_mutex_lock(&objects->lock);
    out->metadata_bytes += fai_extent_committed(&objects->descs);
    fai_mutex_unlock(&objects->lock);
    out->object_page_bytes = (uint64_t)atomic_load(&objects->used_pages) << FAI_PAGE_SHIFT;
    out->heap_objects = atomic_load(&objects->heap_live);
    fai_mutex_lock(&allocator->contexts_lock);
    out->contexts = allocator->context_count;
    for (const fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        add_context(ctx, out);
    }
    for (const fai_context *ctx = allocator->parked; ctx != NULL; ctx = ctx->next) {
        add_context(ctx, out);
    }
    out->arena_bytes += shared_bytes(allocator, FA_TAG_NONE, true);
    fai_mutex_unlock(&allocator->contexts_lock);
    for (fa_tag tag = 0; tag < out->tags; tag++) {
        const fai_tag_entry *entry = fai_tags_entry(allocator, tag);
        out->pool_bytes += fai_figure(&entry->shared_pool_bytes);
        out->heap_bytes += fai_figure(&entry->shared_heap_bytes);
    }
    return FA_RESULT_OK;
}

/* ---- context ------------------------------------------------------------------------------------------- */

fa_result fa_context_stats_get(fa_context *public_ctx, fa_context_stats *out)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = fai_context_check(public_ctx, "fa_context_stats_get", FA_HERE);
    if (check != FA_RESULT_OK) {
        return check;
    }
    const fai_context *ctx = fai_ctx(public_ctx);
    *out =
        (fa_context_stats){.frames = ctx->frame_index - (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED ? 1 : 0),
                           .frame_bytes = fai_frame_used(ctx),
                           .last_frame_bytes = fai_figure(&ctx->last_frame_bytes),
                           .peak_frame_bytes = fa_frame_peak_bytes(public_ctx),
                           .frame_committed_bytes = fai_frame_committed(ctx),
                           .frame_grows = ctx->frame_grows,
                           .frame_shrinks = ctx->frame_shrinks,
                           .frame_allocs = FA_UNKNOWN,
                           .frame_oversize = ctx->frame_oversize_count,
                           .pool_allocs = FA_UNKNOWN,
                           .pool_refills = ctx->owner_of_pool.refills + fai_typed_refills(ctx),
                           .pool_oversize = ctx->pool_oversize,
                           .heap_allocs = ctx->heap_allocs,
                           .refused = ctx->refused};
    if (ctx->watch != NULL) {
        out->frame_allocs = ctx->watch->stats.frame_allocs;
        out->pool_allocs = ctx->watch->stats.pool_allocs;
    }
    return FA_RESULT_OK;
}

/* ---- tags ---------------------------------------------------------------------------------------------- */

/* Retained in the open frame; nothing is pending beyond a frame's end. Owner only. */
static size_t retained_bytes(const fai_context *ctx, fa_tag tag)
{
    return ctx->retain.pending.count > 0 ? fai_retained_tag_bytes(ctx, tag) : 0;
}

static void add_row(const fai_context *ctx, fa_tag tag, fa_tag_bytes *out)
{
    const fai_tag_row *row = fai_tag_row_find(ctx, tag);
    bool own = is_own(ctx);
    uint64_t ended = fai_figure(&ctx->frames_ended);
    if (row != NULL) {
        uint64_t last = atomic_load_explicit(&row->last_stamp, memory_order_relaxed);
        size_t open = fai_figure(&row->frame_bytes);
        out->frame_bytes += open;
        out->last_frame_bytes += last == ended ? fai_figure(&row->last_frame_bytes) : 0;
        out->average_frame_bytes += ended > 0 ? fai_figure(&row->total_frame_bytes) / ended : 0;
        open += own && tag == ctx->tag ? pending_frame_bytes(ctx) : 0;
        size_t peak = fai_figure(&row->peak_frame_bytes);
        peak = open > peak ? open : peak;
        out->peak_frame_bytes = peak > out->peak_frame_bytes ? peak : out->peak_frame_bytes;
        size_t scratch = fai_figure(&row->peak_scratch_bytes);
        out->peak_scratch_bytes = scratch > out->peak_scratch_bytes ? scratch : out->peak_scratch_bytes;
        out->pool_bytes += fai_figure(&row->pool_bytes) - fai_figure(&row->pool_freed_bytes);
    }
    out->pool_bytes -= fai_pool_waiting_bytes(ctx, tag, false);
    if (own) {
        size_t waiting = 0;
        out->frame_bytes += tag == ctx->tag ? pending_frame_bytes(ctx) : 0;
        out->retained_bytes += retained_bytes(ctx, tag);
        out->pool_bytes -= fai_typed_waiting_bytes(ctx, tag, false, &waiting);
    }
    out->arena_bytes += arenas_bytes(ctx, tag, false);
}

/* Most that a tree took in one frame of one context. */
static size_t tree_peak(const fai_context *list, fa_tag tag)
{
    size_t peak = 0;
    for (const fai_context *ctx = list; ctx != NULL; ctx = ctx->next) {
        const fai_tag_row *row = fai_tag_row_find(ctx, tag);
        size_t own = row != NULL ? fai_figure(&row->tree_peak_bytes) : 0;
        peak = own > peak ? own : peak;
    }
    return peak;
}

static fa_tag_bytes self_bytes(fa_allocator *allocator, fa_tag tag)
{
    const fai_tag_entry *entry = fai_tags_entry(allocator, tag);
    fa_tag_bytes bytes = {.pool_bytes = fai_figure(&entry->shared_pool_bytes),
                          .heap_bytes = fai_figure(&entry->shared_heap_bytes),
                          .arena_bytes = shared_bytes(allocator, tag, false)};
    for (const fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        add_row(ctx, tag, &bytes);
    }
    for (const fai_context *ctx = allocator->parked; ctx != NULL; ctx = ctx->next) {
        add_row(ctx, tag, &bytes);
    }
    return bytes;
}

static bool is_below(const fa_allocator *allocator, fa_tag tag, fa_tag ancestor)
{
    while (tag != FA_TAG_NONE && tag != ancestor) {
        tag = fai_tags_entry(allocator, tag)->parent;
    }
    return tag == ancestor;
}

static void add_bytes(fa_tag_bytes *sum, const fa_tag_bytes *more)
{
    sum->frame_bytes += more->frame_bytes;
    sum->last_frame_bytes += more->last_frame_bytes;
    sum->peak_frame_bytes =
        more->peak_frame_bytes > sum->peak_frame_bytes ? more->peak_frame_bytes : sum->peak_frame_bytes;
    sum->average_frame_bytes += more->average_frame_bytes;
    sum->pool_bytes += more->pool_bytes;
    sum->heap_bytes += more->heap_bytes;
    sum->arena_bytes += more->arena_bytes;
    sum->retained_bytes += more->retained_bytes;
    sum->peak_scratch_bytes = more->peak_scratch_bytes > sum->peak_scratch_bytes ? more->peak_scratch_bytes
                                                                                 : sum->peak_scratch_bytes;
}

void fai_stats_self(fa_allocator *allocator, fa_tag tag, fa_tag_stats *out)
{
    *out = (fa_tag_stats){.path = fai_tags_path(allocator, tag), .self = self_bytes(allocator, tag)};
    out->tree = out->self;
}

void fai_stats_add(fa_tag_bytes *sum, const fa_tag_bytes *more)
{
    add_bytes(sum, more);
}

void fai_stats_tree_peak(fa_allocator *allocator, fa_tag tag, fa_tag_stats *out)
{
    size_t attached = tree_peak(allocator->contexts, tag);
    size_t parked = tree_peak(allocator->parked, tag);
    size_t peak = attached > parked ? attached : parked;
    out->tree.peak_frame_bytes = peak > out->tree.peak_frame_bytes ? peak : out->tree.peak_frame_bytes;
}

fa_result fa_tag_stats_get(fa_allocator *allocator, fa_tag tag, fa_tag_stats *out)
{
    if (!fai_allocator_alive(allocator) || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    uint32_t count = fa_tag_count(allocator);
    if (tag >= count) {
        return FA_RESULT_NOT_FOUND;
    }
    fai_mutex_lock(&allocator->contexts_lock);
    fai_stats_self(allocator, tag, out);
    /* Descendants are interned after their ancestors. Untagged is a row, not the root of all. */
    for (fa_tag below = tag + 1; below < count && tag != FA_TAG_NONE; below++) {
        if (is_below(allocator, below, tag)) {
            fa_tag_bytes bytes = self_bytes(allocator, below);
            add_bytes(&out->tree, &bytes);
        }
    }
    fai_stats_tree_peak(allocator, tag, out);
    fai_mutex_unlock(&allocator->contexts_lock);
    return FA_RESULT_OK;
}

fa_result fa_context_tag_stats_get(fa_context *public_ctx, fa_tag tag, fa_tag_stats *out)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = fai_context_check(public_ctx, "fa_context_tag_stats_get", FA_HERE);
    if (check != FA_RESULT_OK) {
        return check;
    }
    const fai_context *ctx = fai_ctx(public_ctx);
    uint32_t count = fa_tag_count(ctx->allocator);
    if (tag >= count) {
        return fai_context_error(fai_ctx(public_ctx), FA_RESULT_NOT_FOUND);
    }
    *out = (fa_tag_stats){.path = fai_tags_path(ctx->allocator, tag)};
    add_row(ctx, tag, &out->self);
    out->tree = out->self;
    for (fa_tag below = tag + 1; below < count && tag != FA_TAG_NONE; below++) {
        if (is_below(ctx->allocator, below, tag)) {
            fa_tag_bytes bytes = {0};
            add_row(ctx, below, &bytes);
            add_bytes(&out->tree, &bytes);
        }
    }
    const fai_tag_row *row = fai_tag_row_find(ctx, tag);
    size_t peak = row != NULL ? fai_figure(&row->tree_peak_bytes) : 0;
    out->tree.peak_frame_bytes = peak > out->tree.peak_frame_bytes ? peak : out->tree.peak_frame_bytes;
    out->self.heap_bytes = out->tree.heap_bytes = SIZE_MAX;
    return FA_RESULT_OK;
}
