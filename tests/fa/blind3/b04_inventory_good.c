/* Slots that own or borrow; a union by kind; moves between bags. */
#include <framealloc/framealloc.h>
typedef enum kind { EMPTY, STACK, UNIQUE } kind;
typedef struct sword { int edge; char *name; } sword;
typedef struct slot { kind kind; union { int count; sword *sword; }; } slot;
typedef struct bag { fa_context *ctx; slot slots[20]; } bag;

static void slot_clear(bag *b, slot *s)
{
    switch (s->kind) {
    case UNIQUE:
        fa_heap_free(b->ctx, s->sword->name);
        fa_pool_free(b->ctx, s->sword);
        break;
    case STACK:
    case EMPTY: break;
    }
    s->kind = EMPTY;
    s->count = 0;
}

bool bag_put_sword(bag *b, int i, int edge)
{
    slot *s = &b->slots[i];
    sword *w = FA_POOL_NEW(b->ctx, sword);
    if (!w) {
        return false;
    }
    *w = (sword){.edge = edge, .name = fa_heap_alloc(b->ctx, 16, 1)};
    if (!w->name) {
        fa_pool_free(b->ctx, w);
        return false;
    }
    slot_clear(b, s);
    s->kind = UNIQUE;
    s->sword = w;
    return true;
}

void bag_move(bag *b, int from, int to)
{
    slot moved = b->slots[from];
    b->slots[from] = (slot){EMPTY, {0}};
    slot_clear(b, &b->slots[to]);
    b->slots[to] = moved;
}

void bag_swap(bag *a, bag *b, int i)
{
    slot t = a->slots[i];
    a->slots[i] = b->slots[i];
    b->slots[i] = t;
}

sword *bag_take(bag *b, int i)
{
    slot *s = &b->slots[i];
    if (s->kind != UNIQUE) {
        return NULL;
    }
    sword *w = s->sword;
    s->kind = EMPTY;
    s->sword = NULL;
    return w;
}

int bag_forge(bag *b)
{
    if (!bag_put_sword(b, 3, 7)) {
        return 0;
    }
    sword *w = bag_take(b, 3);
    int edge = w ? w->edge : 0;
    if (w) {
        fa_heap_free(b->ctx, w->name);
        fa_pool_free(b->ctx, w);
    }
    return edge;
}
