#include "game.h"
#include <pthread.h>
/* counted by a loop; the creator does not wait; the wait is in a helper */
enum { WORKERS = 4 };
typedef struct shared {
    fa_barrier *barrier;
} shared;
static void meet(shared *s)
{
    fa_barrier_wait(s->barrier, NULL, -1);
}
static void *work(void *data)
{
    meet(data);
    return NULL;
}
void run(fa_allocator *allocator)
{
    pthread_t threads[WORKERS];
    static shared s;
    fa_barrier_create(allocator, WORKERS + 1, &s.barrier); // expect: FA202
    for (int i = 0; i < WORKERS; i++) {
        pthread_create(&threads[i], NULL, work, &s);
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
}
