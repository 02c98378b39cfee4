/* state.h - what the program is at: menu, playing, paused. One value per state type, changed at one place.
 *
 *     typedef enum Screen { MENU, PLAYING } Screen;   FA_TYPE_STATIC(Screen);
 *     fa_app_add_state(app, FA_T(Screen), MENU);
 *     fa_app_add_system(app, fa_on_enter(app, FA_T(Screen), PLAYING), FA_SYS(build_level));
 *     fa_sys_set_state(s, FA_T(Screen), PLAYING);
 *
 * A change that was asked for happens when StateTransition is run next: the systems of OnExit(old), then
 * entities that are scoped to the old value go, then OnTransition(old, new), then the value changes, then
 * OnEnter(new), then the systems of StateTransition itself. The first value is entered in the first frame. Of
 * several requests the last one in the order of the schedule counts; asking for the present value takes a
 * request back. */
#ifndef FRAMEALLOC_APP_STATE_H
#define FRAMEALLOC_APP_STATE_H

#include "framealloc/app/command.h"
#include "framealloc/app/schedule.h"

FA_EXTERN_C_BEGIN

/// @return OK; EXISTS: it is a state already; INVALID_ARGUMENT with FA005; OUT_OF_MEMORY; WRONG_THREAD with
/// FA206; REENTRANT with FA105. Nothing changed then.
/// [main-thread]
FA_API fa_result fai_app_add_state(fa_app *app, const fa_type *type, int32_t first, const char *here);
#define fa_app_add_state(app, type, first) fai_app_add_state((app), (type), (first), FA_HERE)

/// The schedules around a change, made on first use.
/// @return As fa_app_schedule; the name of the type may have 24 bytes.
/// [main-thread]
FA_API fa_schedule fai_on_enter(fa_app *app, const fa_type *type, int32_t value, const char *here);
FA_API fa_schedule fai_on_exit(fa_app *app, const fa_type *type, int32_t value, const char *here);
FA_API fa_schedule fai_on_transition(fa_app *app, const fa_type *type, int32_t from, int32_t to,
                                     const char *here);
#define fa_on_enter(app, type, value) fai_on_enter((app), (type), (value), FA_HERE)
#define fa_on_exit(app, type, value) fai_on_exit((app), (type), (value), FA_HERE)
#define fa_on_transition(app, type, from, to) fai_on_transition((app), (type), (from), (to), FA_HERE)

/// The present value; 0 where the type is no state. [worker-thread]
FA_API int32_t fa_sys_state(const fa_sys *s, const fa_type *type);
/// Ask for a change: a command.
/// @return As fa_cmd_call; NOT_FOUND with FA005: the type is no state. [worker-thread]
FA_API fa_result fai_sys_set_state(fa_sys *s, const fa_type *type, int32_t next, const char *here);
#define fa_sys_set_state(s, type, next) fai_sys_set_state((s), (type), (next), FA_HERE)

/// The same outside of systems. [main-thread]
FA_API int32_t fa_app_state(const fa_app *app, const fa_type *type);
FA_API fa_result fai_app_set_state(fa_app *app, const fa_type *type, int32_t next, const char *here);
#define fa_app_set_state(app, type, next) fai_app_set_state((app), (type), (next), FA_HERE)

/// Argument of fa_if_in_state; a component too: an entity that has it goes when the state leaves the value.
typedef struct fa_state_is {
    const fa_type *type;
    int32_t value;
    int32_t reserved; ///< leave zero
} fa_state_is;
FA_API FA_TYPE_DECLARE(fa_state_is);

/// Condition: holds while the state has the value. @param arg A `const fa_state_is *`. [worker-thread]
FA_API bool fa_if_in_state(fa_sys *s, const void *arg);

FA_EXTERN_C_END

#endif
