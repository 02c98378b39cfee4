#include "game.h"
/* annotated wrappers of the user's own */
typedef struct engine engine;
FA_BEGINS_FRAME void engine_begin(engine *e);
FA_ENDS_FRAME void engine_end(engine *e);
FA_RETURNS_FRAME void *engine_temp(engine *e, size_t bytes);
void tick(engine *e, int n)
{
    for (int i = 0; i < n; i++) {
        engine_begin(e);
        char *p = engine_temp(e, 64);
        if (p) {
            p[0] = 0;
        }
        engine_end(e);
    }
}
