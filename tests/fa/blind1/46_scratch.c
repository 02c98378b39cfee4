/* Scratch and its arena. */
#include <framealloc/framealloc.h>

typedef struct words { char **items; int count; } words;
static char *g_word;
int split(char *text, char **out, int room);

static char *upper(fa_arena *arena, const char *text)
{
    char *copy = fa_arena_alloc(arena, 64, 1);
    if (copy) {
        copy[0] = text[0];
    }
    return copy;
}

char first(fa_context *ctx, const char *text)
{
    fa_scratch tmp = fa_scratch_begin(ctx);
    char *up = upper(tmp.arena, text);
    fa_scratch_end(&tmp);
    return up ? up[0] : 0; // expect: FA606
}

void remember(fa_context *ctx, const char *text)
{
    FA_SCRATCH_SCOPE(ctx, tmp)
    {
        g_word = upper(tmp.arena, text); // expect: FA601
    }
}

int count(fa_context *ctx, words *w)
{
    int n = 0;
    FA_SCRATCH_SCOPE(ctx, tmp)
    {
        w->items = FA_ARENA_ARRAY(tmp.arena, char *, 16); // expect: FA601
        if (!w->items) {
            return 0;
        }
        n = split(g_word, w->items, 16);
    }
    return n;
}

/* Not avoiding the caller's arena: in the inner scope's end goes what was for the outer. */
int total(fa_context *ctx)
{
    int sum = 0;
    fa_scratch outer = fa_scratch_begin(ctx);
    int *a = FA_SCRATCH_ARRAY(&outer, int, 8);
    if (a) {
        a[0] = 3;
        sum += a[0];
    }
    fa_scratch_end(&outer);
    sum += a ? a[0] : 0; // expect: FA606
    return sum;
}

void pool_reset(fa_context *ctx)
{
    fa_arena *pool = fa_scratch_pool(ctx, "level");
    if (!pool) {
        return;
    }
    char *name = upper(pool, "name");
    fa_arena_reset(pool);
    if (name) {
        name[1] = 0; // expect: FA606
    }
}
