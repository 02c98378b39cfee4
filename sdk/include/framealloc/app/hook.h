/* hook.h - being told when frames, steps, schedules and systems begin and end: for profilers, traces, hosts.
 *
 * Hooks for a beginning are called in the order of adding, hooks for an end in reverse order. A hook may use
 * the core (it runs under no tag of its own) and read resources; it must not change the app. */
#ifndef FRAMEALLOC_APP_HOOK_H
#define FRAMEALLOC_APP_HOOK_H

#include "framealloc/app/schedule.h"

FA_EXTERN_C_BEGIN

/* X(name, when). Begin and end alternate. */
#define FA_HOOK_TABLE(X)                                                             \
    X(FRAME_BEGIN, "the time of the frame is known, nothing has run")                \
    X(FRAME_END, "the last schedule of the frame has run")                           \
    X(STEP_BEGIN, "a fixed step is due, nothing of it has run")                      \
    X(STEP_END, "the step's schedules have run, its memory is still there")          \
    X(SCHEDULE_BEGIN, "before the first system of a schedule, also of an empty one") \
    X(SCHEDULE_END, "after the last system of a schedule")                           \
    X(SYSTEM_BEGIN, "its conditions hold, its tag is not open yet")                  \
    X(SYSTEM_END, "it has returned, its tag is closed, its scratch memory is gone")

typedef enum fa_hook {
#define FA_X(name, when) FA_HOOK_##name,
    FA_HOOK_TABLE(FA_X)
#undef FA_X
        FA_HOOK_COUNT
} fa_hook;

/// What a hook is told. Strings are borrowed until the app is destroyed.
typedef struct fa_hook_event {
    fa_hook hook;
    fa_schedule schedule;      ///< FA_SCHEDULE_NONE for frames and steps
    const char *schedule_name; ///< NULL for frames and steps
    const char *plugin;        ///< of a system; else NULL
    const char *system;        ///< of a system; else NULL
    uint64_t frame;            ///< number of the frame; 0 during startup
    uint64_t step;             ///< fixed steps begun
    const char *here;          ///< your call that brought it about: fa_app_update, fa_app_run_schedule ...
} fa_hook_event;

typedef void (*fa_hook_fn)(fa_app *app, const fa_hook_event *event, void *user);

/// Add a hook. The same function may be added several times.
/// @return OK; INVALID_ARGUMENT with FA005; OUT_OF_MEMORY; WRONG_THREAD with FA206; REENTRANT with FA105.
/// [main-thread]
FA_API fa_result fai_app_add_hook(fa_app *app, fa_hook hook, fa_hook_fn fn, void *user, const char *here);
#define fa_app_add_hook(app, hook, fn, user) fai_app_add_hook((app), (hook), (fn), (user), FA_HERE)

/// Remove the hook that was added last with the same function and user.
/// @return OK; NOT_FOUND; INVALID_ARGUMENT with FA005; WRONG_THREAD with FA206; REENTRANT with FA105.
/// [main-thread]
FA_API fa_result fai_app_remove_hook(fa_app *app, fa_hook hook, fa_hook_fn fn, void *user, const char *here);
#define fa_app_remove_hook(app, hook, fn, user) fai_app_remove_hook((app), (hook), (fn), (user), FA_HERE)

FA_EXTERN_C_END

#endif
