/* transfer.h - handing a block over to another thread, so that exactly one receives it.
 *
 * The sender gives up a frame, pool or heap block and gets a ticket, which it passes on as it likes; whoever
 * receives with the ticket first has the block, all others get TAKEN. A received block has a new address: it
 * is of the same family, but of the receiver's own context. A frame block becomes memory of the receiver's
 * open frame, a pool object lies on pages of the receiver, charged to its current tag and its budgets; heap
 * belongs to no context, and keeps the sender's tag.
 *
 * How: the bytes are copied when they are sent and (but for heap) once more when they are received; in
 * between they are heap memory of the allocator, charged to the sender's tag, and independent of any frame.
 * So the sender's frame may end before the block is received, with any frames_in_flight. At the sender's, the
 * block is freed at once: freeing it again is a double free that names the send, using it is caught where a
 * sanitizer watches. Large data that many threads need is better shared than sent.
 *
 * What is never received is listed, with sender, size, age and tag, until it is received or cancelled; also
 * when its sender's thread has ended. With a time-out, only the sender can have it back after that. */
#ifndef FRAMEALLOC_TRANSFER_H
#define FRAMEALLOC_TRANSFER_H

#include "framealloc/annotate.h"
#include "framealloc/context.h"

FA_EXTERN_C_BEGIN

/// A ticket: a name, not an address. It is valid until it is over (received or cancelled) and both sides have
/// ended a frame after that, or 4,096 later ones are over; from then on it is STALE. It may be passed to any
/// thread.
typedef struct fa_transfer fa_transfer;

/// Give a block up. It is the sender's no more, also when nobody ever receives it.
/// @param p A block of @p from's open frame, or any live pool or heap block of the allocator.
/// @param size_bytes Of a frame block: how much of it. Of others: the size asked for, or 0: all of it.
/// @param out Set to the ticket; to NULL where it is refused.
/// @return OK; with FA607: FOREIGN_POINTER, WRONG_FAMILY, DOUBLE_FREE, WRONG_SIZE; INVALID_ARGUMENT with
/// FA005; OUT_OF_MEMORY, FULL or OVER_BUDGET: there is no room for the copy. In all of them the block is the
/// sender's as before. [owner-thread]
FA_TRANSFERS FA_API fa_result fai_transfer_send(fa_context *from, void *p, size_t size_bytes,
                                                fa_transfer **out, const char *here);
#define fa_transfer_send(from, p, size_bytes, out) \
    fai_transfer_send((from), (p), (size_bytes), (out), FA_HERE)

/// The same with a time-out: nobody can receive it later than @p timeout_ns from now. FA_WAIT_FOREVER: no
/// time-out. [owner-thread]
FA_TRANSFERS FA_API fa_result fai_transfer_send_for(fa_context *from, void *p, size_t size_bytes,
                                                    fa_transfer **out, int64_t timeout_ns, const char *here);
#define fa_transfer_send_for(from, p, size_bytes, out, timeout_ns) \
    fai_transfer_send_for((from), (p), (size_bytes), (out), (timeout_ns), FA_HERE)

/// Take the block over.
/// @param out Set to the block, owned by @p to as if it had allocated it; to NULL where it is refused.
/// @return OK; TAKEN: somebody was first, or the sender took it back; TIMEOUT; STALE with FA606: no ticket,
/// or one of another time; what an allocation gives that is refused (NO_FRAME with FA001, FULL,
/// OUT_OF_MEMORY, OVER_BUDGET): it can be received later, or by another; INVALID_ARGUMENT (@p out is NULL);
/// WRONG_THREAD with FA206. [owner-thread]
FA_RECEIVES FA_API fa_result fai_transfer_receive(fa_context *to, fa_transfer *transfer, void **out,
                                                  const char *here);
#define fa_transfer_receive(to, transfer, out) fai_transfer_receive((to), (transfer), (out), FA_HERE)

/// Take a block back that nobody has received; its sender only, or anybody when the sender's context is gone.
/// @return As fa_transfer_receive, but a time-out does not count; INVALID_ARGUMENT with FA209: somebody else
/// sent it. [owner-thread]
FA_RECEIVES FA_API fa_result fai_transfer_cancel(fa_context *from, fa_transfer *transfer, void **out,
                                                 const char *here);
#define fa_transfer_cancel(from, transfer, out) fai_transfer_cancel((from), (transfer), (out), FA_HERE)

/* ---- queries ------------------------------------------------------------------------------------------- */

typedef enum fa_transfer_state {
    FA_TRANSFER_PENDING,
    FA_TRANSFER_EXPIRED, ///< pending, and its time is up
    FA_TRANSFER_RECEIVED,
    FA_TRANSFER_CANCELLED
} fa_transfer_state;

typedef struct fa_transfer_info {
    fa_transfer *transfer;
    fa_transfer_state state;
    char sender[32];   ///< name of the context that sent it
    char receiver[32]; ///< name of the one that has it, or empty
    const char *tag;   ///< current when it was sent; borrowed until the allocator is destroyed
    const char *here;  ///< where it was sent
    size_t bytes;
    int64_t age_ns;         ///< since it was sent
    uint64_t sent_frame;    ///< index of the sender's frame
    uint64_t receive_frame; ///< index of the receiver's frame, or 0
    bool adopted;           ///< the sender's context is gone
} fa_transfer_info;

/// What is pending, and what was over not long ago.
/// @return How many there are; the first @p capacity of them are written to @p out.
/// [any-thread]
FA_API size_t fa_transfer_list(fa_allocator *allocator, fa_transfer_info *out, size_t capacity);

/// Since the allocator was created: sent = received + cancelled + pending.
typedef struct fa_transfer_stats {
    uint64_t sent;
    uint64_t received;
    uint64_t cancelled;
    uint64_t pending;
    uint64_t pending_bytes;
} fa_transfer_stats;

/// @return OK; INVALID_ARGUMENT. [any-thread]
FA_API fa_result fa_transfer_stats_get(fa_allocator *allocator, fa_transfer_stats *out);

FA_EXTERN_C_END

#endif
