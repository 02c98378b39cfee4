#include "game.h"
enum phase { IDLE, LOADED, FAILED };
void run(fa_context *ctx)
{
    enum phase phase = IDLE;
    char *data = NULL;
    if (is_ready()) {
        data = fa_heap_alloc(ctx, 64, 1);
        phase = data ? LOADED : FAILED;
    }
    switch (phase) {
    case LOADED: data[0] = 1; fa_heap_free(ctx, data); break;
    case FAILED: roll_dice(); break;
    case IDLE: break;
    }
}
