/* event.h - messages from systems to systems, each read once by each reader.
 *
 * An event lives for two flips of its clock: of the frame, or of the fixed step. So a system that runs once
 * per flip sees every event, wherever it stands in the schedule. Where readers run under the other clock, it
 * also lives for two flips of that one: with no fixed step in a frame nothing is lost, and with many nothing
 * is seen twice, because each reader has a cursor of its own.
 *
 *     FA_EMIT(s, Hit, {.damage = 3});                        // .events = { FA_W(Hit) }
 *     uint32_t count;                                        // .events = { FA_R(Hit) }
 *     const Hit *hits = FA_READ(s, Hit, &count);
 *
 * Events of a type are one array of fixed capacity. When it is full, events that only wait for readers of the
 * other clock give way, oldest first; then new ones are refused with FULL: counted, and the sender is named
 * in the log (EVENTS_REFUSED). */
#ifndef FRAMEALLOC_APP_EVENT_H
#define FRAMEALLOC_APP_EVENT_H

#include "framealloc/app/sys.h"

FA_EXTERN_C_BEGIN

typedef enum fa_event_clock {
    FA_EVENT_FRAME, ///< flips when a frame begins
    FA_EVENT_FIXED  ///< flips when a fixed step begins
} fa_event_clock;

typedef struct fa_event_desc {
    uint32_t start_canary; ///< leave zero
    fa_event_clock clock;
    uint32_t capacity;   ///< events alive at once. Default 1024
    uint32_t end_canary; ///< leave zero
} fa_event_desc;

/// Let a type be an event. @p desc may be NULL for all defaults.
/// @return OK; EXISTS: it is one already; INVALID_ARGUMENT with FA005; INVALID_DESC with FA103;
/// OUT_OF_MEMORY; WRONG_THREAD with FA206; REENTRANT with FA105. Nothing changed then. [main-thread]
FA_API fa_result fai_app_add_event(fa_app *app, const fa_type *type, const char *here,
                                   const fa_event_desc *desc);
#define fa_app_add_event(app, type, ...) fai_app_add_event((app), (type), FA_HERE, __VA_ARGS__)

/* ---- in systems ---------------------------------------------------------------------------------------- */

/// Send. @param value Copied; NULL: zero bytes.
/// @return OK; FULL; NOT_FOUND with FA107: not declared, or the type is no event of this app. Constant time.
/// [worker-thread]
FA_API fa_result fai_sys_emit(fa_sys *s, const fa_type *type, const void *value, const char *here);
#define fa_sys_emit(s, type, value) fai_sys_emit((s), (type), (value), FA_HERE)
#define FA_EMIT(s, T, ...) fai_sys_emit((s), FA_T(T), &(const T)__VA_ARGS__, FA_HERE)

/// What this system has not read yet, oldest first; afterwards it has.
/// @param count Gets how many. @return An array, borrowed until the system returns or sends such an event
/// itself; NULL: none; or FA107 as fa_sys_emit.
/// [worker-thread]
FA_API const void *fai_sys_read(fa_sys *s, const fa_type *type, uint32_t *count, const char *here);
#define fa_sys_read(s, type, count) fai_sys_read((s), (type), (count), FA_HERE)
#define FA_READ(s, T, count) ((const T *)fai_sys_read((s), FA_T(T), (count), FA_HERE))

/// Condition of a system that reads the event: holds while there is something that it has not read.
/// @param arg FA_T(type).
/// [worker-thread]
FA_API bool fa_if_event(fa_sys *s, const void *arg);

/* ---- outside of systems -------------------------------------------------------------------------------- */

/// As fa_sys_emit, for the loop around the app and for exclusive systems.
/// @return And WRONG_THREAD with FA206; REENTRANT with FA105: from inside a system that is not exclusive.
/// [main-thread]
FA_API fa_result fai_app_emit(fa_app *app, const fa_type *type, const void *value, const char *here);
#define fa_app_emit(app, type, value) fai_app_emit((app), (type), (value), FA_HERE)
#define FA_APP_EMIT(app, T, ...) fai_app_emit((app), FA_T(T), &(const T)__VA_ARGS__, FA_HERE)

/// What was not read yet with this cursor. @param cursor Yours; zero at first.
/// @return Borrowed until the next call of the app. [main-thread]
FA_API const void *fa_app_read(const fa_app *app, const fa_type *type, uint64_t *cursor, uint32_t *count);

typedef struct fa_event_stats {
    uint64_t sent;
    uint64_t refused; ///< found no room
    uint64_t evicted; ///< gave way before readers of the other clock ran
    uint32_t alive;
    uint32_t alive_peak;
    uint32_t capacity;
    const char *refused_sender; ///< "plugin/system" of the last one refused, or NULL
} fa_event_stats;

/// @return OK; NOT_FOUND. [main-thread]
FA_API fa_result fa_app_event_stats(const fa_app *app, const fa_type *type, fa_event_stats *out);

FA_EXTERN_C_END

#endif
