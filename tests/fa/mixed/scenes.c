/* function tables */
#include <framealloc/framealloc.h>
typedef struct scene scene;
typedef struct scene_ops {
    const char *name;
    bool (*enter)(scene *s, fa_context *ctx);
    void (*update)(scene *s, fa_context *ctx, float dt);
    void (*leave)(scene *s, fa_context *ctx);
} scene_ops;
struct scene { const scene_ops *ops; void *data; int *pairs; };
typedef struct title_data { int blink; char *text; } title_data;
static bool title_enter(scene *s, fa_context *ctx)
{
    title_data *d = FA_POOL_NEW_ZEROED(ctx, title_data);
    if (!d) return false;
    s->data = d;
    return true;
}
static void title_update(scene *s, fa_context *ctx, float dt)
{
    title_data *d = s->data;
    d->blink += dt > 0.5f;
    d->text = fa_frame_printf(ctx, "blink %d", d->blink);
    (void)d->text;
    d->text = NULL;
}
static void title_leave(scene *s, fa_context *ctx)
{
    fa_pool_free(ctx, s->data);
    s->data = NULL;
}
static void world_update(scene *s, fa_context *ctx, float dt)
{
    (void)dt;
    s->pairs = FA_FRAME_ARRAY(ctx, int, 64);
}
static bool world_enter(scene *s, fa_context *ctx) { (void)s; (void)ctx; return true; }
static void world_leave(scene *s, fa_context *ctx) { (void)s; (void)ctx; }
const scene_ops title_ops = {"title", title_enter, title_update, title_leave};
const scene_ops world_ops = {.name = "world", .enter = world_enter, .update = world_update, .leave = world_leave};
void run_title(fa_context *ctx, int frames)
{
    scene s = {.ops = &title_ops};
    if (!s.ops->enter(&s, ctx)) return;
    for (int i = 0; i < frames; i++) {
        fa_frame_begin(ctx);
        s.ops->update(&s, ctx, 0.016f);
        fa_frame_end(ctx);
    }
    s.ops->leave(&s, ctx);
}
void run_world(scene *s, fa_context *ctx, int frames)
{
    s->ops = &world_ops;
    for (int i = 0; i < frames; i++) {
        fa_frame_begin(ctx);
        s->ops->update(s, ctx, 0.016f); // expect: FA601
        fa_frame_end(ctx);
    }
}
