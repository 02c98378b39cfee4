/* app.c - creation, permissions, memory and the taking down of an app.
 *
 * Creation judges the desc (every problem at once), finds or makes an allocator and a context, and puts the
 * app into a small arena of its own; whatever fails on the way, one release function takes down what is
 * there. */
#include "app/app.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MIB ((size_t)1024 * 1024)

#define SCRATCH_MAX_DEFAULT (256 * MIB)
#define STEP_MAX_DEFAULT (256 * MIB)
#define HOME_MAX (1 * MIB)
#define FIXED_HZ_DEFAULT 64u
#define FIXED_HZ_MAX 1000000u
#define MAX_DELTA_DEFAULT_NS INT64_C(250000000)
#define MAX_DELTA_MAX_NS (INT64_C(24) * 3600 * 1000000000)
#define MAX_STEPS_DEFAULT 8u

/* ---- small things for all files ------------------------------------------------------------------------ */

bool fai_name_is_valid(const char *name)
{
    if (name == NULL) {
        return false;
    }
    size_t length = 0;
    for (; name[length] != '\0'; length++) {
        unsigned char c = (unsigned char)name[length];
        if (length == FA_NAME_MAX || c < ' ' || c == 0x7F || c == '/') {
            return false;
        }
    }
    return length > 0;
}

uint32_t fai_name_hash(const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *name != '\0'; name++) {
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    }
    return hash;
}

fa_tag fai_app_tag(const fa_app *app, uint32_t plugin)
{
    return plugin < app->plugins.count ? fai_plugin_at(app, plugin)->tag : app->tag;
}

void fai_app_problem(fai_app_problems *problems, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t room = sizeof problems->text - problems->length;
    int length =
        snprintf(problems->text + problems->length, room, "%s%s", problems->count > 0 ? "; " : "", text);
    problems->count++;
    if (length < 0 || (size_t)length < room) {
        problems->length += length > 0 ? (size_t)length : 0;
        return;
    }
    problems->length = sizeof problems->text - 1;
    memcpy(problems->text + sizeof problems->text - 4, "...", 4);
}

fa_result fai_app_report(const fa_app *app, fa_diagnostic_code code, fa_result result, const char *here,
                         const char *earlier, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fai_layer_report report = {.code = code,
                               .result = result,
                               .allocator = app->allocator,
                               .ctx = app->thread == fa_thread_id() ? app->ctx : NULL,
                               .here = here,
                               .earlier = earlier};
    if (app->thread != fa_thread_id()) {
        return fai_layer_report_send(&report, "%s", text);
    }
    fa_app *told = (fa_app *)(uintptr_t)app; /* a handler must not take it down under who reports */
    uint32_t where = told->where;
    told->where |= FAI_IN_REPORT;
    (void)fai_layer_report_send(&report, "%s", text);
    told->where = where;
    return result;
}

static const char *place_of_call(uint32_t bits)
{
    if (bits & FAI_IN_CONDITION) {
        return "a condition";
    }
    if (bits & FAI_IN_HOOK) {
        return "a hook";
    }
    if (bits & FAI_IN_SYSTEM) {
        return "a system that is not exclusive";
    }
    if (bits & (FAI_IN_COMMANDS | FAI_IN_REPORT)) {
        return bits & FAI_IN_COMMANDS ? "a command" : "a handler";
    }
    if (bits & (FAI_IN_SUBAPP | FAI_IN_DESTROY)) {
        return bits & FAI_IN_SUBAPP ? "the frame of a sub-app" : "fa_app_destroy";
    }
    if (bits & FAI_IN_SCHEDULE) {
        return "a schedule";
    }
    return bits & FAI_IN_PLUGIN ? "a plugin's function" : "the loop of fa_app_run";
}

fa_result fai_app_enter(const fa_app *app, uint32_t forbidden, bool exclusive_may, const char *call,
                        const char *here)
{
    if (app == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (app->thread != fa_thread_id()) {
        return fai_app_report(app, FA_CODE_FA206, FA_RESULT_WRONG_THREAD, here, NULL,
                              "%s: called from a thread that did not create app '%s'", call, app->name);
    }
    if (app->stage == FAI_STAGE_DOWN) {
        return fai_app_report(app, FA_CODE_FA104, FA_RESULT_BUSY, here, NULL,
                              "%s: app '%s' has been taken down; only its allocator is left", call,
                              app->name);
    }
    if (app->hung) {
        return FA_RESULT_TIMEOUT;
    }
    uint32_t bits = app->where & forbidden;
    if (exclusive_may && app->running != NULL && app->running->sys.exclusive) {
        bits &= ~(uint32_t)FAI_IN_SYSTEM;
    }
    if ((forbidden & FAI_IN_SYSTEM) && !exclusive_may) {
        bits |= app->where & (FAI_IN_COMMANDS | FAI_IN_SUBAPP | FAI_IN_SCHEDULE);
    }
    if (bits != 0) {
        return fai_app_report(
            app, FA_CODE_FA105, FA_RESULT_REENTRANT, here, NULL, "%s: called from inside %s%s%s", call,
            (bits & ~(uint32_t)FAI_IN_SCHEDULE) == FAI_IN_SYSTEM && !exclusive_may ? "a system"
                                                                                   : place_of_call(bits),
            app->running != NULL ? ", " : "", app->running != NULL ? app->running->path : "");
    }
    return FA_RESULT_OK;
}

/* ---- memory -------------------------------------------------------------------------------------------- */

void *fai_app_alloc(fa_app *app, fa_tag tag, size_t bytes, size_t align)
{
    bool pushed = fa_tag_push(app->ctx, tag) == FA_RESULT_OK;
    void *p = fa_pool_alloc_zeroed(app->ctx, bytes, align);
    if (pushed) {
        (void)fa_tag_pop(app->ctx);
    }
    return p;
}

void fai_app_free(fa_app *app, void *p)
{
    (void)fa_pool_free(app->ctx, p);
}

fa_result fai_app_why(const fa_app *app)
{
    return fa_context_last_result(app->ctx);
}

bool fai_array_reserve(fa_app *app, void **items, uint32_t count, uint32_t *capacity, size_t item_bytes)
{
    if (count < *capacity) {
        return true;
    }
    uint32_t larger = *capacity != 0 ? *capacity * 2 : 8;
    void *p = fai_app_alloc(app, app->tag, larger * item_bytes, FA_ALIGN_DEFAULT);
    if (p == NULL) {
        return false;
    }
    if (*items != NULL) {
        memcpy(p, *items, count * item_bytes);
        fai_app_free(app, *items);
    }
    *items = p;
    *capacity = larger;
    return true;
}

bool fai_ptrs_reserve(fa_app *app, fai_ptrs *list, uint32_t more)
{
    while (list->capacity - list->count < more) {
        void *items = list->items;
        uint32_t capacity = list->capacity;
        uint32_t larger = capacity != 0 ? capacity * 2 : 8;
        void **p = fai_app_alloc(app, app->tag, larger * sizeof *p, sizeof *p);
        if (p == NULL) {
            return false;
        }
        if (items != NULL) {
            memcpy(p, items, list->count * sizeof *p);
            fai_app_free(app, items);
        }
        list->items = p;
        list->capacity = larger;
    }
    return true;
}

/* ---- desc ---------------------------------------------------------------------------------------------- */

static bool memory_is_zero(const fa_allocator_desc *m)
{
    const fa_backing *b = &m->backing;
    return m->start_canary == 0 && m->end_canary == 0 && m->name == NULL && m->frame_max_bytes == 0 &&
           m->frame_prefault_bytes == 0 && m->frame_keep_bytes == 0 && m->frames_in_flight == 0 &&
           m->keep_window_frames == 0 && !m->oversize_to_heap && m->object_max_bytes == 0 &&
           b->reserve == NULL && b->commit == NULL && b->decommit == NULL && b->protect == NULL &&
           b->release == NULL && b->advise == NULL && m->log.fn == NULL && m->handler.fn == NULL &&
           m->strictness == FA_STRICT_DEFAULT;
}

static void check_desc(const fa_app_desc *d, fai_app_problems *problems)
{
    if (d->start_canary != 0 || d->end_canary != 0) {
        fai_app_problem(problems, "a canary is not zero: was the desc zero-initialised?");
        return; /* nothing in it can be trusted */
    }
    if (d->name != NULL && !fai_name_is_valid(d->name)) {
        fai_app_problem(problems, "name is empty, longer than %d bytes, or holds '/' or control characters",
                        FA_NAME_MAX);
    }
    if ((d->ctx != NULL || d->allocator != NULL) && !memory_is_zero(&d->memory)) {
        fai_app_problem(problems, "memory describes an allocator, but ctx or allocator lends one");
    }
    if (d->ctx != NULL && d->allocator != NULL && fa_context_allocator(d->ctx) != d->allocator) {
        fai_app_problem(problems, "ctx is not a context of allocator");
    }
    if (d->scratch_max_bytes > FA_REQUEST_MAX) {
        fai_app_problem(problems, "scratch_max_bytes is %zu, above %zu", d->scratch_max_bytes,
                        FA_REQUEST_MAX);
    }
    if (d->step_max_bytes > FA_REQUEST_MAX) {
        fai_app_problem(problems, "step_max_bytes is %zu, above %zu", d->step_max_bytes, FA_REQUEST_MAX);
    }
    if (d->fixed_hz > FIXED_HZ_MAX) {
        fai_app_problem(problems, "fixed_hz is %u, above %u", d->fixed_hz, FIXED_HZ_MAX);
    }
    if (d->workers > FA_WORKERS_MAX) {
        fai_app_problem(problems, "workers is %u, above %d", d->workers, FA_WORKERS_MAX);
    }
    if (d->parallel_min_ns < 0 || d->hang_timeout_ns < 0 || d->budget_ns < 0) {
        fai_app_problem(problems, "parallel_min_ns, hang_timeout_ns or budget_ns is negative");
    }
    if (d->world.start_canary != 0 || d->world.end_canary != 0) {
        fai_app_problem(problems, "a canary of world is not zero");
    }
    if (d->max_delta_ns < 0 || d->max_delta_ns > MAX_DELTA_MAX_NS) {
        fai_app_problem(problems, "max_delta_ns is %lld, not between 0 and a day",
                        (long long)d->max_delta_ns);
    }
}

static fa_result refuse_desc(const fa_app_desc *d, const fai_app_problems *problems, const char *here)
{
    if (d->start_canary != 0 || d->end_canary != 0) { /* no pointer in it can be trusted */
        return fai_layer_report_desc(&(const fa_allocator_desc){.name = "?"}, here, problems->text);
    }
    fa_allocator *allocator = d->ctx != NULL ? fa_context_allocator(d->ctx) : d->allocator;
    if (allocator == NULL) {
        return fai_layer_report_desc(&d->memory, here, problems->text);
    }
    fai_layer_report report = {.code = FA_CODE_FA103,
                               .result = FA_RESULT_INVALID_DESC,
                               .allocator = allocator,
                               .ctx = d->ctx,
                               .here = here};
    return fai_layer_report_send(&report, "%s", problems->text);
}

static void resolve_desc(fa_app *app)
{
    fa_app_desc *d = &app->desc;
    snprintf(app->name, sizeof app->name, "%s", d->name != NULL ? d->name : "app");
    d->name = app->name;
    d->ctx = app->ctx;
    d->allocator = app->allocator;
    d->memory = *fa_allocator_resolved_desc(app->allocator);
    d->scratch_max_bytes = d->scratch_max_bytes != 0 ? d->scratch_max_bytes : SCRATCH_MAX_DEFAULT;
    d->step_max_bytes = d->step_max_bytes != 0 ? d->step_max_bytes : STEP_MAX_DEFAULT;
    d->fixed_hz = d->fixed_hz != 0 ? d->fixed_hz : FIXED_HZ_DEFAULT;
    d->max_delta_ns = d->max_delta_ns != 0 ? d->max_delta_ns : MAX_DELTA_DEFAULT_NS;
    app->budgeted = d->budget_bytes != 0 || d->budget_ns != 0;
    d->max_steps = d->max_steps != 0 ? d->max_steps : MAX_STEPS_DEFAULT;
}

/* ---- create -------------------------------------------------------------------------------------------- */

/* Where the memory comes from: in @p seed, whose owns_ fields say what is to be given back. */
static fa_result find_memory(const fa_app_desc *d, fa_app *seed, const char *here)
{
    seed->ctx = d->ctx;
    seed->allocator = d->ctx != NULL ? fa_context_allocator(d->ctx) : d->allocator;
    if (seed->allocator == NULL) {
        fa_result result = fa_allocator_create(&d->memory, &seed->allocator);
        if (result != FA_RESULT_OK) {
            return result;
        }
        seed->owns_allocator = true;
    }
    if (seed->ctx == NULL) {
        fa_context_desc ctx_desc = {.name = d->name != NULL ? d->name : "app"};
        fa_result result = fai_context_attach(seed->allocator, &ctx_desc, &seed->ctx, here);
        seed->owns_ctx = result == FA_RESULT_OK;
        return result;
    }
    return FA_RESULT_OK;
}

/* Give back what find_memory made. @return What the allocator said, if it was ours. */
static fa_result release_memory(fa_allocator *allocator, bool owns_allocator, fa_context *ctx, bool owns_ctx,
                                const char *here)
{
    if (owns_ctx && ctx != NULL && fa_frame_is_open(ctx)) {
        (void)fai_frame_end(ctx, here);
    }
    if (owns_allocator) {
        return fai_allocator_destroy(allocator, here); /* detaches our context, too */
    }
    if (owns_ctx && ctx != NULL) {
        (void)fai_context_detach(ctx, here);
    }
    return FA_RESULT_OK;
}

static fa_result make_arena(fa_app *app, const char *suffix, size_t max_bytes, fa_arena **out)
{
    char path[FA_NAME_MAX + 16];
    snprintf(path, sizeof path, "%s/%s", app->name, suffix);
    fa_tag tag = fa_tag_intern(app->allocator, path);
    if (tag == FA_TAG_INVALID) {
        return FA_RESULT_OUT_OF_MEMORY;
    }
    const fa_arena_desc desc = {.name = path, .max_bytes = max_bytes, .tag = tag};
    return fai_arena_create(app->ctx, &desc, out, app->call_here);
}

static fa_result fill_app(fa_app *app)
{
    app->tag = fa_tag_intern(app->allocator, app->name);
    if (app->tag == FA_TAG_INVALID) {
        return FA_RESULT_OUT_OF_MEMORY;
    }
    fa_result result = make_arena(app, "scratch", app->desc.scratch_max_bytes, &app->scratch);
    if (result == FA_RESULT_OK) {
        result = make_arena(app, "step", app->desc.step_max_bytes, &app->step);
    }
    if (result == FA_RESULT_OK) {
        fa_world_desc world = app->desc.world;
        world.tag = world.tag != FA_TAG_NONE ? world.tag : app->tag;
        world.name = world.name != NULL ? world.name : app->name;
        result = fai_world_create(app->ctx, &world, &app->world, app->call_here);
    }
    if (result == FA_RESULT_OK) {
        app->world->owned = true;
        result = fai_plugins_create(app);
    }
    if (result == FA_RESULT_OK) {
        result = fai_schedules_create(app);
    }
    if (result == FA_RESULT_OK) {
        result = fai_lanes_create(app);
    }
    return result == FA_RESULT_OK ? fai_time_create(app) : result;
}

/* Free what the app holds, but for its home. */
static void empty_app(fa_app *app)
{
    fai_resources_free(app);
    fai_schedules_free(app);
    fai_hooks_free(app);
    fai_events_free(app);
    fai_states_free(app);
    fai_groups_free(app);
    fai_types_free(app);
    fai_plugins_free(app);
    if (app->world != NULL) {
        (void)fai_world_release(app->world);
        app->world = NULL;
    }
    (void)fai_lanes_stop(app);
    fai_app_free(app, app->lanes);
    app->lanes = NULL;
    fai_app_free(app, app->undo);
    (void)fa_arena_destroy(app->scratch);
    (void)fa_arena_destroy(app->step);
    app->undo = NULL;
    app->scratch = app->step = NULL;
}

fa_result fai_app_create(const char *here, const fa_app_desc *desc, fa_app **out)
{
    static const fa_app_desc defaults = {0};
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    desc = desc != NULL ? desc : &defaults;
    fai_app_problems problems = {0};
    check_desc(desc, &problems);
    if (problems.count > 0) {
        return refuse_desc(desc, &problems, here);
    }
    fa_app seed = {.desc = *desc, .thread = fa_thread_id(), .call_here = here};
    fa_result result = find_memory(desc, &seed, here);
    fa_app *app = NULL;
    if (result == FA_RESULT_OK) {
        resolve_desc(&seed);
        result = make_arena(&seed, "home", HOME_MAX, &seed.home);
    }
    if (result == FA_RESULT_OK) {
        app = fa_arena_alloc(seed.home, sizeof *app, FA_ALIGN_DEFAULT);
        result = app != NULL ? FA_RESULT_OK : FA_RESULT_OUT_OF_MEMORY;
    }
    if (result == FA_RESULT_OK) {
        *app = seed;
        app->desc.name = app->name;
        result = fill_app(app);
    }
    if (result == FA_RESULT_OK) {
        *out = app;
        return FA_RESULT_OK;
    }
    if (app != NULL) {
        empty_app(app);
    }
    if (seed.home != NULL) {
        (void)fa_arena_destroy(seed.home);
    }
    (void)release_memory(seed.allocator, seed.owns_allocator, seed.ctx, seed.owns_ctx, here);
    return result;
}

/* ---- destroy ------------------------------------------------------------------------------------------- */

static fa_result may_destroy(fa_app *app, const char *here)
{
    const uint32_t anywhere = FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_PLUGIN | FAI_IN_LOOP | FAI_IN_CONDITION |
                              FAI_IN_DESTROY | FAI_IN_REPORT;
    fa_result result = fai_lanes_recover(app, here);
    if (result == FA_RESULT_OK) {
        result = fai_app_enter(app, anywhere, false, "fa_app_destroy", here);
    }
    if (result == FA_RESULT_OK && app->master != NULL) {
        result = fai_app_report(app, FA_CODE_FA104, FA_RESULT_BUSY, here, NULL,
                                "fa_app_destroy: app '%s' is a sub-app of app '%s', which destroys it",
                                app->name, app->master->name);
    }
    if (result == FA_RESULT_OK && (app->world->walks > 0 || app->world->hooks > 0)) {
        result = fai_world_shut(app->world, "fa_app_destroy", here);
    }
    return result;
}

fa_result fai_app_destroy(fa_app *app, const char *here)
{
    if (app == NULL) {
        return FA_RESULT_OK;
    }
    if (app->stage != FAI_STAGE_DOWN || app->thread != fa_thread_id()) {
        fa_result result = may_destroy(app, here);
        if (result == FA_RESULT_OK) {
            app->call_here = here;
            result = fai_subapps_destroy(app, 0);
        }
        if (result != FA_RESULT_OK) {
            return result;
        }
        app->where |= FAI_IN_DESTROY;
        fai_loop_close(app);
        fai_subapps_free(app);
        fai_loop_shutdown(app);
        (void)fai_world_clear(app->world, here); /* its hooks may need what plugins and resources hold */
        fai_plugins_shutdown(app, 1);
        empty_app(app);
        app->stage = FAI_STAGE_DOWN;
    }
    fa_allocator *allocator = app->allocator;
    fa_context *ctx = app->ctx;
    bool owns_allocator = app->owns_allocator;
    bool owns_ctx = app->owns_ctx;
    if (!owns_allocator) {
        (void)fa_arena_destroy(app->home); /* the app is gone */
    }
    return release_memory(allocator, owns_allocator, ctx, owns_ctx, here);
}

/* ---- queries ------------------------------------------------------------------------------------------- */

size_t fa_app_frame_bytes(const fa_app *app)
{
    return app->tally.frame_bytes;
}

fa_world *fa_app_world(const fa_app *app)
{
    return app->world;
}

const fa_app_desc *fa_app_resolved_desc(const fa_app *app)
{
    return &app->desc;
}

fa_context *fa_app_context(const fa_app *app)
{
    return app->ctx;
}

fa_allocator *fa_app_allocator(const fa_app *app)
{
    return app->allocator;
}

const fa_time *fa_app_time(const fa_app *app)
{
    return app->time_type->value;
}

void fa_app_exit(fa_app *app, int code)
{
    if (!app->exit_requested) {
        app->exit_requested = true;
        app->exit_code = code;
    }
}

bool fa_app_exit_requested(const fa_app *app, int *code)
{
    if (code != NULL) {
        *code = app->exit_requested ? app->exit_code : 0;
    }
    return app->exit_requested;
}
