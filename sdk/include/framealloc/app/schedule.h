/* schedule.h - when systems run: Bevy's schedules, and your own.
 *
 *     once        PreStartup  Startup  PostStartup
 *     each frame  First  PreUpdate  StateTransition
 *                     each fixed step that is due: FixedFirst  FixedPreUpdate  FixedUpdate  FixedPostUpdate
 * FixedLast Update  PostUpdate  Render  Last once        Shutdown, when the app is destroyed, if it was
 * started
 *
 * Within a schedule a system runs after those it is ordered after; among those that may run, the one added
 * first runs first. The order depends on nothing else, so it is the same in every run.
 *
 * A schedule of your own runs when you run it: fa_app_run_schedule. */
#ifndef FRAMEALLOC_APP_SCHEDULE_H
#define FRAMEALLOC_APP_SCHEDULE_H

#include "framealloc/result.h"

FA_EXTERN_C_BEGIN

typedef struct fa_app fa_app;

/// Number of a schedule within its app; 0 is none.
typedef uint32_t fa_schedule;

/* X(constant, name), in the order in which they run */
#define FA_SCHEDULE_TABLE(X)                   \
    X(FA_PRE_STARTUP, "PreStartup")            \
    X(FA_STARTUP, "Startup")                   \
    X(FA_POST_STARTUP, "PostStartup")          \
    X(FA_FIRST, "First")                       \
    X(FA_PRE_UPDATE, "PreUpdate")              \
    X(FA_STATE_TRANSITION, "StateTransition")  \
    X(FA_FIXED_FIRST, "FixedFirst")            \
    X(FA_FIXED_PRE_UPDATE, "FixedPreUpdate")   \
    X(FA_FIXED_UPDATE, "FixedUpdate")          \
    X(FA_FIXED_POST_UPDATE, "FixedPostUpdate") \
    X(FA_FIXED_LAST, "FixedLast")              \
    X(FA_UPDATE, "Update")                     \
    X(FA_POST_UPDATE, "PostUpdate")            \
    X(FA_RENDER, "Render")                     \
    X(FA_LAST, "Last")                         \
    X(FA_SHUTDOWN, "Shutdown")

enum {
    FA_SCHEDULE_NONE,
#define FA_X(constant, name) constant,
    FA_SCHEDULE_TABLE(FA_X)
#undef FA_X
        FA_SCHEDULE_BUILT_IN_END ///< numbers from here on are schedules of your own
};

/// The schedule of that name, made on first use. The built-in ones are found by their names too.
/// @param name 1 to 63 bytes, copied.
/// @return FA_SCHEDULE_NONE: the name is out of range (FA005), no memory, another thread (FA206), or called
/// from inside a system that is not exclusive (FA105).
/// [main-thread]
FA_API fa_schedule fai_app_schedule(fa_app *app, const char *name, const char *here);
#define fa_app_schedule(app, name) fai_app_schedule((app), (name), FA_HERE)

/// Its name; NULL for a number that is no schedule of this app. Borrowed until the app is destroyed.
/// [main-thread]
FA_API const char *fa_app_schedule_name(const fa_app *app, fa_schedule schedule);

FA_EXTERN_C_END

#endif
