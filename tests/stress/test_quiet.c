/* Nothing is wrong, and nothing is said: frames as the demo has them, under everything that watches.
 *
 * Each frame has a particle array, contacts under nested tags, sparks from a typed pool that live for some
 * frames, scratch in scratch, text, a checkpoint that is rewound, now and then something retained, something
 * handed to another context and a new level. Half of the frames run under diagnostics and the steady
 * contract, the other half with one frame in 64 a ghost. A diagnostic of any code ends the test, and so does
 * a structure that does not validate.
 *
 *     test_stress_quiet [frames]     or FA_STRESS_FRAMES; default 60,000, a tenth under sanitizers and in
 * debug builds */
#include "core/support.h"

typedef struct spark {
    float x, y, vx, vy;
    uint32_t age;
} spark;

enum { SPARKS = 64, KEPT = 8, LEVEL_FRAMES = 5000 };

static world w;
static fa_context *audio; ///< another context of the same thread
static fa_arena *level;
static fa_typed_pool *pool;
static spark *sparks[SPARKS];
static void *kept[KEPT];
static uint64_t kept_until[KEPT];
static fa_retained promised;
static fa_tag bodies, contacts, particles, overlay;
static uint64_t frame_count;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.name = "quiet",
                                        .frame_max_bytes = 4 << 20,
                                        .frame_prefault_bytes = 256 * 1024,
                                        .frame_keep_bytes = FA_NO_LIMIT});
    EXPECT_OK(fa_context_attach(w.allocator, &(fa_context_desc){.name = "audio"}, &audio));
    EXPECT_OK(fa_arena_create(w.ctx, &(fa_arena_desc){.name = "level", .prefault_bytes = 1 << 20}, &level));
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, spark, &pool));
    bodies = fa_tag_intern(w.allocator, "bodies");
    contacts = fa_tag_intern(w.allocator, "bodies/contacts");
    particles = fa_tag_intern(w.allocator, "particles");
    overlay = fa_tag_intern(w.allocator, "overlay");
}

static void play_sparks(random_state *r)
{
    for (int i = 0; i < 4; i++) {
        size_t at = random_below(r, SPARKS);
        if (sparks[at] == NULL) {
            sparks[at] = fa_typed_pool_alloc(pool);
            *sparks[at] = (spark){.vy = -1};
        }
    }
    for (int i = 0; i < SPARKS; i++) {
        if (sparks[i] != NULL && ++sparks[i]->age > 20) {
            EXPECT_OK(fa_typed_pool_free(pool, sparks[i]));
            sparks[i] = NULL;
        }
    }
}

static void play_bodies(random_state *r)
{
    FA_TAG_SCOPE (w.ctx, bodies) {
        size_t count = 20 + random_below(r, 20);
        FA_TAG_SCOPE (w.ctx, contacts) {
            for (size_t i = 0; i < count; i++) {
                memset(fa_frame_alloc(w.ctx, 24 + 8 * (i & 3), 8), 1, 24);
            }
        }
        fa_checkpoint mark = fa_frame_mark(w.ctx);
        memset(fa_frame_alloc(w.ctx, 2000, 16), 2, 2000);
        EXPECT_OK(fa_frame_rewind(w.ctx, mark));
        FA_SCRATCH_SCOPE (w.ctx, outer) {
            char *order = fa_arena_alloc(outer.arena, 4 * count, 4);
            FA_SCRATCH_SCOPE_AVOIDING(w.ctx, inner, outer.arena)
            {
                memset(fa_arena_alloc(inner.arena, 64, 8), 3, 64);
                memset(order, 4, 4 * count);
            }
        }
    }
}

static void keep_something(random_state *r, bool now)
{
    size_t at = random_below(r, KEPT);
    for (size_t i = 0; i < KEPT; i++) {
        if (kept[i] != NULL && kept_until[i] <= frame_count) {
            EXPECT_OK(fa_pool_free(audio, kept[i])); /* by whoever has it */
            kept[i] = NULL;
        }
    }
    if (promised != 0) {
        void *p = NULL;
        fa_transfer *ticket = NULL;
        EXPECT_OK(fa_retained_take(w.ctx, promised, &p));
        EXPECT_OK(fa_transfer_send(w.ctx, p, 0, &ticket));
        EXPECT_OK(fa_transfer_receive(audio, ticket, &p));
        size_t free_place = 0;
        while (kept[free_place] != NULL) {
            free_place++;
        }
        kept[free_place] = p;
        kept_until[free_place] = frame_count + 3;
        promised = 0;
    }
    if (now) {
        char *p = fa_frame_alloc(w.ctx, 100 + at, 8);
        promised = fa_frame_retain(w.ctx, p, 100 + at, 8, FA_RETAIN_POOL, NULL);
        EXPECT(promised != 0);
    }
}

static void frame(random_state *r)
{
    frame_count++;
    if (frame_count % LEVEL_FRAMES == 0) { /* between two frames */
        EXPECT_OK(fa_arena_reset(level));
        memset(fa_arena_alloc(level, 100000, 16), 5, 100000);
    }
    EXPECT_OK(fa_frame_begin(audio));
    EXPECT_OK(fa_frame_begin(w.ctx));
    FA_TAG_SCOPE (w.ctx, particles) {
        float *x = fa_frame_alloc(w.ctx, 4096 + 64 * random_below(r, 16), 64);
        x[0] = x[1023] = 1;
    }
    play_sparks(r);
    play_bodies(r);
    FA_TAG_SCOPE (w.ctx, overlay) {
        EXPECT(fa_frame_printf(w.ctx, "frame %" PRIu64 ", %zu bytes", frame_count,
                               fa_frame_used_bytes(w.ctx)) != NULL);
    }
    keep_something(r, frame_count % 200 == 0);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_frame_end(audio));
    EXPECTF(w.rec.count == 0, "frame %" PRIu64 ": %s %s at %s", frame_count, w.rec.items[0].code,
            w.rec.items[0].message, w.rec.items[0].here);
}

static uint64_t frames_wanted(void)
{
    const char *text = getenv("FA_STRESS_FRAMES");
    bool slow = SUPPORT_SLOW || support_aborts_by_default();
    return text != NULL ? strtoull(text, NULL, 0) : slow ? 6000 : 60000;
}

START_TEST(quiet_frames_are_reported_by_nobody)
{
    random_state r = {support_seed()};
    uint64_t half = frames_wanted() / 2;
    for (int i = 0; i < 600; i++) { /* warm-up */
        frame(&r);
    }
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    EXPECT_OK(fa_steady_begin(w.allocator));
    for (uint64_t i = 0; i < half; i++) {
        frame(&r);
    }
    fa_steady_stats steady;
    EXPECT_OK(fa_steady_stats_get(w.allocator, &steady));
    EXPECT(steady.frames > 0);
    EXPECT_UINT(steady.broken_frames, 0);
    EXPECT_OK(fa_steady_end(w.allocator));
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
    EXPECT(fa_allocator_validate(w.allocator));
    EXPECT_OK(fa_ghost_begin(w.ctx, &(fa_ghost_desc){.every_n_frames = 64}));
    for (uint64_t i = 0; i < half; i++) {
        frame(&r);
    }
    fa_ghost_stats ghosts;
    EXPECT_OK(fa_ghost_stats_get(w.ctx, &ghosts));
    EXPECT(ghosts.frames >= half / 64 && ghosts.frames <= half / 64 + 1);
    EXPECT_UINT(ghosts.traps, 0);
    EXPECT_UINT(ghosts.degraded, 0);
    EXPECT_OK(fa_ghost_end(w.ctx));
    EXPECT(fa_allocator_validate(w.allocator));
    for (int i = 0; i < SPARKS; i++) {
        EXPECT_OK(fa_typed_pool_free(pool, sparks[i]));
    }
    frame_count += 10;
    EXPECT_OK(fa_frame_begin(w.ctx));
    keep_something(&r, false);
    frame_count += 10;
    keep_something(&r, false);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_context_detach(audio));
    world_close(&w);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1) {
        (void)setenv("FA_STRESS_FRAMES", argv[1], 1);
        (void)setenv("CK_FORK", "no", 0); /* as long as it takes */
    }
    Suite *suite = suite_create("quiet");
    TCase *tcase = support_case(suite, "frames");
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, quiet_frames_are_reported_by_nobody);
    return support_run(suite);
}
