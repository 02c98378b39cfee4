/* deferred.c - how frees from other threads come home: the desc, and the figures. What it governs is in
 * remote.c. */
#include "core/context.h"
#include "framealloc/pool.h"

#define BLOCK_TIMEOUT_DEFAULT INT64_C(1000000)
#define DRAIN_DEFAULT (FA_DEFERRED_AT_BEGIN | FA_DEFERRED_WHEN_EMPTY)
#define DRAIN_ALL (DRAIN_DEFAULT | FA_DEFERRED_AT_END | FA_DEFERRED_EXPLICIT)

/* ---- desc ---------------------------------------------------------------------------------------------- */

void fai_deferred_check(const fa_deferred_desc *desc, fai_problems *problems)
{
    if (desc == NULL) {
        return;
    }
    fai_problems_check_canaries(problems, desc->start_canary, desc->end_canary);
    if ((desc->drain & ~DRAIN_ALL) != 0) {
        fai_problems_add(problems, "deferred drain 0x%x has unknown bits", desc->drain);
    }
    if ((desc->drain & FA_DEFERRED_EXPLICIT) != 0 &&
        (desc->drain != FA_DEFERRED_EXPLICIT || desc->per_alloc_count != 0 || desc->at_once_count != 0)) {
        fai_problems_add(problems, "FA_DEFERRED_EXPLICIT stands alone: nothing else takes frees in");
    }
    if (desc->batch_count > FA_DEFERRED_BATCH_MAX) {
        fai_problems_add(problems, "batch_count %u is above %u", desc->batch_count, FA_DEFERRED_BATCH_MAX);
    }
    if ((unsigned)desc->full >= FA_DEFERRED_FULL_COUNT) {
        fai_problems_add(problems, "full is %u, not one of the enum", (unsigned)desc->full);
    }
    bool bounded = desc->capacity_count != 0 && desc->capacity_count != FA_NO_LIMIT;
    if (!bounded && desc->full != FA_DEFERRED_GROW) {
        fai_problems_add(problems, "full says what happens at capacity_count, and there is none");
    }
    if (bounded && desc->batch_count > desc->capacity_count) {
        fai_problems_add(problems, "batch_count %u is above capacity_count %zu", desc->batch_count,
                         desc->capacity_count);
    }
    if (desc->block_timeout_ns < 0 || (desc->block_timeout_ns != 0 && desc->full != FA_DEFERRED_BLOCK)) {
        fai_problems_add(problems, "block_timeout_ns is below 0, or full is not FA_DEFERRED_BLOCK");
    }
}

fa_deferred_desc fai_deferred_resolve(const fa_deferred_desc *desc)
{
    fa_deferred_desc out = {0};
    out = desc != NULL ? *desc : out;
    out.drain = out.drain != 0 ? out.drain : DRAIN_DEFAULT;
    out.at_once_count = out.at_once_count != 0 ? out.at_once_count : UINT32_MAX;
    out.capacity_count = out.capacity_count != 0 ? out.capacity_count : FA_NO_LIMIT;
    out.block_timeout_ns = out.block_timeout_ns != 0 ? out.block_timeout_ns : BLOCK_TIMEOUT_DEFAULT;
    if (out.batch_count == 0) {
        size_t part = out.capacity_count / 8 > 1 ? out.capacity_count / 8 : 1;
        out.batch_count = part < FA_DEFERRED_BATCH_MAX ? (uint32_t)part : FA_DEFERRED_BATCH_MAX;
    }
    return out;
}

static void apply(fai_context *ctx, const fa_deferred_desc *resolved)
{
    fai_inbox *inbox = &ctx->inbox;
    bool was_slow = ctx->deferred.per_alloc_count != 0;
    ctx->deferred = *resolved;
    atomic_store_explicit(&inbox->capacity, resolved->capacity_count, memory_order_relaxed);
    atomic_store_explicit(&inbox->block_timeout_ns, resolved->block_timeout_ns, memory_order_relaxed);
    atomic_store_explicit(&inbox->batch, resolved->batch_count, memory_order_relaxed);
    atomic_store_explicit(&inbox->full, (unsigned)resolved->full, memory_order_relaxed);
    /* The short way of a boundary knows of "all of it, at the begin" only. */
    if (resolved->drain != DRAIN_DEFAULT || resolved->at_once_count != UINT32_MAX) {
        ctx->attention |= FAI_ATTEND_DEFERRED;
    } else {
        ctx->attention &= ~FAI_ATTEND_DEFERRED;
    }
    if (was_slow != (resolved->per_alloc_count != 0)) {
        fai_context_slow(ctx, 0, false); /* opens or shuts the pool's inlined path */
    }
}

void fai_deferred_start_over(fai_context *ctx)
{
    apply(ctx, &ctx->allocator->deferred);
}

fa_result fai_deferred_set(fa_context *public_ctx, const fa_deferred_desc *desc, const char *here)
{
    fa_result result = fai_context_check(public_ctx, "fa_deferred_set", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_problems problems = {0};
    fai_deferred_check(desc, &problems);
    if (problems.count > 0) {
        return fai_context_refuse_desc(ctx, "fa_deferred_desc", &problems, here);
    }
    fa_deferred_desc resolved = desc != NULL ? fai_deferred_resolve(desc) : ctx->allocator->deferred;
    apply(ctx, &resolved);
    return FA_RESULT_OK;
}

const fa_deferred_desc *fa_deferred_get(const fa_context *ctx)
{
    return &fai_ctx(ctx)->deferred;
}

fa_result fai_deferred_process(fa_context *public_ctx, size_t most, size_t *out, const char *here)
{
    if (out != NULL) {
        *out = 0;
    }
    fa_result result = fai_context_check(public_ctx, "fa_deferred_process", here);
    if (result == FA_RESULT_OK) {
        size_t count = fai_inbox_take(fai_ctx(public_ctx), most);
        if (out != NULL) {
            *out = count;
        }
    }
    return result;
}

/* ---- figures ------------------------------------------------------------------------------------------- */

static void add(const fai_inbox *inbox, fa_deferred_stats *sum)
{
    /* In this order: nothing seems to come home before it was queued. */
    size_t processed = atomic_load(&inbox->processed);
    size_t processed_bytes = atomic_load(&inbox->processed_bytes);
    size_t bytes = atomic_load(&inbox->posted_bytes);
    size_t queued = atomic_load(&inbox->posted);
    size_t depth = queued > processed ? queued - processed : 0;
    size_t peak = fai_figure(&inbox->peak);
    peak = depth > peak ? depth : peak;
    sum->queued += processed + depth;
    sum->processed += processed;
    sum->depth += depth;
    sum->bytes += bytes > processed_bytes ? bytes - processed_bytes : 0;
    sum->peak = peak > sum->peak ? peak : sum->peak;
    sum->grown += fai_figure(&inbox->grown);
    sum->in_place += fai_figure(&inbox->in_place);
    sum->timed_out += fai_figure(&inbox->timed_out);
}

fa_result fa_deferred_stats_get(const fa_context *ctx, fa_deferred_stats *out)
{
    if (ctx == NULL || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = (fa_deferred_stats){0};
    add(&fai_ctx(ctx)->inbox, out);
    return FA_RESULT_OK;
}

fa_result fa_deferred_stats_sum(fa_allocator *allocator, fa_deferred_stats *out)
{
    if (!fai_allocator_alive(allocator) || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = (fa_deferred_stats){0};
    fai_mutex_lock(&allocator->contexts_lock);
    for (const fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        add(&ctx->inbox, out);
    }
    for (const fai_context *ctx = allocator->parked; ctx != NULL; ctx = ctx->next) {
        add(&ctx->inbox, out);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return FA_RESULT_OK;
}
