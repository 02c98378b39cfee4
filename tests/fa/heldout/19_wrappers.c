#include "game.h"
/* the user's own annotated wrappers */
typedef struct engine engine;
FA_BEGINS_FRAME void engine_begin(engine *e);
FA_ENDS_FRAME void engine_end(engine *e);
FA_RETURNS_FRAME void *engine_temp(engine *e, size_t bytes);
FA_RETURNS_POOL void *engine_new(engine *e, size_t bytes);
FA_FREES_POOL void engine_delete(engine *e, void *p);
#define TEMP(e, T) ((T *)engine_temp((e), sizeof(T)))
static vec2 *g_cursor;
int frame(engine *e)
{
    engine_begin(e);
    vec2 *v = TEMP(e, vec2);
    g_cursor = v; // expect: FA601
    enemy *n = engine_new(e, sizeof *n);
    n->health = 1;
    engine_delete(e, n);
    engine_end(e);
    if (v->x > 0) { // expect: FA606
        return n->health; // expect: FA607
    }
    return 0;
}
