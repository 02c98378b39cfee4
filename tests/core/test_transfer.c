/* Transfers: one sender, one receiver, whatever races, fails or dies in between; faults 16 and 17. The
 * system's own backing: no lock of the tests orders anything for TSan. */
#include "core/support.h"

static world w;
static fa_context *other;
static fa_transfer *ticket;

static void setup(void)
{
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&w, &desc);
    EXPECT_OK(fa_context_attach(w.allocator, &(fa_context_desc){.name = "other"}, &other));
}
static void teardown(void)
{
    EXPECT_OK(fa_context_detach(other));
    EXPECT_UINT(world_stats(&w).pool_bytes, 0);
    EXPECT_UINT(world_stats(&w).heap_bytes, 0);
    fa_transfer_stats stats;
    EXPECT_OK(fa_transfer_stats_get(w.allocator, &stats));
    EXPECT_UINT(stats.sent, stats.received + stats.cancelled + stats.pending);
    EXPECT_UINT(stats.pending, 0);
    EXPECT_UINT(stats.pending_bytes, 0);
    world_close(&w);
}

/* ---- moving -------------------------------------------------------------------------------------------- */

START_TEST(transfer_moves_pool_objects_of_every_size_to_the_receivers_account)
{
    for (size_t size = 1; size < 200000; size = size * 3 / 2 + 1) {
        void *p = fa_pool_alloc(w.ctx, size, 64);
        pattern_fill(p, size, size);
        EXPECT_OK(fa_transfer_send(w.ctx, p, size % 2 != 0 ? size : 0, &ticket));
        EXPECT(ticket != NULL);
        EXPECT_UINT(world_stats(&w).pool_bytes, 0); /* nobody's yet */
        EXPECT_UINT(world_stats(&w).heap_bytes, size);
        void *q = NULL;
        EXPECT_OK(fa_transfer_receive(other, ticket, &q));
        EXPECT(((uintptr_t)q & 63) == 0 && pattern_holds(q, size, size, size));
        EXPECT_UINT(fa_pool_size_bytes(other, q), size);
        EXPECT_UINT(world_stats(&w).pool_bytes, size);
        EXPECT_UINT(world_stats(&w).pool_objects, 1);
        EXPECT_UINT(world_stats(&w).heap_bytes, 0);
        EXPECT_OK(fa_pool_free(other, q));
    }
}
END_TEST

START_TEST(transfer_charges_the_receivers_tag)
{
    fa_tag mine = fa_tag_intern(w.allocator, "mine");
    fa_tag theirs = fa_tag_intern(w.allocator, "theirs");
    EXPECT_OK(fa_tag_push(w.ctx, mine));
    EXPECT_OK(fa_tag_push(other, theirs));
    void *p = fa_pool_alloc(w.ctx, 100, 8);
    EXPECT_UINT(tag_stats(w.allocator, mine).self.pool_bytes, 100);
    EXPECT_OK(fa_transfer_send(w.ctx, p, 0, &ticket));
    EXPECT_UINT(tag_stats(w.allocator, mine).self.pool_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, mine).self.heap_bytes, 100);
    EXPECT_OK(fa_transfer_receive(other, ticket, &p));
    EXPECT_UINT(tag_stats(w.allocator, mine).self.heap_bytes, 0);
    EXPECT_UINT(tag_stats(w.allocator, theirs).self.pool_bytes, 100);
    EXPECT_OK(fa_pool_free(other, p));
    EXPECT_OK(fa_tag_pop(other));
    EXPECT_OK(fa_tag_pop(w.ctx));
}
END_TEST

START_TEST(transfer_of_a_frame_block_survives_the_senders_frames)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *p = fa_frame_alloc(w.ctx, 3000, 256);
    pattern_fill(p, 3000, 5);
    EXPECT_OK(fa_transfer_send(w.ctx, p, 3000, &ticket));
    EXPECT_OK(fa_frame_end(w.ctx));
    for (int frame = 0; frame < 10; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        memset(fa_frame_alloc(w.ctx, 100000, 16), 1, 100000);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    void *q = &w;
    EXPECT_RESULT(fa_transfer_receive(other, ticket, &q),
                  NO_FRAME); /* the receiver needs a frame of its own */
    EXPECT(q == NULL);
    recorder_expect_one(&w.rec, FA_CODE_FA001, FA_RESULT_NO_FRAME, __FILE__, __LINE__ - 3, "receive");
    EXPECT_OK(fa_frame_begin(other));
    EXPECT_OK(fa_transfer_receive(other, ticket, &q));
    EXPECT(((uintptr_t)q & 255) == 0 && pattern_holds(q, 3000, 5, 3000));
    EXPECT(fa_frame_used_bytes(other) >= 3000);
    EXPECT_OK(fa_frame_end(other));
}
END_TEST

START_TEST(transfer_moves_heap_blocks_and_oversize_frame_blocks)
{
    void *p = fa_heap_alloc(w.ctx, 5000, 4096);
    pattern_fill(p, 5000, 1);
    EXPECT_OK(fa_transfer_send(w.ctx, p, 5000, &ticket));
    EXPECT_REFUSED(&w, fa_heap_free(w.ctx, p), FA607, DOUBLE_FREE);
    void *q = NULL;
    EXPECT_OK(fa_transfer_receive(other, ticket, &q));
    EXPECT(((uintptr_t)q & 4095) == 0 && pattern_holds(q, 5000, 1, 5000));
    EXPECT_OK(fa_heap_free(other, q));
    world small;
    fa_allocator_desc desc = {.frame_max_bytes = 1 << 20,
                              .oversize_to_heap = true,
                              .backing = fa_backing_os()};
    world_open(&small, &desc);
    EXPECT_OK(fa_frame_begin(small.ctx));
    p = fa_frame_alloc(small.ctx, 2 << 20, 16);
    pattern_fill(p, 2 << 20, 2);
    EXPECT_OK(fa_transfer_send(small.ctx, p, 2 << 20, &ticket));
    EXPECT_OK(fa_frame_end(small.ctx));
    EXPECT_OK(fa_frame_begin(small.ctx));
    EXPECT_OK(fa_transfer_receive(small.ctx, ticket, &q)); /* by its sender: why not */
    EXPECT(pattern_holds(q, 2 << 20, 2, 2 << 20));
    EXPECT_OK(fa_frame_end(small.ctx));
    world_close(&small);
}
END_TEST

/* ---- exactly once -------------------------------------------------------------------------------------- */

START_TEST(fault_17_a_second_receive_gets_taken_until_both_sides_have_ended_a_frame_then_stale)
{
    void *p = fa_pool_alloc(w.ctx, 100, 8);
    void *q = NULL;
    EXPECT_OK(fa_transfer_send(w.ctx, p, 100, &ticket));
    EXPECT_REFUSED(&w, fa_pool_free(w.ctx, p), FA607, DOUBLE_FREE); /* it is not ours any more */
    EXPECT_OK(fa_transfer_receive(other, ticket, &q));
    fa_transfer *first = ticket;
    for (int i = 0; i < 3; i++) {
        void *none = &w;
        EXPECT_RESULT(fa_transfer_receive(i == 1 ? w.ctx : other, first, &none), TAKEN);
        EXPECT(none == NULL);
        EXPECT_RESULT(fa_transfer_cancel(w.ctx, first, &none), TAKEN);
        EXPECT_UINT(w.rec.count, 0); /* nobody's mistake */
        fa_context *side = i == 0 ? w.ctx : other;
        if (i < 2) {
            EXPECT_OK(fa_frame_begin(side));
            EXPECT_OK(fa_frame_end(side));
        }
        if (i == 0) { /* one side is not enough, when the slot would be wanted */
            void *more = fa_pool_alloc(w.ctx, 10, 1);
            EXPECT_OK(fa_transfer_send(w.ctx, more, 0, &ticket));
            EXPECT_OK(fa_transfer_cancel(w.ctx, ticket, &more));
            EXPECT_OK(fa_pool_free(w.ctx, more));
        }
    }
    /* The slot is used again: the old ticket meets another transfer. */
    void *more = fa_pool_alloc(w.ctx, 10, 1);
    fa_transfer *next = NULL;
    EXPECT_OK(fa_transfer_send(w.ctx, more, 0, &next));
    void *none = &w;
    EXPECT_REFUSED(&w, fa_transfer_receive(other, first, &none), FA606, STALE);
    EXPECT(none == NULL);
    EXPECT_REFUSED(&w, fa_transfer_receive(other, (fa_transfer *)opaque(&w), &none), FA606, STALE);
    EXPECT_REFUSED(&w, fa_transfer_receive(other, NULL, &none), FA606, STALE);
    EXPECT_OK(fa_transfer_receive(other, next, &more));
    EXPECT_OK(fa_pool_free(other, more));
    EXPECT_OK(fa_pool_free(other, q));
}
END_TEST

enum { RACERS = 4, ROUNDS = SUPPORT_SLOW ? 200 : 2000 };
static pthread_barrier_t together;
static fa_transfer *_Atomic current;
static atomic_uint winners, losers;
static fa_allocator *shared;

static void *race(void *user)
{
    (void)user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, NULL, &ctx));
    for (uint64_t round = 0; round < ROUNDS; round++) {
        (void)pthread_barrier_wait(&together);
        void *p = &w;
        fa_result result = fa_transfer_receive(ctx, atomic_load(&current), &p);
        EXPECT(result == FA_RESULT_OK || result == FA_RESULT_TAKEN);
        EXPECT((p != NULL) == (result == FA_RESULT_OK));
        if (p != NULL) {
            EXPECT(pattern_holds(p, 333, round, 333));
            EXPECT_OK(fa_pool_free(ctx, p));
            atomic_fetch_add(&winners, 1);
        } else {
            atomic_fetch_add(&losers, 1);
        }
        (void)pthread_barrier_wait(&together);
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(fault_17_of_racing_receivers_one_wins)
{
    shared = w.allocator;
    pthread_t threads[RACERS];
    (void)pthread_barrier_init(&together, NULL, RACERS + 1);
    for (int i = 0; i < RACERS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, race, NULL) == 0);
    }
    unsigned taken_back = 0;
    for (uint64_t round = 0; round < ROUNDS; round++) {
        void *p = fa_pool_alloc(w.ctx, 333, 8);
        pattern_fill(p, 333, round);
        EXPECT_OK(fa_transfer_send(w.ctx, p, 333, &ticket));
        atomic_store(&current, ticket);
        (void)pthread_barrier_wait(&together);
        if (round % 4 == 0 && fa_transfer_cancel(w.ctx, ticket, &p) == FA_RESULT_OK) { /* races as well */
            EXPECT_OK(fa_pool_free(w.ctx, p));
            taken_back++;
        }
        (void)pthread_barrier_wait(&together);
    }
    for (int i = 0; i < RACERS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(atomic_load(&winners) + taken_back, ROUNDS);
    EXPECT_UINT(atomic_load(&losers) + atomic_load(&winners), ROUNDS * RACERS);
    EXPECT_UINT(w.rec.count, 0);
}
END_TEST

/* ---- never received ------------------------------------------------------------------------------------ */

static fa_transfer_info info_of(const fa_transfer *wanted)
{
    fa_transfer_info infos[64];
    size_t count = fa_transfer_list(w.allocator, infos, 64);
    for (size_t i = 0; i < count && i < 64; i++) {
        if (infos[i].transfer == wanted) {
            return infos[i];
        }
    }
    EXPECTF(false, "not listed");
    return infos[0];
}

START_TEST(fault_16_what_is_never_received_is_listed_with_sender_size_age_and_tag)
{
    fa_tag tag = fa_tag_intern(w.allocator, "net/packets");
    EXPECT_OK(fa_tag_push(other, tag));
    void *p = fa_pool_alloc(other, 700, 8);
    EXPECT_OK(fa_transfer_send(other, p, 700, &ticket));
    EXPECT_OK(fa_tag_pop(other));
    (void)usleep(2000);
    fa_transfer_info info = info_of(ticket);
    EXPECT(info.state == FA_TRANSFER_PENDING && !info.adopted);
    EXPECT_STR(info.sender, "other");
    EXPECT_STR(info.receiver, "");
    EXPECT_STR(info.tag, "net/packets");
    EXPECT(strstr(info.here, "test_transfer.c:") != NULL);
    EXPECT_UINT(info.bytes, 700);
    EXPECTF(info.age_ns >= 2000000, "%lld", (long long)info.age_ns);
    fa_transfer_stats stats;
    EXPECT_OK(fa_transfer_stats_get(w.allocator, &stats));
    EXPECT_UINT(stats.pending, 1);
    EXPECT_UINT(stats.pending_bytes, 700);
    EXPECT_RESULT(fa_transfer_stats_get(w.allocator, NULL), INVALID_ARGUMENT);
    EXPECT_UINT(fa_transfer_list(w.allocator, NULL, 0), 1);
    EXPECT_REFUSED(&w, fa_transfer_cancel(w.ctx, ticket, &p), FA209, INVALID_ARGUMENT);
    EXPECT_OK(fa_transfer_cancel(other, ticket, &p));
    EXPECT(info_of(ticket).state == FA_TRANSFER_CANCELLED);
    EXPECT_OK(fa_pool_free(other, p));
}
END_TEST

START_TEST(fault_16_after_its_time_only_the_sender_has_it)
{
    void *p = fa_pool_alloc(w.ctx, 100, 8);
    pattern_fill(p, 100, 9);
    EXPECT_OK(fa_transfer_send_for(w.ctx, p, 100, &ticket, 1000000));
    (void)usleep(1500);
    void *q = &w;
    EXPECT_RESULT(fa_transfer_receive(other, ticket, &q), TIMEOUT);
    EXPECT(q == NULL);
    EXPECT(info_of(ticket).state == FA_TRANSFER_EXPIRED);
    EXPECT_OK(fa_transfer_cancel(w.ctx, ticket, &q));
    EXPECT(pattern_holds(q, 100, 9, 100));
    EXPECT_OK(fa_pool_free(w.ctx, q));
    EXPECT_UINT(w.rec.count, 0);
    p = fa_pool_alloc(w.ctx, 100, 8);
    EXPECT_OK(fa_transfer_send_for(w.ctx, p, 100, &ticket, 60 * INT64_C(1000000000)));
    EXPECT_OK(fa_transfer_receive(other, ticket, &q));
    EXPECT_OK(fa_pool_free(other, q));
}
END_TEST

static void *send_and_end(void *user)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, &(fa_context_desc){.name = "short-lived"}, &ctx));
    EXPECT_OK(fa_frame_begin(ctx));
    void *p = fa_pool_alloc(ctx, 5000, 8);
    pattern_fill(p, 5000, 3);
    EXPECT_OK(fa_transfer_send(ctx, p, 0, (fa_transfer **)user));
    return NULL; /* with an open frame, without detaching */
}

START_TEST(fault_16_a_senders_end_leaves_its_transfers_to_be_received_or_taken_back_by_anybody)
{
    shared = w.allocator;
    for (int i = 0; i < 4; i++) {
        on_another_thread(send_and_end, &ticket);
        EXPECT_UINT(w.rec.log_count[FA_LOG_TRANSFERS_ADOPTED], i + 1);
        EXPECT_STR(info_of(ticket).sender, "short-lived");
        EXPECT(info_of(ticket).adopted);
        void *p = NULL;
        EXPECT_OK(i % 2 == 0 ? fa_transfer_receive(w.ctx, ticket, &p)
                             : fa_transfer_cancel(w.ctx, ticket, &p));
        EXPECT(pattern_holds(p, 5000, 3, 5000));
        EXPECT_OK(fa_pool_free(w.ctx, p));
    }
}
END_TEST

/* A receiver whose thread ends: before it receives, after it was refused, after it received. */
static int death_step;
static void *receive_and_die(void *user)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(shared, NULL, &ctx));
    if (death_step == 0) {
        return NULL;
    }
    void *p = NULL;
    if (death_step == 2) {
        EXPECT_OK(fa_frame_begin(ctx));
        EXPECT_OK(fa_transfer_receive(ctx, (fa_transfer *)user, &p));
    } else {
        EXPECT_RESULT(fa_transfer_receive(ctx, (fa_transfer *)user, &p), NO_FRAME);
    }
    return NULL;
}

START_TEST(fault_16_a_receiver_that_dies_at_any_step_loses_nothing_for_others)
{
    shared = w.allocator;
    death_step = _i;
    EXPECT_OK(fa_frame_begin(w.ctx));
    void *p = fa_frame_alloc(w.ctx, 900, 8);
    pattern_fill(p, 900, 4);
    EXPECT_OK(fa_transfer_send(w.ctx, p, 900, &ticket));
    EXPECT_OK(fa_frame_end(w.ctx));
    on_another_thread(receive_and_die, ticket);
    w.rec.count = 0;
    EXPECT_OK(fa_frame_begin(other));
    fa_result result = fa_transfer_receive(other, ticket, &p);
    if (_i == 2) {
        EXPECT_RESULT(result, TAKEN); /* it had it, and took it along */
    } else {
        EXPECT_OK(result);
        EXPECT(pattern_holds(p, 900, 4, 900));
    }
    EXPECT_OK(fa_frame_end(other));
}
END_TEST

START_TEST(transfer_that_is_pending_when_the_allocator_goes_is_told)
{
    world doomed;
    fa_allocator_desc desc = {.backing = fa_backing_os()};
    world_open(&doomed, &desc);
    void *p = fa_pool_alloc(doomed.ctx, 1234, 8);
    EXPECT_OK(fa_transfer_send(doomed.ctx, p, 0, &ticket));
    EXPECT_OK(fa_context_detach(doomed.ctx));
    EXPECT_OK(fa_allocator_destroy(doomed.allocator));
    EXPECT_UINT(doomed.rec.log_count[FA_LOG_TRANSFER_NEVER_RECEIVED], 1);
    EXPECT_UINT(recorder_count_of(&doomed.rec, FA_CODE_FA608), 1); /* its bytes, and where it was sent */
    EXPECT_UINT(doomed.rec.items[0].bytes, 1234);
    EXPECT(strstr(doomed.rec.items[0].message, "test_transfer.c:") != NULL);
}
END_TEST

/* ---- misuse, no memory --------------------------------------------------------------------------------- */

START_TEST(transfer_misuse_is_refused_and_changes_nothing)
{
    char local[64];
    EXPECT_RESULT(fa_transfer_send(w.ctx, local, 64, NULL), INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_transfer_send(w.ctx, NULL, 64, &ticket), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_transfer_send(w.ctx, local, 64, &ticket), FA607, FOREIGN_POINTER);
    char *p = fa_pool_alloc(w.ctx, 100, 8);
    EXPECT_REFUSED(&w, fa_transfer_send(w.ctx, p, 99, &ticket), FA607, WRONG_SIZE);
    EXPECT_REFUSED(&w, fa_transfer_send(w.ctx, p + 16, 84, &ticket), FA607, FOREIGN_POINTER);
    EXPECT(ticket == NULL);
    EXPECT_OK(fa_frame_begin(other));
    char *theirs = fa_frame_alloc(other, 100, 8);
    EXPECT_REFUSED(&w, fa_transfer_send(w.ctx, theirs, 100, &ticket), FA607, WRONG_FAMILY);
    EXPECT_OK(fa_frame_end(other));
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *mine = fa_frame_alloc(w.ctx, 100, 8);
    EXPECT_REFUSED(&w, fa_transfer_send(w.ctx, mine, 0, &ticket), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_transfer_send(w.ctx, mine, 100000, &ticket), FA607, WRONG_FAMILY);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_REFUSED(&w, fa_transfer_send(w.ctx, opaque(mine), 100, &ticket), FA607, WRONG_FAMILY);
    EXPECT_OK(fa_transfer_send(w.ctx, p, 100, &ticket));
    fa_transfer *none = NULL;
    EXPECT_REFUSED(&w, fa_transfer_send(w.ctx, p, 100, &none), FA607, DOUBLE_FREE);
    EXPECT_RESULT(fa_transfer_receive(other, ticket, NULL), INVALID_ARGUMENT);
    void *q = NULL;
    EXPECT_OK(fa_transfer_receive(other, ticket, &q));
    EXPECT_OK(fa_pool_free(other, q));
}
END_TEST

START_TEST(transfer_without_memory_leaves_the_block_where_it_is)
{
    world small;
    world_open(&small, NULL);
    char *p = fa_pool_alloc(small.ctx, 50000, 8);
    pattern_fill(p, 50000, 7);
    small.backing.commit_limit_bytes = small.backing.committed_bytes;
    EXPECT_NO_MEMORY(&small, fa_transfer_send(small.ctx, p, 0, &ticket), OUT_OF_MEMORY);
    EXPECT(ticket == NULL && pattern_holds(p, 50000, 7, 50000));
    small.backing.commit_limit_bytes = 0;
    EXPECT_OK(fa_transfer_send(small.ctx, p, 0, &ticket));
    void *hog = fa_pool_alloc(small.ctx, 60000, 8); /* takes the pages that the block left */
    small.backing.commit_limit_bytes = small.backing.committed_bytes;
    void *q = &small;
    EXPECT_RESULT(fa_transfer_receive(small.ctx, ticket, &q), OUT_OF_MEMORY);
    EXPECT(q == NULL);
    small.backing.commit_limit_bytes = 0;
    EXPECT_OK(fa_transfer_receive(small.ctx, ticket, &q));
    EXPECT(pattern_holds(q, 50000, 7, 50000));
    EXPECT_OK(fa_pool_free(small.ctx, q));
    EXPECT_OK(fa_pool_free(small.ctx, hog));
    world_close(&small);
}
END_TEST

START_TEST(transfer_table_does_not_grow_with_the_number_of_transfers)
{
    uint64_t before = 0;
    for (int i = 0; i < (SUPPORT_SLOW ? 3000 : 30000); i++) {
        void *p = fa_pool_alloc(w.ctx, 64, 8);
        void *q = NULL;
        EXPECT_OK(fa_transfer_send(w.ctx, p, 64, &ticket));
        EXPECT_OK(fa_transfer_receive(other, ticket, &q));
        EXPECT_OK(fa_pool_free(other, q));
        if (i % 10 == 9) {
            EXPECT_OK(fa_frame_begin(w.ctx));
            EXPECT_OK(fa_frame_begin(other));
            EXPECT_OK(fa_frame_end(other));
            EXPECT_OK(fa_frame_end(w.ctx));
        }
        if (i == 200) {
            before = world_stats(&w).metadata_bytes;
        }
    }
    EXPECT_UINT(world_stats(&w).metadata_bytes, before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transfer");
    TCase *tcase = support_case(suite, "transfer");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, transfer_moves_pool_objects_of_every_size_to_the_receivers_account);
    tcase_add_test(tcase, transfer_charges_the_receivers_tag);
    tcase_add_test(tcase, transfer_of_a_frame_block_survives_the_senders_frames);
    tcase_add_test(tcase, transfer_moves_heap_blocks_and_oversize_frame_blocks);
    tcase_add_test(tcase,
                   fault_17_a_second_receive_gets_taken_until_both_sides_have_ended_a_frame_then_stale);
    tcase_add_test(tcase, fault_17_of_racing_receivers_one_wins);
    tcase_add_test(tcase, fault_16_what_is_never_received_is_listed_with_sender_size_age_and_tag);
    tcase_add_test(tcase, fault_16_after_its_time_only_the_sender_has_it);
    tcase_add_test(tcase,
                   fault_16_a_senders_end_leaves_its_transfers_to_be_received_or_taken_back_by_anybody);
    tcase_add_loop_test(tcase, fault_16_a_receiver_that_dies_at_any_step_loses_nothing_for_others, 0, 3);
    tcase_add_test(tcase, transfer_that_is_pending_when_the_allocator_goes_is_told);
    tcase_add_test(tcase, transfer_misuse_is_refused_and_changes_nothing);
    tcase_add_test(tcase, transfer_without_memory_leaves_the_block_where_it_is);
    tcase_add_test(tcase, transfer_table_does_not_grow_with_the_number_of_transfers);
    return support_run(suite);
}
