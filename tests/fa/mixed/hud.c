/* string building for HUD; copies out in time */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>
typedef struct hud { char title[64]; const char *tip; char *owned; int score; } hud;
void hud_update(hud *h, fa_context *ctx, int score)
{
    fa_frame_begin(ctx);
    char *t = fa_frame_printf(ctx, "Score: %d", score);
    if (t) { strncpy(h->title, t, sizeof h->title - 1); h->title[sizeof h->title - 1] = 0; }
    h->score = score;
    fa_frame_end(ctx);
}
void hud_tip_bad(hud *h, fa_context *ctx, int score)
{
    fa_frame_begin(ctx);
    h->tip = fa_frame_strdup(ctx, score > 10 ? "great" : "try again"); // expect: FA601
    fa_frame_end(ctx);
}
void hud_tip_restored(hud *h, fa_context *ctx, int score)
{
    const char *saved = h->tip;
    fa_frame_begin(ctx);
    h->tip = fa_frame_printf(ctx, "%d", score);
    printf("%s\n", h->tip ? h->tip : "");
    h->tip = saved;
    fa_frame_end(ctx);
}
void hud_own(hud *h, fa_context *ctx, const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = fa_heap_alloc(ctx, n, 1);
    if (!copy) return;
    memcpy(copy, text, n);
    fa_heap_free(ctx, h->owned);
    h->owned = copy;
}
void hud_own_bad(hud *h, fa_context *ctx, const char *text)
{
    size_t n = strlen(text) + 1;
    fa_heap_free(ctx, h->owned);
    char *copy = fa_heap_alloc(ctx, n, 1);
    if (!copy) return;
    memcpy(copy, text, n);
    if (strcmp(h->owned, text) == 0) // expect: FA607
        puts("same");
    h->owned = copy;
}
const char *label_bad(fa_context *ctx, int v)
{
    fa_frame_begin(ctx);
    char *s = fa_frame_printf(ctx, "v=%d", v);
    fa_frame_end(ctx);
    return s; // expect: FA601
}
const char *label_good(fa_context *ctx, int v)
{
    return fa_frame_printf(ctx, "v=%d", v);
}
