/* A machine whose state says what is held. */
#include <framealloc/framealloc.h>

typedef enum phase { IDLE, LOADING, READY, FAILED } phase;
typedef struct loader { fa_context *ctx; phase phase; char *buffer; size_t got, size; } loader;
int poll_bytes(char *to, size_t room);

void loader_start(loader *l, size_t size)
{
    if (l->phase != IDLE || size > 65536) {
        return;
    }
    l->buffer = fa_heap_alloc(l->ctx, size, 16);
    l->size = size;
    l->got = 0;
    l->phase = l->buffer ? LOADING : FAILED;
}

void loader_poll(loader *l)
{
    switch (l->phase) {
    case LOADING: {
        int n = poll_bytes(l->buffer + l->got, l->size - l->got);
        if (n < 0) {
            fa_heap_free(l->ctx, l->buffer);
            l->buffer = NULL;
            l->phase = FAILED;
            break;
        }
        l->got += (size_t)n;
        if (l->got == l->size) {
            l->phase = READY;
        }
        break;
    }
    case IDLE:
    case READY:
    case FAILED:
        break;
    }
}

char *loader_take(loader *l)
{
    char *result = NULL;
    if (l->phase == READY) {
        result = l->buffer;
        l->buffer = NULL;
        l->phase = IDLE;
    }
    return result;
}

void loader_stop(loader *l)
{
    if (l->phase == LOADING || l->phase == READY) {
        fa_heap_free(l->ctx, l->buffer);
        l->buffer = NULL;
    }
    l->phase = IDLE;
}

bool loader_all(loader *l, size_t size)
{
    bool opened = false, ok = false;
    loader_start(l, size);
    if (l->phase == LOADING) {
        opened = fa_frame_begin(l->ctx) == FA_RESULT_OK;
    }
    while (l->phase == LOADING) {
        loader_poll(l);
    }
    char *bytes = loader_take(l);
    if (bytes) {
        ok = bytes[0] == 'L';
        fa_heap_free(l->ctx, bytes);
    }
    if (opened) {
        fa_frame_end(l->ctx);
    }
    return ok;
}
