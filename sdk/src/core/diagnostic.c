/* diagnostic.c - builds diagnostics on the stack, delivers them one at a time per allocator, and acts on the
 * strictness. */
#include "core/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/allocator.h"
#include "core/context.h"
#include "debug/poison.h"

typedef struct code_text {
    const char *name;
    fa_severity severity;
    const char *title;
    const char *hint;
} code_text;

static const code_text *text_of(fa_diagnostic_code code)
{
    static const code_text texts[] = {
#define FA_X(name, severity, title, hint) {#name, FA_SEVERITY_##severity, title, hint},
        FA_DIAGNOSTIC_TABLE(FA_X)
#undef FA_X
    };
    static const code_text unknown = {"FA000", FA_SEVERITY_ERROR, "unknown code", ""};
    return (unsigned)code < FA_CODE_COUNT ? &texts[code] : &unknown;
}

const char *fa_diagnostic_code_name(fa_diagnostic_code code)
{
    return text_of(code)->name;
}

const char *fa_diagnostic_title(fa_diagnostic_code code)
{
    return text_of(code)->title;
}

const char *fa_diagnostic_hint(fa_diagnostic_code code)
{
    return text_of(code)->hint;
}

static const char *severity_name(fa_severity severity)
{
    static const char *const names[] = {"hint", "warning", "error"};
    return names[severity];
}

/* ---- text ---------------------------------------------------------------------------------------------- */

typedef struct writer {
    char *buffer;
    size_t capacity;
    size_t length;
} writer;

static void FA_PRINTF(2, 3) put(writer *out, const char *format, ...)
{
    size_t room = out->length < out->capacity ? out->capacity - out->length : 0;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(room > 0 ? out->buffer + out->length : NULL, room, format, args);
    va_end(args);
    out->length += length > 0 ? (size_t)length : 0;
}

size_t fa_diagnostic_format(const fa_diagnostic *d, char *buffer, size_t capacity)
{
    writer out = {buffer, capacity, 0};
    put(&out, "%s[%s]: %s\n", d->severity, d->code, d->message);
    put(&out, "  --> %s\n", d->here != NULL ? d->here : "call site unknown");
    if (d->earlier != NULL) {
        put(&out, "   | earlier: %s\n", d->earlier);
    }
    if (d->first_free != NULL) {
        put(&out, "   | freed first: %s\n", d->first_free);
    }
    if (d->address != NULL) {
        put(&out, "   | block: %p, %zu bytes\n", d->address, d->bytes);
    }
    put(&out, "   | allocator %s, tag %s, frame %llu, thread %s\n", d->allocator != NULL ? d->allocator : "?",
        d->tag != NULL ? d->tag : "unknown", (unsigned long long)d->frame,
        d->thread != NULL ? d->thread : "?");
    put(&out, "   = help: %s\n", d->hint);
    return out.length;
}

/* ---- delivery ------------------------------------------------------------------------------------------ */

static void deliver(const fa_diagnostic_handler *handler, const fa_diagnostic *d)
{
    if (handler->fn != NULL) {
        handler->fn(handler->user, d);
        return;
    }
    char text[2048];
    fa_diagnostic_format(d, text, sizeof text);
    fprintf(stderr, "framealloc: %s", text);
}

static void act_on(fa_strictness strictness)
{
    if (strictness == FA_STRICT_DEFAULT) {
        strictness = fai_debug_build() ? FA_STRICT_ABORT : FA_STRICT_REPORT;
    }
    if (strictness == FA_STRICT_TRAP) {
        fai_debug_trap();
    } else if (strictness == FA_STRICT_ABORT) {
        abort();
    }
}

static void fill(fa_diagnostic *d, const fai_report *report, const char *message, const char *thread)
{
    const code_text *text = text_of(report->code);
    const fai_context *ctx = report->ctx != NULL ? fai_ctx(report->ctx) : NULL;
    /* Another thread's context must not be read beyond what is atomic. */
    bool own = ctx != NULL && atomic_load(&ctx->owner) == fai_thread_self();
    *d = (fa_diagnostic){.code = text->name,
                         .severity = severity_name(text->severity),
                         .message = message,
                         .hint = text->hint,
                         .tag = report->tag != NULL ? report->tag
                                : own               ? fai_tags_path(ctx->allocator, ctx->tag)
                                                    : NULL,
                         .here = report->here,
                         .earlier = report->earlier,
                         .first_free = report->first_free,
                         .thread = thread,
                         .allocator = report->allocator->name,
                         .frame = own ? ctx->frame_index : 0,
                         .address = report->address,
                         .bytes = report->bytes,
                         .result = report->result,
                         .id = report->code};
}

/* For snapshots. */
static void remember(fa_allocator *allocator, const fa_diagnostic *d)
{
    fa_snapshot_diagnostic *out = &allocator->recent[allocator->recent_count++ % FA_SNAPSHOT_DIAGNOSTICS];
    *out = (fa_snapshot_diagnostic){.code = d->id, .frame = d->frame, .here = d->here};
    (void)snprintf(out->tag, sizeof out->tag, "%s", d->tag != NULL ? d->tag : "");
    (void)snprintf(out->message, sizeof out->message, "%s", d->message);
}

fa_result fai_report_send(const fai_report *report, const char *format, ...)
{
    fa_allocator *allocator = report->allocator;
    uintptr_t self = fai_thread_self();
    atomic_fetch_add(&allocator->diagnostics, 1);
    if (atomic_load(&allocator->reporting_thread) == self) {
        atomic_fetch_add(&allocator->dropped_reports, 1);
        return report->result;
    }
    char message[1536];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    char thread[64];
    fai_thread_describe(thread, sizeof thread);
    fa_diagnostic d;
    fill(&d, report, message, thread);
    fai_mutex_lock(&allocator->report_lock);
    remember(allocator, &d);
    atomic_store(&allocator->reporting_thread, self);
    deliver(&allocator->desc.handler, &d);
    atomic_store(&allocator->reporting_thread, 0);
    fai_mutex_unlock(&allocator->report_lock);
    if (text_of(report->code)->severity == FA_SEVERITY_ERROR) {
        act_on((fa_strictness)atomic_load(&allocator->strictness));
    }
    return report->result;
}

fa_result fai_report_desc(const fa_diagnostic_handler *handler, fa_strictness strictness,
                          const char *allocator_name, const char *here, const char *problems)
{
    const code_text *text = text_of(FA_CODE_FA103);
    char thread[64];
    fai_thread_describe(thread, sizeof thread);
    fa_diagnostic d = {.code = text->name,
                       .severity = severity_name(text->severity),
                       .message = problems,
                       .hint = text->hint,
                       .tag = "untagged",
                       .here = here,
                       .thread = thread,
                       .allocator = allocator_name,
                       .result = FA_RESULT_INVALID_DESC,
                       .id = FA_CODE_FA103};
    deliver(handler, &d);
    act_on(strictness);
    return FA_RESULT_INVALID_DESC;
}

void fai_problems_add(fai_problems *problems, const char *format, ...)
{
    writer out = {problems->text, sizeof problems->text, problems->length};
    if (problems->count++ > 0) {
        put(&out, "; ");
    }
    va_list args;
    va_start(args, format);
    char text[256];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    put(&out, "%s", text);
    if (out.length >= sizeof problems->text) {
        memcpy(problems->text + sizeof problems->text - 4, "...", 4);
        out.length = sizeof problems->text - 1;
    }
    problems->length = out.length;
}

void fai_problems_check_canaries(fai_problems *problems, uint32_t start, uint32_t end)
{
    if (start != 0 || end != 0) {
        fai_problems_add(problems, "a canary is not zero: was the desc zero-initialised?");
    }
}

void fai_problems_check_extent(fai_problems *problems, size_t max_bytes, size_t prefault_bytes,
                               size_t keep_bytes)
{
    if (max_bytes > FA_REQUEST_MAX) {
        fai_problems_add(problems, "max_bytes is %zu, above %zu", max_bytes, FA_REQUEST_MAX);
    }
    if (prefault_bytes > max_bytes) {
        fai_problems_add(problems, "prefault_bytes (%zu) is above max_bytes (%zu)", prefault_bytes,
                         max_bytes);
    }
    if (keep_bytes != 0 && keep_bytes < prefault_bytes) {
        fai_problems_add(problems, "keep_bytes (%zu) would give back what prefault_bytes (%zu) asks for",
                         keep_bytes, prefault_bytes);
    }
}

void fai_problems_check_tag(fai_problems *problems, fa_allocator *allocator, uint32_t tag)
{
    if (tag >= fa_tag_count(allocator)) {
        fai_problems_add(problems, "%u is not a tag of this allocator", tag);
    }
}
