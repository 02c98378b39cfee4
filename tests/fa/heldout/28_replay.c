#include "game.h"
/* replays: frames retained, by policy */
typedef struct replay { fa_retained ids[64]; int count; } replay;
void replay_keep(fa_context *ctx, replay *r)
{
    fa_frame_begin(ctx);
    enemy *snapshot = FA_FRAME_ARRAY(ctx, enemy, 32);
    if (snapshot && r->count < 64) {
        r->ids[r->count++] = fa_frame_retain(ctx, snapshot, 32 * sizeof *snapshot, 8, FA_RETAIN_HEAP, NULL);
    }
    fa_frame_end(ctx);
}
void replay_play(fa_context *ctx, replay *r)
{
    void *p = NULL;
    for (int i = 0; i < r->count; i++) {
        if (fa_retained_take(ctx, r->ids[i], &p) == FA_RESULT_OK) {
            use_enemy(p);
            fa_heap_free(ctx, p);
        }
    }
    r->count = 0;
}
void replay_peek(fa_context *ctx)
{
    enemy stack_copy = {0};
    static enemy *last;
    fa_frame_begin(ctx);
    enemy *now = FA_FRAME_NEW(ctx, enemy);
    if (now) {
        stack_copy = *now;
        fa_frame_retain(ctx, now, sizeof *now, 8, FA_RETAIN_DISCARD, NULL);
        last = now; // expect: FA605
    }
    fa_frame_end(ctx);
    use_enemy(&stack_copy);
}
