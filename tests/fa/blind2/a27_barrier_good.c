/* Two barriers, three threads, each met by all of them. */
#include <framealloc/framealloc.h>
#include <threads.h>
enum { HANDS = 2 };
typedef struct team { fa_barrier *ready, *done; fa_context *ctx[HANDS + 1]; int rounds; } team;
typedef struct hand { team *team; int index; int work; } hand;
void chunk(int i);

static int work(void *p)
{
    hand *h = p;
    for (int i = 0; i < h->team->rounds; i++) {
        fa_barrier_wait(h->team->ready, h->team->ctx[h->index], FA_WAIT_FOREVER);
        chunk(h->index);
        fa_barrier_wait(h->team->done, h->team->ctx[h->index], FA_WAIT_FOREVER);
    }
    return 0;
}
int run(fa_allocator *m, team *t)
{
    thrd_t threads[HANDS];
    hand hands[HANDS];
    fa_barrier_create(m, HANDS + 1, &t->ready);
    fa_barrier_create(m, HANDS + 1, &t->done);
    for (int i = 0; i < HANDS; i++) {
        hands[i] = (hand){t, i + 1, 0};
        thrd_create(&threads[i], work, &hands[i]);
    }
    for (int i = 0; i < t->rounds; i++) {
        fa_barrier_wait(t->ready, t->ctx[0], FA_WAIT_FOREVER);
        chunk(0);
        fa_barrier_wait(t->done, t->ctx[0], FA_WAIT_FOREVER);
    }
    for (int i = 0; i < HANDS; i++)
        thrd_join(threads[i], NULL);
    fa_barrier_destroy(t->ready);
    fa_barrier_destroy(t->done);
    return 0;
}
