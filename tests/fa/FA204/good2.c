#include "game.h"
#include <pthread.h>
/* its own objects */
static void *work(void *data)
{
    fa_context *ctx = NULL;
    fa_context_attach(data, NULL, &ctx);
    fa_budget_set_context(ctx, 4096, 8192);
    while (is_ready()) {
        enemy *e = FA_POOL_NEW(ctx, enemy);
        use_enemy(e);
        fa_pool_free(ctx, e);
    }
    fa_context_detach(ctx);
    return NULL;
}
void start(fa_allocator *allocator)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, allocator);
    pthread_join(thread, NULL);
}
