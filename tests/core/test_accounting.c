/* Accounting: every byte of the backing has a row, and the rows add up, whatever the program does. */
#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.name = "books", .frame_max_bytes = 4 << 20});
}
static void teardown(void)
{
    world_close(&w);
}

static const fa_account *row(const fa_accounting *a, fa_account_row which)
{
    return &a->rows[which];
}

static void expect_row(const char *name, const fa_account *r)
{
    EXPECTF(r->committed_bytes == r->used_bytes + r->free_bytes, "row %s", name);
    EXPECTF(r->free_bytes <= r->committed_bytes && r->committed_bytes <= r->reserved_bytes, "row %s", name);
    if (r->requested_bytes == FA_UNKNOWN) {
        EXPECTF(r->padding_bytes == FA_UNKNOWN, "row %s", name);
    } else {
        EXPECTF(r->requested_bytes + r->padding_bytes == r->used_bytes && r->padding_bytes <= r->used_bytes,
                "row %s", name);
    }
    if (r->resident_bytes != FA_UNKNOWN) {
        EXPECTF(r->resident_bytes <= r->committed_bytes, "row %s", name);
    }
}

/* The books of @p allocator, balanced in every way that can be checked from outside. */
static fa_accounting balanced(const world *at)
{
    fa_accounting a;
    EXPECT_OK(fa_accounting_get(at->allocator, &a));
    fa_allocator_stats s = world_stats(at);
    uint64_t used = 0;
    uint64_t committed = 0;
    uint64_t reserved = 0;
    for (uint32_t i = 0; i < FA_ACCOUNT_COUNT; i++) {
        expect_row(fa_account_row_name((fa_account_row)i), &a.rows[i]);
        used += a.rows[i].used_bytes;
        committed += a.rows[i].committed_bytes;
        reserved += a.rows[i].reserved_bytes;
    }
    expect_row("total", &a.total);
    EXPECT_UINT(a.total.used_bytes, used);
    EXPECT_UINT(a.total.committed_bytes, committed);
    EXPECT_UINT(a.total.reserved_bytes, reserved);
    EXPECT_UINT(a.total.committed_bytes, s.committed_bytes);
    EXPECT_UINT(a.total.reserved_bytes, s.reserved_bytes);
    EXPECT_UINT(a.total.committed_bytes, at->backing.committed_bytes); /* the backing's own count */
    EXPECT_UINT(a.total.reserved_bytes, at->backing.reserved_bytes);
    EXPECT_UINT(row(&a, FA_ACCOUNT_METADATA)->committed_bytes, s.metadata_bytes);
    EXPECT_UINT(row(&a, FA_ACCOUNT_POOL)->requested_bytes + row(&a, FA_ACCOUNT_TYPED_POOL)->requested_bytes,
                s.pool_bytes); /* by the tags */
    EXPECT_UINT(row(&a, FA_ACCOUNT_HEAP)->requested_bytes + row(&a, FA_ACCOUNT_GROUP)->requested_bytes +
                    row(&a, FA_ACCOUNT_STREAM)->requested_bytes + row(&a, FA_ACCOUNT_HANDLE)->requested_bytes,
                s.heap_bytes);
    EXPECT_UINT(row(&a, FA_ACCOUNT_ARENA)->used_bytes + row(&a, FA_ACCOUNT_SCRATCH)->used_bytes +
                    row(&a, FA_ACCOUNT_SHARED_ARENA)->used_bytes,
                s.arena_bytes);
    EXPECT_UINT(row(&a, FA_ACCOUNT_FRAME)->used_bytes, s.frame_bytes);
    return a;
}

START_TEST(accounting_of_a_fresh_allocator_is_metadata_and_address_space)
{
    fa_accounting a = balanced(&w);
    EXPECT_UINT(a.total.used_bytes, row(&a, FA_ACCOUNT_METADATA)->used_bytes);
    EXPECT(a.total.requested_bytes != FA_UNKNOWN && a.total.requested_bytes > 0);
    EXPECT(row(&a, FA_ACCOUNT_SPARE)->reserved_bytes >= (size_t)1 << 30);
    EXPECT_UINT(row(&a, FA_ACCOUNT_SPARE)->committed_bytes, 0);
    EXPECT_RESULT(fa_accounting_get(NULL, &a), INVALID_ARGUMENT);
    EXPECT_RESULT(fa_accounting_get(w.allocator, NULL), INVALID_ARGUMENT);
    EXPECT_STR(fa_account_row_name(FA_ACCOUNT_METADATA), "METADATA");
    EXPECT_STR(fa_account_row_name(FA_ACCOUNT_COUNT), "UNKNOWN");
}
END_TEST

START_TEST(accounting_knows_requested_used_and_free_of_objects_to_the_byte)
{
    void *small = fa_pool_alloc(w.ctx, 100, 16); /* class of 112 */
    void *large = fa_pool_alloc(w.ctx, 100000, 16);
    void *heap = fa_heap_alloc(w.ctx, 1000, 16); /* 1024 */
    fa_accounting a = balanced(&w);
    const fa_account *pool = row(&a, FA_ACCOUNT_POOL);
    EXPECT_UINT(pool->requested_bytes, 100100);
    EXPECT_UINT(pool->used_bytes, 112 + 131072);
    EXPECT_UINT(pool->free_bytes, 65536 - 112);
    EXPECT_UINT(row(&a, FA_ACCOUNT_HEAP)->requested_bytes, 1000);
    EXPECT_UINT(row(&a, FA_ACCOUNT_HEAP)->padding_bytes, 24);
    fa_typed_pool *typed = NULL;
    EXPECT_OK(FA_TYPED_POOL_CREATE(w.ctx, double, &typed));
    void *one = fa_typed_pool_alloc(typed);
    void *two = fa_typed_pool_alloc(typed);
    EXPECT_OK(fa_typed_pool_free(typed, two)); /* it waits in the hot slot where there is one */
    a = balanced(&w);
    EXPECT_UINT(row(&a, FA_ACCOUNT_TYPED_POOL)->requested_bytes, sizeof(double));
    EXPECT_OK(fa_typed_pool_free(typed, one));
    EXPECT_OK(fa_typed_pool_destroy(typed));
    EXPECT_OK(fa_pool_free(w.ctx, small));
    EXPECT_OK(fa_pool_free(w.ctx, large));
    EXPECT_OK(fa_heap_free(w.ctx, heap));
    a = balanced(&w);
    EXPECT_UINT(a.total.used_bytes, row(&a, FA_ACCOUNT_METADATA)->used_bytes);
    EXPECT(row(&a, FA_ACCOUNT_SPARE)->committed_bytes >= 131072); /* kept */
}
END_TEST

START_TEST(accounting_knows_what_a_frame_was_asked_for_while_diagnostics_are_on)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    fa_accounting a = balanced(&w);
    EXPECT_UINT(row(&a, FA_ACCOUNT_FRAME)->requested_bytes, FA_UNKNOWN);
    EXPECT_UINT(a.total.requested_bytes, FA_UNKNOWN);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_SITES));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100, 1) != NULL);
    EXPECT(fa_frame_alloc(w.ctx, 64, 64) != NULL);
    a = balanced(&w);
    EXPECT_UINT(row(&a, FA_ACCOUNT_FRAME)->requested_bytes, 164);
    EXPECT_UINT(row(&a, FA_ACCOUNT_FRAME)->used_bytes, fa_frame_used_bytes(w.ctx));
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, 64, 64) != NULL);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    a = balanced(&w); /* what was rewound is not known by the byte */
    EXPECT_UINT(row(&a, FA_ACCOUNT_FRAME)->requested_bytes, FA_UNKNOWN);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_diagnostics_set(w.ctx, FA_DIAGNOSTICS_OFF));
}
END_TEST

START_TEST(accounting_shows_what_is_resident)
{
    enum { BYTES = 1 << 20 };
    EXPECT_OK(fa_frame_begin(w.ctx));
    char *p = fa_frame_alloc(w.ctx, BYTES, 4096);
    memset(p, 1, BYTES / 2);
    fa_accounting a = balanced(&w);
    const fa_account *frame = row(&a, FA_ACCOUNT_FRAME);
    EXPECTF(frame->resident_bytes >= BYTES / 2, "%" PRIu64, frame->resident_bytes);
    EXPECTF(a.total.resident_bytes != FA_UNKNOWN && a.total.resident_bytes <= a.total.committed_bytes,
            "%" PRIu64, a.total.resident_bytes);
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL) { /* the whole process has at least as much */
        EXPECT(fscanf(file, "%*s %lu", &pages) == 1);
        (void)fclose(file);
        EXPECT((uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) >= a.total.resident_bytes);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

/* ---- everything at once --------------------------------------------------------------------------------- */

enum { BLOCKS = 64 };
typedef struct things {
    void *pool[BLOCKS];
    void *heap[BLOCKS];
    fa_group *group;
    void *grouped[BLOCKS];
    fa_handle_heap *handles;
    fa_handle handle[BLOCKS];
    fa_arena *arena;
    fa_shared_arena *shared;
    fa_context *other;
    bool ghosts;
} things;

static void step(things *t, random_state *r)
{
    size_t i = random_below(r, BLOCKS);
    size_t size = random_size(r, 200000);
    fa_context *ctx = random_below(r, 2) != 0 ? w.ctx : t->other;
    switch (random_below(r, 11)) {
    case 0:
    case 1:
        EXPECT_OK(fa_pool_free(ctx, t->pool[i])); /* by either context: some go the long way */
        t->pool[i] = random_below(r, 3) != 0 ? fa_pool_alloc(ctx, size, 16) : NULL;
        break;
    case 2:
        EXPECT_OK(fa_heap_free(ctx, t->heap[i]));
        t->heap[i] = random_below(r, 3) != 0 ? fa_heap_alloc(ctx, size, 16) : NULL;
        break;
    case 3:
        if (t->grouped[i] != NULL) {
            EXPECT_OK(fa_group_free(ctx, t->group, t->grouped[i]));
        }
        t->grouped[i] = fa_group_alloc(ctx, t->group, size % 5000, 16);
        break;
    case 4:
        if (fa_handle_is_live(ctx, t->handles, t->handle[i])) {
            EXPECT_OK(fa_handle_free(ctx, t->handles, t->handle[i]));
        }
        t->handle[i] = fa_handle_alloc(ctx, t->handles, size % 5000 + 1, 16);
        break;
    case 5: (void)fa_arena_alloc(t->arena, size, 16); break;
    case 6: EXPECT_OK(fa_arena_reset(t->arena)); break;
    case 7: (void)fa_shared_arena_alloc(ctx, t->shared, size, 16); break;
    case 8: (void)fa_frame_alloc(w.ctx, size, 8); break;
    case 9:
        EXPECT_OK(fa_frame_end(w.ctx));
        if (random_below(r, 8) == 0) {
            EXPECT_OK(t->ghosts
                          ? fa_ghost_end(w.ctx)
                          : fa_ghost_begin(w.ctx, &(fa_ghost_desc){.every_n_frames =
                                                                       (uint32_t)(1 + random_below(r, 2)),
                                                                   .window_bytes = 256 << 20}));
            t->ghosts = !t->ghosts;
        }
        EXPECT_OK(fa_frame_begin(w.ctx));
        break;
    default:
        FA_SCRATCH_SCOPE (w.ctx, scratch) {
            (void)fa_arena_alloc(scratch.arena, size, 16);
            (void)balanced(&w);
        }
    }
}

START_TEST(accounting_balances_through_a_random_walk_over_every_kind_of_memory)
{
    things t = {0};
    random_state r = {support_seed() + (uint64_t)_i};
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &t.other));
    EXPECT_OK(fa_group_create(w.ctx, NULL, &t.group));
    EXPECT_OK(fa_handle_heap_create(w.ctx, NULL, &t.handles));
    EXPECT_OK(fa_arena_create(w.ctx, NULL, &t.arena));
    EXPECT_OK(fa_shared_arena_create(w.ctx, NULL, &t.shared));
    EXPECT_OK(fa_frame_begin(w.ctx));
    for (int i = 0; i < (SUPPORT_SLOW ? 300 : 1500); i++) {
        step(&t, &r);
        if (i % 10 == 0) {
            (void)balanced(&w);
        }
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    for (int i = 0; i < BLOCKS; i++) {
        EXPECT_OK(fa_pool_free(w.ctx, t.pool[i]));
        EXPECT_OK(fa_heap_free(w.ctx, t.heap[i]));
    }
    EXPECT_OK(fa_context_detach(t.other));
    (void)balanced(&w);
    EXPECT_OK(fa_group_destroy(w.ctx, t.group));
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, t.handles));
    fa_accounting a = balanced(&w);
    EXPECT_UINT(row(&a, FA_ACCOUNT_POOL)->used_bytes + row(&a, FA_ACCOUNT_HEAP)->used_bytes, 0);
    EXPECT_UINT(row(&a, FA_ACCOUNT_GROUP)->used_bytes + row(&a, FA_ACCOUNT_HANDLE)->used_bytes, 0);
}
END_TEST

START_TEST(accounting_shows_memory_that_the_system_does_not_take_back)
{
    void *p = fa_heap_alloc(w.ctx, 4 << 20, 16); /* more than is kept */
    tracking_fail(&w.backing, OP_DECOMMIT, 1, true);
    EXPECT_OK(fa_heap_free(w.ctx, p));
    fa_accounting a = balanced(&w);
    EXPECT_UINT(row(&a, FA_ACCOUNT_SPARE)->committed_bytes, 4 << 20);
    EXPECT_OK(fa_ghost_begin(w.ctx, &(fa_ghost_desc){.window_bytes = 256 << 20}));
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 100000, 16) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    a = balanced(&w);
    EXPECT(row(&a, FA_ACCOUNT_GHOST)->committed_bytes >= 100000);
    tracking_fail(&w.backing, OP_DECOMMIT, 0, false);
    EXPECT_OK(fa_ghost_end(w.ctx));
    (void)balanced(&w);
}
END_TEST

START_TEST(accounting_counts_frames_in_flight)
{
    world v;
    world_open(&v, &(fa_allocator_desc){.frames_in_flight = 2});
    EXPECT_OK(fa_frame_begin(v.ctx));
    EXPECT(fa_frame_alloc(v.ctx, 4096, 16) != NULL);
    EXPECT_OK(fa_frame_end(v.ctx));
    fa_accounting a;
    EXPECT_OK(fa_accounting_get(v.allocator, &a));
    EXPECT(row(&a, FA_ACCOUNT_FRAME)->used_bytes >= 4096);
    EXPECT_UINT(a.total.committed_bytes, v.backing.committed_bytes);
    world_close(&v);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("accounting");
    TCase *tcase = support_case(suite, "books");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, accounting_of_a_fresh_allocator_is_metadata_and_address_space);
    tcase_add_test(tcase, accounting_knows_requested_used_and_free_of_objects_to_the_byte);
    tcase_add_test(tcase, accounting_knows_what_a_frame_was_asked_for_while_diagnostics_are_on);
    tcase_add_test(tcase, accounting_shows_what_is_resident);
    tcase_add_loop_test(tcase, accounting_balances_through_a_random_walk_over_every_kind_of_memory, 0, 2);
    tcase_add_test(tcase, accounting_shows_memory_that_the_system_does_not_take_back);
    tcase_add_test(tcase, accounting_counts_frames_in_flight);
    return support_run(suite);
}
