/* log.c - the log hook's side of the SDK. Messages are built on the stack: logging never allocates. */
#include "framealloc/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/allocator.h"
#include "core/diagnostic.h"

typedef struct item {
    const char *name;
    fa_log_level level;
    const char *text;
} item;

static const item *item_of(fa_log_item id)
{
    static const item items[] = {
#define FA_X(name, level, text) {#name, FA_LOG_LEVEL_##level, text},
        FA_LOG_TABLE(FA_X)
#undef FA_X
    };
    static const item unknown = {"UNKNOWN", FA_LOG_LEVEL_ERROR, "unknown item"};
    return (unsigned)id < FA_LOG_COUNT ? &items[id] : &unknown;
}

const char *fa_log_item_name(fa_log_item id)
{
    return item_of(id)->name;
}

void fai_log(fa_allocator *allocator, fa_log_item id, const char *format, ...)
{
    const item *what = item_of(id);
    char message[512];
    int length = snprintf(message, sizeof message, "%s: %s: ", allocator->name, what->text);
    va_list args;
    va_start(args, format);
    if (length > 0 && (size_t)length < sizeof message) {
        vsnprintf(message + length, sizeof message - (size_t)length, format, args);
    }
    va_end(args);
    /* A hook that causes another item on the same thread would never end: what comes from inside a hook or a
     * handler is dropped. */
    uintptr_t self = fai_thread_self();
    if (atomic_load(&allocator->reporting_thread) == self) {
        atomic_fetch_add(&allocator->dropped_reports, 1);
        return;
    }
    const fa_log_hook *hook = &allocator->desc.log;
    if (hook->fn == NULL) {
        if (what->level >= FA_LOG_LEVEL_WARNING) {
            fprintf(stderr, "framealloc: %s\n", message);
        }
        return;
    }
    fai_mutex_lock(&allocator->report_lock);
    atomic_store(&allocator->reporting_thread, self);
    hook->fn(hook->user, id, what->level, message);
    atomic_store(&allocator->reporting_thread, 0);
    fai_mutex_unlock(&allocator->report_lock);
}
