#include <framealloc/framealloc.h>
#include <string.h>

typedef struct node_s { int x, y, g, f; struct node_s *from; } node_t;
typedef struct path_s { int len; int *xy; } path_t;
typedef struct grid_s { int w, h; const unsigned char *cells; } grid_t;

/* result in the caller's frame, work in scratch */
static path_t *path_find(fa_context *ctx, const grid_t *g, int sx, int sy, int tx, int ty)
{
    path_t *result = NULL;
    fa_scratch tmp = fa_scratch_begin(ctx);
    size_t cells = (size_t)g->w * (size_t)g->h;
    node_t *nodes = FA_SCRATCH_ARRAY(&tmp, node_t, cells);
    node_t **open = FA_SCRATCH_ARRAY(&tmp, node_t *, cells);
    if (!nodes || !open)
        goto out;
    memset(nodes, 0, cells * sizeof *nodes);
    int n = 0;
    open[n++] = &nodes[sy * g->w + sx];
    node_t *hit = NULL;
    while (n > 0) {
        node_t *cur = open[--n];
        if (cur->x == tx && cur->y == ty) {
            hit = cur;
            break;
        }
        for (int d = 0; d < 4; d++) {
            int nx = cur->x + (d == 0) - (d == 1), ny = cur->y + (d == 2) - (d == 3);
            if (nx < 0 || ny < 0 || nx >= g->w || ny >= g->h || g->cells[ny * g->w + nx])
                continue;
            node_t *next = &nodes[ny * g->w + nx];
            if (next->from == NULL) {
                next->from = cur;
                next->x = nx;
                next->y = ny;
                open[n++] = next;
            }
        }
    }
    if (!hit)
        goto out;
    int len = 0;
    for (node_t *k = hit; k; k = k->from)
        len++;
    result = FA_FRAME_NEW(ctx, path_t);
    if (!result)
        goto out;
    result->len = len;
    result->xy = FA_FRAME_ARRAY(ctx, int, (size_t)len * 2);
    for (node_t *k = hit; result->xy && k; k = k->from) {
        len--;
        result->xy[len * 2] = k->x;
        result->xy[len * 2 + 1] = k->y;
    }
out:
    fa_scratch_end(&tmp);
    return result;
}

static int *path_keep(fa_context *ctx, const path_t *p)
{
    int *copy = fa_heap_alloc(ctx, (size_t)p->len * 2 * sizeof(int), 4);
    if (copy)
        memcpy(copy, p->xy, (size_t)p->len * 2 * sizeof(int));
    return copy;
}

int agent_plan(fa_context *ctx, const grid_t *g, int x, int y, int **kept)
{
    int len = 0;
    *kept = NULL;
    fa_frame_begin(ctx);
    path_t *p = path_find(ctx, g, x, y, g->w - 1, g->h - 1);
    if (p && p->xy) {
        *kept = path_keep(ctx, p);
        len = p->len;
    }
    fa_frame_end(ctx);
    return *kept ? len : 0;
}

int best_of(fa_context *ctx, const grid_t *g, const int *starts, int count)
{
    int best = -1;
    fa_frame_begin(ctx);
    for (int i = 0; i < count; i++) {
        FA_CHECKPOINT_SCOPE(ctx) {
            const path_t *p = path_find(ctx, g, starts[2 * i], starts[2 * i + 1], 0, 0);
            if (!p)
                continue;
            if (best < 0 || p->len < best)
                best = p->len;
        }
    }
    fa_frame_end(ctx);
    return best;
}
