// Server snapshots: a ring of heap copies, packets checked before they size anything.
#include <framealloc/framealloc.h>
#include <string.h>
#include <sys/socket.h>

#define RING 16
#define PACKET_MAX 1400
struct snap { uint32_t tick; uint32_t bytes; uint8_t *data; };
struct server { fa_context *ctx; int fd; struct snap ring[RING]; fa_transfer *outbox; uint32_t tick; };
struct header { uint32_t tick, bytes; };

static void snap_drop(struct server *s, struct snap *n)
{
    fa_heap_free(s->ctx, n->data);
    *n = (struct snap){0};
}

static bool snap_store(struct server *s, uint32_t tick, const uint8_t *src, uint32_t bytes)
{
    struct snap *n = &s->ring[tick % RING];
    snap_drop(s, n);
    n->data = fa_heap_alloc(s->ctx, bytes, 16);
    if (!n->data)
        return false;
    memcpy(n->data, src, bytes);
    n->tick = tick;
    n->bytes = bytes;
    return true;
}

static uint8_t *delta(fa_context *ctx, const struct snap *a, const struct snap *b, uint32_t *len)
{
    uint32_t n = a->bytes < b->bytes ? a->bytes : b->bytes;
    uint8_t *d = fa_frame_alloc(ctx, n, 1);
    *len = 0;
    if (!d)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        d[i] = a->data[i] ^ b->data[i];
    *len = n;
    return d;
}

int server_receive(struct server *s)
{
    struct header h;
    if (recv(s->fd, &h, sizeof h, 0) != (ssize_t)sizeof h)
        return -1;
    if (h.bytes == 0 || h.bytes > PACKET_MAX)
        return -2;
    fa_frame_begin(s->ctx);
    int rc = -3;
    uint8_t *buf = fa_frame_alloc(s->ctx, h.bytes, 1);
    if (buf && recv(s->fd, buf, h.bytes, 0) == (ssize_t)h.bytes)
        rc = snap_store(s, h.tick, buf, h.bytes) ? 0 : -4;
    fa_frame_end(s->ctx);
    return rc;
}

void server_send(struct server *s)
{
    uint32_t len;
    fa_frame_begin(s->ctx);
    const struct snap *now = &s->ring[s->tick % RING], *old = &s->ring[(s->tick + RING - 1) % RING];
    uint8_t *d = delta(s->ctx, old, now, &len);
    if (d != NULL)
        send(s->fd, d, len, 0);
    fa_frame_end(s->ctx);
    s->tick++;
}

/* The replay thread gets the bytes by a ticket; the frame may end before it receives. */
bool server_to_replay(struct server *s)
{
    bool ok = false;
    fa_frame_begin(s->ctx);
    const struct snap *now = &s->ring[s->tick % RING];
    uint8_t *copy = fa_frame_copy(s->ctx, now->data, now->bytes, 16);
    if (copy)
        ok = fa_transfer_send(s->ctx, copy, now->bytes, &s->outbox) == FA_RESULT_OK;
    fa_frame_end(s->ctx);
    return ok;
}

void server_close(struct server *s)
{
    for (int i = 0; i < RING; i++)
        snap_drop(s, &s->ring[i]);
}
