/* Diagnostics mode: off it costs nothing, on it sees every allocation, and two runs can be compared. */
#include "core/context.h"
#include "core/support.h"
#include "platform/probe.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.name = "watched", .frame_max_bytes = 8 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

static fa_diagnostics_stats totals(void)
{
    fa_diagnostics_stats s;
    EXPECT_OK(fa_diagnostics_stats_get(w.ctx, &s));
    return s;
}

/* The site whose line is @p line, or NULL. */
static const fa_site_stats *at_line(const fa_site_stats *sites, uint32_t count, int line)
{
    char tail[32];
    (void)snprintf(tail, sizeof tail, "test_diagnostics.c:%d", line);
    for (uint32_t i = 0; i < count; i++) {
        size_t length = strlen(sites[i].here);
        if (length >= strlen(tail) && strcmp(sites[i].here + length - strlen(tail), tail) == 0) {
            return &sites[i];
        }
    }
    return NULL;
}

/* ---- off ------------------------------------------------------------------------------------------------ */

START_TEST(diagnostics_off_leaves_limits_and_boundaries_as_they_were)
{
    const fai_context *ctx = fai_ctx(w.ctx);
    fa_arena *arena = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100, 8) != NULL);
    EXPECT(fa_arena_alloc(arena, 100, 8) != NULL);
    uintptr_t limit = w.ctx->limit;
    uintptr_t arena_limit = arena->limit;
    uint32_t attention = ctx->attention;
    fa_allocator_stats before = world_stats(&w);
    EXPECT(fa_diagnostics_get(w.ctx) == FA_DIAGNOSTICS_OFF);
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_BACKTRACES));
    EXPECT(fa_diagnostics_get(w.ctx) == FA_DIAGNOSTICS_BACKTRACES);
    EXPECT_UINT(w.ctx->limit, 0); /* each allocation comes out of line */
    EXPECT_UINT(arena->limit, 0);
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
    EXPECT_UINT(w.ctx->limit, limit);
    EXPECT_UINT(arena->limit, arena_limit);
    EXPECT_UINT(ctx->attention, attention);
    EXPECT(ctx->watch == NULL);
    EXPECT_UINT(world_stats(&w).reserved_bytes, before.reserved_bytes);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_arena_destroy(arena));
}
END_TEST

START_TEST(diagnostics_off_knows_nothing_and_says_so)
{
    fa_diagnostics_stats stats;
    fa_site_stats site;
    uint64_t print;
    EXPECT_RESULT(fa_diagnostics_stats_get(w.ctx, &stats), NOT_FOUND);
    EXPECT_RESULT(fa_fingerprint_get(w.ctx, FA_TAG_ALL, &print), NOT_FOUND);
    EXPECT_UINT(fa_diagnostics_sites(w.ctx, &site, 1), 0);
}
END_TEST

START_TEST(diagnostics_level_that_is_none_is_refused)
{
    EXPECT_REFUSED(&w, fa_diagnostics_set(w.ctx, (fa_diagnostics_level)opaque_size(3)), FA005,
                   INVALID_ARGUMENT);
    EXPECT(fa_diagnostics_get(w.ctx) == FA_DIAGNOSTICS_OFF);
}
END_TEST

START_TEST(diagnostics_without_memory_stay_off)
{
    for (uint64_t k = 1; k < 4; k++) {
        tracking_fail(&w.backing, OP_COMMIT, k, true);
        fa_result result = FA_RESULT_OK;
        for (int i = 0; i < 64 && result == FA_RESULT_OK; i++) { /* metadata at hand runs out at some point */
            EXPECT(fa_tag_intern(w.allocator, "a") != FA_TAG_INVALID);
            result = fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES);
            EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
        }
        tracking_fail(&w.backing, OP_COMMIT, 0, false);
        EXPECT(fa_diagnostics_get(w.ctx) == FA_DIAGNOSTICS_OFF);
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT(fa_frame_alloc(w.ctx, 100, 8) != NULL);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
}
END_TEST

/* ---- counts --------------------------------------------------------------------------------------------- */

START_TEST(diagnostics_count_every_allocation_of_every_lifetime_by_line_and_tag)
{
    fa_tag physics = fa_tag_intern(w.allocator, "physics");
    fa_arena *arena = NULL;
    fa_typed_pool *pool = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, double, &pool));
    (void)fa_typed_pool_free(pool, fa_typed_pool_alloc(pool)); /* its hot slot is warm */
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    int frame_line = 0, other_line = 0, arena_line = 0, pool_line = 0, typed_line = 0, heap_line = 0;
    for (int frame = 0; frame < 3; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        for (int i = 0; i < 10 + frame; i++) {
            frame_line = __LINE__ + 1;
            EXPECT(fa_frame_alloc(w.ctx, 24, 8) != NULL);
        }
        FA_TAG_SCOPE (w.ctx, physics) {
            for (int i = 0; i < 2; i++) {
                other_line = __LINE__ + 1;
                EXPECT(FA_FRAME_NEW_ZEROED(w.ctx, double) != NULL);
            }
        }
        arena_line = __LINE__ + 1;
        EXPECT(fa_arena_alloc(arena, 5, 1) != NULL);
        pool_line = __LINE__ + 1;
        EXPECT_OK(fa_pool_free(w.ctx, fa_pool_alloc(w.ctx, 100, 8)));
        typed_line = __LINE__ + 1;
        EXPECT_OK(fa_typed_pool_free(pool, fa_typed_pool_alloc(pool)));
        heap_line = __LINE__ + 1;
        EXPECT_OK(fa_heap_free(w.ctx, fa_heap_alloc(w.ctx, 1000, 8)));
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    fa_diagnostics_stats s = totals();
    EXPECT_UINT(s.frames, 3);
    EXPECT_UINT(s.frame_allocs, 33 + 6);
    EXPECT_UINT(s.arena_allocs, 3);
    EXPECT_UINT(s.pool_allocs, 6);
    EXPECT_UINT(s.heap_allocs, 3);
    EXPECT_UINT(s.last_frame_allocs, 12 + 2 + 4);
    EXPECT_UINT(s.frame_requested_bytes, 33 * 24 + 6 * 8);
    EXPECT_UINT(s.last_frame_requested_bytes, 12 * 24 + 2 * 8);
    EXPECT_UINT(s.lost, 0);

    fa_site_stats sites[16];
    EXPECT_UINT(fa_diagnostics_sites(w.ctx, sites, 16), 6);
    for (int i = 1; i < 6; i++) {
        EXPECT(sites[i - 1].bytes >= sites[i].bytes);
    }
    static const fa_lifetime lifetimes[] = {FA_LIFETIME_FRAME, FA_LIFETIME_FRAME,      FA_LIFETIME_ARENA,
                                            FA_LIFETIME_POOL,  FA_LIFETIME_TYPED_POOL, FA_LIFETIME_HEAP};
    const int lines[] = {frame_line, other_line, arena_line, pool_line, typed_line, heap_line};
    const uint64_t allocs[] = {33, 6, 3, 3, 3, 3};
    const uint64_t bytes[] = {33 * 24, 48, 15, 300, 24, 3000};
    for (int i = 0; i < 6; i++) {
        const fa_site_stats *site = at_line(sites, 6, lines[i]);
        EXPECTF(site != NULL, "line %d", lines[i]);
        EXPECT_UINT(site->lifetime, lifetimes[i]);
        EXPECT_UINT(site->allocs, allocs[i]);
        EXPECT_UINT(site->bytes, bytes[i]);
        EXPECT_STR(site->tag, i == 1 ? "physics" : "untagged");
        EXPECT_UINT(site->last_frame, fa_frame_index(w.ctx));
    }
    EXPECT_UINT(at_line(sites, 6, frame_line)->peak_allocs, 12);
    fa_site_stats top;
    EXPECT_UINT(fa_diagnostics_sites(w.ctx, &top, 1), 6); /* how many there are, whatever the room */
    EXPECT_UINT(top.bytes, 3000);
    EXPECT_OK(fa_typed_pool_destroy(pool));
    EXPECT_OK(fa_arena_destroy(arena));
}
END_TEST

START_TEST(diagnostics_may_be_switched_in_mid_frame_and_change_no_figure)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    size_t used = fa_frame_used_bytes(w.ctx);
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), used);
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    EXPECT_UINT(totals().frame_allocs, 1);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(totals().frames, 0); /* it was not seen whole */
    uint64_t print;
    EXPECT_RESULT(fa_fingerprint_get(w.ctx, FA_TAG_ALL, &print), NOT_FOUND);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(diagnostics_find_room_for_thousands_of_sites)
{
    enum { TAGS = 3000 };
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < TAGS; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "t%d", i);
        fa_tag tag = fa_tag_intern(w.allocator, path);
        FA_TAG_SCOPE (w.ctx, tag) {
            EXPECT(fa_frame_alloc(w.ctx, 8, 8) != NULL);
        }
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(fa_diagnostics_sites(w.ctx, NULL, 0), TAGS);
    EXPECT_UINT(totals().lost, 0);
}
END_TEST

/* ---- call stacks ---------------------------------------------------------------------------------------- */

__attribute__((noinline)) static void allocate_here(int times)
{
    for (int i = 0; i < times; i++) {
        EXPECT(fa_frame_alloc(w.ctx, 64, 16) != NULL);
    }
}

START_TEST(diagnostics_take_the_call_stack_of_every_nth_allocation)
{
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_BACKTRACES));
    fa_diagnostics_backtrace_every(w.ctx, 10);
    EXPECT_OK(fa_frame_begin(w.ctx));
    allocate_here(100);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(totals().backtraces, 10);
    fa_site_stats site;
    EXPECT_UINT(fa_diagnostics_sites(w.ctx, &site, 1), 1);
    EXPECT(site.backtrace_frames > 1);
    /* Compilers put calls that are rarely made apart from their function: this program's code is near enough.
     */
    EXPECTF(labs((long)((uintptr_t)site.caller - (uintptr_t)&allocate_here)) < 1 << 20, "%p", site.caller);
    bool found = false;
    for (uint32_t i = 0; i < site.backtrace_frames && i < 4; i++) {
        found = found || site.backtrace[i] == site.caller;
    }
    EXPECT(found);
    char text[300];
    EXPECT(fa_diagnostics_symbol((const void *)(uintptr_t)&malloc, text, sizeof text) > 0);
    EXPECT(fa_diagnostics_symbol(NULL, text, sizeof text) > 0);
}
END_TEST

/* ---- fingerprint ---------------------------------------------------------------------------------------- */

/* One frame of a deterministic program; @p seed changes one allocation. */
static void play(fa_context *ctx, fa_tag a, fa_tag b, size_t odd, uint64_t prints[3])
{
    EXPECT_OK(fa_frame_begin(ctx));
    FA_TAG_SCOPE (ctx, a) {
        for (size_t i = 0; i < 20; i++) {
            EXPECT(fa_frame_alloc(ctx, 16 + i * 8, 8) != NULL);
        }
    }
    FA_TAG_SCOPE (ctx, b) {
        EXPECT(fa_frame_alloc(ctx, odd, 16) != NULL);
    }
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_OK(fa_fingerprint_get(ctx, FA_TAG_ALL, &prints[0]));
    EXPECT_OK(fa_fingerprint_get(ctx, a, &prints[1]));
    EXPECT_OK(fa_fingerprint_get(ctx, b, &prints[2]));
}

START_TEST(fingerprint_is_the_same_for_the_same_frame_and_differs_with_any_size)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    uint64_t first[3], again[3], other[3];
    play(w.ctx, a, b, 100, first);
    play(w.ctx, a, b, 100, again);
    play(w.ctx, a, b, 101, other);
    EXPECT(memcmp(first, again, sizeof first) == 0);
    EXPECT(first[0] != other[0]);
    EXPECT_UINT(first[1], other[1]); /* tag a did the same */
    EXPECT(first[2] != other[2]);
    EXPECT(first[0] != 0 && first[1] != 0 && first[2] != 0);
}
END_TEST

START_TEST(fingerprint_does_not_depend_on_addresses_or_tag_numbers)
{
    world other;
    world_open(&other, &(fa_allocator_desc){.frame_max_bytes = 4 << 20});
    for (int i = 0; i < 5; i++) { /* other numbers for the same paths */
        EXPECT(fa_tag_intern(other.allocator, "x/y/z") != FA_TAG_INVALID);
    }
    uint64_t one[3], two[3];
    fa_tag b2 = fa_tag_intern(other.allocator, "b");
    fa_tag a2 = fa_tag_intern(other.allocator, "a");
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    EXPECT_OK(fa_diagnostics_set(other.ctx, FA_DIAGNOSTICS_SITES));
    play(w.ctx, fa_tag_intern(w.allocator, "a"), fa_tag_intern(w.allocator, "b"), 64, one);
    play(other.ctx, a2, b2, 64, two);
    EXPECT(memcmp(one, two, sizeof one) == 0);
    play(other.ctx, b2, a2, 64, two); /* the same sizes under other names */
    EXPECT(one[0] != two[0]);
    world_close(&other);
}
END_TEST

START_TEST(fingerprint_finds_the_first_frame_in_which_two_runs_differ)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    uint64_t runs[2][50];
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    for (int run = 0; run < 2; run++) {
        for (size_t frame = 0; frame < 50; frame++) {
            uint64_t prints[3];
            play(w.ctx, a, b, frame + (run == 1 && frame >= 31 ? 1 : 0), prints);
            runs[run][frame] = prints[0];
        }
    }
    size_t first = 0;
    while (first < 50 && runs[0][first] == runs[1][first]) {
        first++;
    }
    EXPECT_UINT(first, 31);
}
END_TEST

START_TEST(fingerprint_of_a_tag_that_took_nothing_in_the_last_frame_is_zero)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    uint64_t prints[3], print;
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    play(w.ctx, a, b, 1, prints);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_fingerprint_get(w.ctx, a, &print)); /* still that of the last frame that ended */
    EXPECT_UINT(print, prints[1]);
    EXPECT(fa_frame_alloc(w.ctx, 1, 1) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_fingerprint_get(w.ctx, a, &print));
    EXPECT_UINT(print, 0);
    EXPECT_RESULT(fa_fingerprint_get(w.ctx, 1000, &print), INVALID_ARGUMENT);
}
END_TEST

START_TEST(probe_knows_page_faults_and_resident_memory)
{
    fa_backing os = fa_backing_os();
    size_t page = fa_backing_page_bytes();
    char *p = os.reserve(NULL, 64 * page, page);
    EXPECT(p != NULL && os.commit(NULL, p, 64 * page));
    uint64_t before = 0, after = 0;
    size_t resident = 1;
    EXPECT(fai_thread_page_faults(&before));
    EXPECT(fai_resident_bytes(p, 64 * page, &resident));
    EXPECT_UINT(resident, 0);
    for (size_t i = 0; i < 64; i++) {
        ((volatile char *)p)[i * page] = 1;
    }
    EXPECT(fai_thread_page_faults(&after));
    EXPECT(after > before);
    EXPECT(fai_resident_bytes(p, 64 * page, &resident));
    EXPECT_UINT(resident, 64 * page);
    os.release(NULL, p, 64 * page);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("diagnostics");
    TCase *tcase = support_case(suite, "off");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, diagnostics_off_leaves_limits_and_boundaries_as_they_were);
    tcase_add_test(tcase, diagnostics_off_knows_nothing_and_says_so);
    tcase_add_test(tcase, diagnostics_level_that_is_none_is_refused);
    tcase_add_test(tcase, diagnostics_without_memory_stay_off);
    tcase = support_case(suite, "counts");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, diagnostics_count_every_allocation_of_every_lifetime_by_line_and_tag);
    tcase_add_test(tcase, diagnostics_may_be_switched_in_mid_frame_and_change_no_figure);
    tcase_add_test(tcase, diagnostics_find_room_for_thousands_of_sites);
    tcase_add_test(tcase, diagnostics_take_the_call_stack_of_every_nth_allocation);
    tcase = support_case(suite, "fingerprint");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, fingerprint_is_the_same_for_the_same_frame_and_differs_with_any_size);
    tcase_add_test(tcase, fingerprint_does_not_depend_on_addresses_or_tag_numbers);
    tcase_add_test(tcase, fingerprint_finds_the_first_frame_in_which_two_runs_differ);
    tcase_add_test(tcase, fingerprint_of_a_tag_that_took_nothing_in_the_last_frame_is_zero);
    tcase_add_test(tcase, probe_knows_page_faults_and_resident_memory);
    return support_run(suite);
}
