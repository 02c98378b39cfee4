#include "game.h"
#include <pthread.h>
#include <threads.h>
#include <SDL2/SDL.h>
#include <stdint.h>
typedef struct work { int *data; int n; } work;
static void *go(void *p) { work *w = p; w->n = 0; return NULL; }
static int go2(void *p) { work *w = p; w->n = 0; return 0; }
static pthread_t g_thread;
static SDL_Thread *g_sdl;
/* alias chain */
void alias(fa_context *c)
{
    fa_frame_begin(c);
    work *w = FA_FRAME_NEW(c, work);
    void *a = w;
    void *b = a;
    pthread_create(&g_thread, NULL, go, b); // expect: FA201
    fa_frame_end(c); // expect: FA205
}
/* address of local struct holding frame memory */
void field(fa_context *c)
{
    fa_frame_begin(c);
    static work w;
    w.data = FA_FRAME_ARRAY(c, int, 16);
    g_sdl = SDL_CreateThread(go2, "go", &w); // expect: FA201
    w.data = NULL;
    fa_frame_end(c); // expect: FA205
}
static int launch(work *w) { return pthread_create(&g_thread, NULL, go, w); }
void helper(fa_context *c)
{
    fa_frame_begin(c);
    work *w = FA_FRAME_NEW(c, work);
    if (!w) goto out;
    w->n = 4;
    if (launch(w) != 0) // expect: FA201
        goto out;
out:
    fa_frame_end(c); // expect: FA205
}
#define SPAWN(fn, arg) SDL_CreateThread((fn), #fn, (void *)(arg))
void macro(fa_context *c)
{
    fa_frame_begin(c);
    work *w = FA_FRAME_NEW(c, work);
    SDL_Thread *t = SPAWN(go2, w); // expect: FA201
    SDL_DetachThread(t);
    fa_frame_end(c); // expect: FA205
}
void through_int(fa_context *c)
{
    fa_frame_begin(c);
    work *w = FA_FRAME_NEW(c, work);
    uintptr_t bits = (uintptr_t)w;
    thrd_t t;
    thrd_create(&t, go2, (void *)bits); // expect: FA201
    thrd_detach(t);
    fa_frame_end(c); // expect: FA205
}
void some_joined(fa_context *c, int wait)
{
    fa_frame_begin(c);
    work *w = FA_FRAME_NEW(c, work);
    pthread_t t;
    if (pthread_create(&t, NULL, go, w) == 0) { // expect: FA201
        if (wait) pthread_join(t, NULL);
    }
    fa_frame_end(c); // expect: FA205
}
/* good */
void joined(fa_context *c)
{
    fa_frame_begin(c);
    work *w = FA_FRAME_NEW(c, work);
    pthread_t t;
    if (w && pthread_create(&t, NULL, go, w) == 0) pthread_join(t, NULL);
    fa_frame_end(c);
}
static void wait_for(SDL_Thread *t) { int r; SDL_WaitThread(t, &r); }
void joined_helper(fa_context *c)
{
    fa_frame_begin(c);
    work *w = FA_FRAME_NEW(c, work);
    SDL_Thread *t = SDL_CreateThread(go2, "x", w);
    if (t) wait_for(t);
    fa_frame_end(c);
}
void many(fa_context *c)
{
    thrd_t t[8];
    fa_frame_begin(c);
    work *w = FA_FRAME_ARRAY(c, work, 8);
    if (w) {
        for (int i = 0; i < 8; i++) thrd_create(&t[i], go2, w + i);
        for (int i = 7; i >= 0; i--) thrd_join(t[i], NULL);
    }
    fa_frame_end(c);
}
void pool_obj(fa_context *c)
{
    fa_frame_begin(c);
    work *w = FA_POOL_NEW(c, work);
    if (w && pthread_create(&g_thread, NULL, go, w) != 0) fa_pool_free(c, w);
    fa_frame_end(c);
}
void copied(fa_context *c)
{
    fa_frame_begin(c);
    work *w = FA_FRAME_NEW(c, work);
    if (w) {
        work *h = fa_heap_alloc(c, sizeof *h, 16);
        if (h) {
            h->n = w->n;
            h->data = NULL;
            pthread_create(&g_thread, NULL, go, h);
        }
    }
    fa_frame_end(c);
}
void unused_arg(fa_context *c)
{
    fa_frame_begin(c);
    work *w = FA_FRAME_NEW(c, work);
    if (w) w->n = 1;
    pthread_create(&g_thread, NULL, go, NULL);
    fa_frame_end(c);
}
void goto_join(fa_context *c, int quick)
{
    pthread_t t;
    int started = 0;
    fa_frame_begin(c);
    work *w = FA_FRAME_NEW(c, work);
    if (!w) goto done;
    started = pthread_create(&t, NULL, go, w) == 0;
    if (quick) goto done;
    w->n = 0;
done:
    if (started) pthread_join(t, NULL);
    fa_frame_end(c);
}
typedef struct crew { pthread_t t; bool up; work *w; } crew;
static void crew_start(crew *k, fa_context *c)
{
    k->w = FA_FRAME_NEW(c, work);
    k->up = k->w && pthread_create(&k->t, NULL, go, k->w) == 0;
}
static void crew_stop(crew *k)
{
    if (k->up) pthread_join(k->t, NULL);
    k->up = false;
}
void crewed(fa_context *c)
{
    crew k;
    fa_frame_begin(c);
    crew_start(&k, c);
    crew_stop(&k);
    fa_frame_end(c);
}
