/* Faults 11, 12 and 36: calls in every order.
 *
 * A few lines of model say what each call must answer; then every sequence up to a length is tried on a fresh
 * start. A refused call changes nothing, so the model simply goes on. */
#include "core/support.h"

/* ---- faults 11 and 12: begin, end, alloc, mark, rewind
 * ---------------------------------------------------------- */

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

enum { BEGIN, END, ALLOC, MARK, REWIND, FRAME_CALLS };
static const char *const frame_call_names[FRAME_CALLS] = {"begin", "end", "alloc", "mark", "rewind"};

typedef struct frame_model {
    bool open;
    bool has_mark; ///< a mark has been taken at some time
    bool mark_good;
    uint64_t index;
} frame_model;

static fa_checkpoint mark;

static void frame_call(frame_model *m, int call, const char *sequence)
{
    snapshot before;
    snapshot_take(&before, w.allocator, w.ctx);
    fa_result expected = FA_RESULT_OK;
    fa_diagnostic_code code = FA_CODE_COUNT;
    fa_result got = FA_RESULT_OK;
    switch (call) {
    case BEGIN:
        expected = m->open ? FA_RESULT_FRAME_OPEN : FA_RESULT_OK;
        code = FA_CODE_FA603;
        got = fa_frame_begin(w.ctx);
        break;
    case END:
        expected = m->open ? FA_RESULT_OK : FA_RESULT_NO_FRAME;
        code = FA_CODE_FA603;
        got = fa_frame_end(w.ctx);
        break;
    case ALLOC: {
        expected = m->open ? FA_RESULT_OK : FA_RESULT_NO_FRAME;
        code = FA_CODE_FA001;
        void *p = fa_frame_alloc(w.ctx, 100, 16);
        got = p != NULL ? FA_RESULT_OK : fa_context_last_result(w.ctx);
        if (p != NULL) {
            memset(p, 0xAB, 100);
        }
        break;
    }
    case MARK:
        expected = m->open ? FA_RESULT_OK : FA_RESULT_NO_FRAME;
        code = FA_CODE_FA001;
        mark = fa_frame_mark(w.ctx);
        got = w.rec.count == 0 ? FA_RESULT_OK : fa_context_last_result(w.ctx);
        break;
    default:
        expected = !m->open ? FA_RESULT_NO_FRAME : m->mark_good ? FA_RESULT_OK : FA_RESULT_STALE;
        code = m->open ? FA_CODE_FA606 : FA_CODE_FA603;
        got = fa_frame_rewind(w.ctx, mark);
        break;
    }
    EXPECTF(got == expected, "%s of \"%s\": %s, expected %s", frame_call_names[call], sequence,
            fa_result_name(got), fa_result_name(expected));
    if (expected != FA_RESULT_OK) {
        EXPECTF(w.rec.count == 1 && w.rec.items[0].id == code && w.rec.items[0].result == expected,
                "%s of \"%s\": %u diagnostics, %s", frame_call_names[call], sequence, w.rec.count,
                w.rec.items[0].code);
        w.rec.count = 0;
        support_expect_unchanged(&before, &w, false, sequence);
        m->mark_good = call == MARK ? false : m->mark_good;
        return;
    }
    EXPECTF(w.rec.count == 0, "%s of \"%s\": %s", frame_call_names[call], sequence, w.rec.items[0].code);
    m->open = call == BEGIN || (call != END && m->open);
    m->index += call == BEGIN;
    m->mark_good = call == MARK || (call != END && call != REWIND && m->mark_good);
    EXPECT(fa_frame_is_open(w.ctx) == m->open);
    EXPECT_UINT(fa_frame_index(w.ctx), m->index);
}

static void every_frame_sequence(int length)
{
    int count = 1;
    for (int i = 0; i < length; i++) {
        count *= FRAME_CALLS;
    }
    frame_model m = {.index = fa_frame_index(w.ctx)};
    for (int number = 0; number < count; number++) {
        char sequence[128] = "";
        int rest = number;
        memset(&mark, 0, sizeof mark);
        m.open = m.mark_good = false;
        for (int i = 0; i < length; i++, rest /= FRAME_CALLS) {
            (void)strcat(strcat(sequence, i > 0 ? " " : ""), frame_call_names[rest % FRAME_CALLS]);
            frame_call(&m, rest % FRAME_CALLS, sequence);
        }
        if (m.open) {
            EXPECT_OK(fa_frame_end(w.ctx));
        }
    }
}

START_TEST(fault_11_12_every_order_of_three_calls_is_answered_and_the_first_frame_goes_on)
{
    every_frame_sequence(1);
    every_frame_sequence(2);
    every_frame_sequence(3);
}
END_TEST

START_TEST(fault_11_12_every_order_of_up_to_six_calls_is_answered)
{
    every_frame_sequence(4);
    every_frame_sequence(5);
    if (!SUPPORT_SLOW) {
        every_frame_sequence(6);
    }
}
END_TEST

START_TEST(fault_11_12_refused_calls_name_where_the_open_frame_began)
{
    int line = __LINE__ + 1;
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < 3; i++) {
        EXPECT_RESULT(fa_frame_begin(w.ctx), FRAME_OPEN);
        char site[64];
        (void)snprintf(site, sizeof site, "test_fault_order.c:%d", line);
        EXPECTF(strstr(w.rec.items[0].earlier, site) != NULL, "%s", w.rec.items[0].earlier);
        w.rec.count = 0;
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

/* ---- fault 36: create, attach, begin, end, detach, destroy
 * ---------------------------------------------------------- */

/* The newest allocator and the newest context are acted on. Without one the argument is NULL; a context that
 * was detached is used on, for as long as its allocator lives. A destroyed allocator is not: nothing is
 * global, so nobody could know. */
enum { CREATE, ATTACH, FRAME_BEGIN, FRAME_END, DETACH, DESTROY, LIFE_CALLS };
static const char *const life_call_names[LIFE_CALLS] = {"create", "attach", "begin",
                                                        "end",    "detach", "destroy"};

enum { DEEP = 6 };
typedef struct life {
    fa_allocator *allocator;
    fa_context *ctx[DEEP]; ///< attached ones, oldest first
    bool open[DEEP];
    int attached;
    fa_context *detached; ///< the last one detached whose place was not taken again
} life;

static recorder life_rec;
static tracking_backing life_backing;

static bool life_reports(const char *code)
{
    return life_rec.count == 1 && strcmp(life_rec.items[0].code, code) == 0;
}

/// The outcome, and that exactly the diagnostic that belongs to it was sent.
static void expect_life(fa_result got, fa_result expected, const char *code, const char *sequence)
{
    EXPECTF(got == expected, "last of \"%s\": %s, expected %s", sequence, fa_result_name(got),
            fa_result_name(expected));
    EXPECTF(code != NULL ? life_reports(code) : life_rec.count == 0,
            "last of \"%s\": %u diagnostics, first %s", sequence, life_rec.count,
            life_rec.count > 0 ? life_rec.items[0].code : "none");
    life_rec.count = 0;
}

static void life_create(life *stack, int *depth, const char *sequence)
{
    fa_allocator_desc desc = {.name = "life",
                              .frame_max_bytes = 1 << 20,
                              .object_max_bytes = 16 << 20,
                              .backing = tracking_table(&life_backing),
                              .handler = {recorder_handle, &life_rec},
                              .log = {recorder_log, &life_rec},
                              .strictness = FA_STRICT_REPORT};
    life *made = &stack[(*depth)++];
    memset(made, 0, sizeof *made);
    expect_life(fa_allocator_create(&desc, &made->allocator), FA_RESULT_OK, NULL, sequence);
}

static void life_call(life *stack, int *depth, int call, const char *sequence)
{
    life none;
    memset(&none, 0, sizeof none);
    life *now = *depth > 0 ? &stack[*depth - 1] : &none;
    fa_context **newest = now->attached > 0 ? &now->ctx[now->attached - 1] : NULL;
    bool *open = newest != NULL ? &now->open[now->attached - 1] : NULL;
    fa_context *ctx = newest != NULL ? *newest : now->detached;
    const char *dead = ctx != NULL ? "FA005" : NULL; /* NULL has no allocator to report to */
    switch (call) {
    case CREATE: life_create(stack, depth, sequence); break;
    case ATTACH: {
        fa_context *made = (fa_context *)opaque(&none);
        fa_result result = fa_context_attach(now->allocator, NULL, &made);
        if (now->allocator == NULL) {
            expect_life(result, FA_RESULT_INVALID_ARGUMENT, NULL, sequence);
            EXPECT(made == NULL);
            break;
        }
        expect_life(result, FA_RESULT_OK, NULL, sequence);
        now->open[now->attached] = false;
        now->ctx[now->attached++] = made;
        now->detached = NULL; /* its place may have been taken again */
        break;
    }
    case FRAME_BEGIN:
        if (open == NULL) {
            expect_life(fa_frame_begin(ctx), FA_RESULT_INVALID_ARGUMENT, dead, sequence);
        } else {
            expect_life(fa_frame_begin(ctx), *open ? FA_RESULT_FRAME_OPEN : FA_RESULT_OK,
                        *open ? "FA603" : NULL, sequence);
            *open = true;
        }
        break;
    case FRAME_END:
        if (open == NULL) {
            expect_life(fa_frame_end(ctx), FA_RESULT_INVALID_ARGUMENT, dead, sequence);
        } else {
            expect_life(fa_frame_end(ctx), *open ? FA_RESULT_OK : FA_RESULT_NO_FRAME, *open ? NULL : "FA603",
                        sequence);
            *open = false;
        }
        break;
    case DETACH:
        if (ctx == NULL) {
            expect_life(fa_context_detach(NULL), FA_RESULT_OK, NULL, sequence);
        } else if (open == NULL) {
            expect_life(fa_context_detach(ctx), FA_RESULT_INVALID_ARGUMENT, dead, sequence);
        } else if (*open) {
            fa_result result = fa_context_detach(ctx);
            EXPECTF(result == FA_RESULT_FRAME_OPEN && life_rec.count == 1, "last of \"%s\"", sequence);
            life_rec.count = 0;
        } else {
            expect_life(fa_context_detach(ctx), FA_RESULT_OK, NULL, sequence);
            now->attached--;
            now->detached = ctx;
        }
        break;
    default: {
        bool busy = false;
        for (int i = 0; i < now->attached; i++) {
            busy = busy || now->open[i];
        }
        expect_life(fa_allocator_destroy(now->allocator), busy ? FA_RESULT_BUSY : FA_RESULT_OK,
                    busy ? "FA104" : NULL, sequence);
        *depth -= !busy && *depth > 0;
        break;
    }
    }
}

START_TEST(fault_36_every_order_of_up_to_five_calls_of_a_life_is_answered)
{
    recorder_open(&life_rec);
    tracking_open(&life_backing);
    for (int length = 1; length <= (SUPPORT_SLOW ? 4 : 5); length++) {
        int count = 1;
        for (int i = 0; i < length; i++) {
            count *= LIFE_CALLS;
        }
        for (int number = _i; number < count; number += 2) { /* odd and even ones: two cases */
            life stack[DEEP];
            int depth = 0;
            char sequence[128] = "";
            int rest = number;
            for (int i = 0; i < length; i++, rest /= LIFE_CALLS) {
                (void)strcat(strcat(sequence, i > 0 ? " " : ""), life_call_names[rest % LIFE_CALLS]);
                life_call(stack, &depth, rest % LIFE_CALLS, sequence);
            }
            while (depth > 0) { /* whatever happened, it can be ended and taken down */
                life *now = &stack[depth - 1];
                EXPECT(fa_allocator_validate(now->allocator));
                for (int i = 0; i < now->attached; i++) {
                    EXPECT_UINT(fa_frame_is_open(now->ctx[i]), now->open[i]);
                    EXPECT(!now->open[i] || fa_frame_end(now->ctx[i]) == FA_RESULT_OK);
                }
                EXPECT_OK(fa_allocator_destroy(now->allocator));
                depth--;
            }
            EXPECTF(life_rec.count == 0, "after \"%s\"", sequence);
            EXPECTF(life_backing.reserved_bytes == 0, "after \"%s\": %zu bytes left", sequence,
                    life_backing.reserved_bytes);
        }
    }
    EXPECTF(life_backing.problem[0] == '\0', "%s", life_backing.problem);
    tracking_close(&life_backing);
}
END_TEST

START_TEST(fault_36_null_is_answered_by_every_function_that_takes_a_context)
{
    fa_checkpoint never;
    memset(&never, 0, sizeof never);
    fa_context_stats stats;
    EXPECT_RESULT(fa_frame_begin(NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_frame_end(NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_frame_rewind(NULL, never), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_frame_on_end(NULL, free, NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_tag_push(NULL, FA_TAG_NONE), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_tag_pop(NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_context_hand_over(NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_context_take_over(NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_context_stats_get(NULL, &stats), INVALID_ARGUMENT);
    EXPECT(fa_pool_alloc((fa_context *)opaque(NULL), 10, 8) == NULL);
    EXPECT(fa_heap_alloc((fa_context *)opaque(NULL), 10, 8) == NULL);
    EXPECT(fa_heap_realloc((fa_context *)opaque(NULL), NULL, 10) == NULL);
    EXPECT_RESULT(fa_context_attach(NULL, NULL, NULL), INVALID_ARGUMENT);
    EXPECT(fa_context_current(NULL) == NULL);
    EXPECT(fa_tag_intern(NULL, "a") == FA_TAG_INVALID);
}
END_TEST

/* ---- fault 36: re-entry from callbacks
 * ------------------------------------------------------------------------------ */

static fa_result inside_result;
static void destroy_inside(void *user)
{
    inside_result = fa_allocator_destroy((fa_allocator *)user);
}

START_TEST(fault_36_allocator_destroyed_from_inside_an_on_end_call_is_busy)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_on_end(w.ctx, destroy_inside, w.allocator));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(inside_result == FA_RESULT_BUSY || inside_result == FA_RESULT_REENTRANT);
    EXPECT_UINT(w.rec.count, 1);
    w.rec.count = 0;
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

static void rewind_inside(void *user)
{
    inside_result = fa_frame_rewind(w.ctx, *(fa_checkpoint *)user);
}

START_TEST(fault_36_rewind_from_inside_an_on_end_call_is_refused)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    fa_checkpoint outer = fa_frame_mark(w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    fa_checkpoint inner = fa_frame_mark(w.ctx);
    EXPECT_OK(fa_frame_on_end(w.ctx, rewind_inside, &outer));
    EXPECT_OK(fa_frame_rewind(w.ctx, inner));
    EXPECT(inside_result == FA_RESULT_REENTRANT);
    EXPECT_UINT(w.rec.count, 1);
    EXPECT(w.rec.items[0].id == FA_CODE_FA105);
    w.rec.count = 0;
    EXPECT_OK(fa_frame_rewind(w.ctx, outer));
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults 11, 12 and 36: order");
    TCase *tcase = support_case(suite, "faults 11 and 12: frame calls in every order");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, fault_11_12_every_order_of_three_calls_is_answered_and_the_first_frame_goes_on);
    tcase_add_test(tcase, fault_11_12_every_order_of_up_to_six_calls_is_answered);
    tcase_add_test(tcase, fault_11_12_refused_calls_name_where_the_open_frame_began);
    tcase = support_case(suite, "fault 36: lives in every order");
    tcase_add_loop_test(tcase, fault_36_every_order_of_up_to_five_calls_of_a_life_is_answered, 0, 2);
    tcase_add_test(tcase, fault_36_null_is_answered_by_every_function_that_takes_a_context);
    tcase = support_case(suite, "fault 36: re-entry");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, fault_36_allocator_destroyed_from_inside_an_on_end_call_is_busy);
    tcase_add_test(tcase, fault_36_rewind_from_inside_an_on_end_call_is_refused);
    return support_run(suite);
}
