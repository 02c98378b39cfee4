/* Tags: interning, scopes, and bytes that are exact to the last one, against a model. */
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = (size_t)256 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

static size_t self_frame(fa_tag tag)
{
    return tag_stats(w.allocator, tag).self.frame_bytes;
}
static size_t tree_frame(fa_tag tag)
{
    return tag_stats(w.allocator, tag).tree.frame_bytes;
}

/* ---- interning
 * ------------------------------------------------------------------------------------------------ */

START_TEST(tag_of_the_same_path_is_the_same_tag)
{
    fa_tag a = fa_tag_intern(w.allocator, "physics/contacts");
    char copy[] = "physics/contacts";
    EXPECT(a != FA_TAG_INVALID && a != FA_TAG_NONE);
    EXPECT_UINT(fa_tag_intern(w.allocator, copy), a);
    memset(copy, 'x', 7);
    EXPECT_STR(fa_tag_path(w.allocator, a), "physics/contacts");
    EXPECT(fa_tag_intern(w.allocator, copy) != a);
}
END_TEST

START_TEST(tag_ancestors_are_interned_with_it)
{
    EXPECT_UINT(fa_tag_count(w.allocator), 1);
    fa_tag leaf = fa_tag_intern(w.allocator, "a/b/c/d");
    EXPECT_UINT(fa_tag_count(w.allocator), 5);
    fa_tag c = fa_tag_parent(w.allocator, leaf);
    fa_tag b = fa_tag_parent(w.allocator, c);
    fa_tag a = fa_tag_parent(w.allocator, b);
    EXPECT_STR(fa_tag_path(w.allocator, c), "a/b/c");
    EXPECT_STR(fa_tag_path(w.allocator, b), "a/b");
    EXPECT_STR(fa_tag_path(w.allocator, a), "a");
    EXPECT_UINT(fa_tag_parent(w.allocator, a), FA_TAG_NONE);
    EXPECT_UINT(fa_tag_intern(w.allocator, "a/b/c"), c);
    EXPECT_UINT(fa_tag_intern(w.allocator, "a"), a);
    EXPECT_UINT(fa_tag_count(w.allocator), 5);
    fa_tag sibling = fa_tag_intern(w.allocator, "a/b/x");
    EXPECT_UINT(fa_tag_parent(w.allocator, sibling), b);
    EXPECT_UINT(fa_tag_count(w.allocator), 6);
}
END_TEST

START_TEST(tag_none_is_a_row_like_any_other)
{
    EXPECT_STR(fa_tag_path(w.allocator, FA_TAG_NONE), "untagged");
    EXPECT_UINT(fa_tag_parent(w.allocator, FA_TAG_NONE), FA_TAG_NONE);
    EXPECT_STR(tag_stats(w.allocator, FA_TAG_NONE).path, "untagged");
    EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
}
END_TEST

START_TEST(tag_that_is_none_has_no_path_and_no_figures)
{
    static const fa_tag strangers[] = {
        1, 2, 1000, FA_TAG_MAX, FA_TAG_MAX + 1, FA_TAG_INVALID, FA_TAG_INVALID - 1};
    fa_tag_stats stats;
    for (unsigned i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        EXPECT(fa_tag_path(w.allocator, strangers[i]) == NULL);
        EXPECT_RESULT(fa_tag_stats_get(w.allocator, strangers[i], &stats), NOT_FOUND);
        EXPECT_UINT(fa_tag_parent(w.allocator, strangers[i]), FA_TAG_NONE);
    }
    EXPECT_RESULT(fa_tag_stats_get(w.allocator, FA_TAG_NONE, NULL), INVALID_ARGUMENT);
    w.rec.count = 0;
}
END_TEST

START_TEST(tag_paths_that_are_none_are_invalid_and_intern_nothing)
{
    char with_control[] = "a/b?c";
    static const char *const invalid[] = {"",     "/",    "//",    "a/", "/a",   "a//b",
                                          "a/b/", "/a/b", "a///b", "\n", "a\tb", "a/\x7f"};
    for (unsigned i = 0; i < sizeof invalid / sizeof invalid[0]; i++) {
        EXPECTF(fa_tag_intern(w.allocator, invalid[i]) == FA_TAG_INVALID, "\"%s\"", invalid[i]);
    }
    for (int c = 1; c < 32; c++) {
        with_control[3] = (char)c;
        EXPECTF(fa_tag_intern(w.allocator, with_control) == FA_TAG_INVALID, "character %d", c);
    }
    EXPECT(fa_tag_intern(w.allocator, NULL) == FA_TAG_INVALID);
    EXPECT_UINT(fa_tag_count(w.allocator), 1);
    w.rec.count = 0;
    EXPECT(fa_tag_intern(w.allocator, "a b.c-d_e+f") != FA_TAG_INVALID);
    EXPECT(fa_tag_intern(w.allocator, "Zürich/äöü") != FA_TAG_INVALID);
    EXPECT(fa_tag_intern(w.allocator, "%s%n") != FA_TAG_INVALID);
}
END_TEST

START_TEST(tag_paths_up_to_255_bytes_are_valid)
{
    char path[400];
    for (size_t length = 250; length < 260; length++) {
        memset(path, 'p', sizeof path);
        path[length] = '\0';
        fa_tag tag = fa_tag_intern(w.allocator, path);
        EXPECTF((tag != FA_TAG_INVALID) == (length <= FA_TAG_PATH_MAX), "%zu bytes", length);
        EXPECT(tag == FA_TAG_INVALID || strcmp(fa_tag_path(w.allocator, tag), path) == 0);
    }
    for (size_t i = 0; i < 128; i++) { /* as deep as a path can be: 128 segments of one byte */
        path[2 * i] = 'd';
        path[2 * i + 1] = '/';
    }
    path[255] = '\0';
    uint32_t before = fa_tag_count(w.allocator);
    fa_tag deep = fa_tag_intern(w.allocator, path);
    EXPECT(deep != FA_TAG_INVALID);
    EXPECT_UINT(fa_tag_count(w.allocator), before + 128);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_tag_push(w.ctx, deep));
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    EXPECT(tree_frame(fa_tag_intern(w.allocator, "d")) >= 100);
    EXPECT_OK(fa_tag_pop(w.ctx));
}
END_TEST

START_TEST(tag_thousand_tags_are_told_apart)
{
    enum { COUNT = 1000 };
    static fa_tag tags[COUNT];
    static size_t expected[COUNT];
    char path[64];
    for (int i = 0; i < COUNT; i++) {
        (void)snprintf(path, sizeof path, "system%d/part%d", i % 50, i);
        tags[i] = fa_tag_intern(w.allocator, path);
        EXPECT(tags[i] != FA_TAG_INVALID);
    }
    EXPECT_UINT(fa_tag_count(w.allocator), 1 + 50 + COUNT);
    random_state r = {support_seed()};
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < 10000; i++) {
        size_t at = random_below(&r, COUNT);
        uintptr_t before = w.ctx->cursor;
        FA_TAG_SCOPE (w.ctx, tags[at]) {
            EXPECT(fa_frame_alloc(w.ctx, random_size(&r, 10000), 8) != NULL);
        }
        expected[at] += w.ctx->cursor - before;
    }
    size_t sum = 0;
    for (int i = 0; i < COUNT; i++) {
        EXPECT_UINT(self_frame(tags[i]), expected[i]);
        sum += expected[i];
    }
    EXPECT_UINT(sum, fa_frame_used_bytes(w.ctx));
    size_t by_system = 0;
    for (int i = 0; i < 50; i++) {
        (void)snprintf(path, sizeof path, "system%d", i);
        by_system += tree_frame(fa_tag_intern(w.allocator, path));
    }
    EXPECT_UINT(by_system, sum);
    EXPECT_OK(fa_frame_end(w.ctx));
    for (int i = 0; i < COUNT; i++) {
        EXPECT_UINT(self_frame(tags[i]), 0);
        EXPECT_UINT(tag_stats(w.allocator, tags[i]).self.last_frame_bytes, expected[i]);
    }
}
END_TEST

START_TEST(tag_table_fills_up_at_its_maximum_and_goes_on_working)
{
    char path[64];
    uint32_t interned = 0;
    fa_tag first = fa_tag_intern(w.allocator, "first/of/all");
    for (;; interned++) {
        (void)snprintf(path, sizeof path, "t%" PRIu32, interned);
        fa_tag tag = fa_tag_intern(w.allocator, path);
        if (tag == FA_TAG_INVALID) {
            break;
        }
        EXPECT(tag <= FA_TAG_MAX);
        EXPECT(interned <= FA_TAG_MAX);
    }
    uint32_t count = fa_tag_count(w.allocator);
    EXPECTF(count == FA_TAG_MAX || count == FA_TAG_MAX + 1, "%" PRIu32 " tags", count);
    EXPECT(fa_tag_intern(w.allocator, "one/too/many") == FA_TAG_INVALID);
    EXPECT_UINT(fa_tag_count(w.allocator), count);
    EXPECT_UINT(fa_tag_intern(w.allocator, "first/of/all"), first);
    EXPECT_UINT(fa_tag_intern(w.allocator, "t0"), first + 1);
    EXPECT_STR(fa_tag_path(w.allocator, first), "first/of/all");
    EXPECT_OK(fa_frame_begin(w.ctx));
    fa_tag last = count - 1;
    EXPECT_OK(fa_tag_push(w.ctx, last));
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT(self_frame(last) >= 100);
    EXPECT_UINT(w.rec.count, 0);
}
END_TEST

START_TEST(tag_path_that_needs_more_tags_than_are_left_interns_none_of_them)
{
    char path[64];
    for (uint32_t i = 0; fa_tag_count(w.allocator) + 2 <= FA_TAG_MAX; i++) {
        (void)snprintf(path, sizeof path, "t%" PRIu32, i);
        EXPECT(fa_tag_intern(w.allocator, path) != FA_TAG_INVALID);
    }
    uint32_t count = fa_tag_count(w.allocator);
    EXPECT(fa_tag_intern(w.allocator, "u/v/w/x/y") == FA_TAG_INVALID);
    EXPECT_UINT(fa_tag_count(w.allocator), count);
}
END_TEST

static void *intern_many(void *user)
{
    fa_tag *tags = (fa_tag *)user;
    char path[64];
    for (int i = 0; i < 500; i++) {
        (void)snprintf(path, sizeof path, "shared/group%d/n%d", i % 7, i);
        tags[i] = fa_tag_intern(w.allocator, path);
    }
    return NULL;
}

START_TEST(tag_interned_by_many_threads_at_once_is_one_tag)
{
    enum { THREADS = 6 };
    static fa_tag tags[THREADS][500];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, intern_many, tags[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(fa_tag_count(w.allocator), 1 + 1 + 7 + 500);
    for (int i = 1; i < THREADS; i++) {
        EXPECT(memcmp(tags[0], tags[i], sizeof tags[0]) == 0);
    }
}
END_TEST

/* ---- scopes
 * ------------------------------------------------------------------------------------------------------ */

START_TEST(tag_push_and_pop_nest_with_and_without_a_frame)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    EXPECT_OK(fa_tag_push(w.ctx, a));
    EXPECT_UINT(fa_tag_current(w.ctx), a);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_UINT(fa_tag_current(w.ctx), a);
    EXPECT_OK(fa_tag_push(w.ctx, b));
    EXPECT_OK(fa_tag_push(w.ctx, b));
    EXPECT_UINT(fa_tag_current(w.ctx), b);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_UINT(fa_tag_current(w.ctx), b);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_UINT(fa_tag_current(w.ctx), a);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(fa_tag_current(w.ctx), a); /* opened outside of the frame: it stays */
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
}
END_TEST

START_TEST(tag_opened_before_the_frame_may_be_closed_inside_it)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    EXPECT_OK(fa_tag_push(w.ctx, a));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    size_t used = fa_frame_used_bytes(w.ctx);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
    EXPECT_UINT(self_frame(a), used);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_tag_push(w.ctx, a)); /* the frame's own scope, at a depth of before */
    EXPECT_RESULT(fa_frame_end(w.ctx), OK);
    EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
    EXPECT_UINT(w.rec.count, recorder_count_of(&w.rec, FA_CODE_FA804));
    w.rec.count = 0;
}
END_TEST

START_TEST(tag_pop_without_a_scope_is_unbalanced)
{
    EXPECT_REFUSED(&w, fa_tag_pop(w.ctx), FA804, UNBALANCED);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_REFUSED(&w, fa_tag_pop(w.ctx), FA804, UNBALANCED);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(tag_push_of_what_is_no_tag_is_refused)
{
    EXPECT_REFUSED(&w, fa_tag_push(w.ctx, 1), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_tag_push(w.ctx, FA_TAG_MAX), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_tag_push(w.ctx, FA_TAG_MAX + 1), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_tag_push(w.ctx, FA_TAG_INVALID), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_tag_push(w.ctx, FA_TAG_NONE)); /* a row like any other */
    EXPECT_OK(fa_tag_pop(w.ctx));
}
END_TEST

START_TEST(tag_stack_is_64_deep)
{
    fa_tag tags[FA_TAG_DEPTH_MAX];
    char path[32];
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < FA_TAG_DEPTH_MAX; i++) {
        (void)snprintf(path, sizeof path, "depth%d", i);
        tags[i] = fa_tag_intern(w.allocator, path);
        EXPECT_OK(fa_tag_push(w.ctx, tags[i]));
    }
    EXPECT_REFUSED(&w, fa_tag_push(w.ctx, tags[0]), FA804, FULL);
    for (int i = FA_TAG_DEPTH_MAX - 1; i >= 0; i--) {
        EXPECT_UINT(fa_tag_current(w.ctx), tags[i]);
        EXPECT_OK(fa_tag_pop(w.ctx));
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(tag_left_open_in_a_frame_is_closed_by_its_end_and_told)
{
    fa_tag a = fa_tag_intern(w.allocator, "outside");
    fa_tag b = fa_tag_intern(w.allocator, "forgotten/one");
    EXPECT_OK(fa_tag_push(w.ctx, a));
    EXPECT_OK(fa_frame_begin(w.ctx));
    int line = __LINE__ + 1;
    EXPECT_OK(fa_tag_push(w.ctx, b));
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    size_t used = fa_frame_used_bytes(w.ctx);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(w.rec.count, 1);
    const recorded *d = &w.rec.items[0];
    char site[64];
    (void)snprintf(site, sizeof site, "test_tag.c:%d", line);
    EXPECT(d->id == FA_CODE_FA804);
    EXPECTF(strstr(d->earlier, site) != NULL, "earlier is %s, expected %s", d->earlier, site);
    EXPECTF(strstr(d->message, "forgotten/one") != NULL || strcmp(d->tag, "forgotten/one") == 0, "%s",
            d->message);
    w.rec.count = 0;
    EXPECT_UINT(fa_tag_current(w.ctx), a);
    EXPECT_UINT(tag_stats(w.allocator, b).self.last_frame_bytes, used);
    EXPECT_OK(fa_tag_pop(w.ctx));
}
END_TEST

START_TEST(tag_opened_in_a_frame_in_place_of_an_outer_one_is_closed_by_its_end)
{
    fa_tag a = fa_tag_intern(w.allocator, "outer");
    fa_tag b = fa_tag_intern(w.allocator, "inner");
    for (int detour = 0; detour < 2; detour++) {
        EXPECT_OK(fa_tag_push(w.ctx, a));
        EXPECT_OK(fa_frame_begin(w.ctx));
        if (detour == 1) {
            EXPECT_OK(fa_tag_push(w.ctx, b));
            EXPECT_OK(fa_tag_pop(w.ctx));
        }
        EXPECT_OK(fa_tag_pop(w.ctx));     /* an outer scope, closed inside */
        EXPECT_OK(fa_tag_push(w.ctx, b)); /* as deep as the outer one was, but of this frame */
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA804), 1);
        w.rec.count = 0;
        EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
    }
}
END_TEST

START_TEST(tag_scope_closes_at_its_end)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    int runs = 0;
    FA_TAG_SCOPE (w.ctx, a) {
        runs++;
        EXPECT_UINT(fa_tag_current(w.ctx), a);
        FA_TAG_SCOPE (w.ctx, b) {
            runs++;
            EXPECT_UINT(fa_tag_current(w.ctx), b);
        }
        EXPECT_UINT(fa_tag_current(w.ctx), a);
    }
    EXPECT(runs == 2);
    EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
}
END_TEST

#if FA_HAS_CLEANUP
static int leave_by_return(fa_tag tag)
{
    FA_TAG_SCOPE (w.ctx, tag) {
        FA_TAG_SCOPE (w.ctx, tag) {
            return 7;
        }
    }
    return 0;
}

START_TEST(tag_scope_left_by_break_continue_return_or_goto_is_closed)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    FA_TAG_SCOPE (w.ctx, a) {
        break;
    }
    EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
    FA_TAG_SCOPE (w.ctx, a) {
        continue;
    }
    EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
    EXPECT(leave_by_return(a) == 7);
    EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
    for (int i = 0; i < 3; i++) {
        FA_TAG_SCOPE (w.ctx, a) {
            FA_TAG_SCOPE (w.ctx, b) {
                if (i == 1) {
                    goto out;
                }
            }
        }
    }
out:
    EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
    int count = 0;
    while (count < 10) { /* break and continue act on the scope, as in any for loop */
        FA_TAG_SCOPE (w.ctx, a) {
            count++;
            if (count % 2 != 0) {
                continue;
            }
            FA_TAG_SCOPE (w.ctx, b) {
                if (count == 4) {
                    break;
                }
            }
            EXPECT_UINT(fa_tag_current(w.ctx), a);
        }
        EXPECT_UINT(fa_tag_current(w.ctx), FA_TAG_NONE);
    }
}
END_TEST
#endif

START_TEST(tag_scope_that_could_not_open_runs_its_body_and_closes_nothing)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    EXPECT_OK(fa_tag_push(w.ctx, a));
    int runs = 0;
    FA_TAG_SCOPE (w.ctx, FA_TAG_INVALID) {
        runs++;
        EXPECT_UINT(fa_tag_current(w.ctx), a);
    }
    EXPECT(runs == 1);
    EXPECT_UINT(fa_tag_current(w.ctx), a);
    EXPECT_UINT(w.rec.count, 1);
    w.rec.count = 0;
    EXPECT_OK(fa_tag_pop(w.ctx));
}
END_TEST

/* ---- bytes
 * ------------------------------------------------------------------------------------------------------------
 */

START_TEST(tag_bytes_go_to_the_innermost_scope_and_to_every_ancestors_tree)
{
    fa_tag leaf = fa_tag_intern(w.allocator, "world/terrain/grass");
    fa_tag mid = fa_tag_intern(w.allocator, "world/terrain");
    fa_tag root = fa_tag_intern(w.allocator, "world");
    fa_tag stranger = fa_tag_intern(w.allocator, "ui");
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    size_t none = fa_frame_used_bytes(w.ctx);
    EXPECT_OK(fa_tag_push(w.ctx, stranger)); /* the stack's order is not the path's */
    EXPECT_OK(fa_tag_push(w.ctx, leaf));
    EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
    EXPECT_OK(fa_tag_push(w.ctx, mid));
    size_t at = fa_frame_used_bytes(w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, 300, 64) != NULL);
    size_t in_mid = fa_frame_used_bytes(w.ctx) - at;
    EXPECT_UINT(self_frame(leaf), at - none);
    EXPECT_UINT(tree_frame(leaf), at - none);
    EXPECT_UINT(self_frame(mid), in_mid);
    EXPECT_UINT(tree_frame(mid), in_mid + at - none);
    EXPECT_UINT(self_frame(root), 0);
    EXPECT_UINT(tree_frame(root), in_mid + at - none);
    EXPECT_UINT(self_frame(stranger), 0);
    EXPECT_UINT(tree_frame(stranger), 0);
    EXPECT_UINT(self_frame(FA_TAG_NONE), none);
    EXPECT(SUPPORT_ASAN ||
           (at == 1010 && in_mid == ((1010 + 63) & ~63u) - 1010 + 300)); /* padding included */
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(tag_peak_of_a_tree_is_the_most_in_one_frame_not_the_sum_of_peaks)
{
    fa_tag a = fa_tag_intern(w.allocator, "top/a");
    fa_tag b = fa_tag_intern(w.allocator, "top/b");
    fa_tag top = fa_tag_intern(w.allocator, "top");
    size_t used[2];
    for (int frame = 0; frame < 2; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_TAG_SCOPE (w.ctx, frame == 0 ? a : b) {
            EXPECT(fa_frame_alloc(w.ctx, 10000, 1) != NULL);
        }
        used[frame] = fa_frame_used_bytes(w.ctx);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_UINT(tag_stats(w.allocator, a).self.peak_frame_bytes, used[0]);
    EXPECT_UINT(tag_stats(w.allocator, b).self.peak_frame_bytes, used[1]);
    EXPECT_UINT(tag_stats(w.allocator, top).self.peak_frame_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, top).tree.peak_frame_bytes, used[0] > used[1] ? used[0] : used[1]);
}
END_TEST

START_TEST(tag_peak_of_a_tag_opened_many_times_is_the_sum_within_the_frame)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < 10; i++) {
        FA_TAG_SCOPE (w.ctx, a) {
            EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
        }
    }
    size_t used = fa_frame_used_bytes(w.ctx);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, a).self.peak_frame_bytes, used);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, a).self.peak_frame_bytes, used);
    EXPECT_UINT(tag_stats(w.allocator, a).self.last_frame_bytes, 0);
}
END_TEST

START_TEST(tag_of_a_block_gets_its_bytes_back_whoever_frees_it)
{
    fa_tag a = fa_tag_intern(w.allocator, "a/x");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    static const size_t sizes[] = {0, 1, 16, 100, 5000, 32768, 32769, 1000000};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    void *pool[COUNT];
    void *heap[COUNT];
    size_t sum = 0;
    EXPECT_OK(fa_tag_push(w.ctx, a));
    for (int i = 0; i < COUNT; i++) {
        pool[i] = fa_pool_alloc(w.ctx, sizes[i], 8);
        heap[i] = fa_heap_alloc(w.ctx, sizes[i], 8);
        sum += sizes[i];
    }
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, a).self.pool_bytes, sum);
    EXPECT_UINT(tag_stats(w.allocator, a).self.heap_bytes, sum);
    EXPECT_UINT(tag_stats(w.allocator, fa_tag_parent(w.allocator, a)).tree.pool_bytes, sum);
    EXPECT_UINT(tag_stats(w.allocator, fa_tag_parent(w.allocator, a)).self.pool_bytes, 0);
    EXPECT_OK(fa_tag_push(w.ctx, b));
    EXPECT_OK(fa_tag_push(second, b));
    for (int i = 0; i < COUNT; i++) {
        sum -= sizes[i];
        EXPECT_OK(fa_pool_free(i % 2 != 0 ? w.ctx : second, pool[i]));
        EXPECT_OK(fa_heap_free(i % 2 != 0 ? second : w.ctx, heap[i]));
        EXPECT_UINT(tag_stats(w.allocator, a).self.pool_bytes, sum);
        EXPECT_UINT(tag_stats(w.allocator, a).self.heap_bytes, sum);
        EXPECT_UINT(tag_stats(w.allocator, b).self.pool_bytes, 0);
        EXPECT_UINT(tag_stats(w.allocator, b).self.heap_bytes, 0);
    }
    EXPECT_OK(fa_tag_pop(second));
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_OK(fa_context_detach(second));
}
END_TEST

START_TEST(tag_of_a_heap_block_survives_its_reallocation)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    EXPECT_OK(fa_tag_push(w.ctx, a));
    void *p = fa_heap_alloc(w.ctx, 100, 8);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_OK(fa_tag_push(w.ctx, b));
    static const size_t sizes[] = {50, 1000, 0, 40000, 2000000, 7};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        p = fa_heap_realloc(w.ctx, p, sizes[i]);
        EXPECT(p != NULL);
        EXPECT_UINT(tag_stats(w.allocator, a).self.heap_bytes, sizes[i]);
        EXPECT_UINT(tag_stats(w.allocator, b).self.heap_bytes, 0);
    }
    EXPECT_OK(fa_heap_free(w.ctx, p));
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, a).self.heap_bytes, 0);
}
END_TEST

START_TEST(tag_of_an_arena_is_that_of_its_creation_or_of_its_desc)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    fa_arena *by_scope = NULL;
    fa_arena *by_desc = NULL;
    EXPECT_OK(fa_tag_push(w.ctx, a));
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &by_scope));
    fa_arena_desc desc = {.tag = b};
    EXPECT_OK(fa_arena_create(w.ctx, &desc, &by_desc));
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT(fa_arena_alloc(by_scope, 1000, 1) != NULL);
    EXPECT(fa_arena_alloc(by_desc, 5000, 1) != NULL);
    EXPECT_UINT(tag_stats(w.allocator, a).self.arena_bytes, fa_arena_used_bytes(by_scope));
    EXPECT_UINT(tag_stats(w.allocator, b).self.arena_bytes, fa_arena_used_bytes(by_desc));
    EXPECT_OK(fa_arena_reset(by_scope));
    EXPECT_UINT(tag_stats(w.allocator, a).self.arena_bytes, 0);
    EXPECT_OK(fa_arena_destroy(by_desc));
    EXPECT_UINT(tag_stats(w.allocator, b).self.arena_bytes, 0);
    EXPECT_OK(fa_arena_destroy(by_scope));
}
END_TEST

START_TEST(tag_of_a_typed_pool_is_that_of_its_creation_or_of_its_desc)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    fa_typed_pool *by_scope = NULL;
    fa_typed_pool *by_desc = NULL;
    EXPECT_OK(fa_tag_push(w.ctx, a));
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, double, &by_scope));
    fa_typed_pool_desc desc = {.object_bytes = 100, .tag = b};
    EXPECT_OK(fa_typed_pool_create(w.ctx, &desc, &by_desc));
    EXPECT_OK(fa_tag_pop(w.ctx));
    void *p[10];
    for (unsigned i = 0; i < 10; i++) {
        p[i] = fa_typed_pool_alloc(i % 2 != 0 ? by_scope : by_desc);
        EXPECT_UINT(tag_stats(w.allocator, a).self.pool_bytes, 8 * ((i + 1) / 2));
        EXPECT_UINT(tag_stats(w.allocator, b).self.pool_bytes, 100 * (i / 2 + 1));
    }
    for (unsigned i = 0; i < 10; i++) {
        EXPECT_OK(fa_typed_pool_free(i % 2 != 0 ? by_scope : by_desc, p[i]));
    }
    EXPECT_UINT(tag_stats(w.allocator, a).self.pool_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, b).self.pool_bytes, 0);
    EXPECT(fa_typed_pool_alloc(by_desc) != NULL);
    EXPECT_UINT(tag_stats(w.allocator, b).self.pool_bytes, 100);
    EXPECT_OK(fa_typed_pool_reset(by_desc));
    EXPECT_UINT(tag_stats(w.allocator, b).self.pool_bytes, 0);
    EXPECT(fa_typed_pool_alloc(by_desc) != NULL);
    EXPECT_OK(fa_typed_pool_destroy(by_desc));
    EXPECT_UINT(tag_stats(w.allocator, b).self.pool_bytes, 0);
    EXPECT_OK(fa_typed_pool_destroy(by_scope));
}
END_TEST

START_TEST(tag_bytes_stay_exact_when_a_block_of_an_outer_scope_shrinks_inside_an_inner_one)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_tag b = fa_tag_intern(w.allocator, "b");
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_tag_push(w.ctx, a));
    void *p = fa_frame_alloc(w.ctx, 10000, 1);
    EXPECT_OK(fa_tag_push(w.ctx, b));
    p = fa_frame_realloc(w.ctx, p, 10000, 100, 1);
    EXPECT(p != NULL);
    EXPECT_UINT(self_frame(a) + self_frame(b), fa_frame_used_bytes(w.ctx));
    EXPECT(self_frame(a) <= fa_frame_used_bytes(w.ctx) && self_frame(b) <= fa_frame_used_bytes(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 500, 1) != NULL);
    EXPECT_UINT(self_frame(a) + self_frame(b), fa_frame_used_bytes(w.ctx));
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_UINT(self_frame(a) + self_frame(b), fa_frame_used_bytes(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 700, 1) != NULL);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_UINT(self_frame(a) + self_frame(b), fa_frame_used_bytes(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(tag_average_is_over_all_frames_of_the_context)
{
    fa_tag a = fa_tag_intern(w.allocator, "averaged");
    size_t sum = 0;
    for (unsigned i = 0; i < 8; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        if (i % 4 == 0) {
            FA_TAG_SCOPE (w.ctx, a) {
                size_t before = fa_frame_used_bytes(w.ctx);
                EXPECT(fa_frame_alloc(w.ctx, 100 + i, 1) != NULL);
                sum += fa_frame_used_bytes(w.ctx) - before;
            }
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_UINT(tag_stats(w.allocator, a).self.average_frame_bytes, sum / 8);
    EXPECT_UINT(tag_stats(w.allocator, FA_TAG_NONE).self.average_frame_bytes, 0);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 900, 1) != NULL); /* all of it to one tag: the short way */
    size_t used = fa_frame_used_bytes(w.ctx);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, FA_TAG_NONE).self.average_frame_bytes, used / 9);
}
END_TEST

START_TEST(tag_bytes_of_two_contexts_are_summed)
{
    fa_tag a = fa_tag_intern(w.allocator, "a");
    fa_context *second = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_begin(second));
    EXPECT_OK(fa_tag_push(w.ctx, a));
    EXPECT_OK(fa_tag_push(second, a));
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL && fa_frame_alloc(second, 1000, 1) != NULL);
    size_t one = fa_frame_used_bytes(w.ctx);
    size_t two = fa_frame_used_bytes(second);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_OK(fa_tag_pop(second));
    EXPECT_UINT(self_frame(a), one + two);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(self_frame(a), two);
    EXPECT_OK(fa_frame_end(second));
    EXPECT_UINT(self_frame(a), 0);
    EXPECT_UINT(tag_stats(w.allocator, a).self.last_frame_bytes, one + two);
    EXPECT_UINT(tag_stats(w.allocator, a).self.peak_frame_bytes, two); /* most in one frame of one context */
    EXPECT_OK(fa_context_detach(second));
}
END_TEST

/* ---- model
 * ---------------------------------------------------------------------------------------------------------------
 */

enum { TAGS = 8, SPANS = 4096 };

typedef struct span {
    fa_tag tag;
    uintptr_t begin;
    uintptr_t end;
} span;

static struct {
    span spans[SPANS];
    size_t count;
    uintptr_t cursor;
    size_t most[TAGS];    ///< at any time in any frame: no peak may be above
    size_t sampled[TAGS]; ///< at the ends of scopes and frames: no peak may be below
} model;

static size_t model_self(fa_tag tag)
{
    size_t sum = 0;
    for (size_t i = 0; i < model.count; i++) {
        sum += model.spans[i].tag == tag ? model.spans[i].end - model.spans[i].begin : 0;
    }
    return sum;
}

/// The cursor has moved: forward, the current tag took the bytes; backward, those who took them have them
/// back.
static void model_follow(void)
{
    uintptr_t now = w.ctx->cursor;
    fa_tag tag = fa_tag_current(w.ctx);
    if (now > model.cursor) {
        EXPECT(model.count < SPANS);
        model.spans[model.count++] = (span){tag, model.cursor, now};
        size_t self = model_self(tag);
        model.most[tag] = self > model.most[tag] ? self : model.most[tag];
    }
    while (model.count > 0 && model.spans[model.count - 1].end > now) {
        if (model.spans[model.count - 1].begin >= now) {
            model.count--;
        } else {
            model.spans[model.count - 1].end = now;
        }
    }
    model.cursor = now;
}

static void model_sample(fa_tag tag)
{
    size_t self = model_self(tag);
    model.sampled[tag] = self > model.sampled[tag] ? self : model.sampled[tag];
}

static void model_compare(const fa_tag *tags, bool ended)
{
    size_t sum = 0;
    for (int i = 0; i < TAGS; i++) {
        fa_tag_stats s = tag_stats(w.allocator, tags[i]);
        size_t tree = 0;
        for (int k = 0; k < TAGS; k++) {
            for (fa_tag up = tags[k];; up = fa_tag_parent(w.allocator, up)) {
                if (up == tags[i]) {
                    tree += model_self(tags[k]);
                    break;
                }
                if (up == FA_TAG_NONE) {
                    break;
                }
            }
        }
        EXPECTF((ended ? s.self.last_frame_bytes : s.self.frame_bytes) == model_self(tags[i]),
                "%s: %zu bytes, model %zu", s.path, ended ? s.self.last_frame_bytes : s.self.frame_bytes,
                model_self(tags[i]));
        EXPECTF(tags[i] == FA_TAG_NONE || (ended ? s.tree.last_frame_bytes : s.tree.frame_bytes) == tree,
                "%s: %zu bytes in the tree, model %zu", s.path, s.tree.frame_bytes, tree);
        EXPECTF(s.self.peak_frame_bytes >= model.sampled[tags[i]] &&
                    s.self.peak_frame_bytes <= model.most[tags[i]],
                "%s: peak %zu, not in %zu to %zu", s.path, s.self.peak_frame_bytes, model.sampled[tags[i]],
                model.most[tags[i]]);
        sum += model_self(tags[i]);
    }
    EXPECT_UINT(ended ? context_stats(w.ctx).last_frame_bytes : fa_frame_used_bytes(w.ctx), sum);
}

START_TEST(tag_bytes_agree_with_a_model_through_a_random_walk)
{
    fa_tag tags[TAGS] = {FA_TAG_NONE};
    static const char *const paths[TAGS] = {NULL, "a", "a/b", "a/b/c", "a/d", "e", "e/f", "g"};
    for (int i = 1; i < TAGS; i++) {
        tags[i] = fa_tag_intern(w.allocator, paths[i]);
        EXPECT_UINT(tags[i], i);
    }
    random_state r = {support_seed()};
    for (int frame = 0; frame < (SUPPORT_SLOW ? 20 : 200); frame++) {
        fa_checkpoint marks[32];
        uint32_t depth_of[32];
        int mark_count = 0;
        fa_tag stack[FA_TAG_DEPTH_MAX];
        uint32_t depth = 0;
        void *last = NULL;
        size_t last_size = 0;
        EXPECT_OK(fa_frame_begin(w.ctx));
        model.count = 0;
        model.cursor = w.ctx->cursor;
        for (int step = 0; step < 400; step++) {
            size_t action = random_below(&r, 100);
            if (action < 35) {
                last_size = random_size(&r, 5000);
                last = fa_frame_alloc(w.ctx, last_size, (size_t)1 << random_below(&r, 8));
                EXPECT(last != NULL);
            } else if (action < 50 && depth < FA_TAG_DEPTH_MAX) {
                stack[depth++] = tags[random_below(&r, TAGS)];
                EXPECT_OK(fa_tag_push(w.ctx, stack[depth - 1]));
            } else if (action < 64 && depth > 0) {
                model_sample(stack[--depth]);
                EXPECT_OK(fa_tag_pop(w.ctx));
                for (int i = 0; i < mark_count;
                     i++) { /* marks inside the closed scope are of no use any more */
                    depth_of[i] = depth_of[i] > depth ? UINT32_MAX : depth_of[i];
                }
            } else if (action < 74 && mark_count < 32) {
                depth_of[mark_count] = depth;
                marks[mark_count++] = fa_frame_mark(w.ctx);
            } else if (action < 84 && mark_count > 0) {
                int i = (int)random_below(&r, (size_t)mark_count);
                bool balanced = depth_of[i] != UINT32_MAX;
                fa_result result = fa_frame_rewind(w.ctx, marks[i]);
                EXPECTF(result == (balanced ? FA_RESULT_OK : FA_RESULT_UNBALANCED), "%s",
                        fa_result_name(result));
                EXPECT_UINT(w.rec.count, balanced ? 0 : 1);
                w.rec.count = 0;
                if (balanced) {
                    mark_count = i;
                    last = NULL;
                    last_size = 0;
                }
            } else if (action < 95 && mark_count == 0) {
                size_t size = random_size(&r, 5000);
                last = fa_frame_realloc(w.ctx, last, last_size, size, 1);
                last_size = size;
                EXPECT(last != NULL);
            }
            model_follow();
            if (step % 16 == 0) {
                model_compare(tags, false);
            }
        }
        while (depth > 0) {
            model_sample(stack[--depth]);
            EXPECT_OK(fa_tag_pop(w.ctx));
        }
        for (int i = 0; i < TAGS; i++) {
            model_sample(tags[i]);
        }
        EXPECT_OK(fa_frame_end(w.ctx));
        model_compare(tags, true);
    }
}
END_TEST

/* ---- by context ------------------------------------------------------------------------------------------ */

static fa_tag_stats context_tag(fa_context *ctx, fa_tag tag)
{
    fa_tag_stats stats;
    EXPECT_OK(fa_context_tag_stats_get(ctx, tag, &stats));
    return stats;
}

START_TEST(tag_figures_of_contexts_add_up_to_those_of_the_allocator)
{
    fa_tag leaf = fa_tag_intern(w.allocator, "a/b");
    fa_tag root = fa_tag_intern(w.allocator, "a");
    fa_context *ctxs[2] = {w.ctx, NULL};
    void *pool[2];
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctxs[1]));
    for (int i = 0; i < 2; i++) {
        EXPECT_OK(fa_frame_begin(ctxs[i]));
        FA_TAG_SCOPE (ctxs[i], leaf) {
            EXPECT(fa_frame_alloc(ctxs[i], 1000 * (size_t)(i + 1), 1) != NULL);
            pool[i] = fa_pool_alloc(ctxs[i], 100 * (size_t)(i + 1), 8);
        }
        FA_TAG_SCOPE (ctxs[i], root) {
            EXPECT(fa_frame_alloc(ctxs[i], 10, 1) != NULL);
        }
    }
    fa_tag_stats all = tag_stats(w.allocator, root);
    fa_tag_stats one = context_tag(ctxs[0], root);
    fa_tag_stats two = context_tag(ctxs[1], root);
    EXPECT_STR(one.path, "a");
    EXPECT_UINT(one.self.frame_bytes + two.self.frame_bytes, all.self.frame_bytes);
    EXPECT_UINT(one.tree.frame_bytes + two.tree.frame_bytes, all.tree.frame_bytes);
    EXPECT(one.tree.frame_bytes >= 1010 && two.tree.frame_bytes >= one.tree.frame_bytes + 1000);
    EXPECT_UINT(one.tree.pool_bytes, 100);
    EXPECT_UINT(two.tree.pool_bytes, 200);
    EXPECT_UINT(one.tree.heap_bytes, SIZE_MAX); /* not known by context */
    EXPECT_OK(fa_pool_free(ctxs[0], pool[1]));  /* what the other one took */
    one = context_tag(ctxs[0], leaf);
    two = context_tag(ctxs[1], leaf);
    EXPECT_UINT(one.self.pool_bytes, (size_t)0 - 100);
    EXPECT_UINT(one.self.pool_bytes + two.self.pool_bytes, 100);
    EXPECT_OK(fa_frame_end(ctxs[0]));
    EXPECT_OK(fa_frame_end(ctxs[1]));
    EXPECT_UINT(context_tag(ctxs[0], root).tree.last_frame_bytes +
                    context_tag(ctxs[1], root).tree.last_frame_bytes,
                tag_stats(w.allocator, root).tree.last_frame_bytes);
    EXPECT_UINT(context_tag(ctxs[1], root).tree.peak_frame_bytes,
                tag_stats(w.allocator, root).tree.peak_frame_bytes);
    EXPECT_RESULT(fa_context_tag_stats_get(w.ctx, 3, &all), NOT_FOUND);
    EXPECT_RESULT(fa_context_tag_stats_get(w.ctx, FA_TAG_INVALID, &all), NOT_FOUND);
    EXPECT_RESULT(fa_context_tag_stats_get(w.ctx, root, NULL), INVALID_ARGUMENT);
    EXPECT_OK(fa_pool_free(ctxs[0], pool[0]));
    EXPECT_OK(fa_context_detach(ctxs[1]));
}
END_TEST

START_TEST(tag_retained_bytes_are_those_of_the_open_frame_until_they_are_promoted)
{
    fa_tag leaf = fa_tag_intern(w.allocator, "a/b");
    fa_tag root = fa_tag_intern(w.allocator, "a");
    fa_retained id = 0;
    EXPECT_OK(fa_frame_begin(w.ctx));
    FA_TAG_SCOPE (w.ctx, leaf) {
        void *p = fa_frame_alloc(w.ctx, 300, 8);
        id = fa_frame_retain(w.ctx, p, 300, 8, FA_RETAIN_POOL, NULL);
        EXPECT_UINT(tag_stats(w.allocator, leaf).self.retained_bytes, 300);
        fa_checkpoint mark = fa_frame_mark(w.ctx);
        p = fa_frame_alloc(w.ctx, 500, 8);
        EXPECT(fa_frame_retain(w.ctx, p, 500, 8, FA_RETAIN_HEAP, NULL) != 0);
        EXPECT_UINT(tag_stats(w.allocator, root).tree.retained_bytes, 800);
        EXPECT_OK(fa_frame_rewind(w.ctx, mark));
        EXPECT_UINT(context_tag(w.ctx, root).tree.retained_bytes, 300);
        EXPECT_UINT(context_tag(w.ctx, root).self.retained_bytes, 0);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(tag_stats(w.allocator, leaf).self.retained_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, leaf).self.pool_bytes, 300);
    void *kept = NULL;
    EXPECT_OK(fa_retained_take(w.ctx, id, &kept));
    EXPECT_OK(fa_pool_free(w.ctx, kept));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tag");
    TCase *tcase = support_case(suite, "interning");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, tag_of_the_same_path_is_the_same_tag);
    tcase_add_test(tcase, tag_ancestors_are_interned_with_it);
    tcase_add_test(tcase, tag_none_is_a_row_like_any_other);
    tcase_add_test(tcase, tag_that_is_none_has_no_path_and_no_figures);
    tcase_add_test(tcase, tag_paths_that_are_none_are_invalid_and_intern_nothing);
    tcase_add_test(tcase, tag_paths_up_to_255_bytes_are_valid);
    tcase_add_test(tcase, tag_thousand_tags_are_told_apart);
    tcase_add_test(tcase, tag_table_fills_up_at_its_maximum_and_goes_on_working);
    tcase_add_test(tcase, tag_path_that_needs_more_tags_than_are_left_interns_none_of_them);
    tcase_add_test(tcase, tag_interned_by_many_threads_at_once_is_one_tag);
    tcase = support_case(suite, "scopes");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, tag_push_and_pop_nest_with_and_without_a_frame);
    tcase_add_test(tcase, tag_opened_before_the_frame_may_be_closed_inside_it);
    tcase_add_test(tcase, tag_pop_without_a_scope_is_unbalanced);
    tcase_add_test(tcase, tag_push_of_what_is_no_tag_is_refused);
    tcase_add_test(tcase, tag_stack_is_64_deep);
    tcase_add_test(tcase, tag_left_open_in_a_frame_is_closed_by_its_end_and_told);
    tcase_add_test(tcase, tag_opened_in_a_frame_in_place_of_an_outer_one_is_closed_by_its_end);
    tcase_add_test(tcase, tag_scope_closes_at_its_end);
#if FA_HAS_CLEANUP
    tcase_add_test(tcase, tag_scope_left_by_break_continue_return_or_goto_is_closed);
#endif
    tcase_add_test(tcase, tag_scope_that_could_not_open_runs_its_body_and_closes_nothing);
    tcase = support_case(suite, "bytes");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, tag_bytes_go_to_the_innermost_scope_and_to_every_ancestors_tree);
    tcase_add_test(tcase, tag_peak_of_a_tree_is_the_most_in_one_frame_not_the_sum_of_peaks);
    tcase_add_test(tcase, tag_peak_of_a_tag_opened_many_times_is_the_sum_within_the_frame);
    tcase_add_test(tcase, tag_of_a_block_gets_its_bytes_back_whoever_frees_it);
    tcase_add_test(tcase, tag_of_a_heap_block_survives_its_reallocation);
    tcase_add_test(tcase, tag_of_an_arena_is_that_of_its_creation_or_of_its_desc);
    tcase_add_test(tcase, tag_of_a_typed_pool_is_that_of_its_creation_or_of_its_desc);
    tcase_add_test(tcase, tag_bytes_stay_exact_when_a_block_of_an_outer_scope_shrinks_inside_an_inner_one);
    tcase_add_test(tcase, tag_average_is_over_all_frames_of_the_context);
    tcase_add_test(tcase, tag_bytes_of_two_contexts_are_summed);
    tcase = support_case(suite, "model");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, tag_bytes_agree_with_a_model_through_a_random_walk);
    tcase_add_test(tcase, tag_figures_of_contexts_add_up_to_those_of_the_allocator);
    tcase_add_test(tcase, tag_retained_bytes_are_those_of_the_open_frame_until_they_are_promoted);
    return support_run(suite);
}
