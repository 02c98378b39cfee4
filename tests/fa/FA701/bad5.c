#include "game.h"
/* a coroutine started as a task: a string on one path */
void print_text(const char *text);
static void coroutine(void *data)
{
    fa_context *ctx = data;
    co_yield();
    if (is_ready()) {
        print_text(fa_frame_printf(ctx, "ready")); // expect: FA701
    }
}
void start(fa_context *ctx)
{
    job_start(coroutine, ctx);
}
