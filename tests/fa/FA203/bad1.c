#include "game.h"
#include <pthread.h>
static fa_allocator *g_allocator;
static void *work(void *data)
{
    fa_context *ctx = NULL;
    fa_context_attach(g_allocator, NULL, &ctx);
    enemy *e = FA_POOL_NEW(ctx, enemy);
    use_enemy(data);
    fa_pool_free(ctx, e);
    fa_context_detach(ctx);
    return NULL;
}
void start(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL); // expect: FA203
    pthread_join(thread, NULL);
}
