/* retain.c - retaining frame blocks, promoting them in two steps, and handing the copies out.
 *
 * Each retained block has a slot; its id is the slot's number and a serial, so that an id fits one slot at
 * one time only. While its frame is open a slot is pending; promotion makes it ready, failed or discarded;
 * taking frees it. Failed and discarded slots are kept until the next frame that retains something has ended,
 * so that their ids can still be answered. Everything that an end needs is reserved when a block is retained:
 * an end cannot fail for want of metadata. */
#include "core/retain.h"

#include <string.h>

#include "core/scratch.h"
#include "debug/watch.h"
#include "framealloc/heap.h"
#include "framealloc/pool.h"

typedef enum slot_state {
    SLOT_FREE,
    SLOT_PENDING,
    SLOT_READY,
    SLOT_FAILED,
    SLOT_DISCARDED,
    SLOT_TAKEN
} slot_state;

typedef struct slot {
    fa_promoted item;
    slot_state state;
    uint32_t next_free;     /* slot + 1, or 0 */
    const fai_arena *arena; /* a scratch pool that holds the copy */
    uint32_t generation;    /* of that pool */
    char name[FA_SCRATCH_NAME_MAX + 1];
} slot;

#define ID_DISCARD 1u /* lowest bit of an id: known without its slot */

static slot *slot_at(const fai_context *ctx, uint32_t index)
{
    return (slot *)ctx->retain.slots.items + index;
}

static uint32_t pending_at(const fai_context *ctx, uint32_t i)
{
    return ((const uint32_t *)ctx->retain.pending.items)[i];
}

/* ---- which blocks are retained: open addressing over their addresses ----------------------------------- */

static uint32_t *place_of(fai_retain *retain, const fai_context *ctx, const void *p)
{
    uint32_t mask = retain->index_count - 1;
    uint32_t at = (uint32_t)(((uintptr_t)p * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & mask;
    while (retain->index[at] != 0 && slot_at(ctx, retain->index[at] - 1)->item.original != p) {
        at = (at + 1) & mask;
    }
    return &retain->index[at];
}

static void write_index(fai_context *ctx)
{
    fai_retain *retain = &ctx->retain;
    memset(retain->index, 0, retain->index_count * sizeof *retain->index);
    for (uint32_t i = 0; i < retain->pending.count; i++) {
        const fa_promoted *item = &slot_at(ctx, pending_at(ctx, i))->item;
        if (item->size_bytes > 0) { /* blocks of no bytes share their addresses with others */
            *place_of(retain, ctx, item->original) = pending_at(ctx, i) + 1;
        }
    }
}

static bool reserve_index(fai_context *ctx)
{
    fai_retain *retain = &ctx->retain;
    if (2 * (retain->pending.count + 1) <= retain->index_count) {
        return true;
    }
    uint32_t count = retain->index_count == 0 ? 16 : 2 * retain->index_count;
    uint32_t *larger = fai_meta_alloc(ctx->allocator, count * sizeof *larger);
    if (larger == NULL) {
        return false;
    }
    fai_meta_free(ctx->allocator, retain->index, retain->index_count * sizeof *retain->index);
    retain->index = larger;
    retain->index_count = count;
    write_index(ctx);
    return true;
}

/* ---- retaining ----------------------------------------------------------------------------------------- */

static fa_result refuse(fai_context *ctx, fa_diagnostic_code code, fa_result result, const char *here,
                        const slot *about, const void *address, const char *text)
{
    fai_report report = {.code = code,
                         .result = result,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here,
                         .earlier = about != NULL ? about->item.here : NULL,
                         .tag = about != NULL ? fai_tags_path(ctx->allocator, about->item.tag) : NULL,
                         .address = address,
                         .bytes = about != NULL ? about->item.size_bytes : 0};
    return fai_context_error(ctx, fai_report_send(&report, "%s", text));
}

/* Memory of the open frame, all of it. */
static bool is_of_frame(fai_context *ctx, const void *p, size_t size)
{
    uintptr_t at = (uintptr_t)p;
    uintptr_t next = ctx->head.cursor + 1;
    if (at >= ctx->extent->base && at <= next) {
        return size <= next - at;
    }
    const fai_list *list = fai_oversize_of(ctx);
    for (uint32_t i = 0; i < list->count; i++) {
        const fai_oversize *block = (const fai_oversize *)list->items + i;
        if (at - (uintptr_t)block->p < block->bytes || p == block->p) {
            return size <= block->bytes - (at - (uintptr_t)block->p);
        }
    }
    return false;
}

/* Everything that an end will need. */
static bool reserve(fai_context *ctx)
{
    fai_retain *retain = &ctx->retain;
    uint32_t count = retain->pending.count + 1;
    bool slot_free = retain->free_slot != 0;
    return fai_list_reserve(ctx->allocator, &retain->pending, count, sizeof(uint32_t)) &&
           fai_list_reserve(ctx->allocator, &retain->results, count, sizeof(fa_promoted)) &&
           fai_list_reserve(ctx->allocator, &retain->sums, count, sizeof(fa_promotion_sum)) &&
           fai_list_reserve(ctx->allocator, &retain->phase_sums, count, sizeof(fa_promotion_sum)) &&
           fai_list_reserve(ctx->allocator, &retain->dead, retain->dead.count + count, sizeof(uint32_t)) &&
           fai_list_reserve(ctx->allocator, &retain->kept, retain->kept.count + count, sizeof(fa_retained)) &&
           fai_list_reserve(ctx->allocator, &retain->slots, retain->slots.count + (slot_free ? 0 : 1),
                            sizeof(slot)) &&
           reserve_index(ctx);
}

/* FA_RESULT_OK, or refused with a diagnostic. */
static fa_result judge(fai_context *ctx, const void *p, size_t size, fa_retention policy, const char *name,
                       const char *here)
{
    if ((unsigned)policy > FA_RETAIN_SCRATCH || p == NULL) {
        return refuse(ctx, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL, NULL,
                      p == NULL ? "fa_frame_retain: the block is NULL"
                                : "fa_frame_retain: the policy is not one of the enum");
    }
    bool named = name != NULL && name[0] != '\0' && strlen(name) <= FA_SCRATCH_NAME_MAX;
    if (policy == FA_RETAIN_SCRATCH ? !named : name != NULL) {
        return refuse(
            ctx, FA_CODE_FA604, FA_RESULT_INVALID_ARGUMENT, here, NULL, p,
            policy == FA_RETAIN_SCRATCH
                ? "fa_frame_retain: FA_RETAIN_SCRATCH needs the name of a scratch pool, of 1 to 31 bytes"
                : "fa_frame_retain: a scratch pool is named, but the policy is another one");
    }
    if (!is_of_frame(ctx, p, size)) {
        return refuse(ctx, FA_CODE_FA604, FA_RESULT_FOREIGN_POINTER, here, NULL, p,
                      "fa_frame_retain: the block is not, or not all of it, memory of the open frame");
    }
    return FA_RESULT_OK;
}

static uint32_t take_slot(fai_context *ctx)
{
    fai_retain *retain = &ctx->retain;
    if (retain->free_slot == 0) {
        memset(slot_at(ctx, retain->slots.count), 0, sizeof(slot));
        return retain->slots.count++;
    }
    uint32_t index = retain->free_slot - 1;
    retain->free_slot = slot_at(ctx, index)->next_free;
    return index;
}

static void free_slot(fai_context *ctx, uint32_t index, slot_state state)
{
    slot *s = slot_at(ctx, index);
    s->state = state;
    s->next_free = ctx->retain.free_slot;
    ctx->retain.free_slot = index + 1;
}

/* Serials begin elsewhere in each context, so that an id of one is not taken for an id of another. */
static uint32_t next_serial(fai_context *ctx)
{
    if (ctx->retain.serial == 0) {
        ctx->retain.serial = (uint32_t)((uintptr_t)ctx >> 6) * 0x9E3779B1u;
    }
    ctx->retain.serial += ctx->retain.serial == UINT32_MAX ? 2 : 1; /* never 0 */
    return ctx->retain.serial;
}

fa_retained fai_frame_retain(fa_context *public_ctx, void *p, size_t size, size_t align, fa_retention policy,
                             const char *scratch_name, const char *here)
{
    if (fai_context_check(public_ctx, "fa_frame_retain", here) != FA_RESULT_OK) {
        return 0;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN) {
        (void)fai_frame_refuse_boundary(ctx, here, "fa_frame_retain");
        return 0;
    }
    align = fai_align_check(ctx, align, "fa_frame_retain", here);
    if (align == 0 || judge(ctx, p, size, policy, scratch_name, here) != FA_RESULT_OK) {
        return 0;
    }
    if (!reserve(ctx)) {
        (void)fai_context_fail(ctx, FA_RESULT_OUT_OF_MEMORY);
        return 0;
    }
    uint32_t *place = place_of(&ctx->retain, ctx, p);
    if (*place != 0 && size > 0) {
        (void)refuse(ctx, FA_CODE_FA604, FA_RESULT_EXISTS, here, slot_at(ctx, *place - 1), p,
                     "fa_frame_retain: the block is retained already");
        return 0;
    }
    uint32_t index = take_slot(ctx);
    slot *s = slot_at(ctx, index);
    *s = (slot){.state = SLOT_PENDING};
    s->item = (fa_promoted){.id = (uint64_t)next_serial(ctx) << 32 | index << 1 |
                                  (policy == FA_RETAIN_DISCARD ? ID_DISCARD : 0),
                            .original = p,
                            .size_bytes = size,
                            .align_bytes = align,
                            .policy = policy,
                            .tag = ctx->tag,
                            .phase = fa_phase_current(public_ctx),
                            .here = here};
    if (policy == FA_RETAIN_SCRATCH) {
        memcpy(s->name, scratch_name, strlen(scratch_name) + 1);
    }
    *place = size > 0 ? index + 1 : *place;
    ((uint32_t *)ctx->retain.pending.items)[ctx->retain.pending.count++] = index;
    ctx->attention |= FAI_ATTEND_RETAINED;
    return s->item.id;
}

size_t fa_frame_retained_count(const fa_context *ctx)
{
    if (ctx == NULL) {
        return 0;
    }
    return fai_ctx(ctx)->retain.pending.count;
}

size_t fai_retained_tag_bytes(const fai_context *ctx, fa_tag tag)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < ctx->retain.pending.count; i++) {
        const slot *s = slot_at(ctx, pending_at(ctx, i));
        bytes += s->item.tag == tag ? s->item.size_bytes : 0;
    }
    return bytes;
}

/* ---- what ids name ------------------------------------------------------------------------------------- */

static slot *find(const fai_context *ctx, fa_retained id)
{
    uint32_t index = (uint32_t)id >> 1;
    slot *s = index < ctx->retain.slots.count ? slot_at(ctx, index) : NULL;
    return s != NULL && s->item.id == id ? s : NULL;
}

static bool copy_lives(const fai_context *ctx, const slot *s)
{
    if (s->item.place != FA_RETAIN_SCRATCH) {
        return true;
    }
    const fai_arena *pool = fai_scratch_pool_find(ctx, s->name);
    return pool != NULL && pool == s->arena && pool->generation == s->generation &&
           (uintptr_t)s->item.block + s->item.size_bytes <= pool->head.cursor + 1;
}

/* Copies in scratch pools need not be taken, so their slots are freed when their pools have been reset:
 * looked at when there are twice as many as the last look left. */
static void sweep_kept(fai_context *ctx)
{
    fai_retain *retain = &ctx->retain;
    fa_retained *kept = retain->kept.items;
    if (retain->kept.count < retain->kept_sweep) {
        return;
    }
    uint32_t left = 0;
    for (uint32_t i = 0; i < retain->kept.count; i++) {
        slot *s = find(ctx, kept[i]);
        bool ready = s != NULL && s->state == SLOT_READY;
        bool lives = ready && copy_lives(ctx, s);
        if (ready && !lives) {
            free_slot(ctx, (uint32_t)(s - slot_at(ctx, 0)), SLOT_FREE);
        }
        kept[left] = kept[i];
        left += lives ? 1 : 0;
    }
    retain->kept.count = left;
    retain->kept_sweep = 2 * left + 64;
}

/* ---- promoting ----------------------------------------------------------------------------------------- */

/* First step: memory. The tag of the retaining is on top meanwhile. */
static void find_memory(fai_context *ctx, slot *s)
{
    fa_promoted *item = &s->item;
    fa_context *head = &ctx->head;
    fai_tag_make_current(ctx, item->tag, fai_tag_row_find(ctx, item->tag));
    item->place = item->policy;
    if (item->policy == FA_RETAIN_POOL && item->size_bytes > FA_POOL_CLASS_MAX) {
        item->place = FA_RETAIN_HEAP;
    }
    if (item->place == FA_RETAIN_POOL) {
        item->block = fai_pool_alloc(head, item->size_bytes, item->align_bytes, item->here);
    } else if (item->place == FA_RETAIN_HEAP) {
        item->block = fai_heap_alloc(head, item->size_bytes, item->align_bytes, item->here);
    } else {
        fa_arena *pool = fai_scratch_pool(head, s->name, item->here);
        s->arena = (const fai_arena *)pool;
        item->block =
            pool != NULL ? fai_arena_alloc(pool, item->size_bytes, item->align_bytes, item->here) : NULL;
        s->generation = pool != NULL ? s->arena->generation : 0;
    }
    item->result = item->block != NULL ? FA_RESULT_OK : ctx->last_result;
    item->place = item->block != NULL ? item->place : FA_RETAIN_DISCARD;
}

static void find_memory_for_all(fai_context *ctx)
{
    static const fa_retention order[] = {FA_RETAIN_HEAP, FA_RETAIN_POOL, FA_RETAIN_SCRATCH};
    const fa_tag tag = ctx->tag;
    fai_tag_row *row = ctx->row;
    for (uint32_t turn = 0; turn < sizeof order / sizeof *order; turn++) {
        for (uint32_t i = 0; i < ctx->retain.pending.count; i++) {
            slot *s = slot_at(ctx, pending_at(ctx, i));
            if (s->item.policy == order[turn]) {
                find_memory(ctx, s);
            }
        }
    }
    fai_tag_make_current(ctx, tag, row);
}

/* Those that died in an earlier frame are forgotten when the first of this frame dies. */
static void free_the_dead(fai_context *ctx)
{
    fai_list *dead = &ctx->retain.dead;
    if (ctx->retain.dead_frame == ctx->frame_index) {
        return;
    }
    ctx->retain.dead_frame = ctx->frame_index;
    for (uint32_t i = 0; i < dead->count; i++) {
        free_slot(ctx, ((const uint32_t *)dead->items)[i], SLOT_FREE);
    }
    dead->count = 0;
}

static void bury(fai_context *ctx, uint32_t index, slot_state state)
{
    slot_at(ctx, index)->state = state;
    ((uint32_t *)ctx->retain.dead.items)[ctx->retain.dead.count++] = index;
}

/* Second step: the bytes. Says whether the block is done with. */
static bool settle(fai_context *ctx, uint32_t index, bool final)
{
    slot *s = slot_at(ctx, index);
    if (s->item.block != NULL) {
        memcpy(s->item.block, s->item.original, s->item.size_bytes);
        if (ctx->watch != NULL) {
            fai_watch_kept(ctx, s->item.tag, s->item.block, s->item.here);
        }
        s->state = SLOT_READY;
        fai_frame_count_add(ctx, &ctx->promoted_now[s->item.place], 1);
        if (s->item.place == FA_RETAIN_SCRATCH) {
            ((fa_retained *)ctx->retain.kept.items)[ctx->retain.kept.count++] = s->item.id;
        }
        return true;
    }
    if (s->item.policy == FA_RETAIN_DISCARD) {
        bury(ctx, index, SLOT_DISCARDED);
        return true;
    }
    if (final) {
        bury(ctx, index, SLOT_FAILED);
        fai_frame_count_add(ctx, &ctx->promoted_now[FA_RETAIN_DISCARD], 1);
    }
    return final;
}

/* The row of a tag or of a phase; what the other is does not matter. */
static fa_promotion_sum *sum_of(fai_list *list, fa_promotion_sum key)
{
    fa_promotion_sum *sums = list->items;
    for (uint32_t i = 0; i < list->count; i++) {
        if (sums[i].tag == key.tag && sums[i].phase == key.phase) {
            return &sums[i];
        }
    }
    sums[list->count] = key;
    return &sums[list->count++];
}

static void add_to(fa_promotion_sum *sum, const fa_promoted *item)
{
    bool promoted = item->block != NULL;
    bool failed = item->result != FA_RESULT_OK;
    *(promoted ? &sum->promoted_count : failed ? &sum->failed_count : &sum->discarded_count) += 1;
    *(promoted ? &sum->promoted_bytes
      : failed ? &sum->failed_bytes
               : &sum->discarded_bytes) += item->size_bytes;
}

static void list(fai_retain *retain, const fa_promoted *item)
{
    ((fa_promoted *)retain->results.items)[retain->results.count++] = *item;
    add_to(sum_of(&retain->sums, (fa_promotion_sum){.tag = item->tag}), item);
    add_to(sum_of(&retain->phase_sums, (fa_promotion_sum){.phase = item->phase}), item);
}

/* Promote what is pending. What fails stays pending, unless this is the end. */
static void promote_all(fai_context *ctx, bool final)
{
    fai_retain *retain = &ctx->retain;
    uint32_t *pending = retain->pending.items;
    free_the_dead(ctx);
    sweep_kept(ctx);
    fai_tag_flush(ctx);
    bool was_ending = ctx->ending;
    uintptr_t limit = ctx->head.limit;
    ctx->ending = true; /* whoever is called on the way may not touch the frame */
    ctx->head.limit = 0;
    find_memory_for_all(ctx);
    ctx->ending = was_ending;
    ctx->head.limit = limit;
    retain->results.count = retain->sums.count = retain->phase_sums.count = 0;
    uint32_t left = 0;
    for (uint32_t i = 0; i < retain->pending.count; i++) {
        uint32_t index = pending[i];
        bool done = settle(ctx, index, final);
        list(retain, &slot_at(ctx, index)->item);
        pending[left] = index;
        left += done ? 0 : 1;
    }
    retain->pending.count = left;
    write_index(ctx);
}

static void summarise(const fai_retain *retain, fa_promotions *out)
{
    const fa_promotion_sum *sums = retain->sums.items;
    *out = (fa_promotions){.items = retain->results.items,
                           .item_count = retain->results.count,
                           .by_tag = sums,
                           .tag_count = retain->sums.count,
                           .by_phase = retain->phase_sums.items,
                           .phase_count = retain->phase_sums.count};
    for (uint32_t i = 0; i < retain->sums.count; i++) {
        out->all.promoted_count += sums[i].promoted_count;
        out->all.promoted_bytes += sums[i].promoted_bytes;
        out->all.discarded_count += sums[i].discarded_count;
        out->all.discarded_bytes += sums[i].discarded_bytes;
        out->all.failed_count += sums[i].failed_count;
        out->all.failed_bytes += sums[i].failed_bytes;
    }
    for (size_t i = 0; i < out->item_count; i++) {
        const fa_promoted *item = &out->items[i];
        out->failed_by_result[item->result] += item->result != FA_RESULT_OK ? 1 : 0;
        out->moved_to_heap_count += item->policy == FA_RETAIN_POOL && item->place == FA_RETAIN_HEAP ? 1 : 0;
    }
}

fa_result fai_frame_promote(fa_context *public_ctx, fa_promotions *out, const char *here)
{
    if (out != NULL) {
        *out = (fa_promotions){0};
    }
    fa_result check = fai_context_check(public_ctx, "fa_frame_promote", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN) {
        return fai_frame_refuse_boundary(ctx, here, "fa_frame_promote");
    }
    if (ctx->retain.pending.count > 0) {
        promote_all(ctx, false);
        if (out != NULL) {
            summarise(&ctx->retain, out);
        }
    }
    return FA_RESULT_OK;
}

/* ---- ends ---------------------------------------------------------------------------------------------- */

fa_result fai_frame_end_with_promotions(fa_context *public_ctx, fa_promotions *out, const char *here)
{
    if (out != NULL) {
        *out = (fa_promotions){0};
    }
    fa_result check = fai_context_check(public_ctx, "fa_frame_end_with_promotions", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_retain *retain = &fai_ctx(public_ctx)->retain;
    bool any = retain->pending.count > 0;
    retain->wanted = true;
    fa_result result = fai_frame_end(public_ctx, here);
    retain->wanted = false;
    if (result == FA_RESULT_OK && any && out != NULL) {
        summarise(retain, out);
    }
    return result;
}

void fai_retain_frame_ended(fai_context *ctx, bool promote)
{
    fai_retain *retain = &ctx->retain;
    free_the_dead(ctx);
    if (retain->pending.count == 0) {
        return; /* what was promoted earlier in this frame stays listed */
    }
    if (promote && (retain->wanted || !ctx->allocator->desc.discard_retained)) {
        promote_all(ctx, true);
        return;
    }
    for (uint32_t i = 0; i < retain->pending.count; i++) {
        bury(ctx, pending_at(ctx, i), SLOT_DISCARDED);
    }
    retain->pending.count = 0;
    write_index(ctx);
}

void fai_retain_rewound(fai_context *ctx, uintptr_t cursor, uint32_t oversize_from)
{
    fai_retain *retain = &ctx->retain;
    const fai_list *oversize = fai_oversize_of(ctx);
    uint32_t *pending = retain->pending.items;
    uint32_t left = 0;
    for (uint32_t i = 0; i < retain->pending.count; i++) {
        uint32_t index = pending[i];
        const fa_promoted *item = &slot_at(ctx, index)->item;
        uintptr_t at = (uintptr_t)item->original;
        bool in_frame = at - ctx->extent->base < ctx->extent->reserved_bytes;
        bool gone = in_frame && item->size_bytes > 0 && at + item->size_bytes - 1 > cursor;
        for (uint32_t k = oversize_from; k < oversize->count && !gone; k++) {
            const fai_oversize *block = (const fai_oversize *)oversize->items + k;
            gone = at == (uintptr_t)block->p || at - (uintptr_t)block->p < block->bytes;
        }
        pending[left] = index;
        left += gone ? 0 : 1;
        if (gone) {
            free_slot(ctx, index, SLOT_FREE);
        }
    }
    retain->pending.count = left;
    write_index(ctx);
}

void fai_retain_shrunk(fai_context *ctx, uintptr_t new_end, uintptr_t old_end)
{
    for (uint32_t i = 0; i < ctx->retain.pending.count; i++) {
        fa_promoted *item = &slot_at(ctx, pending_at(ctx, i))->item;
        uintptr_t at = (uintptr_t)item->original;
        if (at < old_end && at + item->size_bytes > new_end) {
            item->size_bytes = at < new_end ? new_end - at : 0;
        }
    }
}

void fai_retain_give_up(fai_context *ctx)
{
    fai_retain *retain = &ctx->retain;
    fai_list_free(ctx->allocator, &retain->slots, sizeof(slot));
    fai_list_free(ctx->allocator, &retain->pending, sizeof(uint32_t));
    fai_list_free(ctx->allocator, &retain->dead, sizeof(uint32_t));
    fai_list_free(ctx->allocator, &retain->kept, sizeof(fa_retained));
    fai_list_free(ctx->allocator, &retain->results, sizeof(fa_promoted));
    fai_list_free(ctx->allocator, &retain->sums, sizeof(fa_promotion_sum));
    fai_list_free(ctx->allocator, &retain->phase_sums, sizeof(fa_promotion_sum));
    fai_meta_free(ctx->allocator, retain->index, retain->index_count * sizeof *retain->index);
    *retain = (fai_retain){.serial = retain->serial};
}

/* ---- taking -------------------------------------------------------------------------------------------- */

static FA_COLD fa_result refuse_take(fai_context *ctx, fa_retained id, const slot *s, const char *here)
{
    bool discarded = (id & ID_DISCARD) != 0 && (uint32_t)id >> 1 < ctx->retain.slots.count;
    if (discarded || (s != NULL && s->state == SLOT_DISCARDED)) {
        return refuse(ctx, FA_CODE_FA605, FA_RESULT_NOT_FOUND, here, s, s != NULL ? s->item.original : NULL,
                      "fa_retained_take: the block was discarded with its frame, or will be");
    }
    switch (s != NULL ? s->state : SLOT_FREE) {
    case SLOT_PENDING:
        return refuse(ctx, FA_CODE_FA604, FA_RESULT_FRAME_OPEN, here, s, s->item.original,
                      "fa_retained_take: the block is not promoted before its frame ends");
    case SLOT_TAKEN:
        return refuse(ctx, FA_CODE_FA604, FA_RESULT_TAKEN, here, s, s->item.block,
                      "fa_retained_take: the block was taken already");
    case SLOT_FAILED: return fai_context_error(ctx, s->item.result);
    default:
        return refuse(ctx, FA_CODE_FA606, FA_RESULT_STALE, here, s, NULL,
                      "fa_retained_take: nothing of this context has this id, or not any more: the frame was "
                      "rewound over the block, its scratch pool was reset, or its frame is long past");
    }
}

fa_result fai_retained_take(fa_context *public_ctx, fa_retained id, void **out, const char *here)
{
    if (out != NULL) {
        *out = NULL;
    }
    fa_result check = fai_context_check(public_ctx, "fa_retained_take", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (out == NULL) {
        return refuse(ctx, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL, NULL,
                      "fa_retained_take: out is NULL");
    }
    slot *s = find(ctx, id);
    if (s == NULL || s->state != SLOT_READY || !copy_lives(ctx, s)) {
        return refuse_take(ctx, id, s, here);
    }
    *out = s->item.block;
    free_slot(ctx, (uint32_t)(s - slot_at(ctx, 0)), SLOT_TAKEN);
    return FA_RESULT_OK;
}
