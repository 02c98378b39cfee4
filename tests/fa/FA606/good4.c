#include "game.h"
/* what lay before the mark is not rewound; the pointer is taken anew in each round */
void update(fa_context *ctx, int n)
{
    fa_frame_begin(ctx);
    enemy *keep = FA_FRAME_NEW(ctx, enemy);
    enemy *tmp = NULL;
    for (int i = 0; i < n; i++) {
        fa_checkpoint mark = fa_frame_mark(ctx);
        tmp = FA_FRAME_NEW(ctx, enemy);
        use_enemy(tmp);
        fa_frame_rewind(ctx, mark);
        tmp = NULL;
    }
    use_enemy(keep);
    use_enemy(tmp);
    fa_frame_end(ctx);
}
