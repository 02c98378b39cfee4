/* A frame barrier with three seats and two that come; another that is right. */
#include <framealloc/framealloc.h>
#include <pthread.h>

typedef struct crew { fa_barrier *start, *end; fa_context *contexts[3]; } crew;
static crew g_crew;

static void *physics(void *arg)
{
    (void)arg;
    for (int i = 0; i < 60; i++) {
        fa_barrier_wait(g_crew.start, g_crew.contexts[1], FA_WAIT_FOREVER);
        fa_barrier_wait(g_crew.end, g_crew.contexts[1], FA_WAIT_FOREVER);
    }
    return NULL;
}

int run(fa_allocator *memory)
{
    pthread_t thread;
    if (fa_barrier_create(memory, 2, &g_crew.start) != FA_RESULT_OK ||
        fa_barrier_create(memory, 3, &g_crew.end) != FA_RESULT_OK) { // expect: FA202
        return 1;
    }
    if (pthread_create(&thread, NULL, physics, NULL) != 0) {
        return 1;
    }
    for (int i = 0; i < 60; i++) {
        fa_barrier_wait(g_crew.start, g_crew.contexts[0], FA_WAIT_FOREVER);
        fa_barrier_wait(g_crew.end, g_crew.contexts[0], FA_WAIT_FOREVER);
    }
    pthread_join(thread, NULL);
    fa_barrier_destroy(g_crew.start);
    fa_barrier_destroy(g_crew.end);
    return 0;
}
