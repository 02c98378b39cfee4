/* Who owns what: queues, caches, reference counts, replaced buffers. */
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct texture { int refs; uint32_t id; char *pixels; } texture;
typedef struct cache { fa_context *ctx; texture *slots[32]; } cache;

static texture *texture_new(cache *c, uint32_t id)
{
    texture *t = FA_POOL_NEW_ZEROED(c->ctx, texture);
    if (!t) {
        return NULL;
    }
    t->pixels = fa_heap_alloc(c->ctx, 4096, 16);
    if (!t->pixels) {
        fa_pool_free(c->ctx, t);
        return NULL;
    }
    t->refs = 1;
    t->id = id;
    return t;
}

void texture_release(cache *c, texture *t)
{
    if (t && --t->refs == 0) {
        c->slots[t->id % 32] = NULL;
        fa_heap_free(c->ctx, t->pixels);
        fa_pool_free(c->ctx, t);
    }
}

texture *texture_get(cache *c, uint32_t id)
{
    texture **slot = &c->slots[id % 32];
    if (*slot && (*slot)->id == id) {
        (*slot)->refs++;
        return *slot;
    }
    texture *fresh = texture_new(c, id);
    if (fresh) {
        *slot = fresh;
    }
    return fresh;
}

bool texture_resize(cache *c, texture *t, size_t bytes)
{
    char *bigger = fa_heap_realloc(c->ctx, t->pixels, bytes);
    if (!bigger) {
        return false;
    }
    t->pixels = bigger;
    return true;
}

bool texture_replace(cache *c, texture *t, const char *from, size_t bytes)
{
    char *pixels = fa_heap_alloc(c->ctx, bytes, 16);
    if (!pixels) {
        return false;
    }
    memcpy(pixels, from, bytes);
    char *old = t->pixels;
    t->pixels = pixels;
    fa_heap_free(c->ctx, old);
    return true;
}

int texture_both(cache *c)
{
    texture *a = texture_get(c, 1), *b = NULL;
    int n = 0;
    if (a) {
        b = texture_get(c, 2);
        if (b) {
            n = a->refs + b->refs;
        }
    }
    texture_release(c, b);
    texture_release(c, a);
    return n;
}

typedef struct event { struct event *next; int kind; } event;
typedef struct events { event *head, **tail; } events;
bool events_push(fa_context *ctx, events *q, int kind)
{
    event *e = FA_POOL_NEW(ctx, event);
    if (!e) {
        return false;
    }
    *e = (event){NULL, kind};
    *q->tail = e;
    q->tail = &e->next;
    return true;
}
int events_pop(fa_context *ctx, events *q)
{
    event *e = q->head;
    if (!e) {
        return -1;
    }
    if ((q->head = e->next) == NULL) {
        q->tail = &q->head;
    }
    int kind = e->kind;
    fa_pool_free(ctx, e);
    return kind;
}
