/* advice.c - see the public header. Sizes are kept in buckets of an eighth of a power of two. */
#include "framealloc/advice.h"

#include "core/context.h"
#include "debug/watch.h"

#define STEP ((size_t)64 * 1024)

uint32_t fai_advice_bucket(size_t bytes)
{
    if (bytes < 8) {
        return (uint32_t)bytes;
    }
    uint32_t power = 63u - (uint32_t)__builtin_clzll(bytes);
    return (power - 2) * 8 + (uint32_t)(bytes >> (power - 3) & 7);
}

/* Most bytes that fall into a bucket. */
static uint64_t top_of(uint32_t bucket)
{
    if (bucket < 8) {
        return bucket;
    }
    uint32_t power = bucket / 8 + 2;
    return ((uint64_t)(8 + bucket % 8 + 1) << (power - 3)) - 1;
}

static uint64_t p99_of(const fai_watch *watch, uint64_t *frames)
{
    uint64_t seen = 0;
    *frames = 0;
    for (uint32_t i = 0; i < FAI_SIZE_BUCKETS; i++) {
        *frames += watch->frame_sizes[i];
    }
    for (uint32_t i = 0; i<FAI_SIZE_BUCKETS && * frames> 0; i++) {
        seen += watch->frame_sizes[i];
        if (seen * 100 >= *frames * 99) {
            return top_of(i);
        }
    }
    return FA_UNKNOWN;
}

static void advise(const fai_context *ctx, fa_frame_advice *out)
{
    *out = (fa_frame_advice){.p99_bytes = FA_UNKNOWN,
                             .peak_bytes = fa_frame_peak_bytes(&ctx->head),
                             .cap_bytes = ctx->allocator->desc.frame_max_bytes,
                             .overflows = ctx->frame_overflows};
    if (ctx->watch != NULL) {
        out->p99_bytes = p99_of(ctx->watch, &out->frames);
        out->p99_bytes = out->p99_bytes != FA_UNKNOWN && out->p99_bytes > out->peak_bytes ? out->peak_bytes
                                                                                          : out->p99_bytes;
    }
    size_t wanted = ctx->frame_wanted_bytes > out->peak_bytes ? ctx->frame_wanted_bytes : out->peak_bytes;
    out->suggested_bytes = fai_round_up(wanted + wanted / 8, STEP);
}

fa_result fa_frame_advice_get(fa_context *ctx, fa_frame_advice *out)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = fai_context_check(ctx, "fa_frame_advice_get", FA_HERE);
    if (check == FA_RESULT_OK) {
        advise(fai_ctx(ctx), out);
    }
    return check;
}

void fai_advice_log(fai_context *ctx)
{
    fa_frame_advice advice;
    if (ctx->frame_overflows == 0) {
        return;
    }
    advise(ctx, &advice);
    const double mib = 1024.0 * 1024.0;
    fai_log(ctx->allocator, FA_LOG_FRAME_ADVICE,
            "context %s: peak %.2f MiB, cap %.2f MiB, %llu overflows: set frame_max_bytes to %.2f MiB",
            ctx->name, (double)advice.peak_bytes / mib, (double)advice.cap_bytes / mib,
            (unsigned long long)advice.overflows, (double)advice.suggested_bytes / mib);
}
