#include "game.h"
/* load time: outside any frame, pool and heap objects are taken one by one */
void load(fa_context *ctx, enemy **out, int count)
{
    for (int i = 0; i < count; i++) {
        out[i] = FA_POOL_NEW(ctx, enemy);
    }
}
int main(void)
{
    fa_allocator *allocator = NULL;
    fa_context *ctx = NULL;
    enemy *all[32] = {0};
    if (fa_allocator_create(NULL, &allocator) || fa_context_attach(allocator, NULL, &ctx)) {
        return 1;
    }
    load(ctx, all, 32);
    for (int i = 0; i < 32; i++) {
        fa_pool_free(ctx, all[i]);
    }
    fa_context_detach(ctx);
    return 0;
}
