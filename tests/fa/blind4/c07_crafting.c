/* Recipes: a table of constructors, owners that change, errors in the middle. */
#include <framealloc/framealloc.h>
typedef struct thing { int kind, worth; struct thing *parts[3]; } thing;
typedef thing *(*make_fn)(fa_context *);
typedef struct bench { fa_context *ctx; thing *out; thing *junk; } bench;
int luck(void);
static thing *make_plain(fa_context *ctx) { return FA_POOL_NEW_ZEROED(ctx, thing); }
static thing *make_rich(fa_context *ctx)
{
    thing *t = FA_POOL_NEW_ZEROED(ctx, thing);
    if (t) t->worth = 100;
    return t;
}
static const make_fn makers[] = {make_plain, make_rich, make_plain};

void thing_end(fa_context *ctx, thing *t)
{
    if (!t) return;
    for (int i = 0; i < 3; i++) if (t->parts[i]) fa_pool_free(ctx, t->parts[i]);
    fa_pool_free(ctx, t);
}
bool craft(bench *b, int kind)
{
    thing *t = makers[kind % 3](b->ctx);
    if (!t) return false;
    if (luck() < 3) {
        thing_end(b->ctx, t);
        return false;
    }
    thing_end(b->ctx, b->out);
    b->out = t;
    return true;
}
bool craft_badly(bench *b, int kind)
{
    thing *t = makers[kind % 3](b->ctx);
    if (!t) return false;
    if (luck() < 3) return false; // expect: FA608
    thing_end(b->ctx, b->out);
    b->out = t;
    return true;
}
int melt(bench *b)
{
    thing *t = b->out;
    if (!t) return 0;
    b->out = NULL;
    int worth = t->worth;
    fa_pool_free(b->ctx, t);
    for (int i = 0; i < 3; i++) worth += t->parts[i] ? t->parts[i]->worth : 0; // expect: FA607
    return worth;
}
void sort_out(bench *b, bool keep)
{
    thing *t = makers[1](b->ctx);
    if (keep) b->junk = t;
    thing_end(b->ctx, keep ? NULL : t);
}
void twice(bench *b, int n)
{
    thing *t = make_plain(b->ctx);
    if (n > 3) thing_end(b->ctx, t);
    if (n > 5) thing_end(b->ctx, t); // expect: FA607
    else if (n <= 3) thing_end(b->ctx, t);
}
