/* Backing: the operating system's table keeps its word; an allocator uses a table by its rules and gives back
 * all. */
#include <signal.h>
#include <sys/mman.h>

#include "core/support.h"

static fa_backing os;
static size_t page;

static void setup(void)
{
    os = fa_backing_os();
    page = fa_backing_page_bytes();
}

/* ---- the operating system's table
 * ---------------------------------------------------------------------------- */

START_TEST(backing_page_size_is_the_systems)
{
    EXPECT_UINT(page, sysconf(_SC_PAGESIZE));
    EXPECT(page >= 4096 && (page & (page - 1)) == 0);
}
END_TEST

START_TEST(backing_table_of_the_system_is_complete)
{
    EXPECT(os.reserve != NULL && os.commit != NULL && os.decommit != NULL);
    EXPECT(os.protect != NULL && os.release != NULL && os.advise != NULL);
}
END_TEST

START_TEST(backing_reserve_honours_every_alignment)
{
    for (size_t align = page; align <= (size_t)1 << 30; align *= 2) {
        for (size_t pages = 1; pages <= 64; pages *= 4) {
            void *p = os.reserve(os.user, pages * page, align);
            EXPECT(p != NULL);
            EXPECTF((uintptr_t)p % align == 0, "%p for alignment %zu", p, align);
            EXPECT(os.commit(os.user, p, pages * page));
            memset(p, 0xA5, pages * page);
            os.release(os.user, p, pages * page);
        }
    }
}
END_TEST

START_TEST(backing_reserve_refuses_more_than_there_is)
{
    EXPECT(os.reserve(os.user, (size_t)1 << 62, page) == NULL);
    EXPECT(os.reserve(os.user, SIZE_MAX - page + 1, page) == NULL);
    EXPECT(os.reserve(os.user, SIZE_MAX / 2 / page * page, (size_t)1 << 30) == NULL);
}
END_TEST

START_TEST(backing_fresh_memory_is_zero_and_committing_twice_is_harmless)
{
    char *p = (char *)os.reserve(os.user, 64 * page, page);
    EXPECT(p != NULL);
    EXPECT(os.commit(os.user, p, 16 * page));
    EXPECT(all_bytes_are(p, 16 * page, 0));
    memset(p, 0x77, 16 * page);
    EXPECT(os.commit(os.user, p + 8 * page, 16 * page));
    EXPECT(all_bytes_are(p, 16 * page, 0x77));
    EXPECT(all_bytes_are(p + 16 * page, 8 * page, 0));
    os.release(os.user, p, 64 * page);
}
END_TEST

START_TEST(backing_decommitted_memory_comes_back_zero)
{
    char *p = (char *)os.reserve(os.user, 64 * page, page);
    EXPECT(p != NULL && os.commit(os.user, p, 64 * page));
    memset(p, 0x77, 64 * page);
    EXPECT(os.decommit(os.user, p + 16 * page, 32 * page));
    EXPECT(all_bytes_are(p, 16 * page, 0x77));
    EXPECT(all_bytes_are(p + 48 * page, 16 * page, 0x77));
    EXPECT(os.commit(os.user, p + 16 * page, 32 * page));
    EXPECT(all_bytes_are(p + 16 * page, 32 * page, 0));
    os.release(os.user, p, 64 * page);
}
END_TEST

START_TEST(backing_decommit_gives_pages_back_to_the_system)
{
#if defined(__linux__)
    enum { PAGES = 256 };
    unsigned char resident[PAGES];
    char *p = (char *)os.reserve(os.user, PAGES * page, page);
    EXPECT(p != NULL && os.commit(os.user, p, PAGES * page));
    memset(p, 0x77, PAGES * page);
    EXPECT(mincore(p, PAGES * page, resident) == 0);
    EXPECT(resident[0] & 1);
    EXPECT(os.decommit(os.user, p, PAGES * page));
    if (mincore(p, PAGES * page, resident) == 0) { /* ENOMEM: not even mapped, which is as good */
        for (int i = 0; i < PAGES; i++) {
            EXPECT((resident[i] & 1) == 0);
        }
    }
    os.release(os.user, p, PAGES * page);
#endif
}
END_TEST

static char *touched;
static void touch(void *user)
{
    (void)user;
    *(volatile char *)touched = 1;
}

START_TEST(backing_memory_that_is_not_committed_cannot_be_touched)
{
    touched = (char *)os.reserve(os.user, 4 * page, page);
    EXPECT(touched != NULL);
    EXPECT(in_a_child(touch, NULL, NULL, 0) != 0);
    EXPECT(os.commit(os.user, touched, 4 * page));
    EXPECT_UINT(in_a_child(touch, NULL, NULL, 0), 0);
    EXPECT(os.decommit(os.user, touched, 4 * page));
    EXPECT(in_a_child(touch, NULL, NULL, 0) != 0);
    os.release(os.user, touched, 4 * page);
}
END_TEST

START_TEST(backing_protected_memory_cannot_be_touched_and_keeps_its_contents)
{
    touched = (char *)os.reserve(os.user, 4 * page, page);
    EXPECT(touched != NULL && os.commit(os.user, touched, 4 * page));
    memset(touched, 0x42, 4 * page);
    EXPECT(os.protect(os.user, touched, 4 * page, false));
    EXPECT(in_a_child(touch, NULL, NULL, 0) != 0);
    EXPECT(os.protect(os.user, touched, 4 * page, true));
    EXPECT(all_bytes_are(touched, 4 * page, 0x42));
    EXPECT_UINT(in_a_child(touch, NULL, NULL, 0), 0);
    os.release(os.user, touched, 4 * page);
}
END_TEST

START_TEST(backing_advice_changes_no_contents)
{
    size_t bytes = (size_t)4 << 20;
    char *p = (char *)os.reserve(os.user, bytes, (size_t)2 << 20);
    EXPECT(p != NULL && os.commit(os.user, p, bytes));
    memset(p, 0x42, bytes / 2);
    (void)os.advise(os.user, p, bytes, FA_ADVICE_HUGE_PAGES);
    (void)os.advise(os.user, p, bytes, FA_ADVICE_PREFAULT);
    EXPECT(all_bytes_are(p, bytes / 2, 0x42));
    EXPECT(all_bytes_are(p + bytes / 2, bytes / 2, 0));
    os.release(os.user, p, bytes);
}
END_TEST

START_TEST(backing_prefault_makes_pages_resident)
{
#if defined(__linux__)
    enum { PAGES = 64 };
    unsigned char resident[PAGES];
    char *p = (char *)os.reserve(os.user, PAGES * page, page);
    EXPECT(p != NULL && os.commit(os.user, p, PAGES * page));
    if (os.advise(os.user, p, PAGES * page, FA_ADVICE_PREFAULT)) {
        EXPECT(mincore(p, PAGES * page, resident) == 0);
        for (int i = 0; i < PAGES; i++) {
            EXPECT(resident[i] & 1);
        }
    }
    os.release(os.user, p, PAGES * page);
#endif
}
END_TEST

/* ---- an allocator and its table
 * --------------------------------------------------------------------------------- */

/// A bit of everything. Returns with nothing live.
static void use_everything(world *w)
{
    void *blocks[200];
    for (int round = 0; round < 3; round++) {
        EXPECT_OK(fa_frame_begin(w->ctx));
        EXPECT(fa_frame_alloc(w->ctx, 5 << 20, 4096) != NULL);
        for (size_t i = 0; i < 200; i++) {
            blocks[i] = i % 2 != 0 ? fa_pool_alloc(w->ctx, i * 331, 8) : NULL;
            if (i % 2 == 0) {
                blocks[i] = fa_heap_alloc(w->ctx, i * 1777, 64);
            }
            EXPECT(blocks[i] != NULL);
        }
        fa_arena *arena = NULL;
        EXPECT_OK(fa_arena_create(w->ctx, NULL, &arena));
        EXPECT(fa_arena_alloc(arena, 3 << 20, 1) != NULL);
        EXPECT_OK(fa_arena_destroy(arena));
        for (size_t i = 0; i < 200; i++) {
            if (i % 2 != 0) {
                EXPECT_OK(fa_pool_free(w->ctx, blocks[i]));
            } else {
                EXPECT_OK(fa_heap_free(w->ctx, blocks[i]));
            }
        }
        EXPECT_OK(fa_frame_end(w->ctx));
    }
}

START_TEST(backing_is_used_by_the_rules_and_everything_goes_back)
{
    world w;
    world_open(&w, NULL);
    use_everything(&w);
    world_close(&w); /* checks every call and the balance */
}
END_TEST

START_TEST(backing_figures_of_the_statistics_are_the_truth)
{
    world w;
    world_open(&w, NULL);
    for (int i = 0; i < 3; i++) {
        fa_allocator_stats s = world_stats(&w);
        EXPECT_UINT(s.reserved_bytes, w.backing.reserved_bytes);
        EXPECT_UINT(s.committed_bytes, w.backing.committed_bytes);
        EXPECT_UINT(s.backing_calls, tracking_total_calls(&w.backing));
        EXPECT(s.metadata_bytes > 0 && s.metadata_bytes <= s.committed_bytes);
        use_everything(&w);
    }
    world_close(&w);
}
END_TEST

START_TEST(backing_without_protect_and_advise_is_enough)
{
    world w;
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    fa_allocator_desc desc = world_desc(&w, &(fa_allocator_desc){.frame_prefault_bytes = 1 << 20});
    desc.backing.protect = NULL;
    desc.backing.advise = NULL;
    EXPECT_OK(fa_allocator_create(&desc, &w.allocator));
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &w.ctx));
    use_everything(&w);
    world_close(&w);
}
END_TEST

START_TEST(backing_create_takes_a_few_hundred_kilobytes)
{
    world w;
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    fa_allocator_desc desc = world_desc(&w, NULL);
    EXPECT_OK(fa_allocator_create(&desc, &w.allocator));
    EXPECTF(w.backing.committed_bytes <= 1 << 20, "%zu bytes", w.backing.committed_bytes);
    w.ctx = NULL;
    world_close(&w);
}
END_TEST

START_TEST(backing_is_not_called_by_a_steady_loop)
{
    world w;
    world_open(&w, &(fa_allocator_desc){.keep_window_frames = 16});
    fa_tag tag = fa_tag_intern(w.allocator, "steady/loop");
    uint64_t before = 0;
    for (int frame = 0; frame < 400; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_TAG_SCOPE (w.ctx, tag) {
            size_t bytes = frame % 10 == 0 ? 3 << 20 : 200000; /* a load that swings within the window */
            EXPECT(fa_frame_alloc(w.ctx, bytes, 16) != NULL);
            fa_checkpoint mark = fa_frame_mark(w.ctx);
            EXPECT(fa_frame_printf(w.ctx, "%d", frame) != NULL);
            EXPECT_OK(fa_frame_rewind(w.ctx, mark));
            void *blocks[64];
            for (size_t i = 0; i < 64; i++) {
                blocks[i] = fa_pool_alloc(w.ctx, i * 8, 8);
            }
            for (size_t i = 0; i < 64; i++) {
                EXPECT_OK(fa_pool_free(w.ctx, blocks[i]));
            }
        }
        EXPECT_OK(fa_frame_end(w.ctx));
        if (frame == 100) {
            before = tracking_total_calls(&w.backing);
        }
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), before);
    world_close(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("backing");
    TCase *tcase = support_case(suite, "os");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, backing_page_size_is_the_systems);
    tcase_add_test(tcase, backing_table_of_the_system_is_complete);
    tcase_add_test(tcase, backing_reserve_honours_every_alignment);
    tcase_add_test(tcase, backing_reserve_refuses_more_than_there_is);
    tcase_add_test(tcase, backing_fresh_memory_is_zero_and_committing_twice_is_harmless);
    tcase_add_test(tcase, backing_decommitted_memory_comes_back_zero);
    tcase_add_test(tcase, backing_decommit_gives_pages_back_to_the_system);
    tcase_add_test(tcase, backing_memory_that_is_not_committed_cannot_be_touched);
    tcase_add_test(tcase, backing_protected_memory_cannot_be_touched_and_keeps_its_contents);
    tcase_add_test(tcase, backing_advice_changes_no_contents);
    tcase_add_test(tcase, backing_prefault_makes_pages_resident);
    tcase = support_case(suite, "allocator");
    tcase_add_test(tcase, backing_is_used_by_the_rules_and_everything_goes_back);
    tcase_add_test(tcase, backing_figures_of_the_statistics_are_the_truth);
    tcase_add_test(tcase, backing_without_protect_and_advise_is_enough);
    tcase_add_test(tcase, backing_create_takes_a_few_hundred_kilobytes);
    tcase_add_test(tcase, backing_is_not_called_by_a_steady_loop);
    return support_run(suite);
}
