/* A tile editor: brushes, flood fill in scratch, a clipboard that owns its cells. */
#include <framealloc/framealloc.h>
#include <string.h>
typedef struct map { int w, h; unsigned char *cells; } map;
typedef struct clip { int w, h; unsigned char *cells; } clip;
typedef struct editor { fa_context *ctx; map map; clip clip; } editor;

int flood(editor *e, int x, int y, unsigned char with)
{
    int filled = 0;
    FA_SCRATCH_SCOPE(e->ctx, tmp)
    {
        int room = e->map.w * e->map.h;
        int *stack = FA_SCRATCH_ARRAY(&tmp, int, (size_t)room);
        if (!stack) return -1;
        int n = 0;
        unsigned char from = e->map.cells[y * e->map.w + x];
        if (from == with) break;
        stack[n++] = y * e->map.w + x;
        while (n > 0) {
            int at = stack[--n];
            if (e->map.cells[at] != from) continue;
            e->map.cells[at] = with;
            filled++;
            if (at % e->map.w > 0 && n < room) stack[n++] = at - 1;
            if (at % e->map.w < e->map.w - 1 && n < room) stack[n++] = at + 1;
        }
    }
    return filled;
}
bool copy(editor *e, int x, int y, int w, int h)
{
    unsigned char *cells = fa_heap_alloc(e->ctx, (size_t)(w * h), 1);
    if (!cells) return false;
    for (int i = 0; i < h; i++) memcpy(cells + i * w, e->map.cells + (y + i) * e->map.w + x, (size_t)w);
    if (e->clip.cells) fa_heap_free(e->ctx, e->clip.cells);
    e->clip = (clip){w, h, cells};
    return true;
}
bool resize(editor *e, int w, int h)
{
    map fresh = {w, h, fa_heap_alloc_zeroed(e->ctx, (size_t)w * (size_t)h, 1)};
    if (!fresh.cells) return false;
    for (int y = 0; y < h && y < e->map.h; y++)
        memcpy(fresh.cells + y * w, e->map.cells + y * e->map.w, (size_t)(w < e->map.w ? w : e->map.w));
    map old = e->map;
    e->map = fresh;
    fa_heap_free(e->ctx, old.cells);
    return true;
}
char *export_line(editor *e, fa_arena *out, int y)
{
    char *line = FA_ARENA_ARRAY(out, char, (size_t)e->map.w + 1);
    if (line) {
        for (int x = 0; x < e->map.w; x++) line[x] = (char)('a' + e->map.cells[y * e->map.w + x] % 26);
        line[e->map.w] = 0;
    }
    return line;
}
