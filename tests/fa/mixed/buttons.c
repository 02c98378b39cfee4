/* callbacks through structs */
#include <framealloc/framealloc.h>
#include <SDL2/SDL.h>
typedef struct event_handler { void (*fn)(void *user, int code); void *user; } event_handler;
typedef struct button { event_handler on_click; const char *label; int x, y; } button;
typedef struct ui { button buttons[8]; int count; } ui;
static void click(void *user, int code) { (void)user; (void)code; }
typedef struct click_data { int id; } click_data;
void ui_build_bad(ui *u, fa_context *ctx)
{
    fa_frame_begin(ctx);
    click_data *d = FA_FRAME_NEW(ctx, click_data);
    if (d) {
        d->id = 7;
        u->buttons[0].on_click.fn = click;
        u->buttons[0].on_click.user = d; // expect: FA703
    }
    fa_frame_end(ctx);
}
void ui_build_good(ui *u, fa_context *ctx)
{
    click_data *d = FA_POOL_NEW(ctx, click_data);
    if (d) {
        d->id = 7;
        u->buttons[0].on_click = (event_handler){click, d};
    }
}
void ui_local(fa_context *ctx)
{
    fa_frame_begin(ctx);
    ui tmp = {0};
    click_data *d = FA_FRAME_NEW(ctx, click_data);
    tmp.buttons[0].on_click = (event_handler){click, d};
    tmp.buttons[0].on_click.fn(tmp.buttons[0].on_click.user, 1);
    fa_frame_end(ctx);
}
static Uint32 tick(Uint32 interval, void *param) { (void)param; return interval; }
void timer_bad(fa_context *ctx)
{
    fa_frame_begin(ctx);
    click_data *d = FA_FRAME_NEW_ZEROED(ctx, click_data);
    SDL_AddTimer(100, tick, d); // expect: FA703
    fa_frame_end(ctx);
}
void timer_good(fa_context *ctx)
{
    fa_frame_begin(ctx);
    click_data *d = FA_FRAME_NEW_ZEROED(ctx, click_data);
    SDL_TimerID id = SDL_AddTimer(100, tick, d);
    SDL_Delay(5);
    SDL_RemoveTimer(id);
    fa_frame_end(ctx);
}
