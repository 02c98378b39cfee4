#include "mem.h"
#include <string.h>

void turn_begin(fa_context *ctx) { fa_frame_begin(ctx); }
void turn_end(fa_context *ctx) { fa_frame_end(ctx); }
void *turn_alloc(fa_context *ctx, size_t n) { return fa_frame_alloc(ctx, n, 16); }

char *label_for(fa_context *ctx, int id)
{
    return fa_frame_printf(ctx, "item %d", id);
}

Item *item_new(fa_context *ctx, int id, const char *label)
{
    Item *it = FA_POOL_NEW_ZEROED(ctx, Item);
    if (!it)
        return NULL;
    size_t n = strlen(label) + 1;
    it->label = fa_pool_alloc(ctx, n, 1);
    if (!it->label) {
        fa_pool_free(ctx, it);
        return NULL;
    }
    memcpy(it->label, label, n);
    it->id = id;
    return it;
}

void item_free(fa_context *ctx, Item *item)
{
    if (!item)
        return;
    fa_pool_free(ctx, item->label);
    fa_pool_free(ctx, item);
}

void bag_set(Bag *bag, Item *picked)
{
    bag->picked = picked;
}
