/* What a pointer is: any address may be asked about. */
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.name = "lost and found", .frame_max_bytes = 8 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

static fa_block_info find(const void *p)
{
    fa_block_info info;
    EXPECT_OK(fa_allocator_find(w.allocator, p, &info));
    return info;
}

START_TEST(block_of_pool_and_heap_is_known_with_site_and_tag_also_from_inside)
{
    fa_tag tag = fa_tag_intern(w.allocator, "ai/paths");
    EXPECT_OK(fa_tag_push(w.ctx, tag));
    char *pool = fa_pool_alloc(w.ctx, 100, 8);
    char *heap = fa_heap_alloc(w.ctx, 200000, 8);
    fa_typed_pool *typed_pool = NULL;
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, double, &typed_pool));
    double *typed = FA_TYPED_POOL_NEW(typed_pool, double);
    EXPECT_OK(fa_tag_pop(w.ctx));
    const void *blocks[] = {pool, heap, typed};
    static const fa_lifetime lifetimes[] = {FA_LIFETIME_POOL, FA_LIFETIME_HEAP, FA_LIFETIME_TYPED_POOL};
    static const size_t sizes[] = {100, 200000, sizeof(double)};
    for (int i = 0; i < 3; i++) {
        for (size_t offset = 0; offset < sizes[i]; offset += sizes[i] - 1) {
            fa_block_info info = find((const char *)blocks[i] + offset);
            EXPECT_UINT(info.lifetime, lifetimes[i]);
            EXPECT(info.live);
            EXPECT(info.start == blocks[i]);
            EXPECT_UINT(info.bytes, sizes[i]);
            EXPECT_STR(info.tag, "ai/paths");
            EXPECT(i == 2 || strstr(info.here, "test_block.c:") != NULL);
        }
    }
    EXPECT_OK(fa_pool_free(w.ctx, pool));
    fa_block_info dead = find(pool);
    EXPECT(!dead.live && dead.free_here != NULL && strstr(dead.free_here, "test_block.c:") != NULL);
    EXPECT_OK(fa_heap_free(w.ctx, heap));
    EXPECT(!find(heap).live);
    EXPECT_OK(fa_typed_pool_free(typed_pool, typed));
    EXPECT(!find(typed).live);
    EXPECT_OK(fa_typed_pool_destroy(typed_pool));
}
END_TEST

START_TEST(block_of_a_frame_or_arena_is_known_with_its_owner_and_frame)
{
    fa_arena *arena = NULL;
    EXPECT_OK(fa_arena_create(w.ctx, &(fa_arena_desc){.name = "level"}, &arena));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *p = fa_frame_alloc(w.ctx, 100, 8);
    char *q = fa_arena_alloc(arena, 100, 8);
    fa_block_info info = find(p + 50);
    EXPECT_UINT(info.lifetime, FA_LIFETIME_FRAME);
    EXPECT(info.live);
    EXPECT_UINT(info.frame, 2);
    EXPECT_STR(info.owner, fa_context_name(w.ctx));
    EXPECT(!find(p + 5000).live);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(!find(p).live);
    info = find(q);
    EXPECT_UINT(info.lifetime, FA_LIFETIME_ARENA);
    EXPECT(info.live);
    EXPECT_STR(info.owner, "level");
    EXPECT_OK(fa_arena_reset(arena));
    EXPECT(!find(q).live);
    EXPECT_OK(fa_arena_destroy(arena));
}
END_TEST

START_TEST(block_of_somebody_else_is_not_found)
{
    fa_block_info info;
    int local = 0;
    EXPECT_RESULT(fa_allocator_find(w.allocator, &local, &info), NOT_FOUND);
    EXPECT_RESULT(fa_allocator_find(w.allocator, NULL, &info), NOT_FOUND);
    EXPECT_RESULT(fa_allocator_find(w.allocator, &w, &info), NOT_FOUND);
    EXPECT_RESULT(fa_allocator_find(NULL, &local, &info), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_allocator_find(w.allocator, &local, NULL), INVALID_ARGUMENT);
    world other;
    world_open(&other, NULL);
    void *p = fa_pool_alloc(other.ctx, 10, 1);
    EXPECT_RESULT(fa_allocator_find(w.allocator, p, &info), NOT_FOUND);
    EXPECT_OK(fa_pool_free(other.ctx, p));
    world_close(&other);
}
END_TEST

START_TEST(block_lifetimes_have_names)
{
    EXPECT_STR(fa_lifetime_name(FA_LIFETIME_TYPED_POOL), "typed pool");
    EXPECT_STR(fa_lifetime_name((fa_lifetime)opaque_size(99)), "unknown");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("block");
    TCase *tcase = support_case(suite, "find");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, block_of_pool_and_heap_is_known_with_site_and_tag_also_from_inside);
    tcase_add_test(tcase, block_of_a_frame_or_arena_is_known_with_its_owner_and_frame);
    tcase_add_test(tcase, block_of_somebody_else_is_not_found);
    tcase_add_test(tcase, block_lifetimes_have_names);
    return support_run(suite);
}
