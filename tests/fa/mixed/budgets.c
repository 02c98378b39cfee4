#include "game.h"
#include <SDL2/SDL.h>
typedef struct ctx2 { fa_allocator *a; fa_context *c; } ctx2;
static int loader(void *p)
{
    ctx2 *x = p;
    char *buf = fa_heap_alloc(x->c, 4096, 16);
    if (!buf) return -1;
    fa_heap_free(x->c, buf);
    return 0;
}
static int loader_limited(void *p)
{
    ctx2 *x = p;
    fa_budget_set_context(x->c, 1 << 20, 1 << 22);
    return loader(p);
}
static int idle(void *p) { (void)p; SDL_Delay(1); return 0; }
void a(ctx2 *x)
{
    SDL_Thread *t = SDL_CreateThread(loader, "loader", x); // expect: FA203
    SDL_WaitThread(t, NULL);
}
void b(ctx2 *x)
{
    SDL_Thread *t = SDL_CreateThread(loader_limited, "loader", x);
    SDL_WaitThread(t, NULL);
}
void d(ctx2 *x)
{
    SDL_Thread *t = SDL_CreateThread(idle, "idle", x);
    SDL_WaitThread(t, NULL);
}
void e(ctx2 *x)
{
    fa_budget_set_context(x->c, 1 << 20, 1 << 22);
    SDL_Thread *t = SDL_CreateThread(loader, "loader", x);
    SDL_WaitThread(t, NULL);
}
static void limit(ctx2 *x) { fa_budget_set_context(x->c, 1 << 20, 1 << 22); }
void f(ctx2 *x)
{
    limit(x);
    SDL_Thread *t = SDL_CreateThread(loader, "loader", x);
    SDL_WaitThread(t, NULL);
}
