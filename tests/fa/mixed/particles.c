/* hot loops */
#include <framealloc/framealloc.h>
#include <string.h>
typedef struct particle { float x, y, life; } particle;
typedef struct contact { int a, b; } contact;
void emit(particle *);
float noise(void);
void spawn(fa_context *ctx, int n)
{
    for (int i = 0; i < n; i++) {
        particle *p = FA_FRAME_NEW(ctx, particle); // expect: FA602
        if (!p) break;
        p->x = noise();
        emit(p);
    }
}
void spawn_good(fa_context *ctx, int n)
{
    particle *p = FA_FRAME_ARRAY(ctx, particle, (size_t)n);
    if (!p) return;
    for (int i = 0; i < n; i++) {
        p[i].x = noise();
        emit(&p[i]);
    }
}
void corners(fa_context *ctx)
{
    for (int i = 0; i < 4; i++) {
        emit(FA_FRAME_NEW(ctx, particle));
    }
}
contact *first_contact(fa_context *ctx, const float *xs, int n)
{
    for (int i = 0; i < n; i++) {
        if (xs[i] < 0) {
            contact *c = FA_FRAME_NEW(ctx, contact);
            if (c) { c->a = i; c->b = 0; }
            return c;
        }
    }
    return NULL;
}
void lazy(fa_context *ctx, const float *xs, int n)
{
    char *buf = NULL;
    for (int i = 0; i < n; i++) {
        if (xs[i] > 0) {
            if (!buf) buf = fa_frame_alloc(ctx, 4096, 16);
            if (!buf) return;
            memset(buf, 0, 4096);
        }
    }
}
void rounds(fa_context *ctx, int n)
{
    for (int i = 0; i < n; i++) {
        fa_checkpoint m = fa_frame_mark(ctx);
        float *tmp = FA_FRAME_ARRAY(ctx, float, 128);
        if (tmp) tmp[0] = noise();
        fa_frame_rewind(ctx, m);
    }
}
static particle *make(fa_context *ctx)
{
    particle *p = FA_FRAME_NEW_ZEROED(ctx, particle);
    return p;
}
void via_helper(fa_context *ctx, int n)
{
    int i = 0;
    do {
        emit(make(ctx)); // expect: FA602
    } while (++i < n);
}
void load_level(fa_context *ctx, int n, particle **out)
{
    for (int i = 0; i < n; i++) {
        out[i] = FA_POOL_NEW(ctx, particle);
    }
}
void nested(fa_context *ctx)
{
    for (int y = 0; y < 32; y++)
        for (int x = 0; x < 32; x++)
            emit(FA_FRAME_NEW(ctx, particle)); // expect: FA602
}
