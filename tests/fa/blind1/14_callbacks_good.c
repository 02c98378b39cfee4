/* Callbacks that are called now, and ones that get what lasts. */
#include <framealloc/framealloc.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry { int key; const char *name; } entry;
typedef bool (*visit_fn)(const entry *e, void *user);
typedef struct table { entry entries[64]; int count; } table;

static int compare(const void *a, const void *b)
{
    const entry *const *x = a, *const *y = b;
    return (*x)->key - (*y)->key;
}

static void for_each(const table *t, visit_fn fn, void *user)
{
    for (int i = 0; i < t->count; i++) {
        if (!fn(&t->entries[i], user)) {
            break;
        }
    }
}

typedef struct gather { const entry **items; int count, room; } gather;
static bool add(const entry *e, void *user)
{
    gather *g = user;
    if (g->count == g->room) {
        return false;
    }
    g->items[g->count++] = e;
    return true;
}

const entry *smallest(fa_context *ctx, const table *t)
{
    const entry *result = NULL;
    fa_frame_begin(ctx);
    gather *g = FA_FRAME_NEW_ZEROED(ctx, gather);
    if (g) {
        g->room = 64;
        g->items = FA_FRAME_ARRAY(ctx, const entry *, 64);
        if (g->items) {
            for_each(t, add, g);
            qsort(g->items, (size_t)g->count, sizeof *g->items, compare);
            result = g->count ? g->items[0] : NULL;
        }
    }
    fa_frame_end(ctx);
    return result;
}

static void close_log(void *user)
{
    int *open = user;
    *open = 0;
}

/* The frame's own end calls: their argument may stand in the frame. */
void with_guard(fa_context *ctx)
{
    fa_frame_begin(ctx);
    int *open = FA_FRAME_NEW(ctx, int);
    if (open) {
        *open = 1;
        fa_frame_on_end(ctx, close_log, open);
    }
    fa_frame_end(ctx);
}

char *join(fa_context *ctx, const char *const *words, size_t count)
{
    size_t total = 1;
    for (size_t i = 0; i < count; i++) {
        total += strlen(words[i]);
    }
    char *text = fa_heap_alloc(ctx, total, 1);
    if (!text) {
        return NULL;
    }
    char *at = text;
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(words[i]);
        memcpy(at, words[i], n);
        at += n;
    }
    *at = '\0';
    return text;
}
