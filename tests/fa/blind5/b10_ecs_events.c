/* Event systems of an ECS, called through a table of operations. */
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct Registry Registry;
typedef struct Event { uint32_t type; struct { void *data; size_t n; } payload; } Event;
typedef struct Component { uint32_t id; Event *inbox; const char *debug; } Component;
typedef struct Ops { void (*begin)(Registry *); void (*run)(Registry *, Component *); void (*end)(Registry *); } Ops;
struct Registry { fa_context *ctx; Component comps[128]; int n; const Ops *ops; struct { Event *last; } stats; };

static void reg_begin(Registry *r) { fa_frame_begin(r->ctx); }
static void reg_end(Registry *r) { fa_frame_end(r->ctx); }
static void run_mail(Registry *r, Component *c)
{
    Event *e = FA_FRAME_NEW_ZEROED(r->ctx, Event);
    if (e) {
        e->type = c->id;
        c->inbox = e;
    }
}
static void run_quiet(Registry *r, Component *c)
{
    Event *e = FA_FRAME_NEW_ZEROED(r->ctx, Event);
    if (e) {
        e->type = c->id;
        c->id = e->type + 1;
    }
}
static const Ops kMail = {reg_begin, run_mail, reg_end};
static const Ops kQuiet = {reg_begin, run_quiet, reg_end};

void registry_mail(Registry *r, int i)
{
    kMail.begin(r);
    kMail.run(r, &r->comps[i]); // expect: FA601
    kMail.end(r);
}

void registry_quiet(Registry *r, int i)
{
    kQuiet.begin(r);
    kQuiet.run(r, &r->comps[i]);
    kQuiet.end(r);
}

static void finish(Registry *r, bool flush)
{
    if (flush) {
        r->stats.last = NULL;
    }
    fa_frame_end(r->ctx);
}

int registry_pump(Registry *r, const uint32_t *types, int n)
{
    int seen = 0;
    fa_frame_begin(r->ctx);
    Event *all = FA_FRAME_ARRAY_ZEROED(r->ctx, Event, (size_t)n);
    if (!all) {
        finish(r, true);
        goto out;
    }
    for (int i = 0; i < n; i++) {
        all[i].type = types[i];
        seen += types[i] != 0;
    }
out:
    finish(r, true); // expect: FA603
    return seen;
}

uint32_t registry_last(Registry *r)
{
    Event *e;
    fa_frame_begin(r->ctx);
    e = FA_FRAME_NEW_ZEROED(r->ctx, Event);
    r->stats.last = e;
    finish(r, true);
    return e != NULL ? e->type : 0; // expect: FA606
}

void registry_label(Registry *r, int i)
{
    char *label = fa_frame_strdup(r->ctx, "x");
    r->comps[i].debug = label ? "labelled" : "bare";
}

size_t registry_text(Registry *r)
{
    fa_frame_begin(r->ctx);
    fa_frame_end(r->ctx);
    char *t = fa_frame_printf(r->ctx, "%d", r->n); // expect: FA603
    return t ? strlen(t) : 0;
}
