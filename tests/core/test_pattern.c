/* Patterns: what memory looks like after each event in debug builds; in release builds nobody touches it. */
#include "core/support.h"

static world w;
static bool debug; ///< the SDK under test is a debug build

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 4 << 20});
#if defined(FA_DEBUG) && FA_DEBUG
    debug = true;
#endif
}
static void teardown(void)
{
    world_close(&w);
}

enum { MINE = 0x77, BYTES = 100 };

/* Bytes that are equal from @p p on, up to @p most; poison is no obstacle. */
#if defined(__clang__) || defined(__GNUC__)
__attribute__((no_sanitize("address")))
#endif
static size_t
same_bytes(const void *p, size_t most, int value)
{
    const volatile uint8_t *bytes = p;
    size_t count = 0;
    while (count < most && bytes[count] == value) {
        count++;
    }
    return count;
}

/* In debug builds the block is filled with the pattern, and nothing behind it was; in release it is as it
 * was. */
static void expect_filled(const char *what, const void *p, size_t bytes, int pattern)
{
    size_t count = same_bytes(p, bytes, debug ? pattern : MINE);
    EXPECTF(count == bytes, "%s: byte %zu of %zu is not %02x", what, count, bytes, debug ? pattern : MINE);
}

static void *written(const char *what, void *p)
{
    EXPECT(p != NULL);
    if (debug) {
        EXPECTF(same_bytes(p, BYTES, FA_PATTERN_ALLOCATED) == BYTES, "%s is not marked as new", what);
    }
    memset(p, MINE, BYTES);
    return p;
}

START_TEST(pattern_of_a_frame_that_ended)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    void *p = written("frame", fa_frame_alloc(w.ctx, BYTES, 16));
    char *zeroed = fa_frame_alloc_zeroed(w.ctx, BYTES, 16);
    EXPECT(same_bytes(zeroed, BYTES, 0) == BYTES);
    memset(zeroed, MINE, BYTES);
    EXPECT_OK(fa_frame_end(w.ctx));
    expect_filled("ended", p, BYTES, FA_PATTERN_ENDED);
    expect_filled("ended", zeroed, BYTES, FA_PATTERN_ENDED);
    /* used bytes only */
    EXPECT(same_bytes((char *)p + 64 * 1024 - 4096, 4096, 0) == 4096);
}
END_TEST

START_TEST(pattern_of_frames_in_flight_comes_when_they_die)
{
    world v;
    world_open(&v, &(fa_allocator_desc){.frames_in_flight = 2});
    EXPECT_OK(fa_frame_begin(v.ctx));
    void *p = written("frame", fa_frame_alloc(v.ctx, BYTES, 16));
    EXPECT_OK(fa_frame_end(v.ctx));
    EXPECT_OK(fa_frame_begin(v.ctx));
    EXPECT(same_bytes(p, BYTES, MINE) == BYTES); /* in flight */
    EXPECT_OK(fa_frame_end(v.ctx));
    EXPECT_OK(fa_frame_begin(v.ctx));
    expect_filled("two frames later", p, BYTES, FA_PATTERN_ENDED);
    EXPECT(same_bytes((char *)p + 64 * 1024 - 4096, 4096, 0) == 4096);
    EXPECT_OK(fa_frame_end(v.ctx));
    world_close(&v);
}
END_TEST

START_TEST(pattern_of_what_was_rewound)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    void *before = written("frame", fa_frame_alloc(w.ctx, BYTES, 16));
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    void *p = written("frame", fa_frame_alloc(w.ctx, BYTES, 16));
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    expect_filled("rewound", p, BYTES, FA_PATTERN_REWOUND);
    EXPECT(same_bytes(before, BYTES, MINE) == BYTES);
    before = written("frame", fa_frame_alloc(w.ctx, BYTES, 16));
    EXPECT(fa_frame_realloc(w.ctx, before, BYTES, 40, 16) ==
           before); /* the last block: it shrinks in place */
    EXPECT(same_bytes(before, 40, MINE) == 40);
    expect_filled("given up", (char *)before + 40, BYTES - 40, FA_PATTERN_REWOUND);
    EXPECT(fa_frame_realloc(w.ctx, before, 40, BYTES, 16) == before);
    EXPECT(same_bytes(before, 40, MINE) == 40);
    EXPECT(!debug || same_bytes((char *)before + 40, 60, FA_PATTERN_ALLOCATED) == 60);
    void *scratched = NULL;
    FA_SCRATCH_SCOPE (w.ctx, scratch) {
        scratched = written("scratch", fa_arena_alloc(scratch.arena, BYTES, 16));
    }
    expect_filled("scratch", scratched, BYTES, FA_PATTERN_REWOUND);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(pattern_of_arenas_that_were_rewound_and_reset)
{
    fa_arena *arena = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    void *p = written("arena", fa_arena_alloc(arena, BYTES, 16));
    fa_arena_mark mark = fa_arena_mark_get(arena);
    void *q = written("arena", fa_arena_alloc(arena, BYTES, 16));
    EXPECT_OK(fa_arena_rewind(arena, mark));
    expect_filled("rewound", q, BYTES, FA_PATTERN_REWOUND);
    EXPECT(same_bytes(p, BYTES, MINE) == BYTES);
    EXPECT_OK(fa_arena_reset(arena));
    expect_filled("reset", p, BYTES, FA_PATTERN_ENDED);
    fa_shared_arena *shared = NULL;
    EXPECT_OK(fa_shared_arena_create(w.ctx, NULL, &shared));
    p = written("shared arena", fa_shared_arena_alloc(w.ctx, shared, BYTES, 16));
    EXPECT_OK(fa_shared_arena_reset(w.ctx, shared));
    expect_filled("reset", p, BYTES, FA_PATTERN_ENDED);
    EXPECT_OK(fa_shared_arena_destroy(w.ctx, shared));
}
END_TEST

START_TEST(pattern_of_what_was_freed_whatever_its_family)
{
    void *neighbours[2] = {fa_pool_alloc(w.ctx, BYTES, 16), fa_heap_alloc(w.ctx, BYTES, 16)};
    void *p = written("pool", fa_pool_alloc(w.ctx, BYTES, 16));
    EXPECT_OK(fa_pool_free(w.ctx, p));
    expect_filled("pool", p, BYTES, FA_PATTERN_FREED);
    p = written("pool again", fa_pool_alloc(w.ctx, BYTES, 16));
    EXPECT_OK(fa_pool_free(w.ctx, p));
    p = written("large", fa_pool_alloc(w.ctx, 70000, 16)); /* whole pages, kept */
    EXPECT_OK(fa_pool_free(w.ctx, p));
    expect_filled("large", p, BYTES, FA_PATTERN_FREED);
    p = written("heap", fa_heap_alloc(w.ctx, BYTES, 16));
    EXPECT(fa_heap_realloc(w.ctx, p, 40) == p);
    EXPECT(same_bytes(p, 40, MINE) == 40);
    EXPECT(fa_heap_realloc(w.ctx, p, BYTES) == p);
    EXPECT(!debug || same_bytes((char *)p + 40, 60, FA_PATTERN_ALLOCATED) == 60);
    memset(p, MINE, BYTES);
    EXPECT_OK(fa_heap_free(w.ctx, p));
    expect_filled("heap", p, BYTES, FA_PATTERN_FREED);
    typedef struct object {
        char bytes[BYTES];
    } object;
    fa_typed_pool *typed = NULL;
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, object, &typed));
    p = written("typed pool", fa_typed_pool_alloc(typed));
    EXPECT_OK(fa_typed_pool_free(typed, p));
    expect_filled("typed pool", p, BYTES, FA_PATTERN_FREED);
    fa_group *group = NULL;
    EXPECT_OK(fa_group_create(w.ctx, NULL, &group));
    void *kept = fa_group_alloc(w.ctx, group, BYTES, 16);
    p = written("group", fa_group_alloc(w.ctx, group, BYTES, 16));
    EXPECT_OK(fa_group_free(w.ctx, group, p));
    expect_filled("group", p, BYTES, FA_PATTERN_FREED);
    EXPECT(kept != NULL);
    EXPECT_OK(fa_group_destroy(w.ctx, group));
    fa_handle_heap *handles = NULL;
    EXPECT_OK(fa_handle_heap_create(w.ctx, NULL, &handles));
    fa_handle handle = fa_handle_alloc(w.ctx, handles, BYTES, 16);
    p = written("handle", fa_handle_get(w.ctx, handles, handle));
    EXPECT_OK(fa_handle_free(w.ctx, handles, handle));
    expect_filled("handle", p, BYTES, FA_PATTERN_FREED);
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, handles));
    EXPECT_OK(fa_pool_free(w.ctx, neighbours[0]));
    EXPECT_OK(fa_heap_free(w.ctx, neighbours[1]));
}
END_TEST

START_TEST(pattern_values_tell_four_events_apart_and_are_no_addresses)
{
    const int all[] = {FA_PATTERN_ALLOCATED, FA_PATTERN_ENDED, FA_PATTERN_REWOUND, FA_PATTERN_FREED};
    for (int i = 0; i < 4; i++) {
        EXPECT(all[i] >= 0x80 && all[i] <= 0xFF); /* not canonical as an address, negative as a number */
        for (int k = 0; k < i; k++) {
            EXPECT(all[i] != all[k]);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pattern");
    TCase *tcase = support_case(suite, "events");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, pattern_of_a_frame_that_ended);
    tcase_add_test(tcase, pattern_of_frames_in_flight_comes_when_they_die);
    tcase_add_test(tcase, pattern_of_what_was_rewound);
    tcase_add_test(tcase, pattern_of_arenas_that_were_rewound_and_reset);
    tcase_add_test(tcase, pattern_of_what_was_freed_whatever_its_family);
    tcase_add_test(tcase, pattern_values_tell_four_events_apart_and_are_no_addresses);
    return support_run(suite);
}
