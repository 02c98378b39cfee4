/* stage.c - the window. The picture is drawn on the CPU into a streaming texture, once per frame, and
 * stretched over the window by whatever renderer there is. */
#include <string.h>

#include "framealloc/app/app.h"
#include "framealloc/app/resource.h"
#include "framealloc/app/set.h"
#include "framealloc_sdl2/sdl2.h"
#include "game.h"

/* ---- opening and closing ------------------------------------------------------------------------------ */

static void close_window(stage *st)
{
    if (st->texture) { /* SDL takes NULL for a mistake, and would forget the error before it */
        SDL_DestroyTexture(st->texture);
    }
    if (st->renderer) {
        SDL_DestroyRenderer(st->renderer);
    }
    if (st->window) {
        SDL_DestroyWindow(st->window);
    }
    *st = (stage){0};
}

static bool open_renderer(stage *st, const options *o, Uint32 flags)
{
    st->window = SDL_CreateWindow("framealloc demo", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, o->width,
                                  o->height, SDL_WINDOW_RESIZABLE);
    st->renderer = st->window ? SDL_CreateRenderer(st->window, -1, flags) : NULL;
    return st->renderer != NULL;
}

/* Does OpenGL run on the processor? Then SDL's own software renderer does the same work in a fifth of the
 * time. */
static bool opengl_is_slow(SDL_Renderer *renderer)
{
    typedef const unsigned char *(*get_string)(unsigned name);
    SDL_RendererInfo info = {0};
    void *address = NULL;
    get_string get = NULL;
    if (SDL_GetRendererInfo(renderer, &info) == 0 && strncmp(info.name, "opengl", 6) == 0) {
        address = SDL_GL_GetProcAddress("glGetString");
    }
    memcpy(&get, &address, sizeof get); /* C has no cast from an object's to a function's address */
    const char *name = get ? (const char *)get(0x1F01 /* GL_RENDERER */) : NULL;
    return name && (strstr(name, "llvmpipe") || strstr(name, "softpipe") || strstr(name, "SwiftShader"));
}

/* A window that nobody sees would run for ever: SDL falls back to that where there is no display. */
static bool is_invisible(const options *o)
{
    const char *driver = SDL_GetCurrentVideoDriver();
    bool invisible = !driver || strcmp(driver, "dummy") == 0 || strcmp(driver, "offscreen") == 0;
    if (invisible && o->frames == 0) {
        (void)SDL_SetError("there is no display; try --headless");
    }
    return invisible && o->frames == 0;
}

static bool open_window(stage *st, const options *o)
{
    Uint32 vsync = o->no_vsync ? 0 : SDL_RENDERER_PRESENTVSYNC;
    /* Has an effect on the software renderer only: without it, that would draw through OpenGL after all. */
    (void)SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, "0");
    bool open = open_renderer(st, o, vsync);
    if (!open || opengl_is_slow(st->renderer)) {
        close_window(st);
        open = open_renderer(st, o, SDL_RENDERER_SOFTWARE);
    }
    return open;
}

static bool open_texture(stage *st, const options *o)
{
    if (st->texture) {
        SDL_DestroyTexture(st->texture);
    }
    st->texture = SDL_CreateTexture(st->renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING,
                                    o->width, o->height);
    return st->texture && SDL_SetTextureBlendMode(st->texture, SDL_BLENDMODE_NONE) == 0 &&
           SDL_RenderSetLogicalSize(st->renderer, o->width, o->height) == 0;
}

/* ---- systems ------------------------------------------------------------------------------------------ */

/* A new level has a dark glow layer. Without memory for it the game goes on without a picture. */
static void darken(fa_sys *s)
{
    canvas *c = &FA_RES_MUT(s, stage)->canvas;
    size_t bytes = (size_t)c->width * (size_t)c->height * sizeof(uint32_t);
    c->glow = fa_arena_alloc(FA_RES(s, level)->arena, bytes, 64);
    if (c->glow) {
        memset(c->glow, 0, bytes);
    }
}

static void notice_steps(fa_sys *s)
{
    stage *st = FA_RES_MUT(s, stage);
    st->new_step = st->drawn_step != FA_RES(s, fa_time)->step;
    st->drawn_step = FA_RES(s, fa_time)->step;
}

static void compose(fa_sys *s)
{
    stage *st = FA_RES_MUT(s, stage);
    void *pixels = NULL;
    int pitch_bytes = 0;
    if (!st->canvas.glow) {
        return;
    }
    if (SDL_LockTexture(st->texture, NULL, &pixels, &pitch_bytes) != 0 &&
        (!open_texture(st, FA_RES(s, options)) ||
         SDL_LockTexture(st->texture, NULL, &pixels, &pitch_bytes) != 0)) {
        return; /* the graphics card was lost; the next frame tries again */
    }
    st->canvas.pixels = pixels;
    st->canvas.pitch = pitch_bytes / (int)sizeof(uint32_t);
    canvas_compose(&st->canvas, st->new_step);
}

static bool save_picture(const canvas *c, const char *path)
{
    SDL_Surface *surface =
        SDL_CreateRGBSurfaceWithFormatFrom(c->pixels, c->width, c->height, 32,
                                           c->pitch * (int)sizeof(uint32_t), SDL_PIXELFORMAT_RGB888);
    bool saved = surface && SDL_SaveBMP(surface, path) == 0;
    if (!saved) {
        SDL_LogError(SDL_LOG_CATEGORY_APPLICATION, "%s was not written: %s", path, SDL_GetError());
    }
    SDL_FreeSurface(surface);
    return saved;
}

static void present(fa_sys *s)
{
    stage *st = FA_RES_MUT(s, stage);
    const options *o = FA_RES(s, options);
    if (st->canvas.pixels) {
        bool last = FA_RES(s, fa_time)->frame == o->frames;
        if (o->screenshot && last && !save_picture(&st->canvas, o->screenshot)) {
            fa_sys_exit(s, 1);
        }
        st->canvas.pixels = NULL;
        SDL_UnlockTexture(st->texture);
        (void)SDL_RenderClear(st->renderer);
        (void)SDL_RenderCopy(st->renderer, st->texture, NULL, NULL);
        SDL_RenderPresent(st->renderer);
    }
}

/* ---- the plugin --------------------------------------------------------------------------------------- */

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    const options *o = FA_APP_RES(app, options);
    stage st = {.canvas = {.width = o->width, .height = o->height}};
    if (is_invisible(o) || !open_window(&st, o) || !open_texture(&st, o)) {
        SDL_LogError(SDL_LOG_CATEGORY_APPLICATION, "no window: %s", SDL_GetError());
        close_window(&st);
        return FA_RESULT_IO;
    }
    st.canvas.width = o->width;
    st.canvas.height = o->height;
    fa_schedule level_schedule = fa_app_schedule(app, LEVEL_SCHEDULE);
    fa_result result = FIRST_ERROR(
        fa_app_insert_resource(app, FA_T(stage), &st),
        fa_app_add_system(app, level_schedule, FA_SYSTEM(darken, .res = {FA_W(stage), FA_R(level)})),
        fa_app_add_system(app, FA_POST_UPDATE, FA_SYSTEM(notice_steps, .res = {FA_W(stage), FA_R(fa_time)})),
        fa_app_add_system(app, FA_RENDER, FA_SYSTEM(compose, .res = {FA_W(stage), FA_R(options)})),
        fa_app_add_system(app, FA_RENDER,
                          FA_SYSTEM(present, .res = {FA_W(stage), FA_R(options), FA_R(fa_time)})),
        fa_app_configure_set(app, FA_RENDER, "light", &(fa_set_desc){.before = {"compose"}}),
        fa_app_configure_set(app, FA_RENDER, "paint",
                             &(fa_set_desc){.after = {"compose"}, .before = {"present"}}));
    if (result != FA_RESULT_OK) {
        close_window(&st);
    }
    return result;
}

static void shut_down(fa_app *app, void *user)
{
    (void)user;
    close_window(FA_APP_RES_MUT(app, stage));
}

fa_plugin stage_plugin(void)
{
    return (fa_plugin){.abi_version = FA_ABI_VERSION,
                       .name = "stage",
                       .build = build,
                       .shutdown = shut_down,
                       .needs = {"sdl2"}};
}
