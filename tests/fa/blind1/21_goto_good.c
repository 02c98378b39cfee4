/* Ladders of goto, a retry loop and an escape out of nested loops. */
#include <framealloc/framealloc.h>
#include <stdio.h>

typedef struct level { char *tiles; int *doors; FILE *file; int w, h; } level;
bool parse(FILE *f, level *l);

int level_open(fa_context *ctx, level *l, const char *path)
{
    int error = -1;
    l->file = fopen(path, "rb");
    if (!l->file) {
        goto out;
    }
    l->tiles = fa_heap_alloc(ctx, 64 * 64, 1);
    if (!l->tiles) {
        goto close;
    }
    l->doors = fa_heap_alloc_zeroed(ctx, 64 * sizeof *l->doors, 4);
    if (!l->doors) {
        goto tiles;
    }
    if (!parse(l->file, l)) {
        error = -2;
        goto doors;
    }
    error = 0;
    goto close;
doors:
    fa_heap_free(ctx, l->doors);
    l->doors = NULL;
tiles:
    fa_heap_free(ctx, l->tiles);
    l->tiles = NULL;
close:
    fclose(l->file);
    l->file = NULL;
out:
    return error;
}

int level_check(fa_context *ctx, const level *l)
{
    int tries = 0, found = 0;
    char *work;
    if (fa_frame_begin(ctx) != FA_RESULT_OK) {
        return -1;
    }
again:
    work = fa_frame_copy(ctx, l->tiles, 64 * 64, 1);
    if (!work) {
        if (tries++ < 3) {
            goto again;
        }
        goto end;
    }
    for (int y = 0; y < l->h; y++) {
        for (int x = 0; x < l->w; x++) {
            if (work[y * 64 + x] == 'D') {
                found = 1;
                goto end;
            }
        }
    }
end:
    fa_frame_end(ctx);
    return found;
}

void level_close(fa_context *ctx, level *l)
{
    fa_heap_free(ctx, l->doors);
    fa_heap_free(ctx, l->tiles);
    *l = (level){0};
}
