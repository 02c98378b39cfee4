#include "game.h"
/* the function is chosen from a table */
static void job_a(void *data)
{
    vec2 *points = FA_FRAME_ARRAY((fa_context *)data, vec2, 32); // expect: FA701
    points[0].x = 1;
}
static void job_b(void *data)
{
    (void)data;
}
void start(fa_context *ctx)
{
    job_start(roll_dice() ? job_a : job_b, ctx);
}
