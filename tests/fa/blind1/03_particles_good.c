/* Emitters on a typed pool: swap-remove, kill lists, and an owner that empties what is left. */
#include <framealloc/framealloc.h>
#include <string.h>

enum { MOST = 256 };
typedef struct particle { float x, y, vx, vy, life; } particle;
typedef struct emitter {
    fa_typed_pool *pool;
    particle *alive[MOST];
    int count;
} emitter;

float noise(void);

bool emitter_make(fa_context *ctx, emitter *e)
{
    memset(e, 0, sizeof *e);
    return FA_TYPED_POOL_CREATE(ctx, particle, &e->pool) == FA_RESULT_OK;
}

int emitter_burst(emitter *e, int wanted)
{
    int made = 0;
    while (made < wanted && e->count < MOST) {
        particle *p = FA_TYPED_POOL_NEW(e->pool, particle);
        if (!p) {
            break;
        }
        *p = (particle){.life = noise()};
        e->alive[e->count++] = p;
        made++;
    }
    return made;
}

void emitter_step(emitter *e, float dt)
{
    for (int i = 0; i < e->count;) {
        particle *p = e->alive[i];
        p->life -= dt;
        if (p->life > 0) {
            p->x += p->vx * dt;
            i++;
            continue;
        }
        e->alive[i] = e->alive[--e->count];
        fa_typed_pool_free(e->pool, p);
    }
}

/* Sorted by life in frame memory; only a number leaves. */
int emitter_oldest(fa_context *ctx, const emitter *e)
{
    int oldest = -1;
    fa_checkpoint mark = fa_frame_mark(ctx);
    const particle **sorted = FA_FRAME_ARRAY(ctx, const particle *, (size_t)e->count);
    if (sorted) {
        int n = 0;
        for (int i = 0; i < e->count; i++) {
            int at = n++;
            while (at > 0 && sorted[at - 1]->life > e->alive[i]->life) {
                sorted[at] = sorted[at - 1];
                at--;
            }
            sorted[at] = e->alive[i];
        }
        for (int i = 0; n && i < e->count; i++) {
            if (e->alive[i] == sorted[0]) {
                oldest = i;
            }
        }
    }
    fa_frame_rewind(ctx, mark);
    return oldest;
}

void emitter_end(emitter *e)
{
    while (e->count > 0) {
        fa_typed_pool_free(e->pool, e->alive[--e->count]);
    }
    fa_typed_pool_destroy(e->pool);
    e->pool = NULL;
}
