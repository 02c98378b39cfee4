/* tags.c - tag scopes: what is pushed, what is popped, and whose tag it is.
 *
 * A path carries the pushes that it has not popped; a pop takes the last of its context. Tags are known by
 * their path where the call that interned them is seen: directly, through a local, or through a global that
 * only ever holds one. */
#include "engine/engine.h"

#include <string.h>

#include "report/settings.h"

const char *tag_of_value(engine *e, value v)
{
    if (v.kind != V_SYM || e->symbols.at[v.id].kind != SYM_TAG) {
        return NULL;
    }
    return e->symbols.at[v.id].tag;
}

/* A name or tag that was handed in is the caller's: how far up it was first named. */
static uint32_t origin_depth(const engine *e, const state *s, const char *tag)
{
    int level = s->calls.count - 1;
    for (; level > 0; level--) {
        const instr *in = e->chains.at[s->calls.at[level].chain].call;
        bool handed = false;
        for (int i = 0; in && i < in->call->arg_count && !handed; i++) {
            int reg = in->call->args[i];
            value v = reg < 0 ? (value){0} : s->regs.at[s->calls.at[level - 1].regs + reg];
            const object *o = v.kind == V_PTR ? &e->objects.at[e->regions.at[v.id].base] : NULL;
            const symbol *y = v.kind == V_SYM ? &e->symbols.at[v.id] : NULL;
            handed = (o && o->kind == OBJ_STRING && strcmp(o->text, tag) == 0) ||
                     (y && y->kind == SYM_TAG && strcmp(y->tag, tag) == 0);
        }
        if (!handed) {
            break;
        }
    }
    return e->chains.at[s->calls.at[level].chain].depth;
}

static void check_tag_known(engine *e, const char *tag, uint32_t here, uint32_t depth)
{
    const char *nearest = NULL;
    if (!settings_tag_unknown(e->settings, tag, &nearest)) {
        return;
    }
    if (nearest) {
        report(e, "FA802", here, depth, "tag \"%s\" is not among the known tags; did you mean \"%s\"?", tag,
               nearest);
    } else {
        report(e, "FA802", here, depth, "tag \"%s\" is not among the known tags", tag);
    }
}

static void check_tag_allowed(engine *e, const char *tag, uint32_t here, uint32_t depth)
{
    place at = event_place_at_depth(e, here, depth);
    const char *owner = NULL;
    switch (settings_tag_allowed(e->settings, at.file, tag, &owner)) {
    case TAG_OF_ANOTHER_MODULE:
        report(e, "FA803", here, depth, "tag \"%s\" belongs to the module %s", tag, owner);
        break;
    case TAG_NOT_ALLOWED:
        report(e, "FA801", here, depth, "tag \"%s\" is not allowed in this module", tag);
        break;
    default: break;
    }
}

static void intern(engine *e, state *s, const instr *in, func *f)
{
    (void)f;
    for (int i = in->call->arg_count - 1; i >= 0; i--) {
        value v = arg(s, in->call, i);
        if (v.kind == V_PTR && object_of(e, v.id)->kind == OBJ_STRING && i > 0) {
            const char *tag = object_of(e, v.id)->text;
            check_tag_known(e, tag, event_make(e, s, in), origin_depth(e, s, tag));
            uint64_t key = hash_mix(0x53, (uint64_t)(uintptr_t)tag);
            set_result(s, in, (value){V_SYM, symbol_make(e, key, (symbol){.kind = SYM_TAG, .tag = tag}), 0});
            return;
        }
    }
    set_result(s, in, symbol_fresh(e, s, in, 0x71));
}

static void push(engine *e, state *s, const instr *in, func *f)
{
    uint32_t here = event_make(e, s, in);
    for (int i = 0; i < in->call->arg_count; i++) {
        value v = arg(s, in->call, i);
        const char *tag = tag_of_value(e, v);
        if (!tag && v.kind == V_PTR && object_of(e, v.id)->kind == OBJ_STRING && i == 1) {
            tag = object_of(e, v.id)->text; /* a wrapper that takes the path itself */
            check_tag_known(e, tag, here, origin_depth(e, s, tag));
        }
        if (tag) {
            check_tag_allowed(e, tag, here, origin_depth(e, s, tag));
            break;
        }
    }
    value result = result_symbol(e, s, in);
    vec_push(&s->tags, (tag_state){context_arg(e, s, in->call, f), here, result.id});
    set_result(s, in, result);
}

static void pop(engine *e, state *s, const instr *in, func *f)
{
    value ctx = context_arg(e, s, in->call, f);
    set_result(s, in, symbol_fresh(e, s, in, 0x72));
    for (int i = s->tags.count - 1; i >= 0; i--) {
        if (context_related(e, s->tags.at[i].ctx, ctx) || f->ctx_kind == CTX_OTHER) {
            memmove(&s->tags.at[i], &s->tags.at[i + 1], (size_t)(s->tags.count - i - 1) * sizeof *s->tags.at);
            s->tags.count--;
            s->tag_matched = true;
            return;
        }
    }
    s->tag_pops++;
    s->tag_pop_event = event_make(e, s, in);
}

void run_tag_roles(engine *e, state *s, const instr *in, func *f)
{
    if (f->roles & ROLE(INTERN)) {
        intern(e, s, in, f);
    } else if (f->roles & ROLE(TAG_PUSH)) {
        push(e, s, in, f);
    } else {
        pop(e, s, in, f);
    }
}
