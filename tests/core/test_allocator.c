/* Allocators: defaults, independence, refusal of bad descs, and what destroy says and does. */
#include "core/support.h"

static world w;

/* ---- desc -------------------------------------------------------------------------------------------------
 */

START_TEST(allocator_without_a_desc_has_every_default)
{
    fa_allocator *allocator = NULL;
    EXPECT_OK(fa_allocator_create(NULL, &allocator));
    const fa_allocator_desc *desc = fa_allocator_resolved_desc(allocator);
    EXPECT_STR(desc->name, "framealloc");
    EXPECT_UINT(desc->frame_max_bytes, (size_t)1 << 30);
    EXPECT_UINT(desc->frame_prefault_bytes, 0);
    EXPECT_UINT(desc->frames_in_flight, 1);
    EXPECT_UINT(desc->keep_window_frames, 120);
    EXPECT(!desc->oversize_to_heap);
    EXPECT_UINT(desc->object_max_bytes, (size_t)64 << 30);
    EXPECT(desc->backing.reserve != NULL && desc->backing.commit != NULL && desc->backing.decommit != NULL &&
           desc->backing.release != NULL);
    EXPECT(desc->strictness == FA_STRICT_ABORT || desc->strictness == FA_STRICT_REPORT);
#if defined(FA_DEBUG)
    EXPECT(desc->strictness == FA_STRICT_ABORT);
#else
    EXPECT(desc->strictness == FA_STRICT_REPORT);
#endif
    EXPECT_OK(fa_allocator_destroy(allocator));
}
END_TEST

START_TEST(allocator_with_an_empty_desc_has_every_default)
{
    fa_allocator *a = NULL;
    fa_allocator *b = NULL;
    EXPECT_OK(fa_allocator_create(NULL, &a));
    EXPECT_OK(fa_allocator_create(&(fa_allocator_desc){0}, &b));
    const fa_allocator_desc *x = fa_allocator_resolved_desc(a);
    const fa_allocator_desc *y = fa_allocator_resolved_desc(b);
    EXPECT(x->frame_max_bytes == y->frame_max_bytes && x->frame_keep_bytes == y->frame_keep_bytes &&
           x->object_max_bytes == y->object_max_bytes && x->strictness == y->strictness);
    EXPECT_OK(fa_allocator_destroy(a));
    EXPECT_OK(fa_allocator_destroy(b));
}
END_TEST

START_TEST(allocator_keeps_what_the_desc_says_and_copies_it)
{
    char name[] = "level";
    fa_allocator_desc desc = {.name = name,
                              .frame_max_bytes = 12345678,
                              .frame_prefault_bytes = 65536,
                              .frame_keep_bytes = 1 << 20,
                              .frames_in_flight = 3,
                              .oversize_to_heap = true,
                              .object_max_bytes = 256 << 20,
                              .strictness = FA_STRICT_REPORT};
    fa_allocator *allocator = NULL;
    EXPECT_OK(fa_allocator_create(&desc, &allocator));
    memset(name, 'x', 5);
    memset(&desc, 0xEE, sizeof desc);
    const fa_allocator_desc *kept = fa_allocator_resolved_desc(allocator);
    EXPECT_STR(kept->name, "level");
    EXPECT(kept->frame_max_bytes >= 12345678);
    EXPECT(kept->frame_prefault_bytes >= 65536);
    EXPECT_UINT(kept->frame_keep_bytes, 1 << 20);
    EXPECT_UINT(kept->frames_in_flight, 3);
    EXPECT(kept->oversize_to_heap);
    EXPECT(kept->object_max_bytes >= (size_t)256 << 20);
    EXPECT(kept->strictness == FA_STRICT_REPORT);
    EXPECT_OK(fa_allocator_destroy(allocator));
}
END_TEST

START_TEST(allocator_keeps_the_window_that_the_desc_says)
{
    fa_allocator *allocator = NULL;
    EXPECT_OK(fa_allocator_create(&(fa_allocator_desc){.keep_window_frames = 7}, &allocator));
    EXPECT_UINT(fa_allocator_resolved_desc(allocator)->keep_window_frames, 7);
    EXPECT_OK(fa_allocator_destroy(allocator));
}
END_TEST

START_TEST(allocator_create_without_out_is_an_invalid_argument)
{
    EXPECT_RESULT(fa_allocator_create(NULL, NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_allocator_create(&(fa_allocator_desc){0}, NULL), INVALID_ARGUMENT);
}
END_TEST

START_TEST(allocator_create_sets_out_to_null_when_the_backing_gives_nothing)
{
    for (int op = OP_RESERVE; op <= OP_COMMIT; op++) {
        tracking_open(&w.backing);
        recorder_open(&w.rec);
        fa_allocator_desc desc = world_desc(&w, NULL);
        tracking_fail(&w.backing, (backing_op)op, 1, true);
        fa_allocator *allocator = (fa_allocator *)opaque(&desc);
        EXPECT_RESULT(fa_allocator_create(&desc, &allocator), OUT_OF_MEMORY);
        EXPECT(allocator == NULL);
        EXPECT_UINT(w.rec.count, 0);
        world_expect_nothing_left(&w);
        tracking_close(&w.backing);
    }
}
END_TEST

/* ---- many
 * -------------------------------------------------------------------------------------------------- */

START_TEST(allocator_many_are_independent)
{
    enum { COUNT = 24 };
    static world many[COUNT];
    fa_tag tags[COUNT];
    void *blocks[COUNT];
    void *frames[COUNT];
    char path[32];
    for (size_t i = 0; i < COUNT; i++) {
        world_open(&many[i], NULL);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k <= i; k++) { /* the same numbers mean other paths */
            (void)snprintf(path, sizeof path, "of%zu/n%zu", i, k);
            tags[i] = fa_tag_intern(many[i].allocator, path);
        }
        EXPECT_UINT(fa_tag_count(many[i].allocator), i + 3);
        EXPECT_OK(fa_frame_begin(many[i].ctx));
        EXPECT_OK(fa_tag_push(many[i].ctx, tags[i]));
        frames[i] = fa_frame_alloc(many[i].ctx, 1000 + i, 1);
        blocks[i] = fa_pool_alloc(many[i].ctx, 100 + i, 8);
        pattern_fill(frames[i], 1000 + i, i);
        pattern_fill(blocks[i], 100 + i, i + 1000);
    }
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(path, sizeof path, "of%zu/n%zu", i, i);
        EXPECT_STR(fa_tag_path(many[i].allocator, tags[i]), path);
        EXPECT_UINT(world_stats(&many[i]).pool_bytes, 100 + i);
        EXPECT_UINT(tag_stats(many[i].allocator, tags[i]).self.pool_bytes, 100 + i);
        for (size_t k = 0; k < COUNT; k++) {
            EXPECT(fa_allocator_contains(many[k].allocator, blocks[i]) == (i == k));
            EXPECT(fa_allocator_contains(many[k].allocator, frames[i]) == (i == k));
        }
    }
    size_t other = COUNT / 2;
    EXPECT_REFUSED(&many[0], fa_pool_free(many[0].ctx, blocks[other]), FA607, FOREIGN_POINTER);
    EXPECT_UINT(many[other].rec.count, 0);
    for (size_t i = 0; i < COUNT; i += 2) {
        EXPECT_OK(fa_pool_free(many[i].ctx, blocks[i]));
        EXPECT_OK(fa_tag_pop(many[i].ctx));
        EXPECT_OK(fa_frame_end(many[i].ctx));
        world_close(&many[i]);
    }
    for (size_t i = 1; i < COUNT; i += 2) {
        EXPECT(pattern_holds(frames[i], 1000 + i, i, 1000 + i));
        EXPECT(pattern_holds(blocks[i], 100 + i, i + 1000, 100 + i));
        EXPECT_OK(fa_pool_free(many[i].ctx, blocks[i]));
        EXPECT_OK(fa_tag_pop(many[i].ctx));
        world_close(&many[i]);
    }
}
END_TEST

START_TEST(allocator_frames_of_two_allocators_may_overlap_in_any_way)
{
    static world other;
    world_open(&w, NULL);
    world_open(&other, NULL);
    EXPECT_OK(fa_frame_begin(w.ctx));
    uint8_t *a = (uint8_t *)fa_frame_alloc(w.ctx, 100, 1);
    memset(a, 1, 100);
    EXPECT_OK(fa_frame_begin(other.ctx));
    uint8_t *b = (uint8_t *)fa_frame_alloc(other.ctx, 100, 1);
    memset(b, 2, 100);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(all_bytes_are(b, 100, 2));
    EXPECT(fa_frame_is_open(other.ctx));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(other.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    world_close(&w);
    world_close(&other);
}
END_TEST

START_TEST(allocator_can_be_made_and_destroyed_a_thousand_times)
{
    for (int i = 0; i < (SUPPORT_SLOW ? 200 : 1000); i++) {
        fa_allocator *allocator = NULL;
        fa_context *ctx = NULL;
        EXPECT_OK(fa_allocator_create(&(fa_allocator_desc){.strictness = FA_STRICT_REPORT}, &allocator));
        EXPECT_OK(fa_context_attach(allocator, NULL, &ctx));
        EXPECT_OK(fa_frame_begin(ctx));
        memset(fa_frame_alloc(ctx, 1000, 16), 1, 1000);
        EXPECT_OK(fa_frame_end(ctx));
        EXPECT_OK(fa_allocator_destroy(allocator));
    }
}
END_TEST

/* ---- contains
 * ------------------------------------------------------------------------------------------------ */

static int some_static;

START_TEST(allocator_contains_what_it_handed_out_and_nothing_else)
{
    world_open(&w, &(fa_allocator_desc){.oversize_to_heap = true, .frame_max_bytes = 1 << 20});
    EXPECT_OK(fa_frame_begin(w.ctx));
    fa_arena *arena = NULL;
    fa_typed_pool *typed = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, double, &typed));
    void *pool[] = {fa_pool_alloc(w.ctx, 1, 1), fa_pool_alloc(w.ctx, 5000, 1),
                    fa_pool_alloc(w.ctx, 500000, 1)};
    void *heap[] = {fa_heap_alloc(w.ctx, 1, 1), fa_heap_alloc(w.ctx, 5000, 1),
                    fa_heap_alloc(w.ctx, 500000, 1)};
    const void *inside[] = {fa_frame_alloc(w.ctx, 10, 1),
                            fa_frame_alloc(w.ctx, 4 << 20, 1),
                            pool[0],
                            pool[1],
                            pool[2],
                            (char *)pool[2] + 499999,
                            heap[0],
                            heap[1],
                            heap[2],
                            (char *)heap[2] + 499999,
                            fa_arena_alloc(arena, 10, 1),
                            fa_typed_pool_alloc(typed)};
    for (unsigned i = 0; i < sizeof inside / sizeof inside[0]; i++) {
        EXPECTF(inside[i] != NULL && fa_allocator_contains(w.allocator, inside[i]), "number %u", i);
    }
    void *libc = malloc(100);
    const void *outside[] = {
        NULL, &arena, libc, &some_static, "text", opaque((void *)1), opaque((void *)UINTPTR_MAX)};
    for (unsigned i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        EXPECTF(!fa_allocator_contains(w.allocator, outside[i]), "number %u", i);
    }
    free(libc);
    EXPECT_OK(fa_typed_pool_destroy(typed));
    EXPECT_OK(fa_arena_destroy(arena));
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, pool[i]));
        EXPECT_OK(fa_heap_free(w.ctx, heap[i]));
    }
    world_close(&w);
}
END_TEST

/* ---- destroy
 * -------------------------------------------------------------------------------------------------- */

START_TEST(allocator_destroy_of_null_is_fine)
{
    EXPECT_OK(fa_allocator_destroy(NULL));
}
END_TEST

START_TEST(allocator_destroy_detaches_the_callers_contexts)
{
    world_open(&w, NULL);
    fa_context *more = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &more));
    EXPECT_OK(fa_allocator_destroy(w.allocator));
    world_expect_quiet(&w);
    world_expect_nothing_left(&w);
    tracking_close(&w.backing);
}
END_TEST

START_TEST(allocator_destroy_with_an_open_frame_is_busy_and_changes_nothing)
{
    world_open(&w, NULL);
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    EXPECT_OK(fa_frame_begin(w.ctx));
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 100, 1);
    memset(p, 9, 100);
    EXPECT_REFUSED(&w, fa_allocator_destroy(w.allocator), FA104, BUSY);
    EXPECT(all_bytes_are(p, 100, 9));
    EXPECT_OK(fa_frame_begin(second)); /* it was not detached on the way */
    EXPECT_OK(fa_frame_end(second));
    world_close(&w);
}
END_TEST

static pthread_barrier_t meet;
static void *stay_attached(void *user)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach((fa_allocator *)user, NULL, &ctx));
    (void)pthread_barrier_wait(&meet);
    (void)pthread_barrier_wait(&meet);
    EXPECT_OK(fa_frame_begin(ctx));
    EXPECT(fa_frame_alloc(ctx, 100, 1) != NULL);
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(allocator_destroy_while_another_thread_is_attached_is_busy)
{
    world_open(&w, NULL);
    pthread_t thread;
    (void)pthread_barrier_init(&meet, NULL, 2);
    EXPECT(pthread_create(&thread, NULL, stay_attached, w.allocator) == 0);
    (void)pthread_barrier_wait(&meet);
    EXPECT_REFUSED(&w, fa_allocator_destroy(w.allocator), FA104, BUSY);
    (void)pthread_barrier_wait(&meet);
    EXPECT(pthread_join(thread, NULL) == 0);
    world_close(&w);
}
END_TEST

static void *end_attached(void *user)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach((fa_allocator *)user, NULL, &ctx));
    EXPECT_OK(fa_frame_begin(ctx));
    EXPECT(fa_frame_alloc(ctx, 100, 1) != NULL);
    return NULL;
}

START_TEST(allocator_destroy_after_an_attached_thread_has_ended_is_fine)
{
    world_open(&w, NULL);
    on_another_thread(end_attached, w.allocator);
    world_close(&w);
}
END_TEST

static void *hand_over_and_end(void *user)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach((fa_allocator *)user, NULL, &ctx));
    EXPECT_OK(fa_context_hand_over(ctx));
    return NULL;
}

START_TEST(allocator_destroy_with_a_context_that_nobody_took_over_is_fine)
{
    world_open(&w, NULL);
    on_another_thread(hand_over_and_end, w.allocator);
    world_close(&w);
}
END_TEST

START_TEST(allocator_destroy_lists_leaks_by_tag_and_site_largest_first)
{
    world_open(&w, NULL);
    fa_tag ai = fa_tag_intern(w.allocator, "ai/paths");
    fa_tag audio = fa_tag_intern(w.allocator, "audio");
    EXPECT_OK(fa_tag_push(w.ctx, ai));
    int small_line = __LINE__ + 1;
    EXPECT(fa_pool_alloc(w.ctx, 24, 8) != NULL);
    int large_line = __LINE__ + 1;
    EXPECT(fa_heap_alloc(w.ctx, 300000, 8) != NULL);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_OK(fa_tag_push(w.ctx, audio));
    int many_line = __LINE__ + 2;
    for (int i = 0; i < 7; i++) {
        EXPECT(fa_pool_alloc(w.ctx, 1000, 8) != NULL);
    }
    EXPECT_OK(fa_tag_pop(w.ctx));
    int untagged_line = __LINE__ + 1;
    EXPECT(fa_heap_alloc(w.ctx, 70, 8) != NULL);
    void *freed = fa_pool_alloc(w.ctx, 100000, 8);
    EXPECT_OK(fa_pool_free(w.ctx, freed));
    EXPECT(fa_allocator_validate(w.allocator));
    world_expect_quiet(&w);

    EXPECT_OK(fa_allocator_destroy(w.allocator));
    int destroy_line = __LINE__ - 1;
    struct {
        int line;
        const char *tag;
        size_t bytes;
        size_t found;
    } leaks[] = {{large_line, "ai/paths", 300000, 0},
                 {many_line, "audio", 7000, 0},
                 {untagged_line, "untagged", 70, 0},
                 {small_line, "ai/paths", 24, 0}};
    char site[64];
    size_t last = SIZE_MAX;
    for (unsigned i = 0; i < w.rec.count; i++) {
        const recorded *d = &w.rec.items[i];
        EXPECT(d->id == FA_CODE_FA608);
        EXPECT_STR(d->severity, "warning");
        (void)snprintf(site, sizeof site, "test_allocator.c:%d", destroy_line);
        EXPECTF(strstr(d->here, site) != NULL, "here is %s", d->here);
        EXPECT(d->bytes <= last);
        last = d->bytes;
        bool known = false;
        for (int k = 0; k < 4; k++) {
            (void)snprintf(site, sizeof site, "test_allocator.c:%d", leaks[k].line);
            if (strstr(d->earlier, site) != NULL) {
                EXPECT_STR(d->tag, leaks[k].tag);
                leaks[k].found += d->bytes;
                known = true;
            }
        }
        EXPECTF(known, "%s at %s", d->message, d->earlier);
    }
    for (int k = 0; k < 4; k++) {
        EXPECTF(leaks[k].found == leaks[k].bytes, "leak %d: %zu bytes", k, leaks[k].found);
    }
    w.rec.count = 0;
    world_expect_quiet(&w);
    world_expect_nothing_left(&w);
    tracking_close(&w.backing);
}
END_TEST

START_TEST(allocator_destroy_tells_leaks_of_detached_contexts_and_typed_pools)
{
    world_open(&w, NULL);
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    EXPECT(fa_pool_alloc(second, 333, 8) != NULL);
    EXPECT_OK(fa_context_detach(second));
    fa_typed_pool *typed = NULL;
    fa_typed_pool_desc desc = {.object_bytes = 48};
    EXPECT_OK(fa_typed_pool_create(w.ctx, &desc, &typed));
    EXPECT(fa_typed_pool_alloc(typed) != NULL);
    EXPECT(fa_typed_pool_alloc(typed) != NULL);
    EXPECT_OK(fa_allocator_destroy(w.allocator));
    size_t bytes = 0;
    for (unsigned i = 0; i < w.rec.count; i++) {
        EXPECT(w.rec.items[i].id == FA_CODE_FA608);
        bytes += w.rec.items[i].bytes;
    }
    EXPECT_UINT(bytes, 333 + 48 + 48);
    w.rec.count = 0;
    world_expect_nothing_left(&w);
    tracking_close(&w.backing);
}
END_TEST

START_TEST(allocator_destroy_does_not_report_frame_and_arena_memory)
{
    world_open(&w, &(fa_allocator_desc){.oversize_to_heap = true, .frame_max_bytes = 1 << 20});
    fa_arena *arena = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    EXPECT(fa_arena_alloc(arena, 1000, 1) != NULL);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
    EXPECT(fa_frame_alloc(w.ctx, 5 << 20, 1) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    world_close(&w);
}
END_TEST

START_TEST(allocator_leaks_are_released_all_the_same)
{
    world_open(&w, NULL);
    for (size_t i = 0; i < 1000; i++) {
        EXPECT(fa_pool_alloc(w.ctx, i * 100, 8) != NULL);
        EXPECT(fa_heap_alloc(w.ctx, i * 100, 8) != NULL);
    }
    world_close_with(&w, true);
}
END_TEST

/* ---- validate
 * -------------------------------------------------------------------------------------------------- */

START_TEST(allocator_validates_in_every_ordinary_state)
{
    world_open(&w, NULL);
    random_state r = {support_seed()};
    void *blocks[300] = {NULL};
    for (int round = 0; round < 20; round++) {
        EXPECT(fa_allocator_validate(w.allocator));
        for (int i = 0; i < 300; i++) {
            size_t at = random_below(&r, 300);
            if (blocks[at] == NULL) {
                blocks[at] = fa_pool_alloc(w.ctx, random_size(&r, 100000), 16);
                EXPECT(blocks[at] != NULL);
            } else {
                EXPECT_OK(fa_pool_free(w.ctx, blocks[at]));
                blocks[at] = NULL;
            }
        }
    }
    for (int i = 0; i < 300; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
    }
    world_close(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("allocator");
    TCase *tcase = support_case(suite, "desc");
    tcase_add_test(tcase, allocator_without_a_desc_has_every_default);
    tcase_add_test(tcase, allocator_with_an_empty_desc_has_every_default);
    tcase_add_test(tcase, allocator_keeps_what_the_desc_says_and_copies_it);
    tcase_add_test(tcase, allocator_keeps_the_window_that_the_desc_says);
    tcase_add_test(tcase, allocator_create_without_out_is_an_invalid_argument);
    tcase_add_test(tcase, allocator_create_sets_out_to_null_when_the_backing_gives_nothing);
    tcase = support_case(suite, "many");
    tcase_add_test(tcase, allocator_many_are_independent);
    tcase_add_test(tcase, allocator_frames_of_two_allocators_may_overlap_in_any_way);
    tcase_add_test(tcase, allocator_can_be_made_and_destroyed_a_thousand_times);
    tcase = support_case(suite, "contains");
    tcase_add_test(tcase, allocator_contains_what_it_handed_out_and_nothing_else);
    tcase = support_case(suite, "destroy");
    tcase_add_test(tcase, allocator_destroy_of_null_is_fine);
    tcase_add_test(tcase, allocator_destroy_detaches_the_callers_contexts);
    tcase_add_test(tcase, allocator_destroy_with_an_open_frame_is_busy_and_changes_nothing);
    tcase_add_test(tcase, allocator_destroy_while_another_thread_is_attached_is_busy);
    tcase_add_test(tcase, allocator_destroy_after_an_attached_thread_has_ended_is_fine);
    tcase_add_test(tcase, allocator_destroy_with_a_context_that_nobody_took_over_is_fine);
    tcase_add_test(tcase, allocator_destroy_lists_leaks_by_tag_and_site_largest_first);
    tcase_add_test(tcase, allocator_destroy_tells_leaks_of_detached_contexts_and_typed_pools);
    tcase_add_test(tcase, allocator_destroy_does_not_report_frame_and_arena_memory);
    tcase_add_test(tcase, allocator_leaks_are_released_all_the_same);
    tcase = support_case(suite, "validate");
    tcase_add_test(tcase, allocator_validates_in_every_ordinary_state);
    return support_run(suite);
}
