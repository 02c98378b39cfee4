/* Cut scenes with fibers: annotated waits, frames on each side. */
#include <framealloc/annotate.h>
#include <framealloc/framealloc.h>
typedef struct scene { fa_context *ctx; int beat; char caption[48]; } scene;
FA_SUSPENDS void scene_wait(scene *s, float seconds);
void show(const char *text);
void copy_text(char *to, const char *from);

void intro(scene *s)
{
    const char *line = fa_frame_printf(s->ctx, "beat %d", s->beat);
    if (line) {
        copy_text(s->caption, line);
        show(line);
    }
    scene_wait(s, 2.0f);
    show(s->caption);
}
void outro(scene *s)
{
    int *order = FA_FRAME_ARRAY(s->ctx, int, 4);
    if (!order) return;
    for (int i = 0; i < 4; i++) order[i] = i * s->beat;
    for (int i = 0; i < 4; i++) {
        s->beat = order[i];
        scene_wait(s, 1.0f); // expect: FA702
    }
}
static void fade(scene *s, float to)
{
    for (float f = 0; f < to; f += 0.25f) scene_wait(s, 0.1f);
}
void chapter(scene *s)
{
    struct { const char *title; int n; } card = {fa_frame_strdup(s->ctx, "one"), 1};
    fade(s, 1.0f); // expect: FA702
    if (card.title) show(card.title);
}
void own_frame(scene *s)
{
    fa_frame_begin(s->ctx);
    int *tmp = FA_FRAME_NEW(s->ctx, int);
    if (tmp) s->beat += *tmp = 1;
    fa_frame_end(s->ctx);
    fade(s, 0.5f);
    fa_frame_begin(s->ctx);
    tmp = FA_FRAME_NEW(s->ctx, int);
    if (tmp) s->beat += *tmp = 2;
    fa_frame_end(s->ctx);
}
