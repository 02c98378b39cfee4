/* A protocol's decoder: what it believes. */
#include <framealloc/framealloc.h>
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

typedef struct hello { uint16_t kind, names; uint32_t blob; } hello;
typedef struct conn { fa_context *ctx; int fd; char *names[16]; uint8_t *blob; size_t blob_bytes; } conn;

static int all(int fd, void *to, size_t n)
{
    char *at = to;
    while (n > 0) {
        ssize_t got = recv(fd, at, n, 0);
        if (got <= 0)
            return -1;
        at += got;
        n -= (size_t)got;
    }
    return 0;
}

bool conn_hello(conn *c)
{
    hello h;
    if (all(c->fd, &h, sizeof h) < 0)
        return false;
    size_t n = ntohl(h.blob);
    uint8_t *blob = fa_heap_alloc(c->ctx, n, 1); // expect: FA301
    if (!blob)
        return false;
    if (all(c->fd, blob, n) < 0)
        return false; // expect: FA608
    fa_heap_free(c->ctx, c->blob);
    c->blob = blob;
    c->blob_bytes = n;
    return true;
}

bool conn_hello_checked(conn *c)
{
    hello h;
    if (all(c->fd, &h, sizeof h) < 0)
        return false;
    size_t n = ntohl(h.blob);
    if (n == 0 || n > 1 << 20)
        return false;
    uint8_t *blob = fa_heap_alloc(c->ctx, n, 1);
    if (!blob)
        return false;
    if (all(c->fd, blob, n) < 0) {
        fa_heap_free(c->ctx, blob);
        return false;
    }
    fa_heap_free(c->ctx, c->blob);
    c->blob = blob;
    c->blob_bytes = n;
    return true;
}

int conn_names(conn *c)
{
    uint8_t length;
    int n = 0;
    while (n < 16 && recv(c->fd, &length, 1, 0) == 1) {
        char *name = fa_pool_alloc(c->ctx, (size_t)length + 1, 1);
        if (!name)
            break;
        if (all(c->fd, name, length) < 0) {
            fa_pool_free(c->ctx, name);
            break;
        }
        name[length] = 0;
        c->names[n++] = name;
    }
    return n;
}

void conn_log(conn *c)
{
    char buffer[128];
    for (;;) {
        ssize_t got = recv(c->fd, buffer, sizeof buffer, 0);
        if (got <= 0)
            return;
        char *copy = fa_frame_copy(c->ctx, buffer, (size_t)got, 1); // expect: FA301
        if (copy)
            copy[0] = 0;
    }
}
