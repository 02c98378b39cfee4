#pragma once
#include <framealloc/framealloc.h>
typedef struct Item { int id; struct Item *next; char *label; } Item;
typedef struct Bag { fa_context *ctx; Item *first; Item *picked; } Bag;
FA_BEGINS_FRAME void turn_begin(fa_context *ctx);
FA_ENDS_FRAME void turn_end(fa_context *ctx);
FA_RETURNS_FRAME void *turn_alloc(fa_context *ctx, size_t n);
Item *item_new(fa_context *ctx, int id, const char *label);
void item_free(fa_context *ctx, Item *item);
void bag_set(Bag *bag, Item *picked);
char *label_for(fa_context *ctx, int id);
