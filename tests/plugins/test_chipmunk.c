/* The Chipmunk plugin: bodies with ids, contacts of a step in order, queries in frame memory, and the plugin
 * in an app. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "framealloc/app/app.h"
#include "framealloc/app/framealloc_plugin.h"
#include "framealloc/app/resource.h"
#include "framealloc/app/sys.h"
#include "framealloc/app/system.h"
#include "framealloc/stats.h"
#include "framealloc_chipmunk/chipmunk.h"

#define STEP (1.0 / 60)
#define PILE 150
#define NOT_A_NUMBER ((double)NAN)
#define ENDLESS ((double)INFINITY)

static fa_allocator *allocator;
static fa_context *ctx;
static fa_arena *arena;
static uint32_t diagnostics;

static void note(void *user, const fa_diagnostic *d)
{
    (void)user;
    (void)d;
    diagnostics++;
}

static fa_allocator_desc quiet_desc(void)
{
    return (fa_allocator_desc){.name = "test", .handler = {.fn = note}, .strictness = FA_STRICT_REPORT};
}

static void setup(void)
{
    fa_allocator_desc desc = quiet_desc();
    diagnostics = 0;
    ck_assert_int_eq(fa_allocator_create(&desc, &allocator), FA_RESULT_OK);
    ck_assert_int_eq(fa_context_attach(allocator, NULL, &ctx), FA_RESULT_OK);
    ck_assert_int_eq(fa_arena_create(ctx, &(fa_arena_desc){.name = "step"}, &arena), FA_RESULT_OK);
}

static void teardown(void)
{
    fa_allocator_stats stats;
    ck_assert_int_eq(fa_allocator_stats_get(allocator, &stats), FA_RESULT_OK);
    ck_assert_uint_eq(stats.heap_objects, 0);
    ck_assert_int_eq(fa_arena_destroy(arena), FA_RESULT_OK);
    ck_assert_int_eq(fa_allocator_destroy(allocator), FA_RESULT_OK);
    ck_assert_uint_eq(diagnostics, 0);
}

static fa_chipmunk_world *make_world(void)
{
    fa_chipmunk_world *world = NULL;
    fa_chipmunk_desc desc = {.gravity = {0, 900}};
    ck_assert_int_eq(fa_chipmunk_world_create(ctx, &desc, &world), FA_RESULT_OK);
    return world;
}

static fa_chipmunk_body add(fa_chipmunk_world *world, fa_chipmunk_body_desc desc)
{
    fa_chipmunk_body body = 0;
    ck_assert_int_eq(fa_chipmunk_body_create(world, &desc, &body), FA_RESULT_OK);
    ck_assert_uint_ne(body, 0);
    return body;
}

static fa_chipmunk_body add_disc(fa_chipmunk_world *world, double x, double y)
{
    return add(world, (fa_chipmunk_body_desc){.position = {x, y}, .radius = 10});
}

static fa_chipmunk_contacts step(fa_chipmunk_world *world)
{
    fa_chipmunk_contacts contacts;
    ck_assert_int_eq(fa_arena_reset(arena), FA_RESULT_OK);
    ck_assert_int_eq(fa_chipmunk_world_step(world, STEP, arena, &contacts), FA_RESULT_OK);
    return contacts;
}

/* A floor and a heap of bodies of all forms on it. */
static fa_chipmunk_world *make_pile(void)
{
    fa_chipmunk_world *world = make_world();
    for (int i = 0; i < PILE; i++) {
        if (i == PILE / 2) {
            add(world, (fa_chipmunk_body_desc){
                           .kind = FA_CHIPMUNK_STATIC, .position = {200, 400}, .width = 1000, .height = 40});
        }
        add(world, (fa_chipmunk_body_desc){.position = {20.0 + i * 13 % 380, 360 - i * 2},
                                           .angle = i * 0.3,
                                           .width = i % 3 == 0 ? 14 : 0,
                                           .height = i % 2 == 0 ? 9 : 0,
                                           .radius = 5});
    }
    return world;
}

/* ---- worlds and bodies ------------------------------------------------------------------------------------------- */

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

/* ---- contacts ---------------------------------------------------------------------------------------------------- */

START_TEST(two_discs_that_overlap_are_one_contact)
{
    fa_chipmunk_world *world = make_world();
    fa_chipmunk_body left = add_disc(world, 0, 0);
    fa_chipmunk_body right = add_disc(world, 15, 0);
    fa_chipmunk_contacts contacts = step(world);
    ck_assert_uint_eq(contacts.count, 1);
    const fa_chipmunk_contact *c = contacts.items;
    ck_assert(c->a == left && c->b == right);
    ck_assert(c->begun);
    ck_assert(c->normal.x > 0.99 && fabs(c->normal.y) < 0.01); /* from a to b */
    ck_assert(c->depth > 4 && c->depth < 5.5);
    ck_assert(c->impulse >= 0);
    ck_assert(c->point.x > 6 && c->point.x < 9);
    ck_assert(!step(world).items[0].begun);
    fa_chipmunk_world_destroy(world);
}
END_TEST

START_TEST(the_normal_points_from_a_to_b_whoever_was_made_first)
{
    fa_chipmunk_world *world = make_world();
    fa_chipmunk_body box =
        add(world,
            (fa_chipmunk_body_desc){.position = {0, 20}, .width = 20, .height = 20}); /* first, and below */
    fa_chipmunk_body disc = add_disc(world, 0, 2);
    fa_chipmunk_contacts contacts = step(world);
    ck_assert_uint_eq(contacts.count, 1);
    ck_assert(contacts.items[0].a == box && contacts.items[0].b == disc);
    ck_assert(contacts.items[0].normal.y < -0.9);
    fa_chipmunk_world_destroy(world);
}
END_TEST

START_TEST(contacts_are_sorted_and_each_pair_comes_once)
{
    fa_chipmunk_world *world = make_pile();
    uint32_t most = 0;
    for (int i = 0; i < 200; i++) {
        fa_chipmunk_contacts contacts = step(world);
        most = contacts.count > most ? contacts.count : most;
        for (uint32_t k = 0; k < contacts.count; k++) {
            const fa_chipmunk_contact *c = &contacts.items[k];
            ck_assert_msg(c->a < c->b && c->a != 0, "pair %u", k);
            ck_assert_msg(k == 0 || c[-1].a < c->a || (c[-1].a == c->a && c[-1].b < c->b), "order at %u", k);
            ck_assert_msg(fabs(cpvlength(c->normal) - 1) < 1e-9, "normal %u", k);
        }
        size_t bytes = contacts.count * sizeof(fa_chipmunk_contact);
        ck_assert_uint_le(fa_arena_used_bytes(arena), bytes + 64); /* what sorting needed went back */
    }
    ck_assert_uint_gt(most, PILE);
    fa_chipmunk_world_destroy(world);
}
END_TEST

START_TEST(the_same_calls_give_the_same_contacts)
{
    fa_chipmunk_world *one = make_pile();
    void *elsewhere = malloc(12345); /* another heap layout */
    fa_chipmunk_world *two = make_pile();
    for (int i = 0; i < 300; i++) {
        fa_chipmunk_contacts a = step(one);
        fa_chipmunk_contact *copy = malloc(a.count * sizeof *copy + 1);
        for (uint32_t k = 0; k < a.count; k++) {
            copy[k] = a.items[k];
        }
        fa_chipmunk_contacts b = step(two);
        ck_assert_uint_eq(a.count, b.count);
        for (uint32_t k = 0; k < b.count; k++) {
            const fa_chipmunk_contact *x = &copy[k];
            const fa_chipmunk_contact *y = &b.items[k];
            ck_assert_msg(x->a == y->a && x->b == y->b && x->impulse == y->impulse &&
                              x->point.x == y->point.x && x->point.y == y->point.y && x->begun == y->begun,
                          "contact %u of step %d", k, i);
        }
        free(copy);
    }
    free(elsewhere);
    fa_chipmunk_world_destroy(one);
    fa_chipmunk_world_destroy(two);
}
END_TEST

START_TEST(contacts_that_find_no_room_are_counted_and_the_world_moves)
{
    fa_chipmunk_world *world = make_pile();
    fa_arena *tiny = NULL;
    ck_assert_int_eq(fa_arena_create(ctx, &(fa_arena_desc){.max_bytes = 4096}, &tiny), FA_RESULT_OK);
    size_t room = 0;
    fa_chipmunk_body falling = add_disc(world, 200, -100000);
    while (fa_arena_alloc(tiny, 16, 16)) {
        room += 16;
    }
    for (size_t taken = 0; taken <= room;
         taken += 512) { /* room for nothing, for a part, for the result alone */
        ck_assert_int_eq(fa_arena_reset(tiny), FA_RESULT_OK);
        ck_assert(taken == 0 || fa_arena_alloc(tiny, taken, 16) != NULL);
        size_t used = fa_arena_used_bytes(tiny);
        cpVect before = cpBodyGetVelocity(fa_chipmunk_body_get(world, falling));
        fa_chipmunk_contacts contacts;
        fa_result result = fa_chipmunk_world_step(world, STEP, tiny, &contacts);
        if (contacts.lost > 0) {
            ck_assert(result == FA_RESULT_FULL || result == FA_RESULT_OUT_OF_MEMORY);
            ck_assert(contacts.count == 0 && contacts.items == NULL);
        } else {
            ck_assert_int_eq(result, FA_RESULT_OK);
        }
        ck_assert_uint_ge(fa_arena_used_bytes(tiny), used);
        ck_assert(!cpveql(before, cpBodyGetVelocity(fa_chipmunk_body_get(world, falling))));
    }
    fa_chipmunk_contacts contacts;
    ck_assert_int_eq(fa_chipmunk_world_step(world, STEP, NULL, &contacts), FA_RESULT_OK);
    ck_assert_uint_eq(contacts.count, 0);
    ck_assert_int_eq(fa_chipmunk_world_step(world, STEP, arena, NULL), FA_RESULT_OK);
    const double bad[] = {0, -1, 1.001, NOT_A_NUMBER, ENDLESS};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ck_assert_int_eq(fa_chipmunk_world_step(world, bad[i], arena, &contacts), FA_RESULT_INVALID_ARGUMENT);
    }
    ck_assert_int_eq(fa_chipmunk_world_step(NULL, STEP, arena, &contacts), FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_arena_destroy(tiny), FA_RESULT_OK);
    fa_chipmunk_world_destroy(world);
}
END_TEST

START_TEST(sleeping_bodies_have_no_contacts)
{
    fa_chipmunk_world *world = NULL;
    fa_chipmunk_desc desc = {.gravity = {0, 900}, .sleep_seconds = 0.3};
    ck_assert_int_eq(fa_chipmunk_world_create(ctx, &desc, &world), FA_RESULT_OK);
    add(world,
        (fa_chipmunk_body_desc){.kind = FA_CHIPMUNK_STATIC, .position = {0, 50}, .width = 500, .height = 20});
    fa_chipmunk_body box =
        add(world, (fa_chipmunk_body_desc){.position = {0, 29}, .width = 20, .height = 20});
    uint32_t count = 0;
    for (int i = 0; i < 300; i++) {
        count = step(world).count;
    }
    ck_assert(cpBodyIsSleeping(fa_chipmunk_body_get(world, box)));
    ck_assert_uint_eq(count, 0);
    fa_chipmunk_world_destroy(world);
}
END_TEST

/* ---- queries ----------------------------------------------------------------------------------------------------- */

static const cpShapeFilter everything;

START_TEST(ray_cast_meets_bodies_in_order)
{
    fa_chipmunk_world *world = make_world();
    fa_chipmunk_body far = add_disc(world, 300, 0);
    fa_chipmunk_body near = add_disc(world, 100, 0);
    fa_chipmunk_body middle = add_disc(world, 200, 0);
    add_disc(world, 200, 500);
    fa_chipmunk_hits hits;
    ck_assert_int_eq(fa_frame_begin(ctx), FA_RESULT_OK);
    ck_assert_int_eq(fa_chipmunk_ray_cast(world, ctx, cpvzero, cpv(1000, 0), 0, everything, &hits),
                     FA_RESULT_OK);
    ck_assert_uint_eq(hits.count, 3);
    ck_assert(hits.items[0].body == near && hits.items[1].body == middle && hits.items[2].body == far);
    ck_assert(fabs(hits.items[0].distance - 90) < 1e-6 && hits.items[0].normal.x < -0.99);
    ck_assert(fa_allocator_contains(allocator, hits.items));
    ck_assert_int_eq(fa_chipmunk_ray_cast(world, ctx, cpvzero, cpv(-1000, 0), 0, everything, &hits),
                     FA_RESULT_OK);
    ck_assert(hits.count == 0 && hits.items == NULL);
    ck_assert_int_eq(fa_chipmunk_ray_cast(world, ctx, cpv(0, 15), cpv(1000, 15), 10, everything, &hits),
                     FA_RESULT_OK);
    ck_assert_uint_eq(hits.count, 3);
    cpShapeFilter nobody = {.group = 0, .categories = 1, .mask = 0};
    ck_assert_int_eq(fa_chipmunk_ray_cast(world, ctx, cpvzero, cpv(1000, 0), 0, nobody, &hits), FA_RESULT_OK);
    ck_assert_uint_eq(hits.count, 0);
    ck_assert_int_eq(fa_frame_end(ctx), FA_RESULT_OK);
    fa_chipmunk_world_destroy(world);
}
END_TEST

START_TEST(queries_refuse_what_makes_no_sense)
{
    fa_chipmunk_world *world = make_world();
    fa_chipmunk_hits hits = {(void *)1, 1};
    ck_assert_int_eq(fa_chipmunk_ray_cast(world, ctx, cpvzero, cpv(1, 0), 0, everything, &hits),
                     FA_RESULT_NO_FRAME);
    ck_assert(hits.count == 0 && hits.items == NULL);
    ck_assert_int_eq(fa_frame_begin(ctx), FA_RESULT_OK);
    ck_assert_int_eq(fa_chipmunk_ray_cast(world, ctx, cpv(NOT_A_NUMBER, 0), cpv(1, 0), 0, everything, &hits),
                     FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_chipmunk_ray_cast(world, ctx, cpvzero, cpv(1, 0), -1, everything, &hits),
                     FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_chipmunk_ray_cast(world, NULL, cpvzero, cpv(1, 0), 0, everything, &hits),
                     FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_chipmunk_ray_cast(world, ctx, cpvzero, cpv(1, 0), 0, everything, NULL),
                     FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_chipmunk_find_near(world, ctx, cpv(0, ENDLESS), 1, everything, &hits),
                     FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_chipmunk_find_near(NULL, ctx, cpvzero, 1, everything, &hits),
                     FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_frame_end(ctx), FA_RESULT_OK);
    fa_chipmunk_world_destroy(world);
}
END_TEST

START_TEST(find_near_gives_the_nearest_first)
{
    fa_chipmunk_world *world = make_pile();
    fa_chipmunk_hits hits;
    ck_assert_int_eq(fa_frame_begin(ctx), FA_RESULT_OK);
    ck_assert_int_eq(fa_chipmunk_find_near(world, ctx, cpv(200, 200), 120, everything, &hits), FA_RESULT_OK);
    ck_assert_uint_gt(hits.count, 20);
    for (uint32_t i = 1; i < hits.count; i++) {
        const fa_chipmunk_hit *h = &hits.items[i];
        ck_assert_msg(h[-1].distance < h->distance || (h[-1].distance == h->distance && h[-1].body < h->body),
                      "hit %u", i);
        ck_assert_msg(h->distance <= 120, "hit %u", i);
    }
    ck_assert_int_eq(fa_frame_end(ctx), FA_RESULT_OK);
    fa_chipmunk_world_destroy(world);
}
END_TEST

START_TEST(queries_without_room_in_the_frame_are_empty)
{
    fa_allocator_desc desc = quiet_desc();
    desc.frame_max_bytes = 64 << 10;
    fa_allocator *tight = NULL;
    ck_assert_int_eq(fa_allocator_create(&desc, &tight), FA_RESULT_OK);
    fa_context *other = fa_context_current(tight);
    fa_chipmunk_world *world = make_pile();
    fa_chipmunk_hits hits;
    ck_assert_int_eq(fa_frame_begin(other), FA_RESULT_OK);
    while (fa_frame_remaining_bytes(other) > 8192) {
        ck_assert_ptr_nonnull(fa_frame_alloc(other, 1024, 16));
    }
    uint32_t full = 0;
    while (fa_frame_alloc(other, 64, 16)) { /* less room each time */
        fa_result result = fa_chipmunk_find_near(world, other, cpv(200, 200), 150, everything, &hits);
        full += result == FA_RESULT_FULL;
        ck_assert(result == FA_RESULT_FULL ? hits.count == 0 && hits.items == NULL : result == FA_RESULT_OK);
    }
    ck_assert_uint_gt(full, 0);
    ck_assert_int_eq(fa_frame_end(other), FA_RESULT_OK);
    fa_chipmunk_world_destroy(world);
    ck_assert_int_eq(fa_allocator_destroy(tight), FA_RESULT_OK);
}
END_TEST

/* ---- the plugin in an app ---------------------------------------------------------------------------------------- */

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
    tcase_add_test(world, two_discs_that_overlap_are_one_contact);
    tcase_add_test(world, the_normal_points_from_a_to_b_whoever_was_made_first);
    tcase_add_test(world, contacts_are_sorted_and_each_pair_comes_once);
    tcase_add_test(world, the_same_calls_give_the_same_contacts);
    tcase_add_test(world, contacts_that_find_no_room_are_counted_and_the_world_moves);
    tcase_add_test(world, sleeping_bodies_have_no_contacts);
    tcase_add_test(world, ray_cast_meets_bodies_in_order);
    tcase_add_test(world, queries_refuse_what_makes_no_sense);
    tcase_add_test(world, find_near_gives_the_nearest_first);
    tcase_add_test(world, queries_without_room_in_the_frame_are_empty);
    suite_add_tcase(suite, world);
    TCase *app = tcase_create("app");
    tcase_add_test(app, plugin_steps_in_the_fixed_step_and_forgets_after_it);
    tcase_add_test(app, plugin_refuses_a_bad_desc);
    suite_add_tcase(suite, app);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
