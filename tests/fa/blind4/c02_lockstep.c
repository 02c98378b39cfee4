/* Lockstep networking: inputs by tick, a ring of frames, a rollback. */
#include <framealloc/framealloc.h>
#include <framealloc/ticket.h>
#include <string.h>
typedef struct cmds { int player; int keys[4]; struct cmds *next; } cmds;
typedef struct tick { fa_ticket life; cmds *first; int n; } tick;
typedef struct lockstep { fa_context *ctx; tick ring[8]; unsigned now; cmds *latest; const cmds *shown; } lockstep;
void apply(const cmds *c);

void tick_open(lockstep *l)
{
    tick *t = &l->ring[l->now & 7];
    t->life = fa_ticket_open(l->ctx, FA_TICKET_STEP, 0);
    t->first = NULL;
    t->n = 0;
}
bool tick_add(lockstep *l, int player)
{
    tick *t = &l->ring[l->now & 7];
    cmds *c = FA_TICKET_NEW(&t->life, cmds);
    if (!c) return false;
    c->player = player;
    c->next = t->first;
    t->first = c;
    t->n++;
    return true;
}
void tick_close(lockstep *l)
{
    tick *t = &l->ring[l->now++ & 7];
    for (cmds *c = t->first; c; c = c->next) apply(c);
    t->first = NULL;
    fa_ticket_close(t->life);
}
int tick_once(lockstep *l, int player)
{
    fa_ticket t = fa_ticket_open(l->ctx, FA_TICKET_JOB, 0);
    cmds *a = FA_TICKET_NEW(&t, cmds), *b = FA_TICKET_NEW(&t, cmds);
    int n = 0;
    if (a && b) {
        a->player = player;
        b->next = a;
        l->latest = b; // expect: FA601
        n = b->next->player;
    }
    fa_ticket_close(t);
    return n;
}
int tick_peek(lockstep *l)
{
    fa_frame_begin(l->ctx);
    cmds *c = FA_FRAME_NEW_ZEROED(l->ctx, cmds);
    l->shown = c; // expect: FA601
    if (l->shown) apply(l->shown);
    fa_frame_end(l->ctx);
    int p = c ? c->player : 0; // expect: FA606
    l->shown = NULL;
    return p;
}
