/* snapshot.c - gathers in one pass over tags and contexts: trees are summed from the leaves up, because
 * descendants are interned after their ancestors. */
#include "framealloc/snapshot.h"

#include <stdio.h>
#include <string.h>

#include "core/context.h"
#include "core/pool.h"
#include "core/stats.h"
#include "debug/watch.h"

/* ---- room ----------------------------------------------------------------------------------------------- */

static bool make_room(fa_allocator *allocator, void **items, uint32_t *capacity, uint32_t count,
                      size_t item_bytes)
{
    if (count <= *capacity) {
        return true;
    }
    uint32_t larger = count + count / 4 + 8;
    void *made = fai_meta_alloc(allocator, larger * item_bytes);
    if (made == NULL) {
        return false;
    }
    fai_meta_free(allocator, *items, *capacity * item_bytes);
    *items = made;
    *capacity = larger;
    return true;
}

void fa_snapshot_free(fa_snapshot *s)
{
    if (s == NULL || s->allocator == NULL) {
        return;
    }
    fai_meta_free(s->allocator, s->tags, s->tag_capacity * sizeof *s->tags);
    fai_meta_free(s->allocator, s->contexts, s->context_capacity * sizeof *s->contexts);
    *s = (fa_snapshot){0};
}

/* ---- parts ---------------------------------------------------------------------------------------------- */

static void capture_counts(const fai_context *ctx, fa_snapshot *s)
{
    const fai_watch *watch = ctx->watch;
    s->frame_allocs = watch != NULL ? watch->stats.last_frame_allocs : FA_UNKNOWN;
    for (uint32_t tag = 0; tag < s->tag_count; tag++) {
        for (uint32_t lifetime = 0; lifetime < FA_LIFETIME_COUNT; lifetime++) {
            s->tags[tag].allocs[lifetime] = watch != NULL ? 0 : FA_UNKNOWN;
        }
        uint64_t print = FA_UNKNOWN;
        bool known = watch != NULL &&
                     fa_fingerprint_get((fa_context *)(uintptr_t)&ctx->head, tag, &print) == FA_RESULT_OK;
        s->tags[tag].fingerprint = known ? print : FA_UNKNOWN;
        const fai_behaviour_row *row =
            watch != NULL && tag < watch->behaviour.row_count ? &watch->behaviour.rows[tag] : NULL;
        bool judged = row != NULL && row->window == watch->behaviour.window;
        s->tags[tag].frame_allocs = judged ? row->frame_allocs : watch != NULL ? 0 : FA_UNKNOWN;
        s->tags[tag].kept = judged ? row->kept : watch != NULL ? 0 : FA_UNKNOWN;
    }
    for (uint32_t i = 0; watch != NULL && i < watch->site_capacity; i++) {
        const fai_site *site = &watch->sites[i];
        if (site->here != NULL && site->tag < s->tag_count) {
            s->tags[site->tag].allocs[site->lifetime] += site->allocs;
        }
    }
}

/* False: it has none. */
static bool limits_of(const fai_account *account, uint64_t *soft, uint64_t *hard)
{
    bool open = account != NULL && fai_account_is_open(account);
    size_t soft_bytes = open ? fai_figure(&account->soft) : FA_NO_LIMIT;
    size_t hard_bytes = open ? fai_figure(&account->hard) : FA_NO_LIMIT;
    *soft = soft_bytes != FA_NO_LIMIT ? soft_bytes : FA_UNKNOWN;
    *hard = hard_bytes != FA_NO_LIMIT ? hard_bytes : FA_UNKNOWN;
    return soft_bytes != FA_NO_LIMIT || hard_bytes != FA_NO_LIMIT;
}

/* Frees on their way, over all contexts; the contexts lock is held. */
static uint64_t frees_waiting(const fa_allocator *allocator)
{
    uint64_t sent = 0;
    uint64_t home = 0;
    const fai_context *const lists[] = {allocator->contexts, allocator->parked};
    for (int i = 0; i < 2; i++) {
        for (const fai_context *ctx = lists[i]; ctx != NULL; ctx = ctx->next) {
            home += fai_figure(&ctx->inbox.processed); /* before what was sent: never more than that */
        }
    }
    for (int i = 0; i < 2; i++) {
        for (const fai_context *ctx = lists[i]; ctx != NULL; ctx = ctx->next) {
            sent += fai_figure(&ctx->frees_sent);
        }
    }
    return sent > home ? sent - home : 0;
}

/* The contexts lock is held. */
static void capture_contexts(fa_allocator *allocator, fa_snapshot *s)
{
    s->context_count = 0;
    for (const fai_context *ctx = allocator->contexts; ctx != NULL && s->context_count < s->context_capacity;
         ctx = ctx->next) {
        fa_snapshot_context *out = &s->contexts[s->context_count++];
        fai_context_share share;
        fai_stats_context(ctx, &share);
        *out = (fa_snapshot_context){
            .frames = fai_figure(&ctx->frames_ended),
            .last_frame_bytes = fai_figure(&ctx->last_frame_bytes),
            .peak_frame_bytes = fai_figure(&ctx->peak_frame_bytes),
            .pool_objects = (int64_t)share.pool_objects,
            .pool_bytes = (int64_t)share.pool_bytes,
            .heap_bytes = (int64_t)fai_figure(&ctx->heap_bytes),
            .promoted_to_pool = fai_frame_count_get(ctx, &ctx->promoted_now[FA_RETAIN_POOL]),
            .promoted_to_heap = fai_frame_count_get(ctx, &ctx->promoted_now[FA_RETAIN_HEAP]),
            .promoted_to_scratch = fai_frame_count_get(ctx, &ctx->promoted_now[FA_RETAIN_SCRATCH]),
            .promotions_failed = fai_frame_count_get(ctx, &ctx->promoted_now[FA_RETAIN_DISCARD]),
            .transfers_received = fai_frame_count_get(ctx, &ctx->transfers_received_now),
            .frees_processed = fai_frame_count_get(ctx, &ctx->frees_processed_now)};
        limits_of(&ctx->budgets.frame, &out->frame_soft_bytes, &out->frame_hard_bytes);
        bool limited = limits_of(&ctx->budgets.pool, &out->pool_soft_bytes, &out->pool_hard_bytes);
        out->pool_used_bytes = limited ? fai_figure(&ctx->budgets.pool.used) : FA_UNKNOWN;
        (void)snprintf(out->name, sizeof out->name, "%s", ctx->name);
        (void)snprintf(out->thread, sizeof out->thread, "%s", ctx->thread_name);
    }
}

static void capture_diagnostics(fa_allocator *allocator, fa_snapshot *s)
{
    fai_mutex_lock(&allocator->report_lock);
    uint32_t total = allocator->recent_count;
    s->diagnostic_count = total < FA_SNAPSHOT_DIAGNOSTICS ? total : FA_SNAPSHOT_DIAGNOSTICS;
    for (uint32_t i = 0; i < s->diagnostic_count; i++) {
        s->diagnostics[i] = allocator->recent[(total - s->diagnostic_count + i) % FA_SNAPSHOT_DIAGNOSTICS];
    }
    fai_mutex_unlock(&allocator->report_lock);
}

fa_result fai_snapshot_capture(fa_context *public_ctx, fa_snapshot *s, const char *here)
{
    if (s == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = fai_context_check(public_ctx, "fa_snapshot_capture", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fa_allocator *allocator = ctx->allocator;
    if (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED) {
        return fai_frame_refuse_boundary(ctx, here, "fa_snapshot_capture");
    }
    if (s->allocator != NULL && s->allocator != allocator) {
        return fai_context_error(ctx, FA_RESULT_INVALID_ARGUMENT);
    }
    uint32_t tag_count = fa_tag_count(allocator);
    fai_mutex_lock(&allocator->contexts_lock);
    uint32_t context_count = allocator->context_count;
    fai_mutex_unlock(&allocator->contexts_lock);
    void *tags = s->tags;
    void *contexts = s->contexts;
    bool room = make_room(allocator, &tags, &s->tag_capacity, tag_count, sizeof *s->tags);
    s->tags = tags;
    room =
        room && make_room(allocator, &contexts, &s->context_capacity, context_count + 4, sizeof *s->contexts);
    s->contexts = contexts;
    s->allocator = room || s->tags != NULL ? allocator : NULL;
    if (!room) {
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    s->frame = ctx->frame_index;
    s->unix_ns = fai_clock_unix_ns();
    s->duration_ns = FA_UNKNOWN;
    s->tag_count = tag_count;
    (void)fa_allocator_stats_get(allocator, &s->totals);
    fai_mutex_lock(&allocator->contexts_lock);
    for (fa_tag tag = 0; tag < tag_count; tag++) {
        s->tags[tag].tag = tag;
        fai_stats_self(allocator, tag, &s->tags[tag].stats);
    }
    for (fa_tag tag = tag_count; tag-- > 1;) { /* leaves first */
        fa_tag parent = fai_tags_entry(allocator, tag)->parent;
        if (parent != FA_TAG_NONE) {
            fai_stats_add(&s->tags[parent].stats.tree, &s->tags[tag].stats.tree);
        }
    }
    for (fa_tag tag = 0; tag < tag_count; tag++) {
        fai_stats_tree_peak(allocator, tag, &s->tags[tag].stats);
        const fai_account *budget =
            atomic_load_explicit(&fai_tags_entry(allocator, tag)->account, memory_order_acquire);
        (void)limits_of(budget, &s->tags[tag].soft_bytes, &s->tags[tag].hard_bytes);
    }
    capture_contexts(allocator, s);
    s->frees_waiting = frees_waiting(allocator);
    fai_mutex_unlock(&allocator->contexts_lock);
    (void)fa_transfer_stats_get(allocator, &s->transfers);
    capture_counts(ctx, s);
    capture_diagnostics(allocator, s);
    return FA_RESULT_OK;
}
