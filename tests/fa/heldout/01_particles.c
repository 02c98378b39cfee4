#include "game.h"
#include <string.h>
/* a particle system: emitters keep counters, the particles of a frame are listed for the renderer */
typedef struct particle { vec2 p, v; float life; } particle;
typedef struct emitter { vec2 origin; particle *live; size_t count; struct emitter *next; } emitter;
typedef struct draw_list { const particle *items; size_t count; } draw_list;
typedef struct particles { fa_context *ctx; emitter *emitters; draw_list current; } particles;

static size_t emit(fa_context *ctx, emitter *e, size_t n)
{
    particle *more = FA_FRAME_ARRAY(ctx, particle, n);
    if (more == NULL) {
        return 0;
    }
    memset(more, 0, n * sizeof *more);
    e->live = more;
    e->count = n;
    return n;
}
void particles_frame(particles *ps)
{
    size_t total = 0;
    if (fa_frame_begin(ps->ctx) != FA_RESULT_OK) {
        return;
    }
    for (emitter *e = ps->emitters; e != NULL; e = e->next) {
        total += emit(ps->ctx, e, 64); // expect: FA601 FA602
    }
    ps->current.count = total;
    fa_frame_end(ps->ctx);
}
