/* What a world tells: the contacts of a step, in order, and queries in frame memory. */
#include "plugins/chipmunk_support.h"

/* ---- contacts ----------------------------------------------------------------------------------------- */

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

/* ---- queries ------------------------------------------------------------------------------------------ */

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

int main(void)
{
    Suite *suite = suite_create("chipmunk contacts");
    TCase *contacts = tcase_create("contacts and queries");
    tcase_add_checked_fixture(contacts, setup, teardown);
    tcase_add_test(contacts, two_discs_that_overlap_are_one_contact);
    tcase_add_test(contacts, the_normal_points_from_a_to_b_whoever_was_made_first);
    tcase_add_test(contacts, contacts_are_sorted_and_each_pair_comes_once);
    tcase_add_test(contacts, the_same_calls_give_the_same_contacts);
    tcase_add_test(contacts, contacts_that_find_no_room_are_counted_and_the_world_moves);
    tcase_add_test(contacts, sleeping_bodies_have_no_contacts);
    tcase_add_test(contacts, ray_cast_meets_bodies_in_order);
    tcase_add_test(contacts, queries_refuse_what_makes_no_sense);
    tcase_add_test(contacts, find_near_gives_the_nearest_first);
    tcase_add_test(contacts, queries_without_room_in_the_frame_are_empty);
    suite_add_tcase(suite, contacts);
    return run_suite(suite);
}
