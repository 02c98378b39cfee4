/* A start line for racers; one does not come. */
#include <framealloc/framealloc.h>
#include <pthread.h>
enum { RACERS = 3 };
static fa_barrier *g_line;
static fa_context *g_ctx[RACERS + 1];
int race(int lane);
static void *racer(void *p)
{
    int lane = *(int *)p;
    fa_barrier_wait(g_line, g_ctx[lane], FA_WAIT_FOREVER);
    race(lane);
    return NULL;
}
int main(void)
{
    pthread_t threads[RACERS];
    int lanes[RACERS];
    fa_allocator *m = NULL;
    if (fa_allocator_create(NULL, &m) != FA_RESULT_OK || fa_barrier_create(m, RACERS + 1, &g_line) != FA_RESULT_OK) { // expect: FA202
        return 1;
    }
    for (int i = 0; i < RACERS; i++) {
        lanes[i] = i;
        pthread_create(&threads[i], NULL, racer, &lanes[i]);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(threads[i], NULL);
    }
    fa_barrier_destroy(g_line);
    fa_allocator_destroy(m);
    return 0;
}
