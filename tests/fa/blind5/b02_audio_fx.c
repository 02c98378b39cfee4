/* audio effects chain */
#include <SDL2/SDL.h>
#include <framealloc/framealloc.h>

struct fx { int kind; float *buf; size_t n; struct fx *next; };
struct chain { fa_context *ctx; struct fx *head; SDL_TimerID fade; float volume; };
struct fade { struct chain *chain; float step; int left; };

static Uint32 SDLCALL fade_step(Uint32 interval, void *param)
{
    struct fade *f = param;
    f->chain->volume += f->step;
    return --f->left > 0 ? interval : 0;
}

void chain_fade_out(struct chain *c, int ms)
{
    fa_frame_begin(c->ctx);
    struct fade f = {c, -c->volume / 10, 10}, *p;
    p = fa_frame_copy(c->ctx, &f, sizeof f, _Alignof(struct fade));
    if (p != NULL)
        c->fade = SDL_AddTimer((Uint32)ms / 10, fade_step, p); // expect: FA703
    fa_frame_end(c->ctx);
}

void chain_fade_in(struct chain *c, struct fade *owned)
{
    *owned = (struct fade){c, 0.1f, 10};
    c->fade = SDL_AddTimer(16, fade_step, owned);
}

struct fx *fx_make(struct chain *c, int kind, size_t n)
{
    struct fx *x = FA_POOL_NEW_ZEROED(c->ctx, struct fx); // expect: FA608
    if (!x)
        return NULL;
    x->kind = kind;
    x->n = n;
    if (kind != 0) {
        x->buf = fa_heap_alloc(c->ctx, n * sizeof(float), 16);
        if (!x->buf)
            return NULL;
    }
    x->next = c->head;
    c->head = x;
    return x;
}

static void fx_release(struct chain *c, struct fx *x)
{
    if (x->buf)
        fa_heap_free(c->ctx, x->buf);
    fa_pool_free(c->ctx, x);
}

void chain_remove(struct chain *c, int kind)
{
    struct fx **at = &c->head, *victim = NULL;
    for (; *at; at = &(*at)->next) {
        if ((*at)->kind == kind) {
            victim = *at;
            *at = victim->next;
            break;
        }
    }
    if (!victim)
        return;
    struct fx *same = victim;
    fx_release(c, victim);
    if (same->kind == 0) // expect: FA607
        c->volume = 1;
}

void chain_swap_buffer(struct chain *c, struct fx *x, float *fresh)
{
    float *old = x->buf;
    if (old != fresh)
        fa_heap_free(c->ctx, old);
    x->buf = fresh;
}

void chain_render(struct chain *c, float *out, size_t n)
{
    float *tmp = fa_heap_alloc(c->ctx, n * sizeof *tmp, 16);
    if (!tmp)
        goto bad;
    for (struct fx *x = c->head; x; x = x->next)
        for (size_t i = 0; i < n; i++)
            tmp[i] = out[i] * c->volume;
    SDL_memcpy(out, tmp, n * sizeof *tmp);
    fa_heap_free(c->ctx, tmp);
    if (c->volume > 0)
        return;
bad:
    fa_heap_free(c->ctx, tmp); // expect: FA607
}
