#include "shop.h"
int shop_sell(shop *s, int id)
{
    offer *o = offer_find(s, id);
    if (!o) return -1;
    offer_remove(s, o);
    return o->price; // expect: FA607
}
int shop_show(shop *s, int id)
{
    int price = 0;
    if (!shop_begin(s)) return -1;
    offer *o = offer_find(s, id);
    offer *view = o ? offer_view(s, o) : NULL;
    if (!view) return -1; // expect: FA603
    price = view->price;
    shop_end(s);
    return price;
}
void shop_keep(shop *s, int id)
{
    if (!shop_begin(s)) return;
    offer *o = offer_find(s, id);
    if (o) s->shown = offer_view(s, o); // expect: FA601
    shop_end(s);
}
bool shop_stock(shop *s, int n)
{
    offer *first = NULL;
    for (int i = 0; i < n; i++) {
        offer *o = FA_GROUP_NEW(s->ctx, s->stock, offer);
        if (!o) {
            fa_group_free_all(s->ctx, s->stock);
            return false;
        }
        o->next = first;
        first = o;
    }
    if (first && first->price < 0) {
        fa_group_free(s->ctx, s->stock, first);
        fa_group_free_all(s->ctx, s->stock);
        return false;
    }
    return first != NULL;
}
