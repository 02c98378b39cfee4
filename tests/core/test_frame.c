/* Frames: what is promised about boundaries, allocation, growth, retention and the calls at the end. */
#include <locale.h>
#include <wchar.h>

#include "core/support.h"

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = (size_t)256 << 20});
}
static void setup_in_a_frame(void)
{
    setup();
    EXPECT_OK(fa_frame_begin(w.ctx));
}
static void teardown(void)
{
    world_close(&w);
}

/* ---- boundaries
 * ----------------------------------------------------------------------------------------------- */

START_TEST(frame_index_counts_from_1_and_stays_after_the_end)
{
    EXPECT_UINT(fa_frame_index(w.ctx), 0);
    EXPECT(!fa_frame_is_open(w.ctx));
    for (uint64_t i = 1; i <= 100; i++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT(fa_frame_is_open(w.ctx));
        EXPECT_UINT(fa_frame_index(w.ctx), i);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT(!fa_frame_is_open(w.ctx));
        EXPECT_UINT(fa_frame_index(w.ctx), i);
    }
}
END_TEST

START_TEST(frame_begin_in_an_open_frame_is_refused_and_the_frame_goes_on)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 1000, 1);
    memset(p, 3, 1000);
    EXPECT_REFUSED(&w, fa_frame_begin(w.ctx), FA603, FRAME_OPEN);
    EXPECT(all_bytes_are(p, 1000, 3));
    uint8_t *q = (uint8_t *)fa_frame_alloc(w.ctx, 1000, 1);
    EXPECT(q >= p + 1000 || p >= q + 1000);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(frame_end_without_a_frame_is_refused)
{
    EXPECT_REFUSED(&w, fa_frame_end(w.ctx), FA603, NO_FRAME);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_REFUSED(&w, fa_frame_end(w.ctx), FA603, NO_FRAME);
}
END_TEST

START_TEST(frame_memory_without_a_frame_is_refused_by_every_function)
{
    EXPECT_REFUSED_NULL(&w, fa_frame_alloc(w.ctx, 10, 1), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, fa_frame_alloc(w.ctx, 0, 1), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, fa_frame_alloc(w.ctx, 0, 0), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, fa_frame_alloc_zeroed(w.ctx, 10, 1), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, FA_FRAME_NEW(w.ctx, int), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, FA_FRAME_NEW_ZEROED(w.ctx, int), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, FA_FRAME_ARRAY(w.ctx, int, 3), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, FA_FRAME_ARRAY_ZEROED(w.ctx, int, 3), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, fa_frame_copy(w.ctx, "abc", 3, 1), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, fa_frame_strdup(w.ctx, "abc"), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, fa_frame_printf(w.ctx, "%d", 1), FA001, NO_FRAME);
    EXPECT_REFUSED_NULL(&w, fa_frame_realloc(w.ctx, NULL, 0, 10, 1), FA001, NO_FRAME);
    EXPECT_REFUSED(&w, fa_frame_on_end(w.ctx, free, NULL), FA001, NO_FRAME);
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
    EXPECT_UINT(fa_frame_remaining_bytes(w.ctx), 0);
}
END_TEST

START_TEST(frame_figures_of_an_empty_frame_are_zero)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
    EXPECT_UINT(fa_frame_remaining_bytes(w.ctx), (size_t)256 << 20);
    EXPECT_UINT(fa_frame_peak_bytes(w.ctx), 0);
    EXPECT_OK(fa_frame_end(w.ctx));
}
END_TEST

START_TEST(frame_used_remaining_and_peak_follow_the_cursor)
{
    size_t peak = 0;
    random_state r = {support_seed()};
    for (int frame = 0; frame < 30; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        uintptr_t base = w.ctx->cursor;
        size_t whole = fa_frame_remaining_bytes(w.ctx);
        for (int i = 0; i < 100; i++) {
            size_t size = random_size(&r, 50000);
            size_t align = (size_t)1 << random_below(&r, 10);
            uintptr_t before = w.ctx->cursor;
            void *p = fa_frame_alloc(w.ctx, size, align);
            EXPECT(p != NULL && (uintptr_t)p % align == 0);
            uintptr_t expected = (before | (align - 1)) + size; /* the last used byte */
            EXPECTF(SUPPORT_ASAN ? w.ctx->cursor >= expected : w.ctx->cursor == expected,
                    "%zu bytes aligned to %zu from %#zx: %p, cursor %#zx", size, align, before, p,
                    w.ctx->cursor);
            EXPECT_UINT(fa_frame_used_bytes(w.ctx), w.ctx->cursor - base);
            EXPECT_UINT(fa_frame_remaining_bytes(w.ctx), whole - (w.ctx->cursor - base));
        }
        size_t used = fa_frame_used_bytes(w.ctx);
        peak = used > peak ? used : peak;
        EXPECT_UINT(fa_frame_peak_bytes(w.ctx), peak);
        EXPECT_UINT(context_stats(w.ctx).frame_bytes, used);
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_UINT(fa_frame_peak_bytes(w.ctx), peak);
        EXPECT_UINT(context_stats(w.ctx).last_frame_bytes, used);
        EXPECT_UINT(context_stats(w.ctx).peak_frame_bytes, peak);
        EXPECT_UINT(context_stats(w.ctx).frame_bytes, 0);
        EXPECT_UINT(context_stats(w.ctx).frames, frame + 1);
    }
}
END_TEST

START_TEST(frame_peak_includes_what_was_rewound)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, 500000, 1) != NULL);
    size_t used = fa_frame_used_bytes(w.ctx);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    EXPECT_UINT(fa_frame_peak_bytes(w.ctx), used);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(fa_frame_peak_bytes(w.ctx), used);
    EXPECT_UINT(context_stats(w.ctx).peak_frame_bytes, used);
}
END_TEST

/* ---- allocation
 * ------------------------------------------------------------------------------------------------- */

START_TEST(frame_blocks_do_not_overlap_and_keep_their_bytes)
{
    enum { COUNT = 2000 };
    static struct {
        void *p;
        size_t size;
    } blocks[COUNT];
    random_state r = {support_seed()};
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i].size = random_size(&r, 20000);
        blocks[i].p = fa_frame_alloc(w.ctx, blocks[i].size, (size_t)1 << random_below(&r, 8));
        EXPECT(blocks[i].p != NULL);
        pattern_fill(blocks[i].p, blocks[i].size, i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        EXPECT(pattern_holds(blocks[i].p, blocks[i].size, i, blocks[i].size));
    }
}
END_TEST

typedef struct vec4 {
    _Alignas(64) float v[4];
} vec4;

START_TEST(frame_typed_macros_give_aligned_memory_of_the_right_size)
{
    (void)fa_frame_alloc(w.ctx, 1, 1);
    vec4 *one = FA_FRAME_NEW(w.ctx, vec4);
    EXPECT(one != NULL && (uintptr_t)one % 64 == 0);
    (void)fa_frame_alloc(w.ctx, 1, 1);
    vec4 *many = FA_FRAME_ARRAY(w.ctx, vec4, 100);
    EXPECT(many != NULL && (uintptr_t)many % 64 == 0);
    memset(one, 0xFF, sizeof *one);
    memset(many, 0xFF, 100 * sizeof *many);
    (void)fa_frame_alloc(w.ctx, 1, 1);
    double *zero = FA_FRAME_NEW_ZEROED(w.ctx, double);
    double *zeros = FA_FRAME_ARRAY_ZEROED(w.ctx, double, 1000);
    EXPECT((uintptr_t)zero % FA_ALIGNOF(double) == 0 && (uintptr_t)zeros % FA_ALIGNOF(double) == 0);
    EXPECT(all_bytes_are(zero, sizeof *zero, 0) && all_bytes_are(zeros, 1000 * sizeof *zeros, 0));
}
END_TEST

START_TEST(frame_zeroed_memory_is_zero_also_where_it_was_written_before)
{
    for (int frame = 0; frame < 5; frame++) {
        for (size_t size = 1; size < 3000000; size = size * 3 + 1) {
            uint8_t *p = (uint8_t *)fa_frame_alloc_zeroed(w.ctx, size, 8);
            EXPECT(p != NULL && all_bytes_are(p, size, 0));
            memset(p, 0xFF, size);
            uint8_t *q = (uint8_t *)fai_frame_array_zeroed(w.ctx, size, 2, 2, FA_HERE);
            EXPECT(q != NULL && all_bytes_are(q, 2 * size, 0));
            memset(q, 0xFF, 2 * size);
        }
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_OK(fa_frame_begin(w.ctx));
    }
}
END_TEST

START_TEST(frame_array_that_overflows_is_full_and_zero_counts_are_fine)
{
    EXPECT_NO_MEMORY_NULL(&w, FA_FRAME_ARRAY(w.ctx, double, opaque_size(SIZE_MAX / 8 + 1)), FULL);
    EXPECT_NO_MEMORY_NULL(&w, FA_FRAME_ARRAY(w.ctx, double, opaque_size(SIZE_MAX)), FULL);
    EXPECT_NO_MEMORY_NULL(&w, FA_FRAME_ARRAY_ZEROED(w.ctx, double, opaque_size(SIZE_MAX / 8 + 2)), FULL);
    EXPECT(FA_FRAME_ARRAY(w.ctx, double, 0) != NULL);
    EXPECT(FA_FRAME_ARRAY_ZEROED(w.ctx, double, 0) != NULL);
}
END_TEST

START_TEST(frame_copy_copies_and_refuses_null)
{
    static const char text[] = "some bytes\0behind a NUL";
    char *copy = (char *)fa_frame_copy(w.ctx, text, sizeof text, 32);
    EXPECT(copy != NULL && copy != text && (uintptr_t)copy % 32 == 0);
    EXPECT(memcmp(copy, text, sizeof text) == 0);
    EXPECT(fa_frame_copy(w.ctx, NULL, 0, 1) != NULL);
    EXPECT(fa_frame_copy(w.ctx, text, 0, 1) != NULL);
    EXPECT_REFUSED_NULL(&w, fa_frame_copy(w.ctx, NULL, 1, 1), FA005, INVALID_ARGUMENT);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_copy(w.ctx, text, opaque_size(SIZE_MAX), 1), FULL);
    EXPECT_REFUSED_NULL(&w, fa_frame_copy(w.ctx, text, 3, 3), FA004, INVALID_ARGUMENT);
}
END_TEST

START_TEST(frame_strdup_copies_strings_of_every_length)
{
    char text[3000];
    for (size_t length = 0; length < sizeof text; length = length < 70 ? length + 1 : length * 2) {
        memset(text, 'a' + (int)(length % 26), length);
        text[length] = '\0';
        char *copy = fa_frame_strdup(w.ctx, text);
        EXPECT_STR(copy, text);
        EXPECT(copy != text);
    }
    EXPECT_REFUSED_NULL(&w, fa_frame_strdup(w.ctx, NULL), FA005, INVALID_ARGUMENT);
}
END_TEST

START_TEST(frame_printf_takes_exactly_what_it_needs)
{
    EXPECT_STR(fa_frame_printf(w.ctx, "%s-%d-%5.2f", "x", 42, 1.5), "x-42- 1.50");
    EXPECT_STR(fa_frame_printf(w.ctx, "%s", ""), "");
    EXPECT_STR(fa_frame_printf(w.ctx, "plain"), "plain");
    static char text[200001];
    for (size_t length = 1; length < sizeof text; length = length < 600 ? length + 1 : length * 2) {
        memset(text, 'q', length);
        text[length] = '\0';
        uintptr_t before = w.ctx->cursor;
        char *copy = fa_frame_printf(w.ctx, "%s", text);
        EXPECT(copy != NULL && strcmp(copy, text) == 0);
        EXPECTF(SUPPORT_ASAN || w.ctx->cursor - before == length + 1, "%zu bytes for a length of %zu",
                (size_t)(w.ctx->cursor - before), length);
    }
}
END_TEST

START_TEST(frame_printf_of_a_string_that_does_not_fit_gives_null_and_moves_nothing)
{
    static char text[100000];
    memset(text, 'q', sizeof text - 1);
    size_t fill = fa_frame_remaining_bytes(w.ctx) - 50000;
    EXPECT(fa_frame_alloc(w.ctx, fill, 1) != NULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_printf(w.ctx, "%s", text), FULL);
    EXPECT_STR(fa_frame_printf(w.ctx, "%d", 1), "1");
}
END_TEST

START_TEST(frame_printf_of_an_invalid_string_is_an_invalid_argument)
{
    /* A wide character that the C locale cannot express makes the conversion fail. */
    wchar_t wide_text[2] = {(wchar_t)0xDFFF, 0};
    if (snprintf(NULL, 0, "%ls", wide_text) < 0) {
        uintptr_t before = w.ctx->cursor;
        EXPECT(fa_frame_printf(w.ctx, "%ls", wide_text) == NULL);
        EXPECT_RESULT(fa_context_last_result(w.ctx), INVALID_ARGUMENT);
        EXPECT(w.ctx->cursor == before);
        w.rec.count = 0; /* whether it is reported too is not promised */
    }
}
END_TEST

static FA_PRINTF(2, 3) char *call_vprintf(fa_context *ctx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = fa_frame_vprintf(ctx, format, args);
    va_end(args);
    return text;
}

START_TEST(frame_vprintf_reads_its_arguments_twice_where_it_must)
{
    static char text[70000];
    memset(text, 'v', sizeof text - 1);
    EXPECT_STR(call_vprintf(w.ctx, "%d %s %d", 1, "two", 3), "1 two 3");
    char *result = call_vprintf(w.ctx, "%s %d %s", text, 77, text);
    EXPECT(result != NULL && strlen(result) == 2 * (sizeof text - 1) + 4);
    EXPECT(strstr(result, "v 77 v") != NULL);
}
END_TEST

/* ---- realloc
 * ----------------------------------------------------------------------------------------------------------
 */

START_TEST(frame_realloc_of_the_last_block_stays_in_place)
{
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 1000, 16);
    uintptr_t base = (uintptr_t)p;
    pattern_fill(p, 1000, 1);
    static const size_t sizes[] = {2000, 1500, 3 << 20, 10, 0, 100};
    size_t old = 1000;
    size_t kept = 1000; /* how much of the pattern has always been inside */
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *q = (uint8_t *)fa_frame_realloc(w.ctx, p, old, sizes[i], 16);
        EXPECT(q != NULL);
        EXPECT(SUPPORT_ASAN || q == p);
        EXPECT(SUPPORT_ASAN || w.ctx->cursor + 1 == base + sizes[i]);
        kept = sizes[i] < kept ? sizes[i] : kept;
        EXPECT(pattern_holds(q, kept, 1, 1000));
        p = q;
        old = sizes[i];
    }
}
END_TEST

START_TEST(frame_realloc_of_another_block_moves_it_and_leaves_the_old_one)
{
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 1000, 16);
    pattern_fill(p, 1000, 1);
    uint8_t *behind = (uint8_t *)fa_frame_alloc(w.ctx, 100, 16);
    pattern_fill(behind, 100, 2);
    uint8_t *q = (uint8_t *)fa_frame_realloc(w.ctx, p, 1000, 5000, 16);
    EXPECT(q != NULL && q != p);
    EXPECT(pattern_holds(q, 1000, 1, 1000));
    memset(q, 0, 5000);
    EXPECT(pattern_holds(p, 1000, 1, 1000));
    EXPECT(pattern_holds(behind, 100, 2, 100));
}
END_TEST

START_TEST(frame_realloc_of_null_allocates)
{
    void *p = fa_frame_realloc(w.ctx, NULL, 0, 500, 256);
    EXPECT(p != NULL && (uintptr_t)p % 256 == 0);
    memset(p, 1, 500);
    EXPECT(fa_frame_realloc(w.ctx, NULL, 0, 0, 1) != NULL);
}
END_TEST

START_TEST(frame_realloc_that_fails_leaves_the_block_as_it_was)
{
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 1000, 16);
    pattern_fill(p, 1000, 1);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_realloc(w.ctx, p, 1000, (size_t)257 << 20, 16), FULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_realloc(w.ctx, p, 1000, opaque_size(SIZE_MAX), 16), FULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_realloc(w.ctx, p, 1000, FA_REQUEST_MAX + 1, 16), FULL);
    EXPECT_REFUSED_NULL(&w, fa_frame_realloc(w.ctx, p, 1000, 2000, 24), FA004, INVALID_ARGUMENT);
    EXPECT_REFUSED_NULL(&w, fa_frame_realloc(w.ctx, p, 1000, 500, 131072), FA004, INVALID_ARGUMENT);
    EXPECT(pattern_holds(p, 1000, 1, 1000));
}
END_TEST

START_TEST(frame_realloc_honours_a_larger_alignment)
{
    for (size_t align = 1; align <= FA_ALIGN_MAX; align *= 2) {
        (void)fa_frame_alloc(w.ctx, 1, 1);
        uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 100, 1);
        pattern_fill(p, 100, align);
        uint8_t *q = (uint8_t *)fa_frame_realloc(w.ctx, p, 100, 300, align);
        EXPECT(q != NULL && (uintptr_t)q % align == 0);
        EXPECT(pattern_holds(q, 100, align, 100));
    }
}
END_TEST

START_TEST(frame_realloc_with_absurd_old_sizes_does_no_harm)
{
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 1000, 16);
    pattern_fill(p, 1000, 1);
    uintptr_t end = w.ctx->cursor;
    static const size_t absurd[] = {SIZE_MAX, SIZE_MAX - 15, (size_t)1 << 47, (size_t)1 << 63};
    for (unsigned i = 0; i < sizeof absurd / sizeof absurd[0]; i++) {
        void *q =
            fa_frame_realloc(w.ctx, p, opaque_size(absurd[i]), 100, 16); /* keeps the smaller: 100 bytes */
        EXPECT(q == NULL || pattern_holds(q, 100, 1, 1000));
        w.rec.count = 0;
        EXPECT(w.ctx->cursor >= end);
        EXPECT(pattern_holds(p, 1000, 1, 1000));
    }
}
END_TEST

START_TEST(frame_realloc_model_keeps_contents_through_a_random_walk)
{
    enum { COUNT = 40 };
    struct {
        uint8_t *p;
        size_t size;
        size_t filled;
    } blocks[COUNT];
    memset(blocks, 0, sizeof blocks);
    random_state r = {support_seed()};
    for (int step = 0; step < 20000; step++) {
        size_t i = random_below(&r, COUNT);
        size_t size = random_size(&r, 4000);
        uint8_t *q = (uint8_t *)fa_frame_realloc(w.ctx, blocks[i].p, blocks[i].size, size,
                                                 (size_t)1 << random_below(&r, 7));
        EXPECT(q != NULL);
        size_t kept = blocks[i].filled < size ? blocks[i].filled : size;
        EXPECT(pattern_holds(q, kept, i, blocks[i].filled));
        pattern_fill(q, size, i);
        blocks[i].p = q;
        blocks[i].size = blocks[i].filled = size;
        if (step % 3000 == 2999) {
            for (size_t k = 0; k < COUNT; k++) {
                EXPECT(blocks[k].p == NULL || pattern_holds(blocks[k].p, blocks[k].size, k, blocks[k].size));
            }
            EXPECT_OK(fa_frame_end(w.ctx));
            EXPECT_OK(fa_frame_begin(w.ctx));
            memset(blocks, 0, sizeof blocks);
        }
    }
}
END_TEST

/* ---- on end
 * --------------------------------------------------------------------------------------------------------------
 */

static int order[64];
static int order_count;
static uint8_t *on_end_bytes;

static void note_order(void *user)
{
    order[order_count++] = (int)(intptr_t)user;
}

START_TEST(frame_on_end_calls_run_in_reverse_order_once)
{
    for (intptr_t i = 0; i < 50; i++) {
        EXPECT_OK(fa_frame_on_end(w.ctx, note_order, (void *)i));
        EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    }
    EXPECT_UINT(order_count, 0);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(order_count, 50);
    for (int i = 0; i < 50; i++) {
        EXPECT(order[i] == 49 - i);
    }
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(order_count, 50);
}
END_TEST

START_TEST(frame_rewind_runs_the_on_end_calls_added_since_the_mark)
{
    EXPECT_OK(fa_frame_on_end(w.ctx, note_order, (void *)1));
    fa_checkpoint outer = fa_frame_mark(w.ctx);
    EXPECT_OK(fa_frame_on_end(w.ctx, note_order, (void *)2));
    fa_checkpoint inner = fa_frame_mark(w.ctx);
    EXPECT_OK(fa_frame_on_end(w.ctx, note_order, (void *)3));
    EXPECT_OK(fa_frame_on_end(w.ctx, note_order, (void *)4));
    EXPECT_OK(fa_frame_rewind(w.ctx, inner));
    EXPECT(order_count == 2 && order[0] == 4 && order[1] == 3);
    EXPECT_OK(fa_frame_on_end(w.ctx, note_order, (void *)5));
    EXPECT_OK(fa_frame_rewind(w.ctx, outer));
    EXPECT(order_count == 4 && order[2] == 5 && order[3] == 2);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT(order_count == 5 && order[4] == 1);
}
END_TEST

static unsigned refused_inside;
static void try_everything_refused(void *user)
{
    (void)user;
    fa_checkpoint never;
    memset(&never, 0, sizeof never);
    w.rec.count = 0;
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) == NULL);
    EXPECT_RESULT(fa_context_last_result(w.ctx), REENTRANT);
    EXPECT(fa_frame_alloc(w.ctx, 0, 1) == NULL);
    EXPECT(fa_frame_alloc_zeroed(w.ctx, 10, 1) == NULL);
    EXPECT(fa_frame_printf(w.ctx, "x") == NULL);
    EXPECT(fa_frame_realloc(w.ctx, NULL, 0, 10, 1) == NULL);
    EXPECT_RESULT(fa_frame_begin(w.ctx), REENTRANT);
    EXPECT_RESULT(fa_frame_end(w.ctx), REENTRANT);
    EXPECT_RESULT(fa_frame_on_end(w.ctx, note_order, NULL), REENTRANT);
    EXPECT_RESULT(fa_context_detach(w.ctx), FRAME_OPEN);
    refused_inside += w.rec.count;
    for (unsigned i = 0; i + 1 < w.rec.count; i++) {
        EXPECTF(w.rec.items[i].id == FA_CODE_FA105 && w.rec.items[i].result == FA_RESULT_REENTRANT,
                "number %u: %s", i, w.rec.items[i].code);
    }
    w.rec.count = 0;
}

START_TEST(frame_allocation_and_boundaries_are_refused_inside_an_on_end_call)
{
    EXPECT_OK(fa_frame_on_end(w.ctx, note_order, (void *)7));
    EXPECT_OK(fa_frame_on_end(w.ctx, try_everything_refused, NULL));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(refused_inside, 9);
    EXPECT(order_count == 1 && order[0] == 7);
    EXPECT_UINT(fa_frame_index(w.ctx), 1);
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
}
END_TEST

START_TEST(frame_allocation_is_refused_inside_an_on_end_call_that_a_rewind_runs)
{
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    EXPECT_OK(fa_frame_on_end(w.ctx, try_everything_refused, NULL));
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    EXPECT_UINT(refused_inside, 9);
    EXPECT(fa_frame_is_open(w.ctx));
    EXPECT(fa_frame_alloc(w.ctx, 10, 1) != NULL);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_frame_begin(w.ctx));
}
END_TEST

static void *to_free[2];
static void read_frame_and_free_objects(void *user)
{
    EXPECT(user == on_end_bytes);
    EXPECT(pattern_holds(on_end_bytes, 1000, 5, 1000));
    EXPECT_OK(fa_pool_free(w.ctx, to_free[0]));
    EXPECT_OK(fa_heap_free(w.ctx, to_free[1]));
}

START_TEST(frame_on_end_call_may_read_frame_memory_and_free_objects)
{
    on_end_bytes = (uint8_t *)fa_frame_alloc(w.ctx, 1000, 16);
    pattern_fill(on_end_bytes, 1000, 5);
    to_free[0] = fa_pool_alloc(w.ctx, 100, 8);
    to_free[1] = fa_heap_alloc(w.ctx, 100, 8);
    EXPECT_OK(fa_frame_on_end(w.ctx, read_frame_and_free_objects, on_end_bytes));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(world_stats(&w).pool_objects, 0);
    EXPECT_UINT(world_stats(&w).heap_objects, 0);
}
END_TEST

START_TEST(frame_on_end_without_a_function_is_refused)
{
    EXPECT_REFUSED(&w, fa_frame_on_end(w.ctx, NULL, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_OK(fa_frame_begin(w.ctx));
}
END_TEST

static unsigned many_calls;
static void count_many(void *user)
{
    (void)user;
    many_calls++;
}

START_TEST(frame_on_end_takes_a_hundred_thousand_calls)
{
    for (int i = 0; i < 100000; i++) {
        EXPECT_OK(fa_frame_on_end(w.ctx, count_many, NULL));
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(many_calls, 100000);
}
END_TEST

/* ---- growth and limits
 * ---------------------------------------------------------------------------------------------------- */

START_TEST(frame_grows_to_its_maximum_without_moving)
{
    uint8_t *first = (uint8_t *)fa_frame_alloc(w.ctx, 64, 64);
    memset(first, 0x3C, 64);
    size_t count = 1;
    uintptr_t last = (uintptr_t)first;
    for (;; count++) {
        uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 65536 - (SUPPORT_ASAN ? 64 : 0), 64);
        if (p == NULL) {
            break;
        }
        EXPECT((uintptr_t)p > last);
        last = (uintptr_t)p;
        p[0] = p[65535 - (SUPPORT_ASAN ? 64 : 0)] = 1;
    }
    EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
    EXPECT(count >= 4090);
    EXPECT(all_bytes_are(first, 64, 0x3C));
    EXPECT(context_stats(w.ctx).frame_grows > 0);
    EXPECT(context_stats(w.ctx).frame_committed_bytes >= fa_frame_used_bytes(w.ctx));
}
END_TEST

static void open_with_maximum(size_t max_bytes)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = max_bytes});
    EXPECT_OK(fa_frame_begin(w.ctx));
}

START_TEST(frame_maximum_is_exact_to_the_byte)
{
    static const size_t limits[] = {1,     2,     63,    64,      4095,    4096,         4097,
                                    65535, 65536, 65537, 1000000, 1 << 20, (1 << 20) + 1};
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        size_t max = limits[i];
        open_with_maximum(max);
        EXPECT_UINT(fa_frame_remaining_bytes(w.ctx), max);
        if (!SUPPORT_ASAN) {
            EXPECT_NO_MEMORY_NULL(&w, fa_frame_alloc(w.ctx, max + 1, 1), FULL);
            uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, max - 1, 1);
            EXPECT(p != NULL);
            EXPECT_NO_MEMORY_NULL(&w, fa_frame_alloc(w.ctx, 2, 1), FULL);
            EXPECT_UINT(fa_frame_remaining_bytes(w.ctx), 1);
            EXPECT(fa_frame_alloc(w.ctx, 1, 1) != NULL);
            p[max - 1] = 1;
            EXPECT_UINT(fa_frame_remaining_bytes(w.ctx), 0);
            EXPECT_NO_MEMORY_NULL(&w, fa_frame_alloc(w.ctx, 1, 1), FULL);
            EXPECT(fa_frame_alloc(w.ctx, 0, 1) != NULL);
            EXPECT_NO_MEMORY_NULL(&w, fa_frame_alloc_zeroed(w.ctx, 1, 1), FULL);
            EXPECT_NO_MEMORY_NULL(&w, fa_frame_strdup(w.ctx, ""), FULL);
        }
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_OK(fa_frame_begin(w.ctx));
        EXPECT(SUPPORT_ASAN || fa_frame_alloc(w.ctx, max, 1) != NULL);
        world_close(&w);
    }
}
END_TEST

START_TEST(frame_refusals_are_counted)
{
    open_with_maximum(1 << 20);
    uint64_t before = context_stats(w.ctx).refused;
    for (int i = 0; i < 10; i++) {
        EXPECT(fa_frame_alloc(w.ctx, 2 << 20, 1) == NULL);
    }
    EXPECT_UINT(context_stats(w.ctx).refused, before + 10);
    world_close(&w);
}
END_TEST

START_TEST(frame_gives_out_of_memory_when_the_system_has_none_and_works_again_afterwards)
{
    open_with_maximum((size_t)256 << 20);
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 1000, 1);
    pattern_fill(p, 1000, 1);
    w.backing.commit_limit_bytes = w.backing.committed_bytes;
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_alloc(w.ctx, 64 << 20, 1), OUT_OF_MEMORY);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_alloc_zeroed(w.ctx, 64 << 20, 1), OUT_OF_MEMORY);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_realloc(w.ctx, p, 1000, 64 << 20, 1), OUT_OF_MEMORY);
    EXPECT(pattern_holds(p, 1000, 1, 1000));
    w.backing.commit_limit_bytes = 0;
    EXPECT(fa_frame_alloc(w.ctx, 64 << 20, 1) != NULL);
    world_close(&w);
}
END_TEST

START_TEST(frame_takes_what_the_system_gives_when_it_gives_little)
{
    /* Growing ahead of need may be refused; what is needed fits and must be given. */
    open_with_maximum((size_t)256 << 20);
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 1, 1);
    EXPECT(p != NULL);
    w.backing.commit_limit_bytes = w.backing.committed_bytes + (4 << 20);
    size_t got = 0;
    while (fa_frame_alloc(w.ctx, 4096, 1) != NULL) {
        got += 4096;
    }
    EXPECT_RESULT(fa_context_last_result(w.ctx), OUT_OF_MEMORY);
    EXPECTF(got >= (SUPPORT_ASAN ? 2 : 4) * ((size_t)1 << 20) - 65536, "%zu bytes", got);
    w.backing.commit_limit_bytes = 0;
    world_close(&w);
}
END_TEST

/* ---- oversize
 * -------------------------------------------------------------------------------------------------------------
 */

START_TEST(frame_oversize_comes_from_the_heap_and_dies_with_the_frame)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20, .oversize_to_heap = true});
    uint64_t pages = world_stats(&w).object_page_bytes;
    for (int frame = 0; frame < 3; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        for (size_t i = 0; i < 4; i++) {
            size_t size = ((size_t)2 << 20) + i * 70000;
            uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, size, (size_t)1 << i);
            EXPECT(p != NULL && (uintptr_t)p % ((size_t)1 << i) == 0);
            pattern_fill(p, size, i);
            EXPECT(fa_frame_alloc(w.ctx, 100, 16) != NULL);
            uint8_t *zero = (uint8_t *)fa_frame_alloc_zeroed(w.ctx, size, 16);
            EXPECT(zero != NULL && all_bytes_are(zero, size, 0));
            memset(zero, 0xFF, size);
            EXPECT(pattern_holds(p, size, i, size));
        }
        EXPECT_UINT(context_stats(w.ctx).frame_oversize, 8 * (unsigned)(frame + 1));
        EXPECT_OK(fa_frame_end(w.ctx));
        EXPECT_UINT(world_stats(&w).heap_objects, 0);
        EXPECT_UINT(world_stats(&w).heap_bytes, 0);
    }
    EXPECT(world_stats(&w).object_page_bytes <= pages + (4 << 20));
    world_close(&w);
}
END_TEST

START_TEST(frame_oversize_serves_small_requests_too_when_the_frame_is_full)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 65536, .oversize_to_heap = true});
    EXPECT_OK(fa_frame_begin(w.ctx));
    enum { COUNT = 3000 };
    static void *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = fa_frame_alloc(w.ctx, 100, 8);
        EXPECT(blocks[i] != NULL);
        pattern_fill(blocks[i], 100, i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        EXPECT(pattern_holds(blocks[i], 100, i, 100));
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(world_stats(&w).heap_objects, 0);
    world_close(&w);
}
END_TEST

START_TEST(frame_oversize_is_given_back_by_a_rewind)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20, .oversize_to_heap = true});
    EXPECT_OK(fa_frame_begin(w.ctx));
    uint8_t *before = (uint8_t *)fa_frame_alloc(w.ctx, 2 << 20, 16);
    pattern_fill(before, 2 << 20, 1);
    snapshot at_mark;
    fa_checkpoint mark = fa_frame_mark(w.ctx);
    snapshot_take(&at_mark, w.allocator, w.ctx);
    EXPECT(fa_frame_alloc(w.ctx, 3 << 20, 16) != NULL);
    EXPECT(fa_frame_alloc(w.ctx, 4 << 20, 16) != NULL);
    EXPECT_OK(fa_frame_rewind(w.ctx, mark));
    snapshot after;
    snapshot_take(&after, w.allocator, w.ctx);
    EXPECT_UINT(after.allocator.heap_bytes, at_mark.allocator.heap_bytes);
    EXPECT_UINT(after.allocator.heap_objects, at_mark.allocator.heap_objects);
    EXPECT_UINT(after.tags[0].self.frame_bytes, at_mark.tags[0].self.frame_bytes);
    EXPECT_UINT(after.tags[0].self.heap_bytes, at_mark.tags[0].self.heap_bytes);
    EXPECT(pattern_holds(before, 2 << 20, 1, 2 << 20));
    world_close(&w);
}
END_TEST

START_TEST(frame_oversize_block_can_be_resized_and_not_freed_by_hand)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20, .oversize_to_heap = true});
    EXPECT_OK(fa_frame_begin(w.ctx));
    uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, 2 << 20, 16);
    pattern_fill(p, 2 << 20, 1);
    EXPECT_REFUSED(&w, fa_heap_free(w.ctx, p), FA607, WRONG_FAMILY);
    EXPECT_REFUSED(&w, fa_pool_free(w.ctx, p), FA607, WRONG_FAMILY);
    EXPECT_UINT(fa_heap_size_bytes(w.ctx, p), 0);
    uint8_t *q = (uint8_t *)fa_frame_realloc(w.ctx, p, 2 << 20, 5 << 20, 16);
    EXPECT(q != NULL && pattern_holds(q, 2 << 20, 1, 2 << 20));
    uint8_t *small = (uint8_t *)fa_frame_realloc(w.ctx, q, 5 << 20, 1000, 16);
    EXPECT(small != NULL && pattern_holds(small, 1000, 1, 2 << 20));
    uint8_t *again = (uint8_t *)fa_frame_realloc(w.ctx, small, 1000, 3 << 20, 16);
    EXPECT(again != NULL && pattern_holds(again, 1000, 1, 2 << 20));
    EXPECT_OK(fa_frame_end(w.ctx));
    EXPECT_UINT(world_stats(&w).heap_objects, 0);
    world_close(&w);
}
END_TEST

START_TEST(frame_oversize_is_full_at_the_maximum_of_the_heap)
{
    world_open(&w, &(fa_allocator_desc){
                       .frame_max_bytes = 1 << 20, .oversize_to_heap = true, .object_max_bytes = 16 << 20});
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_alloc(w.ctx, 32 << 20, 1), FULL);
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_alloc(w.ctx, opaque_size(SIZE_MAX), 1), FULL);
    EXPECT(fa_frame_alloc(w.ctx, 4 << 20, 1) != NULL);
    world_close(&w);
}
END_TEST

START_TEST(frame_without_oversize_says_full)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = 1 << 20});
    EXPECT_OK(fa_frame_begin(w.ctx));
    EXPECT_NO_MEMORY_NULL(&w, fa_frame_alloc(w.ctx, 2 << 20, 1), FULL);
    EXPECT_UINT(context_stats(w.ctx).frame_oversize, 0);
    world_close(&w);
}
END_TEST

/* ---- frames in flight
 * -------------------------------------------------------------------------------------------------------- */

START_TEST(frame_bytes_are_intact_until_the_nth_frame_after_it_begins)
{
    uint32_t n = (uint32_t)_i;
    world_open(&w, &(fa_allocator_desc){
                       .frames_in_flight = n, .frame_max_bytes = 8 << 20, .oversize_to_heap = true});
    enum { KEPT = 8, BLOCKS = 20 };
    static struct {
        void *p[BLOCKS];
        size_t size[BLOCKS];
    } history[KEPT];
    random_state r = {support_seed()};
    for (uint64_t frame = 1; frame <= 60; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        for (uint64_t age = 1; age < n && age < frame; age++) { /* after the begin */
            for (int i = 0; i < BLOCKS; i++) {
                uint64_t old = frame - age;
                EXPECTF(pattern_holds(history[old % KEPT].p[i], history[old % KEPT].size[i],
                                      old * 100 + (unsigned)i, history[old % KEPT].size[i]),
                        "frame %" PRIu64 " damaged in frame %" PRIu64, old, frame);
            }
        }
        for (int i = 0; i < BLOCKS; i++) {
            size_t size = random_size(&r, 200000);
            void *p = fa_frame_alloc(w.ctx, size, 16);
            EXPECT(p != NULL);
            pattern_fill(p, size, frame * 100 + (unsigned)i);
            history[frame % KEPT].p[i] = p;
            history[frame % KEPT].size[i] = size;
        }
        EXPECT_OK(fa_frame_end(w.ctx));
        for (uint64_t age = 0; age + 1 < n && age < frame; age++) { /* after the end, before the next begin */
            for (int i = 0; i < BLOCKS; i++) {
                uint64_t old = frame - age;
                EXPECT(pattern_holds(history[old % KEPT].p[i], history[old % KEPT].size[i],
                                     old * 100 + (unsigned)i, history[old % KEPT].size[i]));
            }
        }
    }
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
    world_close(&w);
}
END_TEST

START_TEST(frame_bytes_in_flight_survive_the_shortest_keep_windows)
{
    /* A large frame followed by small ones: what the small ones do not need must stay while the large one is
     * in flight. Window 0: a fixed number of bytes is kept. */
    for (uint32_t n = 2; n <= FA_FRAMES_IN_FLIGHT_MAX; n++) {
        for (uint32_t window = 0; window <= 5; window++) {
            world_open(&w, window > 0
                               ? &(fa_allocator_desc){.frames_in_flight = n, .keep_window_frames = window}
                               : &(fa_allocator_desc){.frames_in_flight = n, .frame_keep_bytes = 65536});
            void *p[FA_FRAMES_IN_FLIGHT_MAX] = {NULL};
            size_t size[FA_FRAMES_IN_FLIGHT_MAX] = {0};
            for (uint64_t frame = 0; frame < 60; frame++) {
                EXPECT_OK(fa_frame_begin(w.ctx));
                p[frame % n] = NULL; /* the n-th frame after it has begun */
                for (uint32_t k = 0; k < n; k++) {
                    EXPECTF(p[k] == NULL || pattern_holds(p[k], size[k], k, size[k]),
                            "%u in flight, window %u", n, window);
                }
                size[frame % n] = frame % 7 == 0 ? 1 << 20 : 100;
                p[frame % n] = fa_frame_alloc(w.ctx, size[frame % n], 16);
                EXPECT(p[frame % n] != NULL);
                pattern_fill(p[frame % n], size[frame % n], frame % n);
                EXPECT_OK(fa_frame_end(w.ctx));
                for (uint32_t k = 0; k < n; k++) { /* until the n-th frame after it begins */
                    EXPECTF(p[k] == NULL || pattern_holds(p[k], size[k], k, size[k]),
                            "%u in flight, window %u, between two frames", n, window);
                }
            }
            if (window == 0 && n < FA_FRAMES_IN_FLIGHT_MAX) { /* the last large frame is dead by now */
                EXPECT(context_stats(w.ctx).frame_committed_bytes <= (size_t)n * (128 << 10));
            }
            world_close(&w);
        }
    }
}
END_TEST

START_TEST(frame_oversize_bytes_in_flight_are_intact_as_long_as_the_frames)
{
    world_open(
        &w, &(fa_allocator_desc){.frames_in_flight = 3, .frame_max_bytes = 65536, .oversize_to_heap = true});
    void *p[8];
    for (unsigned frame = 0; frame < 8; frame++) {
        EXPECT_OK(fa_frame_begin(w.ctx));
        p[frame] = fa_frame_alloc(w.ctx, 200000, 16);
        EXPECT(p[frame] != NULL);
        pattern_fill(p[frame], 200000, frame);
        for (unsigned age = 1; age < 3 && age <= frame; age++) {
            EXPECT(pattern_holds(p[frame - age], 200000, frame - age, 200000));
        }
        EXPECT_OK(fa_frame_end(w.ctx));
    }
    world_close(&w);
}
END_TEST

/* ---- retention
 * -----------------------------------------------------------------------------------------------------------------
 */

static void one_frame(size_t bytes)
{
    EXPECT_OK(fa_frame_begin(w.ctx));
    while (bytes > 0) {
        size_t part = bytes < 100000 ? bytes : 100000;
        uint8_t *p = (uint8_t *)fa_frame_alloc(w.ctx, part, 1);
        EXPECT(p != NULL);
        p[0] = p[part - 1] = 1;
        bytes -= part;
    }
    EXPECT_OK(fa_frame_end(w.ctx));
}

START_TEST(frame_pages_above_the_recent_peak_go_back_within_three_windows)
{
    uint32_t n = (uint32_t)_i;
    world_open(&w, &(fa_allocator_desc){.keep_window_frames = 10, .frames_in_flight = n});
    for (unsigned i = 0; i < 30 * n; i++) {
        one_frame(500000);
    }
    size_t steady = w.backing.committed_bytes;
    one_frame(100 << 20);
    EXPECT(w.backing.committed_bytes >= (size_t)100 << 20);
    for (unsigned i = 0; i < 30; i++) {
        one_frame(500000);
    }
    EXPECTF(w.backing.committed_bytes <= steady + 65536, "%zu bytes, %zu before the spike",
            w.backing.committed_bytes, steady);
    EXPECT(context_stats(w.ctx).frame_shrinks > 0);
    EXPECT_UINT(world_stats(&w).committed_bytes, w.backing.committed_bytes);
    uint64_t calls = tracking_total_calls(&w.backing);
    for (unsigned i = 0; i < 100; i++) {
        one_frame(500000);
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls); /* and the steady loop touches nothing again */
    world_close(&w);
}
END_TEST

START_TEST(frame_keeps_pages_that_a_load_within_the_window_needs)
{
    world_open(&w, &(fa_allocator_desc){.keep_window_frames = 20});
    uint64_t calls = 0;
    for (unsigned i = 0; i < 400; i++) {
        one_frame(i % 15 == 0 ? 20 << 20 : 100000);
        if (i == 60) {
            calls = tracking_total_calls(&w.backing);
        }
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
    world_close(&w);
}
END_TEST

START_TEST(frame_keeps_all_pages_where_told_so)
{
    world_open(&w, &(fa_allocator_desc){.frame_keep_bytes = FA_NO_LIMIT});
    one_frame(50 << 20);
    size_t held = w.backing.committed_bytes;
    for (int i = 0; i < 100; i++) {
        one_frame(1000);
    }
    EXPECT_UINT(w.backing.committed_bytes, held);
    EXPECT_UINT(w.backing.calls[OP_DECOMMIT], 0);
    EXPECT_UINT(context_stats(w.ctx).frame_shrinks, 0);
    world_close(&w);
}
END_TEST

START_TEST(frame_keeps_n_bytes_where_told_so)
{
    static const size_t keeps[] = {1, 65536, 1 << 20, 10 << 20};
    for (unsigned i = 0; i < sizeof keeps / sizeof keeps[0]; i++) {
        world_open(&w, &(fa_allocator_desc){.frame_keep_bytes = keeps[i]});
        one_frame(1000);
        size_t base = w.backing.committed_bytes - context_stats(w.ctx).frame_committed_bytes;
        one_frame(50 << 20);
        one_frame(1000);
        uint64_t committed = context_stats(w.ctx).frame_committed_bytes;
        EXPECTF(committed <= keeps[i] + 65536, "%" PRIu64 " bytes, told to keep %zu", committed, keeps[i]);
        EXPECT(w.backing.committed_bytes <= base + keeps[i] + 65536);
        EXPECT(w.backing.peak_committed_bytes >= (size_t)50 << 20);
        world_close(&w);
    }
}
END_TEST

START_TEST(frame_keeps_n_bytes_and_does_not_go_back_and_forth_below)
{
    world_open(&w, &(fa_allocator_desc){.frame_keep_bytes = 8 << 20});
    one_frame(7 << 20);
    one_frame(7 << 20);
    uint64_t calls = tracking_total_calls(&w.backing);
    for (int i = 0; i < 100; i++) {
        one_frame(i % 2 == 0 ? 7 << 20 : 1000);
    }
    EXPECT_UINT(tracking_total_calls(&w.backing), calls);
    world_close(&w);
}
END_TEST

START_TEST(frame_prefault_commits_at_attach)
{
    world_open(&w, &(fa_allocator_desc){.frame_prefault_bytes = 10 << 20, .frames_in_flight = 2});
    EXPECT(context_stats(w.ctx).frame_committed_bytes >= (size_t)20 << 20);
    uint64_t commits = w.backing.calls[OP_COMMIT];
    one_frame(9 << 20);
    one_frame(9 << 20);
    EXPECT_UINT(w.backing.calls[OP_COMMIT], commits);
    EXPECT_UINT(context_stats(w.ctx).frame_grows, 0);
    world_close(&w);
}
END_TEST

START_TEST(frame_memory_goes_back_when_the_context_is_detached)
{
    world_open(&w, NULL);
    size_t before = w.backing.committed_bytes;
    fa_context *first = w.ctx;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &w.ctx));
    one_frame(50 << 20);
    EXPECT_OK(fa_context_detach(w.ctx));
    w.ctx = first;
    EXPECTF(w.backing.committed_bytes <= before + (1 << 20), "%zu more", w.backing.committed_bytes - before);
    world_close(&w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("frame");
    TCase *tcase = support_case(suite, "boundaries");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, frame_index_counts_from_1_and_stays_after_the_end);
    tcase_add_test(tcase, frame_begin_in_an_open_frame_is_refused_and_the_frame_goes_on);
    tcase_add_test(tcase, frame_end_without_a_frame_is_refused);
    tcase_add_test(tcase, frame_memory_without_a_frame_is_refused_by_every_function);
    tcase_add_test(tcase, frame_figures_of_an_empty_frame_are_zero);
    tcase_add_test(tcase, frame_used_remaining_and_peak_follow_the_cursor);
    tcase_add_test(tcase, frame_peak_includes_what_was_rewound);
    tcase = support_case(suite, "allocation");
    tcase_add_checked_fixture(tcase, setup_in_a_frame, teardown);
    tcase_add_test(tcase, frame_blocks_do_not_overlap_and_keep_their_bytes);
    tcase_add_test(tcase, frame_typed_macros_give_aligned_memory_of_the_right_size);
    tcase_add_test(tcase, frame_zeroed_memory_is_zero_also_where_it_was_written_before);
    tcase_add_test(tcase, frame_array_that_overflows_is_full_and_zero_counts_are_fine);
    tcase_add_test(tcase, frame_copy_copies_and_refuses_null);
    tcase_add_test(tcase, frame_strdup_copies_strings_of_every_length);
    tcase_add_test(tcase, frame_printf_takes_exactly_what_it_needs);
    tcase_add_test(tcase, frame_printf_of_a_string_that_does_not_fit_gives_null_and_moves_nothing);
    tcase_add_test(tcase, frame_printf_of_an_invalid_string_is_an_invalid_argument);
    tcase_add_test(tcase, frame_vprintf_reads_its_arguments_twice_where_it_must);
    tcase = support_case(suite, "realloc");
    tcase_add_checked_fixture(tcase, setup_in_a_frame, teardown);
    tcase_add_test(tcase, frame_realloc_of_the_last_block_stays_in_place);
    tcase_add_test(tcase, frame_realloc_of_another_block_moves_it_and_leaves_the_old_one);
    tcase_add_test(tcase, frame_realloc_of_null_allocates);
    tcase_add_test(tcase, frame_realloc_that_fails_leaves_the_block_as_it_was);
    tcase_add_test(tcase, frame_realloc_honours_a_larger_alignment);
    tcase_add_test(tcase, frame_realloc_with_absurd_old_sizes_does_no_harm);
    tcase_add_test(tcase, frame_realloc_model_keeps_contents_through_a_random_walk);
    tcase = support_case(suite, "on end");
    tcase_add_checked_fixture(tcase, setup_in_a_frame, teardown);
    tcase_add_test(tcase, frame_on_end_calls_run_in_reverse_order_once);
    tcase_add_test(tcase, frame_rewind_runs_the_on_end_calls_added_since_the_mark);
    tcase_add_test(tcase, frame_allocation_and_boundaries_are_refused_inside_an_on_end_call);
    tcase_add_test(tcase, frame_allocation_is_refused_inside_an_on_end_call_that_a_rewind_runs);
    tcase_add_test(tcase, frame_on_end_call_may_read_frame_memory_and_free_objects);
    tcase_add_test(tcase, frame_on_end_without_a_function_is_refused);
    tcase_add_test(tcase, frame_on_end_takes_a_hundred_thousand_calls);
    tcase = support_case(suite, "growth");
    tcase_add_checked_fixture(tcase, setup_in_a_frame, teardown);
    tcase_add_test(tcase, frame_grows_to_its_maximum_without_moving);
    tcase = support_case(suite, "limits");
    tcase_add_test(tcase, frame_maximum_is_exact_to_the_byte);
    tcase_add_test(tcase, frame_refusals_are_counted);
    tcase_add_test(tcase, frame_gives_out_of_memory_when_the_system_has_none_and_works_again_afterwards);
    tcase_add_test(tcase, frame_takes_what_the_system_gives_when_it_gives_little);
    tcase = support_case(suite, "oversize");
    tcase_add_test(tcase, frame_oversize_comes_from_the_heap_and_dies_with_the_frame);
    tcase_add_test(tcase, frame_oversize_serves_small_requests_too_when_the_frame_is_full);
    tcase_add_test(tcase, frame_oversize_is_given_back_by_a_rewind);
    tcase_add_test(tcase, frame_oversize_block_can_be_resized_and_not_freed_by_hand);
    tcase_add_test(tcase, frame_oversize_is_full_at_the_maximum_of_the_heap);
    tcase_add_test(tcase, frame_without_oversize_says_full);
    tcase = support_case(suite, "in flight");
    tcase_add_loop_test(tcase, frame_bytes_are_intact_until_the_nth_frame_after_it_begins, 1, 5);
    tcase_add_test(tcase, frame_bytes_in_flight_survive_the_shortest_keep_windows);
    tcase_add_test(tcase, frame_oversize_bytes_in_flight_are_intact_as_long_as_the_frames);
    tcase = support_case(suite, "retention");
    tcase_add_loop_test(tcase, frame_pages_above_the_recent_peak_go_back_within_three_windows, 1, 5);
    tcase_add_test(tcase, frame_keeps_pages_that_a_load_within_the_window_needs);
    tcase_add_test(tcase, frame_keeps_all_pages_where_told_so);
    tcase_add_test(tcase, frame_keeps_n_bytes_where_told_so);
    tcase_add_test(tcase, frame_keeps_n_bytes_and_does_not_go_back_and_forth_below);
    tcase_add_test(tcase, frame_prefault_commits_at_attach);
    tcase_add_test(tcase, frame_memory_goes_back_when_the_context_is_detached);
    return support_run(suite);
}
