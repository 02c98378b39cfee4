/* framealloc_plugin.c - memory frames around the app's frames.
 *
 * Written against the public headers alone, by hooks on schedules: any plugin could do the same. */
#include "framealloc/app/framealloc_plugin.h"

#include "framealloc/app/app.h"
#include "framealloc/app/hook.h"
#include "framealloc/app/resource.h"
#include "framealloc/frame.h"
#include "framealloc/layer.h"

FA_TYPE_DEFINE(fa_memory);

/* One per app: a resource, whose address the hooks keep. */
typedef struct frame_state {
    bool open;  /* by us */
    bool began; /* in this frame of the app */
    bool ended;
} frame_state;

FA_TYPE_STATIC(frame_state);

static void begin(fa_app *app, frame_state *state)
{
    if (!state->open) {
        state->open = fa_frame_begin(fa_app_context(app)) == FA_RESULT_OK;
    }
}

static void end(fa_app *app, frame_state *state)
{
    if (state->open) {
        (void)fa_frame_end(fa_app_context(app));
        state->open = false;
    }
}

static void on_schedule_begin(fa_app *app, const fa_hook_event *event, void *user)
{
    frame_state *state = user;
    if (event->schedule == FA_FIRST) {
        state->began = true;
    }
    if (event->schedule == FA_PRE_STARTUP || event->schedule == FA_FIRST || event->schedule == FA_SHUTDOWN) {
        begin(app, state);
    }
}

static void on_schedule_end(fa_app *app, const fa_hook_event *event, void *user)
{
    frame_state *state = user;
    if (event->schedule == FA_LAST) {
        state->ended = true;
    }
    if (event->schedule == FA_POST_STARTUP || event->schedule == FA_LAST || event->schedule == FA_SHUTDOWN) {
        end(app, state);
    }
}

static void on_frame_end(fa_app *app, const fa_hook_event *event, void *user)
{
    frame_state *state = user;
    end(app, state);
    if (!state->began || !state->ended) {
        fai_layer_report report = {.code = FA_CODE_FA102,
                                   .result = FA_RESULT_NO_FRAME,
                                   .allocator = fa_app_allocator(app),
                                   .ctx = fa_app_context(app),
                                   .here = event->here};
        (void)fai_layer_report_send(&report, "frame %llu ended without the schedule%s%s%s",
                                    (unsigned long long)event->frame, state->began ? "" : " First",
                                    state->began || state->ended ? "" : " and", state->ended ? "" : " Last");
    }
    state->began = state->ended = false;
}

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    const fa_memory memory = {.allocator = fa_app_allocator(app), .ctx = fa_app_context(app)};
    fa_result result = fa_app_insert_resource(app, FA_T(fa_memory), &memory);
    if (result == FA_RESULT_OK) {
        result = fa_app_insert_resource(app, FA_T(frame_state), NULL);
    }
    frame_state *state = FA_APP_RES_MUT(app, frame_state);
    if (result == FA_RESULT_OK) {
        result = fa_app_add_hook(app, FA_HOOK_SCHEDULE_BEGIN, on_schedule_begin, state);
    }
    if (result == FA_RESULT_OK) {
        result = fa_app_add_hook(app, FA_HOOK_SCHEDULE_END, on_schedule_end, state);
    }
    return result == FA_RESULT_OK ? fa_app_add_hook(app, FA_HOOK_FRAME_END, on_frame_end, state) : result;
}

static void shutdown(fa_app *app, void *user)
{
    (void)user;
    end(app, FA_APP_RES_MUT(app, frame_state)); /* a startup that was never completed */
}

const fa_plugin *fa_framealloc_plugin(void)
{
    static const fa_plugin plugin = {
        .abi_version = FA_ABI_VERSION, .name = "framealloc", .build = build, .shutdown = shutdown};
    return &plugin;
}
