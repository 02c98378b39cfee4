#include "game.h"
#include <string.h>
typedef struct particle { vec2 p, v; float life; } particle;
typedef struct emitter { vec2 origin; particle *live; size_t count; struct emitter *next; } emitter;
typedef struct particles { fa_context *ctx; emitter *emitters; } particles;
static void draw(const particle *p, size_t n) { for (size_t i = 0; i < n; i++) { use_enemy((const void *)&p[i]); } }
void particles_frame(particles *ps)
{
    if (fa_frame_begin(ps->ctx) != FA_RESULT_OK) {
        return;
    }
    size_t total = 0, at = 0;
    for (const emitter *e = ps->emitters; e; e = e->next) {
        total += e->count;
    }
    particle *all = FA_FRAME_ARRAY(ps->ctx, particle, total);
    for (emitter *e = ps->emitters; all && e; e = e->next) {
        e->live = all + at;
        at += e->count;
    }
    if (all) {
        draw(all, total);
    }
    for (emitter *e = ps->emitters; e; e = e->next) {
        e->live = NULL;
    }
    fa_frame_end(ps->ctx);
}
