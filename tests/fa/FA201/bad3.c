#include "game.h"
/* SDL's threads; an array element given by an alias */
typedef struct SDL_Thread SDL_Thread;
SDL_Thread *SDL_CreateThread(int (*fn)(void *), const char *name, void *data);
void SDL_DetachThread(SDL_Thread *thread);
static int work(void *data)
{
    use_enemy(data);
    return 0;
}
void start(fa_context *ctx)
{
    enemy *all = FA_FRAME_ARRAY(ctx, enemy, 8);
    void *third = (char *)&all[3];
    SDL_Thread *t = SDL_CreateThread(work, "worker", third); // expect: FA201
    SDL_DetachThread(t);
}
