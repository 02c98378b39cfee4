/* Shader reload: a watcher thread, a queue, blocks handed over. */
#include <framealloc/framealloc.h>
#include <SDL2/SDL.h>
typedef struct shader { char *source; size_t n; } shader;
typedef struct watch { SDL_mutex *lock; fa_transfer *ready[4]; int count; fa_allocator *memory; SDL_atomic_t stop; } watch;
char *read_file(fa_context *ctx, const char *path, size_t *n);
bool changed(void);

static int watcher(void *p)
{
    watch *w = p;
    fa_context *ctx = NULL;
    const fa_context_desc desc = {.name = "watcher", .pool_budget_bytes = 65536, .frame_budget_bytes = 4096};
    if (fa_context_attach(w->memory, &desc, &ctx) != FA_RESULT_OK) {
        return 1;
    }
    while (!SDL_AtomicGet(&w->stop)) {
        if (!changed()) {
            SDL_Delay(100);
            continue;
        }
        shader *s = FA_POOL_NEW_ZEROED(ctx, shader);
        if (!s) {
            continue;
        }
        SDL_LockMutex(w->lock);
        fa_transfer *t = NULL;
        if (w->count < 4 && fa_transfer_send(ctx, s, 0, &t) == FA_RESULT_OK) {
            w->ready[w->count++] = t;
        } else {
            fa_pool_free(ctx, s);
        }
        SDL_UnlockMutex(w->lock);
    }
    fa_context_detach(ctx);
    return 0;
}

SDL_Thread *watch_start(watch *w) { return SDL_CreateThread(watcher, "watcher", w); }

void watch_apply(fa_context *ctx, watch *w)
{
    void *p = NULL;
    SDL_LockMutex(w->lock);
    fa_transfer *t = w->count ? w->ready[--w->count] : NULL;
    SDL_UnlockMutex(w->lock);
    if (!t || fa_transfer_receive(ctx, t, &p) != FA_RESULT_OK) {
        return;
    }
    shader *s = p;
    if (s->n == 0) {
        return; // expect: FA608
    }
    fa_pool_free(ctx, s);
    s->n = 0; // expect: FA607
}

void watch_now(fa_context *ctx, watch *w, shader *keep)
{
    fa_frame_begin(ctx);
    shader *s = FA_FRAME_NEW_ZEROED(ctx, shader);
    if (s) {
        SDL_Thread *t = SDL_CreateThread(watcher, "now", s); // expect: FA201
        if (keep->n) {
            SDL_WaitThread(t, NULL);
        }
    }
    (void)w;
    fa_frame_end(ctx); // expect: FA205
}
