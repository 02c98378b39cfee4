/* A profiler's zones: names in the frame, a tree in the pool, a report on a timer. */
#include <SDL2/SDL.h>
#include <framealloc/framealloc.h>
typedef struct zone { const char *name; struct zone *parent, *kids, *next; Uint64 ticks; } zone;
typedef struct prof { fa_context *ctx; zone *root, *open; SDL_TimerID timer; char *report; } prof;
static prof g_prof;

static Uint32 SDLCALL print_report(Uint32 ms, void *p) { SDL_Log("%s", (const char *)p); return ms; }

zone *zone_in(prof *p, const char *name)
{
    for (zone *z = p->open ? p->open->kids : NULL; z; z = z->next)
        if (z->name == name) return p->open = z;
    zone *z = FA_POOL_NEW_ZEROED(p->ctx, zone);
    if (!z) return NULL;
    z->name = name;
    z->parent = p->open;
    if (p->open) { z->next = p->open->kids; p->open->kids = z; } else p->root = z;
    return p->open = z;
}
void zone_out(prof *p) { if (p->open) p->open = p->open->parent; }
void zone_id(prof *p, int id)
{
    fa_frame_begin(p->ctx);
    zone *z = zone_in(p, "id");
    if (z) z->name = fa_frame_printf(p->ctx, "zone %d", id); // expect: FA601
    fa_frame_end(p->ctx);
}
void prof_report(prof *p)
{
    fa_frame_begin(p->ctx);
    char *text = fa_frame_printf(p->ctx, "%p", (void *)p->root);
    if (text) p->timer = SDL_AddTimer(1000, print_report, text); // expect: FA703
    fa_frame_end(p->ctx);
}
void prof_report_ok(prof *p)
{
    if (!p->report) p->report = fa_heap_alloc(p->ctx, 256, 1);
    if (p->report) p->timer = SDL_AddTimer(1000, print_report, p->report);
}
void prof_stop(prof *p)
{
    SDL_RemoveTimer(p->timer);
    fa_heap_free(p->ctx, p->report);
    if (p->report[0]) p->timer = 0; // expect: FA607
    p->report = NULL;
}
void prof_zone_free(prof *p, zone *z)
{
    while (z->kids) {
        zone *k = z->kids;
        z->kids = k->next;
        prof_zone_free(p, k);
    }
    fa_pool_free(p->ctx, z);
}
