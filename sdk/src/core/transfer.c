/* transfer.c - a table of slots under one lock; tickets are slot numbers with a generation.
 *
 * A receiver claims a slot, then does what may fail, then completes the transfer or puts it back: no call is
 * made under the lock, and a block has one taker at any time (tests/models/transfer.pml). Slots that are over
 * stay as they are until both sides have ended a frame, so that a late receiver is told TAKEN and not STALE.
 * Frame boundaries know nothing of all this: whether a slot can be used again is asked when one is needed. */
#include "core/transfer.h"

#include <string.h>

#include "core/lifecycle.h"
#include "core/worker.h"
#include "debug/poison.h"
#include "framealloc/frame.h"
#include "framealloc/heap.h"
#include "framealloc/pool.h"

#define OVER_MAX 4096u
#define INDEX_BITS 24u
#define INDEX_MAX ((1u << INDEX_BITS) - 2)

typedef enum slot_state { FREE, PENDING, CLAIMED, RECEIVED, CANCELLED } slot_state;

typedef struct fai_slot {
    uint32_t state;
    uint32_t next; /* in the list of free ones or of those that are over; index + 1 */
    uint64_t generation;
    fai_family family;
    fai_context *from; /* NULL: gone */
    fai_context *to;   /* who claims or has it */
    void *copy;        /* heap block */
    size_t bytes;
    size_t align;
    fa_tag tag;
    const char *here;
    int64_t sent_ns;
    int64_t deadline_ns;
    uint64_t sent_frame;
    uint64_t receive_frame;
    size_t from_ended; /* frames of both sides when it was over */
    size_t to_ended;
    char sender[FAI_NAME_BYTES];
    char receiver[FAI_NAME_BYTES];
} fai_slot;

static fai_slot *slot_at(const fa_allocator *allocator, uint32_t index)
{
    return (fai_slot *)allocator->transfers.slots.items + index;
}

static fa_transfer *ticket_of(const fa_allocator *allocator, uint32_t index)
{
    uint64_t generation = slot_at(allocator, index)->generation;
    return (fa_transfer *)(uintptr_t)(generation << INDEX_BITS |
                                      (index + 1)); /* a number; never read through */
}

/* ---- slots; the lock is held --------------------------------------------------------------------------- */

static bool has_passed(const fai_context *ctx, size_t ended)
{
    return ctx == NULL || atomic_load(&ctx->state) == FAI_CONTEXT_PARKED ||
           fai_figure(&ctx->frames_ended) != ended;
}

/* Use the oldest slot that is over again, if it may be. */
static void recycle(fa_allocator *allocator)
{
    fai_transfers *t = &allocator->transfers;
    while (t->over_head != 0) {
        fai_slot *slot = slot_at(allocator, t->over_head - 1);
        bool passed = has_passed(slot->from, slot->from_ended) && has_passed(slot->to, slot->to_ended);
        if (!passed && t->over_count <= OVER_MAX) {
            return;
        }
        uint32_t index = t->over_head - 1;
        t->over_head = slot->next;
        t->over_count--;
        slot->state = FREE;
        slot->generation++;
        slot->next = t->free;
        t->free = index + 1;
    }
}

/* Index + 1 of a slot to fill; 0: no memory. */
static uint32_t take_slot(fa_allocator *allocator)
{
    fai_transfers *t = &allocator->transfers;
    recycle(allocator);
    if (t->free != 0) {
        uint32_t index = t->free;
        t->free = slot_at(allocator, index - 1)->next;
        return index;
    }
    if (t->slots.count >= INDEX_MAX ||
        !fai_list_reserve(allocator, &t->slots, t->slots.count + 1, sizeof(fai_slot))) {
        return 0;
    }
    *slot_at(allocator, t->slots.count) = (fai_slot){.generation = 1};
    return ++t->slots.count;
}

static void put_over(fa_allocator *allocator, uint32_t index, slot_state how)
{
    fai_transfers *t = &allocator->transfers;
    fai_slot *slot = slot_at(allocator, index);
    slot->state = how;
    slot->copy = NULL;
    slot->from_ended = slot->from != NULL ? fai_figure(&slot->from->frames_ended) : 0;
    slot->to_ended = fai_figure(&slot->to->frames_ended);
    slot->receive_frame = slot->to->frame_index;
    fai_name_copy(slot->receiver, slot->to->name, "?");
    slot->next = 0;
    if (t->over_head == 0) {
        t->over_head = index + 1;
    } else {
        slot_at(allocator, t->over_tail - 1)->next = index + 1;
    }
    t->over_tail = index + 1;
    t->over_count++;
    t->stats.pending--;
    t->stats.pending_bytes -= slot->bytes;
    t->stats.received += how == RECEIVED ? 1 : 0;
    t->stats.cancelled += how == CANCELLED ? 1 : 0;
}

/* ---- send ---------------------------------------------------------------------------------------------- */

typedef struct parcel {
    fai_family family;
    size_t bytes;
    size_t align;
} parcel;

static size_t lowest_bit(uintptr_t value)
{
    uintptr_t bit = value & (~value + 1);
    return bit > FA_ALIGN_MAX ? FA_ALIGN_MAX : bit;
}

static fa_result refuse(fai_context *ctx, fa_diagnostic_code code, fa_result result, const char *here,
                        const char *call, const char *text)
{
    fai_report report = {
        .code = code, .result = result, .allocator = ctx->allocator, .ctx = &ctx->head, .here = here};
    ctx->last_result = result;
    return fai_report_send(&report, "%s: %s", call, text);
}

static bool in_open_frame(const fai_context *ctx, uintptr_t p, size_t bytes)
{
    return fai_frame_state_of(ctx) == FAI_FRAME_OPEN && p >= ctx->extent->start && p <= ctx->head.cursor &&
           bytes <= ctx->head.cursor - p + 1;
}

static fa_result wrong_size(fai_context *ctx, const fai_block *block, size_t bytes, const char *here)
{
    fai_report report = {.code = FA_CODE_FA607,
                         .result = FA_RESULT_WRONG_SIZE,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here,
                         .earlier = fai_block_alloc_here(block),
                         .address = block->p,
                         .bytes = fai_block_size(block),
                         .tag = fai_tags_path(ctx->allocator, fai_block_tag(block))};
    return fai_context_error(
        ctx, fai_report_send(&report, "fa_transfer_send: %p was asked for with %zu bytes, not %zu", block->p,
                             report.bytes, bytes));
}

/* What the block is, or why it cannot be sent. */
static fa_result judge(fai_context *ctx, void *p, size_t bytes, const char *here, parcel *out)
{
    if (p == NULL) {
        return refuse(ctx, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, "fa_transfer_send", "p is NULL");
    }
    fai_block block = fai_block_find(ctx->allocator, p);
    bool oversize = block.where == FAI_WHERE_BLOCK && block.live && block.family == FAI_FAMILY_FRAME;
    if (in_open_frame(ctx, (uintptr_t)p, bytes) || (oversize && bytes <= fai_block_size(&block))) {
        *out = (parcel){FAI_FAMILY_FRAME, bytes, lowest_bit((uintptr_t)p)};
        return bytes > 0 ? FA_RESULT_OK
                         : refuse(ctx, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, "fa_transfer_send",
                                  "a frame block needs its size");
    }
    if (block.where != FAI_WHERE_BLOCK || !block.live ||
        (block.family != FAI_FAMILY_POOL && block.family != FAI_FAMILY_HEAP)) {
        return fai_block_refuse(&ctx->head, &block, FAI_FAMILY_POOL, "fa_transfer_send", here);
    }
    size_t size = fai_block_size(&block);
    if (bytes != 0 && bytes != size) {
        return wrong_size(ctx, &block, bytes, here);
    }
    bool large = fai_page_kind_of(block.page) == FAI_PAGE_LARGE;
    *out =
        (parcel){block.family, size, large ? block.page->large_align : lowest_bit(block.page->block_bytes)};
    return FA_RESULT_OK;
}

/* The sender has it no more. */
static fa_result give_up(fai_context *from, void *p, const parcel *what, const char *here)
{
    switch (what->family) {
    case FAI_FAMILY_POOL: return fai_pool_free(&from->head, p, here);
    case FAI_FAMILY_HEAP: return fai_heap_free(&from->head, p, here);
    default: fai_poison(p, what->bytes); return FA_RESULT_OK; /* its bytes go with the frame */
    }
}

static fa_transfer *post(fai_context *from, uint32_t index, void *copy, const parcel *what,
                         int64_t timeout_ns, const char *here)
{
    fa_allocator *allocator = from->allocator;
    fai_slot *slot = slot_at(allocator, index);
    uint64_t generation = slot->generation;
    *slot = (fai_slot){.state = PENDING,
                       .generation = generation,
                       .family = what->family,
                       .from = from,
                       .copy = copy,
                       .bytes = what->bytes,
                       .align = what->align,
                       .tag = from->tag,
                       .here = here,
                       .sent_ns = fai_clock_ns(),
                       .deadline_ns = fai_deadline(timeout_ns),
                       .sent_frame = from->frame_index};
    fai_name_copy(slot->sender, from->name, "?");
    allocator->transfers.stats.sent++;
    allocator->transfers.stats.pending++;
    allocator->transfers.stats.pending_bytes += what->bytes;
    return ticket_of(allocator, index);
}

static void put_slot_back(fa_allocator *allocator, uint32_t index)
{
    fai_mutex_lock(&allocator->transfers.lock);
    slot_at(allocator, index)->next = allocator->transfers.free;
    allocator->transfers.free = index + 1;
    fai_mutex_unlock(&allocator->transfers.lock);
}

fa_result fai_transfer_send_for(fa_context *from, void *p, size_t bytes, fa_transfer **out,
                                int64_t timeout_ns, const char *here)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    fa_result result = fai_context_check(from, "fa_transfer_send", here);
    parcel what = {.family = FAI_FAMILY_NONE};
    result = result == FA_RESULT_OK ? judge(fai_ctx(from), p, bytes, here, &what) : result;
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(from);
    fa_allocator *allocator = ctx->allocator;
    void *copy = fai_heap_alloc(from, what.bytes, what.align, here);
    if (copy == NULL) {
        return ctx->last_result;
    }
    fai_mutex_lock(&allocator->transfers.lock);
    uint32_t slot = take_slot(allocator);
    fai_mutex_unlock(&allocator->transfers.lock);
    if (slot == 0) {
        (void)fai_heap_free(from, copy, here);
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    memcpy(copy, p, what.bytes);
    result = give_up(ctx, p, &what, here);
    if (result != FA_RESULT_OK) { /* another thread freed or sent it in between */
        put_slot_back(allocator, slot - 1);
        (void)fai_heap_free(from, copy, here);
        return result;
    }
    fai_mutex_lock(&allocator->transfers.lock);
    *out = post(ctx, slot - 1, copy, &what, timeout_ns, here);
    fai_mutex_unlock(&allocator->transfers.lock);
    fai_figure_add(&ctx->transfers_sent, 1);
    fai_lifecycle_tell(ctx, FA_LIFECYCLE_TRANSFER_SENT, what.bytes, 1, here);
    return FA_RESULT_OK;
}

fa_result fai_transfer_send(fa_context *from, void *p, size_t bytes, fa_transfer **out, const char *here)
{
    return fai_transfer_send_for(from, p, bytes, out, FA_WAIT_FOREVER, here);
}

/* ---- receive, cancel ----------------------------------------------------------------------------------- */

/* Claim what the ticket names; @p copy is a copy of its slot. */
static fa_result claim(fai_context *ctx, const fa_transfer *transfer, bool cancel, fai_slot *copy,
                       uint32_t *index)
{
    fa_allocator *allocator = ctx->allocator;
    uint64_t ticket = (uintptr_t)transfer;
    *index = (uint32_t)(ticket & ((1u << INDEX_BITS) - 1)) - 1;
    fa_result result = FA_RESULT_STALE;
    fai_mutex_lock(&allocator->transfers.lock);
    if (*index < allocator->transfers.slots.count && slot_at(allocator, *index)->state != FREE &&
        slot_at(allocator, *index)->generation == ticket >> INDEX_BITS) {
        fai_slot *slot = slot_at(allocator, *index);
        if (slot->state != PENDING) {
            result = FA_RESULT_TAKEN;
        } else if (cancel && slot->from != NULL && slot->from != ctx) {
            result = FA_RESULT_INVALID_ARGUMENT;
        } else if (!cancel && slot->deadline_ns != FA_WAIT_FOREVER && fai_clock_ns() >= slot->deadline_ns) {
            result = FA_RESULT_TIMEOUT;
        } else {
            slot->state = CLAIMED;
            slot->to = ctx;
            *copy = *slot;
            result = FA_RESULT_OK;
        }
    }
    fai_mutex_unlock(&allocator->transfers.lock);
    return result;
}

/* Where the receiver gets it. NULL: the last result says why. */
static void *make_room(fai_context *ctx, const fai_slot *slot, const char *here)
{
    switch (slot->family) {
    case FAI_FAMILY_POOL: return fai_pool_alloc(&ctx->head, slot->bytes, slot->align, here);
    case FAI_FAMILY_HEAP: return slot->copy; /* is one already */
    default: return fai_frame_alloc(&ctx->head, slot->bytes, slot->align, here);
    }
}

static fa_result take(fa_context *public_ctx, fa_transfer *transfer, void **out, bool cancel,
                      const char *call, const char *here)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    fa_result result = fai_context_check(public_ctx, call, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fa_allocator *allocator = ctx->allocator;
    fai_slot slot;
    uint32_t index;
    result = claim(ctx, transfer, cancel, &slot, &index);
    if (result == FA_RESULT_STALE) {
        return refuse(ctx, FA_CODE_FA606, result, here, call, "the ticket is none, or one of another time");
    }
    if (result == FA_RESULT_INVALID_ARGUMENT) {
        return refuse(ctx, FA_CODE_FA209, result, here, call, "another context sent it");
    }
    if (result != FA_RESULT_OK) {
        return fai_context_error(ctx, result);
    }
    void *p = make_room(ctx, &slot, here);
    if (p != NULL && p != slot.copy) {
        memcpy(p, slot.copy, slot.bytes);
        (void)fai_heap_free(public_ctx, slot.copy, here);
    }
    fai_mutex_lock(&allocator->transfers.lock);
    if (p != NULL) {
        put_over(allocator, index, cancel ? CANCELLED : RECEIVED);
    } else {
        slot_at(allocator, index)->state = PENDING;
        slot_at(allocator, index)->to = NULL;
    }
    fai_mutex_unlock(&allocator->transfers.lock);
    *out = p;
    if (p == NULL) {
        return ctx->last_result;
    }
    fai_figure_add(&ctx->transfers_received, cancel ? 0 : 1);
    fai_frame_count_add(ctx, &ctx->transfers_received_now, cancel ? 0 : 1);
    fai_lifecycle_tell(ctx, FA_LIFECYCLE_TRANSFER_RECEIVED, slot.bytes, 1, here);
    return FA_RESULT_OK;
}

fa_result fai_transfer_receive(fa_context *to, fa_transfer *transfer, void **out, const char *here)
{
    return take(to, transfer, out, false, "fa_transfer_receive", here);
}

fa_result fai_transfer_cancel(fa_context *from, fa_transfer *transfer, void **out, const char *here)
{
    return take(from, transfer, out, true, "fa_transfer_cancel", here);
}

/* ---- contexts that go ---------------------------------------------------------------------------------- */

void fai_transfers_forget(fai_context *ctx)
{
    fa_allocator *allocator = ctx->allocator;
    uint32_t open = 0;
    fai_mutex_lock(&allocator->transfers.lock);
    for (uint32_t i = 0; i < allocator->transfers.slots.count; i++) {
        fai_slot *slot = slot_at(allocator, i);
        if (slot->state == CLAIMED && slot->to == ctx) { /* its thread ended inside a handler */
            slot->state = PENDING;
        }
        open += slot->state == PENDING && slot->from == ctx ? 1 : 0;
        slot->from = slot->from == ctx ? NULL : slot->from;
        slot->to = slot->to == ctx ? NULL : slot->to;
    }
    fai_mutex_unlock(&allocator->transfers.lock);
    if (open > 0) {
        fai_log(allocator, FA_LOG_TRANSFERS_ADOPTED, "%u sent by context %s are not received yet", open,
                ctx->name);
    }
}

void fai_transfers_tell_pending(fa_allocator *allocator)
{
    uint32_t told = 0;
    for (uint32_t i = 0; i < allocator->transfers.slots.count && told < 16; i++) {
        const fai_slot *slot = slot_at(allocator, i);
        if (slot->state == PENDING || slot->state == CLAIMED) {
            fai_log(allocator, FA_LOG_TRANSFER_NEVER_RECEIVED,
                    "%zu bytes of tag %s, sent by context %s at %s", slot->bytes,
                    fai_tags_path(allocator, slot->tag), slot->sender, slot->here);
            told++;
        }
    }
}

/* ---- queries ------------------------------------------------------------------------------------------- */

static fa_transfer_state state_of(const fai_slot *slot, int64_t now)
{
    switch (slot->state) {
    case RECEIVED: return FA_TRANSFER_RECEIVED;
    case CANCELLED: return FA_TRANSFER_CANCELLED;
    default:
        return slot->deadline_ns != FA_WAIT_FOREVER && now >= slot->deadline_ns ? FA_TRANSFER_EXPIRED
                                                                                : FA_TRANSFER_PENDING;
    }
}

size_t fa_transfer_list(fa_allocator *allocator, fa_transfer_info *out, size_t capacity)
{
    if (!fai_allocator_alive(allocator)) {
        return 0;
    }
    size_t count = 0;
    int64_t now = fai_clock_ns();
    fai_mutex_lock(&allocator->transfers.lock);
    for (uint32_t i = 0; i < allocator->transfers.slots.count; i++) {
        const fai_slot *slot = slot_at(allocator, i);
        if (slot->state == FREE) {
            continue;
        }
        if (count < capacity) {
            out[count] = (fa_transfer_info){.transfer = ticket_of(allocator, i),
                                            .state = state_of(slot, now),
                                            .tag = fai_tags_path(allocator, slot->tag),
                                            .here = slot->here,
                                            .bytes = slot->bytes,
                                            .age_ns = now - slot->sent_ns,
                                            .sent_frame = slot->sent_frame,
                                            .receive_frame = slot->receive_frame,
                                            .adopted = slot->from == NULL};
            memcpy(out[count].sender, slot->sender, sizeof out[count].sender);
            memcpy(out[count].receiver, slot->receiver, sizeof out[count].receiver);
        }
        count++;
    }
    fai_mutex_unlock(&allocator->transfers.lock);
    return count;
}

fa_result fa_transfer_stats_get(fa_allocator *allocator, fa_transfer_stats *out)
{
    if (out == NULL || !fai_allocator_alive(allocator)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fai_mutex_lock(&allocator->transfers.lock);
    *out = allocator->transfers.stats;
    fai_mutex_unlock(&allocator->transfers.lock);
    return FA_RESULT_OK;
}
