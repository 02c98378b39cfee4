#include "game.h"
#include <stdlib.h>
/* clamped, masked, or one byte */
static size_t clamp(size_t n, size_t most)
{
    return n < most ? n : most;
}
void load(fa_context *ctx, const char *text)
{
    size_t n = strtoul(text, NULL, 10);
    void *a = fa_frame_alloc(ctx, clamp(n, 1024), 1);
    void *b = fa_frame_alloc(ctx, strtoul(text, NULL, 10) & 0xff, 1);
    void *c = fa_frame_alloc(ctx, (size_t)(unsigned char)text[0] + 1, 1);
    use_enemy(a ? a : b ? b : c);
}
