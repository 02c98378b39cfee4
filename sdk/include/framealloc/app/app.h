/* app.h - plugins, resources, schedules and systems joined into a program, and who owns its loop.
 *
 *     SDK owns the loop         fa_app_run(app, pump, user);
 *     you own the loop          while (...) { fa_app_update(app); }          // or fa_app_update_ns: your
 * clock you own every phase       fa_app_frame_begin(app, delta_ns); fa_app_run_schedule(app, FA_FIRST); ...
 *                               while (fa_app_step_begin(app)) {
 *                                   fa_app_run_schedule(app, FA_FIXED_UPDATE); ...
 *                                   fa_app_step_end(app);
 *                               }
 *                               fa_app_run_schedule(app, FA_UPDATE); ...
 *                               fa_app_frame_end(app);
 *
 * All three do the same work in the same order. Many apps may live in one process, on one thread or on
 * several; they share nothing but what you give to both.
 *
 * Memory comes from an allocator that you lend, or from one that the app makes for itself.
 *
 * Calls that return an fa_result refuse an app that is NULL with INVALID_ARGUMENT, and tell nobody: there is
 * nobody to tell. Queries need an app. */
#ifndef FRAMEALLOC_APP_APP_H
#define FRAMEALLOC_APP_APP_H

#include "framealloc/app/schedule.h"
#include "framealloc/app/time.h"
#include "framealloc/app/world.h"
#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/// Where the time comes from when you do not give it yourself. Nanoseconds from any start; going back
/// counts as 0.
typedef struct fa_clock {
    int64_t (*now_ns)(void *user);
    void *user;
} fa_clock;

typedef struct fa_app_desc {
    uint32_t start_canary; ///< leave zero

    const char
        *name; ///< tag of what belongs to no plugin; copied. A tag segment up to FA_NAME_MAX. Default "app"

    /// Memory: one of these three.
    fa_context *ctx;          ///< borrowed, owned by this thread: the app allocates through it
    fa_allocator *allocator;  ///< borrowed: the app attaches a context of its own
    fa_allocator_desc memory; ///< neither given: the app makes an allocator by this desc, all zero included
    size_t scratch_max_bytes; ///< most scratch memory of one run; address space only. Default 256 MiB
    size_t step_max_bytes;    ///< most step memory of one fixed step; address space only. Default 256 MiB

    /// Threads.
    uint32_t workers;        ///< beside the calling thread, 0 to FA_WORKERS_MAX. 0 is complete. Needs a
                             ///< context without workers and without an open frame
    int64_t parallel_min_ns; ///< systems whose last runs took less together run on one thread. Default 20 us;
                             ///< 1: always side by side
    int64_t hang_timeout_ns; ///< how long systems that run side by side may take. Default: for ever, with a
                             ///< log item WORKER_HANGS every ten seconds. After the time-out nothing runs any
                             ///< more; figures of tags and systems can still be read and saved
    fa_world_desc world;     ///< of the app's world; its tag is the app's

    /// Budgets of all systems together; per plugin and per system: plugin.h, system.h. See figures.h.
    size_t budget_bytes; ///< frame memory in one app frame; more is counted and told. Default 0: none
    int64_t budget_ns;   ///< time of systems in one app frame, all threads. Default 0: none

    /// Time.
    uint32_t fixed_hz;    ///< fixed steps per second, up to 1,000,000. Default 64: exact in nanoseconds
    int64_t max_delta_ns; ///< real time that one frame counts at most, up to a day. Default 250 ms
    uint32_t max_steps;   ///< fixed steps that one frame takes at most. Default 8
    fa_clock clock;       ///< default: the system's monotonic clock

    uint32_t end_canary; ///< leave zero
} fa_app_desc;

/* ---- life ---------------------------------------------------------------------------------------------- */

/// Make an app for the calling thread. @p desc may be NULL for all defaults; it is copied. On failure @p
/// out is NULL and nothing is left behind.
/// @return OK; INVALID_ARGUMENT (@p out is NULL); INVALID_DESC, after one diagnostic FA103 that lists every
/// problem; WRONG_THREAD with FA206: @p ctx is another thread's; OUT_OF_MEMORY.
/// [any-thread]
FA_API fa_result fai_app_create(const char *here, const fa_app_desc *desc, fa_app **out);
/// fa_app_create(desc, out)
#define fa_app_create(...) fai_app_create(FA_HERE, __VA_ARGS__)

/// Take the app down: end what is open, destroy sub-apps, run Shutdown if it was started, despawn all
/// entities (with their hooks), shut plugins down in reverse order, free resources, then the memory if it was
/// the app's own. NULL is fine. Possible at any point but from inside a callback.
/// @return OK; REENTRANT with FA105: from inside a system, a hook, a plugin's function, the pump,
/// a command or a component's hook; WRONG_THREAD with FA206; BUSY with FA104: it is another app's sub-app;
/// BUSY with FA110: its world is being walked; TIMEOUT: a system hangs; and nothing changed. BUSY with
/// FA104: another thread is still attached to the app's own allocator: everything is taken down but the
/// allocator; call again when it has detached. Where a sub-app says one of these, the app stays.
/// [main-thread]
FA_API fa_result fai_app_destroy(fa_app *app, const char *here);
#define fa_app_destroy(app) fai_app_destroy((app), FA_HERE)

/// Make the plugins ready, finish them, clean up, and run the Startup schedules: once. The first frame does
/// it by itself; call it to see errors early.
/// @return OK, also when it was started before; BUSY: a plugin is not ready yet, call again; NOT_FOUND,
/// EXISTS or INVALID_ARGUMENT with FA106: a schedule cannot be ordered; what a plugin's finish returned,
/// with FA101; OUT_OF_MEMORY; WRONG_THREAD with FA206; REENTRANT with FA105. After an error it can be
/// called again, and goes on where it stopped.
/// [main-thread]
FA_API fa_result fai_app_start(fa_app *app, const char *here);
#define fa_app_start(app) fai_app_start((app), FA_HERE)

/* ---- the SDK owns the loop ----------------------------------------------------------------------------- */

/// Run frames until @p pump says false or a system asks to exit. @p pump is called before each frame, and
/// while plugins are not ready; it may be NULL.
/// @return The code given to fa_app_exit or fa_sys_exit, 0 when the pump ended it, or minus the fa_result
/// of the frame that failed.
/// [main-thread]
FA_API int fai_app_run(fa_app *app, bool (*pump)(fa_app *app, void *user), void *user, const char *here);
#define fa_app_run(app, pump, user) fai_app_run((app), (pump), (user), FA_HERE)

/// Ask that fa_app_run ends after the present frame. The first code counts.
/// [main-thread]
FA_API void fa_app_exit(fa_app *app, int code);
/// Has exit been asked for? @param code Gets the code; may be NULL. [main-thread]
FA_API bool fa_app_exit_requested(const fa_app *app, int *code);

/* ---- you own the loop ---------------------------------------------------------------------------------- */

/// One frame, with the time since the last one by the app's clock; the first has 0.
/// @return OK; else as fa_app_frame_begin, and nothing has run, or what a schedule of the frame returned.
/// [main-thread]
FA_API fa_result fai_app_update(fa_app *app, const char *here);
#define fa_app_update(app) fai_app_update((app), FA_HERE)
/// One frame, of the time given. [main-thread]
FA_API fa_result fai_app_update_ns(fa_app *app, int64_t delta_ns, const char *here);
#define fa_app_update_ns(app, delta_ns) fai_app_update_ns((app), (delta_ns), FA_HERE)

/* ---- you own every phase ------------------------------------------------------------------------------- */

/// Begin a frame: start the app if it is not started, and compute the time. Runs no schedule of the frame.
/// @return OK; INVALID_ARGUMENT with FA005: negative time; FRAME_OPEN with FA603; BUSY with FA110: the
/// app's world is being walked; as fa_app_start where that failed, and for schedules that were changed
/// since.
/// [main-thread]
FA_API fa_result fai_app_frame_begin(fa_app *app, int64_t delta_ns, const char *here);
#define fa_app_frame_begin(app, delta_ns) fai_app_frame_begin((app), (delta_ns), FA_HERE)
/// End the frame. A fixed step that is still open is ended first; sub-apps that have not run, run now.
/// @return OK; what a sub-app's frame returned, and the frame has ended; NO_FRAME with FA603; WRONG_THREAD
/// with FA206; REENTRANT with FA105. [main-thread]
FA_API fa_result fai_app_frame_end(fa_app *app, const char *here);
#define fa_app_frame_end(app) fai_app_frame_end((app), FA_HERE)

/// Begin the next fixed step, if one is due in this frame.
/// @return False: none is due (any more); or no frame is open, or a step is (FA603); WRONG_THREAD (FA206);
/// REENTRANT (FA105).
/// [main-thread]
FA_API bool fai_app_step_begin(fa_app *app, const char *here);
#define fa_app_step_begin(app) fai_app_step_begin((app), FA_HERE)
/// End the fixed step: its memory is gone.
/// @return OK; NO_FRAME with FA603: no step is open; WRONG_THREAD with FA206; REENTRANT with FA105.
/// [main-thread]
FA_API fa_result fai_app_step_end(fa_app *app, const char *here);
#define fa_app_step_end(app) fai_app_step_end((app), FA_HERE)

/// Run a schedule: one of your own at any time after the start, one of a frame in an open frame, a Fixed
/// one in an open step. Exclusive systems may call it for other schedules than those that are running.
/// @return OK; INVALID_ARGUMENT with FA005: no such schedule, or one that only the app runs (Startup,
/// Shutdown); NO_FRAME with FA603: not started, or no frame or step is open; NOT_FOUND (unknown name),
/// EXISTS (ambiguous name) or INVALID_ARGUMENT (cycle) with FA106, and no system has run; OUT_OF_MEMORY;
/// REENTRANT with FA105: it is running, or from inside a system that is not exclusive; WRONG_THREAD with
/// FA206.
/// [main-thread]
FA_API fa_result fai_app_run_schedule(fa_app *app, fa_schedule schedule, const char *here);
#define fa_app_run_schedule(app, schedule) fai_app_run_schedule((app), (schedule), FA_HERE)

/* ---- queries ------------------------------------------------------------------------------------------- */

/// The desc with every default filled in. Borrowed until destroy. [main-thread]
FA_API const fa_app_desc *fa_app_resolved_desc(const fa_app *app);
/// The main thread's context and the allocator, borrowed until destroy. [main-thread]
FA_API fa_context *fa_app_context(const fa_app *app);
FA_API fa_allocator *fa_app_allocator(const fa_app *app);
/// The world. Outside of systems it may be changed at once. Borrowed until destroy. [main-thread]
FA_API fa_world *fa_app_world(const fa_app *app);
/// Frame memory that all systems have taken in the present frame, on all threads. [main-thread]
FA_API size_t fa_app_frame_bytes(const fa_app *app);
/// The clock, as systems see it. Borrowed until destroy. [main-thread]
FA_API const fa_time *fa_app_time(const fa_app *app);

FA_EXTERN_C_END

#endif
