/* Streams: asset regions under a budget, filled by one thread and read by others. */
#include "core/stream.h"
#include "core/support.h"

static world w;
static fa_stream_cache *cache;

/* What the hook was told. */
static struct {
    unsigned count;
    size_t bytes;
    char names[64][64];
    bool intact;
    void (*and_then)(fa_context *ctx, fa_stream stream);
} told;

static void on_evict(void *user, fa_context *ctx, fa_stream stream, const char *name, const void *data,
                     size_t bytes)
{
    EXPECT(user == &told && ctx != NULL && stream.bits != 0);
    if (told.count < 64) {
        (void)snprintf(told.names[told.count], sizeof told.names[0], "%s", name);
    }
    told.count++;
    told.bytes += bytes;
    told.intact = told.intact && pattern_holds(data, bytes, bytes, bytes); /* still readable */
    if (told.and_then != NULL) {
        told.and_then(ctx, stream);
    }
}

static void setup(void)
{
    memset(&told, 0, sizeof told);
    told.intact = true;
    world_open(&w, NULL);
    fa_stream_cache_desc desc = {.name = "assets",
                                 .budget_bytes = 10000,
                                 .on_evict = {.fn = on_evict, .user = &told}};
    EXPECT_OK(fa_stream_cache_create(w.ctx, &desc, &cache));
}
static void teardown(void)
{
    EXPECT(fa_allocator_validate(w.allocator));
    EXPECT_OK(fa_stream_cache_destroy(w.ctx, cache));
    EXPECT_UINT(world_stats(&w).heap_bytes, 0);
    EXPECT_UINT(world_stats(&w).heap_objects, 0);
    world_close(&w);
}

static fa_stream_cache_stats cache_stats(void)
{
    fa_stream_cache_stats s;
    EXPECT_OK(fa_stream_cache_stats_get(w.ctx, cache, &s));
    return s;
}
static fa_stream_info info_of(fa_stream s)
{
    fa_stream_info info;
    EXPECT_OK(fa_stream_info_get(w.ctx, cache, s, &info));
    return info;
}

static fa_stream reserve(const char *name, size_t bytes, fa_stream_priority priority)
{
    fa_stream s = {0};
    const fa_stream_desc desc = {.name = name, .bytes = bytes, .priority = priority};
    EXPECT_OK(fa_stream_reserve(w.ctx, cache, &desc, &s));
    EXPECT(s.bits != 0);
    return s;
}
static void fill(fa_stream s, size_t bytes)
{
    static uint8_t data[1 << 17];
    pattern_fill(data, bytes, bytes);
    EXPECT_OK(fa_stream_write(w.ctx, cache, s, data, bytes));
    EXPECT_OK(fa_stream_ready(w.ctx, cache, s));
}
static fa_stream load(const char *name, size_t bytes, fa_stream_priority priority)
{
    fa_stream s = reserve(name, bytes, priority);
    fill(s, bytes);
    return s;
}
static void touch(fa_stream s)
{
    EXPECT(fa_stream_read_begin(w.ctx, cache, s, NULL) != NULL);
    EXPECT_OK(fa_stream_read_end(w.ctx, cache, s));
}

/* ---- the way of a stream --------------------------------------------------------------------------------- */

START_TEST(stream_is_reserved_written_made_ready_and_read)
{
    fa_stream s = reserve("rock.png", 1000, FA_STREAM_PRIORITY_HIGH);
    EXPECT(info_of(s).state == FA_STREAM_LOADING && info_of(s).written_bytes == 0);
    size_t bytes = 1;
    EXPECT(fa_stream_read_begin(w.ctx, cache, s, &bytes) == NULL && bytes == 0);
    EXPECT_RESULT(fa_context_last_result(w.ctx), BUSY);
    static uint8_t data[1000];
    pattern_fill(data, 1000, 1000);
    EXPECT_OK(fa_stream_write(w.ctx, cache, s, data, 300));
    EXPECT_UINT(info_of(s).written_bytes, 300);
    size_t left = 0;
    uint8_t *place = fa_stream_write_begin(w.ctx, cache, s, &left);
    EXPECT(place != NULL && left == 700);
    memcpy(place, data + 300, 500);
    EXPECT_OK(fa_stream_write_end(w.ctx, cache, s, 500));
    EXPECT_REFUSED(&w, fa_stream_ready(w.ctx, cache, s), FA403, BUSY); /* 200 are missing */
    EXPECT_OK(fa_stream_write(w.ctx, cache, s, data + 800, 200));
    EXPECT_OK(fa_stream_ready(w.ctx, cache, s));
    const uint8_t *p = fa_stream_read_begin(w.ctx, cache, s, &bytes);
    EXPECT(p != NULL && bytes == 1000 && pattern_holds(p, 1000, 1000, 1000));
    fa_stream_info info = info_of(s);
    EXPECT_STR(info.name, "rock.png");
    EXPECT(info.state == FA_STREAM_READY && info.priority == FA_STREAM_PRIORITY_HIGH && info.readers == 1);
    EXPECT_OK(fa_stream_read_end(w.ctx, cache, s));
    fa_stream_cache_stats c = cache_stats();
    EXPECT_UINT(c.used_bytes, 1000);
    EXPECT_UINT(c.written_bytes, 1000);
    EXPECT_UINT(c.hits, 1);
    EXPECT_UINT(c.misses, 1);
    EXPECT_UINT(c.completed, 1);
    EXPECT_UINT(world_stats(&w).heap_bytes, 1000);
    EXPECT_OK(fa_stream_release(w.ctx, cache, s));
    EXPECT_OK(fa_stream_release(w.ctx, cache, s)); /* gone is gone */
    EXPECT(info_of(s).state == FA_STREAM_GONE);
    EXPECT(fa_stream_read_begin(w.ctx, cache, s, NULL) == NULL);
    EXPECT_RESULT(fa_context_last_result(w.ctx), NOT_FOUND);
    EXPECT_UINT(cache_stats().used_bytes, 0);
    EXPECT_UINT(cache_stats().released, 1);
    EXPECT_UINT(told.count, 0);
}
END_TEST

START_TEST(stream_regions_are_aligned_and_may_be_empty)
{
    for (size_t align = 1; align <= 65536; align *= 2) {
        fa_stream s = {0};
        EXPECT_OK(fa_stream_reserve(w.ctx, cache, &(fa_stream_desc){.bytes = 100, .align_bytes = align}, &s));
        EXPECT((uintptr_t)fa_stream_write_begin(w.ctx, cache, s, NULL) % align == 0);
        EXPECT_OK(fa_stream_write_end(w.ctx, cache, s, 0));
        EXPECT_OK(fa_stream_release(w.ctx, cache, s));
    }
    fa_stream empty = load("empty", 0, FA_STREAM_PRIORITY_DEFAULT);
    size_t bytes = 5;
    EXPECT(fa_stream_read_begin(w.ctx, cache, empty, &bytes) != NULL && bytes == 0);
    EXPECT_OK(fa_stream_read_end(w.ctx, cache, empty));
}
END_TEST

/* ---- eviction ---------------------------------------------------------------------------------------------- */

START_TEST(stream_least_recently_used_goes_first)
{
    fa_stream a = load("a", 3000, 0);
    fa_stream b = load("b", 3000, 0);
    fa_stream c = load("c", 3000, 0);
    touch(a);
    touch(c);
    touch(b); /* order now: a c b */
    (void)load("d", 3000, 0);
    EXPECT_UINT(told.count, 1);
    EXPECT_STR(told.names[0], "a");
    (void)load("e", 6000, 0);
    EXPECT_UINT(told.count, 3);
    EXPECT_STR(told.names[1], "c");
    EXPECT_STR(told.names[2], "b");
    EXPECT(told.intact && told.bytes == 9000);
    EXPECT(info_of(a).state == FA_STREAM_GONE && info_of(b).state == FA_STREAM_GONE);
    EXPECT(info_of(c).state == FA_STREAM_GONE);
    EXPECT_UINT(cache_stats().used_bytes, 9000);
    EXPECT_UINT(cache_stats().evicted, 3);
    EXPECT_UINT(cache_stats().evicted_bytes, 9000);
    EXPECT_UINT(world_stats(&w).heap_bytes, 9000);
}
END_TEST

START_TEST(stream_lower_priority_goes_first_and_higher_never_for_lower)
{
    fa_stream high = load("high", 2500, FA_STREAM_PRIORITY_HIGH);
    fa_stream low = load("low", 2500, FA_STREAM_PRIORITY_LOW);
    fa_stream normal = load("normal", 2500, FA_STREAM_PRIORITY_NORMAL);
    fa_stream critical = load("critical", 2500, FA_STREAM_PRIORITY_CRITICAL);
    touch(low); /* used last, and yet the first to go */
    (void)load("x", 2500, FA_STREAM_PRIORITY_NORMAL);
    EXPECT_STR(told.names[0], "low");
    fa_stream out = {7};
    const fa_stream_desc background = {.bytes = 1, .priority = FA_STREAM_PRIORITY_BACKGROUND};
    EXPECT_NO_MEMORY(&w, fa_stream_reserve(w.ctx, cache, &background, &out), OVER_BUDGET);
    EXPECT(out.bits == 0);
    (void)load("y", 5000, FA_STREAM_PRIORITY_NORMAL); /* both normal ones */
    EXPECT(info_of(normal).state == FA_STREAM_GONE && told.count == 3);
    EXPECT(info_of(high).state == FA_STREAM_READY && info_of(critical).state == FA_STREAM_READY);
    const fa_stream_desc too_much = {.bytes = 7501, .priority = FA_STREAM_PRIORITY_HIGH};
    EXPECT_NO_MEMORY(&w, fa_stream_reserve(w.ctx, cache, &too_much, &out), OVER_BUDGET);
    EXPECT_UINT(told.count, 3); /* nothing was evicted in vain */
    EXPECT_UINT(cache_stats().refused, 2);
    EXPECT_OK(fa_stream_set_priority(w.ctx, cache, high, FA_STREAM_PRIORITY_BACKGROUND));
    (void)load("z", 100, FA_STREAM_PRIORITY_BACKGROUND);
    EXPECT(info_of(high).state == FA_STREAM_GONE);
    EXPECT_RESULT(fa_stream_set_priority(w.ctx, cache, high, FA_STREAM_PRIORITY_LOW), NOT_FOUND);
    EXPECT_UINT(w.rec.count, 0);
}
END_TEST

START_TEST(stream_budget_is_exact_to_the_byte)
{
    fa_stream a = load("a", 9999, FA_STREAM_PRIORITY_CRITICAL);
    fa_stream out = {0};
    EXPECT_NO_MEMORY(&w, fa_stream_reserve(w.ctx, cache, &(fa_stream_desc){.bytes = 2}, &out), OVER_BUDGET);
    (void)load("b", 1, 0);
    EXPECT_UINT(cache_stats().used_bytes, 10000);
    EXPECT_NO_MEMORY(&w, fa_stream_reserve(w.ctx, cache, &(fa_stream_desc){.bytes = 2}, &out), OVER_BUDGET);
    (void)load("c", 1, 0);
    EXPECT_UINT(told.count, 1);
    EXPECT_STR(told.names[0], "b");
    EXPECT_NO_MEMORY(&w, fa_stream_reserve(w.ctx, cache, &(fa_stream_desc){.bytes = SIZE_MAX}, &out), FULL);
    EXPECT_NO_MEMORY(
        &w,
        fa_stream_reserve(w.ctx, cache,
                          &(fa_stream_desc){.bytes = 10001, .priority = FA_STREAM_PRIORITY_CRITICAL}, &out),
        OVER_BUDGET);
    touch(a);
}
END_TEST

START_TEST(stream_being_read_or_written_is_never_evicted)
{
    fa_stream read = load("read", 4000, FA_STREAM_PRIORITY_BACKGROUND);
    fa_stream loading = reserve("loading", 4000, FA_STREAM_PRIORITY_BACKGROUND);
    const uint8_t *p = fa_stream_read_begin(w.ctx, cache, read, NULL);
    EXPECT(fa_stream_read_begin(w.ctx, cache, read, NULL) == p);
    fa_stream out = {0};
    const fa_stream_desc want = {.bytes = 2001, .priority = FA_STREAM_PRIORITY_CRITICAL};
    EXPECT_NO_MEMORY(&w, fa_stream_reserve(w.ctx, cache, &want, &out), OVER_BUDGET);
    EXPECT_UINT(fa_stream_cache_trim(w.ctx, cache, 0), 0);
    EXPECT_OK(fa_stream_read_end(w.ctx, cache, read));
    EXPECT_NO_MEMORY(&w, fa_stream_reserve(w.ctx, cache, &want, &out), OVER_BUDGET);
    EXPECT(pattern_holds(p, 4000, 4000, 4000));
    EXPECT_REFUSED(&w, fa_stream_release(w.ctx, cache, read), FA402, BUSY);
    EXPECT_REFUSED(&w, fa_stream_cache_destroy(w.ctx, cache), FA402, BUSY);
    EXPECT_OK(fa_stream_read_end(w.ctx, cache, read));
    EXPECT_OK(fa_stream_reserve(w.ctx, cache, &want, &out));
    EXPECT(info_of(read).state == FA_STREAM_GONE && info_of(loading).state == FA_STREAM_LOADING);
}
END_TEST

START_TEST(stream_cache_is_trimmed_down_to_what_is_asked_for)
{
    for (int i = 0; i < 10; i++) {
        (void)load("x", 1000, (fa_stream_priority)(1 + i % 5));
    }
    EXPECT_UINT(fa_stream_cache_trim(w.ctx, cache, 10000), 0);
    EXPECT_UINT(fa_stream_cache_trim(w.ctx, cache, 7500), 3000);
    EXPECT_UINT(cache_stats().used_bytes, 7000);
    EXPECT_UINT(fa_stream_cache_trim(w.ctx, cache, 0), 7000);
    EXPECT_UINT(cache_stats().streams, 0);
    EXPECT_UINT(told.count, 10);
    EXPECT_UINT(world_stats(&w).heap_bytes, 0);
}
END_TEST

/* ---- the hook ---------------------------------------------------------------------------------------------- */

static fa_stream kept;

static void use_everything(fa_context *ctx, fa_stream stream)
{
    fa_stream out;
    EXPECT(fa_stream_read_begin(ctx, cache, stream, NULL) == NULL); /* it is gone for everybody */
    EXPECT_RESULT(fa_context_last_result(ctx), NOT_FOUND);
    EXPECT(fa_stream_read_begin(ctx, cache, kept, NULL) != NULL);
    EXPECT_OK(fa_stream_read_end(ctx, cache, kept));
    EXPECT_RESULT(fa_stream_reserve(ctx, cache, &(fa_stream_desc){.bytes = 1}, &out), REENTRANT);
    EXPECT_UINT(fa_stream_cache_trim(ctx, cache, 0), 0);
    EXPECT_RESULT(fa_stream_cache_destroy(ctx, cache), REENTRANT);
    EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA105), 3);
    recorder_clear(&w.rec);
    EXPECT_RESULT(fa_context_detach(ctx), REENTRANT);
    EXPECT_RESULT(fa_allocator_destroy(w.allocator), BUSY);
    EXPECT_UINT(w.rec.count, 2);
    recorder_clear(&w.rec);
    void *p = fa_heap_alloc(ctx, 100, 16); /* memory of other kinds is served */
    EXPECT(p != NULL);
    EXPECT_OK(fa_heap_free(ctx, p));
}

START_TEST(stream_hook_may_use_the_cache_and_is_refused_what_would_recurse)
{
    kept = load("kept", 1000, FA_STREAM_PRIORITY_HIGH);
    (void)load("a", 4000, 0);
    (void)load("b", 4000, 0);
    told.and_then = use_everything;
    (void)load("c", 8000, 0);
    EXPECT_UINT(told.count, 2);
    EXPECT(told.intact);
}
END_TEST

/* ---- what is refused --------------------------------------------------------------------------------------- */

START_TEST(stream_misuse_is_refused_and_changes_nothing)
{
    fa_stream s = reserve("s", 100, 0);
    uint8_t data[200] = {0};
    EXPECT_REFUSED(&w, fa_stream_write(w.ctx, cache, s, data, 101), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_stream_write(w.ctx, cache, s, NULL, 1), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_stream_write_end(w.ctx, cache, s, 0), FA402, UNBALANCED);
    EXPECT_REFUSED(&w, fa_stream_read_end(w.ctx, cache, s), FA402, UNBALANCED);
    EXPECT(fa_stream_write_begin(w.ctx, cache, s, NULL) != NULL);
    EXPECT_REFUSED_NULL(&w, fa_stream_write_begin(w.ctx, cache, s, NULL), FA403, BUSY);
    EXPECT_REFUSED(&w, fa_stream_write(w.ctx, cache, s, data, 1), FA403, BUSY);
    EXPECT_REFUSED(&w, fa_stream_ready(w.ctx, cache, s), FA403, BUSY);
    EXPECT_REFUSED(&w, fa_stream_release(w.ctx, cache, s), FA402, BUSY);
    EXPECT_REFUSED(&w, fa_stream_write_end(w.ctx, cache, s, 101), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_stream_write_end(w.ctx, cache, s, 100));
    EXPECT_OK(fa_stream_write(w.ctx, cache, s, NULL, 0));
    EXPECT_OK(fa_stream_ready(w.ctx, cache, s));
    EXPECT_REFUSED(&w, fa_stream_ready(w.ctx, cache, s), FA403, BUSY);
    EXPECT_REFUSED(&w, fa_stream_write(w.ctx, cache, s, data, 0), FA403, BUSY);
    EXPECT_REFUSED(&w, fa_stream_read_end(w.ctx, cache, s), FA402, UNBALANCED);
    EXPECT_REFUSED(&w, fa_stream_set_priority(w.ctx, cache, s, (fa_stream_priority)9), FA005,
                   INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_stream_read_begin(w.ctx, opaque(w.ctx), s, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_stream_release(w.ctx, cache, s));
    EXPECT_REFUSED(&w, fa_stream_write(w.ctx, cache, s, data, 1), FA401, STALE);
    EXPECT_REFUSED(&w, fa_stream_ready(w.ctx, cache, s), FA401, STALE);
    EXPECT_REFUSED(&w, fa_stream_read_end(w.ctx, cache, s), FA401, STALE);
    fa_stream out = {0};
    fa_stream_desc bad = {.align_bytes = 3, .priority = (fa_stream_priority)6, .end_canary = 1};
    EXPECT_REFUSED(&w, fa_stream_reserve(w.ctx, cache, &bad, &out), FA103, INVALID_DESC);
    fa_stream_cache *made = cache;
    fa_stream_cache_desc dirty = {.start_canary = 1};
    EXPECT_REFUSED(&w, fa_stream_cache_create(w.ctx, &dirty, &made), FA103, INVALID_DESC);
    EXPECT(made == NULL);
}
END_TEST

START_TEST(stream_memory_given_to_another_free_is_refused)
{
    fa_stream s = load("s", 100, 0);
    fa_stream large = load("large", 9000, 0);
    const void *p = fa_stream_read_begin(w.ctx, cache, s, NULL);
    const void *q = fa_stream_read_begin(w.ctx, cache, large, NULL);
    EXPECT_REFUSED(&w, fa_heap_free(w.ctx, opaque(p)), FA607, WRONG_FAMILY);
    EXPECT_REFUSED(&w, fa_pool_free(w.ctx, opaque(q)), FA607, WRONG_FAMILY);
    EXPECT(strstr(w.rec.items[0].message, "stream") != NULL);
    EXPECT_OK(fa_stream_read_end(w.ctx, cache, s));
    EXPECT_OK(fa_stream_read_end(w.ctx, cache, large));
}
END_TEST

START_TEST(fault_25_streams_forged_or_of_another_cache_are_refused)
{
    fa_stream_cache *other = NULL;
    EXPECT_OK(fa_stream_cache_create(w.ctx, NULL, &other));
    fa_stream ours = load("ours", 10, 0);
    EXPECT_REFUSED_NULL(&w, fa_stream_read_begin(w.ctx, other, ours, NULL), FA401, STALE);
    EXPECT_REFUSED_NULL(&w, fa_stream_read_begin(w.ctx, cache, ((fa_stream){0}), NULL), FA401, STALE);
    EXPECT_REFUSED(&w, fa_stream_release(w.ctx, cache, ((fa_stream){ours.bits + (1ull << 32)})), FA401,
                   STALE);
    random_state r = {support_seed()};
    for (int i = 0; i < 5000; i++) {
        fa_stream forged = {i % 2 != 0 ? random_next(&r) : ours.bits ^ UINT64_C(1) << random_below(&r, 64)};
        bool older = forged.bits >> 32 < ours.bits >> 32 && (uint32_t)forged.bits == (uint32_t)ours.bits &&
                     forged.bits >> 32 != 0;
        if (forged.bits != ours.bits && !older) {
            EXPECT_RESULT(fa_stream_release(w.ctx, cache, forged), STALE);
            EXPECT_UINT(w.rec.count, 1);
            w.rec.count = 0;
        }
    }
    touch(ours);
    EXPECT_OK(fa_stream_cache_destroy(w.ctx, other));
    /* The last generation: the slot is never used again. */
    uint32_t index = (uint32_t)(ours.bits & FAI_STREAM_INDEX_MASK);
    EXPECT_OK(fa_stream_release(w.ctx, cache, ours));
    fai_stream_slot_at(cache, index)->generation = UINT32_MAX;
    fai_stream_seal(fai_stream_slot_at(cache, index));
    fa_stream last = load("last", 10, 0);
    EXPECT_UINT(last.bits & FAI_STREAM_INDEX_MASK, index);
    EXPECT_OK(fa_stream_release(w.ctx, cache, last));
    for (int i = 0; i < 10; i++) {
        EXPECT((load("next", 10, 0).bits & FAI_STREAM_INDEX_MASK) != index);
    }
    EXPECT(fa_stream_read_begin(w.ctx, cache, last, NULL) == NULL);
    EXPECT_RESULT(fa_context_last_result(w.ctx), NOT_FOUND);
}
END_TEST

START_TEST(stream_reserve_without_memory_books_nothing)
{
    fa_stream_cache *big = NULL;
    EXPECT_OK(fa_stream_cache_create(w.ctx, &(fa_stream_cache_desc){.budget_bytes = FA_NO_LIMIT}, &big));
    tracking_fail(&w.backing, OP_COMMIT, 1, true);
    fa_stream out = {1};
    EXPECT_NO_MEMORY(&w, fa_stream_reserve(w.ctx, big, &(fa_stream_desc){.bytes = 50 << 20}, &out),
                     OUT_OF_MEMORY);
    EXPECT(out.bits == 0);
    uint64_t taken = 0;
    while (fa_stream_reserve(w.ctx, big, &(fa_stream_desc){.bytes = 16}, &out) == FA_RESULT_OK) {
        EXPECT(++taken < 1000000);
    }
    EXPECT_RESULT(fa_context_last_result(w.ctx), OUT_OF_MEMORY);
    fa_stream_cache_stats s;
    EXPECT_OK(fa_stream_cache_stats_get(w.ctx, big, &s));
    EXPECT_UINT(s.streams, taken);
    EXPECT_UINT(s.used_bytes, taken * 16);
    EXPECT_UINT(s.reserved, taken);
    EXPECT_UINT(s.refused, 2);
    EXPECT(fa_allocator_validate(w.allocator));
    tracking_fail(&w.backing, OP_COMMIT, 0, false);
    EXPECT_OK(fa_stream_reserve(w.ctx, big, &(fa_stream_desc){.bytes = 50 << 20}, &out));
    EXPECT_OK(fa_stream_cache_destroy(w.ctx, big));
}
END_TEST

START_TEST(stream_cache_never_destroyed_is_listed_as_a_leak)
{
    world two;
    world_open(&two, NULL);
    fa_stream_cache *leaked = NULL;
    fa_stream s;
    EXPECT_OK(fa_stream_cache_create(two.ctx, NULL, &leaked));
    EXPECT_OK(fa_stream_reserve(two.ctx, leaked, &(fa_stream_desc){.bytes = 1234}, &s));
    EXPECT_OK(fa_context_detach(two.ctx));
    EXPECT_OK(fa_allocator_destroy(two.allocator));
    EXPECT_UINT(two.rec.count, 1);
    EXPECT(two.rec.items[0].id == FA_CODE_FA608 && two.rec.items[0].bytes == 1234);
    world_expect_nothing_left(&two);
    tracking_close(&two.backing);
}
END_TEST

/* ---- random walk --------------------------------------------------------------------------------------------- */

START_TEST(stream_random_walk_agrees_with_a_model)
{
    enum { SLOTS = 60 };
    static struct {
        fa_stream s;
        size_t bytes;
        fa_stream_priority priority;
        uint64_t used; /* model's clock */
        unsigned readers;
        bool live;
        bool ready;
    } m[SLOTS];
    memset(m, 0, sizeof m);
    random_state r = {support_seed()};
    size_t used = 0;
    uint64_t clock = 0;
    uint64_t evicted = 0;
    for (int step = 0; step < (SUPPORT_SLOW ? 20000 : 60000); step++) {
        size_t i = random_below(&r, SLOTS);
        clock++;
        if (!m[i].live) {
            size_t bytes = random_size(&r, 5000);
            fa_stream_priority priority = (fa_stream_priority)(1 + random_below(&r, 5));
            fa_result expected = FA_RESULT_OVER_BUDGET;
            size_t evictable = 0;
            for (size_t k = 0; k < SLOTS; k++) {
                evictable += m[k].live && m[k].ready && m[k].readers == 0 && m[k].priority <= priority
                                 ? m[k].bytes
                                 : 0;
            }
            if (used - evictable + bytes <= 10000) {
                expected = FA_RESULT_OK;
            }
            while (expected == FA_RESULT_OK && used + bytes > 10000) { /* the model's own choice */
                size_t victim = SLOTS;
                for (size_t k = 0; k < SLOTS; k++) {
                    if (m[k].live && m[k].ready && m[k].readers == 0 &&
                        (victim == SLOTS || m[k].priority < m[victim].priority ||
                         (m[k].priority == m[victim].priority && m[k].used < m[victim].used))) {
                        victim = k;
                    }
                }
                EXPECT(victim < SLOTS);
                m[victim].live = false;
                used -= m[victim].bytes;
                evicted++;
            }
            const fa_stream_desc desc = {.bytes = bytes, .priority = priority};
            fa_result result = fa_stream_reserve(w.ctx, cache, &desc, &m[i].s);
            EXPECTF(result == expected, "%s, expected %s", fa_result_name(result), fa_result_name(expected));
            if (result == FA_RESULT_OK) {
                m[i].live = true;
                m[i].ready = false;
                m[i].bytes = bytes;
                m[i].priority = priority;
                used += bytes;
            }
        } else if (!m[i].ready) {
            fill(m[i].s, m[i].bytes);
            m[i].ready = true;
            m[i].used = clock;
        } else if (m[i].readers > 0 && random_below(&r, 2) == 0) {
            EXPECT_OK(fa_stream_read_end(w.ctx, cache, m[i].s));
            if (--m[i].readers == 0) {
                m[i].used = clock;
            }
        } else if (random_below(&r, 10) == 0 && m[i].readers == 0) {
            EXPECT_OK(fa_stream_release(w.ctx, cache, m[i].s));
            m[i].live = false;
            used -= m[i].bytes;
        } else if (m[i].readers < 3) {
            size_t bytes = 0;
            const void *p = fa_stream_read_begin(w.ctx, cache, m[i].s, &bytes);
            EXPECT(p != NULL && bytes == m[i].bytes && pattern_holds(p, bytes, bytes, bytes));
            m[i].readers++;
        }
        EXPECT_UINT(cache_stats().used_bytes, used);
        EXPECT_UINT(cache_stats().evicted, evicted);
        EXPECT_UINT(told.count, evicted);
        if (step % 256 == 0) {
            EXPECT(fa_allocator_validate(w.allocator) && told.intact);
            for (size_t k = 0; k < SLOTS; k++) {
                EXPECT(m[k].s.bits == 0 || info_of(m[k].s).state == (!m[k].live   ? FA_STREAM_GONE
                                                                     : m[k].ready ? FA_STREAM_READY
                                                                                  : FA_STREAM_LOADING));
            }
        }
    }
    EXPECT(evicted > 500);
    for (size_t i = 0; i < SLOTS; i++) {
        for (; m[i].live && m[i].readers > 0; m[i].readers--) {
            EXPECT_OK(fa_stream_read_end(w.ctx, cache, m[i].s));
        }
    }
}
END_TEST

/* ---- threads --------------------------------------------------------------------------------------------------- */

enum { ASSETS = 24, LOADS = SUPPORT_SLOW ? 1500 : 15000 };

static fa_allocator *shared_allocator;
static fa_stream_cache *shared_cache;
static _Atomic uint64_t asset_ids[ASSETS]; /* what the loader last loaded there */
static atomic_bool loading_done;
static atomic_uint wrong;
static atomic_uint_fast64_t hook_bytes;
static atomic_uint_fast64_t reads;

static void count_evicted(void *user, fa_context *ctx, fa_stream stream, const char *name, const void *data,
                          size_t bytes)
{
    (void)user;
    (void)ctx;
    (void)stream;
    const uint8_t *p = data;
    size_t asset = strtoul(name, NULL, 10);
    if (bytes > 0 && (p[0] != (uint8_t)asset || p[bytes - 1] != (uint8_t)asset)) {
        atomic_fetch_add(&wrong, 1);
    }
    atomic_fetch_add(&hook_bytes, bytes);
}

static void *load_assets(void *user)
{
    fa_context *ctx = NULL;
    random_state r = {(uint64_t)(uintptr_t)user};
    if (fa_context_attach(shared_allocator, NULL, &ctx) != FA_RESULT_OK) {
        atomic_fetch_add(&wrong, 1);
        return NULL;
    }
    for (int i = 0; i < LOADS; i++) {
        size_t asset = random_below(&r, ASSETS);
        char name[16];
        (void)snprintf(name, sizeof name, "%zu", asset);
        fa_stream s = {0};
        const fa_stream_desc desc = {.name = name,
                                     .bytes = 100 + random_below(&r, 3000),
                                     .priority = (fa_stream_priority)(1 + random_below(&r, 3))};
        fa_result result = fa_stream_reserve(ctx, shared_cache, &desc, &s);
        if (result == FA_RESULT_OVER_BUDGET) {
            continue;
        }
        size_t left = 0;
        uint8_t *place = fa_stream_write_begin(ctx, shared_cache, s, &left);
        if (result != FA_RESULT_OK || place == NULL || left != desc.bytes) {
            atomic_fetch_add(&wrong, 1);
            continue;
        }
        memset(place, (int)asset, left);
        if (fa_stream_write_end(ctx, shared_cache, s, left) != FA_RESULT_OK ||
            fa_stream_ready(ctx, shared_cache, s) != FA_RESULT_OK) {
            atomic_fetch_add(&wrong, 1);
        }
        uint64_t before = atomic_exchange(&asset_ids[asset], s.bits);
        if (before != 0 && random_below(&r, 4) == 0) {
            fa_result released = fa_stream_release(ctx, shared_cache, (fa_stream){before});
            if (released != FA_RESULT_OK && released != FA_RESULT_BUSY) { /* somebody reads it: it stays */
                atomic_fetch_add(&wrong, 1);
            }
        }
    }
    (void)fa_context_detach(ctx);
    return NULL;
}

static void *read_assets(void *user)
{
    fa_context *ctx = NULL;
    random_state r = {(uint64_t)(uintptr_t)user};
    if (fa_context_attach(shared_allocator, NULL, &ctx) != FA_RESULT_OK) {
        atomic_fetch_add(&wrong, 1);
        return NULL;
    }
    while (!atomic_load(&loading_done)) {
        size_t asset = random_below(&r, ASSETS);
        fa_stream s = {atomic_load(&asset_ids[asset])};
        size_t bytes = 0;
        const uint8_t *p = s.bits != 0 ? fa_stream_read_begin(ctx, shared_cache, s, &bytes) : NULL;
        if (p == NULL) {
            continue; /* evicted, released or not there yet */
        }
        for (size_t i = 0; i < bytes; i += 50) {
            if (p[i] != (uint8_t)asset) {
                atomic_fetch_add(&wrong, 1);
            }
        }
        if (fa_stream_read_end(ctx, shared_cache, s) != FA_RESULT_OK) {
            atomic_fetch_add(&wrong, 1);
        }
        atomic_fetch_add(&reads, 1);
    }
    (void)fa_context_detach(ctx);
    return NULL;
}

static void quiet(void *user, const fa_diagnostic *d)
{
    if (d->id != FA_CODE_FA402) { /* a release while somebody reads */
        atomic_fetch_add((atomic_uint *)user, 1);
    }
}

START_TEST(streams_are_loaded_read_and_evicted_by_threads_at_once)
{
    fa_context *ctx = NULL;
    const fa_allocator_desc desc = {.handler = {.fn = quiet, .user = &wrong}, .strictness = FA_STRICT_REPORT};
    const fa_stream_cache_desc cache_desc = {.budget_bytes = 20000, .on_evict = {.fn = count_evicted}};
    EXPECT_OK(fa_allocator_create(&desc, &shared_allocator));
    EXPECT_OK(fa_context_attach(shared_allocator, NULL, &ctx));
    EXPECT_OK(fa_stream_cache_create(ctx, &cache_desc, &shared_cache));
    pthread_t loaders[2];
    pthread_t readers[2];
    for (uintptr_t i = 0; i < 2; i++) {
        EXPECT(pthread_create(&loaders[i], NULL, load_assets, (void *)(i + 1)) == 0);
        EXPECT(pthread_create(&readers[i], NULL, read_assets, (void *)(i + 10)) == 0);
    }
    fa_stream_cache_stats s;
    fa_stream_cache_stats before = {0};
    for (int i = 0; i < 200; i++) {
        EXPECT_OK(fa_stream_cache_stats_get(ctx, shared_cache, &s));
        EXPECT(s.used_bytes <= 20000 && s.hits >= before.hits && s.evicted >= before.evicted &&
               s.reserved == s.streams + s.evicted + s.released);
        before = s;
    }
    for (int i = 0; i < 2; i++) {
        EXPECT(pthread_join(loaders[i], NULL) == 0);
    }
    atomic_store(&loading_done, true);
    for (int i = 0; i < 2; i++) {
        EXPECT(pthread_join(readers[i], NULL) == 0);
    }
    EXPECT_UINT(atomic_load(&wrong), 0);
    EXPECT_OK(fa_stream_cache_stats_get(ctx, shared_cache, &s));
    EXPECT_UINT(s.evicted_bytes, atomic_load(&hook_bytes));
    EXPECT_UINT(s.hits, atomic_load(&reads));
    EXPECT(s.reading == 0 && s.loading == 0 && s.evicted > 100 && s.peak_bytes <= 20000);
    EXPECT(fa_allocator_validate(shared_allocator));
    fa_allocator_stats all;
    EXPECT_OK(fa_allocator_stats_get(shared_allocator, &all));
    EXPECT_UINT(all.heap_bytes, s.used_bytes);
    EXPECT_OK(fa_stream_cache_destroy(ctx, shared_cache));
    EXPECT_OK(fa_allocator_destroy(shared_allocator));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stream");
    TCase *tcase = support_case(suite, "stream");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, stream_is_reserved_written_made_ready_and_read);
    tcase_add_test(tcase, stream_regions_are_aligned_and_may_be_empty);
    tcase_add_test(tcase, stream_least_recently_used_goes_first);
    tcase_add_test(tcase, stream_lower_priority_goes_first_and_higher_never_for_lower);
    tcase_add_test(tcase, stream_budget_is_exact_to_the_byte);
    tcase_add_test(tcase, stream_being_read_or_written_is_never_evicted);
    tcase_add_test(tcase, stream_cache_is_trimmed_down_to_what_is_asked_for);
    tcase_add_test(tcase, stream_hook_may_use_the_cache_and_is_refused_what_would_recurse);
    tcase_add_test(tcase, stream_misuse_is_refused_and_changes_nothing);
    tcase_add_test(tcase, stream_memory_given_to_another_free_is_refused);
    tcase_add_test(tcase, fault_25_streams_forged_or_of_another_cache_are_refused);
    tcase_add_test(tcase, stream_reserve_without_memory_books_nothing);
    tcase_add_test(tcase, stream_cache_never_destroyed_is_listed_as_a_leak);
    tcase_add_test(tcase, stream_random_walk_agrees_with_a_model);
    tcase = support_case(suite, "stream: threads");
    tcase_add_test(tcase, streams_are_loaded_read_and_evicted_by_threads_at_once);
    return support_run(suite);
}
