/* system.h - a function that runs in a schedule, and what it says about itself.
 *
 *     static void move(fa_sys *s) { ... }
 *
 *     fa_app_add_system(app, FA_UPDATE, FA_SYS(move));
 *     fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(draw, .after = { "move" }, .res = { FA_R(Score) }));
 *     FA_CHAIN(app, FA_STARTUP, FA_SYS(load), FA_SYS(spawn));
 *
 * A system belongs to the plugin whose build adds it, else to the app. `plugin/system` names it everywhere:
 * in reports, in statistics, and as the tag that is open while it runs, so that its memory is attributed
 * without being asked.
 *
 * `before` and `after` take the name of a set, of a system of the same plugin, of any system of the schedule,
 * or "plugin/system". A name that fits nothing, or more than one thing, is an error when the schedule is
 * first run, and so is a cycle; the message names all of it (FA106).
 *
 * Systems run side by side where an app has workers and what they declare allows it: two that write the same
 * component, resource or event, or one that writes what the other reads, run one after the other, in the
 * order of the schedule. The result is the same with any number of workers.
 *
 * Commands (command.h) are applied before systems that are ordered after their system by before, after, sets
 * or chains; before and after exclusive systems; and at the schedule's end.
 *
 * Everything in a desc is copied, names too, but for `user` and what conditions point at. */
#ifndef FRAMEALLOC_APP_SYSTEM_H
#define FRAMEALLOC_APP_SYSTEM_H

#include "framealloc/app/access.h"
#include "framealloc/app/condition.h"
#include "framealloc/app/query.h"
#include "framealloc/app/schedule.h"
#include "framealloc/stats.h"
#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// Longest name of a plugin, a system, a set or a schedule, in bytes without the NUL.
#define FA_NAME_MAX 63

#define FA_SYSTEM_RES_MAX 12
#define FA_SYSTEM_EVENTS_MAX 8
#define FA_SYSTEM_QUERIES_MAX 4
#define FA_SYSTEM_ORDER_MAX 6
#define FA_SYSTEM_SETS_MAX 4
#define FA_SYSTEM_CONDITIONS_MAX 4

typedef void (*fa_system_fn)(fa_sys *s);

typedef struct fa_system_desc {
    uint32_t start_canary; ///< leave zero

    const char *name; ///< a tag segment of 1 to FA_NAME_MAX bytes, once per plugin and schedule
    fa_system_fn fn;
    void *user;                                               ///< for fa_sys_user
    fa_term query[FA_SYSTEM_QUERIES_MAX][FA_QUERY_TERMS_MAX]; ///< components, for FA_EACH and fa_sys_get
    fa_term res[FA_SYSTEM_RES_MAX];                           ///< resources it reads and writes
    fa_term events[FA_SYSTEM_EVENTS_MAX];                     ///< events it reads (FA_R) and sends (FA_W)
    const char *before[FA_SYSTEM_ORDER_MAX];                  ///< runs before these systems and sets
    const char *after[FA_SYSTEM_ORDER_MAX];                   ///< runs after these systems and sets
    const char *in_set[FA_SYSTEM_SETS_MAX];        ///< sets it is part of; a set exists once it is named here
    fa_condition run_if[FA_SYSTEM_CONDITIONS_MAX]; ///< runs when all of them hold
    size_t local_bytes;  ///< memory of its own, zeroed, kept between runs: fa_sys_local. Default 0
    bool exclusive;      ///< alone; may use everything without declaring it, the app and the world themselves
    bool main_thread;    ///< on the main thread only: what draws, what owns a window
    bool no_sync;        ///< its commands may wait for the schedule's end: who runs after it need not wait
    size_t budget_bytes; ///< frame memory in one app frame; more is counted and told once. 0: none
    int64_t budget_ns;   ///< time of one run; more is counted. 0: none

    uint32_t end_canary; ///< leave zero
} fa_system_desc;

/* For C; in C++ fill a fa_system_desc. */
/// A system that declares nothing.
#define FA_SYS(function) (&(const fa_system_desc){.name = #function, .fn = (function)})
/// A system: its function, then fields of its desc, if any: FA_SYSTEM(draw, .after = { "move" }).
#define FA_SYSTEM(...) (&(const fa_system_desc){.name = FAI_TEXT_OF_FIRST(__VA_ARGS__, 0), .fn = __VA_ARGS__})
/// The same under another name, for a function that is used twice: FA_SYSTEM_AS("left", steer, .user =
/// &left).
#define FA_SYSTEM_AS(text, ...) (&(const fa_system_desc){.name = (text), .fn = __VA_ARGS__})
/* The function is part of the "..." because standard C wants at least one argument there. */
#define FAI_TEXT_OF_FIRST(first, ...) #first

/// Add a system to a schedule. Possible at any time but from inside systems that are not exclusive; a
/// schedule that is running takes it up at its next run.
/// @return OK; INVALID_DESC with FA103; INVALID_ARGUMENT with FA005 (no such schedule); EXISTS with FA106:
/// the plugin has a system of that name in that schedule; OUT_OF_MEMORY; FULL: no tag left; WRONG_THREAD
/// with FA206; REENTRANT with FA105. Nothing changed then.
/// [main-thread]
FA_API fa_result fai_app_add_system(fa_app *app, fa_schedule schedule, const char *here,
                                    const fa_system_desc *desc);
#define fa_app_add_system(app, schedule, ...) fai_app_add_system((app), (schedule), FA_HERE, __VA_ARGS__)

/// Add systems that run in the order given. All of them are added, or none.
/// @return As fa_app_add_system.
/// [main-thread]
FA_API fa_result fai_app_add_chain(fa_app *app, fa_schedule schedule, const char *here,
                                   const fa_system_desc *const *descs, size_t count);
#define fa_app_add_chain(app, schedule, descs, count) \
    fai_app_add_chain((app), (schedule), FA_HERE, (descs), (count))
#define FA_CHAIN(app, schedule, ...)                                                            \
    fai_app_add_chain((app), (schedule), FA_HERE, (const fa_system_desc *const[]){__VA_ARGS__}, \
                      sizeof((const fa_system_desc *const[]){__VA_ARGS__}) / sizeof(void *))

/// What one system has done. Frame bytes are cursor differences, padding included, without those of
/// schedules that it ran itself, with those of its pieces on other threads. Allocations are counted while the
/// diagnostics (diagnostics.h) of the context are on that runs the system, and cost nothing else.
typedef struct fa_system_stats {
    const char *plugin;        ///< borrowed until the app is destroyed
    const char *system;        ///< borrowed until the app is destroyed
    fa_schedule schedule;      ///< where it runs
    fa_tag tag;                ///< `plugin/system`
    uint64_t runs;             ///< times it ran
    uint64_t skipped;          ///< times a condition kept it from running
    int64_t last_ns;           ///< wall time of the last run
    int64_t max_ns;            ///< of the longest run
    int64_t total_ns;          ///< of all runs
    size_t frame_bytes;        ///< frame memory taken in the last app frame in which it ran
    size_t frame_peak_bytes;   ///< most frame memory taken in one app frame
    size_t scratch_peak_bytes; ///< most scratch memory taken in one run
    size_t step_peak_bytes;    ///< most step memory taken in one run
    uint64_t commands;         ///< recorded in all runs
    uint64_t commands_dropped; ///< that could not be applied: the entity was gone, no memory, a limit
    uint64_t events;           ///< sent in all runs
    uint64_t events_refused;   ///< that found no room
    uint64_t over_bytes;       ///< app frames in which it took more than budget_bytes
    uint64_t over_ns;          ///< runs that took longer than budget_ns
    size_t budget_bytes;       ///< of its desc; 0: none
    int64_t budget_ns;         ///< of its desc; 0: none
    uint64_t allocs;           ///< of any lifetime, in runs that began with diagnostics on; else FA_UNKNOWN
    uint64_t last_allocs;      ///< in the last one of these runs; or FA_UNKNOWN
    uint32_t thread;           ///< of the last run: 0 the main thread, else the worker
} fa_system_stats;

/// Statistics of all systems, schedule by schedule in the order in which they run (in the order of adding,
/// until the schedule has been run).
/// @param out At most @p capacity rows are written; NULL asks for the number only.
/// @return How many systems there are.
/// [main-thread]
FA_API uint32_t fa_app_system_stats(const fa_app *app, fa_system_stats *out, uint32_t capacity);

FA_EXTERN_C_END

#endif
