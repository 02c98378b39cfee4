/* The Chipmunk plugin: worlds, bodies and their ids, and the plugin in an app. Contacts and queries are in
 * test_chipmunk_contacts.c. */
#include "framealloc/app/app.h"
#include "framealloc/app/framealloc_plugin.h"
#include "framealloc/app/resource.h"
#include "framealloc/app/sys.h"
#include "framealloc/app/system.h"
#include "plugins/chipmunk_support.h"

/* ---- worlds and bodies -------------------------------------------------------------------------------- */

START_TEST(world_create_refuses_bad_descs)
{
    fa_chipmunk_world *world = (void *)1;
    ck_assert_int_eq(fa_chipmunk_world_create(NULL, NULL, &world), FA_RESULT_INVALID_ARGUMENT);
    ck_assert_ptr_null(world);
    ck_assert_int_eq(fa_chipmunk_world_create(ctx, NULL, NULL), FA_RESULT_INVALID_ARGUMENT);
    const fa_chipmunk_desc bad[] = {
        {.start_canary = 1},
        {.end_canary = 1},
        {.max_bodies = 1000001},
        {.iterations = 10001},
        {.damping = -1},
        {.damping = 1.5},
        {.gravity = {NOT_A_NUMBER, 0}},
        {.gravity = {0, ENDLESS}},
        {.damping = NOT_A_NUMBER},
        {.sleep_seconds = -1},
        {.sleep_seconds = ENDLESS},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(fa_chipmunk_world_create(ctx, &bad[i], &world), FA_RESULT_INVALID_DESC);
        ck_assert_ptr_null(world);
    }
    fa_chipmunk_world_destroy(NULL);
}
END_TEST

START_TEST(world_create_says_when_there_is_no_memory)
{
    fa_allocator_desc desc = quiet_desc();
    desc.object_max_bytes = (size_t)4 << 20;
    fa_allocator *small = NULL;
    ck_assert_int_eq(fa_allocator_create(&desc, &small), FA_RESULT_OK);
    fa_chipmunk_world *world = NULL;
    fa_result result = fa_chipmunk_world_create(fa_context_current(small),
                                                &(fa_chipmunk_desc){.max_bodies = 1000000}, &world);
    ck_assert(result == FA_RESULT_FULL || result == FA_RESULT_OUT_OF_MEMORY);
    ck_assert_ptr_null(world);
    ck_assert_int_eq(fa_allocator_destroy(small), FA_RESULT_OK);
}
END_TEST

START_TEST(body_create_refuses_bad_descs)
{
    fa_chipmunk_world *world = make_world();
    const fa_chipmunk_body_desc bad[] = {
        {0},           /* no size */
        {.width = 10}, /* a bar without thickness */
        {.radius = -1},
        {.radius = NOT_A_NUMBER},
        {.radius = ENDLESS},
        {.radius = 1, .mass = -1},
        {.radius = 1, .mass = NOT_A_NUMBER},
        {.radius = 1, .position = {NOT_A_NUMBER, 0}},
        {.radius = 1, .velocity = {0, ENDLESS}},
        {.radius = 1, .angle = NOT_A_NUMBER},
        {.radius = 1, .elasticity = -1},
        {.radius = 1, .friction = NOT_A_NUMBER},
        {.radius = 1, .kind = (fa_chipmunk_kind)3},
        {.radius = 1, .width = -5, .height = 5},
        {.radius = 1, .start_canary = 1},
        {.radius = 1, .end_canary = 1},
    };
    fa_chipmunk_body body = 1;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(fa_chipmunk_body_create(world, &bad[i], &body), FA_RESULT_INVALID_DESC);
        ck_assert_uint_eq(body, 0);
    }
    ck_assert_int_eq(fa_chipmunk_body_create(world, NULL, &body), FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_chipmunk_body_create(NULL, &bad[0], &body), FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_chipmunk_body_create(world, &bad[0], NULL), FA_RESULT_INVALID_ARGUMENT);
    ck_assert_uint_eq(fa_chipmunk_body_count(world), 0);
    fa_chipmunk_world_destroy(world);
}
END_TEST

START_TEST(ids_are_never_used_again)
{
    fa_chipmunk_world *world = make_world();
    int mark = 0;
    fa_chipmunk_body first =
        add(world, (fa_chipmunk_body_desc){.position = {1, 2}, .radius = 3, .user = &mark});
    ck_assert(fa_chipmunk_body_get(world, first) != NULL && fa_chipmunk_body_shape(world, first) != NULL);
    ck_assert_ptr_eq(fa_chipmunk_body_user(world, first), &mark);
    ck_assert_uint_eq(fa_chipmunk_body_id(world, fa_chipmunk_body_get(world, first)), first);
    ck_assert(cpBodyGetPosition(fa_chipmunk_body_get(world, first)).y == 2);
    ck_assert_int_eq(fa_chipmunk_body_destroy(world, first), FA_RESULT_OK);
    fa_chipmunk_body second = add_disc(world, 0, 0);
    ck_assert_uint_ne(second, first);
    ck_assert_uint_eq((uint32_t)second, (uint32_t)first); /* same row, another generation */
    ck_assert_ptr_null(fa_chipmunk_body_get(world, first));
    ck_assert_ptr_null(fa_chipmunk_body_user(world, first));
    ck_assert_int_eq(fa_chipmunk_body_destroy(world, first), FA_RESULT_STALE);
    ck_assert_int_eq(fa_chipmunk_body_destroy(world, 0), FA_RESULT_STALE);
    ck_assert_int_eq(fa_chipmunk_body_destroy(world, UINT64_MAX), FA_RESULT_STALE);
    ck_assert_int_eq(fa_chipmunk_body_destroy(NULL, second), FA_RESULT_INVALID_ARGUMENT);
    ck_assert_uint_eq(fa_chipmunk_body_count(world), 1);
    fa_chipmunk_world_destroy(world);
}
END_TEST

START_TEST(a_full_world_refuses_and_goes_on)
{
    fa_chipmunk_world *world = NULL;
    ck_assert_int_eq(fa_chipmunk_world_create(ctx, &(fa_chipmunk_desc){.max_bodies = 3}, &world),
                     FA_RESULT_OK);
    fa_chipmunk_body bodies[4];
    for (int i = 0; i < 3; i++) {
        bodies[i] = add_disc(world, i * 100, 0);
    }
    fa_chipmunk_body_desc desc = {.radius = 1};
    ck_assert_int_eq(fa_chipmunk_body_create(world, &desc, &bodies[3]), FA_RESULT_FULL);
    ck_assert_int_eq(fa_chipmunk_body_destroy(world, bodies[1]), FA_RESULT_OK);
    ck_assert_int_eq(fa_chipmunk_body_create(world, &desc, &bodies[3]), FA_RESULT_OK);
    uint32_t seen = 0;
    for (fa_chipmunk_body b = 0; (b = fa_chipmunk_body_next(world, b)) != 0;) {
        seen++;
    }
    ck_assert_uint_eq(seen, 3);
    ck_assert_uint_eq(fa_chipmunk_body_next(world, bodies[2]), 0);
    fa_chipmunk_world_destroy(world);
}
END_TEST

START_TEST(foreign_parts_live_beside_ours_and_go_with_the_world)
{
    fa_chipmunk_world *world = make_world();
    cpSpace *space = fa_chipmunk_space(world);
    fa_chipmunk_body ours = add_disc(world, 0, 0);
    cpBody *foreign = cpSpaceAddBody(space, cpBodyNew(1, 1));
    cpBodySetUserData(foreign, (cpDataPointer)(uintptr_t)1); /* looks like a row of ours */
    cpSpaceAddShape(space, cpCircleShapeNew(foreign, 5, cpvzero));
    ck_assert_uint_eq(fa_chipmunk_body_id(world, foreign), 0);
    ck_assert_uint_eq(fa_chipmunk_body_id(world, NULL), 0);
    cpSpaceAddShape(space, cpCircleShapeNew(fa_chipmunk_body_get(world, ours), 5, cpv(20, 0)));
    cpConstraint *joint =
        cpSpaceAddConstraint(space, cpPivotJointNew(fa_chipmunk_body_get(world, ours), foreign, cpvzero));
    ck_assert_int_eq(fa_chipmunk_body_destroy(world, ours), FA_RESULT_BUSY);
    cpSpaceRemoveConstraint(space, joint);
    ck_assert_int_eq(fa_chipmunk_body_destroy(world, ours), FA_RESULT_OK);
    cpConstraintFree(joint);
    ours = add_disc(world, 50, 50);
    cpSpaceAddConstraint(space, cpPivotJointNew(fa_chipmunk_body_get(world, ours), foreign, cpvzero));
    (void)step(world);
    fa_chipmunk_world_destroy(world); /* nothing leaks: the address sanitizer looks */
}
END_TEST

static fa_chipmunk_world *stepping;
static fa_chipmunk_body victim;
static uint32_t refused;

static cpBool meddle(cpArbiter *arbiter, cpSpace *space, cpDataPointer user)
{
    (void)arbiter;
    (void)space;
    (void)user;
    fa_chipmunk_body body;
    fa_chipmunk_contacts contacts;
    refused +=
        fa_chipmunk_body_create(stepping, &(fa_chipmunk_body_desc){.radius = 1}, &body) == FA_RESULT_BUSY;
    refused += fa_chipmunk_body_destroy(stepping, victim) == FA_RESULT_BUSY;
    refused += fa_chipmunk_world_step(stepping, STEP, arena, &contacts) == FA_RESULT_BUSY;
    return cpTrue;
}

START_TEST(changes_from_inside_a_step_are_refused)
{
    stepping = make_world();
    victim = add_disc(stepping, 0, 0);
    add_disc(stepping, 12, 0);
    cpSpaceAddDefaultCollisionHandler(fa_chipmunk_space(stepping))->beginFunc = meddle;
    ck_assert_uint_eq(step(stepping).count, 1);
    ck_assert_uint_eq(refused, 3);
    ck_assert_uint_eq(fa_chipmunk_body_count(stepping), 2);
    fa_chipmunk_world_destroy(stepping);
}
END_TEST

/* ---- the plugin in an app ----------------------------------------------------------------------------- */

typedef struct seen {
    uint64_t in_step;
    uint64_t after;
    uint64_t hash;
} seen;

FA_TYPE_STATIC(seen);

static void watch_step(fa_sys *s)
{
    const fa_chipmunk_contacts *contacts = &FA_RES(s, fa_chipmunk)->contacts;
    seen *all = FA_RES_MUT(s, seen);
    all->in_step += contacts->count;
    for (uint32_t i = 0; i < contacts->count; i++) {
        uint64_t bits;
        memcpy(&bits, &contacts->items[i].impulse, sizeof bits);
        all->hash = (all->hash ^ contacts->items[i].a ^ contacts->items[i].b << 20 ^ bits) * 0x100000001B3u;
    }
}

static void watch_frame(fa_sys *s)
{
    FA_RES_MUT(s, seen)->after += FA_RES(s, fa_chipmunk)->contacts.count;
}

static seen run_app(int frames)
{
    fa_app *app = NULL;
    fa_app_desc desc = {.memory = quiet_desc(), .fixed_hz = 60};
    ck_assert_int_eq(fa_app_create(&desc, &app), FA_RESULT_OK);
    fa_plugin plugin = fa_chipmunk_plugin(&(fa_chipmunk_desc){.gravity = {0, 900}});
    ck_assert_int_eq(fa_app_add_plugin(app, fa_framealloc_plugin()), FA_RESULT_OK);
    ck_assert_int_eq(fa_app_add_plugin(app, &plugin), FA_RESULT_OK);
    ck_assert_int_eq(fa_app_insert_resource(app, FA_T(seen), NULL), FA_RESULT_OK);
    fa_result result = fa_app_add_system(app, FA_FIXED_UPDATE,
                                         FA_SYSTEM(watch_step, .after = {"chipmunk/step"},
                                                   .res = {FA_R(fa_chipmunk), FA_W(seen)}));
    ck_assert_int_eq(result, FA_RESULT_OK);
    result =
        fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(watch_frame, .res = {FA_R(fa_chipmunk), FA_W(seen)}));
    ck_assert_int_eq(result, FA_RESULT_OK);
    fa_chipmunk_world *world = FA_APP_RES(app, fa_chipmunk)->world;
    add(world, (fa_chipmunk_body_desc){
                   .kind = FA_CHIPMUNK_STATIC, .position = {200, 400}, .width = 1000, .height = 40});
    for (int i = 0; i < 60; i++) {
        add_disc(world, 10 + i * 17 % 300, 350 - i * 4);
    }
    for (int i = 0; i < frames; i++) {
        ck_assert_int_eq(fa_app_update_ns(app, fa_app_time(app)->step_ns), FA_RESULT_OK);
    }
    const fa_chipmunk *physics = FA_APP_RES(app, fa_chipmunk);
    seen all = *FA_APP_RES(app, seen);
    ck_assert_uint_eq(physics->contact_count, all.in_step);
    ck_assert_uint_eq(physics->lost_contact_count, 0);
    ck_assert_uint_gt(physics->last_contact_count, 0);
    ck_assert_int_eq(fa_app_destroy(app), FA_RESULT_OK);
    ck_assert_uint_eq(diagnostics, 0);
    return all;
}

START_TEST(plugin_steps_in_the_fixed_step_and_forgets_after_it)
{
    seen first = run_app(120);
    seen second = run_app(120);
    ck_assert_uint_gt(first.in_step, 1000);
    ck_assert_uint_eq(first.after, 0);
    ck_assert_uint_eq(first.hash, second.hash);
}
END_TEST

START_TEST(plugin_refuses_a_bad_desc)
{
    fa_app *app = NULL;
    fa_app_desc desc = {.memory = quiet_desc()};
    ck_assert_int_eq(fa_app_create(&desc, &app), FA_RESULT_OK);
    fa_plugin plugin = fa_chipmunk_plugin(&(fa_chipmunk_desc){.damping = 7});
    ck_assert_int_eq(fa_app_add_plugin(app, &plugin), FA_RESULT_INVALID_DESC);
    ck_assert(!fa_app_has_plugin(app, "chipmunk"));
    plugin = fa_chipmunk_plugin(NULL);
    ck_assert_int_eq(fa_app_add_plugin(app, &plugin), FA_RESULT_OK);
    ck_assert_int_eq(fa_app_destroy(app), FA_RESULT_OK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chipmunk");
    TCase *world = tcase_create("world");
    tcase_add_checked_fixture(world, setup, teardown);
    tcase_add_test(world, world_create_refuses_bad_descs);
    tcase_add_test(world, world_create_says_when_there_is_no_memory);
    tcase_add_test(world, body_create_refuses_bad_descs);
    tcase_add_test(world, ids_are_never_used_again);
    tcase_add_test(world, a_full_world_refuses_and_goes_on);
    tcase_add_test(world, foreign_parts_live_beside_ours_and_go_with_the_world);
    tcase_add_test(world, changes_from_inside_a_step_are_refused);
    suite_add_tcase(suite, world);
    TCase *app = tcase_create("app");
    tcase_add_test(app, plugin_steps_in_the_fixed_step_and_forgets_after_it);
    tcase_add_test(app, plugin_refuses_a_bad_desc);
    suite_add_tcase(suite, app);
    return run_suite(suite);
}
