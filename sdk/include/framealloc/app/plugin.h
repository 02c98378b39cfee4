/* plugin.h - a bundle of systems, resources and hooks under one name.
 *
 * Its life, as in Bevy, and one step more:
 *
 *     build     when it is added: adds systems, resources, other plugins. May fail
 *     ready     asked before the first frame, until every plugin says yes
 *     finish    when all are ready, in the order of adding: for what needs the others to be there. May fail
 *     cleanup   when all have finished, before startup
 *     shutdown  when the app is destroyed, in reverse order; resources are still there, entities are gone
 *
 * A build that fails is undone: everything that it added to the app is removed, and plugins that it had added
 * are shut down, newest first. Its own shutdown is not called: what it acquired outside of the app, and
 * entities that it spawned in the world, it gives back before it returns its error.
 *
 * While one of its functions runs, the tag with the plugin's name is open. */
#ifndef FRAMEALLOC_APP_PLUGIN_H
#define FRAMEALLOC_APP_PLUGIN_H

#include "framealloc/app/schedule.h"
#include "framealloc/version.h"

FA_EXTERN_C_BEGIN

#define FA_PLUGIN_NEEDS_MAX 6

/// Copied when it is added, names too. Any function may be NULL: then that step does nothing and succeeds.
typedef struct fa_plugin {
    uint32_t abi_version; ///< FA_ABI_VERSION. This field and the next stay where they are in every version
    const char *name;     ///< a tag segment of 1 to FA_NAME_MAX bytes; not the app's own name
    void *user;           ///< given to every function; must live as long as the app
    fa_result (*build)(fa_app *app, void *user);
    bool (*ready)(fa_app *app, void *user);
    fa_result (*finish)(fa_app *app, void *user);
    void (*cleanup)(fa_app *app, void *user);
    void (*shutdown)(fa_app *app, void *user);
    const char *needs[FA_PLUGIN_NEEDS_MAX]; ///< plugins that must have been added before
    bool many;           ///< may be added several times; the second is known as "name#2", and so on
    size_t budget_bytes; ///< frame memory of its systems in one app frame; more is counted and told. 0: none
    int64_t budget_ns;   ///< time of its systems in one app frame; more is counted. 0: none
} fa_plugin;

/// Add a plugin and build it. Plugins may be added until the app starts.
/// @return OK; INVALID_ARGUMENT with FA005: no plugin, a name out of range, a negative budget; or with FA101:
/// another ABI version; EXISTS with FA101: added already; NOT_FOUND with FA101: one that it needs is missing;
/// BUSY with FA101: the app has started; OUT_OF_MEMORY; FULL: no tag left; WRONG_THREAD with FA206; REENTRANT
/// with FA105: from inside a system, a hook, or another function of a plugin than build; else what build
/// returned, after the log item PLUGIN_FAILED. Nothing changed then.
/// [main-thread]
FA_API fa_result fai_app_add_plugin(fa_app *app, const char *here, const fa_plugin *plugin);
#define fa_app_add_plugin(app, ...) fai_app_add_plugin((app), FA_HERE, __VA_ARGS__)

/// Has a plugin of that name been added and built? [main-thread]
FA_API bool fa_app_has_plugin(const fa_app *app, const char *name);

FA_EXTERN_C_END

#endif
