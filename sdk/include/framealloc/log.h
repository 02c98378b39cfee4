/* log.h - what the SDK tells about itself: growth, degraded modes, adoption. Never about a mistake
 * (diagnostic.h).
 *
 * Items are ids from one table, so that tests and filters match on ids and never on texts. Logging does not
 * allocate and is guarded against re-entry: what would be logged from inside a log hook is dropped and
 * counted. */
#ifndef FRAMEALLOC_LOG_H
#define FRAMEALLOC_LOG_H

#include "framealloc/base.h"

FA_EXTERN_C_BEGIN

/* X(name, level, text) */
#define FA_LOG_TABLE(X)                                                                            \
    X(THREAD_KEY_REFUSED, WARNING, "no thread-local key left: a thread's end will not be noticed") \
    X(RESERVE_REDUCED, WARNING, "less address space reserved than configured")                     \
    X(HUGE_PAGES_REFUSED, INFO, "huge pages refused: ordinary pages are used")                     \
    X(PREFAULT_INCOMPLETE, WARNING, "not all memory asked for in advance could be committed")      \
    X(THREAD_ENDED_ATTACHED, WARNING, "a thread ended without detaching its context: adopted")     \
    X(BUDGET_SOFT, WARNING, "a soft limit is exceeded")                                            \
    X(LEAKS_TRUNCATED, INFO, "more leaks than listed")                                             \
    X(DECOMMIT_REFUSED, WARNING, "the system did not take memory back")                            \
    X(FRAME_ADVICE, WARNING, "frames were larger than configured")                                 \
    X(STRICT_UNKNOWN, WARNING, "FA_STRICT is none of report, trap and abort: ignored")             \
    X(PLUGIN_FAILED, ERROR, "a plugin could not be built or finished")                             \
    X(WORKER_HANGS, WARNING, "a job does not end in the time that it was given")                   \
    X(WORKER_LOST, WARNING, "a thread ended before its jobs did")                                  \
    X(BARRIER_TIMEOUT, WARNING, "not every participant of a barrier came in time")                 \
    X(TRANSFERS_ADOPTED, WARNING, "a context went before all that it sent was received")           \
    X(TRANSFER_NEVER_RECEIVED, WARNING, "a block was sent, and nobody has received it")            \
    X(SYSTEM_OVER_BUDGET, WARNING, "a system took more frame memory than its budget")              \
    X(PLUGIN_OVER_BUDGET, WARNING, "a plugin's systems took more frame memory than its budget")    \
    X(APP_OVER_BUDGET, WARNING, "all systems took more frame memory than the app's budget")        \
    X(EVENTS_REFUSED, WARNING, "events found no room: nobody reads them, or too many are sent")    \
    X(COMMANDS_DROPPED, WARNING, "commands could not be applied")

typedef enum fa_log_level { FA_LOG_LEVEL_INFO, FA_LOG_LEVEL_WARNING, FA_LOG_LEVEL_ERROR } fa_log_level;

typedef enum fa_log_item {
#define FA_X(name, level, text) FA_LOG_##name,
    FA_LOG_TABLE(FA_X)
#undef FA_X
        FA_LOG_COUNT
} fa_log_item;

/// Called with the item, its level and a full sentence; @p message is borrowed for the call.
typedef struct fa_log_hook {
    void (*fn)(void *user, fa_log_item item, fa_log_level level, const char *message);
    void *user;
} fa_log_hook;

/// The name of an item as it stands in the table. Never NULL.
/// [any-thread]
FA_API const char *fa_log_item_name(fa_log_item item);

FA_EXTERN_C_END

#endif
