/* Vectors: arrays in frame memory that grow in place where they can and die with their frame. */
#include "core/support.h"

typedef struct hit {
    double distance;
    uint32_t body;
} hit;

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = (size_t)256 << 20});
    EXPECT_OK(fa_frame_begin(w.ctx));
}
static void teardown(void)
{
    world_close(&w);
}

START_TEST(vector_takes_no_memory_until_the_first_push)
{
    fa_vector v = FA_VECTOR(w.ctx, hit);
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
    EXPECT(v.count == 0 && v.capacity == 0 && v.items == NULL);
    EXPECT(!fa_vector_pop(&v));
    EXPECT(fa_vector_at(&v, 0) == NULL);
    *FA_VECTOR_PUSH(&v, hit) = (hit){1.5, 7};
    EXPECT(v.count == 1 && v.capacity >= 1);
    EXPECT(FA_VECTOR_AT(&v, hit, 0)->body == 7);
    EXPECT(FA_VECTOR_ITEMS(&v, hit)[0].distance == 1.5);
}
END_TEST

START_TEST(vector_keeps_a_hundred_thousand_items_in_order)
{
    fa_vector v = FA_VECTOR(w.ctx, hit);
    for (uint32_t i = 0; i < 100000; i++) {
        hit *h = FA_VECTOR_PUSH(&v, hit);
        EXPECT(h != NULL && (uintptr_t)h % FA_ALIGNOF(hit) == 0);
        *h = (hit){i * 0.5, i};
    }
    EXPECT_UINT(v.count, 100000);
    for (uint32_t i = 0; i < 100000; i++) {
        EXPECT(FA_VECTOR_AT(&v, hit, i)->body == i);
    }
    EXPECT(fa_vector_at(&v, 100000) == NULL);
    EXPECT(fa_vector_at(&v, SIZE_MAX) == NULL);
    for (uint32_t i = 100000; i > 0; i--) {
        EXPECT(FA_VECTOR_AT(&v, hit, i - 1)->body == i - 1);
        EXPECT(fa_vector_pop(&v));
    }
    EXPECT(!fa_vector_pop(&v));
    EXPECT(v.count == 0);
}
END_TEST

START_TEST(vector_grows_in_place_while_it_is_the_last_block)
{
    fa_vector v = FA_VECTOR(w.ctx, uint64_t);
    *FA_VECTOR_PUSH(&v, uint64_t) = 0;
    void *items = v.items;
    for (uint64_t i = 1; i < 10000; i++) {
        *FA_VECTOR_PUSH(&v, uint64_t) = i;
        EXPECT(SUPPORT_ASAN || v.items == items);
    }
    EXPECT(SUPPORT_ASAN || fa_frame_used_bytes(w.ctx) <= 2 * 10000 * sizeof(uint64_t) + 64);
}
END_TEST

START_TEST(vector_of_others_around_it_moves_and_keeps_its_items)
{
    fa_vector v[4];
    for (int k = 0; k < 4; k++) {
        v[k] = FA_VECTOR(w.ctx, uint64_t);
    }
    for (uint64_t i = 0; i < 20000; i++) {
        *FA_VECTOR_PUSH(&v[i % 4], uint64_t) = i;
        if (i % 64 == 0) {
            memset(fa_frame_alloc(w.ctx, 16, 1), 0xFF, 16);
        }
    }
    for (uint64_t i = 0; i < 20000; i++) {
        EXPECT_UINT(*FA_VECTOR_AT(&v[i % 4], uint64_t, i / 4), i);
    }
    /* Amortised: the lost places are a geometric series, not a square. */
    EXPECTF(SUPPORT_ASAN || fa_frame_used_bytes(w.ctx) < 20000 * 8 * 6, "%zu bytes",
            fa_frame_used_bytes(w.ctx));
}
END_TEST

START_TEST(vector_reserve_makes_room_once)
{
    fa_vector v = FA_VECTOR(w.ctx, hit);
    EXPECT_OK(fa_vector_reserve(&v, 0));
    EXPECT_OK(fa_vector_reserve(&v, 1000));
    EXPECT(v.capacity >= 1000 && v.count == 0);
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    void *items = v.items;
    for (uint32_t i = 0; i < 1000; i++) {
        *FA_VECTOR_PUSH(&v, hit) = (hit){0, i};
    }
    EXPECT(v.items == items);
    EXPECT_OK(fa_vector_reserve(&v, 10)); /* never shrinks */
    EXPECT(v.capacity >= 1000 && v.count == 1000 && v.items == items);
    EXPECT_OK(fa_vector_reserve(&v, 5000));
    EXPECT(v.capacity >= 5000 && FA_VECTOR_AT(&v, hit, 999)->body == 999);
}
END_TEST

#define EXPECT_VECTOR_SAME(v, kept)                                                                     \
    EXPECT((v).items == (kept).items && (v).count == (kept).count && (v).capacity == (kept).capacity && \
           (v).frame == (kept).frame && (v).ctx == (kept).ctx)

START_TEST(vector_that_cannot_grow_is_as_it_was)
{
    fa_vector v = FA_VECTOR(w.ctx, hit);
    for (uint32_t i = 0; i < 100; i++) {
        *FA_VECTOR_PUSH(&v, hit) = (hit){0, i};
    }
    fa_vector kept = v;
    EXPECT_NO_MEMORY(&w, fa_vector_reserve(&v, (size_t)1 << 28), FULL);
    EXPECT_VECTOR_SAME(v, kept);
    EXPECT_NO_MEMORY(&w, fa_vector_reserve(&v, SIZE_MAX), FULL);
    EXPECT_VECTOR_SAME(v, kept);
    EXPECT_NO_MEMORY(&w, fa_vector_reserve(&v, SIZE_MAX / sizeof(hit) + 2), FULL);
    EXPECT_VECTOR_SAME(v, kept);
    w.backing.commit_limit_bytes = w.backing.committed_bytes;
    EXPECT_NO_MEMORY(&w, fa_vector_reserve(&v, 4 << 20), OUT_OF_MEMORY);
    EXPECT_VECTOR_SAME(v, kept);
    w.backing.commit_limit_bytes = 0;
    for (uint32_t i = 0; i < 100; i++) {
        EXPECT(FA_VECTOR_AT(&v, hit, i)->body == i);
    }
    EXPECT_OK(fa_vector_reserve(&v, 4 << 20));
}
END_TEST

START_TEST(vector_push_into_a_full_frame_gives_null_and_keeps_the_items)
{
    fa_vector v = FA_VECTOR(w.ctx, uint64_t);
    size_t room = fa_frame_remaining_bytes(w.ctx) - 4096;
    EXPECT(fa_frame_alloc(w.ctx, room, 1) != NULL);
    uint64_t pushed = 0;
    for (;;) {
        uint64_t *item = FA_VECTOR_PUSH(&v, uint64_t);
        if (item == NULL) {
            break;
        }
        *item = pushed++;
    }
    EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
    EXPECT_UINT(v.count, pushed);
    EXPECTF(SUPPORT_ASAN || pushed >= 256, "%" PRIu64 " items in 4096 bytes", pushed);
    for (uint64_t i = 0; i < pushed; i++) {
        EXPECT_UINT(*FA_VECTOR_AT(&v, uint64_t, i), i);
    }
    EXPECT(FA_VECTOR_PUSH(&v, uint64_t) == NULL);
    EXPECT_UINT(v.count, pushed);
    EXPECT_UINT(w.rec.count, 0);
}
END_TEST

START_TEST(vector_of_an_ended_frame_is_stale)
{
    fa_vector v = FA_VECTOR(w.ctx, hit);
    *FA_VECTOR_PUSH(&v, hit) = (hit){0, 1};
    EXPECT_OK(fa_frame_end(w.ctx));
    fa_vector kept = v;
    EXPECT_REFUSED_NULL(&w, FA_VECTOR_PUSH(&v, hit), FA606, STALE);
    EXPECT_REFUSED(&w, fa_vector_reserve(&v, 1000), FA606, STALE);
    EXPECT_VECTOR_SAME(v, kept);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_REFUSED_NULL(&w, FA_VECTOR_PUSH(&v, hit), FA606, STALE);
    EXPECT_REFUSED(&w, fa_vector_reserve(&v, 1000), FA606, STALE);
    EXPECT_VECTOR_SAME(v, kept);
}
END_TEST

START_TEST(vector_of_an_ended_frame_is_stale_even_where_it_has_room)
{
    fa_vector v = FA_VECTOR(w.ctx, hit);
    EXPECT_OK(fa_vector_reserve(&v, 100));
    *FA_VECTOR_PUSH(&v, hit) = (hit){0, 1};
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_REFUSED_NULL(&w, FA_VECTOR_PUSH(&v, hit), FA606, STALE);
    EXPECT_REFUSED(&w, fa_vector_reserve(&v, 10), FA606, STALE);
}
END_TEST

START_TEST(vector_made_outside_of_a_frame_lives_in_the_frame_of_its_first_push)
{
    EXPECT_OK(fa_frame_end(w.ctx));
    fa_vector v = FA_VECTOR(w.ctx, hit);
    EXPECT_REFUSED_NULL(&w, FA_VECTOR_PUSH(&v, hit), FA001, NO_FRAME);
    EXPECT_OK(fa_frame_begin(w.ctx));
    *FA_VECTOR_PUSH(&v, hit) = (hit){0, 5};
    EXPECT_UINT(v.frame, fa_frame_index(w.ctx));
    EXPECT(FA_VECTOR_AT(&v, hit, 0)->body == 5);
}
END_TEST

START_TEST(vector_of_large_items_keeps_their_alignment)
{
    typedef struct wide_item {
        _Alignas(256) uint8_t bytes[768];
    } wide_item;
    fa_vector v = FA_VECTOR(w.ctx, wide_item);
    for (size_t i = 0; i < 500; i++) {
        wide_item *item = FA_VECTOR_PUSH(&v, wide_item);
        EXPECT(item != NULL && (uintptr_t)item % 256 == 0);
        pattern_fill(item, sizeof *item, i);
        (void)fa_frame_alloc(w.ctx, 1, 1);
    }
    for (size_t i = 0; i < 500; i++) {
        EXPECT(pattern_holds(fa_vector_at(&v, i), sizeof(wide_item), i, sizeof(wide_item)));
    }
}
END_TEST

START_TEST(vector_shrunk_by_pops_reuses_its_room)
{
    fa_vector v = FA_VECTOR(w.ctx, uint64_t);
    for (int round = 0; round < 100; round++) {
        for (uint64_t i = 0; i < 50; i++) {
            *FA_VECTOR_PUSH(&v, uint64_t) = i;
        }
        while (fa_vector_pop(&v)) {
        }
    }
    EXPECT(v.capacity < 200);
    EXPECT(fa_frame_used_bytes(w.ctx) < 8192);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vector");
    TCase *tcase = support_case(suite, "vector");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, vector_takes_no_memory_until_the_first_push);
    tcase_add_test(tcase, vector_keeps_a_hundred_thousand_items_in_order);
    tcase_add_test(tcase, vector_grows_in_place_while_it_is_the_last_block);
    tcase_add_test(tcase, vector_of_others_around_it_moves_and_keeps_its_items);
    tcase_add_test(tcase, vector_reserve_makes_room_once);
    tcase_add_test(tcase, vector_that_cannot_grow_is_as_it_was);
    tcase_add_test(tcase, vector_push_into_a_full_frame_gives_null_and_keeps_the_items);
    tcase_add_test(tcase, vector_of_an_ended_frame_is_stale);
    tcase_add_test(tcase, vector_of_an_ended_frame_is_stale_even_where_it_has_room);
    tcase_add_test(tcase, vector_made_outside_of_a_frame_lives_in_the_frame_of_its_first_push);
    tcase_add_test(tcase, vector_of_large_items_keeps_their_alignment);
    tcase_add_test(tcase, vector_shrunk_by_pops_reuses_its_room);
    return support_run(suite);
}
