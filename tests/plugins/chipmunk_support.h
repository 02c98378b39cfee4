/* chipmunk_support.h - worlds to look at. */
#ifndef FRAMEALLOC_TESTS_PLUGINS_CHIPMUNK_SUPPORT_H
#define FRAMEALLOC_TESTS_PLUGINS_CHIPMUNK_SUPPORT_H

#include <math.h>

#include "framealloc/stats.h"
#include "framealloc_chipmunk/chipmunk.h"
#include "plugins/support.h"

#define STEP (1.0 / 60)
#define PILE 150
#define NOT_A_NUMBER ((double)NAN)
#define ENDLESS ((double)INFINITY)

static fa_context *ctx;
static fa_arena *arena;

static inline void setup(void)
{
    open_allocator();
    ck_assert_int_eq(fa_context_attach(allocator, NULL, &ctx), FA_RESULT_OK);
    ck_assert_int_eq(fa_arena_create(ctx, &(fa_arena_desc){.name = "step"}, &arena), FA_RESULT_OK);
}

static inline void teardown(void)
{
    fa_allocator_stats stats;
    ck_assert_int_eq(fa_allocator_stats_get(allocator, &stats), FA_RESULT_OK);
    ck_assert_uint_eq(stats.heap_objects, 0);
    ck_assert_int_eq(fa_arena_destroy(arena), FA_RESULT_OK);
    close_allocator();
}

static inline fa_chipmunk_world *make_world(void)
{
    fa_chipmunk_world *world = NULL;
    fa_chipmunk_desc desc = {.gravity = {0, 900}};
    ck_assert_int_eq(fa_chipmunk_world_create(ctx, &desc, &world), FA_RESULT_OK);
    return world;
}

static inline fa_chipmunk_body add(fa_chipmunk_world *world, fa_chipmunk_body_desc desc)
{
    fa_chipmunk_body body = 0;
    ck_assert_int_eq(fa_chipmunk_body_create(world, &desc, &body), FA_RESULT_OK);
    ck_assert_uint_ne(body, 0);
    return body;
}

static inline fa_chipmunk_body add_disc(fa_chipmunk_world *world, double x, double y)
{
    return add(world, (fa_chipmunk_body_desc){.position = {x, y}, .radius = 10});
}

static inline fa_chipmunk_contacts step(fa_chipmunk_world *world)
{
    fa_chipmunk_contacts contacts;
    ck_assert_int_eq(fa_arena_reset(arena), FA_RESULT_OK);
    ck_assert_int_eq(fa_chipmunk_world_step(world, STEP, arena, &contacts), FA_RESULT_OK);
    return contacts;
}

/* A floor and a heap of bodies of all forms on it. */
static inline fa_chipmunk_world *make_pile(void)
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

#endif
