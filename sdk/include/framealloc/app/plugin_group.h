/* plugin_group.h - plugins as an editable list: take one out, replace one, put one in before another, then
 * add all.
 *
 *     fa_plugin_group *group = fa_plugin_group_default(app);
 *     fa_plugin_group_disable(group, "monitor");
 *     fa_plugin_group_add_before(group, "framealloc", &my_plugin);
 *     fa_app_add_plugin_group(app, group);
 *
 * A mistake while editing is told at once and remembered: adding the group then gives the same result, so the
 * calls in between need not be checked. */
#ifndef FRAMEALLOC_APP_PLUGIN_GROUP_H
#define FRAMEALLOC_APP_PLUGIN_GROUP_H

#include "framealloc/app/plugin.h"

FA_EXTERN_C_BEGIN

/// Plugins of one group at most.
#define FA_PLUGIN_GROUP_MAX 64

typedef struct fa_plugin_group fa_plugin_group;

/// An empty list. Owned by the app: it is gone when it is added, or with the app.
/// @return NULL: no memory; WRONG_THREAD with FA206; REENTRANT with FA105. [main-thread]
FA_API fa_plugin_group *fai_plugin_group_create(fa_app *app, const char *here);
#define fa_plugin_group_create(app) fai_plugin_group_create((app), FA_HERE)
/// A list of the plugins that come with the layer: "framealloc" (frame memory) and "monitor" (monitor.h).
/// [main-thread]
FA_API fa_plugin_group *fai_plugin_group_default(fa_app *app, const char *here);
#define fa_plugin_group_default(app) fai_plugin_group_default((app), FA_HERE)

/// Put a plugin at the end; copied, its strings are not. NULL groups are fine in all calls: OUT_OF_MEMORY.
/// @return OK; EXISTS with FA101; FULL; INVALID_ARGUMENT with FA005. [main-thread]
FA_API fa_result fai_plugin_group_add(fa_plugin_group *group, const fa_plugin *plugin, const char *here);
#define fa_plugin_group_add(group, plugin) fai_plugin_group_add((group), (plugin), FA_HERE)
/// Before or after the plugin of that name. @return And NOT_FOUND with FA101. [main-thread]
FA_API fa_result fai_plugin_group_add_before(fa_plugin_group *group, const char *name,
                                             const fa_plugin *plugin, const char *here);
#define fa_plugin_group_add_before(group, name, plugin) \
    fai_plugin_group_add_before((group), (name), (plugin), FA_HERE)
FA_API fa_result fai_plugin_group_add_after(fa_plugin_group *group, const char *name, const fa_plugin *plugin,
                                            const char *here);
#define fa_plugin_group_add_after(group, name, plugin) \
    fai_plugin_group_add_after((group), (name), (plugin), FA_HERE)
/// Put it in the place of the one that has its name. @return OK; NOT_FOUND with FA101. [main-thread]
FA_API fa_result fai_plugin_group_set(fa_plugin_group *group, const fa_plugin *plugin, const char *here);
#define fa_plugin_group_set(group, plugin) fai_plugin_group_set((group), (plugin), FA_HERE)
/// Leave it out, or put it back in. @return OK; NOT_FOUND with FA101. [main-thread]
FA_API fa_result fai_plugin_group_disable(fa_plugin_group *group, const char *name, const char *here);
#define fa_plugin_group_disable(group, name) fai_plugin_group_disable((group), (name), FA_HERE)
FA_API fa_result fai_plugin_group_enable(fa_plugin_group *group, const char *name, const char *here);
#define fa_plugin_group_enable(group, name) fai_plugin_group_enable((group), (name), FA_HERE)

/// Add the plugins in their order; the list is gone afterwards. Those before one that fails stay.
/// @return OK; the first mistake of editing, and nothing was added; what fa_app_add_plugin returned;
/// INVALID_ARGUMENT with FA005: no group of this app, or added already; REENTRANT with FA105: from the build
/// of one of its plugins, as all edits are then.
/// [main-thread]
FA_API fa_result fai_app_add_plugin_group(fa_app *app, fa_plugin_group *group, const char *here);
#define fa_app_add_plugin_group(app, group) fai_app_add_plugin_group((app), (group), FA_HERE)

FA_EXTERN_C_END

#endif
