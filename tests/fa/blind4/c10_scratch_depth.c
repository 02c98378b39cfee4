/* Scratch in scratch: what belongs to whom. */
#include <framealloc/framealloc.h>
#include <string.h>
typedef struct node { struct node *next; const char *word; } node;
typedef struct index { node *first; int n; char *key; } index_;

static node *words(fa_context *ctx, fa_arena *out, const char *text)
{
    node *list = NULL;
    FA_SCRATCH_SCOPE_AVOIDING(ctx, tmp, out)
    {
        char *copy = FA_SCRATCH_ARRAY(&tmp, char, 256);
        if (!copy) return NULL;
        strncpy(copy, text, 255);
        node *n = FA_ARENA_NEW(out, node);
        if (!n) return NULL;
        n->next = NULL;
        n->word = copy; // expect: FA601
        list = n;
    }
    return list;
}
static node *words_right(fa_context *ctx, fa_arena *out, const char *text)
{
    node *list = NULL;
    FA_SCRATCH_SCOPE_AVOIDING(ctx, tmp, out)
    {
        char *copy = FA_SCRATCH_ARRAY(&tmp, char, 256);
        node *n = FA_ARENA_NEW(out, node);
        char *word = FA_ARENA_ARRAY(out, char, 256);
        if (!copy || !n || !word) return NULL;
        strncpy(copy, text, 255);
        memcpy(word, copy, 256);
        n->next = NULL;
        n->word = word;
        list = n;
    }
    return list;
}
int build(fa_context *ctx, index_ *x, const char *text)
{
    int n = 0;
    fa_scratch outer = fa_scratch_begin(ctx);
    for (node *k = words_right(ctx, outer.arena, text); k; k = k->next) n += (int)strlen(k->word);
    x->key = FA_SCRATCH_ARRAY(&outer, char, 16); // expect: FA601
    fa_scratch_end(&outer);
    x->n = n;
    return n;
}
char last(fa_context *ctx, const char *text)
{
    node *n = NULL;
    fa_scratch outer = fa_scratch_begin(ctx);
    if (outer.arena) n = words_right(ctx, outer.arena, text);
    char c = n ? n->word[0] : 0;
    fa_scratch_end(&outer);
    if (c == 0 && n) c = n->word[1]; // expect: FA606
    return c;
}
