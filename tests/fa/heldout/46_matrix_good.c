#include "game.h"
void run(fa_context *ctx, int w, int h)
{
    fa_frame_begin(ctx);
    float (*grid)[8] = fa_frame_alloc(ctx, sizeof(float) * 8 * (size_t)h, 16);
    float **rows = FA_FRAME_ARRAY(ctx, float *, (size_t)h);
    if (grid && rows) {
        for (int y = 0; y < h; y++) {
            rows[y] = grid[y];
            for (int x = 0; x < w && x < 8; x++) rows[y][x] = 0;
        }
    }
    fa_frame_end(ctx);
}
