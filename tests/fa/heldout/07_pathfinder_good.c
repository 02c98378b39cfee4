#include "game.h"
#include <string.h>
/* an A* with frame memory for its open list, the result copied to the caller's array */
typedef struct node { int x, y, cost; struct node *from; } node;
typedef struct heap { node **items; int count, capacity; } heap;
static void push(heap *h, node *n)
{
    if (h->count < h->capacity) {
        h->items[h->count++] = n;
    }
}
static node *pop(heap *h)
{
    return h->count > 0 ? h->items[--h->count] : NULL;
}
int find_path(fa_context *ctx, const uint8_t *grid, int w, int h, vec2 *out, int most)
{
    fa_checkpoint mark = fa_frame_mark(ctx);
    node *nodes = FA_FRAME_ARRAY(ctx, node, (size_t)w * (size_t)h);
    heap open = {.items = FA_FRAME_ARRAY(ctx, node *, (size_t)w * (size_t)h), .capacity = w * h};
    int length = 0;
    if (!nodes || !open.items) {
        goto out;
    }
    memset(nodes, 0, sizeof *nodes * (size_t)w * (size_t)h);
    push(&open, &nodes[0]);
    for (node *n; (n = pop(&open)) != NULL;) {
        if (grid[n->y * w + n->x]) {
            continue;
        }
        if (n->x == w - 1 && n->y == h - 1) {
            for (node *p = n; p && length < most; p = p->from) {
                out[length++] = (vec2){(float)p->x, (float)p->y};
            }
            break;
        }
        node *right = &nodes[n->y * w + (n->x + 1) % w];
        if (!right->from) {
            right->from = n;
            push(&open, right);
        }
    }
out:
    fa_frame_rewind(ctx, mark);
    return length;
}
