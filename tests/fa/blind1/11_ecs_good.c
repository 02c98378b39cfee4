/* Systems: frame memory in the frame, scratch in the system, values in resources. */
#include <framealloc/app.h>
#include <framealloc/framealloc.h>

typedef struct Pos { float x, y; } Pos;
typedef struct Vel { float x, y; } Vel;
typedef struct Stats { int moved; float fastest; char note[32]; } Stats;
FA_TYPE_STATIC(Pos);
FA_TYPE_STATIC(Vel);
FA_TYPE_STATIC(Stats);

static float length(Vel v) { return v.x * v.x + v.y * v.y; }

static void move(fa_sys *s)
{
    int moved = 0;
    float *speeds = FA_SCRATCH(s, float, 1024);
    FA_EACH(s, 0, it)
    {
        Pos *p = FA_COL(it, Pos, 0);
        const Vel *v = FA_COL(it, Vel, 1);
        for (uint32_t i = 0; i < it.count; i++) {
            p[i].x += v[i].x;
            p[i].y += v[i].y;
            if (speeds && moved < 1024) {
                speeds[moved] = length(v[i]);
            }
            moved++;
        }
    }
    Stats *stats = FA_RES_MUT(s, Stats);
    if (!stats) {
        return;
    }
    stats->moved = moved;
    stats->fastest = 0;
    for (int i = 0; speeds && i < moved && i < 1024; i++) {
        stats->fastest = speeds[i] > stats->fastest ? speeds[i] : stats->fastest;
    }
}

static void trace(fa_sys *s)
{
    const Stats *stats = FA_RES(s, Stats);
    int *histogram = FA_FRAME(s, int, 16);
    if (histogram && stats) {
        for (int i = 0; i < 16; i++) {
            histogram[i] = stats->moved / (i + 1);
        }
    }
    int *again = FA_STEP(s, int, 4);
    if (again) {
        again[0] = histogram ? histogram[0] : 0;
    }
}

int main(void)
{
    fa_app *app = NULL;
    if (fa_app_create(&(fa_app_desc){.name = "ecs"}, &app) != FA_RESULT_OK) {
        return 1;
    }
    FA_INSERT_RESOURCE(app, Stats, {.moved = 0});
    fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(move, .res = {FA_W(Stats)}, .query = {{FA_W(Pos), FA_R(Vel)}}));
    fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(trace, .res = {FA_R(Stats)}));
    for (int i = 0; i < 10; i++) {
        fa_app_update_ns(app, 16000000);
    }
    return fa_app_destroy(app) == FA_RESULT_OK ? 0 : 1;
}
