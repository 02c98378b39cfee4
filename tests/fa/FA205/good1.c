#include "game.h"
typedef struct SDL_Thread SDL_Thread;
SDL_Thread *SDL_CreateThread(int (*fn)(void *), const char *name, void *data);
void SDL_WaitThread(SDL_Thread *thread, int *status);
static int work(void *data)
{
    use_enemy(data);
    return 0;
}
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    enemy *e = FA_FRAME_NEW(ctx, enemy);
    SDL_Thread *t = SDL_CreateThread(work, "worker", e);
    SDL_WaitThread(t, NULL);
    fa_frame_end(ctx);
}
