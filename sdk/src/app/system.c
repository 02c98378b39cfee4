/* system.c - taking systems up into a schedule, and what is known of them afterwards.
 *
 * A system is one block: the record, then copies of the names. What it needs is made before anything is
 * changed, so that a failure leaves the schedule as it was. */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

static const uint32_t in_callbacks = FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION;

static fai_place_desc place_of(const fa_system_desc *desc)
{
    return (fai_place_desc){
        .before = desc->before, .after = desc->after, .in_set = desc->in_set, .run_if = desc->run_if};
}

static uint32_t query_terms(const fa_system_desc *desc, uint32_t index)
{
    uint32_t count = 0;
    while (count < FA_QUERY_TERMS_MAX && desc->query[index][count].type != NULL) {
        count++;
    }
    return count;
}

/* ---- judging ------------------------------------------------------------------------------------------- */

static fa_result check_desc(const fa_app *app, const fa_system_desc *desc, const char *call, const char *here)
{
    if (desc == NULL) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "%s: the desc is NULL", call);
    }
    fai_app_problems problems = {0};
    if (desc->start_canary != 0 || desc->end_canary != 0) {
        fai_app_problem(&problems, "a canary is not zero: was the desc zero-initialised?");
        return fai_app_report(app, FA_CODE_FA103, FA_RESULT_INVALID_DESC, here, NULL, "%s: %s", call,
                              problems.text);
    }
    if (!fai_name_is_valid(desc->name)) {
        fai_app_problem(&problems,
                        "name is NULL, empty, longer than %d bytes, or holds '/' or control characters",
                        FA_NAME_MAX);
    }
    if (desc->fn == NULL) {
        fai_app_problem(&problems, "fn is NULL");
    }
    if (desc->local_bytes > FA_REQUEST_MAX) {
        fai_app_problem(&problems, "local_bytes is %zu, above %zu", desc->local_bytes, FA_REQUEST_MAX);
    }
    fai_terms_check(app, desc->res, FA_SYSTEM_RES_MAX, true, "res", &problems);
    fai_terms_check(app, desc->events, FA_SYSTEM_EVENTS_MAX, true, "events", &problems);
    for (uint32_t i = 0; i < FA_SYSTEM_QUERIES_MAX; i++) {
        uint32_t terms = query_terms(desc, i);
        const char *wrong = terms > 0 ? fai_query_problem(app->world, desc->query[i], terms) : NULL;
        if (wrong != NULL) {
            fai_app_problem(&problems, "query[%u] %s", i, wrong);
        } else if (terms > 0 && i > 0 && query_terms(desc, i - 1) == 0) {
            fai_app_problem(&problems, "query[%u] follows an empty one", i);
        }
    }
    if (desc->budget_ns < 0) {
        fai_app_problem(&problems, "budget_ns is negative");
    }
    if (desc->exclusive && desc->main_thread) {
        fai_app_problem(&problems, "exclusive systems are on the main thread anyway: leave main_thread out");
    }
    const fai_place_desc place = place_of(desc);
    fai_place_check(app, &place, &problems);
    if (problems.count > 0) {
        return fai_app_report(app, FA_CODE_FA103, FA_RESULT_INVALID_DESC, here, NULL, "%s: system '%s': %s",
                              call, desc->name != NULL ? desc->name : "?", problems.text);
    }
    return FA_RESULT_OK;
}

static fa_result check_unique(const fa_app *app, const fai_schedule *schedule, const char *name,
                              const char *here)
{
    uint32_t hash = fai_name_hash(name);
    for (uint32_t i = 0; i < schedule->systems.count; i++) {
        const fai_system *other = schedule->systems.items[i];
        if (other->owner == app->current && other->name_hash == hash && strcmp(other->name, name) == 0) {
            return fai_app_report(app, FA_CODE_FA106, FA_RESULT_EXISTS, here, other->here,
                                  "%s has a system '%s' already: give the second one another name",
                                  schedule->name, other->path);
        }
    }
    return FA_RESULT_OK;
}

/* ---- making -------------------------------------------------------------------------------------------- */

static fa_result fill(fa_app *app, fai_system *system, const fa_system_desc *desc, const char *here)
{
    char path[2 * FA_NAME_MAX + 16];
    const char *plugin = fai_plugin_at(app, app->current)->name;
    snprintf(path, sizeof path, "%s/%s", plugin, desc->name);
    system->tag = fa_tag_intern(app->allocator, path);
    if (system->tag == FA_TAG_INVALID) {
        return FA_RESULT_FULL;
    }
    system->path = fa_tag_path(app->allocator, system->tag);
    system->name = system->path + strlen(plugin) + 1;
    system->name_hash = fai_name_hash(desc->name);
    system->fn = desc->fn;
    system->user = desc->user;
    system->owner = app->current;
    system->here = here;
    system->main_thread = desc->main_thread;
    system->no_sync = desc->no_sync;
    system->budget_bytes = desc->budget_bytes;
    system->budget_ns = desc->budget_ns;
    system->sys = (fai_sys){.head = {.ctx = app->ctx, .scratch = app->scratch},
                            .app = app,
                            .system = system,
                            .name = system->path,
                            .terms = system->terms,
                            .exclusive = desc->exclusive};
    char *text = (char *)(system + 1);
    const fai_place_desc place = place_of(desc);
    fa_result result = fai_place_fill(app, &place, &system->place, &text, here);
    if (result == FA_RESULT_OK) {
        result =
            fai_terms_fill(app, desc->res, FA_SYSTEM_RES_MAX, system->terms, &system->sys.term_count, here);
    }
    if (result == FA_RESULT_OK) {
        result = fai_terms_fill(app, desc->events, FA_SYSTEM_EVENTS_MAX, system->event_terms,
                                &system->event_term_count, here);
    }
    for (uint32_t i = 0; i < FA_SYSTEM_QUERIES_MAX && result == FA_RESULT_OK; i++) {
        uint32_t terms = query_terms(desc, i);
        if (terms > 0) {
            result = fai_query_create(app->world, desc->query[i], terms, &system->queries[i], here);
            system->query_count = i + 1;
        }
    }
    if (result == FA_RESULT_OK && desc->local_bytes > 0) {
        system->local = fai_app_alloc(app, system->tag, desc->local_bytes, 0);
        result = system->local != NULL ? FA_RESULT_OK : fai_app_why(app);
    }
    return result;
}

static fa_result add_one(fa_app *app, fai_schedule *schedule, const fa_system_desc *desc, const char *call,
                         const char *here)
{
    fa_result result = check_desc(app, desc, call, here);
    if (result == FA_RESULT_OK) {
        result = check_unique(app, schedule, desc->name, here);
    }
    if (result != FA_RESULT_OK) {
        return result;
    }
    const fai_place_desc place = place_of(desc);
    size_t bytes = sizeof(fai_system) + fai_place_name_bytes(&place);
    uint32_t types = app->types.count;
    fai_system *system = NULL;
    if (!fai_ptrs_reserve(app, &schedule->systems, 1) ||
        (system = fai_app_alloc(app, app->tag, bytes, 64)) == NULL) {
        return fai_app_why(app);
    }
    result = fill(app, system, desc, here);
    if (result != FA_RESULT_OK) {
        fai_system_free(app, system);
        fai_types_trim(app, types);
        return result;
    }
    system->schedule = schedule->id;
    for (uint32_t i = 0; i < system->event_term_count; i++) {
        if (!system->event_terms[i].write) {
            fai_event_reader(system, &system->event_terms[i], 1);
        }
    }
    schedule->systems.items[schedule->systems.count++] = system;
    schedule->dirty = true;
    return FA_RESULT_OK;
}

void fai_system_free(fa_app *app, fai_system *system)
{
    for (uint32_t i = 0; i < system->event_term_count; i++) {
        if (system->event_terms[i].counted) {
            fai_event_reader(system, &system->event_terms[i], UINT32_MAX);
        }
    }
    for (uint32_t i = 0; i < FA_SYSTEM_QUERIES_MAX; i++) {
        fa_query_destroy(system->queries[i]);
    }
    fai_ids_free(app->world, &system->ids);
    fai_app_free(app, system->local);
    fai_app_free(app, system);
}

/* ---- public -------------------------------------------------------------------------------------------- */

static fa_result find_schedule(fa_app *app, fa_schedule schedule, const char *call, const char *here,
                               fai_schedule **out)
{
    fa_result result = fai_app_enter(app, in_callbacks, true, call, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    *out = fai_schedule_at(app, schedule);
    if (*out == NULL) {
        return fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                              "%s: %u is not a schedule of app '%s'", call, schedule, app->name);
    }
    return FA_RESULT_OK;
}

fa_result fai_app_add_system(fa_app *app, fa_schedule schedule, const char *here, const fa_system_desc *desc)
{
    fai_schedule *found = NULL;
    fa_result result = find_schedule(app, schedule, "fa_app_add_system", here, &found);
    return result == FA_RESULT_OK ? add_one(app, found, desc, "fa_app_add_system", here) : result;
}

fa_result fai_app_add_chain(fa_app *app, fa_schedule schedule, const char *here,
                            const fa_system_desc *const *descs, size_t count)
{
    fai_schedule *found = NULL;
    fa_result result = find_schedule(app, schedule, "fa_app_add_chain", here, &found);
    if (result == FA_RESULT_OK && descs == NULL && count > 0) {
        result = fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                                "fa_app_add_chain: descs is NULL");
    }
    if (result != FA_RESULT_OK) {
        return result;
    }
    uint32_t first = found->systems.count;
    uint32_t types = app->types.count;
    bool was_dirty = found->dirty;
    for (size_t i = 0; i < count && result == FA_RESULT_OK; i++) {
        result = add_one(app, found, descs[i], "fa_app_add_chain", here);
        if (result == FA_RESULT_OK && i > 0) {
            fai_system *last = found->systems.items[found->systems.count - 1];
            last->chained_after = found->systems.items[found->systems.count - 2];
        }
    }
    if (result != FA_RESULT_OK) {
        while (found->systems.count > first) {
            fai_system_free(app, found->systems.items[--found->systems.count]);
        }
        fai_types_trim(app, types);
        found->dirty = was_dirty;
    }
    return result;
}

/* ---- statistics ---------------------------------------------------------------------------------------- */

static void describe(const fa_app *app, const fai_system *system, fa_system_stats *out)
{
    *out = (fa_system_stats){.plugin = fai_plugin_at(app, system->owner)->name,
                             .system = system->name,
                             .schedule = system->schedule,
                             .tag = system->tag,
                             .runs = system->runs,
                             .skipped = system->skipped,
                             .last_ns = fai_layer_ticks_to_ns(app->allocator, system->last_ticks),
                             .max_ns = fai_layer_ticks_to_ns(app->allocator, system->max_ticks),
                             .total_ns = fai_layer_ticks_to_ns(app->allocator, system->total_ticks),
                             .frame_bytes = system->frame_bytes,
                             .frame_peak_bytes = system->frame_peak_bytes,
                             .scratch_peak_bytes = system->scratch_peak_bytes,
                             .step_peak_bytes = system->step_peak_bytes,
                             .commands = system->command_count,
                             .commands_dropped = system->command_dropped,
                             .events = system->event_count,
                             .events_refused = system->event_refused,
                             .over_bytes = system->over_bytes,
                             .over_ns = system->over_ns,
                             .budget_bytes = system->budget_bytes,
                             .budget_ns = system->budget_ns,
                             .allocs = system->counted_runs > 0 ? system->allocs : FA_UNKNOWN,
                             .last_allocs = system->counted_runs > 0 ? system->last_allocs : FA_UNKNOWN,
                             .thread = system->thread};
    /* Each figure was converted at a moment of its own, so equal ticks may differ by a nanosecond. */
    out->max_ns = out->max_ns > out->last_ns ? out->max_ns : out->last_ns;
    out->total_ns = out->total_ns > out->max_ns ? out->total_ns : out->max_ns;
}

uint32_t fa_app_system_stats(const fa_app *app, fa_system_stats *out, uint32_t capacity)
{
    uint32_t count = 0;
    for (uint32_t i = 1; i < app->schedules.count; i++) {
        const fai_schedule *schedule = app->schedules.items[i];
        bool ordered = !schedule->dirty && schedule->order != NULL;
        for (uint32_t j = 0; j < schedule->systems.count; j++, count++) {
            if (out != NULL && count < capacity) {
                describe(app, ordered ? schedule->order->slots[j].system : schedule->systems.items[j],
                         &out[count]);
            }
        }
    }
    return count;
}
