/* set.h - systems under one name, ordered and switched together.
 *
 *     fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(steer, .in_set = { "input" }));
 *     fa_app_configure_set(app, FA_UPDATE, "input", &(fa_set_desc){ .before = { "physics" } });
 *
 * A set belongs to one schedule and exists once a system or a set is in it, or once it is configured.
 * Configuring it again adds to what was said before. Sets may lie in sets. */
#ifndef FRAMEALLOC_APP_SET_H
#define FRAMEALLOC_APP_SET_H

#include "framealloc/app/condition.h"
#include "framealloc/app/schedule.h"
#include "framealloc/app/system.h"

FA_EXTERN_C_BEGIN

typedef struct fa_set_desc {
    uint32_t start_canary; ///< leave zero

    const char *before[FA_SYSTEM_ORDER_MAX];       ///< all of it runs before all of these systems and sets
    const char *after[FA_SYSTEM_ORDER_MAX];        ///< all of it runs after all of these
    const char *in_set[FA_SYSTEM_SETS_MAX];        ///< sets that this one is part of
    fa_condition run_if[FA_SYSTEM_CONDITIONS_MAX]; ///< its systems run when all of them hold
    bool
        chained; ///< its members run one after the other: systems in the order of adding, then the sets in it

    uint32_t end_canary; ///< leave zero
} fa_set_desc;

/// Say something about a set. Everything is copied but for what conditions point at.
/// @return OK; INVALID_DESC with FA103; INVALID_ARGUMENT with FA005 (no app, no such schedule, name out of
/// range); OUT_OF_MEMORY; WRONG_THREAD with FA206; REENTRANT with FA105. Nothing changed then. Unknown
/// names and cycles come to light when the schedule is run (FA106).
/// [main-thread]
FA_API fa_result fai_app_configure_set(fa_app *app, fa_schedule schedule, const char *set, const char *here,
                                       const fa_set_desc *desc);
#define fa_app_configure_set(app, schedule, set, ...) \
    fai_app_configure_set((app), (schedule), (set), FA_HERE, __VA_ARGS__)

FA_EXTERN_C_END

#endif
