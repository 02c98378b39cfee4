/* Macros of a house style: scopes with cleanup, defer, loops in macros, statement expressions. */
#include <framealloc/framealloc.h>

typedef struct item { int id, worth; } item;
typedef struct owned { fa_context *ctx; void *p; } owned;
static inline void owned_end(owned *o)
{
    if (o->p) {
        fa_pool_free(o->ctx, o->p);
    }
}
#define OWNED __attribute__((cleanup(owned_end)))
static inline void frame_leave(fa_context **ctx)
{
    if (*ctx) {
        fa_frame_end(*ctx);
    }
}
#define IN_FRAME(c) \
    for (fa_context *in_frame __attribute__((cleanup(frame_leave))) = fa_frame_begin(c) == FA_RESULT_OK ? (c) : NULL, \
                    *once = in_frame; once; once = NULL)
#define NEW(ctx, T) ({ T *new_ = FA_FRAME_NEW_ZEROED(ctx, T); new_; })
#define MIN(a, b) ({ __typeof__(a) a_ = (a); __typeof__(b) b_ = (b); a_ < b_ ? a_ : b_; })

int sell(fa_context *ctx, int id)
{
    owned o OWNED = {ctx, FA_POOL_NEW(ctx, item)};
    item *it = o.p;
    if (!it) {
        return 0;
    }
    it->id = id;
    it->worth = MIN(id * 3, 100);
    if (it->worth == 0) {
        return -1;
    }
    return it->worth;
}

int weigh(fa_context *ctx, int n)
{
    int sum = 0;
    IN_FRAME(ctx)
    {
        item *it = NEW(ctx, item);
        if (!it) {
            break;
        }
        it->worth = n;
        if (n == 7) {
            return it->worth * 2;
        }
        sum += it->worth;
    }
    return sum;
}

item *hand_over(fa_context *ctx)
{
    owned o OWNED = {ctx, FA_POOL_NEW_ZEROED(ctx, item)};
    item *it = o.p;
    if (it && it->id == 0) {
        o.p = NULL;
        return it;
    }
    return NULL;
}

#define LIST(X) X(gold, 10) X(iron, 2) X(wood, 1)
#define AS_FUNCTION(name, value)                               \
    int name##_value(fa_context *ctx)                          \
    {                                                          \
        fa_checkpoint mark = fa_frame_mark(ctx);               \
        item *it = NEW(ctx, item);                             \
        int result = it ? (it->worth = (value), it->worth) : 0; \
        fa_frame_rewind(ctx, mark);                            \
        return result;                                         \
    }
LIST(AS_FUNCTION)
