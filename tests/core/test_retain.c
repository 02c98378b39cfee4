/* Retained blocks: promoted at the frame's end, listed, taken once, and never stale. */
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20, .oversize_to_heap = true});
    EXPECT_OK(fa_frame_begin(w.ctx));
}
static void teardown(void)
{
    world_close(&w);
}

static uint8_t *filled(size_t size, size_t align, uint64_t id)
{
    uint8_t *p = fa_frame_alloc(w.ctx, size, align);
    EXPECT(p != NULL);
    pattern_fill(p, size, id);
    return p;
}

static fa_result give_back(fa_retention place, void *p)
{
    return place == FA_RETAIN_POOL   ? fa_pool_free(w.ctx, p)
           : place == FA_RETAIN_HEAP ? fa_heap_free(w.ctx, p)
                                     : FA_RESULT_OK;
}

/* ---- promotion ----------------------------------------------------------------------------------------- */

START_TEST(retain_promotes_to_the_family_that_was_asked_for)
{
    uint8_t *p = filled(300, 16, 1);
    fa_retained ids[4] = {fa_frame_retain(w.ctx, p, 300, 16, FA_RETAIN_POOL, NULL),
                          fa_frame_retain(w.ctx, filled(5000, 16, 2), 5000, 16, FA_RETAIN_HEAP, NULL),
                          fa_frame_retain(w.ctx, filled(70, 16, 3), 70, 16, FA_RETAIN_SCRATCH, "replay"),
                          fa_frame_retain(w.ctx, filled(10, 16, 4), 10, 16, FA_RETAIN_DISCARD, NULL)};
    EXPECT_UINT(fa_frame_retained_count(w.ctx), 4);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(fa_frame_retained_count(w.ctx), 0);
    EXPECT_OK(fa_frame_begin(w.ctx));
    memset(fa_frame_alloc(w.ctx, 50000, 1), 0xCC, 50000); /* over the originals */
    void *copies[3];
    static const size_t sizes[3] = {300, 5000, 70};
    for (size_t i = 0; i < 3; i++) {
        EXPECT_OK(fa_retained_take(w.ctx, ids[i], &copies[i]));
        EXPECT(pattern_holds(copies[i], sizes[i], i + 1, sizes[i]));
    }
    EXPECT_UINT(fa_pool_size_bytes(w.ctx, copies[0]), 300);
    EXPECT_UINT(fa_heap_size_bytes(w.ctx, copies[1]), 5000);
    uint8_t *pool = (uint8_t *)copies[2];
    EXPECT(fa_arena_used_bytes(fa_scratch_pool(w.ctx, "replay")) >= 70 && pool != NULL);
    void *none = &w;
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, ids[3], &none), FA605, NOT_FOUND);
    EXPECT(none == NULL);
    EXPECT_OK(fa_pool_free(w.ctx, copies[0]));
    EXPECT_OK(fa_heap_free(w.ctx, copies[1]));
}
END_TEST

START_TEST(retain_keeps_the_alignment)
{
    fa_retained ids[51];
    int count = 0;
    for (size_t align = 1; align <= FA_ALIGN_MAX; align *= 2) {
        for (int policy = FA_RETAIN_POOL; policy <= FA_RETAIN_SCRATCH; policy++) {
            void *p = filled(40, align, align);
            ids[count++] = fa_frame_retain(w.ctx, p, 40, align, (fa_retention)policy,
                                           policy == FA_RETAIN_SCRATCH ? "aligned" : NULL);
        }
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    for (int i = 0; i < count; i++) {
        void *p = NULL;
        size_t align = (size_t)1 << (i / 3);
        EXPECT_OK(fa_retained_take(w.ctx, ids[i], &p));
        EXPECTF((uintptr_t)p % align == 0 && pattern_holds(p, 40, align, 40), "%p for %zu", p, align);
        EXPECT_OK(give_back((fa_retention)(i % 3 + 1), p));
    }
}
END_TEST

START_TEST(retain_too_large_for_the_pool_goes_to_the_heap_and_says_so)
{
    size_t size = FA_POOL_CLASS_MAX + 1;
    fa_retained id = fa_frame_retain(w.ctx, filled(size, 16, 1), size, 16, FA_RETAIN_POOL, NULL);
    fa_retained fits = fa_frame_retain(w.ctx, filled(size - 1, 16, 2), size - 1, 16, FA_RETAIN_POOL, NULL);
    fa_promotions all;
    EXPECT_OK(fa_frame_end_with_promotions(w.ctx, &all));
    EXPECT(all.item_count == 2 && all.moved_to_heap_count == 1);
    EXPECT(all.items[0].policy == FA_RETAIN_POOL && all.items[0].place == FA_RETAIN_HEAP);
    EXPECT(all.items[1].place == FA_RETAIN_POOL && all.items[1].result == FA_RESULT_OK);
    void *p = NULL;
    EXPECT_OK(fa_retained_take(w.ctx, id, &p));
    EXPECT(p == all.items[0].block && pattern_holds(p, size, 1, size));
    EXPECT_REFUSED(&w, fa_pool_free(w.ctx, opaque(p)), FA607, WRONG_FAMILY);
    EXPECT_OK(fa_heap_free(w.ctx, p));
    EXPECT_OK(fa_retained_take(w.ctx, fits, &p));
    EXPECT_OK(fa_pool_free(w.ctx, p));
}
END_TEST

START_TEST(retain_of_a_block_that_fell_through_to_the_heap)
{
    uint8_t *p = filled(3 << 20, 64, 9);
    EXPECT_UINT(context_stats(w.ctx).frame_oversize, 1);
    fa_retained id = fa_frame_retain(w.ctx, p, 3 << 20, 64, FA_RETAIN_HEAP, NULL);
    EXPECT(id != 0);
    EXPECT_OK(fa_frame_end(w.ctx));
    void *copy = NULL;
    EXPECT_OK(fa_retained_take(w.ctx, id, &copy));
    EXPECT(pattern_holds(copy, 3 << 20, 9, 3 << 20));
    EXPECT_OK(fa_heap_free(w.ctx, copy));
}
END_TEST

static void write_and_retain(void *user)
{
    *(uint64_t *)user = 77;
    EXPECT(fa_frame_retain(w.ctx, user, 8, 8, FA_RETAIN_HEAP, NULL) == 0);
}

START_TEST(retain_copies_what_the_on_end_calls_wrote)
{
    static uint64_t *counter;
    counter = FA_FRAME_NEW_ZEROED(w.ctx, uint64_t);
    fa_retained id = FA_FRAME_RETAIN(w.ctx, uint64_t, counter, FA_IMPORTANCE_REUSABLE);
    EXPECT_OK(fa_frame_on_end(w.ctx, write_and_retain, counter));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(w.rec.count, 1); /* the hook tried to retain: too late */
    EXPECT(w.rec.items[0].id == FA_CODE_FA105);
    recorder_clear(&w.rec);
    void *copy = NULL;
    EXPECT_OK(fa_retained_take(w.ctx, id, &copy));
    EXPECT_UINT(*(uint64_t *)copy, 77);
    EXPECT_OK(fa_pool_free(w.ctx, copy));
}
END_TEST

/* ---- summary ------------------------------------------------------------------------------------------- */

START_TEST(retain_summary_by_tag_is_exact)
{
    fa_tag a = fa_tag_intern(w.allocator, "nav");
    fa_tag b = fa_tag_intern(w.allocator, "nav/mesh");
    FA_TAG_SCOPE (w.ctx, b) {
        EXPECT(fa_frame_retain(w.ctx, filled(100, 1, 1), 100, 1, FA_RETAIN_POOL, NULL) != 0);
        FA_TAG_SCOPE (w.ctx, a) {
            EXPECT(fa_frame_retain(w.ctx, filled(7, 1, 2), 7, 1, FA_RETAIN_HEAP, NULL) != 0);
            EXPECT(fa_frame_retain(w.ctx, filled(11, 1, 3), 11, 1, FA_RETAIN_DISCARD, NULL) != 0);
        }
        EXPECT(fa_frame_retain(w.ctx, filled(200, 1, 4), 200, 1, FA_RETAIN_POOL, NULL) != 0);
    }
    EXPECT(fa_frame_retain(w.ctx, filled(5, 1, 5), 5, 1, FA_RETAIN_SCRATCH, "s") != 0);
    fa_promotions all;
    EXPECT_OK(fa_frame_end_with_promotions(w.ctx, &all));
    EXPECT_UINT(all.item_count, 5);
    EXPECT_UINT(all.tag_count, 3);
    EXPECT(all.by_tag[0].tag == b && all.by_tag[0].promoted_count == 2 &&
           all.by_tag[0].promoted_bytes == 300);
    EXPECT(all.by_tag[1].tag == a && all.by_tag[1].promoted_count == 1 && all.by_tag[1].promoted_bytes == 7);
    EXPECT(all.by_tag[1].discarded_count == 1 && all.by_tag[1].discarded_bytes == 11);
    EXPECT(all.by_tag[2].tag == FA_TAG_NONE && all.by_tag[2].promoted_bytes == 5);
    EXPECT(all.all.promoted_count == 4 && all.all.promoted_bytes == 312 && all.all.discarded_count == 1);
    EXPECT(all.all.failed_count == 0 && all.moved_to_heap_count == 0);
    /* and the copies are charged to the tags of the retaining, whatever is current at the end */
    EXPECT_UINT(tag_stats(w.allocator, b).self.pool_bytes, 300);
    EXPECT_UINT(tag_stats(w.allocator, a).self.heap_bytes, 7);
    EXPECT_UINT(tag_stats(w.allocator, a).tree.pool_bytes, 300);
    EXPECT_UINT(tag_stats(w.allocator, FA_TAG_NONE).self.pool_bytes, 0);
    EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
    EXPECT_UINT(tag_stats(w.allocator, b).self.last_frame_bytes >= 300, 1);
    for (size_t i = 0; i < all.item_count; i++) {
        void *p = NULL;
        if (all.items[i].place != FA_RETAIN_DISCARD) {
            EXPECT(strstr(all.items[i].here, "test_retain.c:") != NULL);
            EXPECT_OK(fa_retained_take(w.ctx, all.items[i].id, &p));
            EXPECT(p == all.items[i].block &&
                   pattern_holds(p, all.items[i].size_bytes, i + 1, all.items[i].size_bytes));
            EXPECT_OK(give_back(all.items[i].place, p));
        }
    }
    EXPECT_UINT(world_stats(&w).pool_bytes + world_stats(&w).heap_bytes, 0);
}
END_TEST

START_TEST(retain_summary_by_phase_is_exact)
{
    fa_phase think = fa_phase_intern(w.allocator, "think");
    fa_phase move = fa_phase_intern(w.allocator, "move");
    EXPECT(fa_frame_retain(w.ctx, filled(3, 1, 1), 3, 1, FA_RETAIN_SCRATCH, "s") != 0);
    EXPECT_OK(fa_phase_begin(w.ctx, think));
    EXPECT(fa_frame_retain(w.ctx, filled(100, 1, 2), 100, 1, FA_RETAIN_SCRATCH, "s") != 0);
    EXPECT_OK(fa_phase_begin(w.ctx, move));
    EXPECT(fa_frame_retain(w.ctx, filled(10, 1, 3), 10, 1, FA_RETAIN_DISCARD, NULL) != 0);
    EXPECT_OK(fa_phase_end(w.ctx));
    EXPECT(fa_frame_retain(w.ctx, filled(20, 1, 4), 20, 1, FA_RETAIN_SCRATCH, "s") != 0);
    EXPECT_OK(fa_phase_end(w.ctx));
    fa_promotions all;
    EXPECT_OK(fa_frame_end_with_promotions(w.ctx, &all));
    EXPECT(all.phase_count == 3 && all.tag_count == 1);
    EXPECT(all.by_phase[0].phase == FA_PHASE_NONE && all.by_phase[0].promoted_bytes == 3);
    EXPECT(all.by_phase[1].phase == think && all.by_phase[1].promoted_count == 2);
    EXPECT(all.by_phase[1].promoted_bytes == 120 && all.by_phase[1].discarded_count == 0);
    EXPECT(all.by_phase[2].phase == move && all.by_phase[2].promoted_count == 0);
    EXPECT(all.by_phase[2].discarded_count == 1 && all.by_phase[2].discarded_bytes == 10);
    EXPECT(all.items[3].phase == think && all.by_tag[0].promoted_bytes == 123);
}
END_TEST

START_TEST(retain_plain_end_promotes_or_discards_by_the_desc_and_leaves_nothing_behind)
{
    for (int discard = 0; discard < 2; discard++) {
        world v;
        world_open(&v, &(fa_allocator_desc){.discard_retained = discard != 0});
        void *copy = NULL;
        EXPECT_OK(fa_frame_begin(v.ctx));
        uint8_t *p = fa_frame_alloc(v.ctx, 100, 1);
        pattern_fill(p, 100, 1);
        fa_retained id = fa_frame_retain(v.ctx, p, 100, 1, FA_RETAIN_HEAP, NULL);
        EXPECT_OK(fa_frame_end(v.ctx));
        EXPECT_OK(fa_frame_begin(v.ctx));
        memset(fa_frame_alloc(v.ctx, 100, 1), 0xEE, 100); /* where the original was */
        fa_promotions later;
        EXPECT_OK(fa_frame_end_with_promotions(v.ctx, &later));
        EXPECT(later.item_count == 0 && later.items == NULL);
        if (discard) {
            EXPECT_UINT(world_stats(&v).heap_objects, 0);
            EXPECT_REFUSED(&v, fa_retained_take(v.ctx, id, &copy), FA605, NOT_FOUND);
            EXPECT_OK(fa_frame_begin(v.ctx));
            p = fa_frame_alloc(v.ctx, 100, 1);
            pattern_fill(p, 100, 2);
            id = fa_frame_retain(v.ctx, p, 100, 1, FA_RETAIN_HEAP, NULL);
            EXPECT_OK(fa_frame_end_with_promotions(v.ctx, &later)); /* said aloud, it is done */
            EXPECT_UINT(later.all.promoted_count, 1);
        }
        EXPECT_OK(fa_retained_take(v.ctx, id, &copy));
        EXPECT(pattern_holds(copy, 100, discard ? 2 : 1, 100));
        EXPECT_OK(fa_heap_free(v.ctx, copy));
        world_close(&v);
    }
}
END_TEST

/* ---- failure: fault 24 --------------------------------------------------------------------------------- */

START_TEST(fault_24_failed_promotions_are_listed_and_the_originals_are_as_they_were)
{
    /* Room for some of them only. */
    EXPECT_OK(fa_frame_end(w.ctx));
    world v;
    world_open(&v, &(fa_allocator_desc){.object_max_bytes = 1 << 20});
    EXPECT_OK(fa_frame_begin(v.ctx));
    fa_retained ids[12];
    uint8_t *originals[12];
    for (uint64_t i = 0; i < 12; i++) {
        originals[i] = fa_frame_alloc(v.ctx, 200000, 16);
        pattern_fill(originals[i], 200000, i);
        /* the important ones come last, and are served first */
        ids[i] =
            fa_frame_retain(v.ctx, originals[i], 200000, 16, i < 9 ? FA_RETAIN_POOL : FA_RETAIN_HEAP, NULL);
    }
    fa_promotions now;
    EXPECT_OK(fa_frame_promote(v.ctx, &now));
    EXPECT(now.item_count == 12 && now.all.failed_count > 0 && now.all.promoted_count >= 3);
    EXPECT_UINT(now.all.failed_count + now.all.promoted_count, 12);
    EXPECT_UINT(now.failed_by_result[FA_RESULT_FULL], now.all.failed_count);
    EXPECT_UINT(now.all.failed_bytes, now.all.failed_count * 200000);
    EXPECT_UINT(fa_frame_retained_count(v.ctx), now.all.failed_count);
    size_t failed = now.all.failed_count;
    void *p = NULL;
    for (uint64_t i = 0; i < 12; i++) {
        EXPECT(now.items[i].id == ids[i] && now.items[i].original == originals[i]);
        EXPECT(pattern_holds(originals[i], 200000, i, 200000));
        EXPECT(i < 9 || now.items[i].result == FA_RESULT_OK);
        EXPECT((now.items[i].block != NULL) == (now.items[i].result == FA_RESULT_OK));
        if (now.items[i].block == NULL) {
            EXPECT_REFUSED(&v, fa_retained_take(v.ctx, ids[i], &p), FA604, FRAME_OPEN);
        } else {
            EXPECT_OK(fa_retained_take(v.ctx, ids[i], &p));
            EXPECT(pattern_holds(p, 200000, i, 200000));
            EXPECT_OK(now.items[i].place == FA_RETAIN_POOL ? fa_pool_free(v.ctx, p) : fa_heap_free(v.ctx, p));
        }
    }
    EXPECT_OK(fa_frame_promote(v.ctx, &now)); /* there is room again */
    EXPECT(now.item_count == failed && now.all.promoted_count >= 3);
    failed -= now.all.promoted_count;
    size_t promoted = now.all.promoted_count;
    fa_retained first = now.items[0].id;
    EXPECT_OK(fa_frame_end_with_promotions(v.ctx, &now)); /* still full: now it is final */
    EXPECT_UINT(now.all.failed_count, failed);
    EXPECT(failed > 0 && now.items[0].block == NULL && now.items[0].place == FA_RETAIN_DISCARD);
    for (size_t i = 0; i < now.item_count; i++) {
        EXPECT_NO_MEMORY(&v, fa_retained_take(v.ctx, now.items[i].id, &p), FULL);
        EXPECT(p == NULL);
    }
    EXPECT_OK(fa_retained_take(v.ctx, first, &p));
    EXPECT_UINT(world_stats(&v).heap_objects, promoted); /* pool policy, but too large: heap */
    world_close_with(&v, true);
}
END_TEST

/// Everything that can be retained, with every step of the system's refusing; says whether the plan was
/// reached.
static bool run_with_plan(backing_op op, uint64_t k, bool from_then_on)
{
    enum { COUNT = 40 };
    world v;
    world_open(&v, &(fa_allocator_desc){.frame_max_bytes = 1 << 20, .oversize_to_heap = true});
    uint8_t *blocks[COUNT];
    fa_retained ids[COUNT];
    char name[8];
    EXPECT_OK(fa_frame_begin(v.ctx));
    for (uint64_t i = 0; i < COUNT; i++) {
        blocks[i] = fa_frame_alloc(v.ctx, i % 4 == 1 ? 50000 : 100 + i, 16);
        pattern_fill(blocks[i], 100, i);
    }
    tracking_fail(&v.backing, op, k, from_then_on);
    size_t retained = 0;
    for (uint64_t i = 0; i < COUNT; i++) {
        (void)snprintf(name, sizeof name, "pool %u", (unsigned)i % 3);
        fa_retention policy = (fa_retention)(i % 4);
        ids[i] = fa_frame_retain(v.ctx, blocks[i], i % 4 == 1 ? 50000 : 100 + i, 16, policy,
                                 policy == FA_RETAIN_SCRATCH ? name : NULL);
        EXPECT(ids[i] != 0 || fa_context_last_result(v.ctx) == FA_RESULT_OUT_OF_MEMORY);
        retained += ids[i] != 0;
    }
    EXPECT_UINT(fa_frame_retained_count(v.ctx), retained);
    fa_promotions all;
    EXPECT_OK(fa_frame_promote(v.ctx, &all));
    EXPECT_UINT(all.all.promoted_count + all.all.failed_count + all.all.discarded_count, retained);
    EXPECT_UINT(all.failed_by_result[FA_RESULT_OUT_OF_MEMORY], all.all.failed_count);
    for (uint64_t i = 0; i < COUNT; i++) {
        EXPECT(pattern_holds(blocks[i], 100, i, 100));
    }
    bool reached = v.backing.failing;
    EXPECT(reached || all.all.failed_count == 0);
    tracking_fail(&v.backing, op, 0, false);
    EXPECT_OK(fa_frame_end_with_promotions(v.ctx, &all)); /* the system has recovered: so has promotion */
    EXPECT_UINT(all.all.failed_count, 0);
    size_t taken = 0;
    for (uint64_t i = 0; i < COUNT; i++) {
        void *p = NULL;
        if (ids[i] != 0 && i % 4 != FA_RETAIN_DISCARD) {
            EXPECT_OK(fa_retained_take(v.ctx, ids[i], &p));
            EXPECT(pattern_holds(p, 100, i, 100));
            EXPECT_OK(i % 4 != FA_RETAIN_SCRATCH ? fa_heap_free(v.ctx, p) : FA_RESULT_OK);
            taken++;
        }
    }
    EXPECT(taken == retained - (COUNT / 4) || retained < COUNT);
    world_close(&v);
    return reached;
}

START_TEST(fault_24_every_step_of_a_promotion_may_be_refused)
{
    EXPECT_OK(fa_frame_end(w.ctx));
    unsigned runs = 0;
    for (int op = OP_RESERVE; op <= OP_COMMIT; op++) {
        for (int from_then_on = 0; from_then_on < 2; from_then_on++) {
            uint64_t k = 1;
            while (run_with_plan((backing_op)op, k, from_then_on != 0)) {
                k++;
                runs++;
                EXPECT(k < 1000);
            }
            EXPECTF(k > 1, "no %s call at all", backing_op_names[op]);
        }
    }
    EXPECTF(runs >= 8, "%u", runs);
}
END_TEST

START_TEST(fault_24_promotion_over_the_budget_of_its_tag_fails_with_that_reason)
{
    fa_tag tag = fa_tag_intern(w.allocator, "limited");
    EXPECT_OK(fa_tag_budget_set(w.allocator, tag, (fa_budget){.hard_bytes = 1000}));
    fa_retained ids[2];
    uint8_t *originals[2];
    FA_TAG_SCOPE (w.ctx, tag) {
        for (uint64_t i = 0; i < 2; i++) {
            originals[i] = filled(300, 1, i);
            ids[i] = fa_frame_retain(w.ctx, originals[i], 300, 1, FA_RETAIN_POOL, NULL);
        }
    }
    fa_promotions now;
    EXPECT_OK(fa_frame_promote(w.ctx, &now)); /* 600 in the frame leave room for one copy */
    EXPECT(now.all.promoted_count == 1 && now.all.failed_count == 1);
    EXPECT_UINT(now.failed_by_result[FA_RESULT_OVER_BUDGET], 1);
    EXPECT(now.items[1].result == FA_RESULT_OVER_BUDGET && pattern_holds(originals[1], 300, 1, 300));
    EXPECT_UINT(tag_stats(w.allocator, tag).self.pool_bytes, 300);
    void *p = NULL;
    EXPECT_OK(fa_retained_take(w.ctx, ids[0], &p));
    EXPECT_OK(fa_pool_free(w.ctx, p));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_retained_take(w.ctx, ids[1], &p));
    EXPECT(pattern_holds(p, 300, 1, 300));
    EXPECT_OK(fa_pool_free(w.ctx, p));
}
END_TEST

/* ---- misuse -------------------------------------------------------------------------------------------- */

START_TEST(retain_refuses_what_is_not_of_the_open_frame)
{
    int local = 0;
    void *pool = fa_pool_alloc(w.ctx, 64, 16);
    void *heap = fa_heap_alloc(w.ctx, 64, 16);
    uint8_t *p = filled(64, 16, 1);
#define RETAIN(p, size, align, policy, name) \
    ((void *)(uintptr_t)fa_frame_retain(w.ctx, (p), (size), (align), (policy), (name)))
    EXPECT_REFUSED_NULL(&w, RETAIN(opaque(&local), 4, 4, FA_RETAIN_POOL, NULL), FA604, FOREIGN_POINTER);
    EXPECT_REFUSED_NULL(&w, RETAIN(pool, 64, 4, FA_RETAIN_POOL, NULL), FA604, FOREIGN_POINTER);
    EXPECT_REFUSED_NULL(&w, RETAIN(heap, 64, 4, FA_RETAIN_POOL, NULL), FA604, FOREIGN_POINTER);
    EXPECT_REFUSED_NULL(&w, RETAIN(p, 4096, 4, FA_RETAIN_POOL, NULL), FA604, FOREIGN_POINTER);
    EXPECT_REFUSED_NULL(&w, RETAIN(p, SIZE_MAX, 4, FA_RETAIN_POOL, NULL), FA604, FOREIGN_POINTER);
    EXPECT_REFUSED_NULL(&w, RETAIN(NULL, 8, 4, FA_RETAIN_POOL, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, RETAIN(p, 64, 3, FA_RETAIN_POOL, NULL), FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, RETAIN(p, 64, 4, (fa_retention)4, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, RETAIN(p, 64, 4, FA_RETAIN_SCRATCH, NULL), FA604, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, RETAIN(p, 64, 4, FA_RETAIN_SCRATCH, ""), FA604, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, RETAIN(p, 64, 4, FA_RETAIN_SCRATCH, "a name of thirty-two bytes, it is"), FA604,
                        INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, RETAIN(p, 64, 4, FA_RETAIN_POOL, "name"), FA604, INVALID_ARGUMENT);
    EXPECT(RETAIN(p, 64, 4, FA_RETAIN_DISCARD, NULL) != NULL);
    EXPECT_REFUSED_NULL(&w, RETAIN(p, 64, 4, FA_RETAIN_POOL, NULL), FA604, EXISTS);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_REFUSED_NULL(&w, RETAIN(p, 64, 4, FA_RETAIN_POOL, NULL), FA603, NO_FRAME);
    EXPECT_REFUSED(&w, fa_frame_promote(w.ctx, NULL), FA603, NO_FRAME);
    fa_promotions all = {.item_count = 7};
    EXPECT_REFUSED(&w, fa_frame_end_with_promotions(w.ctx, &all), FA603, NO_FRAME);
    EXPECT(all.item_count == 0);
    EXPECT_OK(fa_pool_free(w.ctx, pool));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
}
END_TEST

START_TEST(retain_a_block_is_taken_once_after_its_frame)
{
    fa_retained id = fa_frame_retain(w.ctx, filled(64, 16, 1), 64, 16, FA_RETAIN_POOL, NULL);
    void *p = NULL;
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, id, &p), FA604, FRAME_OPEN);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, id, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, 0, &p), FA606, STALE);
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, id ^ 2, &p), FA606, STALE);
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, id ^ ((uint64_t)1 << 40), &p), FA606, STALE);
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    EXPECT_RESULT(fa_retained_take(second, id, &p), STALE);
    recorder_clear(&w.rec);
    EXPECT_OK(fa_context_detach(second));
    EXPECT_OK(fa_retained_take(w.ctx, id, &p));
    EXPECT_OK(fa_pool_free(w.ctx, p));
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, id, &p), FA604, TAKEN);
    EXPECT(p == NULL);
    for (int i = 0; i < 3; i++) { /* its slot is used again: an old id does not fit */
        EXPECT_OK(fa_frame_begin(w.ctx));
        fa_retained other = fa_frame_retain(w.ctx, filled(64, 16, 1), 64, 16, FA_RETAIN_POOL, NULL);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_REFUSED(&w, fa_retained_take(w.ctx, id, &p), FA606, STALE);
        EXPECT_OK(fa_retained_take(w.ctx, other, &p));
        EXPECT_OK(fa_pool_free(w.ctx, p));
    }
}
END_TEST

START_TEST(retain_over_which_a_rewind_goes_is_forgotten)
{
    fa_retained before = fa_frame_retain(w.ctx, filled(64, 16, 1), 64, 16, FA_RETAIN_POOL, NULL);
    uint8_t *old = filled(32, 16, 2);
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    fa_retained after = fa_frame_retain(w.ctx, filled(64, 16, 3), 64, 16, FA_RETAIN_POOL, NULL);
    fa_retained oversize = fa_frame_retain(w.ctx, filled(2 << 20, 16, 4), 2 << 20, 16, FA_RETAIN_HEAP, NULL);
    fa_retained late = fa_frame_retain(w.ctx, old, 32, 16, FA_RETAIN_POOL, NULL);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    EXPECT_UINT(fa_frame_retained_count(w.ctx), 2);
    void *p = NULL;
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, after, &p), FA606, STALE);
    memset(filled(100, 1, 5), 0xBB, 100); /* where it was */
    fa_promotions all;
    EXPECT_OK(fa_frame_end_with_promotions(w.ctx, &all));
    EXPECT(all.item_count == 2 && all.items[0].id == before && all.items[1].id == late);
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, after, &p), FA606, STALE);
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, oversize, &p), FA606, STALE);
    EXPECT_OK(fa_retained_take(w.ctx, before, &p));
    EXPECT(pattern_holds(p, 64, 1, 64));
    EXPECT_OK(fa_pool_free(w.ctx, p));
    EXPECT_OK(fa_retained_take(w.ctx, late, &p));
    EXPECT(pattern_holds(p, 32, 2, 32));
    EXPECT_OK(fa_pool_free(w.ctx, p));
}
END_TEST

START_TEST(retain_of_a_block_that_shrinks_keeps_what_is_left)
{
    uint8_t *p = filled(1000, 16, 1);
    fa_retained id = fa_frame_retain(w.ctx, p, 1000, 16, FA_RETAIN_HEAP, NULL);
    EXPECT(fa_frame_realloc(w.ctx, p, 1000, 300, 16) == p);
    memset(fa_frame_alloc(w.ctx, 700, 1), 0xAA, 700);
    EXPECT_OK(fa_frame_end(w.ctx));
    void *copy = NULL;
    EXPECT_OK(fa_retained_take(w.ctx, id, &copy));
    EXPECT_UINT(fa_heap_size_bytes(w.ctx, copy), 300);
    EXPECT(pattern_holds(copy, 300, 1, 1000));
    EXPECT_OK(fa_heap_free(w.ctx, copy));
}
END_TEST

START_TEST(retain_copy_in_a_scratch_pool_lives_until_the_pool_is_reset)
{
    fa_retained ids[3];
    for (uint64_t i = 0; i < 3; i++) {
        ids[i] = fa_frame_retain(w.ctx, filled(500, 16, i), 500, 16, FA_RETAIN_SCRATCH, "replay");
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    void *p = NULL;
    EXPECT_OK(fa_retained_take(w.ctx, ids[0], &p));
    EXPECT(pattern_holds(p, 500, 0, 500));
    EXPECT_OK(fa_arena_reset(fa_scratch_pool(w.ctx, "replay")));
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, ids[1], &p), FA606, STALE);
    EXPECT_OK(fa_arena_destroy(fa_scratch_pool(w.ctx, "replay")));
    EXPECT(fa_scratch_pool(w.ctx, "replay") != NULL); /* another one of that name */
    EXPECT_REFUSED(&w, fa_retained_take(w.ctx, ids[2], &p), FA606, STALE);
}
END_TEST

static void *use_foreign(void *user)
{
    void *p = &w;
    EXPECT(fa_frame_retain(w.ctx, user, 8, 8, FA_RETAIN_POOL, NULL) == 0);
    EXPECT_RESULT(fa_frame_promote(w.ctx, NULL), WRONG_THREAD);
    EXPECT_RESULT(fa_frame_end_with_promotions(w.ctx, NULL), WRONG_THREAD);
    EXPECT_RESULT(fa_retained_take(w.ctx, 5, &p), WRONG_THREAD);
    EXPECT(p == NULL);
    return NULL;
}

static void *end_inside_a_frame(void *user)
{
    (void)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    EXPECT_OK(fa_frame_begin(ctx));
    void *p = fa_frame_alloc_zeroed(ctx, 100, 1);
    EXPECT(fa_frame_retain(ctx, p, 100, 1, FA_RETAIN_HEAP, NULL) != 0);
    return NULL; /* the thread ends: nobody could take it */
}

START_TEST(retain_belongs_to_one_thread)
{
    on_another_thread(use_foreign, filled(8, 8, 1));
    EXPECT_UINT(w.rec.count, 4);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA206), 4);
    recorder_clear(&w.rec);
    on_another_thread(end_inside_a_frame, NULL);
    EXPECT_UINT(world_stats(&w).heap_objects, 0);
}
END_TEST

/* ---- long runs ----------------------------------------------------------------------------------------- */

START_TEST(retain_in_a_steady_loop_takes_nothing_from_the_system_and_no_metadata)
{
    EXPECT_OK(fa_frame_end(w.ctx));
    uint64_t calls = 0;
    size_t metadata = 0;
    int frames = SUPPORT_SLOW ? 1200 : 4000;
    for (int frame = 0; frame < frames; frame++) {
        if (frame == frames / 2) {
            calls = tracking_total_calls(&w.backing);
            metadata = world_stats(&w).metadata_bytes;
        }
        EXPECT_OK(fa_frame_begin(w.ctx));
        fa_retained ids[8];
        for (uint64_t i = 0; i < 8; i++) {
            ids[i] = fa_frame_retain(w.ctx, filled(100, 16, i), 100, 16, (fa_retention)(i % 4),
                                     i % 4 == FA_RETAIN_SCRATCH ? "loop" : NULL);
        }
        EXPECT_OK(fa_frame_end(w.ctx));
        for (uint64_t i = 0; i < 8; i++) {
            void *p = NULL;
            if (i % 4 == FA_RETAIN_POOL || i % 4 == FA_RETAIN_HEAP) { /* those in scratch are never taken */
                EXPECT_OK(fa_retained_take(w.ctx, ids[i], &p));
                EXPECT_OK(give_back((fa_retention)(i % 4), p));
            }
        }
        if (frame % 16 == 0) {
            EXPECT_OK(fa_arena_reset(fa_scratch_pool(w.ctx, "loop")));
        }
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
    EXPECT_UINT(world_stats(&w).metadata_bytes, metadata);
}
END_TEST

START_TEST(retain_of_many_blocks_costs_no_more_each)
{
    EXPECT_OK(fa_frame_end(w.ctx));
    enum { MANY = 20000 };
    fa_retained *ids = malloc(MANY * sizeof *ids);
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (uint64_t i = 0; i < MANY; i++) {
        ids[i] = fa_frame_retain(w.ctx, filled(16, 16, i), 16, 16, FA_RETAIN_POOL, NULL);
        EXPECT(ids[i] != 0);
    }
    fa_promotions all;
    EXPECT_OK(fa_frame_end_with_promotions(w.ctx, &all));
    EXPECT(all.all.promoted_count == MANY && all.item_count == MANY && all.tag_count == 1);
    for (uint64_t i = 0; i < MANY; i++) {
        void *p = NULL;
        EXPECT_OK(fa_retained_take(w.ctx, ids[i], &p));
        EXPECT(pattern_holds(p, 16, i, 16));
        EXPECT_OK(fa_pool_free(w.ctx, p));
    }
    free(ids);
}
END_TEST

START_TEST(retain_copies_that_nobody_takes_are_leaks_with_the_line_of_the_retaining)
{
    EXPECT_OK(fa_frame_end(w.ctx));
    world v;
    world_open(&v, NULL);
    EXPECT_OK(fa_frame_begin(v.ctx));
    void *p = fa_frame_alloc_zeroed(v.ctx, 100, 1);
    EXPECT(fa_frame_retain(v.ctx, p, 100, 1, FA_RETAIN_HEAP, NULL) != 0);
    char site[64];
    (void)snprintf(site, sizeof site, "test_retain.c:%d", __LINE__ - 2);
    EXPECT_OK(fa_frame_end(v.ctx));
    EXPECT_OK(fa_context_detach(v.ctx));
    EXPECT_OK(fa_allocator_destroy(v.allocator));
    EXPECT(v.rec.count == 1 && v.rec.items[0].id == FA_CODE_FA608);
    EXPECTF(strstr(v.rec.items[0].message, site) != NULL, "%s", v.rec.items[0].message);
    world_expect_nothing_left(&v);
    tracking_close(&v.backing);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("retain");
    TCase *tcase = support_case(suite, "retain");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, retain_promotes_to_the_family_that_was_asked_for);
    tcase_add_test(tcase, retain_keeps_the_alignment);
    tcase_add_test(tcase, retain_too_large_for_the_pool_goes_to_the_heap_and_says_so);
    tcase_add_test(tcase, retain_of_a_block_that_fell_through_to_the_heap);
    tcase_add_test(tcase, retain_copies_what_the_on_end_calls_wrote);
    tcase_add_test(tcase, retain_summary_by_tag_is_exact);
    tcase_add_test(tcase, retain_summary_by_phase_is_exact);
    tcase_add_test(tcase, retain_plain_end_promotes_or_discards_by_the_desc_and_leaves_nothing_behind);
    tcase_add_test(tcase, fault_24_failed_promotions_are_listed_and_the_originals_are_as_they_were);
    tcase_add_test(tcase, fault_24_every_step_of_a_promotion_may_be_refused);
    tcase_add_test(tcase, fault_24_promotion_over_the_budget_of_its_tag_fails_with_that_reason);
    tcase_add_test(tcase, retain_refuses_what_is_not_of_the_open_frame);
    tcase_add_test(tcase, retain_a_block_is_taken_once_after_its_frame);
    tcase_add_test(tcase, retain_over_which_a_rewind_goes_is_forgotten);
    tcase_add_test(tcase, retain_of_a_block_that_shrinks_keeps_what_is_left);
    tcase_add_test(tcase, retain_copy_in_a_scratch_pool_lives_until_the_pool_is_reset);
    tcase_add_test(tcase, retain_belongs_to_one_thread);
    tcase_add_test(tcase, retain_in_a_steady_loop_takes_nothing_from_the_system_and_no_metadata);
    tcase_add_test(tcase, retain_of_many_blocks_costs_no_more_each);
    tcase_add_test(tcase, retain_copies_that_nobody_takes_are_leaks_with_the_line_of_the_retaining);
    return support_run(suite);
}
