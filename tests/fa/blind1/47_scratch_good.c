/* Results in the caller's arena, work in one's own. */
#include <framealloc/framealloc.h>

typedef struct tokens { char **items; int count; } tokens;
int split(const char *text, char **out, int room);

tokens tokenise(fa_context *ctx, fa_arena *result, const char *text)
{
    tokens t = {0};
    FA_SCRATCH_SCOPE_AVOIDING(ctx, tmp, result)
    {
        char **all = FA_SCRATCH_ARRAY(&tmp, char *, 256);
        if (!all) {
            break;
        }
        int n = split(text, all, 256);
        t.items = FA_ARENA_ARRAY(result, char *, (size_t)n);
        for (int i = 0; t.items && i < n; i++) {
            t.items[i] = all[i];
        }
        t.count = t.items ? n : 0;
    }
    return t;
}

int parse(fa_context *ctx, const char *text)
{
    int count = 0;
    FA_SCRATCH_SCOPE(ctx, tmp)
    {
        tokens t = tokenise(ctx, tmp.arena, text);
        for (int i = 0; i < t.count; i++) {
            count += t.items[i][0] == '#';
        }
    }
    return count;
}

int two(fa_context *ctx)
{
    int result = 0;
    fa_scratch a = fa_scratch_begin(ctx);
    fa_scratch b = fa_scratch_begin_avoiding(ctx, a.arena);
    int *x = FA_ARENA_NEW(a.arena, int), *y = FA_ARENA_NEW(b.arena, int);
    if (x && y) {
        *y = 4;
        *x = *y;
    }
    fa_scratch_end(&b);
    result = x && y ? *x : 0;
    fa_scratch_end(&a);
    return result;
}

int each(fa_context *ctx, fa_arena *level, int n)
{
    int sum = 0;
    int *kept = FA_ARENA_ARRAY(level, int, 16);
    for (int i = 0; i < n; i++) {
        fa_arena_mark at = fa_arena_mark_get(level);
        int *tmp = FA_ARENA_NEW(level, int);
        if (tmp && kept) {
            *tmp = i;
            kept[i % 16] = *tmp;
        }
        fa_arena_rewind(level, at);
    }
    for (int i = 0; kept && i < 16; i++) {
        sum += kept[i];
    }
    return sum;
}
