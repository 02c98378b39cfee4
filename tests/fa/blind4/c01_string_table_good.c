/* Interned strings: a hash of pool nodes, text in the heap, look-ups in the frame. */
#include <framealloc/framealloc.h>
#include <string.h>
typedef struct entry { struct entry *next; unsigned hash; char *text; int refs; } entry;
typedef struct strings { fa_context *ctx; entry *slots[64]; int count; } strings;
static unsigned hash_of(const char *s) { unsigned h = 5381; while (*s) h = h * 33 + (unsigned char)*s++; return h; }

const char *intern(strings *t, const char *s)
{
    unsigned h = hash_of(s);
    entry **slot = &t->slots[h & 63];
    for (entry *e = *slot; e; e = e->next)
        if (e->hash == h && !strcmp(e->text, s)) { e->refs++; return e->text; }
    entry *made = FA_POOL_NEW_ZEROED(t->ctx, entry);
    if (!made) return NULL;
    made->text = fa_heap_alloc(t->ctx, strlen(s) + 1, 1);
    if (!made->text) { fa_pool_free(t->ctx, made); return NULL; }
    strcpy(made->text, s);
    made->hash = h;
    made->refs = 1;
    made->next = *slot;
    *slot = made;
    t->count++;
    return made->text;
}
void forget(strings *t, const char *s)
{
    unsigned h = hash_of(s);
    for (entry **at = &t->slots[h & 63]; *at; at = &(*at)->next) {
        entry *e = *at;
        if (e->hash != h || strcmp(e->text, s)) continue;
        if (--e->refs == 0) {
            *at = e->next;
            fa_heap_free(t->ctx, e->text);
            fa_pool_free(t->ctx, e);
            t->count--;
        }
        return;
    }
}
int joined(strings *t, const char *a, const char *b)
{
    int id = -1;
    fa_frame_begin(t->ctx);
    char *both = fa_frame_printf(t->ctx, "%s.%s", a, b);
    const char *kept = both ? intern(t, both) : NULL;
    if (kept) id = (int)strlen(kept);
    fa_frame_end(t->ctx);
    return id;
}
