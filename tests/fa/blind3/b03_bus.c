/* An event bus; listeners with a context argument. */
#include <framealloc/framealloc.h>
typedef void (*listener_fn)(void *user, int event);
typedef struct bus { struct { listener_fn fn; void *user; } all[32]; int count; } bus;
typedef struct tally { int n; fa_context *ctx; } tally;
static bus g_bus;
void engine_on(int event, listener_fn fn, void *user);
void engine_emit(int event);

static void count(void *user, int event)
{
    tally *t = user;
    t->n += event;
}
static void bus_add(bus *b, listener_fn fn, void *user)
{
    if (b->count < 32) {
        b->all[b->count].fn = fn;
        b->all[b->count].user = user;
        b->count++;
    }
}
static void bus_emit(bus *b, int event)
{
    for (int i = 0; i < b->count; i++) {
        b->all[i].fn(b->all[i].user, event);
    }
}

void level_start(fa_context *ctx)
{
    static tally kept;
    kept.ctx = ctx;
    bus_add(&g_bus, count, &kept);
    engine_on(3, count, &kept);
}

void level_bad(fa_context *ctx)
{
    fa_frame_begin(ctx);
    tally *t = FA_FRAME_NEW_ZEROED(ctx, tally);
    if (t) {
        bus_add(&g_bus, count, t); // expect: FA703
        bus_emit(&g_bus, 4);
    }
    fa_frame_end(ctx);
}

void level_bad_engine(fa_context *ctx)
{
    fa_frame_begin(ctx);
    tally *t = FA_FRAME_NEW_ZEROED(ctx, tally);
    if (t) {
        engine_on(7, count, t); // expect: FA703
        engine_emit(7);
    }
    fa_frame_end(ctx);
}

int level_local(fa_context *ctx)
{
    bus b = {.count = 0};
    int n = 0;
    fa_frame_begin(ctx);
    tally *t = FA_FRAME_NEW_ZEROED(ctx, tally);
    if (t) {
        bus_add(&b, count, t);
        bus_emit(&b, 1);
        n = t->n;
    }
    fa_frame_end(ctx);
    return n;
}
