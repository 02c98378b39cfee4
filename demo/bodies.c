/* bodies.c - the rigid bodies: what there is in a level, what explosions do to it, and how it is drawn.
 * Chipmunk moves them; each one's look is an object of a typed pool. */
#include "framealloc/app/app.h"
#include "framealloc/app/resource.h"
#include "framealloc_chipmunk/chipmunk.h"
#include "game.h"

#define GRAVITY 520.0
#define BLAST_RADIUS 230.0
#define BLAST_SPEED 620.0
#define SPINNERS 3
#define STYLE_SPINNER (BODY_STYLES - 1)
#define WALL_PIXELS 120.0

static const float colours[BODY_STYLES][3] = {
    {1.00f, 0.36f, 0.32f}, {1.00f, 0.72f, 0.22f}, {0.42f, 0.95f, 0.55f}, {0.25f, 0.72f, 1.00f},
    {0.66f, 0.48f, 1.00f}, {1.00f, 0.42f, 0.80f}, {0.80f, 0.88f, 1.00f},
};

/* ---- making a level ----------------------------------------------------------------------------------- */

static void add_wall(fa_chipmunk_world *world, double x, double y, double width, double height)
{
    fa_chipmunk_body body;
    fa_chipmunk_body_desc desc = {
        .kind = FA_CHIPMUNK_STATIC, .position = {x, y}, .width = width, .height = height, .friction = 0.5};
    (void)fa_chipmunk_body_create(world, &desc, &body);
}

/* A body and its look. Either may be refused, when the world is full or there is no memory: then there is
 * none. */
static void add_body(fa_chipmunk_world *world, bodies *b, fa_chipmunk_body_desc *desc, int style)
{
    look *l = FA_TYPED_POOL_NEW(b->looks, look);
    if (!l) {
        return;
    }
    *l = (look){.half_width = (float)desc->width * 0.5f,
                .half_height = (float)desc->height * 0.5f,
                .radius = (float)desc->radius,
                .style = style,
                .before = {(float)desc->position.x, (float)desc->position.y, (float)desc->angle}};
    desc->user = l;
    fa_chipmunk_body body;
    if (fa_chipmunk_body_create(world, desc, &body) != FA_RESULT_OK) {
        (void)fa_typed_pool_free(b->looks, l);
    }
}

static void add_random_body(fa_chipmunk_world *world, bodies *b, rng *random, float x, float y)
{
    fa_chipmunk_body_desc desc = {.position = {(double)x, (double)y},
                                  .angle = (double)rng_range(random, 0, 6.28f),
                                  .friction = 0.45,
                                  .elasticity = 0.42};
    float size = rng_range(random, 7.0f, 14.0f);
    switch (rng_next(random) % 4) {
    case 0:
        desc.width = (double)size;
        desc.height = (double)size;
        desc.radius = 4;
        break;
    case 1:
        desc.width = (double)size * 2.0;
        desc.radius = 5.5;
        break;
    default: desc.radius = (double)size; break;
    }
    double area = 3.14 * desc.radius * desc.radius + (desc.width + 2 * desc.radius) * desc.height;
    desc.mass = area * 0.01;
    add_body(world, b, &desc, (int)(rng_next(random) % STYLE_SPINNER));
}

static void clear(fa_chipmunk_world *world, bodies *b)
{
    for (fa_chipmunk_body body = 0; (body = fa_chipmunk_body_next(world, body)) != 0;) {
        (void)fa_chipmunk_body_destroy(world, body);
    }
    (void)fa_typed_pool_reset(b->looks);
}

static void drop(fa_sys *s)
{
    fa_chipmunk_world *world = FA_RES(s, fa_chipmunk)->world;
    bodies *b = FA_RES_MUT(s, bodies);
    level *l = FA_RES_MUT(s, level);
    double w = (double)l->width;
    double h = (double)l->height;
    clear(world, b);
    add_wall(world, w / 2, h + WALL_PIXELS / 2, w + 2 * WALL_PIXELS, WALL_PIXELS);
    add_wall(world, w / 2, -h - WALL_PIXELS / 2, w + 2 * WALL_PIXELS, WALL_PIXELS);
    add_wall(world, -WALL_PIXELS / 2, 0, WALL_PIXELS, 2 * h + 2 * WALL_PIXELS);
    add_wall(world, w + WALL_PIXELS / 2, 0, WALL_PIXELS, 2 * h + 2 * WALL_PIXELS);
    for (int i = 0; i < SPINNERS; i++) {
        double side = i - (SPINNERS - 1) / 2.0;
        fa_chipmunk_body_desc spinner = {.kind = FA_CHIPMUNK_KINEMATIC,
                                         .position = {w * (0.5 + 0.29 * side), h * (side == 0 ? 0.66 : 0.80)},
                                         .angular_velocity = side == 0 ? -1.9 : side * 2.3,
                                         .width = h * 0.24,
                                         .radius = 7,
                                         .friction = 0.8,
                                         .elasticity = 0.6};
        add_body(world, b, &spinner, STYLE_SPINNER);
    }
    int count = FA_RES(s, options)->bodies;
    for (int i = 0; i < count; i++) {
        float x = rng_range(&l->random, 0.04f, 0.96f) * l->width;
        float y = rng_range(&l->random, -0.9f, 0.7f) * l->height;
        add_random_body(world, b, &l->random, x, y);
    }
}

/* ---- in each step ------------------------------------------------------------------------------------- */

/* Where each body is before it moves, to draw it in between; and whoever got out comes back from above. */
static void remember(fa_sys *s)
{
    fa_chipmunk_world *world = FA_RES(s, fa_chipmunk)->world;
    level *l = FA_RES_MUT(s, level);
    for (fa_chipmunk_body body = 0; (body = fa_chipmunk_body_next(world, body)) != 0;) {
        look *of = fa_chipmunk_body_user(world, body);
        cpBody *b = fa_chipmunk_body_get(world, body);
        cpVect at = cpBodyGetPosition(b);
        double margin = WALL_PIXELS / 2;
        bool inside = at.x > -margin && at.x < (double)l->width + margin &&
                      at.y < (double)l->height + margin && at.y > -(double)l->height - margin;
        if (of && !inside) {
            at = cpv((double)(rng_range(&l->random, 0.1f, 0.9f) * l->width), -20);
            cpBodySetPosition(b, at);
            cpBodySetVelocity(b, cpvzero);
        }
        if (of) {
            glm_vec3_copy((vec3){(float)at.x, (float)at.y, (float)cpBodyGetAngle(b)}, of->before);
        }
    }
}

/* An explosion asks who is near, in frame memory, and pushes. */
static void blast(fa_sys *s, fa_chipmunk_world *world, const vec2 at)
{
    cpVect middle = cpv((double)at[0], (double)at[1]);
    fa_chipmunk_hits hits;
    if (fa_chipmunk_find_near(world, fa_sys_ctx(s), middle, BLAST_RADIUS, CP_SHAPE_FILTER_ALL, &hits) !=
        FA_RESULT_OK) {
        return;
    }
    for (uint32_t i = 0; i < hits.count; i++) {
        cpBody *body = fa_chipmunk_body_get(world, hits.items[i].body);
        if (body && cpBodyGetType(body) == CP_BODY_TYPE_DYNAMIC) {
            cpVect away = cpvsub(cpBodyGetPosition(body), middle);
            double strength = 1.0 - cpfclamp01(hits.items[i].distance / BLAST_RADIUS);
            cpVect push = cpvmult(cpvnormalize(cpvadd(away, cpv(0, -40))),
                                  strength * BLAST_SPEED * cpBodyGetMass(body));
            cpBodyApplyImpulseAtWorldPoint(body, push, hits.items[i].point);
        }
    }
}

static void push(fa_sys *s)
{
    fa_chipmunk_world *world = FA_RES(s, fa_chipmunk)->world;
    const controls *c = FA_RES(s, controls);
    level *l = FA_RES_MUT(s, level);
    double t = (double)l->steps / 60.0;
    double tilt = 0.30 * sin(t * 0.37); /* the floor seems to sway */
    double pull = c->no_gravity ? 0 : GRAVITY;
    cpSpaceSetGravity(fa_chipmunk_space(world), cpv(pull * sin(tilt), pull * cos(tilt)));
    for (int i = 0; i < c->blast_count; i++) {
        blast(s, world, c->blasts[i]);
    }
    for (int i = 0; i < c->spawn; i++) {
        float x = c->at[0] + rng_range(&l->random, -30, 30);
        float y = c->at[1] + rng_range(&l->random, -30, 30);
        add_random_body(world, FA_RES_MUT(s, bodies), &l->random, x, y);
    }
}

/* ---- drawing ------------------------------------------------------------------------------------------ */

typedef struct shown_body {
    shape outline;
    int style;
} shown_body;

/* Where each body is at the time that is drawn, between the last two steps: a list in frame memory. */
static void arrange(fa_sys *s)
{
    const fa_chipmunk_world *world = FA_RES(s, fa_chipmunk)->world;
    bodies *b = FA_RES_MUT(s, bodies);
    float alpha = (float)FA_RES(s, fa_time)->alpha;
    b->shown_count = 0;
    b->shown = FA_FRAME(s, shown_body, fa_chipmunk_body_count(world));
    if (!b->shown) {
        return; /* no memory: this frame shows no bodies */
    }
    for (fa_chipmunk_body body = 0; (body = fa_chipmunk_body_next(world, body)) != 0;) {
        look *of = fa_chipmunk_body_user(world, body);
        if (!of) {
            continue;
        }
        const cpBody *moving = fa_chipmunk_body_get(world, body);
        cpVect at = cpBodyGetPosition(moving);
        vec3 now = {(float)at.x, (float)at.y, (float)cpBodyGetAngle(moving)};
        vec3 shown;
        glm_vec3_lerp(of->before, now, alpha, shown);
        shape outline = {.x = shown[0],
                         .y = shown[1],
                         .cosine = cosf(shown[2]),
                         .sine = sinf(shown[2]),
                         .half_width = of->half_width,
                         .half_height = of->half_height,
                         .radius = of->radius};
        b->shown[b->shown_count++] = (shown_body){outline, of->style};
    }
}

static void draw(fa_sys *s)
{
    bodies *b = FA_RES_MUT(s, bodies);
    canvas *c = &FA_RES_MUT(s, stage)->canvas;
    for (uint32_t i = 0; i < b->shown_count && c->pixels; i++) {
        canvas_shape(c, &b->shown[i].outline, &b->styles[b->shown[i].style]);
    }
    b->shown = NULL; /* the list ends with the frame */
    b->shown_count = 0;
}

/* ---- the plugin --------------------------------------------------------------------------------------- */

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    bodies b = {0};
    fa_result result = FA_TYPED_POOL_CREATE(fa_app_context(app), look, &b.looks);
    if (result != FA_RESULT_OK) {
        return result;
    }
    for (int i = 0; i < BODY_STYLES; i++) {
        shape_style_make(&b.styles[i], colours[i]);
    }
    result = FIRST_ERROR(
        fa_app_insert_resource(app, FA_T(bodies), &b),
        fa_app_add_system(app, fa_app_schedule(app, LEVEL_SCHEDULE),
                          FA_SYSTEM(drop,
                                    .res = {FA_R(fa_chipmunk), FA_W(bodies), FA_W(level), FA_R(options)})),
        fa_app_add_system(app, FA_FIXED_PRE_UPDATE,
                          FA_SYSTEM(remember, .res = {FA_R(fa_chipmunk), FA_W(level)})),
        fa_app_add_system(app, FA_FIXED_UPDATE,
                          FA_SYSTEM(push, .before = {"chipmunk/step"},
                                    .res = {FA_R(fa_chipmunk), FA_R(controls), FA_W(level), FA_W(bodies)})),
        fa_app_add_system(app, FA_POST_UPDATE,
                          FA_SYSTEM(arrange, .res = {FA_R(fa_chipmunk), FA_W(bodies), FA_R(fa_time)})),
        fa_app_add_system(app, FA_RENDER,
                          FA_SYSTEM(draw, .in_set = {"paint"}, .res = {FA_W(bodies), FA_W(stage)})));
    if (result != FA_RESULT_OK) {
        (void)fa_typed_pool_destroy(b.looks);
    }
    return result;
}

static void shut_down(fa_app *app, void *user)
{
    (void)user;
    (void)fa_typed_pool_destroy(FA_APP_RES_MUT(app, bodies)->looks);
}

fa_plugin bodies_plugin(void)
{
    return (fa_plugin){.abi_version = FA_ABI_VERSION,
                       .name = "bodies",
                       .build = build,
                       .shutdown = shut_down,
                       .needs = {"chipmunk", "level", "stage", "controls"}};
}
