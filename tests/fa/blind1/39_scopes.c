/* Tag scopes by hand. */
#include <framealloc/framealloc.h>

typedef struct job { fa_tag tag; bool heavy; struct job *next; } job;
int run_one(const job *j);

int all(fa_context *ctx, const job *first)
{
    int done = 0;
    for (const job *j = first; j; j = j->next) {
        fa_tag_push(ctx, j->tag);
        if (run_one(j) < 0) {
            return -1; // expect: FA804
        }
        done++;
        fa_tag_pop(ctx);
    }
    return done;
}

void nested(fa_context *ctx, const job *j)
{
    fa_tag_push(ctx, j->tag);
    if (j->heavy) {
        fa_tag_push(ctx, j->next->tag);
    }
    run_one(j);
    if (j->heavy) {
        fa_tag_pop(ctx);
    }
    fa_tag_pop(ctx);
}

void too_many(fa_context *ctx, const job *j)
{
    fa_tag_push(ctx, j->tag);
    switch (run_one(j)) {
    case 0:
        fa_tag_pop(ctx);
        break;
    case 1:
        fa_tag_pop(ctx);
        /* fall through */
    default:
        fa_tag_pop(ctx); // expect: FA804
        break;
    }
}
