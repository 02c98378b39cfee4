/* Dialogue coroutines; coro_yield suspends, coro_go runs its first argument later (see .fa.toml). */
#include <framealloc/framealloc.h>
#include <setjmp.h>
#include <string.h>

typedef struct coro { jmp_buf here, there; fa_context *ctx; const char *speaker; } coro;
typedef struct choice { char *text; int value; } choice;
void coro_yield(coro *c, int ticks);
void coro_go(void (*fn)(coro *), coro *c);
void show(const char *s);
int chosen(coro *c);

static void wait_click(coro *c)
{
    while (chosen(c) < 0)
        coro_yield(c, 1);
}

int dialogue_ask(coro *c, const char *a, const char *b)
{
    choice *list = FA_FRAME_ARRAY(c->ctx, choice, 2);
    if (!list)
        return -1;
    list[0] = (choice){fa_frame_strdup(c->ctx, a), 1};
    list[1] = (choice){fa_frame_strdup(c->ctx, b), 2};
    show(list[0].text);
    show(list[1].text);
    wait_click(c);
    return list[chosen(c) & 1].value; // expect: FA702
}

int dialogue_ask_ok(coro *c, const char *a, const char *b)
{
    choice *list = FA_FRAME_ARRAY(c->ctx, choice, 2);
    int values[2] = {0, 0};
    if (!list)
        return -1;
    list[0] = (choice){fa_frame_strdup(c->ctx, a), 1};
    list[1] = (choice){fa_frame_strdup(c->ctx, b), 2};
    values[0] = list[0].value;
    values[1] = list[1].value;
    show(list[0].text);
    show(list[1].text);
    wait_click(c);
    return values[chosen(c) & 1];
}

void dialogue_type(coro *c, const char *line)
{
    size_t n = strlen(line);
    char *shown = FA_FRAME_ARRAY_ZEROED(c->ctx, char, n + 1);
    for (size_t i = 0; shown && i < n; i++) {
        shown[i] = line[i]; // expect: FA702
        show(shown);
        coro_yield(c, 2);
    }
}

static void script_greet(coro *c)
{
    char *hello = fa_frame_printf(c->ctx, "hello, %s", c->speaker); // expect: FA701
    if (hello)
        show(hello);
    coro_yield(c, 10);
}

static void script_bye(coro *c)
{
    fa_frame_begin(c->ctx);
    char *bye = fa_frame_printf(c->ctx, "bye, %s", c->speaker);
    if (bye)
        show(bye);
    fa_frame_end(c->ctx);
    coro_yield(c, 10);
}

void dialogue_start(coro *greet, coro *bye)
{
    coro_go(script_greet, greet);
    coro_go(script_bye, bye);
}
