/* game.h - what the analyser's fixtures include: the SDK's public headers, and where a header is not there yet, the same
 * declarations with the same annotations; besides, a small engine of the kind that users write. */
#ifndef FA_FIXTURE_GAME_H
#define FA_FIXTURE_GAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "framealloc/allocator.h"
#include "framealloc/annotate.h"
#include "framealloc/context.h"
#include "framealloc/frame.h"
#include "framealloc/heap.h"
#include "framealloc/pool.h"
#include "framealloc/tag.h"

#if __has_include("framealloc/retain.h")
#include "framealloc/retain.h"
#else
typedef enum fa_retention { FA_RETAIN_DISCARD, FA_RETAIN_POOL, FA_RETAIN_HEAP, FA_RETAIN_SCRATCH } fa_retention;
typedef uint64_t fa_retained;
FA_RETAINS fa_retained fai_frame_retain(fa_context *ctx, void *p, size_t bytes, size_t align, fa_retention policy,
                                        const char *scratch_name, const char *here);
#define fa_frame_retain(ctx, p, bytes, align, policy, name) \
    fai_frame_retain((ctx), (p), (bytes), (align), (policy), (name), FA_HERE)
fa_result fai_retained_take(fa_context *ctx, fa_retained id, void **out, const char *here);
#define fa_retained_take(ctx, id, out) fai_retained_take((ctx), (id), (out), FA_HERE)
#endif

#if __has_include("framealloc/transfer.h")
#include "framealloc/transfer.h"
#else
typedef struct fa_transfer fa_transfer;
FA_TRANSFERS fa_result fai_transfer_send(fa_context *from, void *p, size_t bytes, fa_transfer **out, const char *here);
#define fa_transfer_send(from, p, bytes, out) fai_transfer_send((from), (p), (bytes), (out), FA_HERE)
FA_RECEIVES fa_result fai_transfer_receive(fa_context *to, fa_transfer *transfer, void **out, const char *here);
#define fa_transfer_receive(to, transfer, out) fai_transfer_receive((to), (transfer), (out), FA_HERE)
#endif

#if __has_include("framealloc/barrier.h")
#include "framealloc/barrier.h"
#else
typedef struct fa_barrier fa_barrier;
fa_result fa_barrier_create(fa_allocator *allocator, uint32_t participants, fa_barrier **out);
fa_result fa_barrier_destroy(fa_barrier *barrier);
FA_WAITS_BARRIER fa_result fa_barrier_wait(fa_barrier *barrier, fa_context *ctx, int64_t timeout_ns);
#endif

#if __has_include("framealloc/budget.h")
#include "framealloc/budget.h"
#endif
/* the game's own, in front of the SDK's */
FA_SETS_BUDGET fa_result fa_budget_set_tag(fa_allocator *allocator, fa_tag tag, size_t soft_bytes, size_t hard_bytes);
FA_SETS_BUDGET fa_result fa_budget_set_context(fa_context *ctx, size_t soft_bytes, size_t hard_bytes);

/* ---- tasks and coroutines of the game's own */
typedef struct job_handle job_handle;
FA_TASK_ARG(1) job_handle *job_start(void (*fn)(void *data), void *data);
FA_JOINS void job_wait(job_handle *job);
FA_SUSPENDS void co_yield(void);

/* ---- things of a game */
typedef struct vec2 {
    float x, y;
} vec2;
typedef struct enemy {
    vec2 at;
    int health;
    struct enemy *next;
    char *name;
} enemy;
typedef struct world {
    fa_context *ctx;
    enemy *target;
    enemy *list;
    int count;
} world;

void use_enemy(const enemy *e);
bool is_ready(void);
int roll_dice(void);

#endif
