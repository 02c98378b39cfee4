/* 10_app.c - a program out of systems: the SDK owns the loop.
 *
 * The counterpart of a first Bevy program. Systems say what they read and write; each gets memory by how long
 * it lives; the framealloc plugin begins a frame in First and ends it in Last. */
#include <stdio.h>

#include "framealloc/app.h"

enum { COUNT = 1000 };

typedef struct World {
    float x[COUNT], y[COUNT];
    float vx[COUNT], vy[COUNT];
} World;
FA_TYPE_STATIC(World);

typedef struct Point {
    float x, y;
} Point;

typedef struct Screen {
    const Point *points; /* frame memory: drawn in Render, gone after Last */
    size_t count;
} Screen;
FA_TYPE_STATIC(Screen);

static void spawn(fa_sys *s)
{
    World *world = FA_RES_MUT(s, World);
    for (int i = 0; i < COUNT; i++) {
        world->x[i] = (float)(i % 640);
        world->y[i] = (float)(i % 60);
        world->vx[i] = (float)(i % 7) - 3.0f;
        world->vy[i] = 20.0f;
    }
}

static void move(fa_sys *s)
{
    float dt = (float)FA_RES(s, fa_time)->delta_seconds; /* of a fixed step here */
    World *world = FA_RES_MUT(s, World);
    for (int i = 0; i < COUNT; i++) {
        world->x[i] += world->vx[i] * dt;
        world->y[i] += world->vy[i] * dt;
    }
}

static void cull(fa_sys *s)
{
    const World *world = FA_RES(s, World);
    Screen *screen = FA_RES_MUT(s, Screen);
    Point *points = FA_FRAME(s, Point, COUNT);
    *screen = (Screen){.points = points};
    for (int i = 0; points != NULL && i < COUNT; i++) {
        if (world->y[i] < 60.0f) {
            points[screen->count++] = (Point){world->x[i], world->y[i]};
        }
    }
}

static void draw(fa_sys *s)
{
    const Screen *screen = FA_RES(s, Screen);
    unsigned *rows = FA_SCRATCH(s, unsigned, 6); /* gone when draw returns */
    for (int row = 0; row < 6; row++) {
        rows[row] = 0;
    }
    for (size_t i = 0; i < screen->count; i++) {
        rows[(int)screen->points[i].y / 10]++;
    }
    const fa_time *time = FA_RES(s, fa_time);
    if (time->frame % 30 == 0) {
        printf("frame %2llu step %2llu:", (unsigned long long)time->frame, (unsigned long long)time->step);
        for (int row = 0; row < 6; row++) {
            printf(" %3u", rows[row]);
        }
        printf("\n");
    }
    if (screen->count == 0) {
        fa_sys_exit(s, 0);
    }
}

/* Where an SDL program polls its events. The clock is made up, so that the output is always the same. */
static int64_t sixtieth(void *user)
{
    return *(int64_t *)user += 16666667;
}

int main(void)
{
    int64_t now = 0;
    fa_app *app = NULL;
    if (fa_app_create(&(fa_app_desc){.clock = {sixtieth, &now}}, &app) != FA_RESULT_OK) {
        return 1;
    }
    fa_app_add_plugin(app, fa_framealloc_plugin());
    fa_app_insert_resource(app, FA_T(World), NULL);
    fa_app_insert_resource(app, FA_T(Screen), NULL);
    fa_app_add_system(app, FA_STARTUP, FA_SYSTEM(spawn, .res = {FA_W(World)}));
    fa_app_add_system(app, FA_FIXED_UPDATE, FA_SYSTEM(move, .res = {FA_R(fa_time), FA_W(World)}));
    fa_app_add_system(app, FA_UPDATE, FA_SYSTEM(cull, .res = {FA_R(World), FA_W(Screen)}));
    fa_app_add_system(app, FA_RENDER, FA_SYSTEM(draw, .res = {FA_R(Screen), FA_R(fa_time)}));
    int code = fa_app_run(app, NULL, NULL);
    fa_app_destroy(app);
    return code;
}

/* Output:
 * frame 30 step 30:  17 170 170 170 169 160
 * frame 60 step 62:   0  17 170 170 170 169
 * frame 90 step 94:   0   0  17 170 170 170
 * frame 120 step 126:   0   0   0  17 170 170
 * frame 150 step 158:   0   0   0   0  17 170
 * frame 180 step 190:   0   0   0   0   0  17
 */
