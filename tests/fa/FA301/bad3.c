#include "game.h"
#include <stdio.h>
/* a member of a header that was read, through a helper and a product */
typedef struct header {
    uint32_t magic, width, height;
} header;
static int read_header(FILE *file, header *h)
{
    return fread(h, sizeof *h, 1, file) == 1;
}
void load(fa_context *ctx, FILE *file)
{
    header h;
    if (!read_header(file, &h) || h.magic != 7) {
        return;
    }
    char *pixels = fa_heap_alloc(ctx, (size_t)h.width * h.height * 4, 16); // expect: FA301
    fa_heap_free(ctx, pixels);
}
