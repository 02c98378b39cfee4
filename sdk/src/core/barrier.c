/* barrier.c - generations under one lock.
 *
 * A seat says who sits there and whether he has arrived. The last to arrive opens the next generation, which
 * is a number that waiters watch: spinning at first, then parked. Joining, leaving and timing out change
 * seats under the same lock, so that the question "has everybody arrived?" has one answer at any time. */
#include "core/barrier.h"

#include <stdio.h>

#include "core/worker.h"
#include "framealloc/frame.h"

#define SPINS 1000u

typedef struct seat {
    fai_context *ctx;
    bool arrived;
} seat;

struct fa_barrier {
    fa_allocator *allocator;
    fa_barrier *next; /* of the allocator; the contexts lock guards the list */
    fai_mutex lock;
    fai_cond opened;
    fai_list seats;    /* seat, taken ones */
    uint32_t reserved; /* seats that nobody has taken */
    uint32_t arrived;
    uint32_t inside; /* threads that have arrived or are on their way out */
    _Atomic uint64_t generation;
};

static fa_result refuse(fa_allocator *allocator, fai_context *ctx, fa_diagnostic_code code, fa_result result,
                        const char *here, const char *call, const char *text)
{
    fai_report report = {.code = code,
                         .result = result,
                         .allocator = allocator,
                         .ctx = ctx != NULL ? &ctx->head : NULL,
                         .here = here};
    if (ctx != NULL) {
        ctx->last_result = result;
    }
    return fai_report_send(&report, "%s: %s", call, text);
}

/* ---- seats; the lock is held --------------------------------------------------------------------------- */

static seat *seats_of(const fa_barrier *barrier)
{
    return barrier->seats.items;
}

static seat *seat_of(const fa_barrier *barrier, const fai_context *ctx)
{
    for (uint32_t i = 0; i < barrier->seats.count; i++) {
        if (seats_of(barrier)[i].ctx == ctx) {
            return &seats_of(barrier)[i];
        }
    }
    return NULL;
}

static seat *take_seat(fa_barrier *barrier, fai_context *ctx)
{
    seat *taken = &seats_of(barrier)[barrier->seats.count++];
    *taken = (seat){.ctx = ctx};
    atomic_fetch_add(&ctx->barrier_seats, 1);
    return taken;
}

static void give_up_seat(fa_barrier *barrier, seat *left)
{
    atomic_fetch_sub(&left->ctx->barrier_seats, 1);
    *left = seats_of(barrier)[--barrier->seats.count];
}

/* Everybody is here: open the next generation. */
static bool open_if_complete(fa_barrier *barrier)
{
    if (barrier->reserved > 0 || barrier->arrived < barrier->seats.count || barrier->arrived == 0) {
        return false;
    }
    for (uint32_t i = 0; i < barrier->seats.count; i++) {
        seats_of(barrier)[i].arrived = false;
    }
    barrier->arrived = 0;
    atomic_fetch_add(&barrier->generation, 1);
    fai_cond_wake_all(&barrier->opened);
    return true;
}

static size_t describe_missing(const fa_barrier *barrier, char *buffer, size_t capacity)
{
    size_t length = 0;
    if (capacity > 0) {
        buffer[0] = '\0';
    }
    for (uint32_t i = 0; i < barrier->seats.count; i++) {
        if (!seats_of(barrier)[i].arrived) {
            size_t room = length < capacity ? capacity - length : 0;
            int put = snprintf(room > 0 ? buffer + length : NULL, room, "%s%s", length > 0 ? ", " : "",
                               seats_of(barrier)[i].ctx->name);
            length += put > 0 ? (size_t)put : 0;
        }
    }
    if (barrier->reserved > 0) {
        size_t room = length < capacity ? capacity - length : 0;
        int put = snprintf(room > 0 ? buffer + length : NULL, room, "%s%u seat%s not taken",
                           length > 0 ? ", " : "", barrier->reserved, barrier->reserved > 1 ? "s" : "");
        length += put > 0 ? (size_t)put : 0;
    }
    return length;
}

/* ---- create, destroy ----------------------------------------------------------------------------------- */

fa_result fai_barrier_create(fa_allocator *allocator, uint32_t participants, fa_barrier **out,
                             const char *here)
{
    if (out != NULL) {
        *out = NULL;
    }
    if (out == NULL || !fai_allocator_alive(allocator)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (participants > FA_BARRIER_MAX) {
        return refuse(allocator, NULL, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, "fa_barrier_create",
                      "participants is above FA_BARRIER_MAX");
    }
    fa_barrier *barrier = fai_meta_alloc(allocator, sizeof *barrier);
    if (barrier == NULL || !fai_list_reserve(allocator, &barrier->seats, participants, sizeof(seat))) {
        fai_meta_free(allocator, barrier, sizeof *barrier);
        return FA_RESULT_OUT_OF_MEMORY;
    }
    barrier->allocator = allocator;
    barrier->reserved = participants;
    fai_mutex_init(&barrier->lock);
    fai_cond_init(&barrier->opened);
    fai_mutex_lock(&allocator->contexts_lock);
    barrier->next = allocator->barriers;
    allocator->barriers = barrier;
    fai_mutex_unlock(&allocator->contexts_lock);
    *out = barrier;
    return FA_RESULT_OK;
}

static void release(fa_barrier *barrier)
{
    fa_allocator *allocator = barrier->allocator;
    fai_list_free(allocator, &barrier->seats, sizeof(seat));
    fai_cond_destroy(&barrier->opened);
    fai_mutex_destroy(&barrier->lock);
    fai_meta_free(allocator, barrier, sizeof *barrier);
}

fa_result fai_barrier_destroy(fa_barrier *barrier, const char *here)
{
    if (barrier == NULL) {
        return FA_RESULT_OK;
    }
    fa_allocator *allocator = barrier->allocator;
    fai_mutex_lock(&allocator->contexts_lock); /* first, as everywhere: no context goes meanwhile */
    fai_mutex_lock(&barrier->lock);
    bool busy = barrier->arrived > 0;
    while (!busy && barrier->inside > 0) { /* let go, and not yet out */
        fai_cond_wait(&barrier->opened, &barrier->lock);
        busy = barrier->arrived > 0;
    }
    if (!busy) {
        while (barrier->seats.count > 0) {
            give_up_seat(barrier, &seats_of(barrier)[0]);
        }
        fa_barrier **link = &allocator->barriers;
        while (*link != barrier) {
            link = &(*link)->next;
        }
        *link = barrier->next;
    }
    fai_mutex_unlock(&barrier->lock);
    fai_mutex_unlock(&allocator->contexts_lock);
    if (busy) {
        return refuse(allocator, NULL, FA_CODE_FA104, FA_RESULT_BUSY, here, "fa_barrier_destroy",
                      "somebody waits at the barrier");
    }
    release(barrier);
    return FA_RESULT_OK;
}

void fai_barriers_destroy(fa_allocator *allocator)
{
    while (allocator->barriers != NULL) {
        fa_barrier *barrier = allocator->barriers;
        allocator->barriers = barrier->next;
        barrier->seats.count = 0; /* the contexts are gone already, or go with the allocator */
        release(barrier);
    }
}

void fai_barriers_forget(fai_context *ctx)
{
    for (fa_barrier *barrier = ctx->allocator->barriers;
         barrier != NULL && atomic_load(&ctx->barrier_seats) > 0; barrier = barrier->next) {
        fai_mutex_lock(&barrier->lock);
        seat *left = seat_of(barrier, ctx);
        if (left != NULL) {
            give_up_seat(barrier, left);
            (void)open_if_complete(barrier);
        }
        fai_mutex_unlock(&barrier->lock);
    }
}

/* ---- join, leave --------------------------------------------------------------------------------------- */

static fa_result check(fa_barrier *barrier, fa_context *ctx, const char *call, const char *here)
{
    fa_result result = fai_context_check(ctx, call, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    if (barrier == NULL || barrier->allocator != fai_ctx(ctx)->allocator) {
        return refuse(fai_ctx(ctx)->allocator, fai_ctx(ctx), FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here,
                      call, barrier == NULL ? "barrier is NULL" : "the barrier is of another allocator");
    }
    return FA_RESULT_OK;
}

fa_result fai_barrier_join(fa_barrier *barrier, fa_context *public_ctx, const char *here)
{
    fa_result result = check(barrier, public_ctx, "fa_barrier_join", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_mutex_lock(&barrier->lock);
    bool exists = seat_of(barrier, ctx) != NULL;
    bool full = barrier->reserved == 0 && barrier->seats.count >= FA_BARRIER_MAX;
    if (!exists && !full) {
        uint32_t needed = barrier->seats.count + (barrier->reserved > 0 ? barrier->reserved : 1);
        if (fai_list_reserve(barrier->allocator, &barrier->seats, needed, sizeof(seat))) {
            barrier->reserved -= barrier->reserved > 0 ? 1 : 0;
            (void)take_seat(barrier, ctx);
        } else {
            result = FA_RESULT_OUT_OF_MEMORY;
        }
    }
    fai_mutex_unlock(&barrier->lock);
    if (exists) {
        return refuse(barrier->allocator, ctx, FA_CODE_FA208, FA_RESULT_EXISTS, here, "fa_barrier_join",
                      "the context is a participant already");
    }
    if (full || result != FA_RESULT_OK) {
        return fai_context_error(ctx, full ? FA_RESULT_FULL : result);
    }
    return FA_RESULT_OK;
}

fa_result fai_barrier_leave(fa_barrier *barrier, fa_context *public_ctx, const char *here)
{
    if (barrier == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result result =
        public_ctx != NULL ? check(barrier, public_ctx, "fa_barrier_leave", here) : FA_RESULT_OK;
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = public_ctx != NULL ? fai_ctx(public_ctx) : NULL;
    fai_mutex_lock(&barrier->lock);
    seat *left = ctx != NULL ? seat_of(barrier, ctx) : NULL;
    bool found = ctx != NULL ? left != NULL : barrier->reserved > 0;
    if (left != NULL) {
        give_up_seat(barrier, left);
    } else if (found) {
        barrier->reserved--;
    }
    if (found) {
        (void)open_if_complete(barrier);
    }
    fai_mutex_unlock(&barrier->lock);
    return found
               ? FA_RESULT_OK
               : refuse(barrier->allocator, ctx, FA_CODE_FA208, FA_RESULT_NOT_FOUND, here, "fa_barrier_leave",
                        ctx != NULL ? "the context is not a participant" : "every seat is taken");
}

/* ---- wait ---------------------------------------------------------------------------------------------- */

/* Without the lock, for a moment. */
static void spin(const fa_barrier *barrier, uint64_t generation)
{
    for (uint32_t i = 0; i < SPINS; i++) {
        if (atomic_load_explicit(&barrier->generation, memory_order_relaxed) != generation) {
            return;
        }
        fai_pause();
    }
}

/* The seat has arrived, the lock is held. False: the time is up, and the seat is as before. */
static bool await(fa_barrier *barrier, const fai_context *ctx, int64_t timeout_ns)
{
    uint64_t generation = atomic_load(&barrier->generation);
    int64_t deadline = fai_deadline(timeout_ns);
    if (timeout_ns > 0) {
        fai_mutex_unlock(&barrier->lock);
        spin(barrier, generation);
        fai_mutex_lock(&barrier->lock);
    }
    bool in_time = timeout_ns > 0;
    while (atomic_load(&barrier->generation) == generation && in_time) {
        if (deadline == FA_WAIT_FOREVER) {
            fai_cond_wait(&barrier->opened, &barrier->lock);
        } else {
            in_time = fai_cond_wait_until(&barrier->opened, &barrier->lock, deadline);
        }
    }
    if (atomic_load(&barrier->generation) != generation) {
        return true;
    }
    seat *own = seat_of(barrier, ctx); /* seats may have moved */
    own->arrived = false;
    barrier->arrived--;
    return false;
}

static fa_result wait(fa_barrier *barrier, fai_context *ctx, int64_t timeout_ns, const char *call,
                      const char *here)
{
    char missing[512];
    (void)fai_outbox_flush(ctx);
    fai_mutex_lock(&barrier->lock);
    seat *own = seat_of(barrier, ctx);
    if (own == NULL && barrier->reserved > 0) {
        barrier->reserved--;
        own = take_seat(barrier, ctx);
    }
    bool seated = own != NULL;
    bool passed = false;
    uint64_t generation = atomic_load(&barrier->generation);
    if (seated) {
        own->arrived = true;
        barrier->arrived++;
        barrier->inside++;
        passed = open_if_complete(barrier) || await(barrier, ctx, timeout_ns);
        barrier->inside--;
        if (!passed) {
            own = seat_of(barrier, ctx);
            own->arrived = true; /* not among the missing */
            (void)describe_missing(barrier, missing, sizeof missing);
            own->arrived = false;
        }
        if (barrier->inside == 0) {
            fai_cond_wake_all(&barrier->opened); /* who destroys it may wait for that */
        }
    }
    fai_mutex_unlock(&barrier->lock);
    if (!seated) {
        return refuse(barrier->allocator, ctx, FA_CODE_FA208, FA_RESULT_FULL, here, call,
                      "the context is not a participant, and every seat is taken");
    }
    if (!passed) {
        if (timeout_ns > 0) { /* who only looks knows what he does */
            fai_log(barrier->allocator, FA_LOG_BARRIER_TIMEOUT,
                    "%s by %s, generation %llu, at %s: missing: %s", call, ctx->name,
                    (unsigned long long)generation, here, missing);
        }
        return fai_context_error(ctx, FA_RESULT_TIMEOUT);
    }
    return FA_RESULT_OK;
}

fa_result fai_barrier_wait(fa_barrier *barrier, fa_context *ctx, int64_t timeout_ns, const char *here)
{
    fa_result result = check(barrier, ctx, "fa_barrier_wait", here);
    return result == FA_RESULT_OK ? wait(barrier, fai_ctx(ctx), timeout_ns, "fa_barrier_wait", here) : result;
}

fa_result fai_barrier_frame_end(fa_barrier *barrier, fa_context *public_ctx, int64_t timeout_ns,
                                const char *here)
{
    fa_result result = check(barrier, public_ctx, "fa_barrier_frame_end", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN || fa_workers_outstanding(ctx->workers) > 0 ||
        ctx->worker != NULL) {
        return fai_frame_end(public_ctx, here); /* which says why not */
    }
    result = wait(barrier, ctx, timeout_ns, "fa_barrier_frame_end", here);
    return result == FA_RESULT_OK ? fai_frame_end(public_ctx, here) : result;
}

/* ---- queries ------------------------------------------------------------------------------------------- */

uint32_t fa_barrier_participants(fa_barrier *barrier)
{
    if (barrier == NULL) {
        return 0;
    }
    fai_mutex_lock(&barrier->lock);
    uint32_t count = barrier->seats.count + barrier->reserved;
    fai_mutex_unlock(&barrier->lock);
    return count;
}

uint64_t fa_barrier_generation(fa_barrier *barrier)
{
    return barrier != NULL ? atomic_load(&barrier->generation) : 0;
}

size_t fa_barrier_missing(fa_barrier *barrier, char *buffer, size_t capacity)
{
    if (barrier == NULL) {
        return 0;
    }
    fai_mutex_lock(&barrier->lock);
    size_t length = 0;
    if (barrier->arrived > 0) {
        length = describe_missing(barrier, buffer, capacity);
    } else if (capacity > 0) {
        buffer[0] = '\0';
    }
    fai_mutex_unlock(&barrier->lock);
    return length;
}
