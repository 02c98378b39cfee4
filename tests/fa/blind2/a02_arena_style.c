// The same, by somebody in a hurry.
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct str { char *at; size_t n; } str;
typedef struct symbols { str names[64]; int count; const char *longest; } symbols;
static symbols g_symbols;

static str take(fa_arena *a, const char *s)
{
    str r = {FA_ARENA_ARRAY(a, char, 64), 0};
    if (r.at) {
        strncpy(r.at, s, 63);
        r.n = strlen(s);
    }
    return r;
}

void intern(fa_context *ctx, const char *s)
{
    fa_scratch tmp = fa_scratch_begin(ctx);
    g_symbols.names[g_symbols.count++] = take(tmp.arena, s); // expect: FA601
    fa_scratch_end(&tmp);
}

const char *longest(fa_context *ctx, const char *const *all, int n)
{
    str best = {0};
    FA_SCRATCH_SCOPE(ctx, tmp)
    {
        for (int i = 0; i < n; i++) {
            str s = {(char *)all[i], strlen(all[i])};
            if (s.n > best.n)
                best = take(tmp.arena, s.at);
        }
    }
    return best.at; // expect: FA601
}

size_t total(fa_context *ctx, fa_arena *level, const char *const *all)
{
    fa_arena_mark m = fa_arena_mark_get(level);
    str a = take(level, all[0]), b = take(level, all[1]);
    fa_arena_rewind(level, m);
    (void)ctx;
    return a.at && b.at ? strlen(a.at) : 0; // expect: FA606
}

size_t fine(fa_arena *level, const char *const *all)
{
    size_t n = 0;
    fa_arena_mark m = fa_arena_mark_get(level);
    str a = take(level, all[0]);
    n = a.at ? strlen(a.at) : 0;
    fa_arena_rewind(level, m);
    return n;
}
