/* Systems that leave their scratch lying about. */
#include <framealloc/app.h>
#include <framealloc/framealloc.h>

typedef struct Target { int *candidates; int count; int best; } Target;
typedef struct Boss { int health; int *plan; } Boss;
FA_TYPE_STATIC(Target);
FA_TYPE_STATIC(Boss);

static int *g_debug;
int score(int candidate);

static void aim(fa_sys *s)
{
    Target *t = FA_RES_MUT(s, Target);
    if (!t) {
        return;
    }
    int *all = FA_SCRATCH(s, int, 16);
    for (int i = 0; all && i < 16; i++) {
        all[i] = score(i);
    }
    t->candidates = all; // expect: FA601
    t->count = 16;
}

static void plan(fa_sys *s)
{
    Boss *boss = FA_RES_MUT(s, Boss);
    int *steps = FA_SCRATCH(s, int, 8);
    if (boss && steps) {
        boss->plan = steps;
        boss->health = score(steps[0]);
        boss->plan = NULL;
    }
}

static void debug(fa_sys *s)
{
    g_debug = FA_SCRATCH(s, int, 4); // expect: FA601
    if (g_debug) {
        g_debug[0] = 1;
    }
}

static void spawn_helper(fa_sys *s)
{
    int *kept = FA_POOL_NEW(fa_sys_ctx(s), int); // expect: FA608
    if (kept) {
        *kept = score(3);
    }
}

int build(fa_app *app)
{
    FA_INSERT_RESOURCE(app, Target, {.count = 0});
    FA_INSERT_RESOURCE(app, Boss, {.health = 100});
    return fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(aim, .res = {FA_W(Target)})) != FA_RESULT_OK ||
           fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(plan, .res = {FA_W(Boss)})) != FA_RESULT_OK ||
           fa_app_add_system(app, FA_UPDATE, FA_SYS(debug)) != FA_RESULT_OK ||
           fa_app_add_system(app, FA_UPDATE, FA_SYS(spawn_helper)) != FA_RESULT_OK;
}
