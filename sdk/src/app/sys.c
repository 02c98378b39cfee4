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

/* ---- the app ------------------------------------------------------------------------------------------- */

void fa_sys_exit(fa_sys *s, int code)
{
    fa_app_exit(whole(s)->app, code);
}

fa_app *fai_sys_app(fa_sys *s, const char *here)
{
    const fai_sys *sys = whole(s);
    if (is_over(sys, "fa_sys_app", here)) {
        return NULL;
    }
    if (!sys->exclusive) {
        (void)fai_app_report(sys->app, FA_CODE_FA107, FA_RESULT_NOT_FOUND, here,
                             sys->system != NULL ? sys->system->here : NULL,
                             "%s'%s' asks for the app, but is not declared exclusive",
                             sys->condition ? "a condition of " : "", sys->name);
        return NULL;
    }
    return sys->app;
}
