/* sys.c - what running systems and conditions ask for, and whether they said so. */
#include "app/app.h"

static fai_sys *whole(const fa_sys *s)
{
    return (fai_sys *)(uintptr_t)s;
}

static bool is_over(const fai_sys *s, const char *call, const char *here)
{
    if (s->active) {
        return false;
    }
    (void)fai_app_report(s->app, FA_CODE_FA105, FA_RESULT_REENTRANT, here, NULL,
                         "%s: the handle of '%s' is used after the system has returned", call, s->name);
    return true;
}

void *fai_sys_step_refused(fa_sys *s, const char *here)
{
    const fai_sys *sys = whole(s);
    (void)fai_app_report(sys->app, FA_CODE_FA108, FA_RESULT_NO_FRAME, here, NULL,
                         "'%s' asks for step memory, but no fixed step is open", sys->name);
    return NULL;
}

void *fa_sys_local(fa_sys *s)
{
    const fai_sys *sys = whole(s);
    return sys->condition || sys->system == NULL ? NULL : sys->system->local;
}

void *fa_sys_user(const fa_sys *s)
{
    const fai_sys *sys = whole(s);
    return sys->system != NULL ? sys->system->user : NULL;
}

/* ---- resources ----------------------------------------------------------------------------------------- */

/* Not among the declared terms: refused in debug builds, looked up in others. */
static void *undeclared(const fai_sys *sys, const fa_type *type, bool write, const char *here)
{
    const fai_type *found = type != NULL ? fai_type_find(sys->app, type) : NULL;
#ifdef FA_DEBUG
    if (!sys->exclusive) {
        const char *name = found != NULL                        ? found->name
                           : type != NULL && type->name != NULL ? type->name
                                                                : "?";
        (void)fai_app_report(sys->app, FA_CODE_FA107, FA_RESULT_NOT_FOUND, here,
                             sys->system != NULL ? sys->system->here : NULL,
                             "%s'%s' %s '%s', which it did not declare",
                             sys->condition ? "a condition of " : "", sys->name, write ? "writes" : "reads",
                             name);
        return NULL;
    }
#else
    (void)write;
    (void)here;
#endif
    return found != NULL ? found->value : NULL;
}

const void *fai_sys_resource(fa_sys *s, const fa_type *type, const char *here)
{
    const fai_sys *sys = whole(s);
    if (is_over(sys, "fa_sys_resource", here)) {
        return NULL;
    }
    for (uint32_t i = 0; i < sys->term_count; i++) {
        if (sys->terms[i].identity == type) {
            return sys->terms[i].type->value;
        }
    }
    return undeclared(sys, type, false, here);
}

void *fai_sys_resource_mut(fa_sys *s, const fa_type *type, const char *here)
{
    const fai_sys *sys = whole(s);
    if (is_over(sys, "fa_sys_resource_mut", here)) {
        return NULL;
    }
    for (uint32_t i = 0; i < sys->term_count; i++) {
        if (sys->terms[i].identity == type && sys->terms[i].write) {
            return sys->terms[i].type->value;
        }
    }
    return undeclared(sys, type, true, here);
}

/* ---- entities ------------------------------------------------------------------------------------------ */

static FA_COLD fa_iter no_query(const fai_sys *sys, uint32_t index, const char *here)
{
    (void)fai_app_report(sys->app, FA_CODE_FA107, FA_RESULT_NOT_FOUND, here,
                         sys->system != NULL ? sys->system->here : NULL,
                         "'%s' walks query %u, which it did not declare", sys->name, index);
    return (fa_iter){0};
}

fa_iter fai_sys_query(fa_sys *s, uint32_t index, const char *here)
{
    const fai_sys *sys = whole(s);
    if (is_over(sys, "fa_sys_query", here)) {
        return (fa_iter){0};
    }
    const fai_system *system = sys->system;
    if (sys->condition || system == NULL || index >= system->query_count) {
        return no_query(sys, index, here);
    }
    uint32_t *lock = NULL;
    if (sys->exclusive && !sys->piece) { /* pieces cannot change it, nor who waits for them */
        lock = &sys->app->world->walks;
        sys->app->world->walk_here = here;
    }
    return fai_query_walk(system->queries[index], system->tick, system->since, lock, here);
}

/* Does a query declare this component? */
static bool declares(const fai_system *system, const fa_type *type, bool write)
{
    for (uint32_t i = 0; i < system->query_count; i++) {
        const fa_query *q = system->queries[i];
        for (uint32_t j = 0; j < q->term_count; j++) {
            fa_access access = q->terms[j].access;
            bool writes = access == FA_ACCESS_WRITE || access == FA_ACCESS_OPTIONAL_WRITE;
            if (q->terms[j].identity == type && access != FA_ACCESS_WITH && access != FA_ACCESS_WITHOUT &&
                (writes || !write)) {
                return true;
            }
        }
    }
    return false;
}

static void *get(fa_sys *s, fa_entity entity, const fa_type *type, bool write, const char *here)
{
    const fai_sys *sys = whole(s);
    const char *call = write ? "fa_sys_get_mut" : "fa_sys_get";
    if (is_over(sys, call, here)) {
        return NULL;
    }
#ifdef FA_DEBUG
    if (!sys->exclusive && (sys->condition || sys->system == NULL || !declares(sys->system, type, write))) {
        (void)fai_app_report(sys->app, FA_CODE_FA107, FA_RESULT_NOT_FOUND, here,
                             sys->system != NULL ? sys->system->here : NULL,
                             "%s'%s' %s component '%s', which no query of it declares",
                             sys->condition ? "a condition of " : "", sys->name, write ? "writes" : "reads",
                             type != NULL && type->name != NULL ? type->name : "?");
        return NULL;
    }
#else
    (void)declares;
#endif
    fa_world *world = sys->app->world;
    if (fai_world_record(world, entity) == NULL) {
        (void)fai_app_report(sys->app, FA_CODE_FA111, FA_RESULT_STALE, here, NULL,
                             "%s: '%s' names entity %u.%u, which is not there", call, sys->name,
                             fai_entity_index(entity), fai_entity_generation(entity));
        return NULL;
    }
    world->marks += sys->exclusive; /* it may change more at the same tick */
    return fai_world_cell(world, entity, type, write && sys->system != NULL ? sys->system->tick : 0);
}

const void *fai_sys_get(fa_sys *s, fa_entity entity, const fa_type *type, const char *here)
{
    return get(s, entity, type, false, here);
}

void *fai_sys_get_mut(fa_sys *s, fa_entity entity, const fa_type *type, const char *here)
{
    return get(s, entity, type, true, here);
}

bool fa_sys_is_alive(const fa_sys *s, fa_entity entity)
{
    return fai_world_record(whole(s)->app->world, entity) != NULL;
}

fa_world *fai_sys_world(fa_sys *s, const char *here)
{
    const fa_app *app = fai_sys_app(s, here);
    return app != NULL ? app->world : NULL;
}

/* ---- the app ------------------------------------------------------------------------------------------- */

void fa_sys_exit(fa_sys *s, int code)
{
    const fai_sys *sys = whole(s);
    if (!sys->app->side_by_side) {
        fa_app_exit(sys->app, code);
    } else if (sys->system != NULL && !sys->system->exit_asked) { /* the first in the order counts */
        sys->system->exit_asked = true;
        sys->system->exit_code = code;
    }
}

fa_app *fai_sys_app(fa_sys *s, const char *here)
{
    const fai_sys *sys = whole(s);
    if (is_over(sys, "fa_sys_app", here)) {
        return NULL;
    }
    if (!sys->exclusive || sys->piece) {
        (void)fai_app_report(sys->app, FA_CODE_FA107, FA_RESULT_NOT_FOUND, here,
                             sys->system != NULL ? sys->system->here : NULL,
                             "%s'%s' asks for the app, but is not %s",
                             sys->condition ? "a condition of "
                             : sys->piece   ? "a piece of "
                                            : "",
                             sys->name, sys->piece ? "alone" : "declared exclusive");
        return NULL;
    }
    return sys->app;
}
