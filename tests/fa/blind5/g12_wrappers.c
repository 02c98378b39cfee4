// A studio's own layer over the SDK, not annotated anywhere; all flows are visible.
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct Mem { fa_context *ctx; bool inFrame; int depth; } Mem;
typedef struct Str { char *p; size_t n; } Str;

static bool Mem_Enter(Mem *m)
{
    if (m->inFrame) {
        return false;
    }
    m->inFrame = fa_frame_begin(m->ctx) == FA_RESULT_OK;
    return m->inFrame;
}
static void Mem_Leave(Mem *m, bool entered)
{
    if (entered) {
        m->inFrame = false;
        fa_frame_end(m->ctx);
    }
}
static void *Tmp(Mem *m, size_t n) { return fa_frame_alloc(m->ctx, n, 16); }
static void *Keep(Mem *m, size_t n) { return fa_pool_alloc(m->ctx, n, 16); }
static void Drop(Mem *m, void *pp)
{
    void **slot = (void **)pp;
    if (*slot != NULL) {
        fa_pool_free(m->ctx, *slot);
        *slot = NULL;
    }
}

static Str Str_Tmp(Mem *m, const char *s)
{
    Str r = {NULL, strlen(s)};
    r.p = Tmp(m, r.n + 1);
    if (r.p) {
        memcpy(r.p, s, r.n + 1);
    }
    return r;
}
static Str Str_Join(Mem *m, Str a, Str b)
{
    Str r = {Tmp(m, a.n + b.n + 1), a.n + b.n};
    if (r.p && a.p && b.p) {
        memcpy(r.p, a.p, a.n);
        memcpy(r.p + a.n, b.p, b.n + 1);
    }
    return r;
}
static char *Str_Keep(Mem *m, Str s)
{
    char *p = s.p ? Keep(m, s.n + 1) : NULL;
    if (p) {
        memcpy(p, s.p, s.n + 1);
    }
    return p;
}

typedef struct Entity { char *name; char *title; int hp; } Entity;

bool Entity_Name(Mem *m, Entity *e, const char *first, const char *last)
{
    bool entered = Mem_Enter(m);
    Str full = Str_Join(m, Str_Tmp(m, first), Str_Tmp(m, last));
    char *kept = Str_Keep(m, full);
    if (kept) {
        Drop(m, &e->name);
        e->name = kept;
    }
    Mem_Leave(m, entered);
    return e->name != NULL;
}

void Entity_Free(Mem *m, Entity *e)
{
    Drop(m, &e->name);
    Drop(m, &e->title);
    Drop(m, &e->name); /* harmless: the slot is NULL */
}

size_t Entity_Measure(Mem *m, const Entity *e)
{
    size_t n = 0;
    bool mine = Mem_Enter(m);
    if (mine) {
        Str a = Str_Tmp(m, e->name ? e->name : "?");
        if (a.p) {
            n = strlen(a.p);
        }
    }
    Mem_Leave(m, mine);
    return n;
}
