#include "game.h"
#include <stdlib.h>
#define MIN(a, b) ((a) < (b) ? (a) : (b))
void run(fa_context *ctx, const char *text)
{
    size_t n = (size_t)atoi(text);
    char *a = fa_frame_alloc(ctx, MIN(n, 4096), 1);
    long m = strtol(text, NULL, 10);
    if (m < 0 || m >= 1000) return;
    char *b = fa_frame_alloc(ctx, (size_t)m + 1, 1);
    size_t k = strtoul(text, NULL, 10) % 512;
    char *c = fa_frame_alloc(ctx, k, 1);
    use_enemy((void *)(a ? a : b ? b : c));
}
