#include "game.h"
#include <stdlib.h>
#include <string.h>
/* draw order: sorted copies, a strbuf in heap memory that grows */
typedef struct strbuf { fa_context *ctx; char *bytes; size_t length, capacity; } strbuf;
static bool strbuf_grow(strbuf *b, size_t need)
{
    if (need <= b->capacity) {
        return true;
    }
    size_t capacity = b->capacity ? b->capacity * 2 : 64;
    while (capacity < need) {
        capacity *= 2;
    }
    char *bytes = fa_heap_realloc(b->ctx, b->bytes, capacity);
    if (!bytes) {
        return false;
    }
    b->bytes = bytes;
    b->capacity = capacity;
    return true;
}
void strbuf_add(strbuf *b, const char *s)
{
    size_t n = strlen(s);
    if (strbuf_grow(b, b->length + n + 1)) {
        memcpy(b->bytes + b->length, s, n + 1);
        b->length += n;
    }
}
void strbuf_done(strbuf *b)
{
    fa_heap_free(b->ctx, b->bytes);
    *b = (strbuf){0};
}
static int by_depth(const void *a, const void *b)
{
    const enemy *const *x = a, *const *y = b;
    return (*x)->health - (*y)->health;
}
void draw(fa_context *ctx, const enemy *all, int n)
{
    strbuf log = {.ctx = ctx};
    fa_frame_begin(ctx);
    const enemy **order = FA_FRAME_ARRAY(ctx, const enemy *, (size_t)n);
    if (order) {
        for (int i = 0; i < n; i++) {
            order[i] = &all[i];
        }
        qsort(order, (size_t)n, sizeof *order, by_depth);
        for (int i = 0; i < n; i++) {
            use_enemy(order[i]);
            strbuf_add(&log, "drawn\n");
        }
    }
    fa_frame_end(ctx);
    strbuf_done(&log);
}
