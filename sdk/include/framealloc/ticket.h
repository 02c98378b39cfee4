/* ticket.h - lifetimes that have a name: memory until the n-th frame from now ends, until the step, the job
 * or the level is over.
 *
 * A ticket is an arena with an end. What is taken on it goes when the ticket closes: by itself at the end of
 * its frame, or when you say that its step, job or level is over. Its pages are kept and serve the next
 * ticket, so a program that opens and closes tickets for ever asks the system for nothing.
 *
 *     fa_ticket level = fa_ticket_open(ctx, FA_TICKET_LEVEL, 0);
 *     Wall *walls = FA_TICKET_ARRAY(&level, Wall, 500);
 *     fa_ticket toast = fa_ticket_open(ctx, FA_TICKET_FRAME, 120);  // until the 120th frame after this one
 * ends
 *     ...
 *     fa_ticket_close_all(ctx, FA_TICKET_LEVEL);
 *
 * For bytes of the present frame alone, fa_frame_alloc is faster; tickets are for what crosses frames. */
#ifndef FRAMEALLOC_TICKET_H
#define FRAMEALLOC_TICKET_H

#include "framealloc/arena.h"

FA_EXTERN_C_BEGIN

typedef enum fa_ticket_kind {
    FA_TICKET_FRAME, ///< until a frame's end
    FA_TICKET_STEP,  ///< until a fixed step is over
    FA_TICKET_JOB,   ///< until a job is done
    FA_TICKET_LEVEL  ///< until a level is left
} fa_ticket_kind;

/// A value; copy it freely. Once closed, all copies are refused.
typedef struct fa_ticket {
    fa_context *ctx;
    uint32_t slot;   ///< private
    uint32_t serial; ///< 0: it could not be opened
} fa_ticket;

/// Open a ticket under the tag that is current, which is charged with its bytes as arena_bytes.
/// @param frames For FA_TICKET_FRAME: 0 is the end of the open frame (outside of one: of the next), n the end
///        of the n-th frame after it. For other kinds 0.
/// @return A ticket; its serial is 0, and allocations give NULL, when: OUT_OF_MEMORY, INVALID_ARGUMENT with
///         FA005, WRONG_THREAD with FA206. [owner-thread]
FA_API fa_ticket fai_ticket_open(fa_context *ctx, fa_ticket_kind kind, uint64_t frames, const char *here);
#define fa_ticket_open(ctx, kind, frames) fai_ticket_open((ctx), (kind), (frames), FA_HERE)

/// Close one: its memory is gone. @return OK, also for one that could not be opened; STALE with FA606: closed
/// already; INVALID_ARGUMENT; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_ticket_close(fa_ticket ticket, const char *here);
#define fa_ticket_close(ticket) fai_ticket_close((ticket), FA_HERE)

/// Close all tickets of a kind in this context: the step, the job or the level is over.
/// @return OK; INVALID_ARGUMENT with FA005; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_ticket_close_all(fa_context *ctx, fa_ticket_kind kind, const char *here);
#define fa_ticket_close_all(ctx, kind) fai_ticket_close_all((ctx), (kind), FA_HERE)

/// Memory until the ticket closes. @return NULL: STALE with FA606 after that; FULL (scratch_max_bytes of the
/// desc), OUT_OF_MEMORY, INVALID_ARGUMENT with FA004, WRONG_THREAD. Constant time. [owner-thread]
FA_RETURNS_FRAME FA_ALLOC_SIZE(2) FA_API
    void *fai_ticket_alloc(const fa_ticket *ticket, size_t size_bytes, size_t align_bytes, const char *here);
FA_RETURNS_FRAME FA_ALLOC_SIZE2(2, 3) static inline void *fai_ticket_array(const fa_ticket *ticket,
                                                                           size_t count, size_t size_bytes,
                                                                           size_t align_bytes,
                                                                           const char *here)
{
    bool fits = size_bytes == 0 || count <= FA_REQUEST_MAX / size_bytes;
    return fai_ticket_alloc(ticket, fits ? count * size_bytes : SIZE_MAX, align_bytes, here);
}
#define fa_ticket_alloc(ticket, size_bytes, align_bytes) \
    fai_ticket_alloc((ticket), (size_bytes), (align_bytes), FA_HERE)
#define FA_TICKET_NEW(ticket, T) ((T *)fai_ticket_alloc((ticket), sizeof(T), FA_ALIGNOF(T), FA_HERE))
#define FA_TICKET_ARRAY(ticket, T, count) \
    ((T *)fai_ticket_array((ticket), (count), sizeof(T), FA_ALIGNOF(T), FA_HERE))

/// Tickets that are open. [owner-thread]
FA_API uint32_t fa_ticket_count(const fa_context *ctx);

FA_EXTERN_C_END

#endif
