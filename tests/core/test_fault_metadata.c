/* Fault 38: bytes of the SDK's own records are written over. Whatever happens then - the program stops, a
 * call is refused, or nothing - no call may serve wrongly: give a block that is somebody else's, another
 * address than the block's, or free what nobody asked to free. Each flip happens in a child process of its
 * own. */
#include <signal.h>

#include "core/group.h"
#include "core/handle.h"
#include "core/stream.h"
#include "core/support.h"

enum { WRONG_SERVICE = 3, FLIPS = SUPPORT_SLOW ? 60 : 400 };

static world w;
static random_state dice;

/* Ends the child. */
static void demand(bool right)
{
    if (!right) {
        _exit(WRONG_SERVICE);
    }
}

static struct {
    unsigned stopped;
    unsigned told; /* of those: by FA901 */
    unsigned unharmed;
} outcome;

typedef struct target {
    void *p;
    size_t bytes;
    const char *what;
} target;

/* Flip a byte of the target and go on as if nothing had happened. */
static void flip_and(const target *t, void (*go_on)(void))
{
    size_t offset = random_below(&dice, t->bytes);
    uint8_t mask = (uint8_t)(1 + random_below(&dice, 255));
    int ends[2];
    EXPECT(pipe(ends) == 0);
    (void)fflush(NULL);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)signal(SIGALRM, SIG_DFL); /* not the test runner's */
        (void)alarm(5);                 /* going on for ever is no answer either */
        fa_allocator_set_handler(w.allocator, (fa_diagnostic_handler){NULL, NULL});
        ((uint8_t *)t->p)[offset] ^= mask;
        go_on();
        _exit(0);
    }
    (void)close(ends[1]);
    char text[4096] = "";
    size_t have = 0;
    char piece[1024];
    for (ssize_t n; (n = read(ends[0], piece, sizeof piece)) > 0;) {
        for (ssize_t i = 0; i < n && have + 1 < sizeof text; i++) {
            text[have++] = piece[i];
        }
    }
    (void)close(ends[0]);
    int status = 0;
    EXPECT(waitpid(child, &status, 0) == child);
    EXPECTF(!(WIFEXITED(status) && WEXITSTATUS(status) == WRONG_SERVICE),
            "byte %zu of %s, flipped by %02x: wrong service", offset, t->what, mask);
    EXPECTF(!(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM), "byte %zu of %s, flipped by %02x: no end",
            offset, t->what, mask);
    bool unharmed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    outcome.unharmed += unharmed ? 1 : 0;
    outcome.stopped += unharmed ? 0 : 1;
    outcome.told += strstr(text, "FA901") != NULL ? 1 : 0;
}

static void show(const char *what)
{
    printf("fault 38, %s: %u flips, %u stopped the program (%u with FA901), %u did no harm\n", what,
           outcome.stopped + outcome.unharmed, outcome.stopped, outcome.told, outcome.unharmed);
}

/* ---- handles ----------------------------------------------------------------------------------------------- */

enum { HANDLES = 40 };

static fa_handle_heap *heap;
static fa_handle handles[HANDLES];
static size_t sizes[HANDLES];
static void *pinned[HANDLES]; /* address, or NULL */

static void check_handles(void)
{
    for (size_t i = 0; i < HANDLES; i++) {
        if (fa_handle_is_null(handles[i])) {
            continue;
        }
        void *p = fa_handle_pin(w.ctx, heap, handles[i]);
        if (p != NULL) {
            demand(fa_handle_size_bytes(w.ctx, heap, handles[i]) == sizes[i]);
            demand(pattern_holds(p, sizes[i], i, sizes[i]));
            demand(pinned[i] == NULL || p == pinned[i]);
            (void)fa_handle_unpin(w.ctx, heap, handles[i]);
        }
    }
}

static void use_handles(void)
{
    check_handles();
    for (size_t i = 0; i < HANDLES; i++) {
        if (fa_handle_is_null(handles[i])) {
            sizes[i] = i * 37 % 500;
            handles[i] = fa_handle_alloc(w.ctx, heap, sizes[i], 16);
            void *p = fa_handle_is_null(handles[i]) ? NULL : fa_handle_get(w.ctx, heap, handles[i]);
            if (p != NULL) {
                pattern_fill(p, sizes[i], i);
            }
        }
    }
    check_handles();
    for (size_t i = 0; i < HANDLES; i += 5) {
        if (pinned[i] == NULL && fa_handle_free(w.ctx, heap, handles[i]) == FA_RESULT_OK) {
            demand(!fa_handle_is_live(w.ctx, heap, handles[i]));
            handles[i] = (fa_handle){0};
        }
    }
    (void)fa_handle_heap_defragment(w.ctx, heap, FA_NO_LIMIT);
    check_handles();
}

START_TEST(fault_38_damaged_records_of_handles_never_serve_wrongly)
{
    dice = (random_state){support_seed()};
    world_open(&w, NULL);
    EXPECT_OK(fa_handle_heap_create(w.ctx, NULL, &heap));
    for (size_t i = 0; i < HANDLES; i++) {
        sizes[i] = 20 + i * 61 % 700;
        handles[i] = fa_handle_alloc(w.ctx, heap, sizes[i], 16);
        pattern_fill(fa_handle_get(w.ctx, heap, handles[i]), sizes[i], i);
        pinned[i] = i % 6 == 0 ? fa_handle_pin(w.ctx, heap, handles[i]) : NULL;
    }
    for (size_t i = 0; i < HANDLES; i++) {
        if (i % 3 == 1) {
            EXPECT_OK(fa_handle_free(w.ctx, heap, handles[i]));
            handles[i] = (fa_handle){0};
        }
    }
    const target slots = {heap->slots.items, heap->slots.count * sizeof(fai_handle_slot),
                          "the table of handles"};
    const target whole = {&heap->slots, sizeof *heap - offsetof(fa_handle_heap, slots), "the handle heap"};
    for (int i = 0; i < FLIPS; i++) {
        flip_and(i % 3 != 0 ? &slots : &whole, use_handles);
    }
    show("handles");
    EXPECTF(outcome.told > FLIPS / 4, "only %u of %d flips were told", outcome.told, FLIPS);
    for (size_t i = 0; i < HANDLES; i++) {
        EXPECT(pinned[i] == NULL || fa_handle_unpin(w.ctx, heap, handles[i]) == FA_RESULT_OK);
    }
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, heap));
    world_close(&w);
}
END_TEST

/* ---- groups ------------------------------------------------------------------------------------------------- */

enum { BLOCKS = 60 };

static fa_group *ours;
static fa_group *theirs;
static void *our_blocks[BLOCKS];
static void *their_blocks[BLOCKS];

static void use_groups(void)
{
    for (size_t i = 0; i < BLOCKS; i += 7) {
        (void)fa_group_free(w.ctx, ours, our_blocks[i]);
    }
    for (size_t i = 0; i < 30; i++) {
        void *p = fa_group_alloc(w.ctx, ours, 16, 16);
        for (size_t k = 0; k < BLOCKS; k++) {
            demand(p != their_blocks[k] && (k % 7 == 0 || p != our_blocks[k]));
        }
    }
    (void)fa_group_free_all(w.ctx, ours);
    for (size_t i = 0; i < BLOCKS; i++) { /* every one of theirs is there, and can be freed once */
        demand(pattern_holds(their_blocks[i], 16, i, 16));
        demand(fa_group_free(w.ctx, theirs, their_blocks[i]) == FA_RESULT_OK);
    }
}

START_TEST(fault_38_damaged_records_of_groups_never_free_what_is_anothers)
{
    dice = (random_state){support_seed()};
    world_open(&w, NULL);
    EXPECT_OK(fa_group_create(w.ctx, NULL, &ours));
    EXPECT_OK(fa_group_create(w.ctx, NULL, &theirs));
    for (size_t i = 0; i < BLOCKS;
         i++) { /* neighbours in memory: one flipped bit names the other group's block */
        our_blocks[i] = fa_group_alloc(w.ctx, ours, 16, 16);
        their_blocks[i] = fa_group_alloc(w.ctx, theirs, 16, 16);
        pattern_fill(their_blocks[i], 16, i);
    }
    const target set = {ours->slots, ours->slot_count * sizeof *ours->slots, "the list of a group's blocks"};
    const target whole = {&ours->own_tag, sizeof *ours - offsetof(fa_group, own_tag), "the group"};
    for (int i = 0; i < FLIPS; i++) {
        flip_and(i % 3 != 0 ? &set : &whole, use_groups);
    }
    show("groups");
    EXPECTF(outcome.told > FLIPS / 4, "only %u of %d flips were told", outcome.told, FLIPS);
    EXPECT_OK(fa_group_destroy(w.ctx, ours));
    EXPECT_OK(fa_group_destroy(w.ctx, theirs));
    world_close(&w);
}
END_TEST

/* ---- streams ------------------------------------------------------------------------------------------------ */

enum { STREAMS = 24, STREAM_BYTES = 300 };

static fa_stream_cache *cache;
static fa_stream streams[STREAMS];
static const void *read_at[STREAMS]; /* being read: its bytes stay where they are */

static void check_streams(void)
{
    for (size_t i = 0; i < STREAMS; i++) {
        demand(read_at[i] == NULL || pattern_holds(read_at[i], STREAM_BYTES, i, STREAM_BYTES));
        size_t bytes = 0;
        const void *p = fa_stream_read_begin(w.ctx, cache, streams[i], &bytes);
        if (p != NULL) {
            demand(bytes == STREAM_BYTES && pattern_holds(p, bytes, i, bytes));
            demand(read_at[i] == NULL || p == read_at[i]);
            demand(fa_stream_read_end(w.ctx, cache, streams[i]) == FA_RESULT_OK);
        }
    }
}

static void use_streams(void)
{
    check_streams();
    for (size_t i = 0; i < 16; i++) { /* new ones, for which old ones are evicted */
        fa_stream made;
        const fa_stream_desc desc = {.bytes = STREAM_BYTES};
        if (fa_stream_reserve(w.ctx, cache, &desc, &made) == FA_RESULT_OK) {
            size_t left = 0;
            void *p = fa_stream_write_begin(w.ctx, cache, made, &left);
            demand(p != NULL && left == STREAM_BYTES);
            memset(p, 0xEE, left);
            demand(fa_stream_write_end(w.ctx, cache, made, left) == FA_RESULT_OK);
            demand(fa_stream_ready(w.ctx, cache, made) == FA_RESULT_OK);
        }
        if (i % 4 == 0) {
            (void)fa_stream_set_priority(w.ctx, cache, streams[i], FA_STREAM_PRIORITY_HIGH);
            (void)fa_stream_release(w.ctx, cache, streams[i + 1]);
        }
    }
    check_streams();
}

START_TEST(fault_38_damaged_records_of_streams_never_serve_wrongly)
{
    dice = (random_state){support_seed()};
    world_open(&w, NULL);
    const fa_stream_cache_desc desc = {.budget_bytes = (STREAMS + 4) * STREAM_BYTES};
    EXPECT_OK(fa_stream_cache_create(w.ctx, &desc, &cache));
    for (size_t i = 0; i < STREAMS; i++) {
        uint8_t bytes[STREAM_BYTES];
        pattern_fill(bytes, STREAM_BYTES, i);
        EXPECT_OK(fa_stream_reserve(w.ctx, cache, &(fa_stream_desc){.bytes = STREAM_BYTES}, &streams[i]));
        EXPECT_OK(fa_stream_write(w.ctx, cache, streams[i], bytes, STREAM_BYTES));
        EXPECT_OK(fa_stream_ready(w.ctx, cache, streams[i]));
        read_at[i] = i % 5 == 0 ? fa_stream_read_begin(w.ctx, cache, streams[i], NULL) : NULL;
    }
    const target slots = {cache->slots.items, cache->slots.count * sizeof(fai_stream_slot),
                          "the table of streams"};
    const target whole = {&cache->slots,
                          offsetof(fa_stream_cache, on_evict) - offsetof(fa_stream_cache, slots),
                          "the stream cache"};
    for (int i = 0; i < FLIPS; i++) {
        flip_and(i % 3 != 0 ? &slots : &whole, use_streams);
    }
    show("streams");
    EXPECTF(outcome.told > FLIPS / 8, "only %u of %d flips were told", outcome.told, FLIPS);
    for (size_t i = 0; i < STREAMS; i += 5) {
        EXPECT_OK(fa_stream_read_end(w.ctx, cache, streams[i]));
    }
    EXPECT_OK(fa_stream_cache_destroy(w.ctx, cache));
    world_close(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault 38: own records written over");
    TCase *tcase = support_case(suite, "fault 38");
    tcase_add_test(tcase, fault_38_damaged_records_of_handles_never_serve_wrongly);
    tcase_add_test(tcase, fault_38_damaged_records_of_groups_never_free_what_is_anothers);
    tcase_add_test(tcase, fault_38_damaged_records_of_streams_never_serve_wrongly);
    return support_run(suite);
}
