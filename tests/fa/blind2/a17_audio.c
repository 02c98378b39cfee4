/* A mixer on a thread of its own. */
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <stdatomic.h>

typedef struct voice { const float *samples; int n; struct voice *next; } voice;
typedef struct mixer { pthread_t thread; fa_allocator *memory; fa_context *ctx; voice *list; _Atomic int stop; float *bus; } mixer;
void out(const float *bus, int n);

static void *mix(void *p)
{
    mixer *m = p;
    fa_context *own = NULL;
    if (fa_context_attach(m->memory, NULL, &own) != FA_RESULT_OK)
        return NULL;
    while (!atomic_load(&m->stop)) {
        fa_frame_begin(own);
        float *bus = FA_FRAME_ARRAY_ZEROED(own, float, 256);
        for (voice *v = m->list; v && bus; v = v->next)
            bus[0] += v->samples[0];
        if (bus)
            out(bus, 256);
        fa_frame_end(own);
    }
    fa_context_detach(own);
    return NULL;
}

bool mixer_start(mixer *m)
{
    atomic_store(&m->stop, 0);
    return pthread_create(&m->thread, NULL, mix, m) == 0; // expect: FA203
}
void mixer_stop(mixer *m)
{
    atomic_store(&m->stop, 1);
    pthread_join(m->thread, NULL);
}

static void *flush(void *p)
{
    voice *v = p;
    out(v->samples, v->n);
    return NULL;
}

void mixer_flush(mixer *m)
{
    pthread_t t;
    fa_frame_begin(m->ctx);
    voice *copy = FA_FRAME_NEW_ZEROED(m->ctx, voice);
    if (copy && pthread_create(&t, NULL, flush, copy) == 0) { // expect: FA201
        pthread_detach(t);
    }
    fa_frame_end(m->ctx); // expect: FA205
}

void mixer_flush_waiting(mixer *m)
{
    pthread_t t[2];
    bool up[2] = {false, false};
    fa_frame_begin(m->ctx);
    voice *copy = FA_FRAME_ARRAY_ZEROED(m->ctx, voice, 2);
    if (copy) {
        for (int i = 0; i < 2; i++)
            up[i] = pthread_create(&t[i], NULL, flush, &copy[i]) == 0;
        for (int i = 0; i < 2; i++)
            if (up[i])
                pthread_join(t[i], NULL);
    }
    fa_frame_end(m->ctx);
}
