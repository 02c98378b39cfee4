/* sys.h - what a running system sees: its memory, its resources.
 *
 * The handle is the system's only argument and is good until the system returns. Everything taken through it
 * is attributed to `plugin/system`.
 *
 *     memory                 dies
 *     FA_FRAME(s, T, n)      when the frame ends: in Last, with the framealloc plugin
 *     FA_STEP(s, T, n)       when this fixed step ends
 *     FA_SCRATCH(s, T, n)    when the system returns
 *     fa_sys_local(s)        with the app
 *     fa_sys_ctx(s)          whatever else the core offers: pool, heap, tags
 */
#ifndef FRAMEALLOC_APP_SYS_H
#define FRAMEALLOC_APP_SYS_H

#include "framealloc/app/access.h"
#include "framealloc/app/query.h"
#include "framealloc/app/schedule.h"
#include "framealloc/arena.h"
#include "framealloc/frame.h"

FA_EXTERN_C_BEGIN

/// Public head: what the inlined paths read. The rest is private. Never write these fields.
typedef struct fa_sys {
    fa_context *ctx;   ///< of the thread that runs the system
    fa_arena *scratch; ///< rewound when the system returns
    fa_arena *step;    ///< emptied at the end of the fixed step; NULL outside of one
} fa_sys;

/* ---- memory -------------------------------------------------------------------------------------------- */

FA_RETURNS_FRAME FA_API FA_COLD void *fai_sys_step_refused(fa_sys *s, const char *here);

FA_RETURNS_FRAME FA_ALLOC_SIZE(2) static inline void *fai_sys_step(fa_sys *s, size_t size_bytes,
                                                                   size_t align_bytes, const char *here)
{
    return s->step ? fai_arena_alloc(s->step, size_bytes, align_bytes, here) : fai_sys_step_refused(s, here);
}
FA_RETURNS_FRAME FA_ALLOC_SIZE2(2, 3) static inline void *fai_sys_step_array(fa_sys *s, size_t count,
                                                                             size_t size_bytes,
                                                                             size_t align_bytes,
                                                                             const char *here)
{
    return s->step ? fai_arena_array(s->step, count, size_bytes, align_bytes, here)
                   : fai_sys_step_refused(s, here);
}

/// Frame memory: fa_frame_alloc on the system's context, with all its outcomes. Constant time, inlined.
/// [worker-thread]
#define fa_sys_frame(s, size_bytes, align_bytes) \
    fai_frame_alloc((s)->ctx, (size_bytes), (align_bytes), FA_HERE)
/// Memory until the system returns: fa_arena_alloc, with all its outcomes. Needs no open frame. Constant
/// time, inlined. [worker-thread]
#define fa_sys_scratch(s, size_bytes, align_bytes) \
    fai_arena_alloc((s)->scratch, (size_bytes), (align_bytes), FA_HERE)
/// Memory until the fixed step ends: fa_arena_alloc, with all its outcomes; outside of a fixed step NULL
/// with FA108 and NO_FRAME. Constant time, inlined. [worker-thread]
#define fa_sys_step(s, size_bytes, align_bytes) fai_sys_step((s), (size_bytes), (align_bytes), FA_HERE)

/// Uninitialised arrays of @p count T, by lifetime. NULL as the functions above, FULL when the product
/// overflows. [worker-thread]
#define FA_FRAME(s, T, count) \
    ((T *)fai_frame_array((s)->ctx, (size_t)(count), sizeof(T), FA_ALIGNOF(T), FA_HERE))
#define FA_SCRATCH(s, T, count) \
    ((T *)fai_arena_array((s)->scratch, (size_t)(count), sizeof(T), FA_ALIGNOF(T), FA_HERE))
#define FA_STEP(s, T, count) \
    ((T *)fai_sys_step_array((s), (size_t)(count), sizeof(T), FA_ALIGNOF(T), FA_HERE))

/// The context of the thread that runs the system, for pool, heap, tags, vectors. Never NULL.
/// [worker-thread]
static inline fa_context *fa_sys_ctx(const fa_sys *s)
{
    return s->ctx;
}

/// The system's own memory, local_bytes of its desc, zeroed before the first run; NULL when it asked for
/// none, and in conditions. [worker-thread]
FA_API void *fa_sys_local(fa_sys *s);
#define FA_LOCAL(s, T) ((T *)fa_sys_local(s))
/// The `user` of its desc; NULL in conditions of sets. [worker-thread]
FA_API void *fa_sys_user(const fa_sys *s);

/* ---- resources ----------------------------------------------------------------------------------------- */

/// A resource that the system declared.
/// @return Borrowed until the system returns; NULL: the app has none (this is no mistake), or, in debug
/// builds, it was not declared (FA107). A declared one costs a few compares, no lookup.
/// [worker-thread]
FA_API const void *fai_sys_resource(fa_sys *s, const fa_type *type, const char *here);
#define fa_sys_resource(s, type) fai_sys_resource((s), (type), FA_HERE)
/// The same, to write. In debug builds NULL with FA107 also where only reading was declared.
/// [worker-thread]
FA_API void *fai_sys_resource_mut(fa_sys *s, const fa_type *type, const char *here);
#define fa_sys_resource_mut(s, type) fai_sys_resource_mut((s), (type), FA_HERE)

#define FA_RES(s, T) ((const T *)fai_sys_resource((s), FA_T(T), FA_HERE))
#define FA_RES_MUT(s, T) ((T *)fai_sys_resource_mut((s), FA_T(T), FA_HERE))

/* ---- entities ------------------------------------------------------------------------------------------ */

/// Walk query @p index of the system's desc; filters by change look at what happened since the system's last
/// run. An index out of range, or the handle of another system, gives an empty walk with FA107.
/// [worker-thread]
FA_API fa_iter fai_sys_query(fa_sys *s, uint32_t index, const char *here);
#define fa_sys_query(s, index) fai_sys_query((s), (index), FA_HERE)
/// FA_EACH(s, 0, it) { Pos *p = FA_COL(it, Pos, 0); ... }
#define FA_EACH(s, index, it) \
    for (fa_iter it FAI_ENDS_ITER = fai_sys_query((s), (index), FA_HERE); fa_next(&it);)

/// A component of any entity, whose type some query of the system declares.
/// @return NULL: it has none; the entity is gone (FA111); in debug builds, not declared (FA107).
/// [worker-thread]
FA_API const void *fai_sys_get(fa_sys *s, fa_entity entity, const fa_type *type, const char *here);
FA_API void *fai_sys_get_mut(fa_sys *s, fa_entity entity, const fa_type *type, const char *here);
#define FA_GET(s, entity, T) ((const T *)fai_sys_get((s), (entity), FA_T(T), FA_HERE))
#define FA_GET_MUT(s, entity, T) ((T *)fai_sys_get_mut((s), (entity), FA_T(T), FA_HERE))
/// [worker-thread]
FA_API bool fa_sys_is_alive(const fa_sys *s, fa_entity entity);

/// The chunks of query @p index on all threads at once. @p fn gets a piece of the walk, which it does not
/// advance, and a handle of its own, good for memory and reading; not for commands.
/// @return OK; LOST: a worker ended inside a piece; NOT_FOUND with FA107: no such query.
/// [worker-thread]
FA_API fa_result fai_sys_each_parallel(fa_sys *s, uint32_t index,
                                       void (*fn)(fa_sys *s, const fa_iter *piece, void *user), void *user,
                                       const char *here);
#define fa_sys_each_parallel(s, index, fn, user) fai_sys_each_parallel((s), (index), (fn), (user), FA_HERE)

/// Call @p fn for [0, @p count) in pieces of @p grain on all threads at once; returns when all of it is done.
/// Pieces begin at multiples of the grain, whatever the number of workers: results that are kept per piece
/// (begin / grain) and joined in that order are the same with any. Each piece has a handle of its own: frame
/// and step memory of its thread, charged to the system; scratch memory until the piece returns; resources
/// and components as the system declared them. Not for commands and events (FA107), and pieces that write the
/// same value are the caller's business. Inside a piece, the pieces run one after the other. A piece that
/// hangs keeps its system waiting: the time-out names it where the system itself runs on a worker.
/// @param grain 0: fa_sys_for_grain(count).
/// @return OK; LOST: a worker ended inside a piece; INVALID_ARGUMENT with FA005 (no fn); REENTRANT with
/// FA107: from a condition; REENTRANT with FA105: the system has returned. In the last three nothing was
/// called. [worker-thread]
FA_API fa_result fai_sys_for(fa_sys *s, size_t count, size_t grain,
                             void (*fn)(fa_sys *s, size_t begin, size_t end, void *user), void *user,
                             const char *here);
#define fa_sys_for(s, count, grain, fn, user) fai_sys_for((s), (count), (grain), (fn), (user), FA_HERE)
/// The grain of fa_sys_for where none is given: at most 64 pieces. Depends on nothing else. [any-thread]
static inline size_t fa_sys_for_grain(size_t count)
{
    return count / 64 + 1;
}

/// The world, for an exclusive system: to change it at once. NULL with FA107 in any other. [main-thread]
FA_API fa_world *fai_sys_world(fa_sys *s, const char *here);
#define fa_sys_world(s) fai_sys_world((s), FA_HERE)

/* ---- the app ------------------------------------------------------------------------------------------- */

/// Ask that the app's loop ends after this frame. The first code counts. See fa_app_exit.
/// [worker-thread]
FA_API void fa_sys_exit(fa_sys *s, int code);

/// The app, for an exclusive system: to insert and remove resources, add systems, run schedules of your
/// own.
/// @return NULL with FA107 in any other system and in conditions.
/// [main-thread]
FA_API fa_app *fai_sys_app(fa_sys *s, const char *here);
#define fa_sys_app(s) fai_sys_app((s), FA_HERE)

FA_EXTERN_C_END

#endif
