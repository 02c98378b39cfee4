/* 13_own_loop.c - the app layer inside a loop that is yours, at three depths, on an allocator that is yours.
 *
 *     fa_app_run              the SDK's loop: 10_app.c
 *     fa_app_update           your loop
 *     fa_app_frame_begin ...  your loop, and every phase of it
 *
 * All do the same work. A hook watches it, as a profiler would. */
#include <stdio.h>

#include "framealloc/app.h"

typedef struct Sum {
    uint64_t frames;
    uint64_t steps;
    double game_seconds;
} Sum;
FA_TYPE_STATIC(Sum);

static void count_frame(fa_sys *s)
{
    FA_RES_MUT(s, Sum)->frames++;
}

static void count_step(fa_sys *s)
{
    /* Step memory: all systems of this step see it, the next step starts anew. */
    char *note = FA_STEP(s, char, 32);
    Sum *sum = FA_RES_MUT(s, Sum);
    sum->steps += note != NULL;
    sum->game_seconds = FA_RES(s, fa_time)->elapsed_seconds;
}

static void watch(fa_app *app, const fa_hook_event *event, void *user)
{
    (void)app;
    unsigned *systems = user;
    *systems += event->hook == FA_HOOK_SYSTEM_END;
}

static fa_app *open_app(fa_context *ctx, const char *name, unsigned *systems)
{
    fa_app *app = NULL;
    if (fa_app_create(&(fa_app_desc){.ctx = ctx, .name = name, .fixed_hz = 100}, &app) == FA_RESULT_OK) {
        fa_app_add_plugin(app, fa_framealloc_plugin());
        fa_app_insert_resource(app, FA_T(Sum), NULL);
        fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(count_frame, .res = {FA_W(Sum)}));
        fa_app_add_system(app, FA_FIXED_UPDATE, FA_SYSTEM(count_step, .res = {FA_W(Sum), FA_R(fa_time)}));
        fa_app_add_hook(app, FA_HOOK_SYSTEM_END, watch, systems);
    }
    return app;
}

static void own_every_phase(fa_app *app, int64_t delta_ns)
{
    fa_app_frame_begin(app, delta_ns);
    fa_app_run_schedule(app, FA_FIRST); /* the framealloc plugin begins the memory frame here ... */
    while (fa_app_step_begin(app)) {
        fa_app_run_schedule(app, FA_FIXED_UPDATE);
        fa_app_step_end(app);
    }
    fa_app_run_schedule(app, FA_UPDATE);
    fa_app_run_schedule(app, FA_LAST); /* ... and ends it here */
    fa_app_frame_end(app);
}

static void close_app(fa_app *app, const unsigned *systems)
{
    const Sum *sum = FA_APP_RES(app, Sum);
    const fa_time *time = fa_app_time(app);
    printf("%-8s %llu frames, %llu steps, %.2f s, %u systems run, alpha %.2f, dropped %llu\n",
           fa_app_resolved_desc(app)->name, (unsigned long long)sum->frames, (unsigned long long)sum->steps,
           sum->game_seconds, *systems, time->alpha, (unsigned long long)time->steps_dropped);
    fa_app_destroy(app);
}

int main(void)
{
    static const int64_t deltas[] = {0, 16000000, 17000000, 33000000, 900000000, 16000000, 5000000};
    const int count = (int)(sizeof deltas / sizeof deltas[0]);
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    if (fa_allocator_create(NULL, &memory) != FA_RESULT_OK ||
        fa_context_attach(memory, NULL, &ctx) != FA_RESULT_OK) {
        return 1;
    }
    unsigned systems[2] = {0, 0};
    fa_app *updated = open_app(ctx, "update", &systems[0]);
    fa_app *phased = open_app(ctx, "phases", &systems[1]);
    for (int i = 0; i < count; i++) { /* your loop */
        fa_app_update_ns(updated, deltas[i]);
        own_every_phase(phased, deltas[i]);
    }
    close_app(updated, &systems[0]);
    close_app(phased, &systems[1]);
    return fa_allocator_destroy(memory) == FA_RESULT_OK ? 0 : 1;
}

/* Output:
 * update   7 frames, 16 steps, 0.16 s, 23 systems run, alpha 0.70, dropped 17
 * phases   7 frames, 16 steps, 0.16 s, 23 systems run, alpha 0.70, dropped 17
 */
