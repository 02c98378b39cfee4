/* Screens as a table of functions: enter, update, leave. */
#include <framealloc/framealloc.h>

typedef struct app app;
typedef struct screen {
    void (*enter)(app *);
    int (*update)(app *);
    void (*leave)(app *);
} screen;
struct app {
    fa_context *ctx;
    int current;
    void *data;
    char *title;
    float *fade;
};
bool pressed(int key);
void show(const char *text, const float *fade);

static void menu_enter(app *a) { a->data = FA_POOL_NEW_ZEROED(a->ctx, int); }
static int menu_update(app *a)
{
    a->title = fa_frame_strdup(a->ctx, "menu");
    show(a->title, NULL);
    a->title = NULL;
    return pressed(1) ? 1 : 0;
}
static void menu_leave(app *a)
{
    fa_pool_free(a->ctx, a->data);
    a->data = NULL;
}

static void game_enter(app *a) { a->data = FA_POOL_NEW_ZEROED(a->ctx, int); }
static int game_update(app *a)
{
    a->fade = FA_FRAME_ARRAY(a->ctx, float, 16);
    show("game", a->fade);
    return pressed(2) ? 0 : 1;
}
static void game_leave(app *a)
{
    fa_pool_free(a->ctx, a->data);
    a->data = NULL;
}

static const screen screens[] = {
    {menu_enter, menu_update, menu_leave},
    {game_enter, game_update, game_leave},
};

void app_round(app *a)
{
    fa_frame_begin(a->ctx);
    int next = screens[a->current].update(a); // expect: FA601
    if (next != a->current) {
        screens[a->current].leave(a);
        a->current = next;
        screens[a->current].enter(a);
    }
    fa_frame_end(a->ctx);
}
