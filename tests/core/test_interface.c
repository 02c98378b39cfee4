/* Allocators as three functions: each family behind them. Third-party code on top of them: tests/interface.
 */
#include "core/support.h"

static world w;
static fa_arena *arena;

static void setup(void)
{
    world_open(&w, NULL);
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &arena));
    EXPECT_OK(fa_frame_begin(w.ctx));
}

static void teardown(void)
{
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_arena_destroy(arena));
    world_close(&w);
}

static fa_interface interface_of(unsigned family)
{
    return family == 0   ? fa_frame_interface(w.ctx)
           : family == 1 ? fa_pool_interface(w.ctx)
           : family == 2 ? fa_heap_interface(w.ctx)
                         : fa_arena_interface(arena);
}

/* Where the bytes of a family are counted. */
static size_t bytes_of(unsigned family)
{
    fa_allocator_stats stats = world_stats(&w);
    return family == 0   ? stats.frame_bytes
           : family == 1 ? stats.pool_bytes
           : family == 2 ? stats.heap_bytes
                         : stats.arena_bytes;
}

typedef struct block {
    char *p;
    size_t bytes;
    size_t align;
    uint64_t id;
} block;

START_TEST(interface_random_walk_keeps_contents_and_alignment)
{
    random_state r = {.s = support_seed() + (uint64_t)_i};
    fa_interface memory = interface_of((unsigned)_i);
    static block blocks[64];
    memset(blocks, 0, sizeof blocks);
    EXPECT(memory.free != NULL && memory.alloc != NULL && memory.realloc != NULL);
    for (unsigned step = 0; step < (SUPPORT_SLOW ? 3000u : 20000u); step++) {
        block *b = &blocks[random_below(&r, 64)];
        size_t bytes = random_size(&r, 4000);
        EXPECT(b->p == NULL || pattern_holds(b->p, b->bytes, b->id, b->bytes));
        if (b->p == NULL) {
            b->align = (size_t)1 << random_below(&r, 8);
            b->align = random_below(&r, 4) == 0 ? 0 : b->align;
            b->p = memory.alloc(memory.user, bytes, b->align);
        } else if (random_below(&r, 2) == 0) {
            char *moved = memory.realloc(memory.user, b->p, b->bytes, bytes, b->align);
            EXPECT(moved != NULL &&
                   pattern_holds(moved, b->bytes, b->id, b->bytes < bytes ? b->bytes : bytes));
            b->p = moved;
        } else {
            memory.free(memory.user, b->p, random_below(&r, 2) == 0 ? 0 : b->bytes);
            b->p = NULL;
            continue;
        }
        EXPECT(b->p != NULL);
        size_t align = b->align != 0 ? b->align : FA_ALIGN_DEFAULT;
        EXPECTF(((uintptr_t)b->p & (align - 1)) == 0, "%p is not aligned to %zu", (void *)b->p, align);
        b->bytes = bytes;
        b->id = step;
        pattern_fill(b->p, bytes, b->id);
        if (step % 512 == 0 && _i == 0) {
            memset(blocks, 0, sizeof blocks); /* they end with the frame */
            EXPECT_OK(fa_frame_end(w.ctx));
            EXPECT_OK(fa_frame_begin(w.ctx));
        }
    }
    EXPECT(bytes_of((unsigned)_i) > 0);
    for (unsigned i = 0; i < 64; i++) {
        memory.free(memory.user, blocks[i].p, 0);
    }
    if (_i == 1 || _i == 2) {
        EXPECT_UINT(bytes_of((unsigned)_i), 0);
    }
}
END_TEST

START_TEST(interface_refuses_as_its_family_does)
{
    fa_interface memory = interface_of((unsigned)_i);
    EXPECT_NO_MEMORY_NULL(&w, memory.alloc(memory.user, opaque_size(SIZE_MAX), 0), FULL);
    char *p = memory.alloc(memory.user, 100, 0);
    memset(p, 5, 100);
    EXPECT_NO_MEMORY_NULL(&w, memory.realloc(memory.user, p, 100, opaque_size(SIZE_MAX), 0), FULL);
    EXPECT(all_bytes_are(p, 100, 5));
    memory.free(memory.user, NULL, 0);
    memory.free(memory.user, p, 100);
    EXPECT_UINT(w.rec.count, 0);
    if (_i == 1 || _i == 2) {
        char stranger[16];
        memory.free(memory.user, opaque(stranger), 0);
        EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA607), 1);
        EXPECT(memory.realloc(memory.user, opaque(stranger), 16, 32, 0) == NULL);
        EXPECT_UINT(recorder_count_of(&w.rec, FA_CODE_FA607), 2);
        recorder_clear(&w.rec);
    }
}
END_TEST

START_TEST(interface_charges_the_tag_that_is_current)
{
    fa_tag tag = fa_tag_intern(w.allocator, "third party");
    fa_interface heap = fa_heap_interface(w.ctx);
    void *p = NULL;
    FA_TAG_SCOPE (w.ctx, tag) {
        p = heap.alloc(heap.user, 1234, 0);
    }
    EXPECT_UINT(tag_stats(w.allocator, tag).self.heap_bytes, 1234);
    heap.free(heap.user, p, 0);
    EXPECT_UINT(tag_stats(w.allocator, tag).self.heap_bytes, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("interface");
    TCase *tcase = support_case(suite, "interface");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, interface_random_walk_keeps_contents_and_alignment, 0, 4);
    tcase_add_loop_test(tcase, interface_refuses_as_its_family_does, 0, 4);
    tcase_add_test(tcase, interface_charges_the_tag_that_is_current);
    return support_run(suite);
}
