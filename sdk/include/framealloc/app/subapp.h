/* subapp.h - an app beside the app: a world of its own for drawing, for sound, for a replay, that takes from
 * the main one what it needs at one place.
 *
 * After the main app's Last, before its frame ends, @p extract is called with both, then the sub-app runs a
 * frame of the same length. Its plugins, schedules and memory are its own. */
#ifndef FRAMEALLOC_APP_SUBAPP_H
#define FRAMEALLOC_APP_SUBAPP_H

#include "framealloc/app/app.h"

FA_EXTERN_C_BEGIN

/// What moves from the main app to the sub-app. Reads the one, changes the other. May be NULL.
typedef void (*fa_extract_fn)(const fa_app *main, fa_app *sub, void *user);

/// Let @p sub run with @p app. From now on it belongs to the app, which destroys it first.
/// @param name For messages: 1 to FA_NAME_MAX bytes, copied.
/// @return OK; EXISTS with FA106: a sub-app of that name is there; INVALID_ARGUMENT with FA005: no app, the
/// app itself, another thread's, a name out of range; OUT_OF_MEMORY; WRONG_THREAD with FA206; REENTRANT with
/// FA105. Nothing changed then. [main-thread]
FA_API fa_result fai_app_add_subapp(fa_app *app, const char *name, fa_app *sub, fa_extract_fn extract,
                                    void *user, const char *here);
#define fa_app_add_subapp(app, name, sub, extract, user) \
    fai_app_add_subapp((app), (name), (sub), (extract), (user), FA_HERE)
/// NULL: there is none of that name. [main-thread]
FA_API fa_app *fa_app_subapp(const fa_app *app, const char *name);

FA_EXTERN_C_END

#endif
