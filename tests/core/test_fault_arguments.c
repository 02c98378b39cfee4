/* Faults 1 to 4: sizes, counts and alignments of every kind, for every function that takes them.
 *
 * Fault 1 compares with a model in 128-bit integers, which cannot wrap. A call that fails moves no cursor. */
#include "core/support.h"

enum { FRAME_MAX = 64 << 20, OBJECT_MAX = 128 << 20 };

static world w;
static fa_arena *arena;

static unsigned diagnostics;
static fa_diagnostic_code last_code;
static void count_only(void *user, const fa_diagnostic *d)
{
    (void)user;
    diagnostics++;
    last_code = d->id;
}

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = FRAME_MAX,
                                        .frame_keep_bytes = FA_NO_LIMIT,
                                        .object_max_bytes = OBJECT_MAX});
    fa_arena_desc desc = {.max_bytes = FRAME_MAX};
    EXPECT_OK(fa_arena_create(w.ctx, &desc, &arena));
    EXPECT_OK(fa_frame_begin(w.ctx));
    /* Hundreds of thousands of refusals: counting is enough, and quicker than recording. */
    fa_allocator_set_handler(w.allocator, (fa_diagnostic_handler){count_only, NULL});
}
static void teardown(void)
{
    fa_allocator_set_handler(w.allocator, (fa_diagnostic_handler){recorder_handle, &w.rec});
    EXPECT_OK(fa_arena_destroy(arena));
    world_close(&w);
}

/* ---- the functions
 * ----------------------------------------------------------------------------------------- */

typedef enum kind { KIND_FRAME, KIND_ARENA, KIND_OBJECT } kind;

typedef struct allocating {
    const char *name;
    kind kind;
    bool has_count;
    bool has_align;
    bool touches; ///< reads or writes the whole block: kept small
    void *(*call)(size_t count, size_t size, size_t align);
    fa_result (*give_back)(void *p);
} allocating;

static void *call_frame_alloc(size_t count, size_t size, size_t align)
{
    (void)count;
    return fa_frame_alloc(w.ctx, opaque_size(size), opaque_size(align));
}
static void *call_frame_array(size_t count, size_t size, size_t align)
{
    return fai_frame_array(w.ctx, opaque_size(count), opaque_size(size), opaque_size(align), FA_HERE);
}
static void *call_frame_alloc_zeroed(size_t count, size_t size, size_t align)
{
    (void)count;
    return fa_frame_alloc_zeroed(w.ctx, opaque_size(size), opaque_size(align));
}
static void *call_frame_array_zeroed(size_t count, size_t size, size_t align)
{
    return fai_frame_array_zeroed(w.ctx, opaque_size(count), opaque_size(size), opaque_size(align), FA_HERE);
}
static uint8_t source[1 << 16];
static void *call_frame_copy(size_t count, size_t size, size_t align)
{
    (void)count;
    return fa_frame_copy(w.ctx, source, opaque_size(size), opaque_size(align));
}
static void *call_frame_realloc(size_t count, size_t size, size_t align)
{
    (void)count;
    return fa_frame_realloc(w.ctx, NULL, 0, opaque_size(size), opaque_size(align));
}
static void *call_arena_alloc(size_t count, size_t size, size_t align)
{
    (void)count;
    return fa_arena_alloc(arena, opaque_size(size), opaque_size(align));
}
static void *call_arena_array(size_t count, size_t size, size_t align)
{
    return fai_arena_array(arena, opaque_size(count), opaque_size(size), opaque_size(align), FA_HERE);
}
static void *call_pool_alloc(size_t count, size_t size, size_t align)
{
    (void)count;
    return fa_pool_alloc(w.ctx, opaque_size(size), opaque_size(align));
}
static void *call_pool_alloc_zeroed(size_t count, size_t size, size_t align)
{
    (void)count;
    return fa_pool_alloc_zeroed(w.ctx, opaque_size(size), opaque_size(align));
}
static void *call_heap_alloc(size_t count, size_t size, size_t align)
{
    (void)count;
    return fa_heap_alloc(w.ctx, opaque_size(size), opaque_size(align));
}
static void *call_heap_alloc_zeroed(size_t count, size_t size, size_t align)
{
    (void)count;
    return fa_heap_alloc_zeroed(w.ctx, opaque_size(size), opaque_size(align));
}
static void *call_heap_realloc(size_t count, size_t size, size_t align)
{
    (void)count;
    (void)align;
    return fa_heap_realloc(w.ctx, NULL, opaque_size(size));
}
static fa_result give_back_pool(void *p)
{
    return fa_pool_free(w.ctx, p);
}
static fa_result give_back_heap(void *p)
{
    return fa_heap_free(w.ctx, p);
}

static const allocating functions[] = {
    {"frame_alloc", KIND_FRAME, false, true, false, call_frame_alloc, NULL},
    {"frame_array", KIND_FRAME, true, true, false, call_frame_array, NULL},
    {"frame_alloc_zeroed", KIND_FRAME, false, true, true, call_frame_alloc_zeroed, NULL},
    {"frame_array_zeroed", KIND_FRAME, true, true, true, call_frame_array_zeroed, NULL},
    {"frame_copy", KIND_FRAME, false, true, true, call_frame_copy, NULL},
    {"frame_realloc", KIND_FRAME, false, true, false, call_frame_realloc, NULL},
    {"arena_alloc", KIND_ARENA, false, true, false, call_arena_alloc, NULL},
    {"arena_array", KIND_ARENA, true, true, false, call_arena_array, NULL},
    {"pool_alloc", KIND_OBJECT, false, true, false, call_pool_alloc, give_back_pool},
    {"pool_alloc_zeroed", KIND_OBJECT, false, true, true, call_pool_alloc_zeroed, give_back_pool},
    {"heap_alloc", KIND_OBJECT, false, true, false, call_heap_alloc, give_back_heap},
    {"heap_alloc_zeroed", KIND_OBJECT, false, true, true, call_heap_alloc_zeroed, give_back_heap},
    {"heap_realloc", KIND_OBJECT, false, false, false, call_heap_realloc, give_back_heap},
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

static uintptr_t cursor_of(const allocating *f)
{
    return f->kind == KIND_FRAME ? w.ctx->cursor : f->kind == KIND_ARENA ? arena->cursor : 0;
}

static bool is_alignment(size_t align)
{
    return align == 0 || (align <= FA_ALIGN_MAX && (align & (align - 1)) == 0);
}

/// One call, compared with the model; what it took is given back.
static void check_call(const allocating *f, size_t count, size_t size, size_t align)
{
    fa_checkpoint frame_mark = fa_frame_mark(w.ctx);
    fa_arena_mark arena_mark = fa_arena_mark_get(arena);
    uintptr_t before = cursor_of(f);
    diagnostics = 0;
    wide bytes = f->has_count ? (wide)count * size : size;
    size_t real_align = align == 0 ? FA_ALIGN_DEFAULT : align;
    void *p = f->call(count, size, align);
    fa_result why = p != NULL ? FA_RESULT_OK : fa_context_last_result(w.ctx);
    if (f->has_align && !is_alignment(align)) {
        EXPECTF(p == NULL, "%s(%zu, %zu, align %zu)", f->name, count, size, align);
        EXPECTF(why == FA_RESULT_INVALID_ARGUMENT || (why == FA_RESULT_FULL && bytes > FA_REQUEST_MAX),
                "%s(%zu, %zu, align %zu): %s", f->name, count, size, align, fa_result_name(why));
        EXPECTF(why == FA_RESULT_FULL ? diagnostics == 0 : (diagnostics == 1 && last_code == FA_CODE_FA004),
                "%s(%zu, %zu, align %zu): %u diagnostics", f->name, count, size, align, diagnostics);
    } else {
        size_t limit = f->kind == KIND_OBJECT ? OBJECT_MAX : FRAME_MAX;
        size_t room = limit;
        wide needed = bytes;
        if (f->kind == KIND_FRAME) {
            room = fa_frame_remaining_bytes(w.ctx) + (w.ctx->cursor - before);
        } else if (f->kind == KIND_ARENA) {
            room = limit - (fa_arena_used_bytes(arena) - (arena->cursor - before));
        }
        if (f->kind != KIND_OBJECT) {
            needed += (before | (real_align - 1)) - before; /* the cursor is the last used byte */
        }
        bool must_fail = needed > room;
        bool must_work =
            f->kind == KIND_OBJECT ? needed <= room / 4 : needed + (SUPPORT_ASAN ? 4096 : 0) <= room;
        EXPECTF(p == NULL || !must_fail, "%s(%zu, %zu, align %zu) gave memory", f->name, count, size, align);
        EXPECTF(p != NULL || !must_work, "%s(%zu, %zu, align %zu) gave %s", f->name, count, size, align,
                fa_result_name(why));
        EXPECTF(p != NULL || why == FA_RESULT_FULL, "%s(%zu, %zu, align %zu) gave %s", f->name, count, size,
                align, fa_result_name(why));
        EXPECT_UINT(diagnostics, 0);
        EXPECTF((uintptr_t)p % real_align == 0 || !f->has_align, "%s(%zu, %zu, align %zu) gave %p", f->name,
                count, size, align, p);
    }
    if (p == NULL) {
        EXPECTF(cursor_of(f) == before, "%s(%zu, %zu, align %zu) moved the cursor", f->name, count, size,
                align);
    } else if (f->kind == KIND_OBJECT) {
        EXPECT_OK(f->give_back(p));
    } else if (bytes > 0) {
        ((volatile uint8_t *)p)[0] = 1;
        ((volatile uint8_t *)p)[(size_t)bytes - 1] = 1;
    }
    EXPECT_OK(fa_frame_rewind(w.ctx, frame_mark));
    EXPECT_OK(fa_arena_rewind(arena, arena_mark));
}

/* ---- fault 1: sizes that overflow
 * ------------------------------------------------------------------------------ */

enum { VALUES = 3 * 64 + 2 };
static size_t values[VALUES];
static int fill_values(void)
{
    int n = 0;
    values[n++] = 0;
    for (int k = 1; k < 64; k++) {
        values[n++] = ((size_t)1 << k) - 1;
        values[n++] = (size_t)1 << k;
        values[n++] = ((size_t)1 << k) + 1;
    }
    values[n++] = SIZE_MAX;
    values[n++] = SIZE_MAX - 1;
    return n;
}

START_TEST(fault_01_sizes_counts_and_alignments_around_every_power_of_two_agree_with_a_wide_model)
{
    const allocating *f = &functions[_i];
    int n = fill_values();
    static const size_t few_aligns[] = {0, 1, 16, 4096, 65536, 3, 65537, (size_t)1 << 63, SIZE_MAX};
    enum { FEW = sizeof few_aligns / sizeof few_aligns[0] };
    EXPECT(fa_frame_alloc(w.ctx, 7, 1) != NULL); /* an odd cursor */
    EXPECT(fa_arena_alloc(arena, 7, 1) != NULL);
    for (int s = 0; s < n; s++) {
        if (f->touches && values[s] > sizeof source && values[s] <= (size_t)2 * OBJECT_MAX) {
            continue; /* would write megabytes each time */
        }
        for (int c = 0; c < (f->has_count ? n : 1); c += (SUPPORT_SLOW ? 11 : 1)) {
            wide bytes = f->has_count ? (wide)values[s] * values[c] : values[s];
            if (f->touches && bytes > sizeof source && bytes <= (wide)2 * OBJECT_MAX) {
                continue;
            }
            if (!f->has_align) {
                check_call(f, values[c], values[s], 0);
            } else if (f->has_count) {
                bool every = (s + c) % 7 == 0; /* all alignments for some pairs, one for each */
                for (int a = every ? 0 : c % FEW; a < (every ? FEW : c % FEW + 1); a++) {
                    check_call(f, values[c], values[s], few_aligns[a]);
                }
            } else {
                bool costly = f->kind == KIND_OBJECT && values[s] > 65536 && values[s] <= OBJECT_MAX;
                for (int a = costly ? s % 16 : 0; a < n; a += costly ? 16 : (SUPPORT_SLOW ? 5 : 1)) {
                    check_call(f, values[c], values[s], values[a]);
                }
            }
        }
    }
}
END_TEST

START_TEST(fault_01_sizes_that_just_fit_and_just_do_not_from_every_cursor)
{
    if (SUPPORT_ASAN) {
        return; /* red zones take room of their own */
    }
    static world small;
    world_open(&small, &(fa_allocator_desc){.frame_max_bytes = 10000});
    for (size_t used = 0; used < 200; used++) {
        for (size_t align = 1; align <= 256; align *= 2) {
            EXPECT_OK(fa_frame_begin(small.ctx));
            EXPECT(fa_frame_alloc(small.ctx, used, 1) != NULL);
            uintptr_t before = small.ctx->cursor;
            size_t padding = (before | (align - 1)) - before;
            size_t room = fa_frame_remaining_bytes(small.ctx) - padding;
            EXPECT(fa_frame_alloc(small.ctx, room + 1, align) == NULL);
            EXPECT(small.ctx->cursor == before);
            EXPECT(fa_frame_alloc(small.ctx, room, align) != NULL);
            EXPECT_UINT(fa_frame_remaining_bytes(small.ctx), 0);
            EXPECT_OK(fa_frame_end(small.ctx));
        }
    }
    world_close(&small);
}
END_TEST

START_TEST(fault_01_vector_counts_around_every_power_of_two_agree_with_a_wide_model)
{
    int n = fill_values();
    static const size_t item_sizes[] = {
        1, 2, 3, 16, 1000, 65536, (size_t)1 << 32, ((size_t)1 << 46) + 1, SIZE_MAX};
    for (unsigned s = 0; s < sizeof item_sizes / sizeof item_sizes[0]; s++) {
        for (int c = 0; c < n; c++) {
            fa_checkpoint mark = fa_frame_mark(w.ctx);
            uintptr_t before = w.ctx->cursor;
            fa_vector v = fa_vector_make(w.ctx, item_sizes[s], 1);
            fa_result result = fa_vector_reserve(&v, opaque_size(values[c]));
            wide bytes = (wide)item_sizes[s] * values[c];
            if (bytes > FRAME_MAX) {
                EXPECTF(result == FA_RESULT_FULL, "%zu items of %zu bytes: %s", values[c], item_sizes[s],
                        fa_result_name(result));
                EXPECT(w.ctx->cursor == before && v.items == NULL && v.capacity == 0);
            } else if (bytes <= FRAME_MAX / 2) {
                EXPECTF(result == FA_RESULT_OK && v.capacity >= values[c], "%zu items of %zu bytes: %s",
                        values[c], item_sizes[s], fa_result_name(result));
            }
            EXPECT_OK(fa_frame_rewind(w.ctx, mark));
        }
    }
}
END_TEST

START_TEST(fault_01_resizing_around_every_power_of_two_keeps_the_block)
{
    int n = fill_values();
    void *frame_block = fa_frame_alloc(w.ctx, 100, 16);
    void *heap_block = fa_heap_alloc(w.ctx, 100, 16);
    void *heap_large = fa_heap_alloc(w.ctx, 100000, 16);
    pattern_fill(frame_block, 100, 1);
    pattern_fill(heap_block, 100, 2);
    pattern_fill(heap_large, 100000, 3);
    for (int i = 0; i < n; i++) {
        if (values[i] <= (size_t)2 * OBJECT_MAX) {
            continue;
        }
        uintptr_t before = w.ctx->cursor;
        EXPECT(fa_frame_realloc(w.ctx, frame_block, 100, opaque_size(values[i]), 16) == NULL);
        EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
        EXPECT(w.ctx->cursor == before);
        EXPECT(fa_heap_realloc(w.ctx, heap_block, opaque_size(values[i])) == NULL);
        EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
        EXPECT(fa_heap_realloc(w.ctx, heap_large, opaque_size(values[i])) == NULL);
        EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
    }
    EXPECT_UINT(diagnostics, 0);
    EXPECT(pattern_holds(frame_block, 100, 1, 100));
    EXPECT(pattern_holds(heap_block, 100, 2, 100));
    EXPECT(pattern_holds(heap_large, 100000, 3, 100000));
    EXPECT_OK(fa_heap_free(w.ctx, heap_block));
    EXPECT_OK(fa_heap_free(w.ctx, heap_large));
}
END_TEST

/* ---- fault 2: alignments that are none
 * --------------------------------------------------------------------------- */

START_TEST(fault_02_every_alignment_from_0_to_65537_is_honoured_or_refused)
{
    const allocating *f = &functions[_i];
    if (!f->has_align) {
        return;
    }
    for (size_t align = 0; align <= 65537; align++) {
        bool near = is_alignment(align) || is_alignment(align + 1) || is_alignment(align - 1);
        if (SUPPORT_SLOW && align > 300 && align % 23 != 0 && !near) {
            continue;
        }
        check_call(f, 1, 24, align);
        if (align % 64 == 0) {
            check_call(f, 1, 0, align); /* zero bytes are no excuse */
        }
    }
    for (int k = 17; k < 64; k++) {
        check_call(f, 1, 24, (size_t)1 << k);
        check_call(f, 1, 24, ((size_t)1 << k) - 1);
        check_call(f, 1, 24, ((size_t)1 << k) + 65536);
    }
    check_call(f, 1, 24, SIZE_MAX);
    check_call(f, 0, 0, SIZE_MAX);
}
END_TEST

START_TEST(fault_02_alignment_zero_means_sixteen)
{
    const allocating *f = &functions[_i];
    for (int i = 0; i < 200; i++) {
        EXPECT(fa_frame_alloc(w.ctx, 1, 1) != NULL);
        EXPECT(fa_arena_alloc(arena, 1, 1) != NULL);
        void *p = f->call(1, (size_t)i, 0);
        EXPECTF(p != NULL && (uintptr_t)p % 16 == 0, "%s gave %p", f->name, p);
        EXPECT(f->give_back == NULL || f->give_back(p) == FA_RESULT_OK);
    }
}
END_TEST

/* ---- fault 3: large alignments
 * -------------------------------------------------------------------------------------- */

START_TEST(fault_03_alignments_up_to_64_kib_hold_on_real_addresses)
{
    const allocating *f = &functions[_i];
    random_state r = {support_seed()};
    void *live[40] = {NULL};
    for (int i = 0; i < 800; i++) {
        size_t align = (size_t)1 << random_below(&r, 17);
        size_t size = random_size(&r, 60000);
        (void)fa_frame_alloc(w.ctx, random_below(&r, 100), 1);
        (void)fa_arena_alloc(arena, random_below(&r, 100), 1);
        void *p = f->call(1, size, align);
        if (p == NULL) { /* a frame full of padding */
            EXPECT(f->kind != KIND_OBJECT);
            EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
            EXPECT_OK(fa_frame_end(w.ctx));
            EXPECT_OK(fa_frame_begin(w.ctx));
            EXPECT_OK(fa_arena_reset(arena));
            p = f->call(1, size, align);
        }
        EXPECT(p != NULL);
        EXPECTF(!f->has_align || (uintptr_t)p % align == 0, "%s: %p for %zu", f->name, p, align);
        memset(p, 0xDD, size);
        if (f->give_back != NULL) {
            EXPECT_OK(f->give_back(live[i % 40]));
            live[i % 40] = p;
        }
    }
    for (int i = 0; i < 40 && f->give_back != NULL; i++) {
        EXPECT_OK(f->give_back(live[i]));
    }
}
END_TEST

/* ---- fault 4: zero sizes
 * ------------------------------------------------------------------------------------------------ */

static void setup_closed(void)
{
    world_open(&w, NULL);
}
static void teardown_closed(void)
{
    world_close(&w);
}

/// Everything that lives longer or shorter than a frame and takes an alignment; in a frame with a scratch
/// scope, a ticket and a task.
typedef struct lifetimes {
    fa_scratch scratch;
    fa_ticket ticket;
    fa_task *task;
    fa_group *group;
    fa_handle_heap *handles;
    fa_stream_cache *streams;
    fa_shared_arena *shared;
} lifetimes;

static void *aligned_block(lifetimes *l, int lifetime, size_t size, size_t align)
{
    switch (lifetime) {
    case 0: return fa_scratch_alloc(&l->scratch, size, align);
    case 1: return fa_ticket_alloc(&l->ticket, size, align);
    case 2: return fa_task_alloc(l->task, w.ctx, size, align);
    case 3: return fa_group_alloc(w.ctx, l->group, size, align);
    case 4: return fa_shared_arena_alloc(w.ctx, l->shared, size, align);
    case 5: return fa_handle_get(w.ctx, l->handles, fa_handle_alloc(w.ctx, l->handles, size, align));
    case 6: {
        fa_interface by_interface = fa_pool_interface(w.ctx);
        return by_interface.alloc(by_interface.user, size, align);
    }
    default: {
        size_t left = 0;
        fa_stream stream;
        const fa_stream_desc desc = {.bytes = size, .align_bytes = align};
        if (fa_stream_reserve(w.ctx, l->streams, &desc, &stream) != FA_RESULT_OK) {
            return NULL;
        }
        void *p = fa_stream_write_begin(w.ctx, l->streams, stream, &left);
        EXPECT_OK(fa_stream_write_end(w.ctx, l->streams, stream, left));
        return p;
    }
    }
}

START_TEST(fault_03_every_lifetime_honours_alignments_up_to_64_kib_and_refuses_what_is_none)
{
    enum { LIFETIMES = 8 };
    static const size_t none[] = {3, 48, FA_ALIGN_MAX - 1, FA_ALIGN_MAX * 2, (size_t)1 << 63, SIZE_MAX};
    lifetimes l;
    EXPECT_OK(fa_task_create(w.ctx, NULL, &l.task));
    EXPECT_OK(fa_task_enter(l.task, w.ctx));
    EXPECT_OK(fa_group_create(w.ctx, NULL, &l.group));
    EXPECT_OK(fa_handle_heap_create(w.ctx, NULL, &l.handles));
    EXPECT_OK(fa_stream_cache_create(w.ctx, &(fa_stream_cache_desc){.budget_bytes = 64 << 20}, &l.streams));
    EXPECT_OK(fa_shared_arena_create(w.ctx, NULL, &l.shared));
    l.scratch = fa_scratch_begin(w.ctx);
    l.ticket = fa_ticket_open(w.ctx, FA_TICKET_JOB, 0);
    for (int i = 0; i < LIFETIMES; i++) {
        for (size_t align = 1; align <= FA_ALIGN_MAX; align *= 2) {
            static const size_t sizes[] = {1, 100, 5000};
            for (int k = 0; k < 3; k++) {
                void *p = aligned_block(&l, i, opaque_size(sizes[k]), opaque_size(align));
                EXPECTF(p != NULL && ((uintptr_t)p & (align - 1)) == 0, "lifetime %d, align %zu: %p", i,
                        align, p);
                memset(p, 1, sizes[k]);
                if (i == 6) {
                    EXPECT_OK(fa_pool_free(w.ctx, p));
                }
            }
        }
        EXPECT_UINT(w.rec.count, 0);
        for (size_t k = 0; k < sizeof none / sizeof none[0]; k++) {
            EXPECTF(aligned_block(&l, i, 100, opaque_size(none[k])) == NULL, "lifetime %d, align %zu", i,
                    none[k]);
            EXPECTF(w.rec.count >= 1 && w.rec.items[0].result ==
                                            (i == 7 ? FA_RESULT_INVALID_DESC : FA_RESULT_INVALID_ARGUMENT),
                    "lifetime %d, align %zu: %u diagnostics", i, none[k], w.rec.count);
            w.rec.count = 0;
        }
    }
    EXPECT_OK(fa_scratch_end(&l.scratch));
    EXPECT_OK(fa_ticket_close(l.ticket));
    EXPECT_OK(fa_task_end(l.task, w.ctx));
    EXPECT_OK(fa_group_destroy(w.ctx, l.group));
    EXPECT_OK(fa_handle_heap_destroy(w.ctx, l.handles));
    EXPECT_OK(fa_stream_cache_destroy(w.ctx, l.streams));
    EXPECT_OK(fa_shared_arena_destroy(w.ctx, l.shared));
}
END_TEST

START_TEST(fault_03_typed_pools_retained_blocks_and_transfers_keep_alignments_up_to_64_kib)
{
    for (size_t align = 16; align <= FA_ALIGN_MAX; align *= 2) {
        fa_typed_pool *pool = NULL;
        fa_typed_pool_desc desc = {.object_bytes = 100, .object_align = align};
        EXPECT_OK(fa_typed_pool_create(w.ctx, &desc, &pool));
        void *objects[40];
        for (int i = 0; i < 40; i++) {
            objects[i] = fa_typed_pool_alloc(pool);
            EXPECT(objects[i] != NULL && ((uintptr_t)objects[i] & (align - 1)) == 0);
            memset(objects[i], i, 100);
        }
        for (int i = 0; i < 40; i += 2) {
            EXPECT_OK(fa_typed_pool_free(pool, objects[i]));
            EXPECT_REFUSED(&w, fa_typed_pool_free(pool, objects[i]), FA607, DOUBLE_FREE);
        }
        EXPECT(((uint8_t *)objects[1])[99] == 1 && fa_allocator_validate(w.allocator));
        EXPECT_OK(fa_typed_pool_destroy(pool));
        static const fa_retention policies[] = {FA_RETAIN_POOL, FA_RETAIN_HEAP, FA_RETAIN_SCRATCH};
        EXPECT_OK(fa_frame_begin(w.ctx));
        fa_retained ids[3];
        for (int i = 0; i < 3; i++) {
            void *p = fa_frame_alloc_zeroed(w.ctx, 300, align);
            ids[i] = fa_frame_retain(w.ctx, p, 300, align, policies[i], i == 2 ? "aligned" : NULL);
            EXPECT(ids[i] != 0);
        }
        EXPECT_OK(fa_frame_end(w.ctx));
        for (int i = 0; i < 3; i++) {
            void *p = NULL;
            EXPECT_OK(fa_retained_take(w.ctx, ids[i], &p));
            EXPECTF(((uintptr_t)p & (align - 1)) == 0, "policy %d, align %zu: %p", i, align, p);
            EXPECT_OK(i == 0 ? fa_pool_free(w.ctx, p) : i == 1 ? fa_heap_free(w.ctx, p) : FA_RESULT_OK);
        }
        EXPECT_OK(fa_frame_begin(w.ctx));
        for (int i = 0; i < 3; i++) {
            fa_transfer *transfer = NULL;
            void *p = i == 0   ? fa_pool_alloc(w.ctx, 300, align)
                      : i == 1 ? fa_heap_alloc(w.ctx, 300, align)
                               : fa_frame_alloc(w.ctx, 300, align);
            EXPECT_OK(fa_transfer_send(w.ctx, p, 300, &transfer));
            EXPECT_OK(fa_transfer_receive(w.ctx, transfer, &p));
            EXPECTF(((uintptr_t)p & (align - 1)) == 0, "transfer %d, align %zu: %p", i, align, p);
            EXPECT_OK(i == 0 ? fa_pool_free(w.ctx, p) : i == 1 ? fa_heap_free(w.ctx, p) : FA_RESULT_OK);
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
}
END_TEST

START_TEST(null_is_refused_or_has_nothing_to_tell)
{
    fa_context *no_ctx = opaque(NULL);
    fa_allocator *no_allocator = opaque(NULL);
    EXPECT(!fa_frame_is_open(no_ctx) && fa_frame_index(no_ctx) == 0 && fa_frame_used_bytes(no_ctx) == 0);
    EXPECT(fa_frame_remaining_bytes(no_ctx) == 0 && fa_frame_peak_bytes(no_ctx) == 0);
    EXPECT(fa_context_frame_remaining_bytes(no_ctx) == 0 && fa_frame_retained_count(no_ctx) == 0);
    EXPECT(fa_scratch_depth(no_ctx) == 0 && fa_ticket_count(no_ctx) == 0 &&
           fa_lifecycle_dropped(no_ctx) == 0);
    EXPECT(fa_tag_current(no_ctx) == FA_TAG_NONE && fa_phase_current(no_ctx) == FA_PHASE_NONE);
    EXPECT(fa_pool_size_bytes(no_ctx, &w) == 0 && fa_heap_size_bytes(no_ctx, &w) == 0);
    EXPECT(fa_context_allocator(no_ctx) == NULL && fa_diagnostics_get(no_ctx) == FA_DIAGNOSTICS_OFF);
    EXPECT(fa_diagnostics_sites(no_ctx, NULL, 0) == 0 && fa_behaviour_issues(no_ctx, NULL, 0) == 0);
    EXPECT(!fa_allocator_contains(no_allocator, &w) && !fa_allocator_validate(no_allocator));
    EXPECT(fa_tag_count(no_allocator) == 0 && fa_tag_path(no_allocator, 0) == NULL);
    EXPECT(fa_arena_used_bytes(opaque(NULL)) == 0 && fa_arena_committed_bytes(opaque(NULL)) == 0);
    EXPECT(fa_typed_pool_live_count(opaque(NULL)) == 0);
    EXPECT(fa_vector_push((fa_vector *)opaque(NULL)) == NULL);
    EXPECT(fa_text_finish((fa_text *)opaque(NULL)) == NULL);
    EXPECT(fa_ticket_alloc((fa_ticket *)opaque(NULL), 1, 1) == NULL);
    EXPECT_RESULT(fa_text_append((fa_text *)opaque(NULL), "x"), INVALID_ARGUMENT);
    EXPECT_UINT(w.rec.count, 0);
}
END_TEST

START_TEST(fault_04_zero_bytes_are_not_null_and_harmless)
{
    const allocating *f = &functions[_i];
    void *guard = fa_frame_alloc(w.ctx, 100, 1);
    pattern_fill(guard, 100, 1);
    enum { COUNT = 300 };
    void *blocks[COUNT];
    for (int i = 0; i < COUNT; i++) {
        size_t count = i % 3 == 0 ? 0 : (i % 3 == 1 ? 5 : SIZE_MAX);
        blocks[i] = f->call(f->has_count ? count : 1, 0, (size_t)1 << (i % 12));
        EXPECTF(blocks[i] != NULL, "%s", f->name);
        if (f->has_count) {
            EXPECT(f->call(0, i % 2 != 0 ? 5 : SIZE_MAX, 1) != NULL);
        }
        for (int k = 0; k < i && f->kind == KIND_OBJECT; k++) {
            EXPECTF(blocks[k] != blocks[i], "%s gave %p twice", f->name, blocks[i]);
        }
    }
    EXPECT(pattern_holds(guard, 100, 1, 100));
    for (int i = 0; i < COUNT && f->give_back != NULL; i++) {
        EXPECT_OK(f->give_back(blocks[i]));
    }
    EXPECT_UINT(diagnostics, 0);
}
END_TEST

START_TEST(fault_04_zero_bytes_are_served_by_a_full_frame_and_arena)
{
    if (!SUPPORT_ASAN) {
        EXPECT(fa_frame_alloc(w.ctx, FRAME_MAX, 1) != NULL);
        EXPECT(fa_arena_alloc(arena, FRAME_MAX, 1) != NULL);
        EXPECT(fa_frame_alloc(w.ctx, 0, 1) != NULL);
        EXPECT(fa_arena_alloc(arena, 0, 1) != NULL);
        EXPECT(fa_frame_alloc(w.ctx, 1, 1) == NULL);
        EXPECT(fa_arena_alloc(arena, 1, 1) == NULL);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("faults 1-4: arguments");
    TCase *tcase = support_case(suite, "fault 1: overflow");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(
        tcase, fault_01_sizes_counts_and_alignments_around_every_power_of_two_agree_with_a_wide_model, 0,
        FUNCTIONS);
    tcase_add_test(tcase, fault_01_sizes_that_just_fit_and_just_do_not_from_every_cursor);
    tcase_add_test(tcase, fault_01_vector_counts_around_every_power_of_two_agree_with_a_wide_model);
    tcase_add_test(tcase, fault_01_resizing_around_every_power_of_two_keeps_the_block);
    tcase = support_case(suite, "fault 2: alignment");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, fault_02_every_alignment_from_0_to_65537_is_honoured_or_refused, 0, FUNCTIONS);
    tcase_add_loop_test(tcase, fault_02_alignment_zero_means_sixteen, 0, FUNCTIONS);
    tcase = support_case(suite, "fault 3: large alignment");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, fault_03_alignments_up_to_64_kib_hold_on_real_addresses, 0, FUNCTIONS);
    tcase = support_case(suite, "fault 3: large alignment, every lifetime");
    tcase_add_checked_fixture(tcase, setup_closed, teardown_closed);
    tcase_add_test(tcase, fault_03_every_lifetime_honours_alignments_up_to_64_kib_and_refuses_what_is_none);
    tcase_add_test(tcase, fault_03_typed_pools_retained_blocks_and_transfers_keep_alignments_up_to_64_kib);
    tcase_add_test(tcase, null_is_refused_or_has_nothing_to_tell);
    tcase = support_case(suite, "fault 4: zero size");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, fault_04_zero_bytes_are_not_null_and_harmless, 0, FUNCTIONS);
    tcase_add_test(tcase, fault_04_zero_bytes_are_served_by_a_full_frame_and_arena);
    return support_run(suite);
}
