#include <framealloc/framealloc.h>
typedef struct offer { int id, price; struct offer *next; } offer;
typedef struct shop { fa_context *ctx; fa_context *ui; offer *offers; offer *shown; fa_group *stock; } shop;
offer *offer_find(shop *s, int id);
offer *offer_view(shop *s, const offer *o);
bool shop_begin(shop *s);
void shop_end(shop *s);
void offer_remove(shop *s, offer *o);
