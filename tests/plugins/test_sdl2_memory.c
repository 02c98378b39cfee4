/* SDL's memory on the tagged heap. Each case is a process of its own (Check forks), so the one static binding
 * starts unbound each time. */
#include "plugins/support.h"

#include "framealloc/stats.h"
#include "framealloc/tag.h"
#include "framealloc_sdl2/sdl2.h"

#define THREADS 6
#define ROUNDS 2000

static void install(void)
{
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, NULL), FA_RESULT_OK);
}

static void uninstall(void)
{
    ck_assert_int_eq(fa_sdl2_memory_uninstall(), FA_RESULT_OK);
}

static size_t sdl_bytes(void)
{
    fa_tag_stats stats;
    ck_assert_int_eq(fa_tag_stats_get(allocator, fa_tag_intern(allocator, "sdl2"), &stats), FA_RESULT_OK);
    return stats.self.heap_bytes;
}
START_TEST(memory_of_sdl_is_charged_to_its_tag)
{
    install();
    size_t before = sdl_bytes();
    char *p = SDL_malloc(1000);
    ck_assert_ptr_nonnull(p);
    ck_assert(fa_allocator_contains(allocator, p));
    ck_assert_uint_eq((uintptr_t)p % 16, 0);
    ck_assert_uint_eq(sdl_bytes() - before, 1000);
    memset(p, 1, 1000);
    SDL_free(p);
    ck_assert_uint_eq(sdl_bytes(), before);
    ck_assert_uint_ge(fa_sdl2_memory_calls(), 2);
    uninstall();
}
END_TEST

START_TEST(memory_can_have_a_tag_of_its_own_choosing)
{
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, "engine/platform"), FA_RESULT_OK);
    void *p = SDL_malloc(64);
    fa_tag_stats stats;
    ck_assert_int_eq(fa_tag_stats_get(allocator, fa_tag_intern(allocator, "engine/platform"), &stats),
                     FA_RESULT_OK);
    ck_assert_uint_eq(stats.self.heap_bytes, 64);
    SDL_free(p);
    uninstall();
}
END_TEST

START_TEST(memory_install_refuses_what_makes_no_sense)
{
    ck_assert_int_eq(fa_sdl2_memory_install(NULL, NULL), FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, "no//path"), FA_RESULT_INVALID_ARGUMENT);
    ck_assert_int_eq(fa_sdl2_memory_uninstall(), FA_RESULT_NOT_FOUND);
    ck_assert_ptr_null(fa_sdl2_memory_allocator());
    install();
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, NULL), FA_RESULT_EXISTS);
    ck_assert_ptr_eq(fa_sdl2_memory_allocator(), allocator);
    uninstall();
    ck_assert_ptr_null(fa_sdl2_memory_allocator());
    ck_assert_int_eq(fa_sdl2_memory_uninstall(), FA_RESULT_NOT_FOUND);
}
END_TEST

START_TEST(memory_install_is_refused_once_sdl_is_initialised)
{
    ck_assert_int_eq(SDL_Init(SDL_INIT_TIMER), 0);
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, NULL), FA_RESULT_BUSY);
    SDL_Quit();
}
END_TEST

START_TEST(memory_install_is_refused_while_sdl_holds_memory)
{
    void *p = SDL_malloc(10);
    ck_assert_int_eq(fa_sdl2_memory_install(allocator, NULL), FA_RESULT_BUSY);
    SDL_free(p);
    install();
    uninstall();
}
END_TEST

START_TEST(memory_uninstall_is_refused_while_sdl_holds_memory)
{
    install();
    void *p = SDL_malloc(10);
    ck_assert_int_eq(fa_sdl2_memory_uninstall(), FA_RESULT_BUSY);
    ck_assert_ptr_eq(fa_sdl2_memory_allocator(), allocator);
    SDL_free(p);
    uninstall();
    p = SDL_malloc(10);
    ck_assert(!fa_allocator_contains(allocator, p));
    SDL_free(p);
}
END_TEST

START_TEST(memory_can_be_bound_again)
{
    for (int i = 0; i < 10; i++) {
        install();
        SDL_free(SDL_malloc(100));
        uninstall();
    }
    fa_allocator_stats stats;
    ck_assert_int_eq(fa_allocator_stats_get(allocator, &stats), FA_RESULT_OK);
    ck_assert_uint_eq(stats.contexts, 0);
    ck_assert_uint_eq(stats.heap_objects, 0);
}
END_TEST

START_TEST(calloc_gives_zeros_and_refuses_products_that_overflow)
{
    install();
    unsigned char *dirty = SDL_malloc(4096);
    memset(dirty, 0xAB, 4096);
    SDL_free(dirty);
    unsigned char *p = SDL_calloc(64, 64);
    for (int i = 0; i < 4096; i++) {
        ck_assert_uint_eq(p[i], 0);
    }
    SDL_free(p);
    ck_assert_ptr_null(SDL_calloc(SIZE_MAX / 2, 3));
    ck_assert_ptr_null(SDL_calloc(SIZE_MAX, SIZE_MAX));
    ck_assert_ptr_null(SDL_malloc(SIZE_MAX));
    void *nothing = SDL_calloc(0, 8);
    ck_assert_ptr_nonnull(nothing);
    SDL_free(nothing);
    uninstall();
}
END_TEST

START_TEST(realloc_keeps_contents_and_zero_bytes_stay_a_block)
{
    install();
    char *p = SDL_realloc(NULL, 10);
    ck_assert_ptr_nonnull(p);
    memcpy(p, "contents", 9);
    p = SDL_realloc(p, 100000);
    ck_assert_str_eq(p, "contents");
    ck_assert_ptr_null(SDL_realloc(p, SIZE_MAX / 2));
    ck_assert_str_eq(p, "contents");
    p = SDL_realloc(p, 9);
    ck_assert_str_eq(p, "contents");
    p = SDL_realloc(p, 0);
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(SDL_GetNumAllocations(), 1);
    SDL_free(p);
    SDL_free(NULL);
    uninstall();
}
END_TEST

START_TEST(out_of_memory_is_null_and_nothing_is_lost)
{
    fa_allocator_desc desc = quiet_desc();
    desc.object_max_bytes = (size_t)4 << 20;
    fa_allocator *small = NULL;
    ck_assert_int_eq(fa_allocator_create(&desc, &small), FA_RESULT_OK);
    ck_assert_int_eq(fa_sdl2_memory_install(small, NULL), FA_RESULT_OK);
    void *blocks[64];
    int count = 0;
    while (count < 64 && (blocks[count] = SDL_malloc((size_t)1 << 18)) != NULL) {
        memset(blocks[count++], 1, (size_t)1 << 18);
    }
    ck_assert_int_gt(count, 4);
    ck_assert_int_lt(count, 64);
    ck_assert_int_eq(SDL_GetNumAllocations(), count);
    while (count > 0) {
        SDL_free(blocks[--count]);
    }
    void *again = SDL_malloc((size_t)1 << 18);
    ck_assert_ptr_nonnull(again);
    SDL_free(again);
    uninstall();
    ck_assert_int_eq(fa_allocator_destroy(small), FA_RESULT_OK);
}
END_TEST

static int work(void *user)
{
    unsigned seed = (unsigned)(uintptr_t)user;
    void *held[16] = {0};
    for (int i = 0; i < ROUNDS; i++) {
        seed = seed * 1664525u + 1013904223u;
        unsigned slot = seed >> 28;
        SDL_free(held[slot]);
        held[slot] = SDL_malloc(1 + (seed >> 8) % 3000);
        if (!held[slot]) {
            return 1;
        }
        memset(held[slot], (int)slot, 1);
    }
    for (int i = 0; i < 16; i++) {
        SDL_free(held[i]);
    }
    return 0;
}

START_TEST(threads_of_sdl_need_not_attach)
{
    install();
    SDL_Thread *threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        threads[i] = SDL_CreateThread(work, "work", (void *)(uintptr_t)(i + 1));
        ck_assert_ptr_nonnull(threads[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        int failed = 1;
        SDL_WaitThread(threads[i], &failed);
        ck_assert_int_eq(failed, 0);
    }
    fa_allocator_stats stats;
    ck_assert_int_eq(fa_allocator_stats_get(allocator, &stats), FA_RESULT_OK);
    ck_assert_uint_eq(stats.contexts, 1);
    SDL_Quit();
    SDL_TLSCleanup();
    ck_assert_int_eq(SDL_GetNumAllocations(), 0);
    ck_assert(fa_allocator_validate(allocator));
    uninstall();
}
END_TEST

static void *block_to_free;
static void *block_from_inside = &block_to_free;

static void call_sdl(void *user, const fa_diagnostic *d)
{
    (void)user;
    (void)d;
    diagnostics++;
    block_from_inside = SDL_malloc(10);
    SDL_free(block_to_free);
}

START_TEST(a_handler_that_calls_sdl_does_not_lock_up)
{
    install();
    fa_allocator_set_handler(allocator, (fa_diagnostic_handler){.fn = call_sdl});
    block_to_free = SDL_malloc(100);
    char *p = SDL_malloc(100);
    size_t before = sdl_bytes();
    SDL_free(p + 16); /* the middle of a block: FA607 */
    ck_assert_uint_eq(diagnostics, 1);
    ck_assert_ptr_null(block_from_inside);
    ck_assert_uint_eq(sdl_bytes(), before - 100); /* freed after all, when the outer call ended */
    diagnostics = 0;
    SDL_free(p);
    ck_assert_uint_eq(diagnostics, 0);
    /* SDL counts frees that were refused, so its own number is one off: the binding is left to the process.
     */
    ck_assert_int_eq(SDL_GetNumAllocations(), -1);
    uninstall();
}
END_TEST

START_TEST(a_whole_session_of_sdl_leaves_nothing_behind)
{
    install();
    ck_assert_int_eq(SDL_SetHint("SDL_VIDEODRIVER", "dummy"), SDL_TRUE);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(SDL_Init(SDL_INIT_VIDEO | SDL_INIT_TIMER), 0);
        SDL_Window *window = SDL_CreateWindow("t", 0, 0, 64, 64, 0);
        SDL_Renderer *renderer = SDL_CreateRenderer(window, -1, SDL_RENDERER_SOFTWARE);
        SDL_Texture *texture =
            SDL_CreateTexture(renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING, 64, 64);
        ck_assert_ptr_nonnull(texture);
        ck_assert_uint_gt(sdl_bytes(), 64 * 64 * 4);
        SDL_RenderCopy(renderer, texture, NULL, NULL);
        SDL_RenderPresent(renderer);
        SDL_DestroyTexture(texture);
        SDL_DestroyRenderer(renderer);
        SDL_DestroyWindow(window);
        SDL_Quit();
        SDL_SetHint("SDL_VIDEODRIVER", "dummy");
    }
    SDL_Quit(); /* hints go with it */
    ck_assert_int_eq(SDL_GetNumAllocations(), 0);
    ck_assert_uint_eq(sdl_bytes(), 0);
    uninstall();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sdl2 memory");
    TCase *memory = tcase_create("memory");
    tcase_add_checked_fixture(memory, open_allocator, close_allocator);
    tcase_add_test(memory, memory_of_sdl_is_charged_to_its_tag);
    tcase_add_test(memory, memory_can_have_a_tag_of_its_own_choosing);
    tcase_add_test(memory, memory_install_refuses_what_makes_no_sense);
    tcase_add_test(memory, memory_install_is_refused_once_sdl_is_initialised);
    tcase_add_test(memory, memory_install_is_refused_while_sdl_holds_memory);
    tcase_add_test(memory, memory_uninstall_is_refused_while_sdl_holds_memory);
    tcase_add_test(memory, memory_can_be_bound_again);
    tcase_add_test(memory, calloc_gives_zeros_and_refuses_products_that_overflow);
    tcase_add_test(memory, realloc_keeps_contents_and_zero_bytes_stay_a_block);
    tcase_add_test(memory, out_of_memory_is_null_and_nothing_is_lost);
    tcase_add_test(memory, threads_of_sdl_need_not_attach);
    tcase_add_test(memory, a_handler_that_calls_sdl_does_not_lock_up);
    tcase_add_test(memory, a_whole_session_of_sdl_leaves_nothing_behind);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
