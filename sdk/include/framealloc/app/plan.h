/* plan.h - what a schedule looks like once it is ordered: who may run beside whom, and what is left open.
 *
 * An ambiguity is a pair of systems that use the same thing, one of them writing, without being ordered by
 * before, after, a set or a chain. They run in the order of adding, which is the same every time; but nobody
 * has said that this is the order that is meant. What conditions read counts too. */
#ifndef FRAMEALLOC_APP_PLAN_H
#define FRAMEALLOC_APP_PLAN_H

#include "framealloc/app/schedule.h"

FA_EXTERN_C_BEGIN

typedef struct fa_ambiguity {
    const char *first; ///< "plugin/system"; runs first. Borrowed until the schedule changes
    const char *second;
    const char *over; ///< name of the type
} fa_ambiguity;

/// Order the schedule, if it has changed, and list its ambiguities in the order of running.
/// @param out At most @p capacity are written; NULL asks for the number only.
/// @return How many there are; 0 when it cannot be ordered (FA106). At most 65,535 are counted.
/// [main-thread]
FA_API uint32_t fai_app_ambiguities(fa_app *app, fa_schedule schedule, fa_ambiguity *out, uint32_t capacity,
                                    const char *here);
#define fa_app_ambiguities(app, schedule, out, capacity) \
    fai_app_ambiguities((app), (schedule), (out), (capacity), FA_HERE)

/// Order the schedule, if it has changed, and write it as a graph for Graphviz: systems, what orders them
/// (solid), what keeps them apart (dashed), points where commands are applied.
/// @param write Called with pieces of text. Not owned, NUL-terminated.
/// @return OK; as fa_app_run_schedule where it cannot be ordered.
/// [main-thread]
FA_API fa_result fai_app_dot(fa_app *app, fa_schedule schedule, void (*write)(const char *text, void *user),
                             void *user, const char *here);
#define fa_app_dot(app, schedule, write, user) fai_app_dot((app), (schedule), (write), (user), FA_HERE)

FA_EXTERN_C_END

#endif
