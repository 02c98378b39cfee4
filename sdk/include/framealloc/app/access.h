/* access.h - what a system or a condition says it will touch.
 *
 * C cannot infer it as Bevy does, so it is declared beside the function and checked: debug builds of the SDK
 * refuse access that was not declared and name the system, the type and the line (FA107). What is declared is
 * also what lets two systems run at the same time without meeting.
 *
 *     FA_SYSTEM(score, .res = { FA_R(fa_time), FA_W(Score) })
 */
#ifndef FRAMEALLOC_APP_ACCESS_H
#define FRAMEALLOC_APP_ACCESS_H

#include "framealloc/app/type.h"

FA_EXTERN_C_BEGIN

typedef enum fa_access {
    FA_ACCESS_READ,  ///< shared with other readers
    FA_ACCESS_WRITE, ///< alone; includes reading

    /* in queries only */
    FA_ACCESS_OPTIONAL_READ,  ///< the column is NULL where entities do not have it
    FA_ACCESS_OPTIONAL_WRITE, ///< the same, to write
    FA_ACCESS_WITH,           ///< only entities that have it; no column
    FA_ACCESS_WITHOUT,        ///< only entities that do not have it
    FA_ACCESS_ADDED,          ///< reads; only chunks to which one was added since the last run
    FA_ACCESS_CHANGED,        ///< reads; only chunks in which it was added or written since the last run
    FA_ACCESS_COUNT
} fa_access;

/// One declared use of one type. A list of terms ends at the first one without a type.
typedef struct fa_term {
    const fa_type *type;
    fa_access access;
} fa_term;

/* Terms of a list, for initialisers. */
/* clang-format off */
/// Reads T.
#define FA_R(T) { FA_T(T), FA_ACCESS_READ }
/// Writes T, and may read it.
#define FA_W(T) { FA_T(T), FA_ACCESS_WRITE }
#define FA_OPT_R(T) { FA_T(T), FA_ACCESS_OPTIONAL_READ }
#define FA_OPT_W(T) { FA_T(T), FA_ACCESS_OPTIONAL_WRITE }
#define FA_WITH(T) { FA_T(T), FA_ACCESS_WITH }
#define FA_WITHOUT(T) { FA_T(T), FA_ACCESS_WITHOUT }
#define FA_ADDED(T) { FA_T(T), FA_ACCESS_ADDED }
#define FA_CHANGED(T) { FA_T(T), FA_ACCESS_CHANGED }
/* clang-format on */

FA_EXTERN_C_END

#endif
