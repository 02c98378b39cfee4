/* Threads that allocate: with a budget in the desc, with one set, and with none. */
#include <framealloc/framealloc.h>
#include <SDL2/SDL.h>
#include <pthread.h>

static fa_allocator *g_memory;
void work_on(void *p);

static void *limited(void *arg)
{
    fa_context *ctx = NULL;
    if (fa_context_attach(g_memory, &(fa_context_desc){.pool_budget_bytes = 1 << 20}, &ctx) != FA_RESULT_OK) {
        return arg;
    }
    int *p = FA_POOL_NEW(ctx, int);
    work_on(p);
    fa_pool_free(ctx, p);
    fa_context_detach(ctx);
    return NULL;
}

static void *set_later(void *arg)
{
    fa_context *ctx = fa_context_current(g_memory);
    fa_context_budget_set(ctx, &(fa_context_budget){.pool = {.hard_bytes = 65536}});
    int *p = FA_POOL_NEW(ctx, int);
    work_on(p);
    fa_pool_free(ctx, p);
    return arg;
}

static int *grab(fa_context *ctx) { return fa_heap_alloc(ctx, 4096, 16); }

static int greedy(void *arg)
{
    fa_context *ctx = fa_context_current(g_memory);
    (void)arg;
    int *p = grab(ctx);
    work_on(p);
    fa_heap_free(ctx, p);
    return 0;
}

static void *idle(void *arg)
{
    work_on(arg);
    return NULL;
}

void start(void)
{
    pthread_t a, b, c;
    pthread_create(&a, NULL, limited, NULL);
    pthread_create(&b, NULL, set_later, NULL);
    pthread_create(&c, NULL, idle, NULL);
    SDL_Thread *t = SDL_CreateThread(greedy, "greedy", NULL); // expect: FA203
    SDL_WaitThread(t, NULL);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    pthread_join(c, NULL);
}
