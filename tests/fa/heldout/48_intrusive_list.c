#include "game.h"
struct node { struct node *next, *prev; };
typedef struct timer { int at; struct node link; } timer;
static struct node g_timers = {&g_timers, &g_timers};
static void list_add(struct node *n, struct node *head)
{
    n->next = head->next;
    n->prev = head;
    head->next->prev = n;
    head->next = n;
}
static void list_del(struct node *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
}
#define container_of(p, T, m) ((T *)((char *)(p) - offsetof(T, m)))
void add(fa_context *ctx)
{
    fa_frame_begin(ctx);
    timer *t = FA_FRAME_NEW(ctx, timer);
    list_add(&t->link, &g_timers); // expect: FA601
    fa_frame_end(ctx);
}
int fire(fa_context *ctx)
{
    timer *t = FA_POOL_NEW(ctx, timer);
    if (!t) return 0;
    list_add(&t->link, &g_timers);
    timer *same = container_of(&t->link, timer, link);
    list_del(&same->link);
    fa_pool_free(ctx, same);
    return t->at; // expect: FA607
}
