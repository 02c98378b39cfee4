#include "game.h"
#include <pthread.h>
/* its own objects */
static void *work(void *data)
{
    fa_context_desc desc = {.pool_budget_bytes = 4096};
    fa_context *ctx = NULL;
    fa_context_attach(data, &desc, &ctx);
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
