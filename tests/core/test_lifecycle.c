/* Lifecycle: each kind is told once where it happens, to whom it may concern, and to nobody else. */
#include "core/support.h"

static world w;
static fa_context *other;

typedef struct heard {
    unsigned count[FA_LIFECYCLE_COUNT];
    fa_lifecycle_event last[FA_LIFECYCLE_COUNT];
} heard;
static heard ours, theirs;

static void hear(void *user, const fa_lifecycle_event *event)
{
    heard *h = user;
    EXPECT((unsigned)event->kind < FA_LIFECYCLE_COUNT);
    h->count[event->kind]++;
    h->last[event->kind] = *event;
}

static void setup(void)
{
    world_open(&w, NULL);
    EXPECT_OK(fa_context_attach(w.allocator, &(fa_context_desc){.name = "other"}, &other));
}
static void teardown(void)
{
    EXPECT_OK(fa_context_detach(other));
    world_close(&w);
}

START_TEST(lifecycle_tells_of_frames)
{
    EXPECT_OK(fa_lifecycle_listen(w.ctx, ((fa_lifecycle_listener){hear, &ours, 0})));
    for (unsigned i = 1; i <= 3; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT_UINT(ours.count[FA_LIFECYCLE_FRAME_BEGIN], i);
        EXPECT_UINT(ours.last[FA_LIFECYCLE_FRAME_BEGIN].frame, i);
        EXPECT(ours.last[FA_LIFECYCLE_FRAME_BEGIN].ctx == w.ctx);
        EXPECT(fa_frame_alloc(w.ctx, 1000, 1) != NULL);
        size_t used = fa_frame_used_bytes(w.ctx);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_UINT(ours.count[FA_LIFECYCLE_FRAME_END], i);
        EXPECT_UINT(ours.last[FA_LIFECYCLE_FRAME_END].bytes, used);
        EXPECT(strstr(ours.last[FA_LIFECYCLE_FRAME_END].here, "test_lifecycle.c:") != NULL);
    }
    EXPECT_OK(fa_frame_begin(other)); /* not listened to */
    EXPECT_OK(fa_frame_end(other));
    EXPECT_UINT(ours.count[FA_LIFECYCLE_FRAME_BEGIN], 3);
    EXPECT_OK(fa_lifecycle_unlisten(w.ctx, hear, &ours));
    EXPECT_RESULT(fa_lifecycle_unlisten(w.ctx, hear, &ours), NOT_FOUND);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(ours.count[FA_LIFECYCLE_FRAME_END], 3);
}
END_TEST

START_TEST(lifecycle_tells_of_frees_that_cross_contexts)
{
    EXPECT_OK(fa_lifecycle_listen(w.ctx, ((fa_lifecycle_listener){hear, &ours, 0})));
    EXPECT_OK(fa_lifecycle_listen(other, ((fa_lifecycle_listener){hear, &theirs, 0})));
    void *p[10];
    for (int i = 0; i < 10; i++) {
        p[i] = fa_pool_alloc(w.ctx, 77, 8);
    }
    for (int i = 0; i < 10; i++) {
        EXPECT_OK(fa_pool_free(other, p[i]));
        EXPECT_UINT(theirs.count[FA_LIFECYCLE_FREE_QUEUED], i + 1);
    }
    EXPECT_UINT(theirs.last[FA_LIFECYCLE_FREE_QUEUED].bytes, 77);
    EXPECT_UINT(ours.count[FA_LIFECYCLE_FREE_QUEUED], 0);
    EXPECT_OK(fa_frame_begin(other)); /* the sender's boundary, and ours */
    EXPECT_OK(fa_frame_end(other));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_UINT(ours.count[FA_LIFECYCLE_FREES_PROCESSED], 1);
    EXPECT_UINT(ours.last[FA_LIFECYCLE_FREES_PROCESSED].count, 10);
    EXPECT_OK(fa_frame_end(w.ctx));
    fa_thread_stats stats[4];
    EXPECT_UINT(fa_thread_stats_list(w.allocator, stats, 4), 2);
    const fa_thread_stats *mine = strcmp(stats[0].context, "other") == 0 ? &stats[1] : &stats[0];
    EXPECT_UINT(mine->frees_processed, 10);
    EXPECT_UINT(mine->frames, 1);
    EXPECT(mine->thread[0] != '\0');
}
END_TEST

START_TEST(lifecycle_tells_of_transfers_on_both_sides)
{
    EXPECT_OK(fa_lifecycle_listen(w.ctx, ((fa_lifecycle_listener){hear, &ours, 0})));
    EXPECT_OK(fa_lifecycle_listen(other, ((fa_lifecycle_listener){hear, &theirs, 0})));
    fa_transfer *ticket = NULL;
    void *p = fa_pool_alloc(w.ctx, 123, 8);
    EXPECT_OK(fa_transfer_send(w.ctx, p, 0, &ticket));
    EXPECT_OK(fa_transfer_receive(other, ticket, &p));
    EXPECT_UINT(ours.count[FA_LIFECYCLE_TRANSFER_SENT], 1);
    EXPECT_UINT(ours.last[FA_LIFECYCLE_TRANSFER_SENT].bytes, 123);
    EXPECT_UINT(ours.count[FA_LIFECYCLE_TRANSFER_RECEIVED], 0);
    EXPECT_UINT(theirs.count[FA_LIFECYCLE_TRANSFER_RECEIVED], 1);
    EXPECT_OK(fa_pool_free(other, p));
    fa_thread_stats stats[2];
    EXPECT_UINT(fa_thread_stats_list(w.allocator, stats, 2), 2);
    EXPECT_UINT(stats[0].transfers_sent + stats[1].transfers_sent, 1);
    EXPECT_UINT(stats[0].transfers_received + stats[1].transfers_received, 1);
}
END_TEST

START_TEST(lifecycle_tells_of_pressure_and_budgets)
{
    EXPECT_OK(fa_lifecycle_listen(w.ctx, ((fa_lifecycle_listener){hear, &ours, 0})));
    w.backing.commit_limit_bytes = w.backing.committed_bytes;
    EXPECT(fa_pool_alloc(w.ctx, 1 << 20, 8) == NULL);
    EXPECT_UINT(ours.count[FA_LIFECYCLE_PRESSURE], 1);
    w.backing.commit_limit_bytes = 0;
    fa_tag tag = fa_tag_intern(w.allocator, "small");
    EXPECT_OK(fa_tag_budget_set(w.allocator, tag, (fa_budget){FA_NO_LIMIT, 100}));
    FA_TAG_SCOPE (w.ctx, tag) {
        EXPECT(fa_pool_alloc(w.ctx, 101, 8) == NULL);
    }
    EXPECT_UINT(ours.count[FA_LIFECYCLE_BUDGET_EXCEEDED], 1);
    EXPECT_UINT(ours.last[FA_LIFECYCLE_BUDGET_EXCEEDED].count, 1);
    EXPECT_UINT(ours.last[FA_LIFECYCLE_BUDGET_EXCEEDED].bytes, 101);
}
END_TEST

START_TEST(lifecycle_listeners_hear_only_what_they_asked_for)
{
    EXPECT_OK(fa_lifecycle_listen(
        w.ctx, ((fa_lifecycle_listener){hear, &ours, FA_LIFECYCLE_BIT(FA_LIFECYCLE_FRAME_END)})));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    for (unsigned kind = 0; kind < FA_LIFECYCLE_COUNT; kind++) {
        EXPECT_UINT(ours.count[kind], kind == FA_LIFECYCLE_FRAME_END);
    }
}
END_TEST

static void *attach_and_run(void *user)
{
    (void)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    EXPECT_OK(fa_frame_begin(ctx));
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_RESULT(fa_lifecycle_unlisten_all(w.allocator, hear, &ours),
                  BUSY); /* the main thread is attached */
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(lifecycle_of_an_allocator_hears_every_context_attached_now_or_later)
{
    EXPECT_OK(fa_lifecycle_listen_all(w.allocator, (fa_lifecycle_listener){hear, &ours, 0}));
    EXPECT_RESULT(fa_lifecycle_listen_all(w.allocator, (fa_lifecycle_listener){hear, &ours, 0}), EXISTS);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    on_another_thread(attach_and_run, NULL);
    EXPECT_UINT(ours.count[FA_LIFECYCLE_FRAME_END], 2);
    EXPECT_OK(fa_lifecycle_unlisten_all(w.allocator, hear, &ours));
    on_another_thread(attach_and_run, NULL);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(ours.count[FA_LIFECYCLE_FRAME_END], 2);
}
END_TEST

static void cause_more(void *user, const fa_lifecycle_event *event)
{
    (void)user;
    void *p = fa_pool_alloc(event->ctx, 64, 8);
    fa_transfer *ticket = NULL;
    EXPECT_OK(fa_transfer_send(event->ctx, p, 0, &ticket));
    EXPECT_OK(fa_transfer_cancel(event->ctx, ticket, &p));
    EXPECT_OK(fa_pool_free(event->ctx, p));
}

START_TEST(lifecycle_events_that_a_listener_causes_are_counted_and_not_told)
{
    EXPECT_OK(fa_lifecycle_listen(w.ctx, ((fa_lifecycle_listener){cause_more, NULL, 0})));
    EXPECT_OK(fa_lifecycle_listen(w.ctx, ((fa_lifecycle_listener){hear, &ours, 0})));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(fa_lifecycle_dropped(w.ctx), 4);
    EXPECT_UINT(ours.count[FA_LIFECYCLE_TRANSFER_SENT], 0);
    EXPECT_UINT(ours.count[FA_LIFECYCLE_FRAME_END], 1);
}
END_TEST

static fa_result in_hook[4];

static void leave_in_hook(void *user, const fa_lifecycle_event *event)
{
    (void)user;
    in_hook[0] = fa_context_detach(event->ctx);
    in_hook[1] = fa_context_hand_over(event->ctx);
    in_hook[2] = fa_allocator_destroy(w.allocator);
    in_hook[3] = fa_lifecycle_unlisten(event->ctx, leave_in_hook, NULL);
}

START_TEST(lifecycle_listener_may_not_take_the_context_or_the_allocator_away)
{
    void *p = fa_pool_alloc(other, 64, 8);
    for (uint32_t kind = 0; kind < FA_LIFECYCLE_PRESSURE; kind++) {
        EXPECT_OK(fa_lifecycle_listen(w.ctx, ((fa_lifecycle_listener){leave_in_hook, NULL,
                                                                      FA_LIFECYCLE_BIT(kind)})));
        memset(in_hook, 0xFF, sizeof in_hook);
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT_OK(fa_pool_free(w.ctx, p));
        p = fa_pool_alloc(w.ctx, 64, 8);
        EXPECT_OK(fa_pool_free(other, p));
        EXPECT_OK(fa_pool_drain(other));
        EXPECT_OK(fa_pool_drain(w.ctx));
        p = fa_pool_alloc(w.ctx, 64, 8);
        fa_transfer *ticket = NULL;
        EXPECT_OK(fa_transfer_send(w.ctx, p, 0, &ticket));
        EXPECT_OK(fa_transfer_receive(w.ctx, ticket, &p));
        EXPECT_OK(fa_pool_free(w.ctx, p));
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_RESULT(in_hook[0], REENTRANT);
        EXPECT_RESULT(in_hook[1], REENTRANT);
        EXPECT_RESULT(in_hook[2], BUSY);
        EXPECT_OK(in_hook[3]);
        EXPECT_UINT(w.rec.count, 3); /* FA105 twice, FA104 */
        recorder_clear(&w.rec);
        p = fa_pool_alloc(other, 64, 8);
    }
    EXPECT_OK(fa_pool_free(other, p));
}
END_TEST

START_TEST(lifecycle_misuse_is_refused)
{
    static heard many[FA_LIFECYCLE_MAX + 1];
    EXPECT_REFUSED(&w, fa_lifecycle_listen(w.ctx, (fa_lifecycle_listener){0}), FA005, INVALID_ARGUMENT);
    for (int i = 0; i < FA_LIFECYCLE_MAX; i++) {
        EXPECT_OK(fa_lifecycle_listen(w.ctx, ((fa_lifecycle_listener){hear, &many[i], 0})));
        EXPECT_RESULT(fa_lifecycle_listen(w.ctx, ((fa_lifecycle_listener){hear, &many[i], 0})), EXISTS);
    }
    EXPECT_RESULT(fa_lifecycle_listen(w.ctx, ((fa_lifecycle_listener){hear, &many[FA_LIFECYCLE_MAX], 0})),
                  FULL);
    EXPECT_RESULT(fa_lifecycle_listen_all(NULL, (fa_lifecycle_listener){hear, NULL, 0}), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_lifecycle_unlisten_all(w.allocator, hear, NULL), NOT_FOUND);
    EXPECT_STR(fa_lifecycle_name(FA_LIFECYCLE_PRESSURE), "PRESSURE");
    EXPECT_STR(fa_lifecycle_name(FA_LIFECYCLE_COUNT), "unknown");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("lifecycle");
    TCase *tcase = support_case(suite, "lifecycle");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, lifecycle_tells_of_frames);
    tcase_add_test(tcase, lifecycle_tells_of_frees_that_cross_contexts);
    tcase_add_test(tcase, lifecycle_tells_of_transfers_on_both_sides);
    tcase_add_test(tcase, lifecycle_tells_of_pressure_and_budgets);
    tcase_add_test(tcase, lifecycle_listeners_hear_only_what_they_asked_for);
    tcase_add_test(tcase, lifecycle_of_an_allocator_hears_every_context_attached_now_or_later);
    tcase_add_test(tcase, lifecycle_events_that_a_listener_causes_are_counted_and_not_told);
    tcase_add_test(tcase, lifecycle_listener_may_not_take_the_context_or_the_allocator_away);
    tcase_add_test(tcase, lifecycle_misuse_is_refused);
    return support_run(suite);
}
