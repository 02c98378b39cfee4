/* Hash maps in frame memory: they hold what was asked for, grow, forget, and agree with a model. */
#include "core/support.h"

typedef struct cell {
    int32_t x;
    int32_t y;
} cell;

typedef struct wide_key {
    uint64_t words[5];
    uint8_t rest[3];
    uint8_t zero[5];
} wide_key;

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = (size_t)64 << 20});
    EXPECT_OK(fa_frame_begin(w.ctx));
}
static void teardown(void)
{
    world_close(&w);
}

START_TEST(map_takes_no_memory_until_the_first_put)
{
    fa_map m = FA_MAP(w.ctx, uint32_t, double);
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
    EXPECT(m.count == 0 && m.capacity == 0 && m.frame == 0);
    EXPECT(FA_MAP_GET(&m, uint32_t, double, 7) == NULL);
    EXPECT(!FA_MAP_REMOVE(&m, uint32_t, 7));
    *FA_MAP_PUT(&m, uint32_t, double, 7) = 1.5;
    EXPECT(m.count == 1 && m.frame == fa_frame_index(w.ctx));
    EXPECT(*FA_MAP_GET(&m, uint32_t, double, 7) == 1.5);
    EXPECT(FA_MAP_GET(&m, uint32_t, double, 8) == NULL);
}
END_TEST

START_TEST(map_holds_the_capacity_it_was_asked_for)
{
    static const size_t capacities[] = {1, 2, 6, 7, 8, 16, 17, 100, 1000, 4097};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        fa_map m = FA_MAP(w.ctx, uint64_t, uint64_t);
        EXPECT_OK(fa_map_reserve(&m, capacities[i]));
        EXPECT_UINT(m.capacity, capacities[i]);
        uintptr_t cursor = w.ctx->cursor;
        void *place = m.entries;
        for (uint64_t k = 0; k < capacities[i]; k++) {
            *FA_MAP_PUT(&m, uint64_t, uint64_t, k * 4096) = k;
        }
        EXPECT(w.ctx->cursor == cursor && m.entries == place);
        EXPECT_UINT(m.count, capacities[i]);
        EXPECT(FA_MAP_PUT(&m, uint64_t, uint64_t, 1) != NULL); /* and one more: it grows */
        EXPECT(m.capacity > capacities[i] && w.ctx->cursor != cursor);
        for (uint64_t k = 0; k < capacities[i]; k++) {
            EXPECT_UINT(*FA_MAP_GET(&m, uint64_t, uint64_t, k * 4096), k);
        }
    }
}
END_TEST

START_TEST(map_grows_in_place_while_it_is_the_last_block_and_moves_otherwise)
{
    fa_map m = FA_MAP(w.ctx, uint32_t, uint32_t);
    (void)FA_MAP_PUT(&m, uint32_t, uint32_t, 0);
    void *place = m.entries;
    for (uint32_t k = 1; k < 5000; k++) {
        *FA_MAP_PUT(&m, uint32_t, uint32_t, k) = k;
        EXPECT(SUPPORT_ASAN || m.entries == place);
    }
    (void)fa_frame_alloc(w.ctx, 16, 16);
    for (uint32_t k = 5000; k < 20000; k++) {
        *FA_MAP_PUT(&m, uint32_t, uint32_t, k) = k;
    }
    EXPECT(m.entries != place);
    for (uint32_t k = 0; k < 20000; k++) {
        EXPECT_UINT(*FA_MAP_GET(&m, uint32_t, uint32_t, k), k);
    }
    EXPECT(FA_MAP_GET(&m, uint32_t, uint32_t, 20000) == NULL);
}
END_TEST

START_TEST(map_put_finds_what_is_there_and_zeroes_what_is_new)
{
    fa_map m = FA_MAP(w.ctx, cell, uint64_t);
    memset(fa_frame_alloc(w.ctx, 4096, 16), 0xAA, 4096);
    for (int round = 0; round < 3; round++) {
        for (int32_t y = -10; y < 10; y++) {
            for (int32_t x = -10; x < 10; x++) {
                cell c = {x, y};
                *FA_MAP_PUT(&m, cell, uint64_t, c) += (uint64_t)(round + 1);
            }
        }
    }
    EXPECT_UINT(m.count, 400);
    cell c = {9, -10};
    EXPECT_UINT(*FA_MAP_GET(&m, cell, uint64_t, c), 6);
    c.x = 10;
    EXPECT(FA_MAP_GET(&m, cell, uint64_t, c) == NULL);
    for (size_t i = 0; i < m.count; i++) { /* in the order of putting */
        EXPECT(FA_MAP_KEY_AT(&m, cell, i).x == (int32_t)(i % 20) - 10);
        EXPECT(FA_MAP_KEY_AT(&m, cell, i).y == (int32_t)(i / 20) - 10);
        EXPECT_UINT(*FA_MAP_VALUE_AT(&m, uint64_t, i), 6);
    }
}
END_TEST

START_TEST(map_of_strings_keeps_copies_of_its_keys)
{
    fa_map m = FA_MAP_OF_STRINGS(w.ctx, size_t);
    char name[32];
    for (size_t i = 0; i < 3000; i++) {
        (void)snprintf(name, sizeof name, "name %zu", i % 1000);
        *FA_MAP_PUT(&m, const char *, size_t, name) += i;
    }
    memset(name, 'x', sizeof name - 1);
    EXPECT_UINT(m.count, 1000);
    for (size_t i = 0; i < 1000; i++) {
        (void)snprintf(name, sizeof name, "name %zu", i);
        EXPECT_UINT(*FA_MAP_GET(&m, char *, size_t, name), 3 * i + 3000);
        EXPECT_STR(FA_MAP_KEY_AT(&m, const char *, i), name);
        EXPECT(FA_MAP_KEY_AT(&m, const char *, i) != name);
    }
    EXPECT(FA_MAP_GET(&m, const char *, size_t, "") == NULL);
    *FA_MAP_PUT(&m, const char *, size_t, "") = 5; /* an empty string is a key like any other */
    EXPECT_UINT(*FA_MAP_GET(&m, const char *, size_t, ""), 5);
    EXPECT(FA_MAP_REMOVE(&m, const char *, "name 17"));
    EXPECT(FA_MAP_GET(&m, const char *, size_t, "name 17") == NULL);
    EXPECT_REFUSED_NULL(&w, FA_MAP_PUT(&m, const char *, size_t, NULL), FA005, INVALID_ARGUMENT);
    EXPECT(FA_MAP_GET(&m, const char *, size_t, NULL) == NULL);
}
END_TEST

START_TEST(map_keeps_alignments_and_every_byte_of_large_keys)
{
    typedef struct aligned_value {
        _Alignas(128) uint8_t bytes[130];
    } aligned_value;
    fa_map m = FA_MAP(w.ctx, wide_key, aligned_value);
    wide_key key;
    memset(&key, 0, sizeof key);
    for (size_t byte = 0; byte < sizeof key; byte++) {
        ((uint8_t *)&key)[byte] = 1;
        aligned_value *v = FA_MAP_PUT(&m, wide_key, aligned_value, key);
        EXPECT(v != NULL && (uintptr_t)v % 128 == 0);
        pattern_fill(v, sizeof *v, byte);
        (void)fa_frame_alloc(w.ctx, 1, 1);
        ((uint8_t *)&key)[byte] = 0;
    }
    EXPECT_UINT(m.count, sizeof key);
    for (size_t i = 0; i < m.count; i++) {
        EXPECT((uintptr_t)fa_map_key_at(&m, i) % FA_ALIGNOF(wide_key) == 0);
        EXPECT(pattern_holds(fa_map_value_at(&m, i), sizeof(aligned_value), i, sizeof(aligned_value)));
    }
}
END_TEST

START_TEST(map_of_removed_and_put_items_needs_no_more_room)
{
    fa_map m = FA_MAP(w.ctx, uint32_t, uint32_t);
    EXPECT_OK(fa_map_reserve(&m, 64));
    uintptr_t cursor = w.ctx->cursor;
    for (uint32_t k = 0; k < 100000; k++) { /* a sliding window: tombstones would fill the table */
        *FA_MAP_PUT(&m, uint32_t, uint32_t, k) = k;
        if (k >= 60) {
            EXPECT(FA_MAP_REMOVE(&m, uint32_t, k - 60));
            EXPECT(!FA_MAP_REMOVE(&m, uint32_t, k - 60));
        }
    }
    EXPECT(w.ctx->cursor == cursor);
    EXPECT_UINT(m.count, 60);
}
END_TEST

START_TEST(map_agrees_with_a_model_through_a_random_walk)
{
    enum { KEYS = 700 };
    random_state r = {support_seed()};
    for (int episode = 0; episode < (SUPPORT_SLOW ? 20 : 100); episode++) {
        bool present[KEYS] = {false};
        uint64_t values[KEYS] = {0};
        size_t count = 0;
        size_t range = 1 + random_below(&r, KEYS);
        uint64_t stride = (uint64_t)1 << random_below(&r, 40); /* also keys that only differ in high bits */
        fa_map m = FA_MAP(w.ctx, uint64_t, uint64_t);
        for (int step = 0; step < 4000; step++) {
            size_t k = random_below(&r, range);
            uint64_t key = k * stride;
            if (random_below(&r, 100) < 55) {
                uint64_t *value = FA_MAP_PUT(&m, uint64_t, uint64_t, key);
                EXPECT(value != NULL && *value == (present[k] ? values[k] : 0));
                *value = values[k] = random_next(&r);
                count += !present[k];
                present[k] = true;
            } else {
                EXPECT(FA_MAP_REMOVE(&m, uint64_t, key) == present[k]);
                count -= present[k];
                present[k] = false;
            }
            EXPECT_UINT(m.count, count);
            k = random_below(&r, range);
            uint64_t *value = FA_MAP_GET(&m, uint64_t, uint64_t, k * stride);
            EXPECT((value != NULL) == present[k] && (value == NULL || *value == values[k]));
        }
        size_t seen = 0;
        for (size_t i = 0; i < m.count; i++) {
            uint64_t k = FA_MAP_KEY_AT(&m, uint64_t, i) / stride;
            EXPECT(k < range && present[k] && *FA_MAP_VALUE_AT(&m, uint64_t, i) == values[k]);
            present[k] = false;
            seen++;
        }
        EXPECT_UINT(seen, count);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_OK(fa_frame_begin(w.ctx));
    }
}
END_TEST

START_TEST(map_that_cannot_grow_is_as_it_was)
{
    fa_map m = FA_MAP(w.ctx, uint64_t, uint64_t);
    for (uint64_t k = 0; k < 100; k++) {
        *FA_MAP_PUT(&m, uint64_t, uint64_t, k) = k;
    }
    fa_map kept = m;
    EXPECT_NO_MEMORY(&w, fa_map_reserve(&m, SIZE_MAX), FULL);
    EXPECT_NO_MEMORY(&w, fa_map_reserve(&m, FA_MAP_COUNT_MAX + 1), FULL);
    EXPECT_NO_MEMORY(&w, fa_map_reserve(&m, 16 << 20), FULL);
    w.backing.commit_limit_bytes = w.backing.committed_bytes;
    EXPECT_NO_MEMORY(&w, fa_map_reserve(&m, 1 << 20), OUT_OF_MEMORY);
    w.backing.commit_limit_bytes = 0;
    EXPECT(memcmp(&kept, &m, sizeof m) == 0);
    EXPECT(fa_frame_alloc(w.ctx, fa_frame_remaining_bytes(w.ctx) - 64, 1) != NULL);
    uint64_t k = 100;
    while (m.count < m.capacity) {
        EXPECT(FA_MAP_PUT(&m, uint64_t, uint64_t, k) != NULL);
        k++;
    }
    kept = m;
    EXPECT_NO_MEMORY_NULL(&w, FA_MAP_PUT(&m, uint64_t, uint64_t, k), FULL);
    EXPECT(memcmp(&kept, &m, sizeof m) == 0);
    EXPECT_UINT(*FA_MAP_GET(&m, uint64_t, uint64_t, 99), 99);
    EXPECT(FA_MAP_GET(&m, uint64_t, uint64_t, k) == NULL);
    EXPECT(*FA_MAP_PUT(&m, uint64_t, uint64_t, 50) == 50); /* what is there needs no room */
}
END_TEST

START_TEST(map_of_strings_that_cannot_grow_keeps_no_copy)
{
    fa_map m = FA_MAP_OF_STRINGS(w.ctx, uint64_t);
    EXPECT_OK(fa_map_reserve(&m, 1));
    EXPECT(FA_MAP_PUT(&m, const char *, uint64_t, "one") != NULL);
    EXPECT(fa_frame_alloc(w.ctx, fa_frame_remaining_bytes(w.ctx) - (SUPPORT_ASAN ? 64 : 16), 1) != NULL);
    EXPECT_NO_MEMORY_NULL(&w, FA_MAP_PUT(&m, const char *, uint64_t, "two"), FULL);
    EXPECT(m.count == 1 && FA_MAP_GET(&m, const char *, uint64_t, "two") == NULL);
}
END_TEST

START_TEST(map_of_an_ended_frame_is_stale)
{
    fa_map m = FA_MAP(w.ctx, uint32_t, uint32_t);
    (void)FA_MAP_PUT(&m, uint32_t, uint32_t, 1);
    EXPECT_OK(fa_frame_end(w.ctx));
    for (int i = 0; i < 2; i++) {
        EXPECT_REFUSED_NULL(&w, FA_MAP_PUT(&m, uint32_t, uint32_t, 2), FA606, STALE);
        EXPECT_REFUSED(&w, fa_map_reserve(&m, 1000), FA606, STALE);
        EXPECT_REFUSED_NULL(&w, FA_MAP_REMOVE(&m, uint32_t, 1) ? &w : NULL, FA606, STALE);
        EXPECT(m.count == 1);
        EXPECT_OK(i == 0 ? fa_frame_begin(w.ctx) : FA_RESULT_OK);
    }
    fa_map n = FA_MAP(w.ctx, uint32_t, uint32_t);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_REFUSED_NULL(&w, FA_MAP_PUT(&n, uint32_t, uint32_t, 2), FA001, NO_FRAME);
}
END_TEST

START_TEST(map_refuses_keys_of_another_size_and_items_above_a_mebibyte)
{
    fa_map m = FA_MAP(w.ctx, uint32_t, uint32_t);
    EXPECT_REFUSED_NULL(&w, FA_MAP_PUT(&m, uint64_t, uint32_t, 2), FA005, INVALID_ARGUMENT);
    (void)FA_MAP_PUT(&m, uint32_t, uint32_t, 2);
    EXPECT(FA_MAP_GET(&m, uint64_t, uint32_t, 2) == NULL);
    EXPECT(!FA_MAP_REMOVE(&m, uint64_t, 2));
    typedef struct huge {
        char bytes[(1 << 20) + 1];
    } huge;
    fa_map h = FA_MAP(w.ctx, uint32_t, huge);
    EXPECT_REFUSED_NULL(&w, FA_MAP_PUT(&h, uint32_t, huge, 2), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_map_reserve(&h, 1), FA005, INVALID_ARGUMENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("map");
    TCase *tcase = support_case(suite, "map");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, map_takes_no_memory_until_the_first_put);
    tcase_add_test(tcase, map_holds_the_capacity_it_was_asked_for);
    tcase_add_test(tcase, map_grows_in_place_while_it_is_the_last_block_and_moves_otherwise);
    tcase_add_test(tcase, map_put_finds_what_is_there_and_zeroes_what_is_new);
    tcase_add_test(tcase, map_of_strings_keeps_copies_of_its_keys);
    tcase_add_test(tcase, map_keeps_alignments_and_every_byte_of_large_keys);
    tcase_add_test(tcase, map_of_removed_and_put_items_needs_no_more_room);
    tcase_add_test(tcase, map_agrees_with_a_model_through_a_random_walk);
    tcase_add_test(tcase, map_that_cannot_grow_is_as_it_was);
    tcase_add_test(tcase, map_of_strings_that_cannot_grow_keeps_no_copy);
    tcase_add_test(tcase, map_of_an_ended_frame_is_stale);
    tcase_add_test(tcase, map_refuses_keys_of_another_size_and_items_above_a_mebibyte);
    return support_run(suite);
}
