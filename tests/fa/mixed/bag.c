/* ownership through out parameters and containers */
#include <framealloc/framealloc.h>
#include <string.h>
typedef struct item { int id; char *label; } item;
typedef struct bag { item **items; size_t count, capacity; } bag;
bool item_make(fa_context *ctx, int id, item **out)
{
    item *it = FA_POOL_NEW_ZEROED(ctx, item);
    if (!it) return false;
    it->id = id;
    it->label = fa_heap_alloc(ctx, 32, 1);
    if (!it->label) {
        fa_pool_free(ctx, it);
        return false;
    }
    *out = it;
    return true;
}
void item_drop(fa_context *ctx, item *it)
{
    if (it) {
        fa_heap_free(ctx, it->label);
        fa_pool_free(ctx, it);
    }
}
bool bag_add(bag *b, fa_context *ctx, item *it)
{
    if (b->count == b->capacity) {
        size_t cap = b->capacity ? b->capacity * 2 : 8;
        item **grown = fa_heap_realloc(ctx, b->items, cap * sizeof *grown);
        if (!grown) return false;
        b->items = grown;
        b->capacity = cap;
    }
    b->items[b->count++] = it;
    return true;
}
int fill_ok(bag *b, fa_context *ctx, int n)
{
    for (int i = 0; i < n; i++) {
        item *it;
        if (!item_make(ctx, i, &it)) return i;
        if (!bag_add(b, ctx, it)) {
            item_drop(ctx, it);
            return i;
        }
    }
    return n;
}
int fill_bad(bag *b, fa_context *ctx, int n)
{
    for (int i = 0; i < n; i++) {
        item *it;
        if (!item_make(ctx, i, &it)) return i;
        if (!bag_add(b, ctx, it)) {
            return i; // expect: FA608
        }
    }
    return n;
}
void bag_clear(bag *b, fa_context *ctx)
{
    for (size_t i = 0; i < b->count; i++) item_drop(ctx, b->items[i]);
    fa_heap_free(ctx, b->items);
    memset(b, 0, sizeof *b);
}
void peek_bad(bag *b, fa_context *ctx)
{
    item *first = b->items[0];
    bag_clear(b, ctx);
    if (first->id > 3) // expect: FA607
        b->count = 0;
}
