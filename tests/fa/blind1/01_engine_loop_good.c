/* An engine loop: events, a table of subsystems, a frame per round; what outlives the round is copied by value. */
#include <SDL2/SDL.h>
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct visible { int entity; float depth; } visible;
typedef struct engine engine;
typedef struct subsystem {
    const char *name;
    bool (*start)(engine *);
    void (*update)(engine *, float);
    void (*stop)(engine *);
} subsystem;
struct engine {
    fa_allocator *memory;
    fa_context *ctx;
    bool quit;
    int alive;
    visible nearest;
    char caption[64];
    struct { visible *items; int count; } view; /* of this frame only */
};

static bool start_nothing(engine *e) { (void)e; return true; }
static void stop_nothing(engine *e) { (void)e; }

static void cull(engine *e, float dt)
{
    (void)dt;
    e->view.count = 0;
    e->view.items = FA_FRAME_ARRAY(e->ctx, visible, (size_t)e->alive);
    if (!e->view.items) {
        return;
    }
    for (int i = 0; i < e->alive; i++) {
        e->view.items[e->view.count++] = (visible){i, (float)(e->alive - i)};
    }
}

static void pick(engine *e, float dt)
{
    const visible *best = NULL;
    (void)dt;
    for (int i = 0; i < e->view.count; i++) {
        const visible *v = e->view.items + i;
        if (!best || v->depth < best->depth) {
            best = v;
        }
    }
    if (best) {
        e->nearest = *best;
    }
}

static void label(engine *e, float dt)
{
    char *text = fa_frame_printf(e->ctx, "%d alive, %.1f ms", e->alive, (double)dt * 1000.0);
    if (text) {
        size_t n = strlen(text);
        if (n >= sizeof e->caption) {
            n = sizeof e->caption - 1;
        }
        memcpy(e->caption, text, n);
        e->caption[n] = '\0';
    }
}

static const subsystem subsystems[] = {
    {"cull", start_nothing, cull, stop_nothing},
    {"pick", start_nothing, pick, stop_nothing},
    {"label", start_nothing, label, stop_nothing},
};
enum { SUBSYSTEMS = sizeof subsystems / sizeof subsystems[0] };

static void round_of(engine *e)
{
    SDL_Event event;
    while (SDL_PollEvent(&event)) {
        if (event.type == SDL_QUIT) {
            e->quit = true;
        }
    }
    if (fa_frame_begin(e->ctx) != FA_RESULT_OK) {
        e->quit = true;
        return;
    }
    for (int i = 0; i < SUBSYSTEMS; i++) {
        subsystems[i].update(e, 0.016f);
    }
    e->view.items = NULL;
    e->view.count = 0;
    fa_frame_end(e->ctx);
}

int main(void)
{
    engine e = {.alive = 100};
    if (fa_allocator_create(&(fa_allocator_desc){.name = "loop"}, &e.memory) != FA_RESULT_OK) {
        return 1;
    }
    if (fa_context_attach(e.memory, NULL, &e.ctx) == FA_RESULT_OK) {
        int started = 0;
        while (started < SUBSYSTEMS && subsystems[started].start(&e)) {
            started++;
        }
        while (started == SUBSYSTEMS && !e.quit) {
            round_of(&e);
        }
        while (started-- > 0) {
            subsystems[started].stop(&e);
        }
        fa_context_detach(e.ctx);
    }
    fa_allocator_destroy(e.memory);
    return 0;
}
