/* refusal_sweep.h - a scenario that uses everything, run while the system refuses the k-th call of a kind.
 *
 * The scenario knows which answers are allowed (what it asked for, or no memory, never a diagnostic: it is
 * nobody's mistake) and undoes what it did. Afterwards the same allocator must run it again without a
 * refusal, and at the end nothing may be left: reservations and committed bytes are counted by the wrapper.
 */
#ifndef FRAMEALLOC_TESTS_REFUSAL_SWEEP_H
#define FRAMEALLOC_TESTS_REFUSAL_SWEEP_H

#include "core/support.h"

static world w;

/* ---- the scenario ------------------------------------------------------------------------------------------------ */

static unsigned refusals; ///< answers "no memory" in this run
static bool may_refuse;

/// The result is OK, or no memory while that is allowed.
static inline bool tolerated(fa_result result, const char *call)
{
    if (result == FA_RESULT_OK) {
        return true;
    }
    EXPECTF(may_refuse && result == FA_RESULT_OUT_OF_MEMORY, "%s gave %s", call, fa_result_name(result));
    refusals++;
    return false;
}
static inline bool tolerated_pointer(fa_context *ctx, const void *p, const char *call)
{
    if (p != NULL) {
        return true;
    }
    (void)tolerated(fa_context_last_result(ctx), call);
    return false;
}
#define TRY(call) tolerated((call), #call)
#define TRY_POINTER(ctx, p) tolerated_pointer((ctx), (p), #p)

/// Fill a block, and see that it is filled. Every byte, at the speed of memory: there are hundreds of runs.
static inline void fill(void *p, size_t size, size_t id)
{
    memset(p, (int)(id * 37 % 251 + 1), size);
}
static inline bool filled(const void *p, size_t size, size_t id)
{
    const uint8_t *bytes = (const uint8_t *)p;
    return size == 0 || (bytes[0] == id * 37 % 251 + 1 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

#include "core/refusal_scenarios.h"

static int on_end_count;
static inline void count_on_end(void *user)
{
    (void)user;
    on_end_count++;
}

static inline void scenario_frames(fa_context *ctx, fa_tag tag)
{
    for (int frame = 0; frame < 3; frame++) {
        EXPECT_OK(fa_frame_begin(ctx));
        uint8_t *first = (uint8_t *)fa_frame_alloc(ctx, 1000, 16);
        if (TRY_POINTER(ctx, first)) {
            fill(first, 1000, 1);
        }
        bool pushed = TRY(fa_tag_push(ctx, tag));
        fa_checkpoint mark = fa_frame_mark(ctx);
        bool marked = mark.serial != 0;
        EXPECT(marked || may_refuse);
        int expected_calls = on_end_count;
        for (int i = 0; i < 200; i++) {
            expected_calls += TRY(fa_frame_on_end(ctx, count_on_end, NULL));
        }
        uint8_t *large = (uint8_t *)fa_frame_alloc(ctx, frame == 1 ? 600000 : 300000, 16);
        if (TRY_POINTER(ctx, large)) {
            large[0] = large[299999] = 1;
        }
        (void)TRY_POINTER(ctx, fa_frame_alloc_zeroed(ctx, 100000, 64));
        (void)TRY_POINTER(ctx, fa_frame_printf(ctx, "%0*d", 5000, 7));
        fa_vector v = FA_VECTOR(ctx, uint64_t);
        for (uint64_t i = 0; i < 3000; i++) {
            uint64_t *item = FA_VECTOR_PUSH(&v, uint64_t);
            if (!TRY_POINTER(ctx, item)) {
                break;
            }
            *item = i;
        }
        for (uint64_t i = 0; i < v.count; i++) {
            EXPECT_UINT(*FA_VECTOR_AT(&v, uint64_t, i), i);
        }
        (void)TRY_POINTER(ctx, fa_frame_alloc(ctx, 1200000, 16)); /* oversize: from the heap */
        if (marked && frame % 2 == 0) {
            EXPECT_OK(fa_frame_rewind(ctx, mark));
            EXPECT(on_end_count == expected_calls);
        }
        if (pushed) {
            EXPECT_OK(fa_tag_pop(ctx));
        }
        EXPECT(first == NULL || filled(first, 1000, 1));
        EXPECT_OK(fa_frame_end(ctx));
        EXPECT(on_end_count == expected_calls);
    }
}

static inline void scenario_collections(fa_context *ctx)
{
    EXPECT_OK(fa_frame_begin(ctx));
    fa_map numbers = FA_MAP(ctx, uint64_t, uint64_t);
    fa_map names = FA_MAP_OF_STRINGS(ctx, size_t);
    fa_text text = fa_text_make(ctx);
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t *number = FA_MAP_PUT(&numbers, uint64_t, uint64_t, i);
        if (TRY_POINTER(ctx, number)) {
            *number = i;
        }
        char name[32];
        (void)snprintf(name, sizeof name, "%d", (int)i);
        size_t *length = i % 8 == 0 ? FA_MAP_PUT(&names, const char *, size_t, name) : NULL;
        if (i % 8 == 0 && TRY_POINTER(ctx, length)) {
            *length = i;
        }
        (void)TRY(fa_text_printf(&text, "%08d", (int)i));
    }
    for (size_t i = 0; i < numbers.count; i++) {
        EXPECT_UINT(*FA_MAP_VALUE_AT(&numbers, uint64_t, i), FA_MAP_KEY_AT(&numbers, uint64_t, i));
    }
    for (size_t i = 0; i < names.count; i++) {
        EXPECT_UINT(strtoul(FA_MAP_KEY_AT(&names, const char *, i), NULL, 10),
                    *FA_MAP_VALUE_AT(&names, size_t, i));
    }
    EXPECT(text.length % 8 == 0);
    (void)TRY_POINTER(ctx, fa_text_finish(&text));
    EXPECT_OK(fa_frame_end(ctx));
}

static inline void scenario_scratch(fa_context *ctx)
{
    EXPECT_OK(fa_frame_begin(ctx));
    for (int i = 0; i < 3; i++) {
        FA_SCRATCH_SCOPE (ctx, outer) {
            uint8_t *p = fa_scratch_alloc(&outer, 100000, 16);
            if (outer.arena != NULL && TRY_POINTER(ctx, p)) {
                fill(p, 100000, 5);
            }
            FA_SCRATCH_SCOPE_AVOIDING(ctx, inner, outer.arena)
            {
                uint8_t *q = fa_scratch_alloc(&inner, 300000, 16);
                if (q != NULL) {
                    q[0] = q[299999] = 1;
                }
            }
            FA_SPECULATION_SCOPE(ctx, attempt)
            {
                (void)TRY_POINTER(ctx, fa_frame_alloc(ctx, 50000, 16));
                if (i == 1) {
                    EXPECT_OK(fa_speculation_commit(&attempt));
                }
            }
            EXPECT(p == NULL || filled(p, 100000, 5));
        }
        EXPECT_UINT(fa_scratch_depth(ctx), 0);
    }
    fa_arena *pool = fa_scratch_pool(ctx, "sweep");
    if (TRY_POINTER(ctx, pool)) {
        (void)TRY_POINTER(ctx, fa_arena_alloc(pool, 200000, 16));
        EXPECT_OK(fa_arena_destroy(pool));
    }
    EXPECT_OK(fa_frame_end(ctx));
}

static inline void scenario_objects(fa_context *ctx)
{
    enum { COUNT = 100 };
    static void *pool[COUNT];
    static void *heap[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = i % 25 == 0 ? 90000 : i * 80 % 9000;
        pool[i] = fa_pool_alloc(ctx, size, 16);
        if (TRY_POINTER(ctx, pool[i])) {
            fill(pool[i], size, i);
        }
        heap[i] = fa_heap_alloc(ctx, size, 64);
        if (TRY_POINTER(ctx, heap[i])) {
            fill(heap[i], size, i);
            void *moved = fa_heap_realloc(ctx, heap[i], size * 2 + 1);
            if (TRY_POINTER(ctx, moved)) {
                heap[i] = moved;
            }
            EXPECT(filled(heap[i], size, i)); /* moved or as it was */
        }
    }
    for (size_t k = 0; k < COUNT; k++) {
        size_t i = (k * 49) % COUNT;
        size_t size = i % 25 == 0 ? 90000 : i * 80 % 9000;
        EXPECT(pool[i] == NULL || filled(pool[i], size, i));
        EXPECT_OK(fa_pool_free(ctx, pool[i])); /* freeing needs no memory */
        EXPECT_OK(fa_heap_free(ctx, heap[i]));
    }
}

static inline void scenario_arenas_and_typed_pools(fa_context *ctx, fa_tag tag)
{
    fa_arena_desc arena_desc = {
        .max_bytes = 32 << 20, .keep_bytes = 1 << 20, .prefault_bytes = 128 << 10, .tag = tag};
    fa_arena *arena = (fa_arena *)opaque(&w);
    if (TRY(fa_arena_create(ctx, &arena_desc, &arena))) {
        for (int i = 0; i < 3; i++) {
            uint8_t *p = (uint8_t *)fa_arena_alloc(arena, 1 << 20, 16);
            if (TRY_POINTER(ctx, p)) {
                p[0] = p[(1 << 20) - 1] = 1;
            }
            EXPECT_OK(fa_arena_reset(arena));
        }
        EXPECT_OK(fa_arena_destroy(arena));
    } else {
        EXPECT(arena == NULL);
    }
    fa_typed_pool_desc typed_desc = {.object_bytes = 700, .tag = tag};
    fa_typed_pool *typed = (fa_typed_pool *)opaque(&w);
    if (TRY(fa_typed_pool_create(ctx, &typed_desc, &typed))) {
        size_t live = 0;
        for (int i = 0; i < 400; i++) {
            void *p = fa_typed_pool_alloc(typed);
            if (TRY_POINTER(ctx, p)) {
                memset(p, 1, 700);
                live++;
            }
        }
        EXPECT_UINT(fa_typed_pool_live_count(typed), live);
        EXPECT_OK(fa_typed_pool_destroy(typed));
    } else {
        EXPECT(typed == NULL);
    }
}

static inline void scenario_groups(fa_context *ctx, fa_tag tag)
{
    fa_group *group = (fa_group *)opaque(&w);
    if (!TRY(fa_group_create(ctx, &(fa_group_desc){.tag = tag}, &group))) {
        EXPECT(group == NULL);
        return;
    }
    uint64_t taken = 0;
    for (size_t i = 0; i < 120; i++) {
        size_t size = i % 50 == 0 ? 150000 : i * 37 % 3000;
        uint8_t *p = (uint8_t *)fa_group_alloc(ctx, group, size, 16);
        if (TRY_POINTER(ctx, p)) {
            memset(p, 1, size);
            taken++;
            if (i % 7 == 0) {
                EXPECT_OK(fa_group_free(ctx, group, p));
                taken--;
            }
        }
    }
    fa_group_stats s;
    EXPECT_OK(fa_group_stats_get(ctx, group, &s));
    EXPECT_UINT(s.blocks, taken);
    EXPECT_OK(fa_group_destroy(ctx, group));
}

static inline void scenario_handles(fa_context *ctx)
{
    enum { COUNT = 60 };
    static fa_handle handles[COUNT];
    static size_t sizes[COUNT];
    fa_handle_heap *heap = (fa_handle_heap *)opaque(&w);
    if (!TRY(fa_handle_heap_create(ctx, &(fa_handle_heap_desc){.max_bytes = 4 << 20}, &heap))) {
        EXPECT(heap == NULL);
        return;
    }
    for (size_t i = 0; i < COUNT; i++) {
        sizes[i] = i * 211 % 20000;
        handles[i] = fa_handle_alloc(ctx, heap, sizes[i], 16);
        if (fa_handle_is_null(handles[i])) {
            (void)tolerated(fa_context_last_result(ctx), "fa_handle_alloc");
        } else {
            fill(fa_handle_get(ctx, heap, handles[i]), sizes[i], i);
        }
    }
    for (size_t i = 0; i < COUNT; i += 2) {
        EXPECT_OK(fa_handle_free(ctx, heap, handles[i]));
    }
    (void)fa_handle_heap_defragment(ctx, heap,
                                    FA_NO_LIMIT); /* gives memory back, and survives a refusal of that */
    for (size_t i = 1; i < COUNT; i += 2) {
        EXPECT(fa_handle_is_null(handles[i]) || filled(fa_handle_get(ctx, heap, handles[i]), sizes[i], i));
    }
    EXPECT_OK(fa_handle_heap_destroy(ctx, heap));
}

static inline void scenario_streams(fa_context *ctx)
{
    fa_stream_cache *cache = (fa_stream_cache *)opaque(&w);
    if (!TRY(fa_stream_cache_create(ctx, &(fa_stream_cache_desc){.budget_bytes = 1 << 20}, &cache))) {
        EXPECT(cache == NULL);
        return;
    }
    for (size_t i = 0; i < 30; i++) {
        fa_stream stream = {1};
        const fa_stream_desc desc = {.bytes = i % 4 == 0 ? 200000 : i * 97};
        if (!TRY(fa_stream_reserve(ctx, cache, &desc, &stream))) {
            EXPECT(stream.bits == 0);
            continue;
        }
        size_t left = 0;
        memset(fa_stream_write_begin(ctx, cache, stream, &left), 1, desc.bytes);
        EXPECT_UINT(left, desc.bytes);
        EXPECT_OK(fa_stream_write_end(ctx, cache, stream, left));
        EXPECT_OK(fa_stream_ready(ctx, cache, stream));
    }
    fa_stream_cache_stats s;
    EXPECT_OK(fa_stream_cache_stats_get(ctx, cache, &s));
    EXPECT(s.used_bytes <= s.budget_bytes && s.reserved == s.streams + s.evicted);
    EXPECT_OK(fa_stream_cache_destroy(ctx, cache));
}

static inline void scenario_shared_arena(fa_context *ctx)
{
    fa_shared_arena *arena = (fa_shared_arena *)opaque(&w);
    const fa_shared_arena_desc desc = {.max_bytes = 4 << 20,
                                       .keep_bytes = 256 << 10,
                                       .prefault_bytes = 64 << 10};
    if (!TRY(fa_shared_arena_create(ctx, &desc, &arena))) {
        EXPECT(arena == NULL);
        return;
    }
    for (int i = 0; i < 3; i++) {
        uint8_t *p = (uint8_t *)fa_shared_arena_alloc(ctx, arena, 1 << 20, 64);
        if (TRY_POINTER(ctx, p)) {
            p[0] = p[(1 << 20) - 1] = 1;
        }
        EXPECT_OK(fa_shared_arena_reset(ctx, arena));
    }
    EXPECT_OK(fa_shared_arena_destroy(ctx, arena));
}

static inline void scenario_tags(fa_allocator *allocator, int run)
{
    char path[64];
    for (int i = 0; i < 400; i++) {
        (void)snprintf(path, sizeof path, "run%d/group%d/tag%d", run % 3, i % 9, i);
        fa_tag tag = fa_tag_intern(allocator, path);
        if (tag == FA_TAG_INVALID) {
            EXPECT(may_refuse);
            refusals++;
        } else {
            EXPECT(i % 16 != 0 || strcmp(fa_tag_path(allocator, tag), path) == 0);
        }
    }
}

static inline void scenario(fa_allocator *allocator, int run)
{
    fa_context *ctx = (fa_context *)opaque(&w);
    scenario_tags(allocator, run);
    if (!TRY(fa_context_attach(allocator, NULL, &ctx))) {
        EXPECT(ctx == NULL);
        return;
    }
    fa_tag tag = fa_tag_intern(allocator, "scenario/tag");
    tag = tag != FA_TAG_INVALID ? tag : FA_TAG_NONE;
    scenario_frames(ctx, tag);
    scenario_collections(ctx);
    scenario_scratch(ctx);
    scenario_objects(ctx);
    scenario_arenas_and_typed_pools(ctx, tag);
    scenario_groups(ctx, tag);
    scenario_handles(ctx);
    scenario_streams(ctx);
    scenario_shared_arena(ctx);
    receive_what_is_stuck(allocator, ctx);
    scenario_retain(ctx);
    scenario_tickets(ctx);
    scenario_tasks(ctx);
    scenario_transfers(ctx);
    scenario_observers(allocator, ctx, tag);
    EXPECT_OK(fa_context_detach(ctx));
    EXPECT(fa_allocator_validate(allocator));
    fa_allocator_stats s;
    EXPECT_OK(fa_allocator_stats_get(allocator, &s));
    EXPECT_UINT(s.frame_bytes, 0);
    EXPECT_UINT(s.arena_bytes, 0);
    EXPECT_UINT(s.pool_bytes, 0);
    EXPECT_UINT(s.heap_bytes, stuck.bytes);
    EXPECT_UINT(s.pool_objects, 0);
    EXPECT_UINT(s.heap_objects, stuck.count);
    EXPECT_UINT(s.contexts, 0);
    EXPECT_UINT(s.committed_bytes, w.backing.committed_bytes);
    EXPECT_UINT(s.reserved_bytes, w.backing.reserved_bytes);
}

static inline fa_allocator_desc scenario_desc(void)
{
    return world_desc(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20,
                                               .frame_prefault_bytes = 65536,
                                               .frame_keep_bytes = 256 << 10,
                                               .frames_in_flight = 2,
                                               .oversize_to_heap = true,
                                               .object_max_bytes = 32 << 20});
}

/* ---- the sweep ------------------------------------------------------------------------------------------------------ */

/// Create and run twice with one plan, then without; everything goes back. Returns whether the plan was
/// reached.
static inline bool run_with_plan(backing_op op, uint64_t k, bool from_then_on)
{
    tracking_open(&w.backing);
    recorder_open(&w.rec);
    fa_allocator_desc desc = scenario_desc();
    may_refuse = true;
    refusals = 0;
    tracking_fail(&w.backing, op, k, from_then_on);
    fa_allocator *allocator = (fa_allocator *)opaque(&w);
    fa_result created = fa_allocator_create(&desc, &allocator);
    if (!TRY(created)) {
        EXPECT(allocator == NULL);
        EXPECT_UINT(w.backing.reserved_bytes, 0);
        tracking_fail(&w.backing, op, 0, false);
        EXPECT_OK(fa_allocator_create(&desc, &allocator));
    }
    scenario(allocator, 0);
    scenario(allocator, 1);
    bool reached = w.backing.failing || created != FA_RESULT_OK;
    unsigned refused_before = refusals;
    EXPECTF(reached || refused_before == 0, "%u refusals without cause", refused_before);
    tracking_fail(&w.backing, op, 0, false); /* the system has recovered: so has the allocator */
    may_refuse = false;
    scenario(allocator, 0);
    EXPECTF(w.rec.count == 0, "%s: %s", w.rec.items[0].code, w.rec.items[0].message);
    if (k % 2 != 0 &&
        op != OP_DECOMMIT) { /* also while the system still refuses: taking down needs no memory */
        tracking_fail(&w.backing, op, 1, true);
    }
    EXPECT_OK(fa_allocator_destroy(allocator));
    EXPECTF(w.rec.count == 0, "%s: %s", w.rec.items[0].code, w.rec.items[0].message);
    world_expect_nothing_left(&w);
    tracking_close(&w.backing);
    return reached;
}

/// Every k; or, where that takes too long for every day, all of the first ones and then fewer and fewer.
static inline void sweep(backing_op op, bool from_then_on, bool thorough)
{
    uint64_t k = 1;
    uint64_t runs = 0;
    while (run_with_plan(op, k, from_then_on)) {
        runs++;
        k += thorough ? 1 : 1 + k / 2;
        EXPECT(k < 100000);
    }
    EXPECTF(k > 1 || op == OP_PROTECT, "no %s call at all", backing_op_names[op]);
    printf("fault 20: %s refused %s: %" PRIu64 " runs up to k = %" PRIu64 ", nothing left behind in any\n",
           backing_op_names[op], from_then_on ? "from the k-th on" : "once", runs, k - 1);
}

#endif
