#include "game.h"
typedef struct tree { struct tree *left, *right; int key; } tree;
static int sum(const tree *t) { return t ? t->key + sum(t->left) + sum(t->right) : 0; }
static tree *build(fa_context *ctx, int depth)
{
    tree *t = depth > 0 ? FA_FRAME_NEW(ctx, tree) : NULL;
    if (t) { t->left = build(ctx, depth - 1); t->right = NULL; t->key = depth; }
    return t;
}
int run(fa_context *ctx)
{
    fa_frame_begin(ctx);
    tree *t = build(ctx, 5);
    fa_frame_end(ctx);
    return sum(t); // expect: FA606
}
