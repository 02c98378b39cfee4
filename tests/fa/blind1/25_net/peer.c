#include "net.h"
#include <sys/socket.h>
void peer_begin(peer *p) { fa_frame_begin(p->ctx); }
void peer_end(peer *p) { fa_frame_end(p->ctx); }

bool packet_deliver(peer *p, packet *k)
{
    if (k->length == 0) {
        packet_free(p, k);
        return false;
    }
    k->next = p->queue;
    p->queue = k;
    return true;
}

void peer_receive(peer *p)
{
    uint32_t length = 0;
    if (recv(p->sock, &length, sizeof length, 0) != sizeof length) {
        return;
    }
    packet *k = packet_make(p, length);
    if (!k) {
        return;
    }
    if (recv(p->sock, k->bytes, k->length, 0) < 0) {
        return; // expect: FA608
    }
    if (!packet_deliver(p, k)) {
        packet_free(p, k); // expect: FA607
    }
}

void peer_raw(peer *p)
{
    uint32_t length = 0;
    if (recv(p->sock, &length, sizeof length, 0) != sizeof length) {
        return;
    }
    uint8_t *all = fa_heap_alloc(p->ctx, length, 1); // expect: FA301
    if (all) {
        recv(p->sock, all, length, 0);
        fa_heap_free(p->ctx, all);
    }
}

void peer_round(peer *p)
{
    peer_begin(p);
    if (p->queue) {
        p->current = packet_temp(p, p->queue); // expect: FA601
    }
    peer_end(p);
}

uint32_t peer_peek(peer *p)
{
    uint32_t n = 0;
    peer_begin(p);
    if (p->queue) {
        packet *t = packet_temp(p, p->queue);
        n = t ? t->length : 0;
    }
    peer_end(p);
    return n;
}
