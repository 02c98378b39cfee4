/* retention */
#include "game.h"
#include <string.h>
typedef struct replay { fa_retained id; void *data; } replay;
void keep_ok(replay *r, fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW_ZEROED(ctx, enemy);
    if (e) r->id = fa_frame_retain(ctx, e, sizeof *e, FA_ALIGNOF(enemy), FA_RETAIN_POOL, NULL);
    fa_frame_end(ctx);
}
void keep_local_ok(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW_ZEROED(ctx, enemy);
    if (!e) { fa_frame_end(ctx); return; }
    fa_retained id = fa_frame_retain(ctx, e, sizeof *e, FA_ALIGNOF(enemy), FA_RETAIN_POOL, NULL);
    fa_frame_end(ctx);
    void *p = NULL;
    if (fa_retained_take(ctx, id, &p) == FA_RESULT_OK) fa_pool_free(ctx, p);
}
void keep_wrong_family(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW_ZEROED(ctx, enemy);
    if (!e) { fa_frame_end(ctx); return; }
    fa_retained id = fa_frame_retain(ctx, e, sizeof *e, FA_ALIGNOF(enemy), FA_RETAIN_HEAP, NULL);
    fa_frame_end(ctx);
    void *p = NULL;
    if (fa_retained_take(ctx, id, &p) == FA_RESULT_OK)
        fa_pool_free(ctx, p); // expect: FA604, FA607
}
void keep_discard(replay *r, fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW_ZEROED(ctx, enemy);
    if (e) {
        fa_frame_retain(ctx, e, sizeof *e, FA_ALIGNOF(enemy), FA_RETAIN_DISCARD, NULL);
        r->data = e; // expect: FA605
    }
    fa_frame_end(ctx);
}
void keep_never_taken(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW_ZEROED(ctx, enemy);
    if (e) {
        fa_retained id = fa_frame_retain(ctx, e, sizeof *e, FA_ALIGNOF(enemy), FA_RETAIN_POOL, NULL); // expect: FA604
        (void)id;
    }
    fa_frame_end(ctx);
}
void keep_but_use_old(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW_ZEROED(ctx, enemy);
    if (!e) { fa_frame_end(ctx); return; }
    fa_retained id = fa_frame_retain(ctx, e, sizeof *e, FA_ALIGNOF(enemy), FA_RETAIN_POOL, NULL);
    fa_frame_end(ctx);
    void *p = NULL;
    if (fa_retained_take(ctx, id, &p) == FA_RESULT_OK) {
        ((enemy *)p)->health = e->health; // expect: FA606
        fa_pool_free(ctx, p);
    }
}
