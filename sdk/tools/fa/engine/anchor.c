/* anchor.c - where a finding is told, and in what words.
 *
 * Two events share the calls that lead to both of them; the first step in which the later one goes its own
 * way is the call that makes it wrong. A finding inside a helper is thereby told at the caller exactly when
 * the caller's share in it is needed, and the same fault found again from further up lands on the same line
 * and is told once. */
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

#include "report/codes.h"

uint32_t common_depth(const engine *e, uint32_t event_a, uint32_t event_b)
{
    uint32_t a = e->events.at[event_a].chain, b = e->events.at[event_b].chain;
    while (a != b) {
        if (e->chains.at[a].depth > e->chains.at[b].depth) {
            a = e->chains.at[a].parent;
        } else {
            b = e->chains.at[b].parent;
        }
    }
    return e->chains.at[a].depth;
}

static const event *at_depth(const engine *e, uint32_t event_, uint32_t depth, place *at, func **f)
{
    const event *v = &e->events.at[event_];
    uint32_t c = v->chain;
    *at = v->at;
    *f = v->func;
    while (e->chains.at[c].depth > depth) {
        *at = e->chains.at[c].call->at;
        c = e->chains.at[c].parent;
        *f = e->chains.at[c].func;
    }
    return v;
}

place event_place_at_depth(const engine *e, uint32_t event_, uint32_t depth)
{
    place at;
    func *f;
    at_depth(e, event_, depth, &at, &f);
    while (f && f->in_sdk && depth > 0) { /* never inside the SDK's own inline functions */
        at_depth(e, event_, --depth, &at, &f);
    }
    return at;
}

const char *object_name(engine *e, uint32_t object_)
{
    const object *o = &e->objects.at[object_];
    char name[128];
    switch (o->kind) {
    case OBJ_LOCAL:
        snprintf(name, sizeof name, "the variable '%s'", o->variable->name ? o->variable->name : "?");
        break;
    case OBJ_GLOBAL: snprintf(name, sizeof name, "the variable '%s'", o->global->name); break;
    case OBJ_STRING: snprintf(name, sizeof name, "a string literal"); break;
    case OBJ_SYMBOL: snprintf(name, sizeof name, "this block"); break;
    case OBJ_BLOCK:
        snprintf(name, sizeof name, "%s",
                 o->family == FAMILY_FRAME    ? "this frame memory"
                 : o->family == FAMILY_POOL   ? "this pool object"
                 : o->family == FAMILY_HEAP   ? "this heap block"
                 : o->family == FAMILY_TASK   ? "this task's memory"
                 : o->family == FAMILY_HANDLE ? "this block of a handle heap"
                 : o->family == FAMILY_STREAM ? "this stream's memory"
                                              : "this block");
        break;
    default: snprintf(name, sizeof name, "this"); break;
    }
    return word(name);
}

void report(engine *e, const char *code, uint32_t where, uint32_t depth, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (line[0] >= 'a' && line[0] <= 'z') {
        line[0] = (char)(line[0] - 'a' + 'A');
    }
    place at;
    func *f;
    at_depth(e, where, depth, &at, &f);
    while (f && f->in_sdk && depth > 0) {
        at_depth(e, where, --depth, &at, &f);
    }
    finding made = {.code = word(code),
                    .severity = code_severity(code),
                    .at = at,
                    .text = word(line),
                    .function = f ? f->name : word("")};
    vec_push(&e->out->found, made);
}

void report_note(engine *e, uint32_t event_, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    finding *last = &e->out->found.at[e->out->found.count - 1];
    if (event_ && e->events.at[event_].at.line) {
        vec_push(&last->notes, (finding_note){e->events.at[event_].at, word(line)});
    }
}
