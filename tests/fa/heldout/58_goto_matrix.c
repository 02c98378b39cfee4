#include "game.h"
int run(fa_context *ctx)
{
    int rc = -1;
    void *a, *b;
    if (fa_frame_begin(ctx) != FA_RESULT_OK) goto done;
    a = fa_pool_alloc(ctx, 16, 8);
    if (!a) goto end_frame;
    b = fa_heap_alloc(ctx, 16, 8);
    if (!b) goto free_a;
    rc = 0;
    fa_heap_free(ctx, b);
free_a:
    fa_pool_free(ctx, a);
end_frame:
    fa_frame_end(ctx);
done:
    return rc;
}
int wrong(fa_context *ctx)
{
    int rc = -1;
    if (fa_frame_begin(ctx) != FA_RESULT_OK) goto done;
    void *a = fa_frame_alloc(ctx, 16, 8);
    if (!a) goto done;
    rc = 0;
    fa_frame_end(ctx);
done:
    return rc; // expect: FA603
}
