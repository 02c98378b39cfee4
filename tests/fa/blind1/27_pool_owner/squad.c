#include "owner.h"
void squad_add(squad *s, unit *u)
{
    if (u && s->count < 8) {
        s->units[s->count++] = u;
        if (!s->leader) {
            s->leader = u;
        }
    }
}
unit *squad_take(squad *s, int i)
{
    unit *u = s->units[i];
    s->units[i] = s->units[--s->count];
    return u;
}
void squad_kill(squad *s, int i)
{
    unit *u = squad_take(s, i);
    unit_end(s->ctx, u);
    if (u->hp > 0) { // expect: FA607
        s->count--;
    }
}
int squad_duel(fa_context *ctx)
{
    unit *a = unit_make(ctx, "a"), *b = unit_make(ctx, "b");
    if (!a || !b) {
        unit_end(ctx, a);
        unit_end(ctx, b);
        return 0;
    }
    unit *winner = a->hp > b->hp ? a : b;
    unit *loser = winner == a ? b : a;
    unit_end(ctx, loser);
    int hp = winner->hp;
    unit_end(ctx, winner);
    return hp;
}
int squad_trial(fa_context *ctx)
{
    unit *u = unit_make(ctx, "trial");
    if (!u) {
        return -1;
    }
    if (u->hp < 10) {
        return 0; /* cannot be: a new unit has 100 */
    }
    int hp = u->hp;
    unit_end(ctx, u);
    return hp;
}
