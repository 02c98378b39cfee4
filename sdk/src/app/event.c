/* event.c - one array per event type, numbered from the first event ever sent, so that a reader's cursor is
 * one number. Flips look at no event but those that go; sending and reading allocate nothing.
 *
 * Who sends and who reads never run at the same time: plan.c keeps them apart, as declared. */
#include "app/app.h"

#include <string.h>

#define CAPACITY_DEFAULT 1024u

struct fai_event {
    fai_type *type;
    uint32_t owner;
    uint32_t clock;
    uint32_t capacity;
    uint32_t count;
    uint32_t peak;
    uint64_t base;     /* number of the first one that is kept */
    uint64_t last[2];  /* number of the next one, at the last flip of each clock */
    uint64_t older[2]; /* at the flip before */
    uint64_t sent;
    uint64_t refused;
    uint64_t evicted;
    bool told; /* in this flip */
    const char *refused_sender;
    unsigned char *values;
};

/* ---- adding -------------------------------------------------------------------------------------------- */

fa_result fai_app_add_event(fa_app *app, const fa_type *type, const char *here, const fa_event_desc *desc)
{
    static const fa_event_desc defaults = {0};
    fa_result result =
        fai_app_enter(app, FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION, true, "fa_app_add_event", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    desc = desc != NULL ? desc : &defaults;
    if (desc->start_canary != 0 || desc->end_canary != 0 || (unsigned)desc->clock > FA_EVENT_FIXED) {
        return fai_app_report(app, FA_CODE_FA103, FA_RESULT_INVALID_DESC, here, NULL,
                              "fa_app_add_event: a canary is not zero, or clock is not one of the enum");
    }
    uint32_t types = app->types.count;
    fai_type *known = fai_type_get(app, type, here, &result);
    if (known == NULL || known->event != NULL) {
        return known == NULL ? result : FA_RESULT_EXISTS;
    }
    fai_event *event = NULL;
    uint32_t capacity = desc->capacity != 0 ? desc->capacity : CAPACITY_DEFAULT;
    if (capacity > FA_REQUEST_MAX / known->size_bytes) {
        fai_types_trim(app, types);
        return fai_layer_refuse(app->ctx, FA_RESULT_FULL);
    }
    if (!fai_ptrs_reserve(app, &app->events, 1) ||
        (event = fai_app_alloc(app, app->tag, sizeof *event, 0)) == NULL ||
        (event->values = fai_app_alloc(app, fai_app_tag(app, app->current), capacity * known->size_bytes,
                                       known->align_bytes)) == NULL) { /* the product was checked */
        result = fai_app_why(app);
        fai_app_free(app, event);
        fai_types_trim(app, types);
        return result;
    }
    event->type = known;
    event->owner = app->current;
    event->clock = desc->clock;
    event->capacity = capacity;
    known->event = event;
    app->events.items[app->events.count++] = event;
    return FA_RESULT_OK;
}

void fai_events_undo(fa_app *app, uint32_t owner)
{
    while (app->events.count > 0) {
        fai_event *event = app->events.items[app->events.count - 1];
        if (event->owner < owner) {
            return;
        }
        event->type->event = NULL;
        fai_app_free(app, event->values);
        fai_app_free(app, event);
        app->events.count--;
    }
}

void fai_events_free(fa_app *app)
{
    fai_events_undo(app, 0);
    fai_app_free(app, app->events.items);
    app->events = (fai_ptrs){0};
}

/* ---- flips --------------------------------------------------------------------------------------------- */

static void drop_before(fai_event *e, uint64_t number)
{
    if (number <= e->base) {
        return;
    }
    uint32_t gone = number - e->base < e->count ? (uint32_t)(number - e->base) : e->count;
    e->count -= gone;
    e->base += gone;
    memmove(e->values, e->values + gone * e->type->size_bytes, e->count * e->type->size_bytes);
}

void fai_events_flip(fa_app *app, bool fixed)
{
    for (uint32_t i = 0; i < app->events.count; i++) {
        fai_event *e = app->events.items[i];
        uint32_t clock = fixed ? 1 : 0;
        e->older[clock] = e->last[clock];
        e->last[clock] = e->base + e->count;
        e->told = false;
        uint64_t over = e->older[e->clock];
        uint32_t other = 1 - e->clock;
        if (e->type->event_readers[other] > 0 && e->older[other] < over) {
            over = e->older[other];
        }
        drop_before(e, over);
    }
}

void fai_event_reader(const fai_system *system, fai_term *term, uint32_t more)
{
    bool fixed = system->schedule >= FA_FIXED_FIRST && system->schedule <= FA_FIXED_LAST;
    term->type->event_readers[fixed ? 1 : 0] += more;
    term->counted = more == 1;
}

/* ---- sending and reading ------------------------------------------------------------------------------- */

static FA_COLD fa_result refuse(fa_app *app, fai_event *e, const char *sender)
{
    e->refused++;
    e->refused_sender = sender;
    if (!e->told) {
        e->told = true;
        fai_layer_log(app->allocator, FA_LOG_EVENTS_REFUSED,
                      "'%s' sends more '%s' than the %u that have room", sender, e->type->name, e->capacity);
    }
    return FA_RESULT_FULL;
}

static fa_result send(fa_app *app, fai_event *e, const void *value, const char *sender)
{
    if (e->count == e->capacity) { /* what only the other clock's readers wait for gives way */
        uint32_t before = e->count;
        drop_before(e, e->older[e->clock]);
        e->evicted += before - e->count;
        if (e->count == e->capacity) {
            return refuse(app, e, sender);
        }
    }
    unsigned char *to = e->values + e->count * e->type->size_bytes;
    if (value != NULL) {
        memcpy(to, value, e->type->size_bytes);
    } else {
        memset(to, 0, e->type->size_bytes);
    }
    e->count++;
    e->sent++;
    e->peak = e->count > e->peak ? e->count : e->peak;
    return FA_RESULT_OK;
}

static const void *read_from(const fai_event *e, uint64_t *cursor, uint32_t *count)
{
    uint64_t from = *cursor > e->base ? *cursor : e->base;
    uint64_t end = e->base + e->count;
    *cursor = end;
    *count = from < end ? (uint32_t)(end - from) : 0;
    return *count > 0 ? e->values + (size_t)(from - e->base) * e->type->size_bytes : NULL;
}

/* The term that declares it; NULL after FA107. */
static fai_term *declared(const fai_sys *sys, const fa_type *type, bool write, const char *here)
{
    fai_system *system = sys->system;
    if (FA_UNLIKELY(!sys->active)) {
        (void)fai_app_report(sys->app, FA_CODE_FA105, FA_RESULT_REENTRANT, here,
                             system != NULL ? system->here : NULL,
                             "%s: the handle of '%s' is used after the system has returned",
                             write ? "fa_sys_emit" : "fa_sys_read", sys->name);
        return NULL;
    }
    for (uint32_t i = 0; system != NULL && !sys->condition && !sys->piece && i < system->event_term_count;
         i++) {
        fai_term *term = &system->event_terms[i];
        if (term->identity == type && (term->write || !write) && term->type->event != NULL) {
            return term;
        }
    }
    const fai_type *known = type != NULL ? fai_type_find(sys->app, type) : NULL;
    (void)fai_app_report(sys->app, FA_CODE_FA107, FA_RESULT_NOT_FOUND, here,
                         system != NULL ? system->here : NULL, "'%s' %s event '%s', which %s", sys->name,
                         write ? "sends" : "reads", known != NULL ? known->name : "?",
                         known != NULL && known->event != NULL ? "it did not declare"
                                                               : "is none of this app");
    return NULL;
}

fa_result fai_sys_emit(fa_sys *s, const fa_type *type, const void *value, const char *here)
{
    const fai_sys *sys = (const fai_sys *)(const void *)s;
    const fai_term *term = declared(sys, type, true, here);
    if (term == NULL) {
        return sys->active ? FA_RESULT_NOT_FOUND : FA_RESULT_REENTRANT;
    }
    fa_result result = send(sys->app, term->type->event, value, sys->name);
    sys->system->event_count += result == FA_RESULT_OK;
    sys->system->event_refused += result != FA_RESULT_OK;
    return result;
}

const void *fai_sys_read(fa_sys *s, const fa_type *type, uint32_t *count, const char *here)
{
    const fai_sys *sys = (const fai_sys *)(const void *)s;
    *count = 0;
    fai_term *term = declared(sys, type, false, here);
    if (term == NULL) {
        return NULL;
    }
    fai_system *system = sys->system;
    if (FA_UNLIKELY(!term->counted)) { /* it sends, and reads as well */
        fai_event_reader(system, term, 1);
    }
    return read_from(term->type->event, &system->event_cursors[term - system->event_terms], count);
}

bool fa_if_event(fa_sys *s, const void *arg)
{
    const fai_sys *sys = (const fai_sys *)(const void *)s;
    const fai_system *system = sys->system;
    for (uint32_t i = 0; system != NULL && i < system->event_term_count; i++) {
        const fai_event *e = system->event_terms[i].type->event;
        if (system->event_terms[i].identity == arg && e != NULL) {
            return e->count > 0 && system->event_cursors[i] < e->base + e->count;
        }
    }
    return false;
}

fa_result fai_app_emit(fa_app *app, const fa_type *type, const void *value, const char *here)
{
    fa_result result = fai_app_enter(app, FAI_IN_SYSTEM | FAI_IN_CONDITION, true, "fa_app_emit", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    const fai_type *known = type != NULL ? fai_type_find(app, type) : NULL;
    if (known == NULL || known->event == NULL) {
        return fai_app_report(app, FA_CODE_FA107, FA_RESULT_NOT_FOUND, here, NULL,
                              "fa_app_emit: '%s' is no event of app '%s'",
                              type != NULL && type->name != NULL ? type->name : "?", app->name);
    }
    return send(app, known->event, value, app->running != NULL ? app->running->path : app->name);
}

const void *fa_app_read(const fa_app *app, const fa_type *type, uint64_t *cursor, uint32_t *count)
{
    const fai_type *known = type != NULL ? fai_type_find(app, type) : NULL;
    *count = 0;
    return known != NULL && known->event != NULL ? read_from(known->event, cursor, count) : NULL;
}

fa_result fa_app_event_stats(const fa_app *app, const fa_type *type, fa_event_stats *out)
{
    const fai_type *known = type != NULL ? fai_type_find(app, type) : NULL;
    if (known == NULL || known->event == NULL) {
        return FA_RESULT_NOT_FOUND;
    }
    const fai_event *e = known->event;
    *out = (fa_event_stats){.sent = e->sent,
                            .refused = e->refused,
                            .evicted = e->evicted,
                            .alive = e->count,
                            .alive_peak = e->peak,
                            .capacity = e->capacity,
                            .refused_sender = e->refused_sender};
    return FA_RESULT_OK;
}
