#include "game.h"
/* a local structure may hold frame pointers; the contents are copied out */
typedef struct list {
    enemy *items[8];
    int count;
} list;
static int g_total;
static void fill(fa_context *ctx, list *l)
{
    l->items[l->count++] = FA_FRAME_NEW(ctx, enemy);
}
void update(fa_context *ctx, enemy *out)
{
    list l = {0};
    fa_frame_begin(ctx);
    fill(ctx, &l);
    if (l.items[0]) {
        l.items[0]->health = 3;
        *out = *l.items[0];
        g_total += l.items[0]->health;
    }
    fa_frame_end(ctx);
}
