/* Corpses of other threads. */
#include <framealloc/framealloc.h>
#include <pthread.h>

typedef struct body { struct body *next; int kind; } body;
typedef struct grave { pthread_mutex_t lock; body *first; fa_context *ctx; bool stop; } grave;

static body *pop(grave *g)
{
    pthread_mutex_lock(&g->lock);
    body *b = g->first;
    if (b) {
        g->first = b->next;
    }
    pthread_mutex_unlock(&g->lock);
    return b;
}

static void *reap(void *arg)
{
    grave *g = arg;
    body *b;
    while ((b = pop(g)) != NULL) {
        fa_pool_free(g->ctx, b); // expect: FA204
    }
    return NULL;
}

static void *reap_some(void *arg)
{
    grave *g = arg;
    for (int left = 32; left > 0; left--) {
        body *b = pop(g);
        if (!b) {
            break;
        }
        fa_pool_free(g->ctx, b);
    }
    return NULL;
}

void start(grave *g)
{
    pthread_t a, b;
    pthread_create(&a, NULL, reap, g);
    pthread_create(&b, NULL, reap_some, g);
    pthread_join(a, NULL);
    pthread_join(b, NULL);
}
