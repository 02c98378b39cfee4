/* Dialogue as fibers and data; text is built in the frame and copied where it must last. */
#include <framealloc/framealloc.h>
#include <framealloc/text.h>
#include <string.h>
typedef struct fiber fiber;
void fiber_wait(fiber *f, int frames);
typedef struct line { const char *who; char text[96]; } line;
typedef struct talk { fa_context *ctx; fiber *self; line shown; int choice; } talk;
void draw_box(const char *who, const char *text);

static void say(talk *t, const char *who, int gold)
{
    fa_text text = fa_text_make(t->ctx);
    fa_text_append(&text, who);
    fa_text_printf(&text, ": you have %d gold", gold);
    const char *done = fa_text_finish(&text);
    t->shown.who = who;
    if (done) {
        strncpy(t->shown.text, done, sizeof t->shown.text - 1);
        t->shown.text[sizeof t->shown.text - 1] = 0;
    }
}

void merchant(talk *t, int gold)
{
    say(t, "merchant", gold);
    for (int i = 0; i < 60; i++) {
        draw_box(t->shown.who, t->shown.text);
        fiber_wait(t->self, 1);
    }
    while (t->choice < 0) {
        const char *hint = fa_frame_printf(t->ctx, "(%d)", gold);
        draw_box("", hint ? hint : "");
        fiber_wait(t->self, 1);
    }
    say(t, "merchant", gold - t->choice);
}

int length(fa_context *ctx, const char *const *words, int n)
{
    int total = 0;
    fa_frame_begin(ctx);
    fa_text all = fa_text_make(ctx);
    for (int i = 0; i < n; i++) {
        if (fa_text_append(&all, words[i]) != FA_RESULT_OK) {
            break;
        }
    }
    total = (int)all.length;
    fa_frame_end(ctx);
    return total;
}
