#include "game.h"
#include <stdio.h>
/* a whole small program */
typedef struct app { fa_allocator *allocator; fa_context *ctx; fa_tag tag_update, tag_draw; enemy *all; int count; bool running; } app;
static bool app_init(app *a)
{
    if (fa_allocator_create(NULL, &a->allocator) != FA_RESULT_OK) {
        return false;
    }
    if (fa_context_attach(a->allocator, NULL, &a->ctx) != FA_RESULT_OK) {
        fa_allocator_destroy(a->allocator);
        return false;
    }
    a->tag_update = fa_tag_intern(a->allocator, "update");
    a->tag_draw = fa_tag_intern(a->allocator, "draw");
    a->count = 100;
    a->all = fa_heap_alloc(a->ctx, sizeof *a->all * (size_t)a->count, 16);
    return a->all != NULL;
}
static void app_update(app *a)
{
    FA_TAG_SCOPE(a->ctx, a->tag_update)
    {
        vec2 *forces = FA_FRAME_ARRAY(a->ctx, vec2, (size_t)a->count);
        if (!forces) {
            return;
        }
        for (int i = 0; i < a->count; i++) {
            a->all[i].at.x += forces[i].x;
        }
    }
}
static void app_draw(app *a)
{
    fa_tag_push(a->ctx, a->tag_draw);
    char *text = fa_frame_printf(a->ctx, "%d", a->count);
    if (text) {
        puts(text);
    }
    fa_tag_pop(a->ctx);
}
int main(void)
{
    app a = {.running = true};
    if (!app_init(&a)) {
        return 1;
    }
    for (int frame = 0; frame < 1000 && a.running; frame++) {
        if (fa_frame_begin(a.ctx) != FA_RESULT_OK) {
            break;
        }
        app_update(&a);
        app_draw(&a);
        a.running = is_ready();
        fa_frame_end(a.ctx);
    }
    fa_heap_free(a.ctx, a.all);
    fa_context_detach(a.ctx);
    fa_allocator_destroy(a.allocator);
    return 0;
}
