/* Limits in bytes: exact at the edge, in every lifetime, with every policy, from hooks and from many threads.
 */
#include "core/support.h"

#define EVENTS_MAX 64

/* ---- a world with a hook ------------------------------------------------------------------------------- */

typedef struct event_log {
    fa_budget_event events[EVENTS_MAX];
    unsigned count;
    void (*inside)(const fa_budget_event *event); ///< what the hook does besides
} event_log;

static world w;
static event_log told;
static pthread_mutex_t told_lock = PTHREAD_MUTEX_INITIALIZER; ///< hooks run on every thread at once
static fa_tag physics;
static fa_tag contacts;
static fa_tag audio;

static void on_event(void *user, const fa_budget_event *event)
{
    event_log *log = user;
    EXPECT(event->here != NULL && event->tag_path != NULL && event->ctx != NULL);
    (void)pthread_mutex_lock(&told_lock);
    if (log->count < EVENTS_MAX) {
        log->events[log->count] = *event;
    }
    log->count++;
    (void)pthread_mutex_unlock(&told_lock);
    if (log->inside != NULL) {
        log->inside(event);
    }
}

static void open_with(fa_allocator_desc desc)
{
    memset(&told, 0, sizeof told);
    desc.budget_hook = (fa_budget_hook){on_event, &told};
    world_open(&w, &desc);
    physics = fa_tag_intern(w.allocator, "physics");
    contacts = fa_tag_intern(w.allocator, "physics/contacts");
    audio = fa_tag_intern(w.allocator, "audio");
}

static void setup(void)
{
    open_with((fa_allocator_desc){0});
}

static void teardown(void)
{
    world_close(&w);
}

static size_t used_by_tag(fa_tag tag)
{
    fa_budget_stats stats;
    EXPECT_OK(fa_tag_budget_get(w.allocator, tag, &stats));
    return stats.used_bytes;
}

static size_t used_by_all(void)
{
    fa_budget_stats stats;
    EXPECT_OK(fa_allocator_budget_get(w.allocator, &stats));
    return stats.used_bytes;
}

static void *frame(size_t bytes)
{
    return fa_frame_alloc(w.ctx, bytes, 1);
}

/* Refused for the budget's sake, silently and without a change. */
#define EXPECT_OVER(call) EXPECT_NO_MEMORY_NULL(&w, call, OVER_BUDGET)

/* ---- the whole allocator ------------------------------------------------------------------------------- */

#define LIMIT ((size_t)100000)

static void setup_limited(void)
{
    open_with((fa_allocator_desc){.memory_limit_bytes = LIMIT});
}

START_TEST(budget_of_the_allocator_is_exact_to_the_byte_across_all_lifetimes)
{
    fa_arena *level = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &level));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(frame(10001) != NULL);
    void *block = fa_pool_alloc(w.ctx, 20002, 0);
    void *large = fa_pool_alloc(w.ctx, 10000, 0);
    void *heap = fa_heap_alloc(w.ctx, 30003, 0);
    EXPECT(block != NULL && large != NULL && heap != NULL);
    EXPECT(fa_arena_alloc(level, 5005, 1) != NULL);
    EXPECT_UINT(used_by_all(), 75011);
    size_t left = LIMIT - 75011;
    for (unsigned family = 0; family < 4; family++) {
        /* One byte more than is left is refused, and just what is left is served, by whatever lifetime. */
        switch (family) {
        case 0:
            EXPECT_UINT(fa_context_frame_remaining_bytes(w.ctx), left);
            EXPECT_OVER(frame(left + 1));
            EXPECT(frame(left) != NULL);
            EXPECT_OVER(frame(1));
            EXPECT_OVER(fa_pool_alloc(w.ctx, 1, 0));
            EXPECT_OVER(fa_heap_alloc(w.ctx, 1, 0));
            EXPECT_OVER(fa_arena_alloc(level, 1, 1));
            EXPECT_UINT(fa_context_frame_remaining_bytes(w.ctx), 0);
            EXPECT_UINT(used_by_all(), LIMIT);
            EXPECT_OK(fa_frame_end(w.ctx));
            EXPECT_OK(fa_frame_begin(w.ctx));
            EXPECT(frame(10001) != NULL);
            break;
        case 1:
            EXPECT_OVER(fa_pool_alloc(w.ctx, left + 1, 0));
            void *rest = fa_pool_alloc(w.ctx, left, 0);
            EXPECT(rest != NULL);
            EXPECT_UINT(used_by_all(), LIMIT);
            EXPECT_OVER(frame(1));
            EXPECT_OK(fa_pool_free(w.ctx, rest));
            break;
        case 2:
            EXPECT_OVER(fa_heap_alloc(w.ctx, left + 1, 0));
            void *more = fa_heap_alloc(w.ctx, left, 0);
            EXPECT(more != NULL);
            EXPECT_OVER(frame(1));
            EXPECT_OK(fa_heap_free(w.ctx, more));
            break;
        default:
            EXPECT_OVER(fa_arena_alloc(level, left + 1, 1));
            EXPECT(fa_arena_alloc(level, left, 1) != NULL);
            EXPECT_OVER(frame(1));
            EXPECT_OK(fa_arena_reset(level));
        }
    }
    EXPECT_UINT(used_by_all(), 75011 - 5005);
    EXPECT_OK(fa_arena_destroy(level));
    EXPECT_OK(fa_pool_free(w.ctx, block));
    EXPECT_OK(fa_pool_free(w.ctx, large));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(used_by_all(), 0);
    fa_budget_stats stats;
    EXPECT_OK(fa_allocator_budget_get(w.allocator, &stats));
    EXPECT_UINT(stats.hard_bytes, LIMIT);
    EXPECT_UINT(stats.soft_bytes, FA_NO_LIMIT);
    EXPECT_UINT(stats.refused, 11);
    EXPECT_UINT(told.count, 11);
    EXPECT(told.events[0].hard && told.events[0].kind == FA_BUDGET_OF_ALLOCATOR);
    EXPECT_UINT(told.events[0].limit_bytes, LIMIT);
    EXPECT_UINT(told.events[0].used_bytes, 75011);
    EXPECT_UINT(told.events[0].requested_bytes, left + 1);
}
END_TEST

START_TEST(budget_is_exact_for_single_bytes_in_one_frame_after_another)
{
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 777}));
    for (unsigned round = 0; round < 3; round++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        size_t served = 0;
        while (frame(1) != NULL) {
            served++;
        }
        EXPECT_RESULT(fa_context_last_result(w.ctx), OVER_BUDGET);
        EXPECT_UINT(served, 777);
        EXPECT_UINT(fa_frame_used_bytes(w.ctx), 777);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
}
END_TEST

START_TEST(budget_counts_padding_of_frame_memory)
{
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 200}));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(frame(1) != NULL);
    EXPECT(fa_frame_alloc(w.ctx, 64, 64) != NULL);
    EXPECT_UINT(used_by_all(), 128);
    EXPECT_OVER(fa_frame_alloc(w.ctx, 73, 64));
    EXPECT(fa_frame_alloc(w.ctx, 72, 64) != NULL);
    EXPECT_UINT(used_by_all(), 200);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(budget_set_late_counts_what_is_in_use)
{
    void *block = fa_pool_alloc(w.ctx, 1000, 0);
    void *heap = fa_heap_alloc(w.ctx, 100, 0);
    EXPECT_OK(fa_frame_begin(w.ctx));
    size_t before = 0;
    FA_TAG_SCOPE (w.ctx, contacts) {
        EXPECT(frame(500) != NULL);
    }
    EXPECT(frame(50) != NULL);
    before = fa_frame_used_bytes(w.ctx);
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 1100 + before + 7}));
    EXPECT_UINT(used_by_all(), 1100 + before);
    EXPECT_OVER(frame(8));
    EXPECT(frame(7) != NULL);
    EXPECT_OK(fa_pool_free(w.ctx, block));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
    EXPECT_UINT(used_by_all(), before + 7);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(used_by_all(), 0);
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){0})); /* no limit any more */
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(frame(1000000) != NULL);
    EXPECT_UINT(used_by_all(), 1000000);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(budget_gives_back_what_is_rewound_shrunk_or_fell_through)
{
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 1000}));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(frame(400) != NULL);
    fa_checkpoint checkpoint = fa_frame_mark(w.ctx);
    FA_TAG_SCOPE (w.ctx, physics) {
        EXPECT(frame(600) != NULL);
        EXPECT_OVER(frame(1));
    }
    EXPECT_OK(fa_frame_rewind(w.ctx, checkpoint));
    EXPECT_UINT(used_by_all(), 400);
    void *last = frame(100);
    last = fa_frame_realloc(w.ctx, last, 100, 600, 1); /* in place: it is the last block */
    EXPECT(last != NULL);
    EXPECT_UINT(used_by_all(), 1000);
    EXPECT_OVER(fa_frame_realloc(w.ctx, last, 600, 601, 1));
    EXPECT(fa_frame_realloc(w.ctx, last, 600, 10, 1) == last);
    EXPECT_UINT(used_by_all(), 410);
    EXPECT(frame(590) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(budget_of_a_heap_block_follows_its_reallocation)
{
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 300000}));
    size_t sizes[] = {100, 120, 5000, 200000, 300000, 150000, 10, 299999, 0};
    void *p = fa_heap_alloc(w.ctx, 1, 0);
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        p = fa_heap_realloc(w.ctx, p, sizes[i]);
        EXPECTF(p != NULL, "%zu", sizes[i]);
        EXPECT_UINT(used_by_all(), sizes[i]);
        EXPECT_OVER(fa_heap_realloc(w.ctx, p, 300001));
        EXPECT_UINT(used_by_all(), sizes[i]);
    }
    EXPECT_OK(fa_heap_free(w.ctx, p));
    EXPECT_UINT(used_by_all(), 0);
}
END_TEST

START_TEST(budget_takes_the_object_that_waits_in_a_typed_pool_back_before_it_refuses)
{
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 256}));
    fa_typed_pool *pool = NULL;
    EXPECT_OK(fa_typed_pool_create(w.ctx, &(fa_typed_pool_desc){.object_bytes = 64}, &pool));
    void *objects[4];
    for (unsigned i = 0; i < 4; i++) {
        objects[i] = fa_typed_pool_alloc(pool);
        EXPECT(objects[i] != NULL);
    }
    EXPECT_OVER(fa_typed_pool_alloc(pool));
    EXPECT_OK(fa_typed_pool_free(pool, objects[0]));
    EXPECT_UINT(used_by_all(), 192);
    void *block = fa_pool_alloc(w.ctx, 64, 0);
    EXPECT(block != NULL);
    EXPECT_OVER(fa_typed_pool_alloc(pool));
    EXPECT_OK(fa_pool_free(w.ctx, block));
    EXPECT_OK(fa_typed_pool_destroy(pool));
    EXPECT_UINT(used_by_all(), 0);
}
END_TEST

START_TEST(budget_takes_what_waits_in_other_contexts_of_the_thread_back_before_it_refuses)
{
    fa_context *second = NULL;
    fa_typed_pool *pool = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &second));
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 1000}));
    EXPECT_OK(fa_typed_pool_create(second, &(fa_typed_pool_desc){.object_bytes = 64}, &pool));
    EXPECT_OK(fa_typed_pool_free(pool, fa_typed_pool_alloc(pool)));
    EXPECT_UINT(used_by_all(), 0);
    void *block = fa_pool_alloc(w.ctx, 1000, 0);
    EXPECT(block != NULL);
    EXPECT_OK(fa_pool_free(w.ctx, block));
    EXPECT_OK(fa_typed_pool_destroy(pool));
    EXPECT_OK(fa_context_detach(second));
    EXPECT_UINT(used_by_all(), 0);
}
END_TEST

START_TEST(budget_of_a_scratch_scope_is_its_own_tags_also_inside_of_another_tags)
{
    EXPECT_OK(fa_tag_budget_set(w.allocator, physics, (fa_budget){.hard_bytes = 10000}));
    EXPECT_OK(fa_tag_budget_set(w.allocator, audio, (fa_budget){.hard_bytes = 3000}));
    EXPECT_OK(fa_tag_push(w.ctx, physics));
    fa_scratch outer = fa_scratch_begin(w.ctx);
    fa_arena_mark mark = fa_arena_mark_get(outer.arena);
    EXPECT(fa_scratch_alloc(&outer, 5000, 1) != NULL);
    EXPECT_OK(fa_tag_push(w.ctx, audio));
    fa_scratch inner = fa_scratch_begin(w.ctx);
    EXPECT(inner.arena == outer.arena);
    EXPECT_OVER(fa_scratch_alloc(&inner, 3001, 1));
    EXPECT(fa_scratch_alloc(&inner, 3000, 1) != NULL);
    EXPECT_OVER(fa_scratch_alloc(&inner, 1, 1));
    EXPECT(used_by_tag(physics) == 5000 && used_by_tag(audio) == 3000);
    EXPECT_OK(fa_arena_rewind(outer.arena, mark)); /* both tags' bytes go back; the inner scope goes on */
    EXPECT(used_by_tag(physics) == 0 && used_by_tag(audio) == 0);
    EXPECT(fa_scratch_alloc(&inner, 2000, 1) != NULL);
    EXPECT(used_by_tag(physics) == 0 && used_by_tag(audio) == 2000);
    EXPECT_UINT(tag_stats(w.allocator, audio).self.arena_bytes, 2000);
    EXPECT_OK(fa_tag_budget_set(w.allocator, contacts, (fa_budget){.hard_bytes = 100})); /* news in between */
    EXPECT_OK(fa_scratch_end(&inner));
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT(fa_scratch_alloc(&outer, 10000, 1) != NULL);
    EXPECT_OVER(fa_scratch_alloc(&outer, 1, 1));
    EXPECT(used_by_tag(physics) == 10000 && used_by_tag(audio) == 0);
    EXPECT_OK(fa_scratch_end(&outer));
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT(used_by_tag(physics) == 0 && used_by_tag(audio) == 0);
}
END_TEST

START_TEST(budget_leaves_no_doubt_which_frame_block_is_the_last)
{
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 100000}));
    EXPECT_OK(fa_frame_begin(w.ctx));
    uint8_t *first = fa_frame_alloc(w.ctx, 16, 1);
    uint8_t *second = fa_frame_alloc(w.ctx, 16, 1); /* where a red zone would be */
    memset(second, 2, 16);
    uint8_t *moved = fa_frame_realloc(w.ctx, first, 16, 32, 1);
    memset(moved, 1, 32);
    EXPECT(moved != first && second[0] == 2 && second[15] == 2);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(budget_of_groups_and_handles_is_the_allocators)
{
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 100000}));
    fa_group *group = NULL;
    EXPECT_OK(fa_group_create(w.ctx, NULL, &group));
    EXPECT(fa_group_alloc(w.ctx, group, 60000, 0) != NULL);
    EXPECT_UINT(used_by_all(), 60000);
    EXPECT_OVER(fa_group_alloc(w.ctx, group, 40001, 0));
    EXPECT(fa_group_alloc(w.ctx, group, 40000, 0) != NULL);
    EXPECT_OK(fa_group_destroy(w.ctx, group));
    EXPECT_UINT(used_by_all(), 0);
}
END_TEST

/* ---- tags ---------------------------------------------------------------------------------------------- */

START_TEST(budget_of_a_tag_counts_everything_below_it_and_nothing_beside_it)
{
    EXPECT_OK(fa_tag_budget_set(w.allocator, physics, (fa_budget){.hard_bytes = 10000}));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(frame(50000) != NULL); /* untagged */
    void *block = NULL;
    FA_TAG_SCOPE (w.ctx, audio) {
        EXPECT(frame(50000) != NULL);
    }
    FA_TAG_SCOPE (w.ctx, physics) {
        EXPECT(frame(3000) != NULL);
        FA_TAG_SCOPE (w.ctx, contacts) {
            EXPECT(frame(4000) != NULL);
            block = fa_pool_alloc(w.ctx, 2000, 0);
            EXPECT(block != NULL);
            EXPECT_UINT(fa_context_frame_remaining_bytes(w.ctx), 1000);
            EXPECT_OVER(frame(1001));
            EXPECT_UINT(told.events[told.count - 1].tag, physics);
            EXPECT_STR(told.events[told.count - 1].tag_path, "physics");
            FA_TAG_SCOPE (w.ctx, audio) { /* another tree */
                EXPECT(frame(1001) != NULL);
            }
            EXPECT(frame(1000) != NULL);
            EXPECT_OVER(frame(1));
        }
        EXPECT_OVER(frame(1));
        EXPECT_OVER(fa_heap_alloc(w.ctx, 1, 0));
    }
    EXPECT(frame(100) != NULL);
    EXPECT_UINT(used_by_tag(physics), 10000);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(used_by_tag(physics), 2000);
    EXPECT_OK(fa_pool_free(w.ctx, block)); /* to the tag that took it */
    EXPECT_UINT(used_by_tag(physics), 0);
    fa_budget_stats stats;
    EXPECT_RESULT(fa_tag_budget_get(w.allocator, audio, &stats), NOT_FOUND);
    EXPECT_RESULT(fa_allocator_budget_get(w.allocator, &stats), NOT_FOUND);
}
END_TEST

START_TEST(budget_of_a_tag_and_of_its_ancestor_and_of_all_hold_at_once)
{
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = 1000}));
    EXPECT_OK(fa_tag_budget_set(w.allocator, physics, (fa_budget){.hard_bytes = 600}));
    EXPECT_OK(fa_tag_budget_set(w.allocator, contacts, (fa_budget){.hard_bytes = 250}));
    EXPECT_OK(fa_tag_budget_set(w.allocator, FA_TAG_NONE, (fa_budget){.hard_bytes = 500}));
    for (unsigned round = 0; round < 2; round++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_TAG_SCOPE (w.ctx, contacts) {
            EXPECT(frame(250) != NULL);
            EXPECT_OVER(frame(1));
            EXPECT_UINT(told.events[told.count - 1].tag, contacts);
        }
        FA_TAG_SCOPE (w.ctx, physics) {
            EXPECT(frame(350) != NULL);
            EXPECT_OVER(frame(1));
            EXPECT_UINT(told.events[told.count - 1].tag, physics);
        }
        EXPECT(frame(400) != NULL);
        EXPECT_OVER(frame(1));
        EXPECT(told.events[told.count - 1].kind == FA_BUDGET_OF_ALLOCATOR);
        EXPECT_UINT(used_by_tag(FA_TAG_NONE), 400);
        EXPECT_UINT(used_by_tag(physics), 600);
        EXPECT_UINT(used_by_tag(contacts), 250);
        EXPECT_UINT(used_by_all(), 1000);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_UINT(used_by_all(), 0);
    }
}
END_TEST

START_TEST(budget_with_a_soft_limit_tells_once_per_tag_and_frame)
{
    EXPECT_OK(
        fa_tag_budget_set(w.allocator, physics, (fa_budget){.soft_bytes = 1000, .hard_bytes = FA_NO_LIMIT}));
    EXPECT_OK(fa_tag_budget_set(w.allocator, audio, (fa_budget){.soft_bytes = 10}));
    for (unsigned round = 0; round < 3; round++) {
        told.count = 0;
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_TAG_SCOPE (w.ctx, contacts) {
            EXPECT(frame(1000) != NULL);
            EXPECT_UINT(told.count, 0); /* exactly at the limit is within it */
            EXPECT(frame(1) != NULL);
            EXPECT_UINT(told.count, 1);
            EXPECT(!told.events[0].hard && told.events[0].kind == FA_BUDGET_OF_TAG);
            EXPECT_UINT(told.events[0].tag, physics);
            EXPECT_UINT(told.events[0].used_bytes, 1001);
            EXPECT_UINT(told.events[0].limit_bytes, 1000);
            for (unsigned i = 0; i < 100; i++) {
                EXPECT(frame(100) != NULL);
            }
        }
        EXPECT_UINT(told.count, 1);
        FA_TAG_SCOPE (w.ctx, audio) {
            void *block = fa_pool_alloc(w.ctx, 11, 0); /* at once */
            EXPECT_UINT(told.count, 2);
            EXPECT_UINT(told.events[1].tag, audio);
            EXPECT_OK(fa_pool_free(w.ctx, block));
            EXPECT_OK(fa_pool_free(w.ctx, fa_pool_alloc(w.ctx, 12, 0)));
        }
        EXPECT_UINT(told.count, 2);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_UINT(told.count, 2);
    }
    fa_budget_stats stats;
    EXPECT_OK(fa_tag_budget_get(w.allocator, physics, &stats));
    EXPECT_UINT(stats.soft_events, 3);
    EXPECT_UINT(stats.refused, 0);
}
END_TEST

START_TEST(budget_with_soft_above_hard_or_of_no_tag_is_refused)
{
    const fa_budget crossed = {.soft_bytes = 11, .hard_bytes = 10};
    const fa_budget none = {0};
    EXPECT_REFUSED(&w, fa_tag_budget_set(w.allocator, physics, crossed), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_allocator_budget_set(w.allocator, crossed), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_tag_budget_set(w.allocator, FA_TAG_INVALID, none), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_tag_budget_set(w.allocator, physics, (fa_budget){.soft_bytes = 10, .hard_bytes = 10}));
    fa_budget_stats stats;
    EXPECT_RESULT(fa_tag_budget_get(w.allocator, physics, NULL), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_tag_budget_get(w.allocator, FA_TAG_INVALID, &stats), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_tag_budget_get(NULL, physics, &stats), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_allocator_budget_get(w.allocator, NULL), INVALID_ARGUMENT);
}
END_TEST

START_TEST(budget_soft_limit_without_a_hook_is_logged_the_first_time)
{
    world_close(&w);
    world_open(&w, NULL);
    physics = fa_tag_intern(w.allocator, "physics");
    EXPECT_OK(fa_tag_budget_set(w.allocator, physics, (fa_budget){.soft_bytes = 10}));
    for (unsigned round = 0; round < 3; round++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_TAG_SCOPE (w.ctx, physics) {
            EXPECT(frame(11) != NULL);
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_UINT(w.rec.log_count[FA_LOG_BUDGET_SOFT], 1);
}
END_TEST

/* ---- contexts ------------------------------------------------------------------------------------------ */

static fa_budget_policy answer;

static fa_budget_policy on_exceeded(void *user, const fa_budget_event *event)
{
    (*(unsigned *)user)++;
    EXPECT(event->hard);
    void *p = fa_frame_alloc(event->ctx, 1, 1); /* served or refused, never dead-locked */
    EXPECT(p != NULL || fa_context_last_result(event->ctx) == FA_RESULT_OVER_BUDGET);
    return answer;
}

static fa_budget_stats frame_stats(void)
{
    fa_budget_stats stats;
    EXPECT_OK(fa_context_budget_get(w.ctx, &stats, NULL));
    return stats;
}

START_TEST(budget_of_a_context_fails_at_the_byte)
{
    fa_context_budget limits = {.frame = {.soft_bytes = 500, .hard_bytes = 1000}};
    EXPECT_OK(fa_context_budget_set(w.ctx, &limits));
    for (unsigned round = 0; round < 2; round++) {
        told.count = 0;
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT_UINT(fa_context_frame_remaining_bytes(w.ctx), 1000);
        EXPECT(frame(500) != NULL);
        EXPECT_UINT(told.count, 0);
        EXPECT(frame(100) != NULL);
        EXPECT_UINT(told.count, 1);
        EXPECT(!told.events[0].hard && told.events[0].kind == FA_BUDGET_OF_FRAME);
        EXPECT(frame(100) != NULL);
        EXPECT_UINT(told.count, 1);
        EXPECT_UINT(fa_context_frame_remaining_bytes(w.ctx), 300);
        EXPECT_OVER(frame(301));
        EXPECT(frame(300) != NULL);
        EXPECT_OVER(frame(1));
        EXPECT_UINT(told.count, 3);
        void *block = fa_pool_alloc(w.ctx, 100000, 0); /* another budget */
        EXPECT(block != NULL);
        EXPECT_OK(fa_pool_free(w.ctx, block));
        EXPECT_UINT(frame_stats().used_bytes, 1000);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_UINT(frame_stats().refused, 4);
    EXPECT_UINT(frame_stats().soft_events, 2);
    EXPECT_OK(fa_context_budget_set(w.ctx, &(fa_context_budget){0}));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(frame(100000) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(budget_policies_warn_and_allow_serve_and_count)
{
    fa_context_budget limits = {.frame = {.hard_bytes = 1000}, .exceeded = FA_BUDGET_WARN};
    EXPECT_OK(fa_context_budget_set(w.ctx, &limits));
    for (unsigned round = 1; round <= 2; round++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT(frame(1000) != NULL);
        EXPECT(frame(1) != NULL);
        EXPECT(frame(1000) != NULL);
        EXPECT_UINT(told.count, round); /* once per frame */
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT(told.events[0].hard);
    EXPECT_UINT(told.events[0].used_bytes, 1000);
    EXPECT(frame_stats().overruns >= 2);
    limits.exceeded = FA_BUDGET_ALLOW;
    EXPECT_OK(fa_context_budget_set(w.ctx, &limits));
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (unsigned i = 0; i < 5; i++) {
        EXPECT(frame(1000) != NULL);
    }
    EXPECT_UINT(told.count, 2);
    EXPECT_UINT(frame_stats().overruns, 4);
    EXPECT_UINT(frame_stats().refused, 0);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(budget_policy_promote_takes_frame_memory_from_the_heap)
{
    fa_context_budget limits = {.frame = {.hard_bytes = 1000}, .exceeded = FA_BUDGET_PROMOTE};
    EXPECT_OK(fa_context_budget_set(w.ctx, &limits));
    for (unsigned round = 0; round < 2; round++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT(frame(990) != NULL);
        fa_checkpoint checkpoint = fa_frame_mark(w.ctx);
        char *beyond = frame(5000);
        EXPECT(beyond != NULL);
        memset(beyond, 0x5A, 5000);
        EXPECT_UINT(frame_stats().used_bytes, 990);
        EXPECT(frame(10) != NULL); /* there is room for this one */
        EXPECT_UINT(frame_stats().used_bytes, 1000);
        EXPECT_UINT(fa_frame_used_bytes(w.ctx), 6000);
        EXPECT_OK(fa_frame_rewind(w.ctx, checkpoint));
        EXPECT_UINT(frame_stats().used_bytes, 990);
        EXPECT(frame(5000) != NULL);
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    EXPECT_UINT(context_stats(w.ctx).frame_oversize, 4);
    EXPECT_UINT(frame_stats().overruns, 4);
    EXPECT_UINT(world_stats(&w).object_page_bytes, 0);
}
END_TEST

START_TEST(budget_policy_custom_asks_each_time_and_does_what_it_is_told)
{
    unsigned asked = 0;
    fa_context_budget limits = {.frame = {.hard_bytes = 1000},
                                .exceeded = FA_BUDGET_CUSTOM,
                                .handler = {on_exceeded, &asked}};
    EXPECT_OK(fa_context_budget_set(w.ctx, &limits));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(frame(990) != NULL);
    answer = FA_BUDGET_FAIL;
    EXPECT(frame(20) == NULL);
    EXPECT_RESULT(fa_context_last_result(w.ctx), OVER_BUDGET);
    EXPECT_UINT(asked, 1);
    answer = FA_BUDGET_CUSTOM; /* no answer */
    EXPECT(frame(20) == NULL);
    answer = FA_BUDGET_ALLOW;
    char *p = frame(20);
    EXPECT(p != NULL);
    memset(p, 1, 20);
    EXPECT_UINT(frame_stats().used_bytes, 990 + 3 + 20); /* the handler took a byte each time */
    EXPECT_UINT(asked, 3);
    answer = FA_BUDGET_PROMOTE;
    EXPECT(frame(20) != NULL);
    EXPECT_UINT(asked, 4);
    EXPECT_UINT(context_stats(w.ctx).frame_oversize, 1);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(budget_of_a_contexts_pool_counts_what_it_allocated_whoever_frees)
{
    fa_context *other = NULL;
    void *early = fa_pool_alloc(w.ctx, 100, 0);
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &other));
    fa_context_budget limits = {.pool = {.soft_bytes = 60000, .hard_bytes = 100000}};
    EXPECT_OK(fa_context_budget_set(w.ctx, &limits));
    void *small = fa_pool_alloc(w.ctx, 900, 0);
    void *large = fa_pool_alloc(w.ctx, 59000, 0);
    EXPECT(small != NULL && large != NULL && told.count == 0);
    EXPECT_OVER(fa_pool_alloc(w.ctx, 40001, 0));
    EXPECT_UINT(told.count, 1);
    EXPECT(told.events[0].hard && told.events[0].kind == FA_BUDGET_OF_POOL);
    void *rest = fa_pool_alloc(w.ctx, 40000, 0);
    EXPECT(rest != NULL);
    EXPECT_UINT(told.count, 2);
    EXPECT(!told.events[1].hard);
    EXPECT_OVER(fa_pool_alloc(w.ctx, 1, 0));
    void *theirs = fa_pool_alloc(other, 50000, 0); /* another context's */
    EXPECT(theirs != NULL);
    EXPECT_OK(fa_pool_free(other, large));
    EXPECT_OK(fa_pool_free(other, small));
    fa_budget_stats stats;
    EXPECT_OK(fa_context_budget_get(w.ctx, NULL, &stats));
    EXPECT_UINT(stats.used_bytes, 40100);
    EXPECT_UINT(stats.refused, 2);
    EXPECT_OK(fa_pool_free(w.ctx, theirs)); /* counts for nobody here */
    EXPECT_OK(fa_context_budget_get(w.ctx, NULL, &stats));
    EXPECT_UINT(stats.used_bytes, 40100);
    EXPECT_OK(fa_pool_free(w.ctx, rest));
    EXPECT_OK(fa_pool_free(w.ctx, early));
    EXPECT_OK(fa_context_budget_get(w.ctx, NULL, &stats));
    EXPECT_UINT(stats.used_bytes, 0);
    limits.exceeded = FA_BUDGET_WARN;
    EXPECT_OK(fa_context_budget_set(w.ctx, &limits));
    void *served = fa_pool_alloc(w.ctx, 100001, 0);
    EXPECT(served != NULL);
    EXPECT_OK(fa_pool_free(w.ctx, served));
    limits.exceeded = FA_BUDGET_PROMOTE;
    EXPECT_OK(fa_context_budget_set(w.ctx, &limits));
    EXPECT_OVER(fa_pool_alloc(w.ctx, 100001, 0)); /* nowhere else to go */
    EXPECT_OK(fa_context_detach(other));
}
END_TEST

START_TEST(budget_in_the_desc_of_a_context_is_its_own_and_ends_with_it)
{
    fa_context *other = NULL;
    EXPECT_OK(fa_context_attach(
        w.allocator, &(fa_context_desc){.frame_budget_bytes = 100, .pool_budget_bytes = 50}, &other));
    EXPECT_OK(fa_frame_begin(other));
    EXPECT(fa_frame_alloc(other, 100, 1) != NULL);
    EXPECT(fa_frame_alloc(other, 1, 1) == NULL);
    EXPECT(fa_pool_alloc(other, 51, 0) == NULL);
    EXPECT_RESULT(fa_context_last_result(other), OVER_BUDGET);
    EXPECT_OK(fa_frame_end(other));
    EXPECT_OK(fa_context_detach(other));
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &other)); /* the same one, recycled */
    EXPECT_OK(fa_frame_begin(other));
    EXPECT(fa_frame_alloc(other, 10000, 1) != NULL);
    void *p = fa_pool_alloc(other, 10000, 1);
    EXPECT(p != NULL);
    EXPECT_OK(fa_pool_free(other, p));
    EXPECT_OK(fa_frame_end(other));
    EXPECT_OK(fa_context_detach(other));
}
END_TEST

START_TEST(budget_of_a_context_that_contradicts_itself_is_refused)
{
    fa_context_budget bad[] = {{.frame = {.soft_bytes = 2, .hard_bytes = 1}},
                               {.pool = {.soft_bytes = 2, .hard_bytes = 1}},
                               {.exceeded = (fa_budget_policy)99},
                               {.exceeded = FA_BUDGET_CUSTOM},
                               {.handler = {on_exceeded, NULL}}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EXPECT_REFUSED(&w, fa_context_budget_set(w.ctx, &bad[i]), FA005, INVALID_ARGUMENT);
    }
    EXPECT_REFUSED(&w, fa_context_budget_set(w.ctx, NULL), FA005, INVALID_ARGUMENT);
}
END_TEST

/* ---- hooks --------------------------------------------------------------------------------------------- */

static unsigned served_inside;

static void allocate_inside(const fa_budget_event *event)
{
    fa_budget_stats stats;
    EXPECT_OK(fa_tag_budget_get(w.allocator, physics, &stats));
    EXPECT(stats.used_bytes <= 2000);
    EXPECT(fa_tag_stats_get(w.allocator, physics, &(fa_tag_stats){0}) == FA_RESULT_OK);
    void *p = fa_frame_alloc(event->ctx, 16, 1);
    void *q = fa_pool_alloc(event->ctx, 16, 1);
    served_inside += p != NULL && q != NULL ? 1 : 0;
    if (q != NULL) {
        EXPECT_OK(fa_pool_free(event->ctx, q));
    }
    EXPECT_OK(fa_tag_push(event->ctx, audio));
    EXPECT(fa_heap_free(event->ctx, fa_heap_alloc(event->ctx, 100, 0)) == FA_RESULT_OK);
    EXPECT_OK(fa_tag_pop(event->ctx));
}

START_TEST(budget_hooks_may_read_budgets_and_allocate)
{
    told.inside = allocate_inside;
    EXPECT_OK(fa_tag_budget_set(w.allocator, physics, (fa_budget){.soft_bytes = 1000, .hard_bytes = 2000}));
    for (unsigned round = 0; round < 3; round++) {
        told.count = 0;
        served_inside = 0;
        EXPECT_OK(fa_frame_begin(w.ctx));
        FA_TAG_SCOPE (w.ctx, physics) {
            char *p = frame(1001);
            EXPECT(p != NULL);
            memset(p, 7, 1001);
            EXPECT_UINT(told.count, 1); /* one event, though the hook's own request is beyond too */
            EXPECT_UINT(served_inside, 1);
            EXPECT(all_bytes_are(p, 1001, 7));
            EXPECT_UINT(used_by_tag(physics), 1017);
            EXPECT(frame(983) != NULL);
            EXPECT(frame(1) == NULL); /* and the hook's is refused */
            EXPECT_RESULT(fa_context_last_result(w.ctx), OVER_BUDGET);
            EXPECT_UINT(told.count, 2);
            EXPECT_UINT(served_inside, 1);
            EXPECT_UINT(used_by_tag(physics), 2000);
        }
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_UINT(used_by_tag(physics), 0);
    }
}
END_TEST

static void end_inside(const fa_budget_event *event)
{
    EXPECT_RESULT(fa_frame_end(event->ctx), REENTRANT);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA105), 1);
    EXPECT_RESULT(fa_frame_begin(event->ctx), REENTRANT);
    recorder_clear(&w.rec);
}

START_TEST(budget_hooks_may_not_end_the_frame)
{
    told.inside = end_inside;
    EXPECT_OK(fa_tag_budget_set(w.allocator, physics, (fa_budget){.soft_bytes = 10}));
    EXPECT_OK(fa_frame_begin(w.ctx));
    FA_TAG_SCOPE (w.ctx, physics) {
        char *p = frame(11);
        EXPECT(p != NULL && told.count == 1);
        memset(p, 1, 11);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

/* ---- many threads -------------------------------------------------------------------------------------- */

#define THREADS 8
#define EDGE ((size_t)600011)

typedef struct edge_thread {
    pthread_t thread;
    unsigned index;
    size_t held; ///< bytes that it was served and has not given back
    size_t attempts;
} edge_thread;

static pthread_barrier_t gate;
static atomic_size_t high;

/* Take by all lifetimes until the very last byte is refused; give back and take again; keep what is held. */
static void *at_the_edge(void *user)
{
    edge_thread *me = user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    fa_tag own = me->index % 2 == 0 ? contacts : physics;
    random_state r = {.s = 77 + me->index};
    for (unsigned round = 0; round < (SUPPORT_SLOW ? 3u : 60u); round++) {
        (void)pthread_barrier_wait(&gate);
        EXPECT_OK(fa_frame_begin(ctx));
        EXPECT_OK(fa_tag_push(ctx, own));
        void *blocks[256];
        unsigned count = 0;
        me->held = 0;
        for (size_t size = 20000; size > 0;) {
            size_t bytes = 1 + random_below(&r, size);
            unsigned how = (unsigned)random_below(&r, 3);
            void *p = how == 0 && count < 256   ? fa_pool_alloc(ctx, bytes, 0)
                      : how == 1 && count < 256 ? fa_heap_alloc(ctx, bytes, 0)
                                                : fa_frame_alloc(ctx, bytes, 1);
            me->attempts++;
            if (p == NULL) {
                EXPECT_RESULT(fa_context_last_result(ctx), OVER_BUDGET);
                size = bytes - 1;
                continue;
            }
            me->held += bytes;
            if (how < 2 && count < 256) {
                blocks[count++] = (char *)p + 0;
                if (random_below(&r, 4) == 0) {
                    void *last = blocks[--count];
                    size_t was = how == 0 ? fa_pool_size_bytes(ctx, last) : fa_heap_size_bytes(ctx, last);
                    EXPECT_UINT(was, bytes);
                    EXPECT_OK(how == 0 ? fa_pool_free(ctx, last) : fa_heap_free(ctx, last));
                    me->held -= bytes;
                }
            }
        }
        (void)pthread_barrier_wait(&gate);
        (void)pthread_barrier_wait(&gate); /* the main thread adds up in between */
        for (unsigned i = 0; i < count; i++) {
            EXPECT_OK(fa_pool_size_bytes(ctx, blocks[i]) > 0 ? fa_pool_free(ctx, blocks[i])
                                                             : fa_heap_free(ctx, blocks[i]));
        }
        EXPECT_OK(fa_tag_pop(ctx));
        EXPECT_OK(fa_frame_end(ctx));
        (void)pthread_barrier_wait(&gate);
    }
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

static void race_to(bool all)
{
    EXPECT(pthread_barrier_init(&gate, NULL, THREADS + 1) == 0);
    edge_thread threads[THREADS] = {0};
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i].index = i;
        EXPECT(pthread_create(&threads[i].thread, NULL, at_the_edge, &threads[i]) == 0);
    }
    for (unsigned round = 0; round < (SUPPORT_SLOW ? 3u : 60u); round++) {
        (void)pthread_barrier_wait(&gate);
        (void)pthread_barrier_wait(&gate);
        size_t held = 0;
        for (unsigned i = 0; i < THREADS; i++) {
            held += threads[i].held;
        }
        /* Bytes that the last frees gave back may be left; never is there more. */
        EXPECTF(held <= EDGE, "%zu bytes were served", held);
        fa_budget_stats stats;
        EXPECT_OK(all ? fa_allocator_budget_get(w.allocator, &stats)
                      : fa_tag_budget_get(w.allocator, physics, &stats));
        EXPECT(stats.used_bytes <= EDGE);
        atomic_fetch_add(&high, held);
        (void)pthread_barrier_wait(&gate);
        (void)pthread_barrier_wait(&gate);
        EXPECT_OK(all ? fa_allocator_budget_get(w.allocator, &stats)
                      : fa_tag_budget_get(w.allocator, physics, &stats));
        EXPECT_UINT(stats.used_bytes, 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i].thread, NULL) == 0);
    }
    (void)pthread_barrier_destroy(&gate);
}

START_TEST(budget_of_the_allocator_holds_with_eight_threads_at_the_edge)
{
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = EDGE}));
    told.inside = NULL;
    fa_context *mine = w.ctx;
    race_to(true);
    EXPECT(w.ctx == mine);
}
END_TEST

START_TEST(budget_of_a_tree_of_tags_holds_with_eight_threads_at_the_edge)
{
    EXPECT_OK(fa_tag_budget_set(w.allocator, physics, (fa_budget){.hard_bytes = EDGE}));
    EXPECT_OK(fa_tag_budget_set(w.allocator, contacts, (fa_budget){.hard_bytes = EDGE / 2}));
    race_to(false);
}
END_TEST

typedef struct byte_thread {
    pthread_t thread;
    unsigned how;
    size_t served;
    void *blocks[4000];
} byte_thread;

static void *take_to_the_last(void *user)
{
    byte_thread *me = user;
    fa_context *ctx = NULL;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx));
    EXPECT_OK(fa_frame_begin(ctx));
    (void)pthread_barrier_wait(&gate);
    for (;;) {
        void *p = me->how == 0   ? fa_frame_alloc(ctx, 1, 1)
                  : me->how == 1 ? fa_pool_alloc(ctx, 1, 1)
                                 : fa_heap_alloc(ctx, 1, 1);
        if (p == NULL) {
            break;
        }
        me->blocks[me->served++] = p;
    }
    (void)pthread_barrier_wait(&gate);
    for (size_t i = 0; i < me->served && me->how > 0; i++) {
        EXPECT_OK(me->how == 1 ? fa_pool_free(ctx, me->blocks[i]) : fa_heap_free(ctx, me->blocks[i]));
    }
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_OK(fa_context_detach(ctx));
    return NULL;
}

START_TEST(budget_serves_exactly_its_bytes_to_eight_threads_that_take_one_at_a_time)
{
    enum { BYTES = 4000 };
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = BYTES}));
    EXPECT_OK(fa_tag_budget_set(w.allocator, FA_TAG_NONE, (fa_budget){.hard_bytes = BYTES + 1}));
    EXPECT(pthread_barrier_init(&gate, NULL, THREADS) == 0);
    static byte_thread threads[THREADS];
    memset(threads, 0, sizeof threads);
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i].how = i % 3;
        EXPECT(pthread_create(&threads[i].thread, NULL, take_to_the_last, &threads[i]) == 0);
    }
    size_t served = 0;
    for (unsigned i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i].thread, NULL) == 0);
        served += threads[i].served;
    }
    EXPECT_UINT(served, BYTES);
    EXPECT_UINT(used_by_all(), 0);
    (void)pthread_barrier_destroy(&gate);
}
END_TEST

/* ---- a random walk ------------------------------------------------------------------------------------- */

typedef struct walk_block {
    void *p;
    size_t bytes;
    unsigned tag;
    bool pool;
} walk_block;

START_TEST(budget_agrees_with_a_model_through_a_random_walk)
{
    random_state r = {.s = support_seed()};
    fa_tag tags[4] = {FA_TAG_NONE, physics, contacts, audio};
    size_t limits[3] = {400000, 150000, 90000}; /* the whole, physics, contacts */
    EXPECT_OK(fa_allocator_budget_set(w.allocator, (fa_budget){.hard_bytes = limits[0]}));
    EXPECT_OK(fa_tag_budget_set(w.allocator, physics, (fa_budget){.hard_bytes = limits[1]}));
    EXPECT_OK(fa_tag_budget_set(w.allocator, contacts, (fa_budget){.hard_bytes = limits[2]}));
    static walk_block blocks[500];
    size_t count = 0;
    size_t live[4] = {0};
    size_t in_frame[4] = {0};
    uint64_t refused = 0;
    uint64_t served = 0;
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (unsigned step = 0; step < (SUPPORT_SLOW ? 8000u : 60000u); step++) {
        size_t action = random_below(&r, 100);
        unsigned t = (unsigned)random_below(&r, 4);
        size_t bytes = random_size(&r, 30000);
        size_t sums[3] = {0};
        for (unsigned i = 0; i < 4; i++) {
            size_t all = live[i] + in_frame[i];
            sums[0] += all;
            sums[1] += i == 1 || i == 2 ? all : 0;
            sums[2] += i == 2 ? all : 0;
        }
        if (action < 2) {
            EXPECT_OK(fa_frame_end(w.ctx));
            memset(in_frame, 0, sizeof in_frame);
            EXPECT_OK(fa_frame_begin(w.ctx));
        } else if (action < 30 && count > 0) {
            size_t i = random_below(&r, count);
            EXPECT_OK(blocks[i].pool ? fa_pool_free(w.ctx, blocks[i].p) : fa_heap_free(w.ctx, blocks[i].p));
            live[blocks[i].tag] -= blocks[i].bytes;
            blocks[i] = blocks[--count];
        } else {
            bool fits = sums[0] + bytes <= limits[0] && (t == 0 || t == 3 || sums[1] + bytes <= limits[1]) &&
                        (t != 2 || sums[2] + bytes <= limits[2]);
            EXPECT_OK(fa_tag_push(w.ctx, tags[t]));
            void *p;
            if (action < 70 || count == 500) {
                p = frame(bytes);
                in_frame[t] += p != NULL ? bytes : 0;
            } else {
                bool pool = action < 85;
                p = pool ? fa_pool_alloc(w.ctx, bytes, 0) : fa_heap_alloc(w.ctx, bytes, 0);
                if (p != NULL) {
                    blocks[count++] = (walk_block){p, bytes, t, pool};
                    live[t] += bytes;
                }
            }
            EXPECT_OK(fa_tag_pop(w.ctx));
            EXPECTF((p != NULL) == fits, "step %u: %zu bytes under tag %u were %s", step, bytes, t,
                    p != NULL ? "served" : "refused");
            refused += p == NULL ? 1 : 0;
            served += p != NULL ? 1 : 0;
        }
        if (step % 64 == 0) {
            size_t all = 0;
            for (unsigned i = 0; i < 4; i++) {
                all += live[i] + in_frame[i];
            }
            EXPECT_UINT(used_by_all(), all);
            EXPECT_UINT(used_by_tag(contacts), live[2] + in_frame[2]);
        }
    }
    EXPECT(refused > 100 && served > 100);
    while (count > 0) {
        count--;
        EXPECT_OK(blocks[count].pool ? fa_pool_free(w.ctx, blocks[count].p)
                                     : fa_heap_free(w.ctx, blocks[count].p));
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(used_by_all(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("budget");
    TCase *tcase = support_case(suite, "limited");
    tcase_add_checked_fixture(tcase, setup_limited, teardown);
    tcase_add_test(tcase, budget_of_the_allocator_is_exact_to_the_byte_across_all_lifetimes);
    tcase = support_case(suite, "allocator");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, budget_is_exact_for_single_bytes_in_one_frame_after_another);
    tcase_add_test(tcase, budget_counts_padding_of_frame_memory);
    tcase_add_test(tcase, budget_set_late_counts_what_is_in_use);
    tcase_add_test(tcase, budget_gives_back_what_is_rewound_shrunk_or_fell_through);
    tcase_add_test(tcase, budget_of_a_heap_block_follows_its_reallocation);
    tcase_add_test(tcase, budget_takes_the_object_that_waits_in_a_typed_pool_back_before_it_refuses);
    tcase_add_test(tcase, budget_takes_what_waits_in_other_contexts_of_the_thread_back_before_it_refuses);
    tcase_add_test(tcase, budget_of_groups_and_handles_is_the_allocators);
    tcase_add_test(tcase, budget_leaves_no_doubt_which_frame_block_is_the_last);
    tcase = support_case(suite, "tags");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, budget_of_a_tag_counts_everything_below_it_and_nothing_beside_it);
    tcase_add_test(tcase, budget_of_a_tag_and_of_its_ancestor_and_of_all_hold_at_once);
    tcase_add_test(tcase, budget_of_a_scratch_scope_is_its_own_tags_also_inside_of_another_tags);
    tcase_add_test(tcase, budget_with_a_soft_limit_tells_once_per_tag_and_frame);
    tcase_add_test(tcase, budget_with_soft_above_hard_or_of_no_tag_is_refused);
    tcase_add_test(tcase, budget_soft_limit_without_a_hook_is_logged_the_first_time);
    tcase = support_case(suite, "contexts");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, budget_of_a_context_fails_at_the_byte);
    tcase_add_test(tcase, budget_policies_warn_and_allow_serve_and_count);
    tcase_add_test(tcase, budget_policy_promote_takes_frame_memory_from_the_heap);
    tcase_add_test(tcase, budget_policy_custom_asks_each_time_and_does_what_it_is_told);
    tcase_add_test(tcase, budget_of_a_contexts_pool_counts_what_it_allocated_whoever_frees);
    tcase_add_test(tcase, budget_in_the_desc_of_a_context_is_its_own_and_ends_with_it);
    tcase_add_test(tcase, budget_of_a_context_that_contradicts_itself_is_refused);
    tcase = support_case(suite, "hooks");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, budget_hooks_may_read_budgets_and_allocate);
    tcase_add_test(tcase, budget_hooks_may_not_end_the_frame);
    tcase = support_case(suite, "threads");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, budget_of_the_allocator_holds_with_eight_threads_at_the_edge);
    tcase_add_test(tcase, budget_of_a_tree_of_tags_holds_with_eight_threads_at_the_edge);
    tcase_add_test(tcase, budget_serves_exactly_its_bytes_to_eight_threads_that_take_one_at_a_time);
    tcase = support_case(suite, "model");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, budget_agrees_with_a_model_through_a_random_walk);
    return support_run(suite);
}
