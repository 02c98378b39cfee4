/* Particles in the pool, with what goes wrong there. */
#include <framealloc/framealloc.h>

typedef struct trail { float points[32]; int used; } trail;
typedef struct particle {
    struct particle *next;
    trail *tail;
    float life;
} particle;
typedef struct fx { fa_context *ctx; particle *list; int live; } fx;

bool budget_left(const fx *f);
float noise(void);

particle *fx_spawn(fx *f, bool with_trail)
{
    particle *p = FA_POOL_NEW_ZEROED(f->ctx, particle);
    if (!p) {
        return NULL;
    }
    if (with_trail) {
        p->tail = FA_POOL_NEW_ZEROED(f->ctx, trail);
        if (!p->tail) {
            return NULL; // expect: FA608
        }
    }
    p->next = f->list;
    f->list = p;
    f->live++;
    return p;
}

void fx_kill_first(fx *f)
{
    particle *p = f->list;
    if (!p) {
        return;
    }
    if (p->life < 0) {
        fa_pool_free(f->ctx, p->tail);
        fa_pool_free(f->ctx, p);
    }
    f->list = p->next; // expect: FA607
}

void fx_flash(fx *f, int kind)
{
    particle *flash = FA_POOL_NEW(f->ctx, particle);
    if (!flash) {
        return;
    }
    flash->life = noise();
    switch (kind) {
    case 0:
        fa_pool_free(f->ctx, flash);
        /* fall through */
    case 1:
        f->live--;
        break;
    default:
        flash->next = f->list;
        f->list = flash;
        return;
    }
    if (kind == 0) {
        fa_pool_free(f->ctx, flash); // expect: FA607
    } else {
        fa_pool_free(f->ctx, flash);
    }
}

void fx_shake(fx *f)
{
    float *offsets = fa_heap_alloc(f->ctx, 64 * sizeof *offsets, 16);
    if (!offsets) {
        return;
    }
    offsets[0] = noise();
    if (budget_left(f)) {
        fa_pool_free(f->ctx, offsets); // expect: FA607
    } else {
        fa_heap_free(f->ctx, offsets);
    }
}
