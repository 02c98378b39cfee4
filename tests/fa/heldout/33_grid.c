#include "game.h"
/* nested loops over a map: one allocation per cell; a row buffer per row is rewound */
void build(fa_context *ctx, int w, int h)
{
    fa_frame_begin(ctx);
    for (int y = 0; y < h; y++) {
        fa_checkpoint row = fa_frame_mark(ctx);
        int *heights = FA_FRAME_ARRAY(ctx, int, (size_t)w);
        for (int x = 0; heights && x < w; x++) {
            vec2 *corner = FA_FRAME_ARRAY(ctx, vec2, 4); // expect: FA602
            if (corner) {
                heights[x] = (int)corner[0].x;
            }
        }
        fa_frame_rewind(ctx, row);
    }
    fa_frame_end(ctx);
}
