/* barrier.h - a frame boundary that several threads agree on.
 *
 * A barrier has participants: contexts, known by their names. A generation is complete when every participant
 * has arrived; then all of them go on and the next generation begins, so one barrier serves a whole game.
 * Contexts may join and leave at run time; one that is detached or whose thread ends has left.
 *
 * Every wait has a time-out, and who waited in vain is told by name who did not come (the log item
 * BARRIER_TIMEOUT, fa_barrier_missing). A waiter that times out is withdrawn: it may come again, later, in
 * the same generation.
 *
 * Frames: as long as another participant may read memory of your frame, end the frame with
 * fa_barrier_frame_end instead of fa_frame_end. It ends the frame only when everybody has arrived, that is,
 * when nobody reads it any more; when it times out, the frame stays open. */
#ifndef FRAMEALLOC_BARRIER_H
#define FRAMEALLOC_BARRIER_H

#include "framealloc/annotate.h"
#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/// Most participants of one barrier.
#define FA_BARRIER_MAX 1024

typedef struct fa_barrier fa_barrier;

/// Make a barrier with a number of seats. A context takes one when it joins or first waits. On failure @p out
/// is set to NULL.
/// @param participants Seats to begin with, at most FA_BARRIER_MAX; 0: only contexts that join.
/// @return OK; INVALID_ARGUMENT (with FA005 where there is an allocator to report to); OUT_OF_MEMORY.
/// [any-thread]
FA_API fa_result fai_barrier_create(fa_allocator *allocator, uint32_t participants, fa_barrier **out,
                                    const char *here);
#define fa_barrier_create(allocator, participants, out) \
    fai_barrier_create((allocator), (participants), (out), FA_HERE)

/// Take a barrier down, once those whom it has let go are out of it. NULL is fine. The allocator does this
/// for barriers that are left when it is destroyed.
/// @return OK; BUSY with FA104: somebody waits at it.
/// [any-thread]
FA_API fa_result fai_barrier_destroy(fa_barrier *barrier, const char *here);
#define fa_barrier_destroy(barrier) fai_barrier_destroy((barrier), FA_HERE)

/// Become a participant: takes a free seat, or adds one. The present generation waits for this context, too.
/// @return OK; EXISTS with FA208: it is one already; FULL: FA_BARRIER_MAX; OUT_OF_MEMORY; INVALID_ARGUMENT
/// with FA005: of another allocator; WRONG_THREAD with FA206. [owner-thread]
FA_API fa_result fai_barrier_join(fa_barrier *barrier, fa_context *ctx, const char *here);
#define fa_barrier_join(barrier, ctx) fai_barrier_join((barrier), (ctx), FA_HERE)

/// Give the seat up, whoever is left goes on without it: if all of them wait, now. @p ctx may be NULL: gives
/// up a seat that nobody has taken.
/// @return OK; NOT_FOUND with FA208: no such seat; WRONG_THREAD with FA206.
/// [owner-thread]
FA_API fa_result fai_barrier_leave(fa_barrier *barrier, fa_context *ctx, const char *here);
#define fa_barrier_leave(barrier, ctx) fai_barrier_leave((barrier), (ctx), FA_HERE)

/// Arrive, and wait until all participants of this generation have. What they wrote before is visible
/// afterwards.
/// @param timeout_ns Relative; 0 or less: look once; FA_WAIT_FOREVER.
/// @return OK; TIMEOUT: withdrawn, the log names who is missing; FULL with FA208: not a participant, and no
/// seat is left; INVALID_ARGUMENT with FA005: of another allocator; WRONG_THREAD with FA206. [owner-thread]
FA_WAITS_BARRIER FA_API fa_result fai_barrier_wait(fa_barrier *barrier, fa_context *ctx, int64_t timeout_ns,
                                                   const char *here);
#define fa_barrier_wait(barrier, ctx, timeout_ns) fai_barrier_wait((barrier), (ctx), (timeout_ns), FA_HERE)

/// Wait as fa_barrier_wait does, then end the context's frame. Every participant ends its own, after all have
/// arrived.
/// @return As fa_barrier_wait, with the frame still open unless it is OK; and as fa_frame_end, before
/// waiting: NO_FRAME, BUSY (jobs are outstanding), REENTRANT. [owner-thread]
FA_WAITS_BARRIER FA_ENDS_FRAME FA_API fa_result fai_barrier_frame_end(fa_barrier *barrier, fa_context *ctx,
                                                                      int64_t timeout_ns, const char *here);
#define fa_barrier_frame_end(barrier, ctx, timeout_ns) \
    fai_barrier_frame_end((barrier), (ctx), (timeout_ns), FA_HERE)

/// Seats, taken or not. [any-thread]
FA_API uint32_t fa_barrier_participants(fa_barrier *barrier);
/// Generations completed. [any-thread]
FA_API uint64_t fa_barrier_generation(fa_barrier *barrier);
/// Names of those who have not arrived in this generation, "physics, audio, 1 seat not taken"; empty when
/// nobody waits for anybody.
/// @return The length it needs without the final NUL, as snprintf does; @p buffer gets at most @p capacity
/// bytes. [any-thread]
FA_API size_t fa_barrier_missing(fa_barrier *barrier, char *buffer, size_t capacity);

FA_EXTERN_C_END

#endif
