/* Ghost frames: whoever touches an ended frame is caught, however late, and told whose memory it was. */
#include <setjmp.h>
#include <signal.h>

#include "core/support.h"

static world w;
static sigjmp_buf back;
static fa_ghost_trap caught;
static char caught_context[64];
static char caught_arena[64];

static void on_trap(void *user, const fa_ghost_trap *trap)
{
    (void)user;
    caught = *trap;
    (void)snprintf(caught_context, sizeof caught_context, "%s", trap->context);
    (void)snprintf(caught_arena, sizeof caught_arena, "%s", trap->arena != NULL ? trap->arena : "none");
    siglongjmp(back, 1);
}

/* Read one byte; true when that trapped. */
static bool traps(const void *p)
{
    memset(&caught, 0, sizeof caught);
    if (sigsetjmp(back, 1) != 0) {
        return true;
    }
    (void)*(const volatile char *)opaque(p);
    return false;
}

static const fa_ghost_desc catching = {.on_trap = on_trap};

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.name = "haunted", .frame_max_bytes = 8 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

static fa_ghost_stats ghosts(void)
{
    fa_ghost_stats s;
    EXPECT_OK(fa_ghost_stats_get(w.ctx, &s));
    return s;
}

static void expect_site(int line, const char *tag, const void *start, size_t bytes, uint64_t born)
{
    char tail[32];
    (void)snprintf(tail, sizeof tail, "test_ghost.c:%d", line);
    EXPECT(caught.block_known);
    EXPECTF(strstr(caught.here, tail) != NULL, "%s, expected line %d", caught.here, line);
    EXPECT_STR(caught.tag, tag);
    EXPECT(caught.start == start);
    EXPECT_UINT(caught.bytes, bytes);
    EXPECT_UINT(caught.born, born);
}

/* ---- one frame ------------------------------------------------------------------------------------------ */

START_TEST(ghost_use_after_the_end_traps_and_says_whose_memory_it_was)
{
    fa_tag tag = fa_tag_intern(w.allocator, "physics/contacts");
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    EXPECT_OK(fa_frame_begin(w.ctx));
    int line = 0;
    char *p = NULL;
    FA_TAG_SCOPE (w.ctx, tag) {
        line = __LINE__ + 1;
        p = fa_frame_alloc(w.ctx, 96, 16);
    }
    memset(p, 1, 96); /* alive: nothing traps */
    EXPECT(!traps(p + 95));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(traps(p + 64));
    expect_site(line, "physics/contacts", p, 96, 1);
    EXPECT(caught.address == p + 64);
    EXPECT_UINT(caught.died, 1);
    EXPECT_UINT(caught.now, 1);
    EXPECT(!caught.rewound);
    EXPECT_STR(caught_context, fa_context_name(w.ctx));
    EXPECT_STR(caught_arena, "none");
    EXPECT(caught.thread != 0);
    for (int i = 0; i < 41; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        char *q = fa_frame_alloc(w.ctx, 96, 16);
        EXPECT(q != NULL && q != p);
        q[0] = 1;
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT(traps(p));
    EXPECT_UINT(caught.now, 42);
    EXPECT_UINT(caught.born, 1);
    EXPECT_UINT(ghosts().traps, 2);
    EXPECT_UINT(ghosts().frames, 42);
    EXPECT_UINT(ghosts().degraded, 0);
    fa_block_info info;
    EXPECT_OK(fa_allocator_find(w.allocator, p + 10, &info));
    EXPECT(info.lifetime == FA_LIFETIME_FRAME && !info.live && info.start == p);
    EXPECT_UINT(info.frame, 1);
    EXPECT_UINT(info.died_frame, 1);
    EXPECT_STR(info.tag, "physics/contacts");
}
END_TEST

START_TEST(ghost_tells_the_blocks_of_a_frame_apart)
{
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    char *many[500], *other[10], *big;
    EXPECT_OK(fa_frame_begin(w.ctx));
    int many_line = 0, other_line = 0;
    for (int i = 0; i < 500; i++) {
        many_line = __LINE__ + 1;
        many[i] = fa_frame_alloc(w.ctx, 40, 16);
        if (i % 50 == 0) {
            other_line = __LINE__ + 1;
            other[i / 50] = fa_frame_alloc(w.ctx, 1000 + (size_t)i, 1);
        }
    }
    int big_line = __LINE__ + 1;
    big = fa_frame_alloc(w.ctx, 3 << 20, 65536);
    EXPECT_OK(fa_frame_end(w.ctx));
    for (int i = 0; i < 500; i++) {
        EXPECT(traps(many[i] + 39));
        expect_site(many_line, "untagged", many[i], 40, 1);
    }
    for (int i = 0; i < 10; i++) {
        EXPECT(traps(other[i] + 500));
        expect_site(other_line, "untagged", other[i], 1000 + (size_t)i * 50, 1);
    }
    EXPECT(traps(big + (2 << 20)));
    expect_site(big_line, "untagged", big, 3 << 20, 1);
    EXPECT(ghosts().records < 40); /* alike blocks share one */
}
END_TEST

START_TEST(ghost_of_a_block_that_grew_in_place_has_its_last_size)
{
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *p = NULL;
    int line = 0;
    for (int i = 0; i < 3; i++) {
        line = __LINE__ + 1;
        p = fa_frame_alloc(w.ctx, 64, 16);
    }
    EXPECT(fa_frame_realloc(w.ctx, p, 64, 640, 16) == p);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(traps(p + 600));
    expect_site(line, "untagged", p, 640, 1);
    EXPECT(traps(p - 64));
    EXPECT_UINT(caught.bytes, 64);
}
END_TEST

START_TEST(ghost_of_rewound_memory_traps_until_it_is_handed_out_again)
{
    size_t page = fa_backing_page_bytes();
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    EXPECT_OK(fa_frame_begin(w.ctx));
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    int line = __LINE__ + 1;
    char *p = fa_frame_alloc(w.ctx, 10 * page, 16);
    memset(p, 1, 10 * page);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    EXPECT(traps(p + 5 * page));
    EXPECT(caught.rewound);
    expect_site(line, "untagged", p, 10 * page, 1);
    char *q = fa_frame_alloc(w.ctx, 10 * page, 16);
    EXPECT(q == p);
    memset(q, 2, 10 * page);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(ghost_changes_no_figure)
{
    enum { FRAMES = 50 };
    size_t used[2][FRAMES];
    for (int on = 0; on < 2; on++) {
        random_state r = {7};
        if (on) {
            EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
        }
        for (int i = 0; i < FRAMES; i++) {
            EXPECT_OK(fa_frame_begin(w.ctx));
            for (int k = 0; k < 100; k++) {
                size_t align = (size_t)1 << random_below(&r, 17);
                EXPECT(fa_frame_alloc(w.ctx, random_size(&r, 2000), align) != NULL);
            }
            used[on][i] = fa_frame_used_bytes(w.ctx);
            EXPECT(fa_allocator_validate(w.allocator));
            EXPECT_OK(fa_frame_end(w.ctx));
            EXPECT(fa_allocator_validate(w.allocator));
        }
    }
    EXPECT(memcmp(used[0], used[1], sizeof used[0]) == 0);
}
END_TEST

/* ---- ages ----------------------------------------------------------------------------------------------- */

START_TEST(ghost_finds_ten_thousand_uses_of_ages_up_to_a_million_frames)
{
    enum { PLANTED = 10000 };
    const uint64_t frames = SUPPORT_SLOW ? 100000 : 1010000;
    static struct plant {
        char *p;
        uint64_t frame;
        size_t bytes;
    } plants[PLANTED];
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    random_state r = {support_seed()};
    uint64_t next = 0;
    int line = 0;
    /* Most frames take nothing, which costs nothing; a block dies in one of each hundred or so. */
    for (uint64_t frame = 1; frame <= frames; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        if (next < PLANTED && frame * PLANTED / frames >= next) {
            struct plant *plant = &plants[next++];
            plant->bytes = 1 + random_size(&r, 3000);
            line = __LINE__ + 1;
            plant->p = fa_frame_alloc(w.ctx, plant->bytes, 16);
            plant->frame = frame;
            plant->p[plant->bytes - 1] = 1;
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_UINT(next, PLANTED);
    uint64_t oldest = 0, youngest = UINT64_MAX;
    for (uint64_t i = 0; i < PLANTED; i++) {
        size_t offset = random_below(&r, plants[i].bytes);
        EXPECTF(traps(plants[i].p + offset), "use %" PRIu64 " was not found", i);
        expect_site(line, "untagged", plants[i].p, plants[i].bytes, plants[i].frame);
        uint64_t age = caught.now - caught.died;
        oldest = age > oldest ? age : oldest;
        youngest = age < youngest ? age : youngest;
    }
    EXPECT(youngest < 200);
    EXPECT(SUPPORT_SLOW || oldest >= 1000000);
    EXPECT_UINT(ghosts().traps, PLANTED);
    EXPECT_UINT(ghosts().degraded, 0);
}
END_TEST

START_TEST(ghost_sampling_finds_its_share_and_leaves_the_other_frames_alone)
{
    const uint64_t frames = SUPPORT_SLOW ? 6400 : 64000;
    EXPECT_OK(fa_ghost_begin(w.ctx, &(fa_ghost_desc){.every_n_frames = 64, .on_trap = on_trap}));
    uint64_t found = 0, open_path = 0;
    for (uint64_t frame = 0; frame < frames; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        char *p = fa_frame_alloc(w.ctx, 100, 16);
        p[0] = 1;
        open_path += w.ctx->limit != 0;
        EXPECT_OK(fa_frame_end(w.ctx));
        fa_block_info info;
        EXPECT_OK(fa_allocator_find(w.allocator, p, &info));
        if (info.died_frame != 0 || !SUPPORT_ASAN) { /* which sees what ghost frames let pass */
            found += traps(p);
        }
    }
    EXPECTF(found * 64 > frames * 8 / 10 && found * 64 < frames * 12 / 10, "%" PRIu64 " of %" PRIu64, found,
            frames);
    EXPECT_UINT(found, ghosts().frames);
    if (!SUPPORT_ASAN && !support_aborts_by_default()) {
        EXPECT_UINT(open_path, frames - found);
    }
}
END_TEST

START_TEST(ghost_window_slides_round_and_forgets_the_oldest)
{
    EXPECT_OK(fa_ghost_begin(w.ctx, &(fa_ghost_desc){.window_bytes = 64 << 20, .on_trap = on_trap}));
    static char *p[3000];
    for (int i = 0; i < 3000; i++) { /* 64 KiB of addresses each: about three laps */
        EXPECT_OK(fa_frame_begin(w.ctx));
        p[i] = fa_frame_alloc(w.ctx, 100, 16);
        p[i][0] = 1;
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_UINT(ghosts().laps, 3);
    EXPECT(ghosts().remembered < 1000 && ghosts().remembered > 500);
    for (int i = 3000 - (int)ghosts().remembered; i < 3000; i++) {
        EXPECT(traps(p[i] + 99));
        EXPECT_UINT(caught.born, i + 1);
        EXPECT(caught.start == p[i]);
    }
}
END_TEST

START_TEST(ghost_records_that_are_full_forget_the_oldest_frames)
{
    EXPECT_OK(fa_ghost_begin(w.ctx, &(fa_ghost_desc){.record_bytes = 1 << 20, .on_trap = on_trap}));
    static char *p[600];
    for (int i = 0; i < 600; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        for (size_t k = 1; k < 100; k++) {
            p[i] = fa_frame_alloc(w.ctx, k, 1); /* never alike */
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    uint64_t remembered = ghosts().remembered;
    EXPECT(remembered > 50 && remembered < 600);
    EXPECT(ghosts().record_bytes <= 1 << 20);
    EXPECT(traps(p[599] + 50));
    EXPECT_UINT(caught.bytes, 99);
    EXPECT(traps(p[600 - remembered]));
    EXPECT_UINT(caught.bytes, 99);
}
END_TEST

/* ---- with other things ---------------------------------------------------------------------------------- */

START_TEST(ghost_frames_in_flight_stay_intact_until_their_turn)
{
    world other;
    world_open(&other, &(fa_allocator_desc){.frame_max_bytes = 4 << 20, .frames_in_flight = 3});
    EXPECT_OK(fa_ghost_begin(other.ctx, &catching));
    char *p[40];
    for (int i = 0; i < 40; i++) {
        EXPECT_OK(fa_frame_begin(other.ctx));
        p[i] = fa_frame_alloc(other.ctx, 100 + (size_t)i * 5000, 16);
        memset(p[i], i, 100);
        EXPECT_OK(fa_frame_end(other.ctx));
        for (int k = i - 2 < 0 ? 0 : i - 2; k <= i; k++) {
            EXPECT(all_bytes_are(p[k], 100, (uint8_t)k)); /* until the third frame after it begins */
        }
        if (i >= 3) {
            EXPECT(traps(p[i - 3]));
            EXPECT_UINT(caught.born, i - 2);
            EXPECT_UINT(caught.died, i + 1);
        }
    }
    EXPECT_OK(fa_ghost_end(other.ctx));
    for (int i = 0; i < 5; i++) {
        EXPECT_OK(fa_frame_begin(other.ctx));
        EXPECT(fa_frame_alloc(other.ctx, 1000, 16) != NULL);
        EXPECT_OK(fa_frame_end(other.ctx));
    }
    world_close(&other);
}
END_TEST

START_TEST(ghost_may_be_switched_and_works_with_diagnostics_tags_and_checkpoints)
{
    fa_tag tag = fa_tag_intern(w.allocator, "t");
    for (int round = 0; round < 6; round++) {
        if (round % 2 == 1) {
            EXPECT_OK(fa_ghost_begin(w.ctx, &(fa_ghost_desc){.every_n_frames = (uint32_t)round,
                                                             .on_trap = on_trap}));
            EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
        }
        for (int i = 0; i < 300; i++) {
            EXPECT_OK(fa_frame_begin(w.ctx));
            FA_TAG_SCOPE (w.ctx, tag) {
                EXPECT(fa_frame_alloc(w.ctx, 5000, 16) != NULL);
                fa_checkpoint mark = fa_frame_mark(w.ctx);
                EXPECT(fa_frame_alloc(w.ctx, 50000, 16) != NULL);
                EXPECT_OK(fa_frame_rewind(w.ctx, mark));
            }
            EXPECT_UINT(tag_stats(w.allocator, tag).self.frame_bytes,
                        SUPPORT_ASAN ? 5016 : 5000); /* red zone */
            EXPECT_OK(fa_frame_end(w.ctx));
            EXPECT_UINT(tag_stats(w.allocator, tag).self.last_frame_bytes, SUPPORT_ASAN ? 5016 : 5000);
        }
        if (round % 2 == 1) {
            EXPECT_OK(fa_ghost_end(w.ctx));
            EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
        }
    }
}
END_TEST

START_TEST(ghost_frames_keep_budgets_to_the_byte)
{
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 10000}));
    for (uint32_t every = 1; every <= 4; every += 3) {
        EXPECT_OK(fa_ghost_begin(w.ctx, &(fa_ghost_desc){.every_n_frames = every, .on_trap = on_trap}));
        EXPECT_OK(fa_diagnostics_set(w.ctx, every == 1 ? FA_DIAGNOSTICS_OFF : FA_DIAGNOSTICS_SITES));
        for (int i = 0; i < 50; i++) {
            size_t served = 0;
            EXPECT_OK(fa_frame_begin(w.ctx));
            while (fa_frame_alloc(w.ctx, 100, 1) != NULL) {
                served++;
            }
            EXPECT_UINT(served, 100);
            EXPECT_RESULT(fa_context_last_result(w.ctx), OVER_BUDGET);
            EXPECT_UINT(fa_frame_used_bytes(w.ctx), 10000);
            EXPECT_OK(fa_frame_end(w.ctx));
        }
    }
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
    EXPECT_OK(fa_ghost_end(w.ctx));
}
END_TEST

static void *user_of_a_stale_pointer(void *user)
{
    EXPECT(traps(user));
    return NULL;
}

START_TEST(ghost_names_the_thread_that_uses_a_dead_pointer)
{
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *p = fa_frame_alloc(w.ctx, 100, 16);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(traps(p));
    uint64_t mine = caught.thread;
    on_another_thread(user_of_a_stale_pointer, p);
    EXPECT(caught.thread != mine && caught.thread != 0);
    EXPECT(caught.start == p);
}
END_TEST

static void use_it(void *user)
{
    (void)user;
    EXPECT_OK(fa_ghost_begin(w.ctx, NULL));
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *p = fa_frame_alloc(w.ctx, 100, 16);
    EXPECT_OK(fa_frame_end(w.ctx));
    *(volatile char *)opaque(p + 7) = 1;
}

static void use_dead_scratch(void *user)
{
    (void)user;
    char *p = NULL;
    (void)fa_ghost_begin(w.ctx, NULL);
    (void)fa_frame_begin(w.ctx);
    FA_SCRATCH_SCOPE (w.ctx, scratch) {
        p = fa_arena_alloc(scratch.arena, 100, 16);
    }
    (void)*(const volatile char *)opaque(p + 7);
}

static void use_something_else(void *user)
{
    (void)user;
    EXPECT_OK(fa_ghost_begin(w.ctx, NULL));
    *(volatile char *)opaque((void *)(uintptr_t)64) = 1;
}

START_TEST(ghost_prints_the_report_and_lets_the_default_action_go_on)
{
    char text[2048];
    (void)signal(SIGSEGV, SIG_DFL);
    int status = in_a_child(use_it, NULL, text, sizeof text);
    EXPECTF(status == -SIGSEGV, "%d: %s", status, text);
    static const char *const parts[] = {"error[FA606]", "7 bytes into a block of 100 bytes",
                                        "untagged",     "test_ghost.c:",
                                        "in frame 1",   "ended in frame 1",
                                        "now frame 1",  "thread ",
                                        "help: "};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        EXPECTF(strstr(text, parts[i]) != NULL, "\"%s\" is missing in: %s", parts[i], text);
    }
    status = in_a_child(use_something_else, NULL, text, sizeof text);
    EXPECTF(status == -SIGSEGV && strstr(text, "FA606") == NULL, "%d: %s", status, text);
}
END_TEST

static volatile sig_atomic_t own_handler_ran;
static void own_handler(int number)
{
    (void)number;
    own_handler_ran++;
    siglongjmp(back, 1);
}
static void note_trap(void *user, const fa_ghost_trap *trap)
{
    (void)user;
    caught = *trap;
}

START_TEST(ghost_passes_on_to_the_handler_that_was_there_and_puts_it_back)
{
    (void)signal(SIGSEGV, own_handler);
    EXPECT_OK(fa_ghost_begin(w.ctx, &(fa_ghost_desc){.on_trap = note_trap}));
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *p = fa_frame_alloc(w.ctx, 100, 16);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(traps(p));
    EXPECT_UINT(own_handler_ran, 1);
    EXPECT(caught.start == p); /* both were told */
    EXPECT(traps((void *)(uintptr_t)64));
    EXPECT_UINT(own_handler_ran, 2);
    EXPECT(caught.start == NULL);
    EXPECT_OK(fa_ghost_end(w.ctx));
    struct sigaction now;
    EXPECT(sigaction(SIGSEGV, NULL, &now) == 0 && now.sa_handler == own_handler);
}
END_TEST

/* ---- refusals ------------------------------------------------------------------------------------------- */

START_TEST(ghost_desc_out_of_range_is_refused_with_every_problem)
{
    EXPECT_REFUSED(&w, fa_ghost_begin(w.ctx, &(fa_ghost_desc){.window_bytes = 1 << 20, .record_bytes = 5}),
                   FA103, INVALID_DESC);
    EXPECT_REFUSED(&w, fa_ghost_begin(w.ctx, &(fa_ghost_desc){.end_canary = 1}), FA103, INVALID_DESC);
    fa_ghost_stats s;
    EXPECT_RESULT(fa_ghost_stats_get(w.ctx, &s), NOT_FOUND);
    EXPECT_OK(fa_ghost_end(w.ctx)); /* off already */
}
END_TEST

START_TEST(ghost_switches_at_frame_boundaries_only)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_REFUSED(&w, fa_ghost_begin(w.ctx, NULL), FA603, FRAME_OPEN);
    EXPECT_REFUSED(&w, fa_ghost_end(w.ctx), FA603, FRAME_OPEN);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(ghost_takes_less_window_when_the_system_refuses_and_none_when_it_must)
{
    w.backing.reserve_limit_bytes = (size_t)1 << 32;
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    EXPECT(ghosts().window_bytes <= (size_t)1 << 32);
    EXPECT(w.rec.log_count[FA_LOG_RESERVE_REDUCED] == 1);
    EXPECT_OK(fa_ghost_end(w.ctx));
    w.backing.reserve_limit_bytes = 1 << 20;
    EXPECT_NO_MEMORY(&w, fa_ghost_begin(w.ctx, &catching), OUT_OF_MEMORY);
    w.backing.reserve_limit_bytes = 0;
    for (uint64_t k = 1; k <= 3; k++) {
        tracking_fail(&w.backing, OP_RESERVE, k, k == 1);
        if (k == 1) {
            EXPECT_NO_MEMORY(&w, fa_ghost_begin(w.ctx, &catching), OUT_OF_MEMORY);
        } else {
            (void)fa_ghost_begin(w.ctx, &(fa_ghost_desc){.window_bytes = (size_t)1 << 30});
        }
        tracking_fail(&w.backing, OP_RESERVE, 0, false);
        EXPECT_OK(fa_ghost_end(w.ctx));
    }
}
END_TEST

START_TEST(ghost_degrades_and_counts_when_the_system_refuses_in_mid_game)
{
    static const backing_op ops[] = {OP_COMMIT, OP_DECOMMIT, OP_PROTECT};
    for (size_t o = 0; o < 3; o++) {
        EXPECT_OK(fa_frame_begin(w.ctx)); /* its own memory, for when the window gives none */
        EXPECT(fa_frame_alloc(w.ctx, 50000, 16) != NULL);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
        for (int i = 0; i < 20; i++) {
            EXPECT_OK(fa_frame_begin(w.ctx));
            EXPECT(fa_frame_alloc(w.ctx, 5000, 16) != NULL);
            EXPECT_OK(fa_frame_end(w.ctx));
        }
        tracking_fail(&w.backing, ops[o], 1, true);
        for (int i = 0; i < 20; i++) {
            EXPECT_OK(fa_frame_begin(w.ctx));
            char *p = fa_frame_alloc(w.ctx, 5000, 16);
            EXPECTF(p != NULL, "%s", backing_op_names[ops[o]]);
            memset(p, 1, 5000);
            EXPECT_OK(fa_frame_end(w.ctx));
            EXPECT(ops[o] != OP_DECOMMIT || traps(p)); /* shut at least */
        }
        EXPECT(ops[o] != OP_COMMIT || ghosts().degraded == 20);
        tracking_fail(&w.backing, OP_COMMIT, 0, false);
        EXPECT_OK(fa_ghost_end(w.ctx));
        EXPECT(fa_allocator_validate(w.allocator));
        w.rec.log_count[FA_LOG_DECOMMIT_REFUSED] = 0;
    }
    EXPECT_UINT(world_stats(&w).committed_bytes, w.backing.committed_bytes);
}
END_TEST

START_TEST(ghost_of_a_context_that_is_detached_or_handed_on_leaves_nothing_behind)
{
    for (int i = 0; i < 3; i++) {
        fa_context *ctx = NULL;
        EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
        EXPECT_OK(fa_ghost_begin(ctx, &catching));
        EXPECT_OK(fa_frame_begin(ctx));
        EXPECT(fa_frame_alloc(ctx, 100, 16) != NULL);
        EXPECT_OK(fa_frame_end(ctx));
        EXPECT_OK(fa_context_detach(ctx));
    }
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching)); /* the allocator is destroyed with it on */
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100, 16) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

/* ---- arenas, scratch, tickets ----------------------------------------------------------------------------- */

START_TEST(ghost_of_scratch_traps_after_its_scope_and_after_a_thousand_more)
{
    fa_tag tag = fa_tag_intern(w.allocator, "ai/paths");
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    char *first = NULL;
    int line = 0;
    for (int i = 0; i < 1000; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_TAG_SCOPE (w.ctx, tag) {
            FA_SCRATCH_SCOPE (w.ctx, scratch) {
                line = __LINE__ + 1;
                char *p = fa_arena_alloc(scratch.arena, 200, 16);
                EXPECT(p != NULL && p != first); /* addresses of its own each time */
                memset(p, 1, 200);
                first = first == NULL ? p : first;
                FA_SCRATCH_SCOPE_AVOIDING(w.ctx, other, scratch.arena)
                {
                    memset(fa_arena_alloc(other.arena, 100, 16), 1, 100);
                    p[199] = 2;
                }
            }
        }
        if (i == 0 || i == 999) {
            EXPECT(traps(first + 150));
            expect_site(line, "ai/paths", first, 200, 1);
            EXPECT_STR(caught_arena, "scratch 1");
            EXPECT_UINT(caught.died, 1);
            EXPECT_UINT(caught.now, i + 1);
            EXPECT(!caught.rewound);
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    fa_block_info info;
    EXPECT_OK(fa_allocator_find(w.allocator, first, &info));
    EXPECT(info.lifetime == FA_LIFETIME_ARENA && !info.live && info.start == first && info.died_frame == 1);
    EXPECT(fa_allocator_validate(w.allocator));
    EXPECT_OK(fa_ghost_end(w.ctx));
    EXPECT_OK(fa_frame_begin(w.ctx));
    FA_SCRATCH_SCOPE (w.ctx, scratch) {
        memset(fa_arena_alloc(scratch.arena, 200, 16), 1, 200);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(ghost_of_inner_scratch_traps_by_whole_pages_until_it_is_handed_out_again)
{
    size_t page = fa_backing_page_bytes();
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    EXPECT_OK(fa_frame_begin(w.ctx));
    FA_SCRATCH_SCOPE (w.ctx, outer) {
        char *kept = fa_arena_alloc(outer.arena, 100, 16);
        char *p = NULL;
        int line = 0;
        memset(kept, 1, 100);
        FA_SCRATCH_SCOPE (w.ctx, inner) {
            line = __LINE__ + 1;
            p = fa_arena_alloc(inner.arena, 10 * page, 16);
            memset(p, 1, 10 * page);
        }
        EXPECT(traps(p + 5 * page));
        EXPECT(caught.rewound);
        expect_site(line, "untagged", p, 10 * page, 1);
        EXPECT(kept[99] == 1);
        memset(fa_arena_alloc(outer.arena, 10 * page, 16), 2, 10 * page);
        EXPECT(!traps(p + 5 * page)); /* somebody else's now */
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(ghost_of_arenas_and_tickets_traps_after_reset_and_closing)
{
    fa_arena *old = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, &(fa_arena_desc){.name = "old"}, &old));
    char *before = fa_arena_alloc(old, 100, 16);
    memset(before, 1, 100);
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    EXPECT_OK(fa_arena_reset(old)); /* what it held before is not covered */
    EXPECT(SUPPORT_ASAN || !traps(before));
    fa_arena *level = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, &(fa_arena_desc){.name = "level", .max_bytes = 1 << 20}, &level));
    char *p[2];
    for (int i = 0; i < 2; i++) {
        p[i] = fa_arena_alloc(i == 0 ? old : level, 100, 16);
        memset(p[i], 1, 100);
    }
    int line = __LINE__ - 3;
    EXPECT(fa_arena_alloc(level, 1 << 20, 1) == NULL); /* the maximum is what it was */
    EXPECT(fa_arena_alloc(level, (1 << 20) - 100 - (SUPPORT_ASAN ? 32 : 0), 1) != NULL);
    EXPECT(!traps(p[0]) && !traps(p[1]));
    EXPECT_OK(fa_arena_reset(level));
    EXPECT_OK(fa_arena_reset(old));
    EXPECT(traps(p[0]));
    EXPECT_STR(caught_arena, "old");
    EXPECT(traps(p[1] + 99));
    expect_site(line, "untagged", p[1], 100, 0);
    EXPECT_STR(caught_arena, "level");
    fa_ticket ticket = fa_ticket_open(w.ctx, FA_TICKET_LEVEL, 0);
    char *q = fa_ticket_alloc(&ticket, 300, 16);
    memset(q, 1, 300);
    EXPECT_OK(fa_ticket_close(ticket));
    EXPECT(traps(q + 299) && caught.block_known && caught.bytes == 300);
    EXPECT_OK(fa_arena_destroy(old));
    q = fa_arena_alloc(level, 100, 16);
    memset(q, 3, 100);
    EXPECT_OK(fa_ghost_end(w.ctx));
    EXPECT(q[50] == 3); /* what lives stays */
    EXPECT(fa_arena_alloc(level, 100, 16) != NULL);
    EXPECT_OK(fa_arena_reset(level));
    EXPECT(fa_arena_alloc(level, 100, 16) != NULL);
    EXPECT(fa_allocator_validate(w.allocator));
}
END_TEST

START_TEST(ghost_of_scratch_names_the_scope_and_dies_with_the_report)
{
    char text[2048];
    (void)signal(SIGSEGV, SIG_DFL);
    int status = in_a_child(use_dead_scratch, NULL, text, sizeof text);
    EXPECTF(status == -SIGSEGV, "%d: %s", status, text);
    static const char *const parts[] = {"error[FA606]: use after the end of its scratch scope or arena",
                                        "7 bytes into a block of 100 bytes", "test_ghost.c:",
                                        "in its arena scratch 1, which was emptied in frame 1"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        EXPECTF(strstr(text, parts[i]) != NULL, "\"%s\" is missing in: %s", parts[i], text);
    }
}
END_TEST

START_TEST(ghost_sampling_covers_the_scratch_of_chosen_frames_only)
{
    EXPECT_OK(fa_ghost_begin(w.ctx, &(fa_ghost_desc){.every_n_frames = 8, .on_trap = on_trap}));
    unsigned trapped = 0;
    for (int i = 0; i < 800; i++) {
        char *p = NULL;
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_SCRATCH_SCOPE (w.ctx, scratch) {
            p = fa_arena_alloc(scratch.arena, 100, 16);
            memset(p, 1, 100);
        }
        trapped += SUPPORT_ASAN || traps(p) ? 1 : 0;
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECTF(SUPPORT_ASAN || trapped == 100, "%u", trapped);
}
END_TEST

START_TEST(ghost_of_scratch_degrades_and_counts_when_the_system_refuses)
{
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100, 16) != NULL);
    char *p = NULL;
    for (int i = 0; i < 6; i++) { /* no window, or no memory behind one */
        static const backing_op ops[] = {OP_RESERVE,  OP_COMMIT, OP_RESERVE,
                                         OP_DECOMMIT, OP_COMMIT, OP_DECOMMIT};
        FA_SCRATCH_SCOPE (w.ctx, warm) /* the arena itself is there */
        {
            EXPECT(fa_arena_alloc(warm.arena, 100, 16) != NULL);
        }
        tracking_fail(&w.backing, ops[i], 1, i >= 4);
        FA_SCRATCH_SCOPE (w.ctx, scratch) {
            p = fa_arena_alloc(scratch.arena, 100, 16);
            if (p != NULL) {
                memset(p, 1, 100);
            } else {
                EXPECT_RESULT(fa_context_last_result(w.ctx), OUT_OF_MEMORY);
            }
        }
        EXPECT(p != NULL || ops[i] == OP_COMMIT);
        EXPECT(p == NULL || traps(p)); /* shut by its protection where it could not be taken back */
        tracking_fail(&w.backing, OP_COMMIT, 0, false);
        fa_accounting books;
        EXPECT_OK(fa_accounting_get(w.allocator, &books));
        EXPECT_UINT(books.total.committed_bytes, w.backing.committed_bytes);
        EXPECT_UINT(books.total.reserved_bytes, w.backing.reserved_bytes);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_ghost_end(w.ctx));
    /* with no room for a window of its own, an arena is what it always was */
    EXPECT_OK(fa_ghost_begin(w.ctx, &catching));
    tracking_fail(&w.backing, OP_RESERVE, 2, true);
    fa_arena *arena = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    tracking_fail(&w.backing, OP_RESERVE, 0, false);
    EXPECT_UINT(ghosts().degraded, 1);
    p = fa_arena_alloc(arena, 100, 16);
    memset(p, 1, 100);
    EXPECT_OK(fa_arena_reset(arena)); /* there is room now: from here on it is one */
    p = fa_arena_alloc(arena, 100, 16);
    memset(p, 1, 100);
    EXPECT_OK(fa_arena_reset(arena));
    EXPECT(traps(p));
    EXPECT(fa_allocator_validate(w.allocator));
}
END_TEST

static char *dead;
static void touch_dead_memory(void *user, const fa_ghost_trap *trap)
{
    (void)user;
    (void)trap;
    (void)*(volatile char *)opaque(dead);
}
static void trap_inside_of_a_trap(void *user)
{
    (void)user;
    (void)alarm(20);
    (void)fa_ghost_begin(w.ctx, &(fa_ghost_desc){.on_trap = touch_dead_memory});
    (void)fa_frame_begin(w.ctx);
    dead = fa_frame_alloc(w.ctx, 100, 16);
    (void)fa_frame_end(w.ctx);
    (void)*(volatile char *)opaque(dead);
}

START_TEST(ghost_trap_inside_of_on_trap_ends_the_program_and_does_not_hang)
{
    char text[2048];
    (void)signal(SIGSEGV, SIG_DFL);
    int status = in_a_child(trap_inside_of_a_trap, NULL, text, sizeof text);
    EXPECTF(status == -SIGSEGV, "%d: %s", status, text);
}
END_TEST

static double frames_us(int count)
{
    struct timespec a, b;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    for (int i = 0; i < count; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        for (int k = 0; k < 2000; k++) {
            char *p = fa_frame_alloc(w.ctx, 500, 16);
            p[0] = p[499] = 1;
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    return ((double)(b.tv_sec - a.tv_sec) * 1e6 + (double)(b.tv_nsec - a.tv_nsec) / 1e3) / count;
}

START_TEST(ghost_sampling_of_one_in_64_takes_at_most_half_a_percent_of_a_frame)
{
    enum { FRAMES = 320 }; /* five ghosts in each */
    double without = 1e9;
    double with = 1e9;
    for (int i = 0; i < 5; i++) { /* the least of them: other programs run here too */
        double us = frames_us(FRAMES);
        without = us < without ? us : without;
        EXPECT_OK(fa_ghost_begin(w.ctx, &(fa_ghost_desc){.every_n_frames = 64, .on_trap = on_trap}));
        us = frames_us(FRAMES);
        with = us < with ? us : with;
        EXPECT_OK(fa_ghost_end(w.ctx));
    }
    (void)fprintf(stderr, "2,000 blocks of 500 bytes: %.1f us, one frame in 64 a ghost: %.1f us\n", without,
                  with);
    bool slow = SUPPORT_SLOW || support_aborts_by_default();
    EXPECTF(slow || with - without <= 16700 * 0.005, "%.1f us", with - without);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ghost");
    TCase *tcase = support_case(suite, "traps");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, ghost_use_after_the_end_traps_and_says_whose_memory_it_was);
    tcase_add_test(tcase, ghost_tells_the_blocks_of_a_frame_apart);
    tcase_add_test(tcase, ghost_of_a_block_that_grew_in_place_has_its_last_size);
    tcase_add_test(tcase, ghost_of_rewound_memory_traps_until_it_is_handed_out_again);
    tcase_add_test(tcase, ghost_changes_no_figure);
    tcase_add_test(tcase, ghost_names_the_thread_that_uses_a_dead_pointer);
    tcase_add_test(tcase, ghost_prints_the_report_and_lets_the_default_action_go_on);
    tcase_add_test(tcase, ghost_passes_on_to_the_handler_that_was_there_and_puts_it_back);
    tcase = support_case(suite, "ages");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, ghost_finds_ten_thousand_uses_of_ages_up_to_a_million_frames);
    tcase_add_test(tcase, ghost_sampling_finds_its_share_and_leaves_the_other_frames_alone);
    tcase_add_test(tcase, ghost_window_slides_round_and_forgets_the_oldest);
    tcase_add_test(tcase, ghost_records_that_are_full_forget_the_oldest_frames);
    tcase = support_case(suite, "with others");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, ghost_frames_in_flight_stay_intact_until_their_turn);
    tcase_add_test(tcase, ghost_frames_keep_budgets_to_the_byte);
    tcase_add_test(tcase, ghost_may_be_switched_and_works_with_diagnostics_tags_and_checkpoints);
    tcase_add_test(tcase, ghost_of_a_context_that_is_detached_or_handed_on_leaves_nothing_behind);
    tcase = support_case(suite, "refusals");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, ghost_desc_out_of_range_is_refused_with_every_problem);
    tcase_add_test(tcase, ghost_switches_at_frame_boundaries_only);
    tcase_add_test(tcase, ghost_takes_less_window_when_the_system_refuses_and_none_when_it_must);
    tcase_add_test(tcase, ghost_degrades_and_counts_when_the_system_refuses_in_mid_game);
    tcase_add_test(tcase, ghost_of_scratch_traps_after_its_scope_and_after_a_thousand_more);
    tcase_add_test(tcase, ghost_of_inner_scratch_traps_by_whole_pages_until_it_is_handed_out_again);
    tcase_add_test(tcase, ghost_of_arenas_and_tickets_traps_after_reset_and_closing);
    tcase_add_test(tcase, ghost_of_scratch_names_the_scope_and_dies_with_the_report);
    tcase_add_test(tcase, ghost_sampling_covers_the_scratch_of_chosen_frames_only);
    tcase_add_test(tcase, ghost_of_scratch_degrades_and_counts_when_the_system_refuses);
    tcase_add_test(tcase, ghost_trap_inside_of_on_trap_ends_the_program_and_does_not_hang);
    tcase_add_test(tcase, ghost_sampling_of_one_in_64_takes_at_most_half_a_percent_of_a_frame);
    return support_run(suite);
}
