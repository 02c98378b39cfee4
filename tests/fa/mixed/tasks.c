#include "game.h"
#include <SDL2/SDL.h>
typedef struct task_data { enemy *e; int n; } task_data;
typedef struct sched sched;
FA_TASK_ARG(2) void sched_push(sched *s, void (*fn)(void *), void *data);
FA_JOINS void sched_wait(sched *s);
static void run(void *p) { task_data *d = p; d->n++; }
/* 703 */
void a(fa_context *c, sched *s)
{
    fa_frame_begin(c);
    task_data *d = FA_FRAME_NEW(c, task_data);
    sched_push(s, run, d); // expect: FA703
    fa_frame_end(c);
}
void b(fa_context *c, sched *s)
{
    static task_data keep;
    fa_frame_begin(c);
    keep.e = FA_FRAME_NEW(c, enemy);
    sched_push(s, run, &keep); // expect: FA703
    keep.e = NULL;
    fa_frame_end(c);
}
void d(fa_context *c, sched *s)
{
    fa_frame_begin(c);
    task_data *t = FA_FRAME_ARRAY(c, task_data, 4);
    for (int i = 0; t && i < 4; i++) sched_push(s, run, &t[i]);
    sched_wait(s);
    fa_frame_end(c);
}
void dd(fa_context *c, sched *s, bool sync)
{
    fa_frame_begin(c);
    task_data *t = FA_FRAME_NEW(c, task_data);
    if (!t) goto end;
    sched_push(s, run, t); // expect: FA703
    if (sync) sched_wait(s);
end:
    fa_frame_end(c);
}
static Uint32 SDLCALL on_timer(Uint32 i, void *p) { (void)p; return i; }
static SDL_TimerID g_timer;
void e(fa_context *c)
{
    fa_frame_begin(c);
    char *text = fa_frame_printf(c, "late");
    g_timer = SDL_AddTimer(16, on_timer, text); // expect: FA703
    fa_frame_end(c);
}
typedef void (*event_fn)(void *user);
void bus_subscribe(int topic, event_fn fn, void *user);
static void on_event(void *u) { (void)u; }
void f(fa_context *c)
{
    fa_frame_begin(c);
    task_data *d = FA_FRAME_NEW(c, task_data);
    bus_subscribe(3, on_event, d); // expect: FA703
    fa_frame_end(c);
}
static struct { event_fn fn; void *user; } g_handlers[8];
static int g_count;
static void subscribe(event_fn fn, void *user)
{
    g_handlers[g_count].fn = fn;
    g_handlers[g_count].user = user;
    g_count++;
}
void g(fa_context *c)
{
    fa_frame_begin(c);
    task_data *d = FA_FRAME_NEW(c, task_data);
    subscribe(on_event, d); // expect: FA703
    fa_frame_end(c);
}
void h(fa_context *c)
{
    fa_frame_begin(c);
    task_data *d = FA_POOL_NEW(c, task_data);
    if (d) bus_subscribe(3, on_event, d);
    fa_frame_end(c);
}
void for_each_enemy(world *w, void (*fn)(enemy *, void *), void *user);
static void count_one(enemy *e, void *u) { (void)e; ++*(int *)u; }
int i(fa_context *c, world *w)
{
    int n = 0;
    fa_frame_begin(c);
    int *counter = FA_FRAME_NEW_ZEROED(c, int);
    if (counter) { for_each_enemy(w, count_one, counter); n = *counter; }
    fa_frame_end(c);
    return n;
}
/* 702 */
void j(fa_context *c, enemy *me)
{
    enemy *plan = FA_FRAME_NEW(c, enemy), *alias = plan;
    if (!plan) return;
    while (me->health > 0) {
        alias->health--;
        co_yield(); // expect: FA702
    }
}
static void wait_frames(int n) { while (n-- > 0) co_yield(); }
int k(fa_context *c)
{
    int *v = FA_FRAME_ARRAY(c, int, 4);
    if (!v) return 0;
    v[0] = 1;
    wait_frames(2); // expect: FA702
    return v[0];
}
int l(fa_context *c)
{
    int *v = FA_FRAME_ARRAY(c, int, 4);
    if (!v) return 0;
    v[0] = 1;
    int keep = v[0];
    wait_frames(2);
    return keep;
}
int m(fa_context *c)
{
    int *v = FA_POOL_NEW(c, int);
    if (!v) return 0;
    *v = 1;
    wait_frames(2);
    int r = *v;
    fa_pool_free(c, v);
    return r;
}
/* 701 */
static int helper(fa_context *c) { int *p = FA_FRAME_NEW(c, int); return p ? 1 : 0; }
static void job(void *p)
{
    world *w = p;
    w->count = helper(w->ctx); // expect: FA701
}
static void job_ok(void *p)
{
    world *w = p;
    fa_frame_begin(w->ctx);
    w->count = helper(w->ctx);
    fa_frame_end(w->ctx);
}
static void job_pool(void *p)
{
    world *w = p;
    w->target = FA_POOL_NEW(w->ctx, enemy);
}
void start(sched *s, world *w)
{
    sched_push(s, job, w);
    sched_push(s, job_ok, w);
    sched_push(s, job_pool, w);
}
