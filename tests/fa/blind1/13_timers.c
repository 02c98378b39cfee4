/* Timers and callbacks of SDL. */
#include <SDL2/SDL.h>
#include <framealloc/framealloc.h>

typedef struct toast { char *text; int left; } toast;
typedef struct hud { fa_context *ctx; SDL_TimerID timer; toast *last; } hud;

static Uint32 SDLCALL fade(Uint32 interval, void *param)
{
    toast *t = param;
    return --t->left > 0 ? interval : 0;
}

void hud_say(hud *h, const char *what)
{
    fa_frame_begin(h->ctx);
    toast *t = FA_FRAME_NEW_ZEROED(h->ctx, toast);
    if (t) {
        t->text = fa_frame_strdup(h->ctx, what);
        t->left = 10;
        h->timer = SDL_AddTimer(100, fade, t); // expect: FA703
    }
    fa_frame_end(h->ctx);
}

void hud_say_kept(hud *h)
{
    fa_frame_begin(h->ctx);
    toast *t = FA_POOL_NEW_ZEROED(h->ctx, toast);
    if (t) {
        t->left = 10;
        h->timer = SDL_AddTimer(100, fade, t);
        h->last = t;
    }
    fa_frame_end(h->ctx);
}

void hud_say_text_in_frame(hud *h, const char *what)
{
    fa_frame_begin(h->ctx);
    toast *t = FA_POOL_NEW_ZEROED(h->ctx, toast);
    if (t) {
        t->text = fa_frame_printf(h->ctx, "<%s>", what); // expect: FA601
        t->left = 10;
        h->last = t;
        h->timer = SDL_AddTimer(100, fade, t); // expect: FA703
    }
    fa_frame_end(h->ctx);
}

/* Taken away before the frame ends: nothing is left to fire. */
void hud_wait(hud *h)
{
    fa_frame_begin(h->ctx);
    toast *t = FA_FRAME_NEW_ZEROED(h->ctx, toast);
    if (t) {
        t->left = 1;
        SDL_TimerID timer = SDL_AddTimer(1, fade, t);
        SDL_Delay(5);
        SDL_RemoveTimer(timer);
    }
    fa_frame_end(h->ctx);
}
