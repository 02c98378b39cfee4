/* subapp.h - an app beside the app: a world of its own for drawing, for sound, for a replay, that takes from
 * the main one what it needs at one place.
 *
 * After the main app's Last, before its frame ends, @p extract is called with both, then the sub-app runs a
 * frame of the same length. Its plugins, schedules and memory are its own. Who owns every phase runs sub-apps
 * with fa_app_run_subapps; what was not run by then, fa_app_frame_end runs. */
#ifndef FRAMEALLOC_APP_SUBAPP_H
#define FRAMEALLOC_APP_SUBAPP_H

#include "framealloc/app/app.h"

FA_EXTERN_C_BEGIN

/// What moves from the main app to the sub-app. Reads the one, changes the other. May be NULL.
typedef void (*fa_extract_fn)(const fa_app *main, fa_app *sub, void *user);

/// Let @p sub run with @p app. From now on it belongs to the app, which destroys it first; fa_app_destroy of
/// the sub-app itself is refused (BUSY with FA104). A plugin whose build fails takes its sub-apps with it.
/// @param name For messages: 1 to FA_NAME_MAX bytes, copied.
/// @return OK; EXISTS with FA106: a sub-app of that name is there; INVALID_ARGUMENT with FA005: no app, the
/// app itself or one above it, another's, another thread's, one with an open frame, a name out of range;
/// OUT_OF_MEMORY; WRONG_THREAD with FA206; REENTRANT with FA105. Nothing changed then. [main-thread]
FA_API fa_result fai_app_add_subapp(fa_app *app, const char *name, fa_app *sub, fa_extract_fn extract,
                                    void *user, const char *here);
#define fa_app_add_subapp(app, name, sub, extract, user) \
    fai_app_add_subapp((app), (name), (sub), (extract), (user), FA_HERE)
/// Run the extracts and frames of the sub-apps now, in an open frame and outside of fixed steps: once per
/// frame, a second call does nothing.
/// @return OK; the first error of a sub-app, the others have run; NO_FRAME or FRAME_OPEN with FA603;
/// WRONG_THREAD with FA206; REENTRANT with FA105. [main-thread]
FA_API fa_result fai_app_run_subapps(fa_app *app, const char *here);
#define fa_app_run_subapps(app) fai_app_run_subapps((app), FA_HERE)
/// NULL: there is none of that name. [main-thread]
FA_API fa_app *fa_app_subapp(const fa_app *app, const char *name);

FA_EXTERN_C_END

#endif
