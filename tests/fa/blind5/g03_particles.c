#include <framealloc/framealloc.h>
#include <stdbool.h>
/* Typed pool of particles, swap-remove, ownership flags. Nothing wrong in here. */
typedef struct Particle { float p[3], v[3]; float life; bool owns_trail; float *trail; } Particle;
typedef struct Emitter {
    fa_context *ctx;
    fa_typed_pool *pool;
    Particle *live[256];
    int count;
    Particle *preview;
} Emitter;

bool Emitter_Init(Emitter *e, fa_context *ctx)
{
    *e = (Emitter){.ctx = ctx};
    return FA_TYPED_POOL_CREATE(ctx, Particle, &e->pool) == FA_RESULT_OK;
}

static void Particle_Free(Emitter *e, Particle *p)
{
    if (p == NULL) {
        return;
    }
    if (p->owns_trail) {
        fa_heap_free(e->ctx, p->trail);
    }
    fa_typed_pool_free(e->pool, p);
}

Particle *Emitter_Spawn(Emitter *e, const float pos[3])
{
    Particle *p;
    if (e->count == 256 || (p = FA_TYPED_POOL_NEW(e->pool, Particle)) == NULL) {
        return NULL;
    }
    p->owns_trail = false;
    p->trail = NULL;
    p->life = 1.0f;
    for (int i = 0; i < 3; i++) {
        p->p[i] = pos[i];
        p->v[i] = 0;
    }
    return e->live[e->count++] = p;
}

bool Emitter_AddTrail(Emitter *e, Particle *p, int points)
{
    if (points <= 0 || points > 64) {
        return false;
    }
    float *bigger = fa_heap_realloc(e->ctx, p->owns_trail ? p->trail : NULL, (size_t)points * 12);
    if (!bigger) {
        return false;
    }
    p->trail = bigger;
    p->owns_trail = true;
    return true;
}

void Emitter_Update(Emitter *e, float dt)
{
    for (int i = 0; i < e->count;) {
        Particle *p = e->live[i];
        p->life -= dt;
        if (p->life > 0) {
            for (int k = 0; k < 3; k++) {
                p->p[k] += p->v[k] * dt;
            }
            i++;
        } else {
            e->live[i] = e->live[--e->count];
            Particle_Free(e, p);
        }
    }
}

void Emitter_Preview(Emitter *e, const float pos[3], bool keep)
{
    Particle *p = FA_TYPED_POOL_NEW(e->pool, Particle);
    bool freed = false;
    if (p == NULL) {
        return;
    }
    p->life = pos[0];
    p->owns_trail = false;
    if (!keep) {
        fa_typed_pool_free(e->pool, p);
        freed = true;
    }
    if (!freed) {
        Particle_Free(e, e->preview);
        p->life += pos[1];
        e->preview = p;
    }
}

void Emitter_Done(Emitter *e)
{
    Particle_Free(e, e->preview);
    e->preview = NULL;
    while (e->count > 0) {
        Particle_Free(e, e->live[--e->count]);
    }
    fa_typed_pool_destroy(e->pool);
    e->pool = NULL;
}
