#include "game.h"
/* the path is returned as a pointer into what was rewound */
typedef struct node { int x, y; struct node *from; } node;
typedef struct path { node *end; int length; } path;
path find_path(fa_context *ctx, int n)
{
    path result = {0};
    fa_checkpoint mark = fa_frame_mark(ctx);
    node *nodes = FA_FRAME_ARRAY(ctx, node, (size_t)n);
    for (int i = 1; nodes && i < n; i++) {
        nodes[i].from = &nodes[i - 1];
        result.end = &nodes[i];
        result.length++;
    }
    fa_frame_rewind(ctx, mark);
    return result; // expect: FA601
}
int walk(fa_context *ctx)
{
    int sum = 0;
    fa_checkpoint mark = fa_frame_mark(ctx);
    node *a = FA_FRAME_NEW(ctx, node), **pp = &a;
    fa_frame_rewind(ctx, mark);
    sum += (*pp)->x; // expect: FA606
    return sum;
}
