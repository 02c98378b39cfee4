#include "game.h"
typedef union SDL_Event { uint32_t type; char pad[56]; } SDL_Event;
int SDL_PollEvent(SDL_Event *e);
void run(fa_context *ctx)
{
    SDL_Event e;
    bool quit = false;
    while (!quit) {
        while (SDL_PollEvent(&e)) {
            if (e.type == 256) quit = true;
        }
        fa_frame_begin(ctx);
        SDL_Event *copy = FA_FRAME_NEW(ctx, SDL_Event);
        if (copy) *copy = e;
        fa_frame_end(ctx);
    }
}
