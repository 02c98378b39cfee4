/* state.c - values that change in StateTransition, with schedules around the change. */
#include "framealloc/app/state.h"

#include <stdio.h>

#include "app/app.h"

#define TYPE_NAME_MAX 24

FA_TYPE_DEFINE(fa_state_is);

struct fai_state {
    fai_type *type;
    uint32_t owner;
    int32_t current;
    int32_t next;
    bool entered; /* it has a value that was entered */
    bool asked;
};

static fai_state *find(const fa_app *app, const fa_type *type)
{
    const fai_type *known = type != NULL ? fai_type_find(app, type) : NULL;
    return known != NULL ? known->state : NULL;
}

/* ---- adding -------------------------------------------------------------------------------------------- */

fa_result fai_app_add_state(fa_app *app, const fa_type *type, int32_t first, const char *here)
{
    fa_result result =
        fai_app_enter(app, FAI_IN_SYSTEM | FAI_IN_HOOK | FAI_IN_CONDITION, true, "fa_app_add_state", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    static const fa_term scoped[] = {FA_R(fa_state_is)};
    if (app->scoped == NULL &&
        (result = fai_query_create(app->world, scoped, 1, &app->scoped, here)) != FA_RESULT_OK) {
        return result;
    }
    uint32_t types = app->types.count;
    fai_type *known = fai_type_get(app, type, here, &result);
    if (known == NULL || known->state != NULL) {
        return known == NULL ? result : FA_RESULT_EXISTS;
    }
    fai_state *state = NULL;
    if (!fai_ptrs_reserve(app, &app->states, 1) ||
        (state = fai_app_alloc(app, app->tag, sizeof *state, 0)) == NULL) {
        result = fai_app_why(app);
        fai_types_trim(app, types);
        return result;
    }
    *state =
        (fai_state){.type = known, .owner = app->current, .current = first, .next = first, .asked = true};
    known->state = state;
    app->states.items[app->states.count++] = state;
    return FA_RESULT_OK;
}

void fai_states_undo(fa_app *app, uint32_t owner)
{
    while (app->states.count > 0) {
        fai_state *state = app->states.items[app->states.count - 1];
        if (state->owner < owner) {
            return;
        }
        state->type->state = NULL;
        fai_app_free(app, state);
        app->states.count--;
    }
}

void fai_states_free(fa_app *app)
{
    fai_states_undo(app, 0);
    fai_app_free(app, app->states.items);
    app->states = (fai_ptrs){0};
}

/* ---- the schedules ------------------------------------------------------------------------------------- */

/* OnEnter and its like are found by what they are of: types of the same name have schedules of their own, the
 * later ones with a number behind the name. */
typedef struct moment {
    const fa_type *type;
    char when; /* 'x', 't' or 'e', as in fai_schedule */
    int32_t from;
    int32_t to;
} moment;

static fai_schedule *find_schedule(const fa_app *app, const moment *m)
{
    for (uint32_t i = FA_SCHEDULE_BUILT_IN_END; i < app->schedules.count; i++) {
        fai_schedule *schedule = app->schedules.items[i];
        if (schedule->state == m->type && schedule->when == m->when && schedule->from == m->from &&
            schedule->to == m->to) {
            return schedule;
        }
    }
    return NULL;
}

static void name_schedule(const fa_app *app, const moment *m, char name[FA_NAME_MAX + 1])
{
    static const char *const words[] = {"OnExit", "OnTransition", "OnEnter"};
    const char *word = words[m->when == 'x' ? 0 : m->when == 't' ? 1 : 2];
    char values[24];
    if (m->when == 't') {
        (void)snprintf(values, sizeof values, "%d,%d", (int)m->from, (int)m->to);
    } else {
        (void)snprintf(values, sizeof values, "%d", (int)m->to);
    }
    (void)snprintf(name, FA_NAME_MAX + 1, "%s(%.*s=%s)", word, TYPE_NAME_MAX, m->type->name, values);
    const fai_schedule *taken = fai_schedule_find(app, name);
    for (uint32_t n = 2; taken != NULL && taken->state != NULL; n++) {
        (void)snprintf(name, FA_NAME_MAX + 1, "%s(%.*s#%u=%s)", word, TYPE_NAME_MAX / 2, m->type->name, n,
                       values);
        taken = fai_schedule_find(app, name);
    }
}

static fa_schedule schedule_of(fa_app *app, const moment *m, const char *here)
{
    char name[FA_NAME_MAX + 1];
    if (app == NULL) {
        return FA_SCHEDULE_NONE;
    }
    if (m->type == NULL || m->type->name == NULL) {
        (void)fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                             "the type of a state is NULL, or has no name");
        return FA_SCHEDULE_NONE;
    }
    fai_schedule *found = find_schedule(app, m);
    if (found == NULL) {
        name_schedule(app, m, name);
        found = fai_schedule_at(app, fai_app_schedule(app, name, here));
    }
    if (found == NULL) {
        return FA_SCHEDULE_NONE;
    }
    found->state = m->type;
    found->when = m->when;
    found->from = m->from;
    found->to = m->to;
    return found->id;
}

fa_schedule fai_on_enter(fa_app *app, const fa_type *type, int32_t value, const char *here)
{
    return schedule_of(app, &(moment){type, 'e', value, value}, here);
}

fa_schedule fai_on_exit(fa_app *app, const fa_type *type, int32_t value, const char *here)
{
    return schedule_of(app, &(moment){type, 'x', value, value}, here);
}

fa_schedule fai_on_transition(fa_app *app, const fa_type *type, int32_t from, int32_t to, const char *here)
{
    return schedule_of(app, &(moment){type, 't', from, to}, here);
}

/* ---- changes ------------------------------------------------------------------------------------------- */

enum { GOING_WITHOUT_MEMORY = 64 };

/* Entities that are scoped to the value, at most so many. @return How many. */
static uint32_t find_scoped(fa_app *app, const fai_state *state, fa_entity *out, uint32_t capacity)
{
    uint32_t count = 0;
    fa_iter it = fai_query_walk(app->scoped, app->world->tick, 0, NULL, FA_HERE);
    while (fa_next(&it)) {
        for (uint32_t i = 0; i < it.count && count < capacity; i++) {
            const fa_state_is *is = &FA_COL(it, fa_state_is, 0)[i];
            if (is->type == state->type->identity && is->value == state->current) {
                out[count++] = it.entities[i];
            }
        }
    }
    return count;
}

/* Entities that are scoped to the value go: all at once, or a few at a time where there is no memory. */
static void despawn_scoped(fa_app *app, const fai_state *state)
{
    fa_entity few[GOING_WITHOUT_MEMORY];
    uint32_t capacity = fa_query_count(app->scoped);
    fai_pad pad;
    fai_pad_open(app->scratch, app->running != NULL, &pad);
    fa_entity *going = fai_arena_array(app->scratch, capacity, sizeof *going, FA_ALIGNOF(fa_entity), FA_HERE);
    if (going == NULL) {
        going = few;
        capacity = GOING_WITHOUT_MEMORY;
    }
    uint32_t count = 0;
    do {
        count = find_scoped(app, state, going, capacity);
        for (uint32_t i = 0; i < count; i++) {
            fai_entity_despawn(app->world, going[i]);
        }
    } while (going == few && count > 0);
    (void)fai_pad_close(app->scratch, &pad);
}

static fa_result run(fa_app *app, fa_schedule schedule, const char *here)
{
    fai_schedule *found = fai_schedule_at(app, schedule);
    return found != NULL ? fai_schedule_run(app, found, here) : fai_app_why(app);
}

static fa_result change(fa_app *app, fai_state *state, const char *here)
{
    const fa_type *type = state->type->identity;
    int32_t from = state->current;
    int32_t to = state->next;
    bool first = !state->entered;
    fa_result result = FA_RESULT_OK;
    state->asked = false;
    if (!first) {
        result = run(app, fai_on_exit(app, type, from, here), here);
        despawn_scoped(app, state);
        fa_result more = run(app, fai_on_transition(app, type, from, to, here), here);
        result = result == FA_RESULT_OK ? more : result;
    }
    state->entered = true;
    state->current = to;
    fa_result more = run(app, fai_on_enter(app, type, to, here), here);
    return result == FA_RESULT_OK ? more : result;
}

fa_result fai_states_apply(fa_app *app, const char *here)
{
    fa_result worst = FA_RESULT_OK;
    for (uint32_t i = 0; i < app->states.count; i++) {
        fai_state *state = app->states.items[i];
        if (state->asked && (!state->entered || state->next != state->current)) {
            fa_result result = change(app, state, here);
            worst = worst == FA_RESULT_OK ? result : worst;
        }
    }
    return worst;
}

/* ---- asking -------------------------------------------------------------------------------------------- */

typedef struct request {
    fai_state *state;
    int32_t next;
} request;

static void ask(fa_app *app, void *data)
{
    const request *r = data;
    (void)app;
    r->state->next = r->next;
    r->state->asked = true;
}

static fa_result unknown(const fa_app *app, const fa_type *type, const char *call, const char *here)
{
    return fai_app_report(app, FA_CODE_FA005, FA_RESULT_NOT_FOUND, here, NULL,
                          "%s: '%s' is no state of app '%s'", call,
                          type != NULL && type->name != NULL ? type->name : "?", app->name);
}

int32_t fa_sys_state(const fa_sys *s, const fa_type *type)
{
    return fa_app_state(((const fai_sys *)(const void *)s)->app, type);
}

fa_result fai_sys_set_state(fa_sys *s, const fa_type *type, int32_t next, const char *here)
{
    const fai_sys *sys = (const fai_sys *)(const void *)s;
    const request r = {.state = find(sys->app, type), .next = next};
    return r.state != NULL ? fai_cmd_call(s, ask, &r, sizeof r, here)
                           : unknown(sys->app, type, "fa_sys_set_state", here);
}

int32_t fa_app_state(const fa_app *app, const fa_type *type)
{
    const fai_state *state = find(app, type);
    return state != NULL ? state->current : 0;
}

fa_result fai_app_set_state(fa_app *app, const fa_type *type, int32_t next, const char *here)
{
    fa_result result = fai_app_enter(app, FAI_IN_SYSTEM | FAI_IN_CONDITION, true, "fa_app_set_state", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    request r = {.state = find(app, type), .next = next};
    if (r.state == NULL) {
        return unknown(app, type, "fa_app_set_state", here);
    }
    ask(app, &r);
    return FA_RESULT_OK;
}

bool fa_if_in_state(fa_sys *s, const void *arg)
{
    const fa_state_is *is = arg;
    const fai_state *state = is != NULL ? find(((const fai_sys *)(const void *)s)->app, is->type) : NULL;
    return state != NULL && state->entered && state->current == is->value;
}
