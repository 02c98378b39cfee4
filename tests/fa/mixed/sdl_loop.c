/* main loop with SDL; frame per iteration, early quits */
#include <framealloc/framealloc.h>
#include <SDL2/SDL.h>
typedef struct game { fa_context *ctx; SDL_Renderer *renderer; bool running; int score; } game;
typedef struct rect_list { SDL_Rect *items; int count; } rect_list;
static rect_list collect(game *g)
{
    rect_list list = {0};
    list.items = FA_FRAME_ARRAY(g->ctx, SDL_Rect, 64);
    if (!list.items) return list;
    for (int i = 0; i < 64; i++) {
        list.items[list.count++] = (SDL_Rect){i * 8, 0, 8, 8};
    }
    return list;
}
static void step_good(game *g)
{
    SDL_Event ev;
    fa_frame_begin(g->ctx);
    while (SDL_PollEvent(&ev)) {
        if (ev.type == SDL_QUIT) g->running = false;
        else if (ev.type == SDL_KEYDOWN && ev.key.keysym.sym == SDLK_ESCAPE) g->running = false;
    }
    rect_list l = collect(g);
    if (l.count) SDL_RenderFillRects(g->renderer, l.items, l.count);
    SDL_RenderPresent(g->renderer);
    fa_frame_end(g->ctx);
}
static void step_bad(game *g)
{
    SDL_Event ev;
    fa_frame_begin(g->ctx);
    while (SDL_PollEvent(&ev)) {
        if (ev.type == SDL_QUIT) {
            g->running = false;
            return; // expect: FA603
        }
    }
    rect_list l = collect(g);
    SDL_RenderFillRects(g->renderer, l.items, l.count);
    fa_frame_end(g->ctx);
}
static void step_late(game *g)
{
    fa_frame_begin(g->ctx);
    rect_list l = collect(g);
    fa_frame_end(g->ctx);
    SDL_RenderFillRects(g->renderer, l.items, l.count); // expect: FA606
}
int main(int argc, char **argv)
{
    (void)argc; (void)argv;
    game g = {0};
    fa_allocator *a = NULL;
    fa_allocator_desc desc = {0};
    if (fa_allocator_create(&desc, &a) != FA_RESULT_OK) return 1;
    if (fa_context_attach(a, NULL, &g.ctx) != FA_RESULT_OK) { fa_allocator_destroy(a); return 1; }
    g.running = true;
    while (g.running) {
        step_good(&g);
        step_bad(&g);
        step_late(&g);
    }
    fa_context_detach(g.ctx);
    fa_allocator_destroy(a);
    return 0;
}
