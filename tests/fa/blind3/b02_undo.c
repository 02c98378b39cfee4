/* An editor's undo stack: pool entries, frame text, mistakes. */
#include <framealloc/framealloc.h>
#include <string.h>
typedef struct edit { struct edit *prev; size_t at, n; char *removed; } edit;
typedef struct doc { fa_context *ctx; char text[4096]; size_t n; edit *undo, *redo; const char *status; } doc;

bool doc_remove(doc *d, size_t at, size_t n)
{
    edit *e = FA_POOL_NEW(d->ctx, edit);
    if (e == NULL) {
        return false;
    }
    e->removed = fa_heap_alloc(d->ctx, n, 1);
    if (e->removed == NULL) {
        fa_pool_free(d->ctx, e);
        return false;
    }
    memcpy(e->removed, d->text + at, n);
    memmove(d->text + at, d->text + at + n, d->n - at - n);
    d->n -= n;
    e->at = at;
    e->n = n;
    e->prev = d->undo;
    d->undo = e;
    return true;
}

void doc_undo(doc *d)
{
    edit *e = d->undo;
    if (!e) {
        d->status = "nothing to undo";
        return;
    }
    d->undo = e->prev;
    memcpy(d->text + e->at, e->removed, e->n);
    fa_heap_free(d->ctx, e->removed);
    fa_pool_free(d->ctx, e);
    d->n += e->n; // expect: FA607
}

void doc_clear(doc *d)
{
    while (d->undo) {
        edit *e = d->undo;
        d->undo = e->prev;
        fa_heap_free(d->ctx, e->removed);
        fa_pool_free(d->ctx, e);
    }
}

void doc_status(doc *d)
{
    fa_frame_begin(d->ctx);
    d->status = fa_frame_printf(d->ctx, "%zu bytes", d->n); // expect: FA601
    fa_frame_end(d->ctx);
}

bool doc_replace(doc *d, const char *with)
{
    size_t n = strlen(with);
    char *copy = fa_heap_alloc(d->ctx, n, 1);
    if (!copy) {
        return false;
    }
    memcpy(copy, with, n);
    if (n > sizeof d->text) {
        return false; // expect: FA608
    }
    memcpy(d->text, copy, n);
    fa_heap_free(d->ctx, copy);
    d->n = n;
    return true;
}
