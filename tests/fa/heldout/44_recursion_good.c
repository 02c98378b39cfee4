#include "game.h"
typedef struct tree { struct tree *left, *right; int key; } tree;
static void tree_free(fa_context *ctx, tree *t)
{
    if (!t) return;
    tree_free(ctx, t->left);
    tree_free(ctx, t->right);
    fa_pool_free(ctx, t);
}
static tree *tree_insert(fa_context *ctx, tree *t, int key)
{
    if (!t) {
        tree *n = FA_POOL_NEW_ZEROED(ctx, tree);
        if (n) n->key = key;
        return n;
    }
    if (key < t->key) t->left = tree_insert(ctx, t->left, key);
    else t->right = tree_insert(ctx, t->right, key);
    return t;
}
void use(fa_context *ctx)
{
    tree *root = NULL;
    for (int i = 0; i < 10; i++) root = tree_insert(ctx, root, roll_dice());
    tree_free(ctx, root);
}
