#include "game.h"
/* another context's frame ends */
void update(fa_context *a, fa_context *b)
{
    fa_frame_begin(a);
    enemy *e = FA_FRAME_NEW(a, enemy);
    fa_frame_begin(b);
    use_enemy(FA_FRAME_NEW(b, enemy));
    fa_frame_end(b);
    use_enemy(e);
    fa_frame_end(a);
}
