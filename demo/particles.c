/* particles.c - 100,000 particles and more: where they live, what pushes them, when they are drawn. The
 * arithmetic is in swarm.c and flow.c, which know nothing of the SDK. */
#include "framealloc/app/app.h"
#include "framealloc/app/resource.h"
#include "framealloc_chipmunk/chipmunk.h"
#include "game.h"

#define WIND_STRENGTH 4.2f
#define PULL_RADIUS 460.0f
#define BLAST_RADIUS 300.0f

/* Four arrays of level memory. Without memory the level has no particles. */
static void scatter(fa_sys *s)
{
    level *l = FA_RES_MUT(s, level);
    swarm *sw = FA_RES_MUT(s, swarm);
    int count = FA_RES(s, options)->particles;
    size_t bytes = swarm_capacity(count) * sizeof(float);
    float **arrays[] = {&sw->x, &sw->y, &sw->vx, &sw->vy};
    sw->count = count;
    for (size_t i = 0; i < 4; i++) {
        *arrays[i] = fa_arena_alloc(l->arena, bytes, 64);
        sw->count = *arrays[i] ? sw->count : 0;
    }
    /* The more there are, the less light each one brings. */
    float crowd = (float)count / ((float)(l->width * l->height) * 0.11f);
    swarm_scatter(sw, &l->random, l->width, l->height, crowd > 1 ? 1.0f / sqrtf(crowd) : 1.0f);
}

/* The grid of this step: the wind, the mouse, explosions. */
static void blow(fa_sys *s)
{
    const controls *c = FA_RES(s, controls);
    const level *l = FA_RES(s, level);
    flow *f = &FA_RES_MUT(s, wind)->flow;
    f->columns = flow_columns((int)l->width);
    f->rows = flow_columns((int)l->height);
    f->push = FA_STEP(s, vec2, (size_t)f->columns * (size_t)f->rows);
    float *tables = FA_SCRATCH(s, float, FLOW_SCRATCH_FLOATS(f->columns, f->rows));
    if (!f->push || !tables) {
        f->push = NULL;
        return;
    }
    flow_wind(f, tables, (float)l->steps / 60.0f, WIND_STRENGTH);
    if (c->attract) {
        flow_attract(f, (float *)c->at, PULL_RADIUS, 15.0f, 19.0f);
    }
    for (int i = 0; i < c->blast_count; i++) {
        flow_attract(f, (float *)c->blasts[i], BLAST_RADIUS, -900.0f, 0);
    }
}

/* Bodies are in the way. */
static void meet_bodies(fa_sys *s)
{
    const fa_chipmunk_world *world = FA_RES(s, fa_chipmunk)->world;
    flow *f = &FA_RES_MUT(s, wind)->flow;
    if (!f->push) {
        return;
    }
    for (fa_chipmunk_body body = 0; (body = fa_chipmunk_body_next(world, body)) != 0;) {
        const look *of = fa_chipmunk_body_user(world, body);
        const cpBody *b = fa_chipmunk_body_get(world, body);
        if (of) {
            cpVect at = cpBodyGetPosition(b);
            cpVect speed = cpBodyGetVelocity(b);
            cpVect turn = cpBodyGetRotation(b);
            flow_body in_the_way = {.at = {(float)at.x, (float)at.y},
                                    .velocity = {(float)speed.x, (float)speed.y},
                                    .axis = {(float)turn.x, (float)turn.y},
                                    .half = {of->half_width, of->half_height},
                                    .radius = of->radius,
                                    .spin = (float)cpBodyGetAngularVelocity(b)};
            flow_add_body(f, &in_the_way);
        }
    }
}

static void move(fa_sys *s)
{
    const level *l = FA_RES(s, level);
    const flow *f = &FA_RES(s, wind)->flow;
    swarm *sw = FA_RES_MUT(s, swarm);
    if (f->push) {
        swarm_step(sw, f, l->width, l->height, (float)FA_RES(s, fa_time)->delta_seconds);
    }
}

static void sort(fa_sys *s)
{
    swarm *sw = FA_RES_MUT(s, swarm);
    float *scratch = FA_SCRATCH(s, float, swarm_sort_floats(sw->count));
    if (scratch) {
        swarm_sort(sw, FA_RES(s, level)->height, scratch);
    }
}

/* The grid's memory ends with the step. */
static void forget(fa_sys *s)
{
    FA_RES_MUT(s, wind)->flow.push = NULL;
}

static void draw(fa_sys *s)
{
    stage *st = FA_RES_MUT(s, stage);
    if (st->new_step && st->canvas.glow) {
        swarm_draw(FA_RES(s, swarm), &st->canvas);
    }
}

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    return FIRST_ERROR(
        fa_app_insert_resource(app, FA_T(swarm), NULL), fa_app_insert_resource(app, FA_T(wind), NULL),
        fa_app_add_system(app, fa_app_schedule(app, LEVEL_SCHEDULE),
                          FA_SYSTEM(scatter, .res = {FA_W(level), FA_W(swarm), FA_R(options)})),
        FA_CHAIN(app, FA_FIXED_UPDATE,
                 FA_SYSTEM(blow, .after = {"chipmunk/step"},
                           .res = {FA_R(controls), FA_R(level), FA_W(wind)}),
                 FA_SYSTEM(meet_bodies, .res = {FA_R(fa_chipmunk), FA_W(wind)}),
                 FA_SYSTEM(move, .res = {FA_R(level), FA_R(wind), FA_W(swarm), FA_R(fa_time)}),
                 FA_SYSTEM(sort, .res = {FA_W(swarm), FA_R(level)})),
        fa_app_add_system(app, FA_FIXED_LAST, FA_SYSTEM(forget, .res = {FA_W(wind)})),
        fa_app_add_system(app, FA_RENDER,
                          FA_SYSTEM(draw, .in_set = {"light"}, .res = {FA_W(stage), FA_R(swarm)})));
}

fa_plugin particles_plugin(void)
{
    return (fa_plugin){.abi_version = FA_ABI_VERSION,
                       .name = "particles",
                       .build = build,
                       .needs = {"chipmunk", "level", "stage", "controls"}};
}
