/* a program with its own minimal copy of the declarations */
#include <stddef.h>
#include <stdbool.h>
typedef struct fa_context fa_context;
#define A(x) __attribute__((annotate(x)))
A("fa:begin_frame") int fa_frame_begin(fa_context *ctx);
A("fa:end_frame") int fa_frame_end(fa_context *ctx);
A("fa:frame") void *fa_frame_alloc(fa_context *ctx, size_t size, size_t align);
A("fa:pool") void *fa_pool_alloc(fa_context *ctx, size_t size, size_t align);
A("fa:pool_free") int fa_pool_free(fa_context *ctx, void *p);
typedef struct item { int id; struct item *link; } item;
static item *g_head;
int tick(fa_context *ctx)
{
    fa_frame_begin(ctx);
    item *i = fa_frame_alloc(ctx, sizeof *i, _Alignof(item));
    i->link = g_head;
    g_head = i; // expect: FA601
    fa_frame_end(ctx);
    item *p = fa_pool_alloc(ctx, sizeof *p, 8);
    int id = p->id;
    fa_pool_free(ctx, p);
    return id + p->id; // expect: FA607
}
