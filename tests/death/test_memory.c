/* Memory that must not be touched: address-sanitizer builds stop at the line; nothing else may let it pass
 * for good.
 *
 * Without a sanitizer these are undefined and not tried. The red zones and the poisoning are the SDK's own
 * doing, so they are tested like any promise. */
#include "core/support.h"

static world w;
static fa_arena *arena;
static fa_typed_pool *typed;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20, .oversize_to_heap = true});
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, double, &typed));
    EXPECT_OK(fa_frame_begin(w.ctx));
}
static void teardown(void)
{
    EXPECT_OK(fa_typed_pool_destroy(typed));
    EXPECT_OK(fa_arena_destroy(arena));
    world_close_with(&w, true);
}

static volatile uint8_t *target;
static void read_target(void *user)
{
    (void)user;
    (void)*target;
}

static void expect_report(void *p, ptrdiff_t offset, const char *what)
{
    target = (volatile uint8_t *)beside(p, offset);
    char text[8192];
    int status = in_a_child(read_target, NULL, text, sizeof text);
    if (SUPPORT_ASAN) {
        EXPECTF(status != 0 && strstr(text, "AddressSanitizer") != NULL,
                "%s passed unseen: %p + %td, status %d: %s", what, p, offset, status, text);
    }
}
static void expect_no_report(void *p, ptrdiff_t offset, const char *what)
{
    target = (volatile uint8_t *)beside(p, offset);
    char text[8192];
    EXPECTF(in_a_child(read_target, NULL, text, sizeof text) == 0, "%s: %s", what, text);
}

START_TEST(memory_beyond_a_frame_block_is_a_report)
{
    if (!SUPPORT_ASAN) {
        return;
    }
    static const size_t sizes[] = {1, 8, 13, 100, 4096};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *p = fa_frame_alloc(w.ctx, sizes[i], 16);
        void *next = fa_frame_alloc(w.ctx, 16, 16);
        memset(p, 1, sizes[i]);
        memset(next, 1, 16);
        expect_no_report(p, (ptrdiff_t)sizes[i] - 1, "the last byte");
        expect_report(p, (ptrdiff_t)sizes[i], "one byte beyond a frame block");
        expect_report(next, -1, "one byte before a frame block");
    }
}
END_TEST

START_TEST(memory_beyond_pool_heap_arena_and_typed_blocks_is_a_report)
{
    if (!SUPPORT_ASAN) {
        return;
    }
    struct {
        const char *what;
        void *p;
        ptrdiff_t size;
    } blocks[] = {
        {"a pool block", fa_pool_alloc(w.ctx, 100, 8), 100},
        {"a large pool block", fa_pool_alloc(w.ctx, 100001, 8), 100001},
        {"a heap block", fa_heap_alloc(w.ctx, 100, 8), 100},
        {"a large heap block", fa_heap_alloc(w.ctx, 100001, 8), 100001},
        {"an arena block", fa_arena_alloc(arena, 100, 8), 100},
        {"an oversize frame block", fa_frame_alloc(w.ctx, (2 << 20) + 3, 8), (2 << 20) + 3},
    };
    for (unsigned i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        expect_no_report(blocks[i].p, blocks[i].size - 1, blocks[i].what);
        expect_report(blocks[i].p, blocks[i].size, blocks[i].what);
    }
    EXPECT_OK(fa_pool_free(w.ctx, blocks[0].p));
    EXPECT_OK(fa_pool_free(w.ctx, blocks[1].p));
    EXPECT_OK(fa_heap_free(w.ctx, blocks[2].p));
    EXPECT_OK(fa_heap_free(w.ctx, blocks[3].p));
}
END_TEST

START_TEST(memory_that_was_freed_is_a_report)
{
    if (!SUPPORT_ASAN) {
        return;
    }
    void *pool = opaque(fa_pool_alloc(w.ctx, 100, 8));
    void *large = opaque(fa_pool_alloc(w.ctx, 100000, 8));
    void *heap = opaque(fa_heap_alloc(w.ctx, 100, 8));
    EXPECT_OK(fa_pool_free(w.ctx, pool));
    EXPECT_OK(fa_pool_free(w.ctx, large));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
    expect_report(pool, 50, "a freed pool block");
    expect_report(large, 50, "a freed large block");
    expect_report(heap, 50, "a freed heap block");
    void *object = opaque(fa_typed_pool_alloc(typed));
    void *second = opaque(fa_typed_pool_alloc(typed));
    EXPECT_OK(fa_typed_pool_free(typed, object));
    EXPECT_OK(fa_typed_pool_free(typed, second));
    expect_report(object, 0, "a freed typed object");
    expect_report(second, 0, "the typed pool's slot");
}
END_TEST

START_TEST(memory_of_an_ended_frame_a_rewound_mark_or_a_reset_arena_is_a_report)
{
    if (!SUPPORT_ASAN) {
        return;
    }
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    void *rewound = opaque(fa_frame_alloc(w.ctx, 100, 16));
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    expect_report(rewound, 0, "rewound memory");
    void *p = opaque(fa_frame_alloc(w.ctx, 100, 16));
    expect_no_report(p, 0, "memory handed out again");
    void *from_arena = opaque(fa_arena_alloc(arena, 100, 16));
    EXPECT_OK(fa_arena_reset(arena));
    expect_report(from_arena, 0, "memory of a reset arena");
    EXPECT_OK(fa_frame_end(w.ctx));
    expect_report(p, 0, "memory of an ended frame");
    expect_report(p, 99, "memory of an ended frame");
    EXPECT_OK(fa_frame_begin(w.ctx));
}
END_TEST

START_TEST(memory_not_yet_handed_out_is_a_report)
{
    if (!SUPPORT_ASAN) {
        return;
    }
    void *p = fa_frame_alloc(w.ctx, 100, 16);
    expect_report(p, 4000, "frame memory that was not handed out");
    void *q = fa_arena_alloc(arena, 100, 16);
    expect_report(q, 4000, "arena memory that was not handed out");
}
END_TEST

START_TEST(memory_is_clean_again_after_everything_was_taken_down)
{
    /* Poison stays after unmapping: other mappings of the process may get the addresses. */
    for (int round = 0; round < 20; round++) {
        static world second;
        world_open(&second, NULL);
        EXPECT_OK(fa_frame_begin(second.ctx));
        EXPECT(fa_frame_alloc(second.ctx, 1 << 20, 16) != NULL);
        EXPECT(fa_pool_alloc(second.ctx, 1 << 20, 16) != NULL);
        size_t bytes =
            second.backing.regions[0].bytes < (4 << 20) ? second.backing.regions[0].bytes : 4 << 20;
        world_close_with(&second, true);
        uint8_t *p = (uint8_t *)fa_backing_os().reserve(NULL, bytes, 65536);
        EXPECT(p != NULL && fa_backing_os().commit(NULL, p, bytes));
        memset(p, 1, bytes);
        fa_backing_os().release(NULL, p, bytes);
        void *libc = malloc(bytes);
        memset(libc, 1, bytes);
        free(libc);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("death: memory");
    TCase *tcase = support_case(suite, "poison");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, memory_beyond_a_frame_block_is_a_report);
    tcase_add_test(tcase, memory_beyond_pool_heap_arena_and_typed_blocks_is_a_report);
    tcase_add_test(tcase, memory_that_was_freed_is_a_report);
    tcase_add_test(tcase, memory_of_an_ended_frame_a_rewound_mark_or_a_reset_arena_is_a_report);
    tcase_add_test(tcase, memory_not_yet_handed_out_is_a_report);
    tcase_add_test(tcase, memory_is_clean_again_after_everything_was_taken_down);
    return support_run(suite);
}
