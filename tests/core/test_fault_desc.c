/* Fault 39: descs that contradict themselves, alone and in pairs. Refused at create with one FA103 that lists
 * every problem, out is NULL, nothing is left behind. */
#include <signal.h>

#include "core/support.h"

static world w;

static void expect_lists(const char *message, const char *word, const char *what)
{
    EXPECTF(strstr(message, word) != NULL, "\"%s\" (%s) is missing in: %s", word, what, message);
}

/* ---- allocator ------------------------------------------------------------------------------------------------ */

static void bad_canary_start(fa_allocator_desc *d)
{
    d->start_canary = 1;
}
static void bad_canary_end(fa_allocator_desc *d)
{
    d->end_canary = 0xCCCCCCCC;
}
static void bad_in_flight(fa_allocator_desc *d)
{
    d->frames_in_flight = FA_FRAMES_IN_FLIGHT_MAX + 1;
}
static void bad_frame_max(fa_allocator_desc *d)
{
    d->frame_max_bytes = FA_REQUEST_MAX + 1;
}
static void bad_prefault(fa_allocator_desc *d)
{
    d->frame_prefault_bytes = SIZE_MAX;
}
static void bad_strictness(fa_allocator_desc *d)
{
    int number = 99;
    memcpy(&d->strictness, &number, sizeof d->strictness);
}
static void bad_object_max(fa_allocator_desc *d)
{
    d->object_max_bytes = FA_REQUEST_MAX + 1;
}
static void bad_backing_lacks_commit(fa_allocator_desc *d)
{
    d->backing.commit = NULL;
}
static void bad_backing_lacks_release(fa_allocator_desc *d)
{
    d->backing.release = NULL;
}

typedef struct allocator_problem {
    const char *word; ///< what the message must name
    void (*apply)(fa_allocator_desc *d);
} allocator_problem;

static const allocator_problem allocator_problems[] = {
    {"frames_in_flight", bad_in_flight},    {"frame_max_bytes", bad_frame_max},
    {"frame_prefault_bytes", bad_prefault}, {"strictness", bad_strictness},
    {"object_max_bytes", bad_object_max},   {"backing", bad_backing_lacks_commit},
    {"backing", bad_backing_lacks_release},
};
enum { ALLOCATOR_PROBLEMS = sizeof allocator_problems / sizeof allocator_problems[0] };

static void try_allocator_desc(const fa_allocator_desc *desc, const char *one, const char *two)
{
    fa_allocator *out = (fa_allocator *)opaque(&w);
    fa_result result = fa_allocator_create(desc, &out);
    EXPECTF(result == FA_RESULT_INVALID_DESC, "%s, %s: %s", one, two, fa_result_name(result));
    EXPECT(out == NULL);
    EXPECTF(w.rec.count == 1, "%s, %s: %u diagnostics", one, two, w.rec.count);
    const recorded *d = &w.rec.items[0];
    EXPECT(d->id == FA_CODE_FA103 && d->result == FA_RESULT_INVALID_DESC);
    expect_lists(d->message, one, two);
    expect_lists(d->message, two, one);
    EXPECTF(w.rec.problem[0] == '\0', "%s", w.rec.problem);
    EXPECT_UINT(w.backing.reserved_bytes, 0);
    w.rec.count = 0;
}

START_TEST(fault_39_contradictory_allocator_descs_are_refused_alone_and_in_pairs)
{
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    for (int a = 0; a < ALLOCATOR_PROBLEMS; a++) {
        for (int b = 0; b <= a; b++) {
            fa_allocator_desc desc = world_desc(&w, NULL);
            allocator_problems[a].apply(&desc);
            allocator_problems[b].apply(&desc);
            if (allocator_problems[a].apply == bad_strictness ||
                allocator_problems[b].apply == bad_strictness) {
#if defined(FA_DEBUG)
                continue; /* what to do with an unknown strictness is the default's choice: abort */
#endif
            }
            try_allocator_desc(&desc, allocator_problems[a].word, allocator_problems[b].word);
        }
    }
    tracking_close(&w.backing);
}
END_TEST

START_TEST(fault_39_all_problems_at_once_are_all_listed)
{
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    fa_allocator_desc desc = world_desc(&w, NULL);
    bad_in_flight(&desc);
    bad_frame_max(&desc);
    bad_prefault(&desc);
    bad_object_max(&desc);
    bad_backing_lacks_commit(&desc);
    try_allocator_desc(&desc, "frames_in_flight", "frame_max_bytes");
    for (int i = 0; i < ALLOCATOR_PROBLEMS; i++) {
        if (allocator_problems[i].apply != bad_strictness) {
            expect_lists(w.rec.items[0].message, allocator_problems[i].word, "everything");
        }
    }
    tracking_close(&w.backing);
}
END_TEST

START_TEST(fault_39_prefault_above_the_maximum_is_refused_and_at_it_accepted)
{
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    fa_allocator_desc desc = world_desc(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20,
                                                                 .frame_prefault_bytes = (1 << 20) + 1});
    try_allocator_desc(&desc, "frame_prefault_bytes", "frame_max_bytes");
    desc.frame_prefault_bytes = 1 << 20;
    fa_allocator *allocator = NULL;
    EXPECT_OK(fa_allocator_create(&desc, &allocator));
    EXPECT_OK(fa_allocator_destroy(allocator));
    tracking_close(&w.backing);
}
END_TEST

START_TEST(fault_39_every_partial_backing_is_refused)
{
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    fa_backing whole = tracking_table(&w.backing);
    for (unsigned given = 0; given < 64; given++) {
        fa_allocator_desc desc = world_desc(&w, NULL);
        desc.backing = whole;
        desc.backing.reserve = given & 1 ? whole.reserve : NULL;
        desc.backing.commit = given & 2 ? whole.commit : NULL;
        desc.backing.decommit = given & 4 ? whole.decommit : NULL;
        desc.backing.release = given & 8 ? whole.release : NULL;
        desc.backing.protect = given & 16 ? whole.protect : NULL;
        desc.backing.advise = given & 32 ? whole.advise : NULL;
        if ((given & 15) == 15 || given == 0) {
            fa_allocator *allocator = NULL;
            EXPECT_OK(fa_allocator_create(&desc, &allocator));
            EXPECT_OK(fa_allocator_destroy(allocator));
            EXPECT_UINT(w.rec.count, 0);
        } else {
            try_allocator_desc(&desc, "backing", "backing");
        }
    }
    tracking_close(&w.backing);
}
END_TEST

START_TEST(fault_39_limits_of_every_field_are_exact)
{
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    for (uint32_t n = 0; n < 10; n++) {
        fa_allocator_desc desc = world_desc(&w, &(fa_allocator_desc){.frames_in_flight = n});
        if (n <= FA_FRAMES_IN_FLIGHT_MAX) {
            fa_allocator *allocator = NULL;
            EXPECT_OK(fa_allocator_create(&desc, &allocator));
            EXPECT_UINT(fa_allocator_resolved_desc(allocator)->frames_in_flight, n == 0 ? 1 : n);
            EXPECT_OK(fa_allocator_destroy(allocator));
        } else {
            try_allocator_desc(&desc, "frames_in_flight", "frames_in_flight");
        }
    }
    fa_allocator_desc desc = world_desc(&w, &(fa_allocator_desc){.frames_in_flight = UINT32_MAX});
    try_allocator_desc(&desc, "frames_in_flight", "frames_in_flight");
    tracking_close(&w.backing);
}
END_TEST

START_TEST(fault_39_sizes_that_no_system_gives_are_refused_without_an_overflow)
{
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    static const size_t sizes[] = {FA_REQUEST_MAX,  FA_REQUEST_MAX - 1, (size_t)1 << 47, (size_t)1 << 62,
                                   (size_t)1 << 63, SIZE_MAX - 65536,   SIZE_MAX - 1,    SIZE_MAX};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int field = 0; field < 2; field++) {
            fa_allocator_desc desc = world_desc(&w, &(fa_allocator_desc){.frames_in_flight = 4});
            *(field == 0 ? &desc.frame_max_bytes : &desc.object_max_bytes) = sizes[i];
            fa_allocator *allocator = (fa_allocator *)opaque(&w);
            fa_result result = fa_allocator_create(&desc, &allocator);
            if (result == FA_RESULT_OK) { /* reserved less, or only when a context attaches */
                fa_context *ctx = NULL;
                result = fa_context_attach(allocator, NULL, &ctx);
                EXPECTF(result == FA_RESULT_OK || result == FA_RESULT_OUT_OF_MEMORY, "%s",
                        fa_result_name(result));
                EXPECT_OK(fa_allocator_destroy(allocator));
            } else {
                EXPECTF(result == FA_RESULT_OUT_OF_MEMORY || result == FA_RESULT_INVALID_DESC, "%zu: %s",
                        sizes[i], fa_result_name(result));
                EXPECT(allocator == NULL);
                EXPECT_UINT(w.rec.count, result == FA_RESULT_INVALID_DESC);
            }
            EXPECT(sizes[i] <= FA_REQUEST_MAX || result == FA_RESULT_INVALID_DESC);
            w.rec.count = 0;
            EXPECT_UINT(w.backing.reserved_bytes, 0);
        }
    }
    tracking_close(&w.backing);
}
END_TEST

/* ---- canaries ---------------------------------------------------------------------------------------------------- */

/* A desc that was not zero-initialised may hold anything, its handler too: what it says must not be called.
 */
static void create_with_canary(void *user)
{
    fa_allocator_desc desc;
    memset(&desc, 0, sizeof desc);
    desc.strictness = FA_STRICT_REPORT;
    if (*(int *)user == 0) {
        bad_canary_start(&desc);
    } else {
        bad_canary_end(&desc);
    }
    fa_allocator *out = (fa_allocator *)opaque(&desc);
    if (fa_allocator_create(&desc, &out) != FA_RESULT_INVALID_DESC || out != NULL) {
        _exit(3);
    }
}

START_TEST(fault_39_canary_that_is_not_zero_is_refused_and_told)
{
    char text[4096];
    int status = in_a_child(create_with_canary, &_i, text, sizeof text);
    EXPECTF(status == 0 || status == -SIGABRT, "status %d: %s", status,
            text); /* is its strictness to be believed? */
    EXPECTF(strstr(text, "FA103") != NULL && strstr(text, "canary") != NULL, "%s", text);
}
END_TEST

static void create_with_garbage(void *user)
{
    fa_allocator_desc desc;
    memset(&desc, *(int *)user, sizeof desc);
    fa_allocator *out = (fa_allocator *)opaque(&desc);
    if (fa_allocator_create(&desc, &out) != FA_RESULT_INVALID_DESC || out != NULL) {
        _exit(3);
    }
}

START_TEST(fault_39_desc_full_of_garbage_is_refused_without_believing_any_of_it)
{
    static const int bytes[] = {0x01, 0x41, 0x7F, 0x80, 0xAA, 0xCC, 0xCD, 0xFE, 0xFF};
    int garbage = bytes[_i];
    char text[8192];
    int status = in_a_child(create_with_garbage, &garbage, text, sizeof text);
    bool aborts = support_aborts_by_default();
    EXPECTF(status == 0 || (aborts && status == -SIGABRT), "bytes of 0x%02x: status %d: %s",
            (unsigned)garbage, status, text);
    EXPECTF(strstr(text, "FA103") != NULL, "%s", text);
}
END_TEST

/* ---- contexts, arenas, typed pools ----------------------------------------------------------------------------------- */

static void setup(void)
{
    world_open(&w, NULL);
}
static void teardown(void)
{
    world_close(&w);
}

START_TEST(fault_39_context_descs_with_a_canary_are_refused)
{
    static const fa_context_desc bad[] = {{.start_canary = 1},
                                          {.end_canary = 1},
                                          {.start_canary = 7, .end_canary = 7}};
    for (unsigned i = 0; i < 3; i++) {
        fa_context *out = (fa_context *)opaque(&w);
        EXPECT_REFUSED(&w, fa_context_attach(w.allocator, &bad[i], &out), FA103, INVALID_DESC);
        EXPECT(out == NULL);
        expect_lists(w.rec.items[0].message, "canary", "a context's desc");
    }
}
END_TEST

START_TEST(fault_39_contradictory_arena_descs_are_refused_alone_and_in_pairs)
{
    enum { PROBLEMS = 5 };
    static const char *const words[PROBLEMS] = {"canary", "canary", "prefault_bytes", "max_bytes", "tag"};
    for (int a = 0; a < PROBLEMS; a++) {
        for (int b = 0; b <= a; b++) {
            fa_arena_desc desc = {.max_bytes = 1 << 20};
            for (int i = 0; i < 2; i++) {
                switch (i == 0 ? a : b) {
                case 0: desc.start_canary = 1; break;
                case 1: desc.end_canary = 1; break;
                case 2: desc.prefault_bytes = SIZE_MAX; break;
                case 3: desc.max_bytes = FA_REQUEST_MAX + 1; break;
                default: desc.tag = 1234; break;
                }
            }
            fa_arena *out = (fa_arena *)opaque(&w);
            EXPECT_REFUSED(&w, fa_arena_create(w.ctx, &desc, &out), FA103, INVALID_DESC);
            EXPECT(out == NULL);
            expect_lists(w.rec.items[0].message, words[a], words[b]);
            expect_lists(w.rec.items[0].message, words[b], words[a]);
        }
    }
}
END_TEST

START_TEST(fault_39_contradictory_typed_pool_descs_are_refused_alone_and_in_pairs)
{
    enum { PROBLEMS = 6 };
    static const char *const words[PROBLEMS] = {"canary",       "canary",       "object_bytes",
                                                "object_align", "object_align", "tag"};
    for (int a = 0; a < PROBLEMS; a++) {
        for (int b = 0; b <= a; b++) {
            fa_typed_pool_desc desc = {.object_bytes = 64};
            for (int i = 0; i < 2; i++) {
                switch (i == 0 ? a : b) {
                case 0: desc.start_canary = 1; break;
                case 1: desc.end_canary = 1; break;
                case 2: desc.object_bytes = FA_POOL_CLASS_MAX + 1; break;
                case 3: desc.object_align = 24; break;
                case 4: desc.object_align = 131072; break;
                default: desc.tag = 1234; break;
                }
            }
            fa_typed_pool *out = (fa_typed_pool *)opaque(&w);
            EXPECT_REFUSED(&w, fa_typed_pool_create(w.ctx, &desc, &out), FA103, INVALID_DESC);
            EXPECT(out == NULL);
            expect_lists(w.rec.items[0].message, words[a], words[b]);
            expect_lists(w.rec.items[0].message, words[b], words[a]);
        }
    }
}
END_TEST

START_TEST(fault_39_typed_pool_of_no_bytes_is_refused)
{
    fa_typed_pool *out = (fa_typed_pool *)opaque(&w);
    fa_typed_pool_desc desc = {.name = "nothing"};
    EXPECT_REFUSED(&w, fa_typed_pool_create(w.ctx, &desc, &out), FA103, INVALID_DESC);
    EXPECT(out == NULL);
    expect_lists(w.rec.items[0].message, "object_bytes", "zero");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault 39: descs");
    TCase *tcase = support_case(suite, "fault 39: allocators");
    tcase_add_test(tcase, fault_39_contradictory_allocator_descs_are_refused_alone_and_in_pairs);
    tcase_add_test(tcase, fault_39_all_problems_at_once_are_all_listed);
    tcase_add_test(tcase, fault_39_prefault_above_the_maximum_is_refused_and_at_it_accepted);
    tcase_add_test(tcase, fault_39_every_partial_backing_is_refused);
    tcase_add_test(tcase, fault_39_limits_of_every_field_are_exact);
    tcase_add_test(tcase, fault_39_sizes_that_no_system_gives_are_refused_without_an_overflow);
    tcase = support_case(suite, "fault 39: canaries");
    tcase_add_loop_test(tcase, fault_39_canary_that_is_not_zero_is_refused_and_told, 0, 2);
    tcase_add_loop_test(tcase, fault_39_desc_full_of_garbage_is_refused_without_believing_any_of_it, 0, 9);
    tcase = support_case(suite, "fault 39: contexts, arenas, typed pools");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, fault_39_context_descs_with_a_canary_are_refused);
    tcase_add_test(tcase, fault_39_contradictory_arena_descs_are_refused_alone_and_in_pairs);
    tcase_add_test(tcase, fault_39_contradictory_typed_pool_descs_are_refused_alone_and_in_pairs);
    tcase_add_test(tcase, fault_39_typed_pool_of_no_bytes_is_refused);
    return support_run(suite);
}
