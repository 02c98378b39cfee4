// Lobby netcode.
#include <framealloc/framealloc.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#define BUDGET (&(fa_context_desc){.name = "net", .frame_budget_bytes = 1 << 20, .pool_budget_bytes = 1 << 20})
struct msg { struct msg *next; uint32_t len; uint8_t body[64]; };
struct lobby { fa_allocator *memory; fa_context *ctx; int fd; fa_transfer *ticket; };
struct inbox { pthread_mutex_t lock; struct msg *head; };
static struct inbox g_inbox = {PTHREAD_MUTEX_INITIALIZER, NULL};

static struct msg *inbox_pop(void)
{
    pthread_mutex_lock(&g_inbox.lock);
    struct msg *m = g_inbox.head;
    if (m)
        g_inbox.head = m->next;
    pthread_mutex_unlock(&g_inbox.lock);
    return m;
}

void inbox_post(struct lobby *l, const uint8_t *body, uint32_t len)
{
    struct msg *m = FA_POOL_NEW_ZEROED(l->ctx, struct msg);
    if (!m)
        return;
    m->len = len < 64 ? len : 64;
    memcpy(m->body, body, m->len);
    pthread_mutex_lock(&g_inbox.lock);
    m->next = g_inbox.head;
    g_inbox.head = m;
    pthread_mutex_unlock(&g_inbox.lock);
}

static void *drain_main(void *arg)
{
    struct lobby *l = arg;
    fa_context *ctx = NULL;
    struct msg *m;
    if (fa_context_attach(l->memory, BUDGET, &ctx) != FA_RESULT_OK)
        return NULL;
    while ((m = inbox_pop()) != NULL)
        fa_pool_free(ctx, m); // expect: FA204
    fa_context_detach(ctx);
    return NULL;
}

bool lobby_start(struct lobby *l, pthread_t *thread)
{
    return pthread_create(thread, NULL, drain_main, l) == 0;
}

int lobby_read(struct lobby *l)
{
    uint32_t len = 0;
    int got = 0;
    if (recv(l->fd, &len, sizeof len, MSG_WAITALL) != (ssize_t)sizeof len)
        return -1;
    len = ntohl(len);
    fa_frame_begin(l->ctx);
    uint8_t *buf = fa_frame_alloc(l->ctx, len, 16); // expect: FA301
    if (buf) {
        got = (int)recv(l->fd, buf, len, MSG_WAITALL);
        inbox_post(l, buf, len);
    }
    fa_frame_end(l->ctx);
    return got;
}

int lobby_hand_over(struct lobby *l, const uint8_t *state, size_t n)
{
    uint8_t *copy = fa_heap_alloc(l->ctx, n, 16);
    if (!copy)
        return -1;
    memcpy(copy, state, n);
    if (fa_transfer_send(l->ctx, copy, n, &l->ticket) != FA_RESULT_OK) {
        fa_heap_free(l->ctx, copy);
        return -2;
    }
    return copy[0]; // expect: FA607
}
