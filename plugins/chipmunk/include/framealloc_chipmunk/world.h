/* world.h - a Chipmunk space whose bodies have ids, and whose contacts and ray casts are plain arrays.
 *
 * It is used by the plugin (chipmunk.h), and works as well without an app: create, step, destroy.
 *
 * Memory: the table of bodies is one heap block of the context that made the world. The contacts of a step go
 * to the arena that the step is given, ray casts to frame memory. What Chipmunk itself needs it takes from
 * malloc: see the plugin's README. Chipmunk stops the program when malloc gives it nothing.
 *
 * The same calls in the same order give the same world, bit for bit, on the same machine and build.
 *
 * Units are the game's own: lengths, masses, seconds, radians. Threads: a world is used by the thread that
 * owns the context it was made with. */
#ifndef FRAMEALLOC_CHIPMUNK_WORLD_H
#define FRAMEALLOC_CHIPMUNK_WORLD_H

#include <chipmunk/chipmunk.h>

#include "framealloc/arena.h"
#include "framealloc/frame.h"

FA_EXTERN_C_BEGIN

typedef struct fa_chipmunk_world fa_chipmunk_world;

/// Id of a body: index in the low half, generation in the high one; 0 is none. An id is never used again.
typedef uint64_t fa_chipmunk_body;

typedef struct fa_chipmunk_desc {
    uint32_t start_canary; ///< leave zero
    cpVect gravity;        ///< lengths per second squared. Default: none
    uint32_t max_bodies;   ///< most bodies at once, 1 to 1,000,000. Default 4096
    uint32_t iterations;   ///< of the solver, in each step. Default 10, as Chipmunk
    double damping;        ///< share of its speed that a body keeps per second, above 0. Default 1
    double sleep_seconds;  ///< bodies that rest as long fall asleep. Default: never
    uint32_t end_canary;   ///< leave zero
} fa_chipmunk_desc;

/// @param desc Copied; NULL: all defaults.
/// @return OK; INVALID_ARGUMENT; INVALID_DESC; OUT_OF_MEMORY or FULL: no room for the table of bodies. On
/// failure @p
///         out is NULL.
/// [owner-thread]
fa_result fa_chipmunk_world_create(fa_context *ctx, const fa_chipmunk_desc *desc, fa_chipmunk_world **out);
/// Free the world with its bodies and with all shapes and constraints in its space. NULL is fine.
/// [owner-thread]
void fa_chipmunk_world_destroy(fa_chipmunk_world *world);

/// Chipmunk's own space, for what is not wrapped here: constraints, collision handlers, queries. Borrowed.
/// Bodies made here must be destroyed here; their user data, and that of their shapes, is taken.
/// [owner-thread]
cpSpace *fa_chipmunk_space(fa_chipmunk_world *world);

/* ---- bodies ------------------------------------------------------------------------------------------- */

typedef enum fa_chipmunk_kind {
    FA_CHIPMUNK_DYNAMIC,   ///< moved by forces
    FA_CHIPMUNK_KINEMATIC, ///< moved by its velocity alone, pushes others
    FA_CHIPMUNK_STATIC     ///< does not move
} fa_chipmunk_kind;

/// A body with one shape: the outline of a rectangle, rounded by a radius. Without a size it is a disc, with
/// one size of zero a bar with round ends.
typedef struct fa_chipmunk_body_desc {
    uint32_t start_canary; ///< leave zero
    fa_chipmunk_kind kind; ///< default: dynamic
    cpVect position;
    cpVect velocity;
    double angle;            ///< radians
    double angular_velocity; ///< radians per second
    double width;            ///< of the rectangle inside of the radius
    double height;
    double radius;        ///< 0 for sharp corners; a disc needs one
    double mass;          ///< default 1; only of dynamic bodies
    double friction;      ///< default 0.7; negative: none
    double elasticity;    ///< default 0
    cpShapeFilter filter; ///< all zero: meets everything
    cpCollisionType type; ///< for Chipmunk's collision handlers
    void *user;           ///< for fa_chipmunk_body_user
    uint32_t end_canary;  ///< leave zero
} fa_chipmunk_body_desc;

/// @return OK; INVALID_ARGUMENT; INVALID_DESC: canaries, or a number that is not finite or out of range;
/// FULL:
///         max_bodies; BUSY: from inside a callback of a step. On failure @p out is 0.
/// [owner-thread]
fa_result fa_chipmunk_body_create(fa_chipmunk_world *world, const fa_chipmunk_body_desc *desc,
                                  fa_chipmunk_body *out);
/// @return OK; STALE: there is no such body (any more); INVALID_ARGUMENT; BUSY: from inside a callback of a
/// step, or
///         constraints are still attached to it.
/// [owner-thread]
fa_result fa_chipmunk_body_destroy(fa_chipmunk_world *world, fa_chipmunk_body body);

/// Chipmunk's body and its shape: position, velocity, forces. Borrowed until it is destroyed; NULL when there
/// is no such body. Constant time. [owner-thread]
cpBody *fa_chipmunk_body_get(const fa_chipmunk_world *world, fa_chipmunk_body body);
cpShape *fa_chipmunk_body_shape(const fa_chipmunk_world *world, fa_chipmunk_body body);
/// The `user` of its desc; NULL when there is no such body. [owner-thread]
void *fa_chipmunk_body_user(const fa_chipmunk_world *world, fa_chipmunk_body body);
/// The id of a body, 0 when it was not made here. [owner-thread]
fa_chipmunk_body fa_chipmunk_body_id(const fa_chipmunk_world *world, const cpBody *body);

/// Bodies that exist. [owner-thread]
uint32_t fa_chipmunk_body_count(const fa_chipmunk_world *world);
/// The body after another one in the order of the table, 0 at the end: start with 0.
///     for (fa_chipmunk_body b = 0; (b = fa_chipmunk_body_next(world, b)) != 0;) { ... }
/// [owner-thread]
fa_chipmunk_body fa_chipmunk_body_next(const fa_chipmunk_world *world, fa_chipmunk_body body);

/* ---- steps -------------------------------------------------------------------------------------------- */

/// Two bodies that touch, one of them a dynamic body made here. Further shapes that were given to a body
/// through Chipmunk give contacts of their own.
typedef struct fa_chipmunk_contact {
    fa_chipmunk_body a, b; ///< a < b; 0 for a body that was not made here
    cpVect point;          ///< the middle of where they touch
    cpVect normal;         ///< from a to b, length 1
    double depth;          ///< how far they overlap
    double impulse;        ///< length of the impulse of this step
    bool begun;            ///< they did not touch in the step before
} fa_chipmunk_contact;

typedef struct fa_chipmunk_contacts {
    const fa_chipmunk_contact *items; ///< sorted by a, then b; as long-lived as the arena's bytes
    uint32_t count;
    uint32_t lost; ///< contacts that the arena had no room for: then there are no items
} fa_chipmunk_contacts;

/// Advance by @p seconds, and collect the contacts of this step. Sleeping bodies have none.
/// @param memory Gets the contacts; NULL: they are not collected.
/// @param out May be NULL: they are not collected.
/// @return OK; INVALID_ARGUMENT: no world, or seconds out of (0, 1]; BUSY: from inside a callback of a step;
/// nothing has
///         moved then. FULL or OUT_OF_MEMORY: the world has moved, the contacts are lost.
/// [owner-thread]
fa_result fa_chipmunk_world_step(fa_chipmunk_world *world, double seconds, fa_arena *memory,
                                 fa_chipmunk_contacts *out);

/* ---- questions ---------------------------------------------------------------------------------------- */

typedef struct fa_chipmunk_hit {
    fa_chipmunk_body body; ///< 0 for a body that was not made here
    cpVect point;          ///< where the ray enters; for a query of a circle: the nearest point of the body
    cpVect normal;         ///< of the surface there
    double distance;       ///< along the ray; for a query of a circle: from its middle, negative inside
} fa_chipmunk_hit;

typedef struct fa_chipmunk_hits {
    const fa_chipmunk_hit *items; ///< sorted by distance, then id; borrowed until the frame ends
    uint32_t count;
} fa_chipmunk_hits;

/// All that a ray, or a disc of @p radius moved along it, meets from @p from to @p to; in the open frame of
/// @p ctx.
/// @param filter All zero: meets everything.
/// @return OK, also when nothing is met; INVALID_ARGUMENT, NO_FRAME, FULL or OUT_OF_MEMORY: @p out is empty.
/// [owner-thread]
fa_result fa_chipmunk_ray_cast(fa_chipmunk_world *world, fa_context *ctx, cpVect from, cpVect to,
                               double radius, cpShapeFilter filter, fa_chipmunk_hits *out);
/// All bodies that a circle touches. Outcomes as fa_chipmunk_ray_cast. [owner-thread]
fa_result fa_chipmunk_find_near(fa_chipmunk_world *world, fa_context *ctx, cpVect middle, double radius,
                                cpShapeFilter filter, fa_chipmunk_hits *out);

FA_EXTERN_C_END

#endif
