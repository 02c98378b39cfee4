/* tally.c - what plugins, and the app as a whole, have used in a frame, beside their budgets.
 *
 * Sums are made on the main thread when a batch has ended, from figures that each system has anyway. A budget
 * is a promise about a frame: going over it is counted once per frame and told once; nothing is stopped.
 * Limits that refuse are those of tags (budget.h): "plugin" covers all its systems, to the byte. */
#include "app/app.h"

static void add(fai_tally *t, uint64_t frame, size_t bytes, uint64_t ticks)
{
    if (t->frame != frame) {
        t->frame = frame;
        t->frame_bytes = 0;
        t->frame_ticks = 0;
    }
    t->frame_bytes += bytes;
    t->frame_ticks += ticks;
    t->peak_bytes = t->frame_bytes > t->peak_bytes ? t->frame_bytes : t->peak_bytes;
    t->peak_ticks = t->frame_ticks > t->peak_ticks ? t->frame_ticks : t->peak_ticks;
}

/* @p plugin NULL: the app. */
static FA_COLD void tell(const fa_app *app, const fai_tally *t, const char *plugin, size_t budget_bytes,
                         const fai_system *system)
{
    fai_layer_log(
        app->allocator, plugin != NULL ? FA_LOG_PLUGIN_OVER_BUDGET : FA_LOG_APP_OVER_BUDGET,
        "%s '%s' took %zu bytes of frame memory in frame %llu; its budget is %zu; '%s' went over it "
        "(%s)",
        plugin != NULL ? "plugin" : "app", plugin != NULL ? plugin : app->name, t->frame_bytes,
        (unsigned long long)t->frame, budget_bytes, system->path, system->here);
}

static void judge(const fa_app *app, fai_tally *t, const char *plugin, size_t budget_bytes, int64_t budget_ns,
                  const fai_system *system)
{
    if (budget_bytes != 0 && t->frame_bytes > budget_bytes && t->over_bytes_frame != t->frame + 1) {
        t->over_bytes_frame = t->frame + 1;
        t->over_system = system;
        if (t->over_bytes++ == 0) {
            tell(app, t, plugin, budget_bytes, system);
        }
    }
    if (budget_ns != 0 && t->over_ns_frame != t->frame + 1 &&
        fai_layer_ticks_to_ns(app->allocator, t->frame_ticks) > budget_ns) {
        t->over_ns_frame = t->frame + 1;
        t->over_ns++;
    }
}

/* Systems of one plugin that stand side by side, not added yet. */
typedef struct sum {
    uint32_t owner;
    size_t bytes;
    uint64_t ticks;
} sum;

static void flush(fa_app *app, sum *pending)
{
    if (pending->ticks != 0) {
        add(&fai_plugin_at(app, pending->owner)->tally, app->time.frame, pending->bytes, pending->ticks);
        add(&app->tally, app->time.frame, pending->bytes, pending->ticks);
        pending->bytes = 0;
        pending->ticks = 0;
    }
}

static FA_COLD void judge_both(fa_app *app, const fai_system *system)
{
    fai_plugin *plugin = fai_plugin_at(app, system->owner);
    judge(app, &plugin->tally, plugin->name, plugin->desc.budget_bytes, plugin->desc.budget_ns, system);
    judge(app, &app->tally, NULL, app->desc.budget_bytes, app->desc.budget_ns, system);
}

void fai_tally_batch(fa_app *app, const fai_order *order, const fai_batch *batch)
{
    sum pending = {0};
    for (uint32_t i = batch->first; i < batch->first + batch->count; i++) {
        fai_system *system = order->slots[i].system;
        if (system->run_ticks == 0) { /* it did not run */
            continue;
        }
        if (pending.owner != system->owner) {
            flush(app, &pending);
            pending.owner = system->owner;
        }
        pending.bytes += system->run_bytes;
        pending.ticks += system->run_ticks;
        system->run_bytes = 0;
        system->run_ticks = 0;
        if (FA_UNLIKELY(app->budgeted)) {
            flush(app, &pending);
            judge_both(app, system);
        }
    }
    flush(app, &pending);
}

void fai_tally_frame(fa_app *app)
{
    add(&app->tally, app->time.frame, 0, 0);
}

/* ---- public -------------------------------------------------------------------------------------------- */

static uint32_t count_systems(const fa_app *app, uint32_t plugin, bool all)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < app->schedules.count; i++) {
        const fai_schedule *schedule = app->schedules.items[i];
        for (uint32_t j = 0; j < schedule->systems.count; j++) {
            count += all || ((const fai_system *)schedule->systems.items[j])->owner == plugin;
        }
    }
    return count;
}

static fa_figures figures_of(const fa_app *app, const fai_tally *t)
{
    bool now = t->frame == app->time.frame;
    return (fa_figures){.frame_bytes = now ? t->frame_bytes : 0,
                        .frame_peak_bytes = t->peak_bytes,
                        .frame_ns = now ? fai_layer_ticks_to_ns(app->allocator, t->frame_ticks) : 0,
                        .frame_peak_ns = fai_layer_ticks_to_ns(app->allocator, t->peak_ticks),
                        .over_bytes = t->over_bytes,
                        .over_ns = t->over_ns,
                        .over_system = t->over_system != NULL ? t->over_system->path : NULL};
}

void fa_app_figures(const fa_app *app, fa_figures *out)
{
    *out = figures_of(app, &app->tally);
    out->name = app->name;
    out->tag = app->tag;
    out->systems = count_systems(app, 0, true);
    out->budget_bytes = app->desc.budget_bytes;
    out->budget_ns = app->desc.budget_ns;
}

uint32_t fa_app_plugin_figures(const fa_app *app, fa_figures *out, uint32_t capacity)
{
    for (uint32_t i = 0; out != NULL && i < app->plugins.count && i < capacity; i++) {
        const fai_plugin *plugin = fai_plugin_at(app, i);
        out[i] = figures_of(app, &plugin->tally);
        out[i].name = plugin->name;
        out[i].tag = plugin->tag;
        out[i].systems = count_systems(app, i, false);
        out[i].budget_bytes = plugin->desc.budget_bytes;
        out[i].budget_ns = plugin->desc.budget_ns;
    }
    return app->plugins.count;
}
