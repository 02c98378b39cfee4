#include "game.h"
/* no frame was ever begun on this context */
int main(void)
{
    fa_allocator *allocator = NULL;
    fa_context *ctx = NULL;
    if (fa_allocator_create(NULL, &allocator) != FA_RESULT_OK) {
        return 1;
    }
    fa_context_attach(allocator, NULL, &ctx);
    use_enemy(FA_FRAME_NEW(ctx, enemy)); // expect: FA603
    fa_context_detach(ctx);
    return 0;
}
