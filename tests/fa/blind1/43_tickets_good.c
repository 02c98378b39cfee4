/* A level's walls on the level's ticket; a toast for some frames; a job that ends. */
#include <framealloc/framealloc.h>
#include <framealloc/ticket.h>

typedef struct wall { float x0, y0, x1, y1; } wall;
typedef struct level { fa_context *ctx; fa_ticket ticket; wall *walls; int count; } level;
void build(wall *walls, int n);

bool level_enter(level *l, int n)
{
    l->ticket = fa_ticket_open(l->ctx, FA_TICKET_LEVEL, 0);
    l->walls = FA_TICKET_ARRAY(&l->ticket, wall, (size_t)n);
    if (!l->walls) {
        fa_ticket_close(l->ticket);
        return false;
    }
    l->count = n;
    build(l->walls, n);
    return true;
}

/* The frame's end is not the level's. */
void level_frame(level *l)
{
    fa_frame_begin(l->ctx);
    wall *visible = FA_FRAME_ARRAY(l->ctx, wall, (size_t)l->count);
    wall *lasting = FA_TICKET_NEW(&l->ticket, wall);
    if (visible && lasting) {
        *lasting = l->walls[0];
        visible[0] = *lasting;
    }
    fa_frame_end(l->ctx);
    if (lasting) {
        build(lasting, 1);
    }
}

void level_leave(level *l)
{
    l->walls = NULL;
    l->count = 0;
    fa_ticket_close(l->ticket);
}

void level_reload(level *l)
{
    fa_ticket_close_all(l->ctx, FA_TICKET_LEVEL);
    level_enter(l, l->count);
}

float job(fa_context *ctx)
{
    fa_ticket t = fa_ticket_open(ctx, FA_TICKET_JOB, 0);
    fa_ticket u = fa_ticket_open(ctx, FA_TICKET_JOB, 0);
    wall *a = FA_TICKET_NEW(&t, wall), *b = FA_TICKET_NEW(&u, wall);
    float x = 0;
    if (a && b) {
        build(a, 1);
        *b = *a;
        fa_ticket_close(t);
        x = b->x0;
    } else {
        fa_ticket_close(t);
    }
    fa_ticket_close(u);
    return x;
}

float step(fa_context *ctx)
{
    fa_ticket s = fa_ticket_open(ctx, FA_TICKET_STEP, 0), j = fa_ticket_open(ctx, FA_TICKET_JOB, 0);
    wall *w = FA_TICKET_NEW(&j, wall), *v = FA_TICKET_NEW(&s, wall);
    float x = 0;
    if (w && v) {
        v->x0 = 1;
        w->x0 = v->x0;
    }
    fa_ticket_close_all(ctx, FA_TICKET_STEP);
    if (w) {
        x = w->x0;
    }
    fa_ticket_close(j);
    return x;
}
