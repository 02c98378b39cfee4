#include <SDL2/SDL.h>
#include <framealloc/framealloc.h>
// Main loop: one frame per round, whatever way the round ends.
typedef struct Event { int kind; struct Event *next; } Event;
typedef struct App {
    fa_allocator *memory;
    fa_context *ctx;
    SDL_bool running, paused;
    Event *queue;
    char *title;
    struct { Event *current; unsigned seen; } dispatch;
} App;

static Event *poll_events(App *app)
{
    SDL_Event raw[8];
    Event *head = NULL;
    SDL_PumpEvents();
    int n = SDL_PeepEvents(raw, 8, SDL_GETEVENT, SDL_FIRSTEVENT, SDL_LASTEVENT);
    if (n <= 0)
        return NULL;
    Event *block = FA_FRAME_ARRAY(app->ctx, Event, (size_t)n);
    for (int i = 0; block && i < n; i++) {
        block[i].kind = (int)raw[i].type;
        block[i].next = head;
        head = &block[i];
    }
    return head;
}

static int dispatch(App *app, Event *list)
{
    for (Event *e = list; e; e = e->next) {
        app->dispatch.current = e;
        app->dispatch.seen++;
        if (e->kind == SDL_QUIT) {
            app->dispatch.current = NULL;
            return 0;
        }
    }
    app->dispatch.current = NULL;
    return 1;
}

static void set_title(App *app, const char *text)
{
    size_t n = SDL_strlen(text) + 1;
    char *t = fa_heap_realloc(app->ctx, app->title, n);
    if (!t)
        return;
    SDL_memcpy(t, text, n);
    app->title = t;
}

int app_run(App *app)
{
    unsigned long frames = 0;
    while (app->running) {
        if (fa_frame_begin(app->ctx) != FA_RESULT_OK)
            break;
        Event *events = poll_events(app);
        if (!dispatch(app, events)) {
            fa_frame_end(app->ctx);
            break;
        }
        if (app->paused) {
            fa_frame_end(app->ctx);
            SDL_Delay(10);
            continue;
        }
        char *t = fa_frame_printf(app->ctx, "frame %lu", ++frames);
        if (t)
            set_title(app, t);
        fa_frame_end(app->ctx);
    }
    fa_heap_free(app->ctx, app->title);
    app->title = NULL;
    return (int)app->dispatch.seen;
}

int main(int argc, char **argv)
{
    (void)argc;
    App app = {.running = SDL_TRUE};
    if (fa_allocator_create(&(fa_allocator_desc){.name = argv[0]}, &app.memory) != FA_RESULT_OK)
        return 1;
    if (fa_context_attach(app.memory, NULL, &app.ctx) != FA_RESULT_OK) {
        fa_allocator_destroy(app.memory);
        return 1;
    }
    int seen = app_run(&app);
    fa_context_detach(app.ctx);
    fa_allocator_destroy(app.memory);
    return seen == 0;
}
