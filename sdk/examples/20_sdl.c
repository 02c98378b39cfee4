/* 20_sdl.c - an app in a loop that SDL programmers know, in forty lines. */ /* clang-format off */
#include <SDL.h>

#include "framealloc/app.h"
typedef struct Pos { float x, y; } Pos;
typedef struct Vel { float x, y; } Vel;
typedef struct Gfx { SDL_Renderer *r; } Gfx;
FA_TYPE_STATIC(Pos); FA_TYPE_STATIC(Vel); FA_TYPE_STATIC(Gfx);

static void spawn(fa_sys *s) {
    for (int i = 0; i < 1000; i++) {
        FA_SPAWN(s, FA_V(Pos, {(float)(i * 7 % 640), (float)(i % 360)}), FA_V(Vel, {(float)(i % 7) - 3, 20}));
    }
}
static void move(fa_sys *s) {
    float dt = (float)FA_RES(s, fa_time)->delta_seconds;
    FA_EACH(s, 0, it) {
        Pos *p = FA_COL(it, Pos, 0); const Vel *v = FA_COL(it, Vel, 1);
        for (uint32_t i = 0; i < it.count; i++) {
            p[i].x += v[i].x * dt; p[i].y = p[i].y > 360 ? 0 : p[i].y + v[i].y * dt;
        }
    }
}
static void draw(fa_sys *s) {
    SDL_Renderer *r = FA_RES(s, Gfx)->r;
    SDL_SetRenderDrawColor(r, 8, 8, 16, 255); SDL_RenderClear(r); SDL_SetRenderDrawColor(r, 255, 200, 80, 255);
    FA_EACH(s, 0, it) {
        SDL_FRect *q = FA_SCRATCH(s, SDL_FRect, it.count); // fa-allow(FA602): one per chunk, gone when draw returns
        for (uint32_t i = 0; q && i < it.count; i++) { q[i] = (SDL_FRect){FA_COL(it, Pos, 0)[i].x, FA_COL(it, Pos, 0)[i].y, 3, 3}; }
        if (q) { SDL_RenderFillRectsF(r, q, (int)it.count); }
    }
    SDL_RenderPresent(r);
}
int main(int argc, char **argv) {
    fa_app *app; (void)argc; (void)argv; SDL_Init(SDL_INIT_VIDEO);
    SDL_Window *w = SDL_CreateWindow("fa", 0, 0, 640, 360, 0); Gfx gfx = {SDL_CreateRenderer(w, -1, 0)};
    if (!gfx.r || fa_app_create(&(fa_app_desc){.fixed_hz = 60, .workers = 1}, &app)) { return 1; }
    fa_app_add_plugin_group(app, fa_plugin_group_default(app)); fa_app_insert_resource(app, FA_T(Gfx), &gfx);
    fa_app_add_system(app, FA_STARTUP, FA_SYSTEM(spawn, .budget_bytes = 512u << 10));
    fa_app_add_system(app, FA_FIXED_UPDATE, FA_SYSTEM(move, .query = {{FA_W(Pos), FA_R(Vel)}}, .res = {FA_R(fa_time)}));
    fa_app_add_system(app, FA_RENDER, FA_SYSTEM(draw, .query = {{FA_R(Pos)}}, .res = {FA_R(Gfx)}, .main_thread = true));
    for (SDL_Event e;; fa_app_update(app)) { while (SDL_PollEvent(&e)) { if (e.type == SDL_QUIT) { fa_app_destroy(app); SDL_DestroyRenderer(gfx.r); SDL_DestroyWindow(w); SDL_Quit(); return 0; } } }
}
