/* transfer */
#include "game.h"
#include <pthread.h>
typedef struct mailbox { pthread_mutex_t lock; fa_transfer *slot; } mailbox;
void post_ok(mailbox *m, fa_context *ctx)
{
    enemy *e = FA_POOL_NEW_ZEROED(ctx, enemy);
    if (!e) return;
    fa_transfer *t = NULL;
    if (fa_transfer_send(ctx, e, sizeof *e, &t) != FA_RESULT_OK) {
        fa_pool_free(ctx, e);
        return;
    }
    pthread_mutex_lock(&m->lock);
    m->slot = t;
    pthread_mutex_unlock(&m->lock);
}
void post_then_use(mailbox *m, fa_context *ctx)
{
    enemy *e = FA_POOL_NEW_ZEROED(ctx, enemy);
    if (!e) return;
    fa_transfer *t = NULL;
    if (fa_transfer_send(ctx, e, sizeof *e, &t) == FA_RESULT_OK) {
        m->slot = t;
        e->health = 3; // expect: FA607
    } else {
        fa_pool_free(ctx, e);
    }
}
void post_then_free(mailbox *m, fa_context *ctx)
{
    enemy *e = FA_POOL_NEW_ZEROED(ctx, enemy);
    if (!e) return;
    if (fa_transfer_send(ctx, e, sizeof *e, &m->slot) == FA_RESULT_OK) {
        fa_pool_free(ctx, e); // expect: FA607
    } else {
        fa_pool_free(ctx, e);
    }
}
void take_ok(mailbox *m, fa_context *ctx)
{
    void *p = NULL;
    pthread_mutex_lock(&m->lock);
    fa_transfer *t = m->slot;
    m->slot = NULL;
    pthread_mutex_unlock(&m->lock);
    if (t && fa_transfer_receive(ctx, t, &p) == FA_RESULT_OK) {
        use_enemy(p);
        fa_pool_free(ctx, p);
    }
}
