/* chipmunk.h - rigid bodies for an app: a world that advances in the fixed step.
 *
 *     fa_plugin physics = fa_chipmunk_plugin(&(fa_chipmunk_desc){ .gravity = { 0, 900 } });
 *     fa_app_add_plugin(app, &physics);
 *
 *     schedule      system   does
 *     FixedUpdate   step     advances the resource fa_chipmunk by one fixed step, collects its contacts
 *     FixedLast     forget   empties the list of contacts, as its memory ends with the step
 *
 * Systems that read the contacts run in FixedUpdate `.after = { "chipmunk/step" }`, or in FixedPostUpdate. */
#ifndef FRAMEALLOC_CHIPMUNK_CHIPMUNK_H
#define FRAMEALLOC_CHIPMUNK_CHIPMUNK_H

#include "framealloc/app/plugin.h"
#include "framealloc/app/type.h"
#include "framealloc_chipmunk/world.h"

FA_EXTERN_C_BEGIN

/// The resource.
typedef struct fa_chipmunk {
    fa_chipmunk_world *world;      ///< the plugin's; lives as long as the app
    fa_chipmunk_contacts contacts; ///< of this fixed step; empty outside of one. In step memory
    uint32_t last_contact_count;   ///< how many the last step had, also outside of one
    uint64_t contact_count;        ///< sum over all steps
    uint64_t lost_contact_count;   ///< sum of what step memory had no room for
} fa_chipmunk;

FA_TYPE_DECLARE(fa_chipmunk);

/// The plugin, named "chipmunk".
/// @param desc Borrowed until the plugin has been added; NULL: all defaults.
///
/// Adding it fails as fa_chipmunk_world_create does.
/// [any-thread]
fa_plugin fa_chipmunk_plugin(const fa_chipmunk_desc *desc);

FA_EXTERN_C_END

#endif
