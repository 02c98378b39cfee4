/* Objects lost in the usual ways. */
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct item { struct item *next; char *name; int n; } item;
typedef struct shop { fa_context *ctx; item *items; item *offer; } shop;
bool valid(const char *name);
int price(const item *i);

item *item_make(shop *s, const char *name)
{
    item *i = FA_POOL_NEW_ZEROED(s->ctx, item);
    char *copy = fa_heap_alloc(s->ctx, strlen(name) + 1, 1);
    if (!i || !copy) {
        fa_pool_free(s->ctx, i);
        fa_heap_free(s->ctx, copy);
        return NULL;
    }
    strcpy(copy, name);
    i->name = copy;
    return i;
}

bool shop_add(shop *s, const char *name)
{
    item *i = item_make(s, name);
    if (!i)
        return false;
    if (!valid(i->name)) {
        fa_pool_free(s->ctx, i);
        return false; // expect: FA608
    }
    i->next = s->items;
    s->items = i;
    return true;
}

int shop_quote(shop *s, const char *name)
{
    item *i = item_make(s, name);
    return i ? price(i) : 0; // expect: FA608
}

void shop_offer(shop *s)
{
    item *i = FA_POOL_NEW_ZEROED(s->ctx, item);
    i = FA_POOL_NEW_ZEROED(s->ctx, item); // expect: FA608
    s->offer = i;
}

int shop_sum(shop *s, int n)
{
    int *prices = fa_pool_alloc(s->ctx, 64 * sizeof *prices, 4);
    int sum = 0;
    if (!prices)
        return 0;
    for (item *i = s->items; i; i = i->next) {
        if (n-- <= 0)
            return sum; // expect: FA608
        prices[n & 63] = price(i);
        sum += prices[n & 63];
    }
    fa_pool_free(s->ctx, prices);
    return sum;
}

void shop_swap(shop *s)
{
    item *fresh = FA_POOL_NEW_ZEROED(s->ctx, item);
    if (!fresh)
        return;
    item *old = s->offer;
    s->offer = fresh;
    if (old)
        fa_pool_free(s->ctx, old);
}
