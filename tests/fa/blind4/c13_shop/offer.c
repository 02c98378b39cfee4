#include "shop.h"
offer *offer_find(shop *s, int id)
{
    offer *o = s->offers;
    while (o && o->id != id) o = o->next;
    return o;
}
offer *offer_view(shop *s, const offer *o) { return fa_frame_copy(s->ui, o, sizeof *o, 8); }
void offer_remove(shop *s, offer *o)
{
    for (offer **at = &s->offers; *at; at = &(*at)->next)
        if (*at == o) {
            *at = o->next;
            break;
        }
    fa_pool_free(s->ctx, o);
}
bool shop_begin(shop *s) { return fa_frame_begin(s->ui) == FA_RESULT_OK; }
void shop_end(shop *s) { fa_frame_end(s->ui); }
