/* condition.h - whether a system, or a whole set, runs this time.
 *
 * A condition is asked directly before the system would run, a set's condition once per run of the schedule,
 * before the first system of the set. They are asked in the order given, outer sets first, up to the first
 * that does not hold. What a condition reads is declared with it; it writes nothing.
 *
 *     static bool alive(fa_sys *s, const void *arg) { return FA_RES(s, Player)->health > 0; }
 *
 *     FA_SYSTEM(steer, .run_if = { { .fn = alive, .res = { FA_R(Player) } } })
 *     FA_SYSTEM(blink, .run_if = { { .fn = fa_if_every_ms, .arg = &half_a_second } })
 */
#ifndef FRAMEALLOC_APP_CONDITION_H
#define FRAMEALLOC_APP_CONDITION_H

#include "framealloc/app/access.h"

FA_EXTERN_C_BEGIN

typedef struct fa_sys fa_sys;

#define FA_CONDITION_TERMS_MAX 4

typedef struct fa_condition {
    bool (*fn)(fa_sys *s, const void *arg);
    const void *arg;                     ///< borrowed, lives as long as the app
    bool negate;                         ///< holds when fn says false
    fa_term res[FA_CONDITION_TERMS_MAX]; ///< resources that fn reads; FA_R only
} fa_condition;

/// Holds while the app has the resource. @param arg FA_T(type).
/// [worker-thread]
FA_API bool fa_if_resource(fa_sys *s, const void *arg);

/// Holds whenever the clock of the schedule (fa_time.elapsed_ns) passes a multiple of a period: at most
/// once per run.
/// @param arg A `const uint32_t *`, the period in milliseconds; 0, or NULL, always holds.
/// [worker-thread]
FA_API bool fa_if_every_ms(fa_sys *s, const void *arg);

FA_EXTERN_C_END

#endif
