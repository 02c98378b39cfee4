/* audio mixer: voices in the pool, a ducking timer that is gone before its frame is */
#include <SDL2/SDL.h>
#include <framealloc/framealloc.h>

#define VOICES 32
struct voice { int16_t *pcm; size_t len, pos; float gain; struct voice *next; int looping; };
struct mixer { fa_context *ctx; struct voice *active; float master; int16_t *out; size_t out_len; };
typedef struct { SDL_atomic_t ticks; float from, to; } duck_t;

static Uint32 SDLCALL duck_tick(Uint32 ms, void *user)
{
    duck_t *d = (duck_t *)user;
    SDL_AtomicAdd(&d->ticks, 1);
    return ms;
}

struct voice *voice_start(struct mixer *m, const int16_t *pcm, size_t len)
{
    if (len > 1u << 20) return NULL;
    struct voice *v = FA_POOL_NEW_ZEROED(m->ctx, struct voice);
    if (v == NULL) return NULL;
    v->pcm = fa_heap_alloc(m->ctx, len * sizeof *pcm, 16);
    if (v->pcm == NULL) {
        fa_pool_free(m->ctx, v);
        return NULL;
    }
    SDL_memcpy(v->pcm, pcm, len * sizeof *pcm);
    v->len = len;
    v->next = m->active;
    m->active = v;
    return v;
}

static void voice_kill(struct mixer *m, struct voice *v)
{
    fa_heap_free(m->ctx, v->pcm);
    v->pcm = NULL;
    fa_pool_free(m->ctx, v);
}

void mixer_sweep(struct mixer *m)
{
    struct voice **link = &m->active;
    while (*link) {
        struct voice *v = *link;
        if (v->pos < v->len || v->looping) {
            link = &v->next;
            continue;
        }
        *link = v->next;
        voice_kill(m, v);
    }
}

void mixer_mix(struct mixer *m, size_t samples)
{
    fa_frame_begin(m->ctx);
    float *acc = FA_FRAME_ARRAY_ZEROED(m->ctx, float, samples);
    for (struct voice *v = m->active; acc && v; v = v->next)
        for (size_t i = 0; i < samples && v->pos < v->len; i++)
            acc[i] += v->gain * v->pcm[v->pos++];
    for (size_t i = 0; acc && i < samples && i < m->out_len; i++)
        m->out[i] = (int16_t)(acc[i] * m->master);
    fa_frame_end(m->ctx);
    mixer_sweep(m);
}

void mixer_duck(struct mixer *m)
{
    fa_frame_begin(m->ctx);
    duck_t *d = FA_FRAME_NEW_ZEROED(m->ctx, duck_t);
    if (d) {
        d->from = m->master;
        SDL_TimerID id = SDL_AddTimer(10, duck_tick, d);
        SDL_Delay(100);
        SDL_RemoveTimer(id);
        m->master = d->from * 0.5f;
    }
    fa_frame_end(m->ctx);
}

void mixer_stop(struct mixer *m)
{
    while (m->active) {
        struct voice *dead = m->active;
        m->active = dead->next;
        voice_kill(m, dead);
    }
}
