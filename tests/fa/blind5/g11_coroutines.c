/* Cutscene scripts as coroutines over setjmp; coro_yield and coro_go are told to fa in .fa.toml. */
#include <framealloc/framealloc.h>
#include <setjmp.h>
#include <stdio.h>

typedef struct coro { jmp_buf here, there; int waiting; fa_context *ctx; fa_task *mem; void *user; } coro;
void coro_yield(coro *c, int ticks);
void coro_go(void (*fn)(coro *), coro *c);
void actor_say(int actor, const char *line);
void actor_move(int actor, float x);

struct beat { int actor; float x; char line[40]; };

static void script_intro(coro *c)
{
    struct beat *b = FA_POOL_NEW_ZEROED(c->ctx, struct beat);
    if (b == NULL)
        return;
    for (int i = 0; i < 3; i++) {
        b->actor = i;
        snprintf(b->line, sizeof b->line, "line %d", i);
        actor_say(b->actor, b->line);
        coro_yield(c, 30);
        actor_move(b->actor, b->x += 1.0f);
    }
    fa_pool_free(c->ctx, b);
}

static void script_count(coro *c)
{
    int total = 0;
    for (int i = 0; i < 10; i++) {
        fa_frame_begin(c->ctx);
        char *line = fa_frame_printf(c->ctx, "%d to go", 10 - i);
        if (line) {
            actor_say(1, line);
            total += line[0];
        }
        fa_frame_end(c->ctx);
        coro_yield(c, 1);
    }
    actor_move(1, (float)total);
}

static void script_task(coro *c)
{
    int *hits = FA_TASK_NEW(c->mem, c->ctx, int);
    if (!hits)
        return;
    *hits = 0;
    coro_yield(c, 5);
    ++*hits;
    coro_yield(c, 5);
    actor_move(*hits, 0);
}

static void say_and_wait(coro *c, int n)
{
    char local[32];
    snprintf(local, sizeof local, "%d", n);
    coro_yield(c, n);
    actor_say(0, local);
}

/* a plain function in the frame that yields nowhere: between the two calls nothing is held */
void banner(coro *c, int score)
{
    fa_frame_begin(c->ctx);
    char *text = fa_frame_printf(c->ctx, "%d", score);
    if (text)
        actor_say(2, text);
    text = NULL;
    fa_frame_end(c->ctx);
    say_and_wait(c, score);
    fa_frame_begin(c->ctx);
    text = fa_frame_printf(c->ctx, "%d!", score);
    if (text)
        actor_say(2, text);
    fa_frame_end(c->ctx);
}

void start_all(coro *pool[3])
{
    coro_go(script_intro, pool[0]);
    coro_go(script_count, pool[1]);
    coro_go(script_task, pool[2]);
}
