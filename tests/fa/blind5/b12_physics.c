/* Physics step with tags. The configuration gives this module the tag "physics" and audio_* the tag "audio". */
#include <framealloc/framealloc.h>

typedef struct Body { float x, v, m; } Body;
typedef struct Phys { fa_allocator *memory; fa_context *ctx; fa_tag own; Body *bodies; int n; } Phys;

void phys_init(Phys *p)
{
    p->own = fa_tag_intern(p->memory, "physics");
}

void phys_names(Phys *p)
{
    fa_tag_intern(p->memory, "phisics"); // expect: FA802
}

void phys_nets(Phys *p)
{
    fa_tag_push(p->ctx, fa_tag_intern(p->memory, "assets")); // expect: FA801
    void *block = fa_pool_alloc(p->ctx, 64, 16);
    fa_pool_free(p->ctx, block);
    fa_tag_pop(p->ctx);
}

void phys_sound(Phys *p)
{
    FA_TAG_SCOPE(p->ctx, fa_tag_intern(p->memory, "audio")) // expect: FA803
    {
        void *block = fa_pool_alloc(p->ctx, 64, 16);
        fa_pool_free(p->ctx, block);
    }
}

int phys_step(Phys *p, float dt)
{
    fa_tag_push(p->ctx, p->own); // expect: FA804
    for (int i = 0; i < p->n; i++) {
        if (p->bodies[i].m <= 0) {
            return -i;
        }
        p->bodies[i].x += p->bodies[i].v * dt;
    }
    fa_tag_pop(p->ctx);
    return 0;
}

int phys_step_ok(Phys *p, float dt)
{
    int bad = 0;
    fa_tag_push(p->ctx, p->own);
    for (int i = 0; i < p->n && !bad; i++) {
        bad = p->bodies[i].m <= 0;
        p->bodies[i].x += p->bodies[i].v * dt;
    }
    fa_tag_pop(p->ctx);
    return bad;
}

void phys_solve(Phys *p, int rounds)
{
    fa_frame_begin(p->ctx);
    float *lambda = FA_FRAME_ARRAY_ZEROED(p->ctx, float, (size_t)p->n);
    for (int r = 0; lambda && r < rounds; r++) {
        if (p->bodies[0].m == 0) {
            fa_tag_pop(p->ctx); // wanted, and missed: FA804
            break;
        }
        lambda[0] += p->bodies[0].v;
    }
    fa_frame_end(p->ctx);
}
