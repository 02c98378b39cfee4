#include "game.h"
/* two contexts overlap */
void both(fa_context *a, fa_context *b)
{
    fa_frame_begin(a);
    fa_frame_begin(b);
    use_enemy(FA_FRAME_NEW(a, enemy));
    use_enemy(FA_FRAME_NEW(b, enemy));
    fa_frame_end(a);
    use_enemy(FA_FRAME_NEW(b, enemy));
    fa_frame_end(b);
}
