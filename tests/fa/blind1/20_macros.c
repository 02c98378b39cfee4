/* The same house style, used wrongly. */
#include <framealloc/framealloc.h>

typedef struct item { int id; struct item *next; } item;
typedef struct bag { fa_context *ctx; item *first; item *best; int count; } bag;

#define BEGIN(b) do { fa_frame_begin((b)->ctx); (b)->count = 0; } while (0)
#define END(b) do { fa_frame_end((b)->ctx); } while (0)
#define TRY(expr) do { if (!(expr)) return false; } while (0)
#define EACH(b, it) for (item *it = (b)->first; it; it = it->next)
#define PUT(b, it) ((it)->next = (b)->first, (b)->first = (it))
#define DROP(b, p) (fa_pool_free((b)->ctx, (p)), (p) = NULL)

bool usable(const item *it);

bool bag_check(bag *b)
{
    BEGIN(b);
    item *copy = FA_FRAME_NEW(b->ctx, item);
    TRY(copy != NULL); // expect: FA603
    EACH(b, it)
    {
        *copy = *it;
        TRY(usable(copy)); // expect: FA603
    }
    END(b);
    return true;
}

bool bag_best(bag *b)
{
    bool found = false;
    BEGIN(b);
    EACH(b, it)
    {
        if (usable(it)) {
            b->best = fa_frame_copy(b->ctx, it, sizeof *it, 8); // expect: FA601
            found = true;
            break;
        }
    }
    END(b);
    return found;
}

bool bag_add(bag *b, int id)
{
    item *it = FA_POOL_NEW(b->ctx, item);
    TRY(it);
    it->id = id;
    TRY(usable(it)); // expect: FA608
    PUT(b, it);
    return true;
}

void bag_empty(bag *b)
{
    EACH(b, it) // expect: FA607
    {
        fa_pool_free(b->ctx, it);
    }
    b->first = NULL;
}

void bag_empty_well(bag *b)
{
    while (b->first) {
        item *it = b->first;
        b->first = it->next;
        DROP(b, it);
        if (it) {
            fa_pool_free(b->ctx, it);
        }
    }
}
