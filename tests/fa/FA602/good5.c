#include "game.h"
/* marked and rewound in each round; one array before the loop; a scope that is a loop in disguise */
void pairs(fa_context *ctx, int n, fa_tag tag)
{
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, (size_t)n);
    for (int i = 0; i < n; i++) {
        fa_checkpoint mark = fa_frame_mark(ctx);
        enemy *tmp = FA_FRAME_NEW(ctx, enemy);
        if (tmp && all) {
            *tmp = all[i];
            use_enemy(tmp);
        }
        fa_frame_rewind(ctx, mark);
    }
    FA_TAG_SCOPE(ctx, tag)
    {
        use_enemy(FA_FRAME_NEW(ctx, enemy));
    }
}
