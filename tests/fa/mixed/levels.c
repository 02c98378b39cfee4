/* arena (level) and scratch */
#include <framealloc/framealloc.h>
#include <string.h>
typedef struct node { struct node *left, *right; int key; } node;
typedef struct level { fa_arena *arena; node *root; char *name; } level;
node *insert(fa_arena *a, node *n, int key)
{
    if (!n) {
        node *m = fa_arena_alloc(a, sizeof *m, FA_ALIGNOF(node));
        if (!m) return NULL;
        memset(m, 0, sizeof *m);
        m->key = key;
        return m;
    }
    if (key < n->key) n->left = insert(a, n->left, key);
    else n->right = insert(a, n->right, key);
    return n;
}
void level_load(level *l, const int *keys, int n)
{
    for (int i = 0; i < n; i++) l->root = insert(l->arena, l->root, keys[i]);
}
void level_unload(level *l)
{
    fa_arena_reset(l->arena);
    l->root = NULL;
}
int level_reload_bad(level *l, const int *keys, int n)
{
    node *mine = fa_arena_alloc(l->arena, sizeof *mine, FA_ALIGNOF(node));
    if (!mine) return -1;
    mine->key = keys[0];
    l->root = NULL;
    fa_arena_reset(l->arena);
    level_load(l, keys, n);
    return mine->key; // expect: FA606
}
int sum_scratch(fa_context *ctx, const int *v, int n)
{
    fa_checkpoint m = fa_frame_mark(ctx);
    int *tmp = FA_FRAME_ARRAY(ctx, int, (size_t)n);
    int s = 0;
    if (tmp) {
        memcpy(tmp, v, sizeof *tmp * (size_t)n);
        for (int i = 0; i < n; i++) s += tmp[i];
    }
    fa_frame_rewind(ctx, m);
    return s;
}
int *sorted_bad(fa_context *ctx, const int *v, int n)
{
    fa_checkpoint m = fa_frame_mark(ctx);
    int *tmp = FA_FRAME_ARRAY(ctx, int, (size_t)n);
    if (!tmp) { fa_frame_rewind(ctx, m); return NULL; }
    memcpy(tmp, v, sizeof *tmp * (size_t)n);
    fa_frame_rewind(ctx, m);
    return tmp; // expect: FA601
}
int first_bad(fa_context *ctx, const int *v, int n)
{
    int *keep = FA_FRAME_ARRAY(ctx, int, 4);
    fa_checkpoint m = fa_frame_mark(ctx);
    int *tmp = FA_FRAME_ARRAY(ctx, int, (size_t)n);
    if (!tmp || !keep) return 0;
    memcpy(tmp, v, sizeof *tmp * (size_t)n);
    fa_frame_rewind(ctx, m);
    keep[0] = 1;
    return keep[0] + tmp[0]; // expect: FA606
}
