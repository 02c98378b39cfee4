#include "net.h"
packet *packet_make(peer *p, uint32_t length)
{
    packet *k = FA_POOL_NEW_ZEROED(p->ctx, packet);
    if (!k) {
        return NULL;
    }
    k->bytes = fa_heap_alloc(p->ctx, 1500, 1);
    if (!k->bytes) {
        fa_pool_free(p->ctx, k);
        return NULL;
    }
    k->length = length < 1500 ? length : 1500;
    return k;
}
void packet_free(peer *p, packet *k)
{
    if (k) {
        fa_heap_free(p->ctx, k->bytes);
        fa_pool_free(p->ctx, k);
    }
}
packet *packet_temp(peer *p, const packet *of)
{
    packet *copy = FA_FRAME_NEW(p->ctx, packet);
    if (copy) {
        *copy = *of;
    }
    return copy;
}
