/* plugin.c - the systems of chipmunk.h. */
#include "framealloc/app/app.h"
#include "framealloc/app/resource.h"
#include "framealloc/app/sys.h"
#include "framealloc/app/system.h"
#include "framealloc_chipmunk/chipmunk.h"

FA_TYPE_DEFINE(fa_chipmunk);

static void step(fa_sys *s)
{
    fa_chipmunk *physics = FA_RES_MUT(s, fa_chipmunk);
    /* Losing contacts to a full arena is no reason to stop the game: it is counted. */
    (void)fa_chipmunk_world_step(physics->world, FA_RES(s, fa_time)->delta_seconds, s->step,
                                 &physics->contacts);
    physics->last_contact_count = physics->contacts.count + physics->contacts.lost;
    physics->contact_count += physics->last_contact_count;
    physics->lost_contact_count += physics->contacts.lost;
}

static void forget(fa_sys *s)
{
    FA_RES_MUT(s, fa_chipmunk)->contacts = (fa_chipmunk_contacts){0};
}

static fa_result build(fa_app *app, void *user)
{
    fa_chipmunk physics = {0};
    fa_result result = fa_chipmunk_world_create(fa_app_context(app), user, &physics.world);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fa_result results[] = {
        fa_app_insert_resource(app, FA_T(fa_chipmunk), &physics),
        fa_app_add_system(app, FA_FIXED_UPDATE, FA_SYSTEM(step, .res = {FA_W(fa_chipmunk), FA_R(fa_time)})),
        fa_app_add_system(app, FA_FIXED_LAST, FA_SYSTEM(forget, .res = {FA_W(fa_chipmunk)})),
    };
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (results[i] != FA_RESULT_OK) {
            fa_chipmunk_world_destroy(physics.world);
            return results[i];
        }
    }
    return FA_RESULT_OK;
}

static void shut_down(fa_app *app, void *user)
{
    (void)user;
    fa_chipmunk *physics = FA_APP_RES_MUT(app, fa_chipmunk);
    fa_chipmunk_world_destroy(physics->world);
    physics->world = NULL;
}

fa_plugin fa_chipmunk_plugin(const fa_chipmunk_desc *desc)
{
    return (fa_plugin){
        .abi_version = FA_ABI_VERSION,
        .name = "chipmunk",
        .user = (void *)desc,
        .build = build,
        .shutdown = shut_down,
    };
}
