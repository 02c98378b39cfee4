/* level.c - the level's memory: one arena that is emptied when the level begins anew, and refilled by the
 * systems of the schedule "Level". The first level begins like all others, because the controls ask for a
 * reset at first. */
#include "framealloc/app/app.h"
#include "framealloc/app/resource.h"
#include "game.h"

#define LEVEL_MAX_BYTES ((size_t)256 << 20) /* of address space; the largest level takes half of it */

static bool reset_is_asked(fa_sys *s, const void *arg)
{
    (void)arg;
    return FA_RES(s, controls)->reset;
}

static void begin(fa_sys *s)
{
    fa_app *app = fa_sys_app(s);
    level *l = FA_APP_RES_MUT(app, level);
    (void)fa_arena_reset(l->arena);
    l->random = rng_make(FA_APP_RES(app, options)->seed);
    l->steps = 0;
    if (fa_app_run_schedule(app, fa_app_schedule(app, LEVEL_SCHEDULE)) != FA_RESULT_OK) {
        fa_app_exit(app, 1);
    }
    FA_APP_RES_MUT(app, controls)->reset = false;
}

static void count_steps(fa_sys *s)
{
    FA_RES_MUT(s, level)->steps++;
}

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    const options *o = FA_APP_RES(app, options);
    level l = {.width = (float)o->width, .height = (float)o->height};
    fa_arena_desc desc = {.name = "level", .max_bytes = LEVEL_MAX_BYTES};
    fa_result result = fa_arena_create(fa_app_context(app), &desc, &l.arena);
    if (result == FA_RESULT_OK) {
        result = FIRST_ERROR(
            fa_app_insert_resource(app, FA_T(level), &l),
            fa_app_add_system(app, FA_PRE_UPDATE,
                              FA_SYSTEM(begin, .exclusive = true, .after = {"controls/read_input"},
                                        .run_if = {{.fn = reset_is_asked, .res = {FA_R(controls)}}})),
            fa_app_add_system(app, FA_FIXED_LAST, FA_SYSTEM(count_steps, .res = {FA_W(level)})));
        if (result != FA_RESULT_OK) {
            (void)fa_arena_destroy(l.arena);
        }
    }
    return result;
}

static void shut_down(fa_app *app, void *user)
{
    (void)user;
    (void)fa_arena_destroy(FA_APP_RES_MUT(app, level)->arena);
}

fa_plugin level_plugin(void)
{
    return (fa_plugin){.abi_version = FA_ABI_VERSION, .name = "level", .build = build, .shutdown = shut_down};
}
