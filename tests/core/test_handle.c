/* Handles: blocks that move, names that stay good, and every name that is not. */
#include "core/handle.h"
#include "core/support.h"

static world w;
static fa_handle_heap *heap;

static void setup(void)
{
    world_open(&w, NULL);
    EXPECT_OK(fa_handle_heap_create(w.ctx, &(fa_handle_heap_desc){.name = "meshes"}, &heap));
}
static void teardown(void)
{
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, heap));
    EXPECT_UINT(world_stats(&w).heap_bytes, 0);
    EXPECT_UINT(world_stats(&w).heap_objects, 0);
    world_close(&w);
}

static fa_handle_heap_stats stats_of(fa_handle_heap *of)
{
    fa_handle_heap_stats s;
    EXPECT_OK(fa_handle_heap_stats_get(w.ctx, of, &s));
    return s;
}

typedef struct mesh {
    uint64_t id;
    float v[13];
} mesh;

/* ---- moving ---------------------------------------------------------------------------------------------- */

START_TEST(handle_survives_relocation_and_memory_goes_back)
{
    enum { COUNT = 2000 };
    static fa_handle handles[COUNT];
    static void *first[COUNT];
    for (uint64_t i = 0; i < COUNT; i++) {
        handles[i] = fa_handle_alloc(w.ctx, heap, 1000 + i, 16);
        EXPECT(!fa_handle_is_null(handles[i]));
        first[i] = fa_handle_get(w.ctx, heap, handles[i]);
        pattern_fill(first[i], 1000 + i, i);
    }
    for (uint64_t i = 0; i < COUNT; i++) {
        if (i % 3 != 0) {
            EXPECT_OK(fa_handle_free(w.ctx, heap, handles[i]));
        }
    }
    fa_handle_heap_stats before = stats_of(heap);
    EXPECT(before.holes > 600 && before.hole_bytes > before.bytes && before.largest_hole_bytes > 2000);
    size_t moved = fa_handle_heap_defragment(w.ctx, heap, FA_NO_LIMIT);
    fa_handle_heap_stats after = stats_of(heap);
    EXPECT(moved > 0 && after.moved_bytes == moved);
    EXPECT_UINT(after.holes, 0);
    EXPECT_UINT(after.hole_bytes, 0);
    EXPECT(after.span_bytes < before.span_bytes / 2 && after.committed_bytes < before.committed_bytes);
    EXPECT_UINT(after.bytes, before.bytes);
    EXPECT(fa_allocator_validate(w.allocator));
    uint64_t elsewhere = 0;
    for (uint64_t i = 0; i < COUNT; i += 3) {
        void *now = fa_handle_get(w.ctx, heap, handles[i]);
        elsewhere += now != first[i];
        EXPECT(pattern_holds(now, 1000 + i, i, 1000 + i));
        EXPECT_UINT(fa_handle_size_bytes(w.ctx, heap, handles[i]), 1000 + i);
    }
    EXPECT(elsewhere > 300);
    EXPECT_UINT(fa_handle_heap_defragment(w.ctx, heap, FA_NO_LIMIT), 0);
}
END_TEST

START_TEST(handle_budget_of_moved_bytes_is_never_exceeded_and_suffices_in_the_end)
{
    enum { COUNT = 500 };
    static fa_handle handles[COUNT];
    for (uint64_t i = 0; i < COUNT; i++) {
        handles[i] = fa_handle_alloc(w.ctx, heap, 100 + i % 900, 16);
        pattern_fill(fa_handle_get(w.ctx, heap, handles[i]), 100 + i % 900, i);
    }
    for (uint64_t i = 0; i < COUNT; i += 2) {
        EXPECT_OK(fa_handle_free(w.ctx, heap, handles[i]));
    }
    EXPECT_UINT(fa_handle_heap_defragment(w.ctx, heap, 0), 0);
    EXPECT_UINT(fa_handle_heap_defragment(w.ctx, heap, 99), 0); /* every block is larger */
    unsigned frames = 0;
    while (stats_of(heap).holes > 0) {
        uint64_t moved_before = stats_of(heap).moved_bytes;
        size_t moved = fa_handle_heap_defragment(w.ctx, heap, 2000);
        EXPECT(moved <= 2000);
        EXPECT_UINT(stats_of(heap).moved_bytes - moved_before, moved);
        EXPECT(++frames < 500);
    }
    EXPECT(frames > 5);
    for (uint64_t i = 1; i < COUNT; i += 2) {
        EXPECT(pattern_holds(fa_handle_get(w.ctx, heap, handles[i]), 100 + i % 900, i, 100 + i % 900));
    }
}
END_TEST

START_TEST(handle_address_is_stable_while_pinned_and_pins_nest)
{
    fa_handle low = fa_handle_alloc(w.ctx, heap, 5000, 16);
    fa_handle high = FA_HANDLE_NEW(w.ctx, heap, mesh);
    mesh *m = FA_HANDLE_PIN(w.ctx, heap, high, mesh);
    m->id = 77;
    EXPECT(FA_HANDLE_PIN(w.ctx, heap, high, mesh) == m);
    EXPECT_UINT(stats_of(heap).pinned, 1);
    EXPECT_OK(fa_handle_free(w.ctx, heap, low));
    EXPECT_UINT(fa_handle_heap_defragment(w.ctx, heap, FA_NO_LIMIT), 0);
    EXPECT_OK(fa_handle_unpin(w.ctx, heap, high));
    EXPECT_UINT(fa_handle_heap_defragment(w.ctx, heap, FA_NO_LIMIT), 0); /* one pin is left */
    EXPECT(FA_HANDLE_GET(w.ctx, heap, high, mesh) == m && m->id == 77);
    EXPECT_REFUSED(&w, fa_handle_free(w.ctx, heap, high), FA402, BUSY);
    EXPECT_REFUSED(&w, fa_handle_heap_destroy(w.ctx, heap), FA402, BUSY);
    EXPECT_OK(fa_handle_unpin(w.ctx, heap, high));
    EXPECT_REFUSED(&w, fa_handle_unpin(w.ctx, heap, high), FA402, UNBALANCED);
    EXPECT_UINT(fa_handle_heap_defragment(w.ctx, heap, FA_NO_LIMIT), sizeof(mesh));
    mesh *moved = FA_HANDLE_GET(w.ctx, heap, high, mesh);
    EXPECT(moved != m && moved->id == 77);
    /* What is pinned in the middle keeps the rest from nothing. */
    fa_handle a = fa_handle_alloc(w.ctx, heap, 3000, 16);
    fa_handle b = fa_handle_alloc(w.ctx, heap, 100, 16);
    fa_handle c = fa_handle_alloc(w.ctx, heap, 2000, 16);
    void *pinned = fa_handle_pin(w.ctx, heap, b);
    EXPECT_OK(fa_handle_free(w.ctx, heap, a));
    EXPECT_UINT(fa_handle_heap_defragment(w.ctx, heap, FA_NO_LIMIT),
                2000); /* over the pinned one, into the hole */
    EXPECT((uintptr_t)fa_handle_get(w.ctx, heap, c) < (uintptr_t)pinned);
    EXPECT_OK(fa_handle_unpin(w.ctx, heap, b));
}
END_TEST

START_TEST(handle_random_walk_with_pins_and_moves_agrees_with_a_model)
{
    enum { SLOTS = 300 };
    static struct {
        fa_handle h;
        uint8_t *pinned; /* address while pinned */
        size_t size;
        uint64_t id;
        unsigned pins;
    } live[SLOTS];
    random_state r = {support_seed()};
    size_t bytes = 0;
    uint64_t count = 0;
    for (uint64_t step = 1; step <= (SUPPORT_SLOW ? 8000 : 40000); step++) {
        size_t i = random_below(&r, SLOTS);
        if (fa_handle_is_null(live[i].h)) {
            live[i].size = random_size(&r, step % 50 == 0 ? 90000 : 3000);
            size_t align = (size_t)1 << random_below(&r, step % 20 == 0 ? 17 : 8);
            live[i].h = fa_handle_alloc(w.ctx, heap, live[i].size, align);
            live[i].id = step;
            uint8_t *p = fa_handle_get(w.ctx, heap, live[i].h);
            EXPECT(p != NULL && (uintptr_t)p % align == 0);
            pattern_fill(p, live[i].size, step);
            bytes += live[i].size;
            count++;
        } else {
            uint8_t *p = fa_handle_pin(w.ctx, heap, live[i].h);
            EXPECT(pattern_holds(p, live[i].size, live[i].id, live[i].size));
            EXPECT(live[i].pins == 0 || p == live[i].pinned);
            live[i].pinned = p;
            live[i].pins++;
            while (live[i].pins > 0 && random_below(&r, 3) != 0) {
                EXPECT_OK(fa_handle_unpin(w.ctx, heap, live[i].h));
                live[i].pins--;
            }
            if (live[i].pins == 0 && random_below(&r, 2) == 0) {
                EXPECT_OK(fa_handle_free(w.ctx, heap, live[i].h));
                bytes -= live[i].size;
                count--;
                live[i].h = (fa_handle){0};
            }
        }
        if (step % 16 == 0) {
            (void)fa_handle_heap_defragment(w.ctx, heap, random_size(&r, 100000));
        }
        if (step % 512 == 0) {
            fa_handle_heap_stats s = stats_of(heap);
            EXPECT_UINT(s.bytes, bytes);
            EXPECT_UINT(s.handles, count);
            EXPECT_UINT(world_stats(&w).heap_bytes, bytes);
            EXPECT_UINT(world_stats(&w).heap_objects, count);
            EXPECT(fa_allocator_validate(w.allocator));
        }
    }
    EXPECT(stats_of(heap).moves > 1000);
    for (size_t i = 0; i < SLOTS; i++) {
        for (; live[i].pins > 0; live[i].pins--) {
            EXPECT_OK(fa_handle_unpin(w.ctx, heap, live[i].h));
        }
    }
}
END_TEST

START_TEST(handle_heap_that_always_moves_moves_at_every_opportunity)
{
    fa_handle_heap *moving = NULL;
    EXPECT_OK(fa_handle_heap_create(w.ctx, &(fa_handle_heap_desc){.move_always = true, .max_bytes = 1 << 20},
                                    &moving));
    fa_handle kept = FA_HANDLE_NEW(w.ctx, moving, mesh);
    FA_HANDLE_GET(w.ctx, moving, kept, mesh)->id = 4711;
    fa_handle fixed = FA_HANDLE_NEW(w.ctx, moving, mesh);
    mesh *pinned = FA_HANDLE_PIN(w.ctx, moving, fixed, mesh);
    pinned->id = 42;
    fa_handle other[20] = {{0}};
    unsigned stayed = 0;
    for (int i = 0; i < 400; i++) {
        mesh *before = FA_HANDLE_GET(w.ctx, moving, kept, mesh);
        fa_handle *o = &other[i % 20];
        EXPECT_OK(fa_handle_free(w.ctx, moving, *o));
        *o = fa_handle_alloc(w.ctx, moving, (size_t)(i * 37 % 3000), 16);
        EXPECT(!fa_handle_is_null(*o));
        EXPECT(fa_handle_pin(w.ctx, moving, *o) != NULL);
        EXPECT_OK(fa_handle_unpin(w.ctx, moving, *o));
        stayed += before == FA_HANDLE_GET(w.ctx, moving, kept, mesh);
        EXPECT_UINT(FA_HANDLE_GET(w.ctx, moving, kept, mesh)->id, 4711);
        EXPECT(FA_HANDLE_GET(w.ctx, moving, fixed, mesh) == pinned && pinned->id == 42);
        EXPECT(fa_allocator_validate(w.allocator));
    }
    EXPECTF(stayed < 100, "%u of 400 times nothing had moved", stayed);
    EXPECT_OK(fa_handle_unpin(w.ctx, moving, fixed));
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, moving));
}
END_TEST

/* ---- what is refused ------------------------------------------------------------------------------------- */

START_TEST(fault_25_stale_handle_is_refused_and_names_alloc_and_free)
{
    int line = __LINE__ + 1;
    fa_handle h = FA_HANDLE_NEW(w.ctx, heap, mesh);
    EXPECT_OK(fa_handle_free(w.ctx, heap, h));
    EXPECT_RESULT(fa_handle_free(w.ctx, heap, h), STALE);
    char site[64];
    (void)snprintf(site, sizeof site, "test_handle.c:%d", line);
    EXPECT(strstr(w.rec.items[0].earlier, site) != NULL);
    (void)snprintf(site, sizeof site, "test_handle.c:%d", line + 1);
    EXPECT(strstr(w.rec.items[0].first_free, site) != NULL);
    w.rec.count = 0;
    EXPECT_REFUSED(&w, fa_handle_free(w.ctx, heap, h), FA401, STALE);
    EXPECT_REFUSED(&w, fa_handle_unpin(w.ctx, heap, h), FA401, STALE);
    EXPECT_REFUSED_NULL(&w, fa_handle_pin(w.ctx, heap, h), FA401, STALE);
    EXPECT_REFUSED_NULL(&w, FA_HANDLE_GET(w.ctx, heap, h, mesh), FA401, STALE);
    EXPECT(!fa_handle_is_live(w.ctx, heap, h));
    EXPECT_UINT(fa_handle_size_bytes(w.ctx, heap, h), 0);
    fa_handle again = FA_HANDLE_NEW(w.ctx, heap, mesh); /* the same slot */
    EXPECT(!fa_handle_equal(h, again) && (h.bits & 0xFFFFFF) == (again.bits & 0xFFFFFF));
    EXPECT_REFUSED(&w, fa_handle_free(w.ctx, heap, h), FA401, STALE);
    EXPECT(fa_handle_is_live(w.ctx, heap, again));
    EXPECT_OK(fa_handle_free(w.ctx, heap, (fa_handle){0}));
    EXPECT_REFUSED_NULL(&w, fa_handle_pin(w.ctx, heap, ((fa_handle){0})), FA401, STALE);
}
END_TEST

START_TEST(fault_25_handle_of_another_type_is_refused)
{
    fa_handle h = FA_HANDLE_NEW(w.ctx, heap, mesh);
    fa_handle untyped = fa_handle_alloc(w.ctx, heap, 100, 16);
    EXPECT_REFUSED_NULL(&w, FA_HANDLE_GET(w.ctx, heap, h, world), FA401, WRONG_TYPE);
    EXPECT_REFUSED_NULL(&w, FA_HANDLE_PIN(w.ctx, heap, h, world), FA401, WRONG_TYPE);
    EXPECT_REFUSED_NULL(&w, FA_HANDLE_PIN(w.ctx, heap, untyped, mesh), FA401, WRONG_TYPE);
    EXPECT(strstr(w.rec.items[0].message, "mesh") != NULL);
    EXPECT_UINT(stats_of(heap).pinned, 0);
    char name[] = "mesh"; /* the name counts, not where it stands */
    EXPECT(fai_handle_get(w.ctx, heap, h, opaque(name), FA_HERE) != NULL);
    EXPECT(fa_handle_get(w.ctx, heap, h) != NULL);
}
END_TEST

START_TEST(fault_25_slot_is_retired_when_its_generations_are_used_up)
{
    fa_handle first = fa_handle_alloc(w.ctx, heap, 10, 16);
    uint32_t index = (uint32_t)(first.bits & 0xFFFFFF);
    EXPECT_OK(fa_handle_free(w.ctx, heap, first));
    fai_handle_slot_at(heap, index)->generation = UINT32_MAX - 2;
    fai_handle_seal_slot(fai_handle_slot_at(heap, index));
    fa_handle used[3];
    for (int i = 0; i < 3; i++) {
        used[i] = fa_handle_alloc(w.ctx, heap, 10, 16);
        EXPECT_UINT(used[i].bits & 0xFFFFFF, index);
        EXPECT_UINT(used[i].bits >> 32, (uint64_t)UINT32_MAX - 2 + (uint64_t)i);
        EXPECT_OK(fa_handle_free(w.ctx, heap, used[i]));
    }
    EXPECT_UINT(stats_of(heap).retired, 1);
    for (int i = 0; i < 100; i++) {
        fa_handle h = fa_handle_alloc(w.ctx, heap, 10, 16);
        EXPECT(!fa_handle_is_null(h) && (h.bits & 0xFFFFFF) != index);
        if (i % 2 != 0) {
            EXPECT_OK(fa_handle_free(w.ctx, heap, h));
        }
    }
    for (int i = 0; i < 3; i++) {
        EXPECT_REFUSED_NULL(&w, fa_handle_pin(w.ctx, heap, used[i]), FA401, STALE);
    }
    EXPECT_REFUSED_NULL(&w, fa_handle_pin(w.ctx, heap, first), FA401, STALE);
    EXPECT(strstr(w.rec.items[0].message, "freed") != NULL);
}
END_TEST

START_TEST(fault_25_random_handles_never_name_a_block)
{
    enum { COUNT = 200 };
    static fa_handle live[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        live[i] = fa_handle_alloc(w.ctx, heap, 50, 16);
        pattern_fill(fa_handle_get(w.ctx, heap, live[i]), 50, i);
        if (i % 4 == 3) {
            EXPECT_OK(fa_handle_free(w.ctx, heap, live[i]));
        }
    }
    random_state r = {support_seed()};
    unsigned tried = 0;
    for (int i = 0; i < (SUPPORT_SLOW ? 12000 : 30000); i++) {
        fa_handle forged = {random_next(&r)};
        switch (random_below(&r, 5)) {
        case 0: forged.bits = live[random_below(&r, COUNT)].bits ^ UINT64_C(1) << random_below(&r, 64); break;
        case 1: forged.bits = live[random_below(&r, COUNT)].bits + random_below(&r, 3) - 1; break;
        case 2: forged.bits &= 0xFFFFFFFF000000FF; break;
        case 3:
            forged.bits = (forged.bits & 0xFF) | (live[0].bits & 0xFF000000) | (random_below(&r, 4) << 32);
            break;
        default: break;
        }
        bool real = false;
        for (size_t k = 0; k < COUNT; k++) {
            real = real || (k % 4 != 3 && live[k].bits == forged.bits);
        }
        EXPECT(fa_handle_is_live(w.ctx, heap, forged) == real);
        if (!real && forged.bits != 0) {
            EXPECT(fa_handle_pin(w.ctx, heap, forged) == NULL);
            EXPECT_RESULT(fa_handle_free(w.ctx, heap, forged), STALE);
            EXPECT_UINT(w.rec.count, 2);
            w.rec.count = 0;
            tried++;
        }
    }
    EXPECT(tried > 10000);
    EXPECT_UINT(stats_of(heap).handles, COUNT - COUNT / 4);
    for (size_t i = 0; i < COUNT; i++) {
        EXPECT(i % 4 == 3 || pattern_holds(fa_handle_get(w.ctx, heap, live[i]), 50, i, 50));
    }
}
END_TEST

START_TEST(fault_25_handles_of_another_heap_are_refused)
{
    fa_handle_heap *other = NULL;
    EXPECT_OK(fa_handle_heap_create(w.ctx, NULL, &other));
    for (int i = 0; i < 50; i++) {
        fa_handle ours = fa_handle_alloc(w.ctx, heap, 10, 16);
        fa_handle theirs = fa_handle_alloc(w.ctx, other, 10, 16);
        EXPECT(!fa_handle_equal(ours, theirs));
        EXPECT_REFUSED_NULL(&w, fa_handle_pin(w.ctx, other, ours), FA401, STALE);
        EXPECT_REFUSED(&w, fa_handle_free(w.ctx, heap, theirs), FA401, STALE);
    }
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, other));
    EXPECT_REFUSED(&w, fa_handle_heap_destroy(w.ctx, opaque(w.ctx)), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_handle_get(w.ctx, NULL, ((fa_handle){1})), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, NULL));
}
END_TEST

START_TEST(handle_block_given_to_the_wrong_free_is_refused_by_name)
{
    fa_handle h = FA_HANDLE_NEW(w.ctx, heap, mesh);
    void *p = fa_handle_get(w.ctx, heap, h);
    EXPECT(fa_allocator_contains(w.allocator, p));
    EXPECT_REFUSED(&w, fa_pool_free(w.ctx, p), FA607, WRONG_FAMILY);
    EXPECT(strstr(w.rec.items[0].message, "handle heap meshes") != NULL);
    EXPECT_REFUSED(&w, fa_heap_free(w.ctx, p), FA607, WRONG_FAMILY);
}
END_TEST

/* ---- limits ---------------------------------------------------------------------------------------------- */

START_TEST(handle_heap_is_full_at_its_maximum_to_the_byte)
{
    fa_handle_heap *small = NULL;
    EXPECT_OK(fa_handle_heap_create(w.ctx, &(fa_handle_heap_desc){.max_bytes = 10000}, &small));
    EXPECT(fa_handle_is_null(fa_handle_alloc(w.ctx, small, 10001, 16)));
    EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
    fa_handle all = fa_handle_alloc(w.ctx, small, 10000, 16);
    EXPECT(!fa_handle_is_null(all));
    memset(fa_handle_get(w.ctx, small, all), 1, 10000);
    EXPECT(fa_handle_is_null(fa_handle_alloc(w.ctx, small, 0, 16)));
    EXPECT_OK(fa_handle_free(w.ctx, small, all));
    fa_handle h[5];
    for (int i = 0; i < 5; i++) {
        h[i] = fa_handle_alloc(w.ctx, small, 2000, 16);
        EXPECT(!fa_handle_is_null(h[i]));
    }
    EXPECT_OK(fa_handle_free(w.ctx, small, h[1]));
    EXPECT_OK(fa_handle_free(w.ctx, small, h[3]));
    EXPECT(fa_handle_is_null(fa_handle_alloc(w.ctx, small, 4000, 16))); /* there is room, in two pieces */
    EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
    EXPECT_UINT(stats_of(small).refused, 3);
    EXPECT(fa_handle_heap_defragment(w.ctx, small, FA_NO_LIMIT) > 0);
    EXPECT(!fa_handle_is_null(fa_handle_alloc(w.ctx, small, 4000, 16)));
    EXPECT(fa_handle_is_null(fa_handle_alloc(w.ctx, small, SIZE_MAX, 16)));
    EXPECT(fa_handle_is_null(fa_handle_alloc(w.ctx, small, FA_REQUEST_MAX, 65536)));
    EXPECT_UINT(w.rec.count, 0);
    EXPECT(fa_handle_is_null(fa_handle_alloc(w.ctx, small, 1, 24)));
    EXPECT_UINT(w.rec.count, 1);
    w.rec.count = 0;
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, small));
    fa_handle_heap_desc bad = {.max_bytes = SIZE_MAX, .tag = 99, .start_canary = 1};
    EXPECT_REFUSED(&w, fa_handle_heap_create(w.ctx, &bad, &small), FA103, INVALID_DESC);
    EXPECT(small == NULL);
}
END_TEST

START_TEST(handle_alloc_without_memory_changes_nothing)
{
    fa_handle h = fa_handle_alloc(w.ctx, heap, 100, 16);
    snapshot before;
    tracking_fail(&w.backing, OP_COMMIT, 1, true);
    snapshot_take(&before, w.allocator, w.ctx);
    EXPECT(fa_handle_is_null(fa_handle_alloc(w.ctx, heap, 10 << 20, 16)));
    EXPECT_RESULT(fa_context_last_result(w.ctx), OUT_OF_MEMORY);
    support_expect_unchanged(&before, &w, true, "fa_handle_alloc");
    EXPECT_UINT(stats_of(heap).handles, 1);
    EXPECT(fa_handle_get(w.ctx, heap, h) != NULL);
    uint64_t taken = 0;
    while (!fa_handle_is_null(fa_handle_alloc(w.ctx, heap, 0, 16))) { /* until slots or space end */
        EXPECT(++taken < 1000000);
    }
    EXPECT_RESULT(fa_context_last_result(w.ctx), OUT_OF_MEMORY);
    EXPECT(fa_allocator_validate(w.allocator));
    tracking_fail(&w.backing, OP_COMMIT, 0, false);
    EXPECT(!fa_handle_is_null(fa_handle_alloc(w.ctx, heap, 10 << 20, 16)));
}
END_TEST

START_TEST(handles_never_freed_are_listed_by_call_site)
{
    world two;
    world_open(&two, NULL);
    fa_handle_heap *leaked = NULL;
    EXPECT_OK(fa_handle_heap_create(
        two.ctx, &(fa_handle_heap_desc){.tag = fa_tag_intern(two.allocator, "art")}, &leaked));
    int line = __LINE__ + 2;
    for (int i = 0; i < 3; i++) {
        EXPECT(!fa_handle_is_null(fa_handle_alloc(two.ctx, leaked, 100, 16)));
    }
    EXPECT_UINT(tag_stats(two.allocator, fa_tag_intern(two.allocator, "art")).self.heap_bytes, 300);
    EXPECT_OK(fa_context_detach(two.ctx));
    EXPECT_OK(fa_allocator_destroy(two.allocator));
    EXPECT_UINT(two.rec.count, 1);
    EXPECT(two.rec.items[0].id == FA_CODE_FA608 && two.rec.items[0].bytes == 300);
    EXPECT_STR(two.rec.items[0].tag, "art");
    char site[64];
    (void)snprintf(site, sizeof site, "test_handle.c:%d", line);
    EXPECT(strstr(two.rec.items[0].earlier, site) != NULL);
    world_expect_nothing_left(&two);
    tracking_close(&two.backing);
}
END_TEST

/* ---- threads --------------------------------------------------------------------------------------------- */

enum { THREADS = 3, SHARED = 64, ROUNDS = SUPPORT_SLOW ? 1500 : 8000 };

static fa_allocator *shared_allocator;
static fa_handle_heap *shared_heap;
static fa_handle shared_handles[SHARED];
static pthread_mutex_t shared_locks[SHARED]; /* of the contents; the heap has its own */
static atomic_uint wrong;
static atomic_uint running;

static void use_one(fa_context *ctx, random_state *r, size_t i)
{
    (void)pthread_mutex_lock(&shared_locks[i]);
    uint64_t *p = fa_handle_pin(ctx, shared_heap, shared_handles[i]);
    uint64_t words = fa_handle_size_bytes(ctx, shared_heap, shared_handles[i]) / 8;
    for (uint64_t k = 0; p != NULL && k < words; k++) {
        if (p[k] != i * 1000 + words) {
            atomic_fetch_add(&wrong, 1);
        }
        p[k] = i * 1000 + words;
    }
    if (p == NULL || fa_handle_get(ctx, shared_heap, shared_handles[i]) != p ||
        fa_handle_unpin(ctx, shared_heap, shared_handles[i]) != FA_RESULT_OK) {
        atomic_fetch_add(&wrong, 1);
    }
    if (random_below(r, 4) == 0) {
        words = 1 + random_below(r, 100);
        if (fa_handle_free(ctx, shared_heap, shared_handles[i]) != FA_RESULT_OK) {
            atomic_fetch_add(&wrong, 1);
        }
        shared_handles[i] = fa_handle_alloc(ctx, shared_heap, words * 8, 16);
        p = fa_handle_pin(ctx, shared_heap, shared_handles[i]);
        for (uint64_t k = 0; p != NULL && k < words; k++) {
            p[k] = i * 1000 + words;
        }
        (void)fa_handle_unpin(ctx, shared_heap, shared_handles[i]);
    }
    (void)pthread_mutex_unlock(&shared_locks[i]);
}

static void *use_handles(void *user)
{
    fa_context *ctx = NULL;
    random_state r = {(uint64_t)(uintptr_t)user};
    if (fa_context_attach(shared_allocator, NULL, &ctx) != FA_RESULT_OK) {
        atomic_fetch_add(&wrong, 1);
        return NULL;
    }
    for (int i = 0; i < ROUNDS; i++) {
        use_one(ctx, &r, random_below(&r, SHARED));
        if (i % 16 == 0 && fa_handle_heap_defragment(ctx, shared_heap, 2000) > 2000) {
            atomic_fetch_add(&wrong, 1);
        }
    }
    (void)fa_context_detach(ctx);
    atomic_fetch_sub(&running, 1);
    return NULL;
}

START_TEST(handles_are_used_by_threads_while_another_defragments)
{
    fa_context *ctx = NULL;
    const fa_handle_heap_desc desc = {.move_always = _i == 1, .max_bytes = 4 << 20};
    EXPECT_OK(fa_allocator_create(NULL, &shared_allocator));
    EXPECT_OK(fa_context_attach(shared_allocator, NULL, &ctx));
    EXPECT_OK(fa_handle_heap_create(ctx, &desc, &shared_heap));
    for (uint64_t i = 0; i < SHARED; i++) {
        EXPECT(pthread_mutex_init(&shared_locks[i], NULL) == 0);
        shared_handles[i] = fa_handle_alloc(ctx, shared_heap, 80, 16);
        uint64_t *p = fa_handle_get(ctx, shared_heap, shared_handles[i]);
        for (int k = 0; k < 10; k++) {
            p[k] = i * 1000 + 10;
        }
    }
    pthread_t threads[THREADS];
    atomic_store(&running, THREADS);
    for (uintptr_t i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, use_handles, (void *)(i + 1)) == 0);
    }
    while (atomic_load(&running) > 0) {
        EXPECT(fa_handle_heap_defragment(ctx, shared_heap, 10000) <= 10000);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(atomic_load(&wrong), 0);
    fa_handle_heap_stats s;
    EXPECT_OK(fa_handle_heap_stats_get(ctx, shared_heap, &s));
    EXPECT(s.moves > 0 && s.handles == SHARED && s.pinned == 0 && s.allocs == s.frees + s.handles);
    EXPECT(fa_allocator_validate(shared_allocator));
    EXPECT_OK(fa_handle_heap_destroy(ctx, shared_heap));
    EXPECT_OK(fa_allocator_destroy(shared_allocator));
}
END_TEST

/* What the original dead-locks on: pin one, ask for another, from two threads, each the other way round. */
static void *pin_two(void *user)
{
    fa_context *ctx = NULL;
    size_t first = (uintptr_t)user % 2;
    if (fa_context_attach(shared_allocator, NULL, &ctx) != FA_RESULT_OK) {
        atomic_fetch_add(&wrong, 1);
        return NULL;
    }
    for (int i = 0; i < ROUNDS; i++) {
        void *a = fa_handle_pin(ctx, shared_heap, shared_handles[first]);
        void *b = fa_handle_pin(ctx, shared_heap, shared_handles[1 - first]);
        if (a == NULL || b == NULL || a == b ||
            fa_handle_unpin(ctx, shared_heap, shared_handles[first]) != FA_RESULT_OK ||
            fa_handle_unpin(ctx, shared_heap, shared_handles[1 - first]) != FA_RESULT_OK) {
            atomic_fetch_add(&wrong, 1);
        }
    }
    (void)fa_context_detach(ctx);
    return NULL;
}

START_TEST(handles_pinned_crosswise_by_two_threads_do_not_dead_lock)
{
    fa_context *ctx = NULL;
    EXPECT_OK(fa_allocator_create(NULL, &shared_allocator));
    EXPECT_OK(fa_context_attach(shared_allocator, NULL, &ctx));
    EXPECT_OK(fa_handle_heap_create(ctx, NULL, &shared_heap));
    shared_handles[0] = fa_handle_alloc(ctx, shared_heap, 80, 16);
    shared_handles[1] = fa_handle_alloc(ctx, shared_heap, 80, 16);
    pthread_t threads[2];
    for (uintptr_t i = 0; i < 2; i++) {
        EXPECT(pthread_create(&threads[i], NULL, pin_two, (void *)i) == 0);
    }
    for (int i = 0; i < 2; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    EXPECT_UINT(atomic_load(&wrong), 0);
    EXPECT_OK(fa_handle_heap_destroy(ctx, shared_heap)); /* nothing is left pinned */
    EXPECT_OK(fa_allocator_destroy(shared_allocator));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("handle");
    TCase *tcase = support_case(suite, "handle");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, handle_survives_relocation_and_memory_goes_back);
    tcase_add_test(tcase, handle_budget_of_moved_bytes_is_never_exceeded_and_suffices_in_the_end);
    tcase_add_test(tcase, handle_address_is_stable_while_pinned_and_pins_nest);
    tcase_add_test(tcase, handle_random_walk_with_pins_and_moves_agrees_with_a_model);
    tcase_add_test(tcase, handle_heap_that_always_moves_moves_at_every_opportunity);
    tcase_add_test(tcase, fault_25_stale_handle_is_refused_and_names_alloc_and_free);
    tcase_add_test(tcase, fault_25_handle_of_another_type_is_refused);
    tcase_add_test(tcase, fault_25_slot_is_retired_when_its_generations_are_used_up);
    tcase_add_test(tcase, fault_25_random_handles_never_name_a_block);
    tcase_add_test(tcase, fault_25_handles_of_another_heap_are_refused);
    tcase_add_test(tcase, handle_block_given_to_the_wrong_free_is_refused_by_name);
    tcase_add_test(tcase, handle_heap_is_full_at_its_maximum_to_the_byte);
    tcase_add_test(tcase, handle_alloc_without_memory_changes_nothing);
    tcase_add_test(tcase, handles_never_freed_are_listed_by_call_site);
    tcase = support_case(suite, "handle: threads");
    tcase_add_loop_test(tcase, handles_are_used_by_threads_while_another_defragments, 0, 2);
    tcase_add_test(tcase, handles_pinned_crosswise_by_two_threads_do_not_dead_lock);
    return support_run(suite);
}
