/* The hardened option: random order of reuse; a write after free is found, told, and serves nobody. */
#include "core/context.h"
#include "core/support.h"
#include "debug/poison.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.hardened = true});
}
static void teardown(void)
{
    world_close(&w);
}

/* ---- order --------------------------------------------------------------------------------------------- */

enum { ORDER_COUNT = 400 };

/// How many of @p rounds pairs gave an address that no pair before gave.
static int distinct_of_pairs(fa_context *ctx, int rounds)
{
    static void *seen[ORDER_COUNT];
    int count = 0;
    for (int i = 0; i < rounds; i++) {
        void *p = fa_pool_alloc(ctx, 64, 8);
        EXPECT(p != NULL);
        EXPECT_OK(fa_pool_free(ctx, p));
        bool known = false;
        for (int k = 0; k < count; k++) {
            known = known || seen[k] == p;
        }
        seen[count] = p;
        count += known ? 0 : 1;
    }
    return count;
}

START_TEST(hardened_blocks_are_used_again_in_random_order)
{
    EXPECT(fa_allocator_resolved_desc(w.allocator)->hardened);
    EXPECTF(distinct_of_pairs(w.ctx, 100) > 20, "few places are used");
    world plain;
    world_open(&plain, NULL);
    EXPECT(!fa_allocator_resolved_desc(plain.allocator)->hardened);
    EXPECT_UINT(distinct_of_pairs(plain.ctx, 100), 1);
    world_close(&plain);
    static char *blocks[ORDER_COUNT];
    int ascending = 0;
    for (int i = 0; i < ORDER_COUNT; i++) {
        blocks[i] = fa_pool_alloc(w.ctx, 48, 8);
        EXPECT(blocks[i] != NULL);
        ascending += i > 0 && blocks[i] - blocks[i - 1] == 48 ? 1 : 0;
    }
    EXPECTF(ascending < ORDER_COUNT / 10, "%d of %d are neighbours", ascending, ORDER_COUNT);
    for (int i = 0; i < ORDER_COUNT; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
    }
}
END_TEST

START_TEST(hardened_orders_of_two_allocators_differ)
{
    world other;
    world_open(&other, &(fa_allocator_desc){.hardened = true});
    static char *blocks[2][ORDER_COUNT];
    int same = 0;
    for (int i = 0; i < ORDER_COUNT; i++) {
        blocks[0][i] = fa_pool_alloc(w.ctx, 48, 8);
        blocks[1][i] = fa_pool_alloc(other.ctx, 48, 8);
        same += (((uintptr_t)blocks[0][i] ^ (uintptr_t)blocks[1][i]) & (FAI_PAGE_BYTES - 1)) == 0 ? 1 : 0;
    }
    EXPECTF(same < ORDER_COUNT / 4, "%d of %d are the same", same, ORDER_COUNT);
    for (int i = 0; i < ORDER_COUNT; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, blocks[0][i]));
        EXPECT_OK(fa_pool_free(other.ctx, blocks[1][i]));
    }
    world_close(&other);
}
END_TEST

/* ---- writes after free --------------------------------------------------------------------------------- */

/// As a program does that kept the pointer; sanitizers would say so on the spot.
static void write_after_free(void *p, size_t at)
{
    fai_unpoison((char *)p + at, 1);
    ((char *)opaque(p))[at] ^= 0x40;
    fai_poison((char *)p + at, 1);
}

typedef enum family { POOL, TYPED, HEAP } family;
static fa_typed_pool *typed;
static const size_t object_bytes = 96;

static void *take(family kind)
{
    return kind == POOL    ? fa_pool_alloc(w.ctx, object_bytes, 8)
           : kind == TYPED ? fa_typed_pool_alloc(typed)
                           : fa_heap_alloc(w.ctx, object_bytes, 8);
}
static fa_result give(family kind, void *p)
{
    return kind == POOL    ? fa_pool_free(w.ctx, p)
           : kind == TYPED ? fa_typed_pool_free(typed, p)
                           : fa_heap_free(w.ctx, p);
}

START_TEST(hardened_write_after_free_is_told_with_both_sites_and_serves_nobody)
{
    static const size_t places[] = {0, 1, 7, 8, 50, 95};
    enum { COUNT = 700 };
    static void *blocks[COUNT];
    EXPECT_OK(fa_typed_pool_create(w.ctx, &(fa_typed_pool_desc){.object_bytes = object_bytes}, &typed));
    for (family kind = POOL; kind <= HEAP; kind++) {
        for (size_t k = 0; k < sizeof places / sizeof places[0]; k++) {
            void *victim = take(kind);
            EXPECT_OK(give(kind, victim));
            write_after_free(victim, places[k]);
            for (int i = 0; i < COUNT; i++) { /* more than a page's */
                blocks[i] = take(kind);
                EXPECT(blocks[i] != NULL && blocks[i] != victim);
                pattern_fill(blocks[i], object_bytes, (uint64_t)i);
            }
            EXPECT_UINT(w.rec.count, 1);
            const recorded *d = &w.rec.items[0];
            EXPECT(d->id == FA_CODE_FA607 && d->result == FA_RESULT_STALE);
            EXPECTF(strstr(d->earlier, "test_hardened.c") != NULL, "%s", d->earlier);
            EXPECTF(strstr(d->first_free, "test_hardened.c") != NULL, "%s", d->first_free);
            EXPECTF(strstr(d->message, "written to") != NULL, "%s", d->message);
            recorder_clear(&w.rec);
            EXPECT(fa_allocator_validate(w.allocator));
            EXPECT_RESULT(give(kind, opaque(victim)), DOUBLE_FREE);
            recorder_clear(&w.rec);
            for (int i = 0; i < COUNT; i++) {
                EXPECT(pattern_holds(blocks[i], object_bytes, (uint64_t)i, object_bytes));
                EXPECT_OK(give(kind, blocks[i]));
            }
        }
    }
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
    EXPECT_UINT(world_stats(&w).heap_objects, 0);
    EXPECT_OK(fa_typed_pool_destroy(typed)); /* with what was withheld */
    EXPECT(fa_allocator_validate(w.allocator));
}
END_TEST

START_TEST(hardened_block_freed_by_another_context_is_sealed_too)
{
    fa_context *second;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    static void *blocks[1500];
    for (int round = 0; round < 3; round++) { /* freed elsewhere and used again without a word */
        for (int i = 0; i < 700; i++) {
            blocks[i] = fa_pool_alloc(w.ctx, object_bytes, 8);
            EXPECT(blocks[i] != NULL);
            pattern_fill(blocks[i], object_bytes, (uint64_t)i);
        }
        for (int i = 0; i < 700; i++) {
            EXPECT_OK(fa_pool_free(second, blocks[i]));
        }
        EXPECT_OK(fa_pool_drain(second));
        EXPECT_OK(fa_pool_drain(w.ctx));
    }
    EXPECT_UINT(w.rec.count, 0);
    void *victim = fa_pool_alloc(w.ctx, object_bytes, 8);
    EXPECT_OK(fa_pool_free(second, opaque(victim)));
    EXPECT_OK(fa_pool_drain(second));
    EXPECT_OK(fa_pool_drain(w.ctx));
    write_after_free(victim, 16);
    for (int i = 0; i < 700; i++) {
        blocks[i] = fa_pool_alloc(w.ctx, object_bytes, 8);
        EXPECT(blocks[i] != victim);
    }
    EXPECT_UINT(w.rec.count, 1);
    recorder_clear(&w.rec);
    EXPECT_OK(fa_context_detach(second));
    EXPECT_OK(fa_pool_reset(w.ctx)); /* what was withheld is tried again */
    bool again = false;
    for (int i = 0; i < 1500; i++) { /* more than both pages have */
        blocks[i] = fa_pool_alloc(w.ctx, object_bytes, 8);
        again = again || blocks[i] == victim;
    }
    EXPECT(again);
    EXPECT_OK(fa_pool_reset(w.ctx));
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
}
END_TEST

/* ---- nothing else changes ------------------------------------------------------------------------------ */

START_TEST(hardened_random_walk_agrees_with_the_model_and_is_quiet)
{
    enum { SLOTS = 500 };
    static struct {
        uint8_t *p;
        size_t size;
        uint64_t serial;
        bool heap;
    } slots[SLOTS];
    random_state r = {support_seed()};
    size_t pool_bytes = 0;
    size_t pool_objects = 0;
    for (uint64_t i = 0; i < (SUPPORT_SLOW ? 10000 : 60000); i++) {
        size_t k = random_below(&r, SLOTS);
        if (slots[k].p != NULL) {
            EXPECT(pattern_holds(slots[k].p, slots[k].size, slots[k].serial, slots[k].size));
            EXPECT_OK(slots[k].heap ? fa_heap_free(w.ctx, slots[k].p) : fa_pool_free(w.ctx, slots[k].p));
            pool_bytes -= slots[k].heap ? 0 : slots[k].size;
            pool_objects -= slots[k].heap ? 0 : 1;
            slots[k].p = NULL;
        } else {
            size_t size = random_size(&r, i % 50 == 0 ? 100000 : 1500);
            slots[k].heap = random_below(&r, 4) == 0;
            slots[k].size = size;
            slots[k].serial = i;
            slots[k].p = slots[k].heap ? fa_heap_alloc(w.ctx, size, 8) : fa_pool_alloc(w.ctx, size, 8);
            EXPECT(slots[k].p != NULL);
            pattern_fill(slots[k].p, size, i);
            pool_bytes += slots[k].heap ? 0 : size;
            pool_objects += slots[k].heap ? 0 : 1;
        }
        if (i % 1000 == 0) {
            EXPECT_UINT(world_stats(&w).pool_bytes, pool_bytes);
            EXPECT_UINT(world_stats(&w).pool_objects, pool_objects);
            EXPECT(fa_allocator_validate(w.allocator));
        }
    }
    for (size_t k = 0; k < SLOTS; k++) {
        if (slots[k].p != NULL) {
            EXPECT_OK(slots[k].heap ? fa_heap_free(w.ctx, slots[k].p) : fa_pool_free(w.ctx, slots[k].p));
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hardened");
    TCase *tcase = support_case(suite, "hardened");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, hardened_blocks_are_used_again_in_random_order);
    tcase_add_test(tcase, hardened_orders_of_two_allocators_differ);
    tcase_add_test(tcase, hardened_write_after_free_is_told_with_both_sites_and_serves_nobody);
    tcase_add_test(tcase, hardened_block_freed_by_another_context_is_sealed_too);
    tcase_add_test(tcase, hardened_random_walk_agrees_with_the_model_and_is_quiet);
    return support_run(suite);
}
