/* resource.h - one value of a type per app: settings, scores, the window, the physics world.
 *
 * The app owns the value: it is copied in, charged to the tag of the plugin that inserts it (of the app,
 * outside of plugins), and freed with the app, newest first. Its address stays the same until it is removed;
 * inserting it again writes the new value to the same place. What the value points at is yours: free it in
 * the plugin's shutdown.
 *
 *     FA_INSERT_RESOURCE(app, Score, { .points = 3 });
 *     FA_APP_RES_MUT(app, Score)->points++;           // outside of systems
 *     FA_RES_MUT(s, Score)->points++;                 // in a system, where it is declared: sys.h
 */
#ifndef FRAMEALLOC_APP_RESOURCE_H
#define FRAMEALLOC_APP_RESOURCE_H

#include "framealloc/app/schedule.h"
#include "framealloc/app/type.h"

FA_EXTERN_C_BEGIN

/// Insert a resource, or overwrite it.
/// @param value size_bytes of the type, copied; NULL: zero bytes.
/// @return OK; INVALID_ARGUMENT with FA005: a descriptor that is out of range or has changed since its
/// first use; OUT_OF_MEMORY; FULL; WRONG_THREAD with FA206; REENTRANT with FA105: from inside a system that
/// is not exclusive, a condition or a hook. Nothing changed then.
/// [main-thread]
FA_API fa_result fai_app_insert_resource(fa_app *app, const fa_type *type, const char *here,
                                         const void *value);
#define fa_app_insert_resource(app, type, ...) fai_app_insert_resource((app), (type), FA_HERE, __VA_ARGS__)
/// The same for a value written in place (C): FA_INSERT_RESOURCE(app, Score, { .points = 3 }).
#define FA_INSERT_RESOURCE(app, T, ...) \
    fai_app_insert_resource((app), FA_T(T), FA_HERE, &(const T)__VA_ARGS__)

/// Remove a resource; its memory is freed.
/// @return OK; NOT_FOUND: there is none; INVALID_ARGUMENT with FA005: the resource is the app's own
/// (fa_time); WRONG_THREAD with FA206; REENTRANT with FA105.
/// [main-thread]
FA_API fa_result fai_app_remove_resource(fa_app *app, const fa_type *type, const char *here);
#define fa_app_remove_resource(app, type) fai_app_remove_resource((app), (type), FA_HERE)

/// The resource, borrowed until it is removed, or NULL when there is none. For code that is not a system.
/// [main-thread]
FA_API const void *fa_app_resource(const fa_app *app, const fa_type *type);
FA_API void *fa_app_resource_mut(fa_app *app, const fa_type *type);
#define FA_APP_RES(app, T) ((const T *)fa_app_resource((app), FA_T(T)))
#define FA_APP_RES_MUT(app, T) ((T *)fa_app_resource_mut((app), FA_T(T)))

FA_EXTERN_C_END

#endif
