#include "game.h"
#include <pthread.h>
#include <stdatomic.h>
typedef struct queue { _Atomic int head, tail; enemy *slots[256]; } queue;
enemy *queue_pop(queue *q);
bool queue_empty(queue *q);
typedef struct reaper { queue *q; fa_context *ctx; atomic_bool stop; fa_barrier *bar; } reaper;
static void *reap(void *p)
{
    reaper *r = p;
    fa_budget_set_context(r->ctx, FA_NO_LIMIT, 1 << 20);
    while (!atomic_load(&r->stop)) {
        enemy *e = queue_pop(r->q);
        if (e) fa_pool_free(r->ctx, e); // expect: FA204
    }
    return NULL;
}
static void *reap_drain(void *p)
{
    reaper *r = p;
    enemy *e;
    while ((e = queue_pop(r->q)) != NULL) fa_pool_free(r->ctx, e); // expect: FA204
    return NULL;
}
static void *reap_bounded(void *p)
{
    reaper *r = p;
    for (int i = 0; i < 64; i++) {
        enemy *e = queue_pop(r->q);
        if (!e) break;
        fa_pool_free(r->ctx, e);
    }
    return NULL;
}
static void *reap_paced(void *p)
{
    reaper *r = p;
    while (!atomic_load(&r->stop)) {
        enemy *e = queue_pop(r->q);
        if (e) fa_pool_free(r->ctx, e);
        fa_barrier_wait(r->bar, r->ctx, -1);
    }
    return NULL;
}
void start(reaper *r)
{
    pthread_t t[4];
    pthread_create(&t[0], NULL, reap, r);
    pthread_create(&t[1], NULL, reap_drain, r);
    pthread_create(&t[2], NULL, reap_bounded, r);
    pthread_create(&t[3], NULL, reap_paced, r);
    for (int i = 0; i < 4; i++) pthread_join(t[i], NULL);
}
