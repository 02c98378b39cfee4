// Arena style: every function takes where its result goes.
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct str { char *at; size_t n; } str;
typedef struct node node;
struct node { node *first, *last, *next; str text; int line; };
typedef struct tree { node root; int count; } tree;

static str str_copy(fa_arena *a, const char *s, size_t n)
{
    str r = {FA_ARENA_ARRAY(a, char, n + 1), n};
    if (!r.at)
        return (str){0};
    memcpy(r.at, s, n);
    r.at[n] = 0;
    return r;
}

static node *push(fa_arena *a, node *parent)
{
    node *n = FA_ARENA_NEW(a, node);
    if (n) {
        *n = (node){0};
        if (parent->last)
            parent->last->next = n;
        else
            parent->first = n;
        parent->last = n;
    }
    return n;
}

int parse(fa_context *ctx, fa_arena *out, const char *src, tree *t)
{
    int depth = 0;
    node *stack[16] = {&t->root};
    FA_SCRATCH_SCOPE_AVOIDING(ctx, tmp, out)
    {
        char *work = FA_ARENA_ARRAY(tmp.arena, char, strlen(src) + 1);
        if (!work)
            return -1;
        strcpy(work, src);
        for (char *line = strtok(work, "\n"); line; line = strtok(NULL, "\n")) {
            while (*line == ' ') {
                line++;
                depth = depth < 15 ? depth + 1 : depth;
            }
            node *n = push(out, stack[depth ? depth - 1 : 0]);
            if (!n)
                return -1;
            n->text = str_copy(out, line, strlen(line));
            stack[depth] = n;
            t->count++;
        }
    }
    return t->count;
}

int count(fa_context *ctx, const char *src)
{
    tree t = {0};
    int n = 0;
    fa_scratch s = fa_scratch_begin(ctx);
    if (s.arena && parse(ctx, s.arena, src, &t) > 0)
        for (node *k = t.root.first; k; k = k->next)
            n += (int)k->text.n;
    fa_scratch_end(&s);
    return n;
}
