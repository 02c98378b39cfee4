/* Widgets with owners; somebody mixes up who frees. */
#include <framealloc/framealloc.h>

typedef struct widget widget;
struct widget { widget *parent, *child, *next; char *label; void (*clicked)(widget *, void *); void *user; };

widget *widget_new(fa_context *ctx, widget *parent)
{
    widget *w = FA_POOL_NEW_ZEROED(ctx, widget);
    if (w && parent) {
        w->parent = parent;
        w->next = parent->child;
        parent->child = w;
    }
    return w;
}

void widget_delete(fa_context *ctx, widget *w)
{
    for (widget *c = w->child, *next; c; c = next) {
        next = c->next;
        widget_delete(ctx, c);
    }
    fa_pool_free(ctx, w->label);
    fa_pool_free(ctx, w);
}

void dialog_once(fa_context *ctx)
{
    widget *d = widget_new(ctx, NULL);
    if (!d)
        return;
    d->label = fa_pool_alloc(ctx, 32, 1);
    fa_pool_free(ctx, d->label);
    fa_pool_free(ctx, d->label); // expect: FA607
    fa_pool_free(ctx, d);
}

int dialog_ask(fa_context *ctx, int (*ask)(widget *))
{
    widget *d = widget_new(ctx, NULL);
    if (!d)
        return -1;
    int answer = ask(d);
    if (answer == 2) {
        fa_heap_free(ctx, d); // expect: FA607
        return answer;
    }
    fa_pool_free(ctx, d);
    return answer;
}

void dialog_label(fa_context *ctx, widget *w, int n)
{
    fa_frame_begin(ctx);
    w->label = fa_frame_printf(ctx, "item %d", n); // expect: FA601
    fa_frame_end(ctx);
}

void dialog_bind(fa_context *ctx, widget *w, void (*fn)(widget *, void *))
{
    fa_frame_begin(ctx);
    int *state = FA_FRAME_NEW(ctx, int);
    w->clicked = fn;
    w->user = state; // expect: FA703
    fa_frame_end(ctx);
}

widget *dialog_build(fa_context *ctx)
{
    widget *root = widget_new(ctx, NULL), *ok, *cancel;
    if (!root)
        return NULL;
    ok = widget_new(ctx, root);
    cancel = widget_new(ctx, root);
    if (!ok || !cancel) {
        widget_delete(ctx, root);
        return NULL;
    }
    return root;
}
