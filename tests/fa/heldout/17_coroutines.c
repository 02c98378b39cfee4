#include "game.h"
/* a scripted cut-scene */
typedef struct scene { fa_context *ctx; const char *speaker; int line; } scene;
void say(const char *who, const char *what);
static void wait_for_key(void)
{
    while (!is_ready()) {
        co_yield();
    }
}
void scene_talk(scene *s)
{
    char *greeting = fa_frame_printf(s->ctx, "hello, %s", s->speaker);
    say(s->speaker, greeting);
    wait_for_key(); // expect: FA702
    say("narrator", greeting);
}
void scene_count(scene *s)
{
    for (int i = 3; i > 0; i--) {
        char *number = fa_frame_printf(s->ctx, "%d", i);
        say(s->speaker, number);
        co_yield();
    }
}
