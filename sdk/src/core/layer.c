/* layer.c - the core's reporting, clock and tag stack, handed through to the layers above it. */
#include "framealloc/layer.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/context.h"
#include "platform/platform.h"

fa_result fai_layer_report_send(const fai_layer_report *report, const char *format, ...)
{
    char message[1536];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fai_report core = {.code = report->code,
                       .result = report->result,
                       .allocator = report->allocator,
                       .ctx = report->ctx,
                       .here = report->here,
                       .earlier = report->earlier};
    if (report->ctx != NULL && atomic_load(&fai_ctx(report->ctx)->owner) == fai_thread_self()) {
        fai_ctx(report->ctx)->last_result = report->result;
    }
    return fai_report_send(&core, "%s", message);
}

fa_result fai_layer_report_desc(const fa_allocator_desc *desc, const char *here, const char *problems)
{
    return fai_report_desc(&desc->handler, desc->strictness, desc->name != NULL ? desc->name : "framealloc",
                           here, problems);
}

void fai_layer_log(fa_allocator *allocator, fa_log_item item, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    fai_log(allocator, item, "%s", message);
}

int64_t fai_layer_now_ns(void)
{
    return fai_clock_ns();
}

uint64_t fai_layer_ticks(const fa_allocator *allocator)
{
    return fai_ticks(allocator->clock.steady);
}

int64_t fai_layer_ticks_to_ns(const fa_allocator *allocator, uint64_t ticks)
{
    return fai_ticks_to_ns(&allocator->clock, ticks);
}

fa_result fai_layer_refuse(fa_context *ctx, fa_result result)
{
    fai_ctx(ctx)->last_result = result;
    return result;
}

uint32_t fai_layer_tag_depth(const fa_context *ctx)
{
    return fai_ctx(ctx)->tag_depth;
}
