/* monitor.c - rings of figures, filled by a hook at the end of each frame. Written against the public headers
 * alone. */
#include "framealloc/app/monitor.h"

#include <string.h>

#include "framealloc/app/app.h"
#include "framealloc/app/hook.h"
#include "framealloc/app/resource.h"
#include "framealloc/app/system.h"

#define SMOOTHING 0.066967 /* 1 - 0.5^(1/10): half after 10 values */

enum { FRAME_TIME, FPS, ENTITIES, FRAME_BYTES, FIGURE_COUNT };
static const char *const paths[FIGURE_COUNT] = {"frame_time", "fps", "entities", "frame_bytes"};

typedef struct ring {
    uint32_t count;
    uint32_t next;
    double smoothed;
    double values[FA_MONITOR_HISTORY];
} ring;

typedef struct monitor_state {
    ring rings[FIGURE_COUNT];
} monitor_state;
FA_TYPE_STATIC(monitor_state);

static void push(ring *r, double value)
{
    r->smoothed = r->count == 0 ? value : r->smoothed + SMOOTHING * (value - r->smoothed);
    r->values[r->next] = value;
    r->next = (r->next + 1) % FA_MONITOR_HISTORY;
    r->count += r->count < FA_MONITOR_HISTORY;
}

static void on_frame_end(fa_app *app, const fa_hook_event *event, void *user)
{
    monitor_state *m = user;
    const fa_time *time = fa_app_time(app);
    (void)event;
    if (time->real_delta_ns > 0) {
        push(&m->rings[FRAME_TIME], (double)time->real_delta_ns / 1e6);
        push(&m->rings[FPS], 1e9 / (double)time->real_delta_ns);
    }
    push(&m->rings[ENTITIES], (double)fa_world_entity_count(fa_app_world(app)));
    push(&m->rings[FRAME_BYTES], (double)fa_app_frame_bytes(app));
}

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    fa_result result = fa_app_insert_resource(app, FA_T(monitor_state), NULL);
    return result == FA_RESULT_OK
               ? fa_app_add_hook(app, FA_HOOK_FRAME_END, on_frame_end, FA_APP_RES_MUT(app, monitor_state))
               : result;
}

const fa_plugin *fa_monitor_plugin(void)
{
    static const fa_plugin plugin = {.abi_version = FA_ABI_VERSION, .name = "monitor", .build = build};
    return &plugin;
}

static const ring *find(const fa_app *app, const char *path)
{
    const monitor_state *m = FA_APP_RES(app, monitor_state);
    for (uint32_t i = 0; m != NULL && path != NULL && i < FIGURE_COUNT; i++) {
        if (strcmp(paths[i], path) == 0) {
            return &m->rings[i];
        }
    }
    return NULL;
}

uint32_t fa_monitor_history(const fa_app *app, const char *path, double *out, uint32_t capacity)
{
    const ring *r = find(app, path);
    uint32_t count = r == NULL ? 0 : r->count < capacity ? r->count : capacity;
    for (uint32_t i = 0; i < count; i++) {
        out[i] = r->values[(r->next + FA_MONITOR_HISTORY - count + i) % FA_MONITOR_HISTORY];
    }
    return count;
}

fa_result fa_monitor_get(const fa_app *app, const char *path, fa_monitor_figure *out)
{
    double values[FA_MONITOR_HISTORY];
    uint32_t count = fa_monitor_history(app, path, values, FA_MONITOR_HISTORY);
    if (count == 0) {
        return FA_RESULT_NOT_FOUND;
    }
    *out = (fa_monitor_figure){.count = count,
                               .last = values[count - 1],
                               .smoothed = find(app, path)->smoothed,
                               .least = values[0],
                               .most = values[0]};
    for (uint32_t i = 0; i < count; i++) {
        out->average += values[i] / count;
        out->least = values[i] < out->least ? values[i] : out->least;
        out->most = values[i] > out->most ? values[i] : out->most;
    }
    return FA_RESULT_OK;
}
