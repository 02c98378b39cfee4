/* Faults 5 and 7: every pointer that is not a live block of the right family, given to every function that
 * frees.
 *
 * Whatever the pointer is: refused with one FA607 that names it, nothing changed, nothing read that is not
 * ours. */
#include <signal.h>

#include "core/support.h"

static world w;
static world other;
static fa_typed_pool *typed;
static fa_typed_pool *typed_two;
static fa_arena *arena;
static fa_group *group;
static fa_group *group_two;

static void setup(void)
{
    fa_allocator_desc desc = {.frame_max_bytes = 8 << 20,
                              .oversize_to_heap = true,
                              .object_max_bytes = 1 << 30};
    world_open(&w, &desc);
    world_open(&other, &desc);
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, uint64_t, &typed));
    fa_typed_pool_desc two = {.object_bytes = 300};
    EXPECT_OK(fa_typed_pool_create(w.ctx, &two, &typed_two));
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    EXPECT_OK(fa_group_create(w.ctx, NULL, &group));
    EXPECT_OK(fa_group_create(w.ctx, NULL, &group_two));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_begin(other.ctx));
}
static void teardown(void)
{
    EXPECT_OK(fa_typed_pool_destroy(typed));
    EXPECT_OK(fa_typed_pool_destroy(typed_two));
    EXPECT_OK(fa_arena_destroy(arena));
    EXPECT_OK(fa_group_destroy(w.ctx, group));
    EXPECT_OK(fa_group_destroy(w.ctx, group_two));
    world_close(&w);
    world_close(&other);
}

/* ---- the functions that free
 * ---------------------------------------------------------------------------------- */

typedef struct freeing {
    const char *name;
    const char *family; ///< of the blocks it is for, as a diagnostic would call it
    fa_result (*call)(void *p, size_t size);
} freeing;

static fa_result call_pool_free(void *p, size_t size)
{
    (void)size;
    return fa_pool_free(w.ctx, p);
}
static fa_result call_pool_free_sized(void *p, size_t size)
{
    return fa_pool_free_sized(w.ctx, p, size);
}
static fa_result call_heap_free(void *p, size_t size)
{
    (void)size;
    return fa_heap_free(w.ctx, p);
}
static fa_result call_heap_free_sized(void *p, size_t size)
{
    return fa_heap_free_sized(w.ctx, p, size);
}
static fa_result call_heap_realloc(void *p, size_t size)
{
    return fa_heap_realloc(w.ctx, p, size) != NULL ? FA_RESULT_OK : fa_context_last_result(w.ctx);
}
static fa_result call_typed_free(void *p, size_t size)
{
    (void)size;
    return fa_typed_pool_free(typed, p);
}
static fa_result call_typed_two_free(void *p, size_t size)
{
    (void)size;
    return fa_typed_pool_free(typed_two, p);
}

static fa_result call_group_free(void *p, size_t size)
{
    (void)size;
    return fa_group_free(w.ctx, group, p);
}
static fa_result call_group_two_free(void *p, size_t size)
{
    (void)size;
    return fa_group_free(w.ctx, group_two, p);
}

enum {
    POOL_FREE,
    POOL_FREE_SIZED,
    HEAP_FREE,
    HEAP_FREE_SIZED,
    HEAP_REALLOC,
    TYPED_FREE,
    TYPED_TWO_FREE,
    GROUP_FREE,
    GROUP_TWO_FREE,
    FREES
};
static const freeing frees[FREES] = {
    {"pool_free", "pool", call_pool_free},
    {"pool_free_sized", "pool", call_pool_free_sized},
    {"heap_free", "heap", call_heap_free},
    {"heap_free_sized", "heap", call_heap_free_sized},
    {"heap_realloc", "heap", call_heap_realloc},
    {"typed_pool_free", "typed pool", call_typed_free},
    {"typed_pool_free of another", "typed pool", call_typed_two_free},
    {"group_free", "group", call_group_free},
    {"group_free of another", "group", call_group_two_free},
};

/// Refused with the result, once, by name of the address; nothing changed.
static void expect_refused(const freeing *f, void *p, size_t size, const char *what, fa_result expected)
{
    snapshot before;
    snapshot_take(&before, w.allocator, w.ctx);
    fa_result result = f->call(p, size);
    EXPECTF(result == expected, "%s of %s (%p): %s, expected %s", f->name, what, p, fa_result_name(result),
            fa_result_name(expected));
    EXPECTF(w.rec.count == 1, "%s of %s: %u diagnostics", f->name, what, w.rec.count);
    const recorded *d = &w.rec.items[0];
    EXPECTF(d->id == FA_CODE_FA607 && d->result == expected, "%s of %s: %s", f->name, what, d->code);
    EXPECTF(d->address == p, "%s of %s: names %p, not %p", f->name, what, d->address, p);
    EXPECTF(strstr(d->here, "test_fault_free.c:") != NULL, "%s", d->here);
    EXPECTF(w.rec.problem[0] == '\0', "%s of %s: %s", f->name, what, w.rec.problem);
    w.rec.count = 0;
    support_expect_unchanged(&before, &w, false, f->name);
}

/* ---- fault 5
 * ------------------------------------------------------------------------------------------------------ */

static uint64_t some_static = 5;
static const uint64_t some_constant = 6;

START_TEST(fault_05_pointers_that_were_never_handed_out_are_foreign)
{
    uint64_t local = 7;
    void *libc = malloc(64);
    void *libc_large = malloc(1 << 20);
    void *anonymous = fa_backing_os().reserve(NULL, 65536, 65536);
    EXPECT(anonymous != NULL && fa_backing_os().commit(NULL, anonymous, 65536));
    fa_tag tag = fa_tag_intern(w.allocator, "some/path");
    struct {
        const char *what;
        void *p;
    } kinds[] = {
        {"a stack variable", opaque(&local)},
        {"a libc block", opaque(libc)},
        {"the middle of a libc block", beside(libc, 16)},
        {"a large libc block", opaque(libc_large)},
        {"a static variable", opaque(&some_static)},
        {"a constant", opaque(&some_constant)},
        {"a string literal", opaque("literal")},
        {"code", (void *)(uintptr_t)&fai_pool_free},
        {"code of the test", (void *)(uintptr_t)&call_pool_free},
        {"another mapping", anonymous},
        {"memory that was never mapped", opaque((void *)0x10000)},
        {"address 1", opaque((void *)1)},
        {"address 16", opaque((void *)16)},
        {"the last address", opaque((void *)UINTPTR_MAX)},
        {"the last aligned address", opaque((void *)(UINTPTR_MAX - 15))},
        {"an address that cannot be", opaque((void *)((uintptr_t)1 << 63))},
        {"the allocator itself", opaque(w.allocator)},
        {"the context", opaque(w.ctx)},
        {"the arena's handle", opaque(arena)},
        {"a typed pool's handle", opaque(typed)},
        {"a tag's path", opaque(fa_tag_path(w.allocator, tag))},
        {"the context's name", opaque(fa_context_name(w.ctx))},
        {"the resolved desc", opaque(fa_allocator_resolved_desc(w.allocator))},
    };
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        for (int f = 0; f < FREES; f++) {
            expect_refused(&frees[f], kinds[i].p, 64, kinds[i].what, FA_RESULT_FOREIGN_POINTER);
        }
    }
    EXPECT(local == 7 && some_static == 5);
    fa_backing_os().release(NULL, anonymous, 65536);
    free(libc);
    free(libc_large);
}
END_TEST

START_TEST(fault_05_pointers_of_another_allocator_are_foreign)
{
    fa_arena *their_arena = NULL;
    EXPECT_OK(fa_arena_create(other.ctx, NULL, &their_arena));
    fa_typed_pool *their_typed = NULL;
    EXPECT_OK(FA_TYPED_POOL_CREATE(other.ctx, uint64_t, &their_typed));
    struct {
        const char *what;
        void *p;
    } theirs[] = {
        {"their pool block", fa_pool_alloc(other.ctx, 64, 8)},
        {"their large pool block", fa_pool_alloc(other.ctx, 100000, 8)},
        {"their heap block", fa_heap_alloc(other.ctx, 64, 8)},
        {"their large heap block", fa_heap_alloc(other.ctx, 100000, 8)},
        {"their frame block", fa_frame_alloc(other.ctx, 64, 8)},
        {"their arena block", fa_arena_alloc(their_arena, 64, 8)},
        {"their typed object", fa_typed_pool_alloc(their_typed)},
    };
    for (unsigned i = 0; i < sizeof theirs / sizeof theirs[0]; i++) {
        for (int f = 0; f < FREES; f++) {
            expect_refused(&frees[f], theirs[i].p, 64, theirs[i].what, FA_RESULT_FOREIGN_POINTER);
        }
    }
    EXPECT_UINT(other.rec.count, 0);
    EXPECT_OK(fa_pool_free(other.ctx, theirs[0].p)); /* all still theirs */
    EXPECT_OK(fa_pool_free(other.ctx, theirs[1].p));
    EXPECT_OK(fa_heap_free(other.ctx, theirs[2].p));
    EXPECT_OK(fa_heap_free(other.ctx, theirs[3].p));
    EXPECT_OK(fa_typed_pool_free(their_typed, theirs[6].p));
    EXPECT_OK(fa_typed_pool_destroy(their_typed));
    EXPECT_OK(fa_arena_destroy(their_arena));
}
END_TEST

START_TEST(fault_05_pointers_into_the_middle_or_beside_a_block_are_refused)
{
    static const size_t sizes[] = {16, 48, 100, 1000, 32768, 40000, 200000};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *blocks[] = {fa_pool_alloc(w.ctx, sizes[i], 16), fa_heap_alloc(w.ctx, sizes[i], 16),
                          sizes[i] == 16 ? fa_typed_pool_alloc(typed) : fa_typed_pool_alloc(typed_two)};
        ptrdiff_t offsets[] = {1, 2, 3, 7, 15, (ptrdiff_t)sizes[i] / 2 | 1, (ptrdiff_t)sizes[i] - 1};
        for (int b = 0; b < 3; b++) {
            for (unsigned o = 0; o < sizeof offsets / sizeof offsets[0]; o++) {
                if (b == 2 && offsets[o] >= 300) {
                    continue;
                }
                for (int f = 0; f < FREES; f++) {
                    void *p = beside(blocks[b], offsets[o]);
                    expect_refused(&frees[f], p, 16, "the middle of a block", FA_RESULT_FOREIGN_POINTER);
                }
            }
        }
        EXPECT_OK(fa_pool_free(w.ctx, blocks[0]));
        EXPECT_OK(fa_heap_free(w.ctx, blocks[1]));
        EXPECT_OK(fa_typed_pool_free(sizes[i] == 16 ? typed : typed_two, blocks[2]));
    }
}
END_TEST

START_TEST(fault_05_pages_inside_a_large_block_are_refused)
{
    void *pool = fa_pool_alloc(w.ctx, 1000000, 16);
    void *heap = fa_heap_alloc(w.ctx, 1000000, 65536);
    for (ptrdiff_t offset = 4096; offset < 1000000; offset += 4096 * 3) {
        for (int f = 0; f < FREES; f++) {
            expect_refused(&frees[f], beside(pool, offset), 16, "a page of a block",
                           FA_RESULT_FOREIGN_POINTER);
            expect_refused(&frees[f], beside(heap, offset), 16, "a page of a block",
                           FA_RESULT_FOREIGN_POINTER);
        }
    }
    EXPECT_OK(fa_pool_free(w.ctx, pool));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
}
END_TEST

static int compare_addresses(const void *a, const void *b)
{
    uintptr_t x = *(const uintptr_t *)a;
    uintptr_t y = *(const uintptr_t *)b;
    return x < y ? -1 : x > y;
}

START_TEST(fault_05_random_addresses_inside_everything_the_allocator_holds_are_refused)
{
    /* Metadata, unused address space, gaps between blocks, ended frames: anything but a live block is
     * refused, without a crash, and the live blocks keep their bytes. */
    enum { LIVE = 600 };
    static uintptr_t live[LIVE];
    static size_t sizes[LIVE];
    random_state r = {support_seed()};
    for (size_t i = 0; i < LIVE; i++) {
        sizes[i] = random_size(&r, 50000);
        void *p = i % 2 != 0 ? fa_pool_alloc(w.ctx, sizes[i], 16) : NULL;
        p = p != NULL ? p : fa_heap_alloc(w.ctx, sizes[i], 16);
        live[i] = (uintptr_t)p;
        pattern_fill(p, sizes[i], 77);
    }
    static uintptr_t sorted[LIVE];
    memcpy(sorted, live, sizeof live);
    qsort(sorted, LIVE, sizeof sorted[0], compare_addresses);
    unsigned refused = 0;
    for (int i = 0; i < (SUPPORT_SLOW ? 20000 : 100000); i++) {
        tracked_region region = w.backing.regions[random_below(&r, w.backing.region_count)];
        uintptr_t p = 0;
        switch (random_below(&r, 3)) {
        case 0: p = region.base + random_below(&r, region.bytes); break;
        case 1: p = region.base + random_below(&r, region.bytes < (1 << 20) ? region.bytes : 1 << 20); break;
        default: p = live[random_below(&r, LIVE)] + random_below(&r, 70000); break;
        }
        p &= ~(uintptr_t)((1u << random_below(&r, 17)) - 1);
        if (p == 0 || bsearch(&p, sorted, LIVE, sizeof sorted[0], compare_addresses) != NULL) {
            continue;
        }
        const freeing *f = &frees[random_below(&r, FREES)];
        fa_result result = f->call(opaque((void *)p), random_below(&r, 100));
        EXPECTF(result == FA_RESULT_FOREIGN_POINTER || result == FA_RESULT_DOUBLE_FREE ||
                    result == FA_RESULT_WRONG_FAMILY,
                "%s of %p: %s", f->name, (void *)p, fa_result_name(result));
        EXPECTF(w.rec.count == 1 && w.rec.items[0].id == FA_CODE_FA607, "%s of %p", f->name, (void *)p);
        w.rec.count = 0;
        refused++;
    }
    EXPECT(refused > 10000);
    EXPECT(fa_allocator_validate(w.allocator));
    for (size_t i = 0; i < LIVE; i++) {
        EXPECT(pattern_holds((void *)live[i], sizes[i], 77, sizes[i]));
        EXPECT_OK(i % 2 != 0 ? fa_pool_free(w.ctx, (void *)live[i]) : fa_heap_free(w.ctx, (void *)live[i]));
    }
}
END_TEST

START_TEST(fault_05_sizes_of_foreign_pointers_are_zero)
{
    int local = 0;
    EXPECT_UINT(fa_pool_size_bytes(w.ctx, opaque(&local)), 0);
    EXPECT_UINT(fa_heap_size_bytes(w.ctx, opaque(&local)), 0);
    EXPECT_UINT(fa_pool_size_bytes(w.ctx, opaque((void *)UINTPTR_MAX)), 0);
    EXPECT_UINT(fa_heap_size_bytes(w.ctx, opaque((void *)1)), 0);
    void *pool = fa_pool_alloc(w.ctx, 50, 8);
    void *heap = fa_heap_alloc(w.ctx, 50, 8);
    void *object = fa_typed_pool_alloc(typed);
    EXPECT_UINT(fa_heap_size_bytes(w.ctx, pool), 0);
    EXPECT_UINT(fa_pool_size_bytes(w.ctx, heap), 0);
    EXPECT_UINT(fa_pool_size_bytes(w.ctx, object), 0);
    EXPECT_UINT(w.rec.count, 0); /* asking is no mistake */
    EXPECT_OK(fa_pool_free(w.ctx, pool));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
    EXPECT_OK(fa_typed_pool_free(typed, object));
}
END_TEST

/* ---- fault 7
 * ------------------------------------------------------------------------------------------------------- */

START_TEST(fault_07_every_family_is_refused_by_every_other_familys_free)
{
    fa_handle_heap *handles = NULL;
    fa_stream_cache *streams = NULL;
    fa_shared_arena *shared = NULL;
    fa_stream small = {0};
    fa_stream large = {0};
    EXPECT_OK(fa_handle_heap_create(w.ctx, NULL, &handles));
    EXPECT_OK(fa_stream_cache_create(w.ctx, NULL, &streams));
    EXPECT_OK(fa_shared_arena_create(w.ctx, NULL, &shared));
    EXPECT_OK(fa_stream_reserve(w.ctx, streams, &(fa_stream_desc){.bytes = 100}, &small));
    EXPECT_OK(fa_stream_reserve(w.ctx, streams, &(fa_stream_desc){.bytes = 99999}, &large));
    fa_handle handle = fa_handle_alloc(w.ctx, handles, 100, 16);
    struct {
        const char *what;
        const char *family; ///< word that the message must contain
        size_t size;
        void *p;
        unsigned right; ///< bits of the functions that are right for it
    } blocks[] = {
        {"a frame block", "frame", 100, fa_frame_alloc(w.ctx, 100, 16), 0},
        {"an oversize frame block", "frame", 20 << 20, fa_frame_alloc(w.ctx, 20 << 20, 16), 0},
        {"an arena block", "arena", 100, fa_arena_alloc(arena, 100, 16), 0},
        {"a pool block", "pool", 100, fa_pool_alloc(w.ctx, 100, 16), 1u << POOL_FREE | 1u << POOL_FREE_SIZED},
        {"a large pool block", "pool", 99999, fa_pool_alloc(w.ctx, 99999, 16),
         1u << POOL_FREE | 1u << POOL_FREE_SIZED},
        {"an aligned pool block", "pool", 100, fa_pool_alloc(w.ctx, 100, 65536),
         1u << POOL_FREE | 1u << POOL_FREE_SIZED},
        {"a heap block", "heap", 100, fa_heap_alloc(w.ctx, 100, 16),
         1u << HEAP_FREE | 1u << HEAP_FREE_SIZED | 1u << HEAP_REALLOC},
        {"a large heap block", "heap", 99999, fa_heap_alloc(w.ctx, 99999, 16),
         1u << HEAP_FREE | 1u << HEAP_FREE_SIZED | 1u << HEAP_REALLOC},
        {"the typed pool's slot", "typed", 8, fa_typed_pool_alloc(typed), 1u << TYPED_FREE},
        {"a typed object", "typed", 8, fa_typed_pool_alloc(typed), 1u << TYPED_FREE},
        {"another typed pool's slot", "typed", 300, fa_typed_pool_alloc(typed_two), 1u << TYPED_TWO_FREE},
        {"another typed object", "typed", 300, fa_typed_pool_alloc(typed_two), 1u << TYPED_TWO_FREE},
        {"a group's block", "group", 100, fa_group_alloc(w.ctx, group, 100, 16), 1u << GROUP_FREE},
        {"a group's large block", "group", 99999, fa_group_alloc(w.ctx, group, 99999, 16), 1u << GROUP_FREE},
        {"another group's block", "group", 100, fa_group_alloc(w.ctx, group_two, 100, 16),
         1u << GROUP_TWO_FREE},
        {"a handle's block", "handle", 100, fa_handle_pin(w.ctx, handles, handle), 0},
        {"a stream's region", "stream", 100, fa_stream_write_begin(w.ctx, streams, small, NULL), 0},
        {"a stream's large region", "stream", 99999, fa_stream_write_begin(w.ctx, streams, large, NULL), 0},
        {"a shared arena's block", "arena", 100, fa_shared_arena_alloc(w.ctx, shared, 100, 16), 0},
    };
    enum { COUNT = sizeof blocks / sizeof blocks[0] };
    for (int b = 0; b < COUNT; b++) {
        EXPECT(blocks[b].p != NULL);
        pattern_fill(blocks[b].p, blocks[b].size, (uint64_t)b);
    }
    for (int b = 0; b < COUNT; b++) {
        for (int f = 0; f < FREES; f++) {
            if (blocks[b].right >> f & 1) {
                continue;
            }
            expect_refused(&frees[f], blocks[b].p, blocks[b].size, blocks[b].what, FA_RESULT_WRONG_FAMILY);
            const recorded *d = &w.rec.items[0]; /* still there, only the count was cleared */
            EXPECTF(strstr(d->message, blocks[b].family) != NULL, "%s of %s does not name its family: %s",
                    frees[f].name, blocks[b].what, d->message);
            EXPECTF(strstr(d->message, frees[f].family) != NULL, "%s of %s does not name what it is for: %s",
                    frees[f].name, blocks[b].what, d->message);
        }
    }
    for (int b = 0; b < COUNT; b++) {
        EXPECT(pattern_holds(blocks[b].p, blocks[b].size, (uint64_t)b, blocks[b].size));
        for (int f = 0; f < FREES; f++) {
            if (blocks[b].right >> f & 1) {
                EXPECTF(frees[f].call(blocks[b].p, blocks[b].size) == FA_RESULT_OK, "%s of %s", frees[f].name,
                        blocks[b].what);
                break;
            }
        }
    }
    EXPECT_OK(fa_handle_unpin(w.ctx, handles, handle));
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, handles));
    EXPECT_OK(fa_stream_write_end(w.ctx, streams, small, 100));
    EXPECT_OK(fa_stream_write_end(w.ctx, streams, large, 99999));
    EXPECT_OK(fa_stream_cache_destroy(w.ctx, streams));
    EXPECT_OK(fa_shared_arena_destroy(w.ctx, shared));
}
END_TEST

START_TEST(fault_07_wrong_sizes_are_refused_exactly)
{
    static const size_t sizes[] = {0, 1, 8, 15, 16, 17, 100, 4095, 4096, 32767, 32768, 32769, 65536, 100001};
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *pool = fa_pool_alloc(w.ctx, sizes[i], 16);
        void *heap = fa_heap_alloc(w.ctx, sizes[i], 16);
        for (unsigned k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
            if (k != i) {
                expect_refused(&frees[POOL_FREE_SIZED], pool, sizes[k], "a block of another size",
                               FA_RESULT_WRONG_SIZE);
                expect_refused(&frees[HEAP_FREE_SIZED], heap, sizes[k], "a block of another size",
                               FA_RESULT_WRONG_SIZE);
            }
        }
        expect_refused(&frees[POOL_FREE_SIZED], pool, SIZE_MAX, "a block of another size",
                       FA_RESULT_WRONG_SIZE);
        expect_refused(&frees[POOL_FREE_SIZED], pool, sizes[i] + ((size_t)1 << 32), "a block of another size",
                       FA_RESULT_WRONG_SIZE);
        EXPECT_OK(fa_pool_free_sized(w.ctx, pool, sizes[i]));
        EXPECT_OK(fa_heap_free_sized(w.ctx, heap, sizes[i]));
    }
}
END_TEST

START_TEST(fault_07_message_tells_where_the_block_was_allocated_and_under_which_tag)
{
    fa_tag tag = fa_tag_intern(w.allocator, "ai/nodes");
    EXPECT_OK(fa_tag_push(w.ctx, tag));
    int line = __LINE__ + 1;
    void *p = fa_pool_alloc(w.ctx, 100, 16);
    EXPECT_OK(fa_tag_pop(w.ctx));
    EXPECT_RESULT(fa_heap_free(w.ctx, p), WRONG_FAMILY);
    char site[64];
    (void)snprintf(site, sizeof site, "test_fault_free.c:%d", line);
    EXPECT_UINT(w.rec.count, 1);
    EXPECTF(strstr(w.rec.items[0].earlier, site) != NULL, "%s, expected %s", w.rec.items[0].earlier, site);
    EXPECT_STR(w.rec.items[0].tag, "ai/nodes");
    EXPECT_UINT(w.rec.items[0].bytes, 100);
    w.rec.count = 0;
    EXPECT_OK(fa_pool_free(w.ctx, p));
}
END_TEST

START_TEST(fault_07_freed_block_given_to_the_wrong_family_is_refused)
{
    void *pool = opaque(fa_pool_alloc(w.ctx, 100, 16));
    void *heap = opaque(fa_heap_alloc(w.ctx, 100000, 16));
    EXPECT_OK(fa_pool_free(w.ctx, pool));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
    for (int f = 0; f < FREES; f++) {
        fa_result result = frees[f].call(pool, 100);
        EXPECTF(result == FA_RESULT_DOUBLE_FREE || result == FA_RESULT_WRONG_FAMILY, "%s: %s", frees[f].name,
                fa_result_name(result));
        result = frees[f].call(heap, 100000);
        EXPECTF(result == FA_RESULT_DOUBLE_FREE || result == FA_RESULT_WRONG_FAMILY, "%s: %s", frees[f].name,
                fa_result_name(result));
        EXPECT_UINT(w.rec.count, 2);
        w.rec.count = 0;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults 5 and 7: free");
    TCase *tcase = support_case(suite, "fault 5: foreign pointers");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, fault_05_pointers_that_were_never_handed_out_are_foreign);
    tcase_add_test(tcase, fault_05_pointers_of_another_allocator_are_foreign);
    tcase_add_test(tcase, fault_05_pointers_into_the_middle_or_beside_a_block_are_refused);
    tcase_add_test(tcase, fault_05_pages_inside_a_large_block_are_refused);
    tcase_add_test(tcase, fault_05_random_addresses_inside_everything_the_allocator_holds_are_refused);
    tcase_add_test(tcase, fault_05_sizes_of_foreign_pointers_are_zero);
    tcase = support_case(suite, "fault 7: wrong family or size");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, fault_07_every_family_is_refused_by_every_other_familys_free);
    tcase_add_test(tcase, fault_07_wrong_sizes_are_refused_exactly);
    tcase_add_test(tcase, fault_07_message_tells_where_the_block_was_allocated_and_under_which_tag);
    tcase_add_test(tcase, fault_07_freed_block_given_to_the_wrong_family_is_refused);
    return support_run(suite);
}
