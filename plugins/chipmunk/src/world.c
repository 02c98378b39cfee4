/* world.c - the space, and the table that gives bodies their ids.
 *
 * The table is as long as max_bodies from the start, so a row never moves. Freed rows are used again, last
 * freed first, with the next generation; a row whose generations are used up is left alone. A body's user
 * data is its row number + 1, and is believed only where the row points back at the body. */
#include "world.h"

#include <math.h>

#include "framealloc/heap.h"

#define MAX_BODIES_DEFAULT 4096
#define MAX_BODIES_MAX 1000000
#define ITERATIONS_MAX 10000
#define FRICTION_DEFAULT 0.7
#define LENGTH_MAX 1e12 ///< beyond, squares and areas leave the range in which geometry means anything

static bool in_range(double value, double low, double high)
{
    return value >= low && value <= high; /* false for NaN */
}

cpShapeFilter fai_chipmunk_filter(cpShapeFilter filter)
{
    bool unset = filter.group == CP_NO_GROUP && filter.categories == 0 && filter.mask == 0;
    return unset ? CP_SHAPE_FILTER_ALL : filter;
}

/* ---- the world ---------------------------------------------------------------------------------------- */

static bool desc_is_valid(const fa_chipmunk_desc *desc)
{
    return desc->start_canary == 0 && desc->end_canary == 0 && desc->max_bodies <= MAX_BODIES_MAX &&
           desc->iterations <= ITERATIONS_MAX && in_range(desc->gravity.x, -LENGTH_MAX, LENGTH_MAX) &&
           in_range(desc->gravity.y, -LENGTH_MAX, LENGTH_MAX) && in_range(desc->damping, 0, 1) &&
           in_range(desc->sleep_seconds, 0, LENGTH_MAX);
}

fa_result fa_chipmunk_world_create(fa_context *ctx, const fa_chipmunk_desc *desc, fa_chipmunk_world **out)
{
    static const fa_chipmunk_desc defaults = {0};
    if (!out) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    desc = desc ? desc : &defaults;
    if (!ctx) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (!desc_is_valid(desc)) {
        return FA_RESULT_INVALID_DESC;
    }
    uint32_t capacity = desc->max_bodies ? desc->max_bodies : MAX_BODIES_DEFAULT;
    size_t bytes = sizeof(fa_chipmunk_world) + capacity * sizeof(fai_chipmunk_slot);
    fa_chipmunk_world *world = fa_heap_alloc_zeroed(ctx, bytes, FA_ALIGNOF(fa_chipmunk_world));
    if (!world) {
        return fa_context_last_result(ctx);
    }
    world->ctx = ctx;
    world->capacity = capacity;
    world->space = cpSpaceNew();
    cpSpaceSetGravity(world->space, desc->gravity);
    cpSpaceSetIterations(world->space, desc->iterations ? (int)desc->iterations : 10);
    cpSpaceSetDamping(world->space, desc->damping > 0 ? desc->damping : 1.0);
    cpSpaceSetSleepTimeThreshold(world->space,
                                 desc->sleep_seconds > 0 ? desc->sleep_seconds : (cpFloat)INFINITY);
    *out = world;
    return FA_RESULT_OK;
}

/* What is in a space may not be removed while it is walked through: it is noted, and done when the walk is
 * over. */
static void free_shape(cpSpace *space, void *shape, void *unused)
{
    (void)unused;
    cpSpaceRemoveShape(space, shape);
    cpShapeFree(shape);
}

static void free_constraint(cpSpace *space, void *constraint, void *unused)
{
    (void)unused;
    cpSpaceRemoveConstraint(space, constraint);
    cpConstraintFree(constraint);
}

static void free_body(cpSpace *space, void *body, void *unused)
{
    (void)unused;
    cpSpaceRemoveBody(space, body);
    cpBodyFree(body);
}

static void note_shape(cpShape *shape, void *space)
{
    cpSpaceAddPostStepCallback(space, free_shape, shape, NULL);
}

static void note_constraint(cpConstraint *constraint, void *space)
{
    cpSpaceAddPostStepCallback(space, free_constraint, constraint, NULL);
}

static void note_body(cpBody *body, void *space)
{
    cpSpaceAddPostStepCallback(space, free_body, body, NULL);
}

void fa_chipmunk_world_destroy(fa_chipmunk_world *world)
{
    if (!world) {
        return;
    }
    cpSpaceEachConstraint(world->space, note_constraint, world->space);
    cpSpaceEachShape(world->space, note_shape, world->space);
    cpSpaceEachBody(world->space, note_body, world->space);
    cpSpaceFree(world->space);
    (void)fa_heap_free(world->ctx, world);
}

cpSpace *fa_chipmunk_space(fa_chipmunk_world *world)
{
    return world->space;
}

/* ---- bodies ------------------------------------------------------------------------------------------- */

static fa_chipmunk_body make_id(uint32_t index, uint32_t generation)
{
    return (fa_chipmunk_body)generation << 32 | index;
}

/* The row of a living body, or NULL. */
static fai_chipmunk_slot *find_slot(const fa_chipmunk_world *world, fa_chipmunk_body body)
{
    uint32_t index = (uint32_t)body;
    if (!world || body == 0 || index >= world->end) {
        return NULL;
    }
    const fai_chipmunk_slot *slot = &world->slots[index];
    return slot->body && slot->generation == (uint32_t)(body >> 32) ? (fai_chipmunk_slot *)slot : NULL;
}

static bool body_desc_is_valid(const fa_chipmunk_body_desc *d)
{
    const double lengths[] = {d->position.x, d->position.y,       d->velocity.x, d->velocity.y,
                              d->angle,      d->angular_velocity, d->friction};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        if (!in_range(lengths[i], -LENGTH_MAX, LENGTH_MAX)) {
            return false;
        }
    }
    bool sized = d->radius > 0 || (d->width > 0 && d->height > 0);
    return d->start_canary == 0 && d->end_canary == 0 && (unsigned)d->kind <= FA_CHIPMUNK_STATIC && sized &&
           in_range(d->width, 0, LENGTH_MAX) && in_range(d->height, 0, LENGTH_MAX) &&
           in_range(d->radius, 0, LENGTH_MAX) && in_range(d->mass, 0, LENGTH_MAX) &&
           in_range(d->elasticity, 0, LENGTH_MAX);
}

static cpBody *make_body(const fa_chipmunk_body_desc *d)
{
    if (d->kind == FA_CHIPMUNK_KINEMATIC) {
        return cpBodyNewKinematic();
    }
    if (d->kind == FA_CHIPMUNK_STATIC) {
        return cpBodyNewStatic();
    }
    double mass = d->mass > 0 ? d->mass : 1.0;
    bool disc = d->width <= 0 && d->height <= 0;
    double moment = disc ? cpMomentForCircle(mass, 0, d->radius, cpvzero)
                         : cpMomentForBox(mass, d->width + 2 * d->radius, d->height + 2 * d->radius);
    return cpBodyNew(mass, moment);
}

static cpShape *make_shape(cpBody *body, const fa_chipmunk_body_desc *d)
{
    if (d->width > 0 && d->height > 0) {
        return cpBoxShapeNew(body, d->width, d->height, d->radius);
    }
    if (d->width <= 0 && d->height <= 0) {
        return cpCircleShapeNew(body, d->radius, cpvzero);
    }
    cpVect end = cpv(d->width / 2, d->height / 2);
    return cpSegmentShapeNew(body, cpvneg(end), end, d->radius);
}

static fai_chipmunk_slot *take_slot(fa_chipmunk_world *world)
{
    fai_chipmunk_slot *slot = NULL;
    if (world->first_free != 0) {
        slot = &world->slots[world->first_free - 1];
        world->first_free = slot->next_free;
    } else if (world->end < world->capacity) {
        slot = &world->slots[world->end++];
        slot->generation = 1;
    }
    return slot;
}

fa_result fa_chipmunk_body_create(fa_chipmunk_world *world, const fa_chipmunk_body_desc *desc,
                                  fa_chipmunk_body *out)
{
    if (out) {
        *out = 0;
    }
    if (!world || !desc || !out) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (!body_desc_is_valid(desc)) {
        return FA_RESULT_INVALID_DESC;
    }
    if (cpSpaceIsLocked(world->space)) {
        return FA_RESULT_BUSY;
    }
    fai_chipmunk_slot *slot = take_slot(world);
    if (!slot) {
        return FA_RESULT_FULL;
    }
    uint32_t index = (uint32_t)(slot - world->slots);
    cpBody *body = make_body(desc);
    cpShape *shape = make_shape(body, desc);
    cpBodySetPosition(body, desc->position);
    cpBodySetAngle(body, desc->angle);
    if (desc->kind != FA_CHIPMUNK_STATIC) {
        cpBodySetVelocity(body, desc->velocity);
        cpBodySetAngularVelocity(body, desc->angular_velocity);
    }
    double friction = desc->friction < 0 ? 0 : desc->friction;
    cpShapeSetFriction(shape, desc->friction == 0 ? FRICTION_DEFAULT : friction);
    cpShapeSetElasticity(shape, desc->elasticity);
    cpShapeSetFilter(shape, fai_chipmunk_filter(desc->filter));
    cpShapeSetCollisionType(shape, desc->type);
    cpBodySetUserData(body, (cpDataPointer)(uintptr_t)(index + 1));
    cpSpaceAddBody(world->space, body);
    cpSpaceAddShape(world->space, shape);
    slot->body = body;
    slot->shape = shape;
    slot->user = desc->user;
    world->count++;
    *out = make_id(index, slot->generation);
    return FA_RESULT_OK;
}

static void count_constraint(cpBody *body, cpConstraint *constraint, void *count)
{
    (void)body;
    (void)constraint;
    ++*(uint32_t *)count;
}

/* Shapes that were added to the body through Chipmunk go with it. */
static void note_body_shape(cpBody *body, cpShape *shape, void *space)
{
    (void)body;
    if (cpSpaceContainsShape(space, shape)) {
        cpSpaceRemoveShape(space, shape);
    }
    cpShapeFree(shape);
}

fa_result fa_chipmunk_body_destroy(fa_chipmunk_world *world, fa_chipmunk_body body)
{
    if (!world) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fai_chipmunk_slot *slot = find_slot(world, body);
    if (!slot) {
        return FA_RESULT_STALE;
    }
    uint32_t constraints = 0;
    cpBodyEachConstraint(slot->body, count_constraint, &constraints);
    if (cpSpaceIsLocked(world->space) || constraints > 0) {
        return FA_RESULT_BUSY;
    }
    cpBodyEachShape(slot->body, note_body_shape, world->space);
    cpSpaceRemoveBody(world->space, slot->body);
    cpBodyFree(slot->body);
    slot->body = NULL;
    slot->shape = NULL;
    slot->user = NULL;
    slot->generation++;
    if (slot->generation != 0) {
        slot->next_free = world->first_free;
        world->first_free = (uint32_t)(slot - world->slots) + 1;
    }
    world->count--;
    return FA_RESULT_OK;
}

cpBody *fa_chipmunk_body_get(const fa_chipmunk_world *world, fa_chipmunk_body body)
{
    const fai_chipmunk_slot *slot = find_slot(world, body);
    return slot ? slot->body : NULL;
}

cpShape *fa_chipmunk_body_shape(const fa_chipmunk_world *world, fa_chipmunk_body body)
{
    const fai_chipmunk_slot *slot = find_slot(world, body);
    return slot ? slot->shape : NULL;
}

void *fa_chipmunk_body_user(const fa_chipmunk_world *world, fa_chipmunk_body body)
{
    const fai_chipmunk_slot *slot = find_slot(world, body);
    return slot ? slot->user : NULL;
}

fa_chipmunk_body fa_chipmunk_body_id(const fa_chipmunk_world *world, const cpBody *body)
{
    if (!world || !body) {
        return 0;
    }
    uintptr_t row = (uintptr_t)cpBodyGetUserData(body);
    if (row == 0 || row > world->end || world->slots[row - 1].body != body) {
        return 0;
    }
    return make_id((uint32_t)(row - 1), world->slots[row - 1].generation);
}

uint32_t fa_chipmunk_body_count(const fa_chipmunk_world *world)
{
    return world ? world->count : 0;
}

fa_chipmunk_body fa_chipmunk_body_next(const fa_chipmunk_world *world, fa_chipmunk_body body)
{
    uint32_t end = world ? world->end : 0;
    for (uint32_t i = body == 0 ? 0 : (uint32_t)body + 1; i < end; i++) {
        if (world->slots[i].body) {
            return make_id(i, world->slots[i].generation);
        }
    }
    return 0;
}
