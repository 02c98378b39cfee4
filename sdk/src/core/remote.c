/* remote.c - see remote.h.
 *
 * Racing frees of one block: the compare-and-swap of its state lets one of several foreign threads win, and
 * none where the owner was first. A plain store would not do even while there are only two contexts: one that
 * comes after the owner's would put a block that waits on its page into a parcel, too.
 *
 * The owner frees by a plain store, so that a foreign free just before it may win as well; then the store has
 * overwritten the state "queued", which is seen when the parcel is collected: the second free is reported
 * there, its charge is taken back, and nothing else happens. So a block is freed once, however the race ends.
 */
#include "core/remote.h"

#include "core/harden.h"
#include "core/lifecycle.h"
#include "core/pool.h"
#include "core/worker.h"
#include "debug/poison.h"

/* Empty parcels that an owner leaves for those who free for it, at most. */
#define EMPTIES_MAX 128u
/* Records are asked for so many blocks ahead: another core has them. */
#define AHEAD 8u

/* ---- parcels ------------------------------------------------------------------------------------------- */

static fa_tag entry_tag(uint64_t entry)
{
    return (fa_tag)(entry >> 32 & 0xFFFF);
}

static uint32_t entry_bytes(uint64_t entry)
{
    return (uint32_t)(entry >> 48);
}

static uint32_t entry_page(uint64_t entry)
{
    return (uint32_t)entry >> FAI_PARCEL_INDEX_BITS;
}

static uint32_t entry_index(uint64_t entry)
{
    return (uint32_t)entry & ((1u << FAI_PARCEL_INDEX_BITS) - 1);
}

static inline fai_record *entry_record(const fai_objects *objects, uint64_t entry)
{
    return &objects->pages[entry_page(entry)].records[entry_index(entry)];
}

/* An empty one, or NULL: no memory. */
static fai_parcel *parcel_take(fai_context *ctx, fai_context *owner)
{
    fai_outbox *outbox = &ctx->outbox;
    if (outbox->spare == NULL) {
        outbox->spare = atomic_exchange(&owner->inbox.empties, NULL);
    }
    fai_parcel *parcel = outbox->spare;
    if (parcel != NULL) {
        outbox->spare = parcel->next;
    } else {
        parcel = fai_meta_alloc_raw(ctx->allocator, sizeof *parcel);
    }
    if (parcel != NULL) {
        parcel->count = 0;
        parcel->bytes = 0;
    }
    return parcel;
}

static void parcels_free(fa_allocator *allocator, fai_parcel *parcel)
{
    while (parcel != NULL) {
        fai_parcel *next = parcel->next;
        fai_meta_free(allocator, parcel, sizeof *parcel);
        parcel = next;
    }
}

void fai_parcels_trim(fai_context *ctx)
{
    parcels_free(ctx->allocator, ctx->outbox.spare);
    ctx->outbox.spare = NULL;
    parcels_free(ctx->allocator, atomic_exchange(&ctx->inbox.empties, NULL));
}

/* ---- posting ------------------------------------------------------------------------------------------- */

/* Nobody is home: nobody collects what we posted, unless we do. */
static void collect_for_parked(fai_context *owner)
{
    if (!atomic_load(&owner->inbox.parked)) {
        return;
    }
    fai_mutex_lock(&owner->allocator->contexts_lock);
    if (atomic_load(&owner->state) == FAI_CONTEXT_PARKED) {
        (void)fai_inbox_take(owner, SIZE_MAX);
    }
    fai_mutex_unlock(&owner->allocator->contexts_lock);
}

static void post(fai_inbox *inbox, fai_parcel *parcel)
{
    atomic_fetch_add(&inbox->posted_bytes, parcel->bytes);
    uintptr_t mail = atomic_load(&inbox->mail);
    uintptr_t with;
    do {
        parcel->next = (fai_parcel *)(mail & ~FAI_MAIL_MARKED);
        with = (uintptr_t)parcel | (mail & FAI_MAIL_MARKED);
    } while (!atomic_compare_exchange_weak(&inbox->mail, &mail, with));
}

/* Count so many as queued, if there is room. */
static bool reserve(fai_inbox *inbox, size_t count)
{
    size_t capacity = atomic_load_explicit(&inbox->capacity, memory_order_relaxed);
    if (capacity == FA_NO_LIMIT) {
        atomic_fetch_add(&inbox->posted, count);
        return true;
    }
    size_t posted = atomic_load(&inbox->posted);
    do {
        size_t processed = atomic_load(&inbox->processed);
        size_t depth = posted > processed ? posted - processed : 0; /* posted may be of a while ago */
        if (depth > capacity || count > capacity - depth) {
            return false;
        }
    } while (!atomic_compare_exchange_weak(&inbox->posted, &posted, posted + count));
    return true;
}

static bool wait_for_room(fai_context *owner, size_t count)
{
    fa_allocator *allocator = owner->allocator;
    fai_inbox *inbox = &owner->inbox;
    int64_t deadline = fai_deadline(atomic_load_explicit(&inbox->block_timeout_ns, memory_order_relaxed));
    bool room = false;
    bool waited = count <= atomic_load_explicit(&inbox->capacity, memory_order_relaxed);
    atomic_fetch_add(&inbox->waiters, 1);
    fai_mutex_lock(&allocator->deferred_lock);
    while (!(room = reserve(inbox, count)) && waited && !atomic_load(&inbox->parked)) {
        if (deadline == FA_WAIT_FOREVER) {
            fai_cond_wait(&allocator->deferred_room, &allocator->deferred_lock);
        } else {
            waited = fai_cond_wait_until(&allocator->deferred_room, &allocator->deferred_lock, deadline);
        }
    }
    fai_mutex_unlock(&allocator->deferred_lock);
    atomic_fetch_sub(&inbox->waiters, 1);
    if (!room && atomic_load(&inbox->parked)) { /* we take in what we post */
        atomic_fetch_add(&inbox->posted, count);
        return true;
    }
    if (!room) {
        atomic_fetch_add(&inbox->timed_out, 1);
    }
    return room;
}

/* One of two frees of a block at the same time was a double free, and ours did nothing but uncharge it. */
static FA_COLD void late_double_free(fai_context *ctx, uint64_t entry)
{
    const fai_page *page = &ctx->allocator->objects.pages[entry_page(entry)];
    void *p = (void *)(fai_page_address(&ctx->allocator->objects, page) +
                       (uintptr_t)entry_index(entry) * page->block_bytes);
    fa_tag tag = entry_tag(entry);
    fai_pool_charge_any(ctx, tag, entry_bytes(entry), 1);
    fai_block block = fai_block_find(ctx->allocator, p);
    fai_report report = {.code = FA_CODE_FA607,
                         .result = FA_RESULT_DOUBLE_FREE,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = FA_HERE,
                         .address = p,
                         .bytes = entry_bytes(entry),
                         .tag = fai_tags_path(ctx->allocator, tag)};
    if (block.where == FAI_WHERE_BLOCK && block.known) {
        report.earlier = fai_block_alloc_here(&block);
        report.first_free = block.live ? NULL : fai_block_free_here(&block);
    }
    ctx->last_result = FA_RESULT_DOUBLE_FREE;
    fai_report_send(&report, "fa_pool_free: two threads freed the pool block %p at the same time", p);
}

/* The blocks of a parcel are left where they are; the owner has to look for them. Each may be somebody else's
 * as soon as it is marked. */
static FA_COLD void free_in_place(fai_context *ctx, fai_context *owner, fai_parcel *parcel)
{
    size_t late = 0;
    atomic_fetch_add(&owner->inbox.posted, parcel->count);
    for (uint32_t i = 0; i < parcel->count; i++) {
        fai_record *record = entry_record(&ctx->allocator->objects, parcel->blocks[i]);
        uint64_t state = fai_state_of(record);
        if (fai_packed_figure(state) != FAI_WAITS_QUEUED ||
            !atomic_compare_exchange_strong(&record->state, &state,
                                            fai_pack(fai_packed_site(state), FAI_WAITS_MARKED))) {
            late++;
            late_double_free(ctx, parcel->blocks[i]);
        }
    }
    atomic_fetch_sub(&owner->inbox.posted, late);
    atomic_fetch_add(&owner->inbox.in_place, parcel->count - late);
    (void)atomic_fetch_or(&owner->inbox.mail, FAI_MAIL_MARKED);
    parcel->next = ctx->outbox.spare;
    ctx->outbox.spare = parcel;
}

/* There is no room. True: there is now. @p result is that of the free that filled the parcel. */
static FA_COLD bool make_room(fai_context *owner, size_t count, fa_result *result)
{
    fai_inbox *inbox = &owner->inbox;
    fa_deferred_full full = (fa_deferred_full)atomic_load_explicit(&inbox->full, memory_order_relaxed);
    bool own = atomic_load(&owner->owner) == fai_thread_self();
    if (atomic_load(&inbox->parked) || full == FA_DEFERRED_GROW) { /* parked: we take it in ourselves */
        atomic_fetch_add(&inbox->grown, full == FA_DEFERRED_GROW ? 1 : 0);
        atomic_fetch_add(&inbox->posted, count);
        return true;
    }
    if (own && full != FA_DEFERRED_FAIL) {
        (void)fai_inbox_take(owner, SIZE_MAX);
        return reserve(inbox, count);
    }
    if (full == FA_DEFERRED_BLOCK) {
        return wait_for_room(owner, count);
    }
    *result = full == FA_DEFERRED_FAIL ? FA_RESULT_FULL : FA_RESULT_OK;
    return false;
}

fa_result fai_outbox_flush(fai_context *ctx)
{
    fai_outbox *outbox = &ctx->outbox;
    fai_parcel *parcel = outbox->parcel;
    fai_context *owner = outbox->to;
    fa_result result = FA_RESULT_OK;
    if (parcel == NULL) {
        return result;
    }
    parcel->count = (uint32_t)(outbox->next - parcel->blocks);
    outbox->parcel = NULL;
    outbox->to = NULL;
    outbox->quick_to = ctx;
    ctx->attention &= ~FAI_ATTEND_OUTBOX;
    if (parcel->count == 0) {
        parcel->next = outbox->spare;
        outbox->spare = parcel;
        return result;
    }
    if (FA_LIKELY(reserve(&owner->inbox, parcel->count)) || make_room(owner, parcel->count, &result)) {
        post(&owner->inbox, parcel);
    } else {
        free_in_place(ctx, owner, parcel);
    }
    collect_for_parked(owner);
    return result;
}

/* ---- the freeing side ---------------------------------------------------------------------------------- */

/* To be called when what forbids the inlined way may have changed. */
void fai_outbox_refresh(fai_context *ctx)
{
    bool quick = ctx->listeners.kinds == 0 && ctx->watch == NULL;
    ctx->outbox.quick_to = quick && ctx->outbox.to != NULL ? ctx->outbox.to : ctx;
}

/* A parcel to this owner, which has room, or NULL: no memory. */
static FA_COLD fai_parcel *parcel_for(fai_context *ctx, fai_context *owner)
{
    (void)fai_outbox_flush(ctx);
    fai_parcel *parcel = parcel_take(ctx, owner);
    if (parcel != NULL) {
        uint32_t batch = atomic_load_explicit(&owner->inbox.batch, memory_order_relaxed);
        ctx->outbox.to = owner;
        ctx->outbox.parcel = parcel;
        ctx->outbox.next = parcel->blocks;
        ctx->outbox.last = parcel->blocks + batch - 1;
        fai_outbox_refresh(ctx);
        ctx->attention |= FAI_ATTEND_OUTBOX;
    }
    return parcel;
}

/* No parcel: the block is marked. */
static FA_COLD void marked_in_place(fai_context *owner)
{
    atomic_fetch_add(&owner->inbox.in_place, 1);
    (void)atomic_fetch_or(&owner->inbox.mail, FAI_MAIL_MARKED);
    collect_for_parked(owner);
}

fa_result fai_remote_free(fai_context *ctx, fai_page *page, uint32_t index, const char *here)
{
    fai_record *record = &page->records[index];
    fai_context *owner = page->pool_ctx;
    uint64_t live = fai_state_of(record);
    fa_tag tag = fai_packed_figure(atomic_load_explicit(&record->alloc_here_tag, memory_order_relaxed));
    if (owner == NULL || !fai_state_is_live(live)) {
        return FA_RESULT_DOUBLE_FREE;
    }
    uint32_t number = (uint32_t)(page - ctx->allocator->objects.pages);
    fai_parcel *parcel = ctx->outbox.parcel;
    if (number >= FAI_PARCEL_PAGES) {
        parcel = NULL;
    } else if (parcel == NULL || ctx->outbox.to != owner) {
        parcel = parcel_for(ctx, owner);
    }
    if (parcel == NULL) { /* counted before somebody can find it */
        atomic_fetch_add(&owner->inbox.posted, 1);
    }
    uint64_t before = live;
    if (!atomic_compare_exchange_strong(
            &record->state, &before, fai_pack(here, parcel != NULL ? FAI_WAITS_QUEUED : FAI_WAITS_MARKED))) {
        atomic_fetch_sub(&owner->inbox.posted, parcel == NULL ? 1 : 0);
        return FA_RESULT_DOUBLE_FREE;
    }
    uint32_t bytes = (uint32_t)fai_state_size(live);
    fai_pool_charge_any(ctx, tag, (size_t)0 - bytes, (size_t)0 - 1);
    fai_figure_add(&ctx->frees_sent, 1);
    if (parcel == NULL) {
        marked_in_place(owner);
        return FA_RESULT_OK;
    }
    *ctx->outbox.next++ = fai_parcel_entry(number, index, tag, bytes);
    parcel->bytes += bytes;
    if (ctx->outbox.next > ctx->outbox.last ||
        atomic_load_explicit(&owner->inbox.parked, memory_order_relaxed)) {
        return fai_outbox_flush(ctx);
    }
    return FA_RESULT_OK;
}

/* ---- the owner's side ---------------------------------------------------------------------------------- */

/* Blocks from @p i on that lie on one page, our own. @return The first one that is left. */
static uint32_t collect_page(fai_context *ctx, const fai_parcel *parcel, uint32_t i, uint32_t to,
                             fai_page *page)
{
    const uint32_t number = entry_page(parcel->blocks[i]);
    fai_record *records = page->records;
    uint16_t *stack = page->stack;
    uint32_t count = page->free_count;
    const uint32_t watch = page->watch_count;
    const bool hardened = fai_is_hardened(ctx->allocator);
    for (; i < to && entry_page(parcel->blocks[i]) == number; i++) {
        uint32_t index = entry_index(parcel->blocks[i]);
        if (i + AHEAD < to && entry_page(parcel->blocks[i + AHEAD]) == number) {
            __builtin_prefetch(&records[entry_index(parcel->blocks[i + AHEAD])], 1);
        }
        uint64_t state = index < page->capacity ? fai_state_of(&records[index]) : FAI_STATE_NEVER;
        if (FA_UNLIKELY(fai_packed_figure(state) != FAI_WAITS_QUEUED)) {
            page->free_count = count;
            ctx->inbox.held_count = i + 1; /* the handler may end the thread */
            late_double_free(ctx, parcel->blocks[i]);
            return i + 1;
        }
        void *p = (void *)(page->address + (uintptr_t)index * page->block_bytes);
        fai_poison_dead(p, page->block_bytes, FA_PATTERN_FREED);
        if (FA_UNLIKELY(hardened)) {
            fai_harden_seal(ctx->allocator, p, page->block_bytes);
        }
        fai_state_set(&records[index], fai_pack(fai_packed_site(state), FAI_WAITS_ON_PAGE));
        stack[count++] = (uint16_t)index;
        if (FA_UNLIKELY(count == watch)) {
            page->free_count = count;
            fai_class_settle(ctx->allocator, page);
            return i + 1;
        }
    }
    page->free_count = count;
    return i;
}

static void collect_blocks(fai_context *ctx, const fai_parcel *parcel, uint32_t from, uint32_t to)
{
    const fai_objects *objects = &ctx->allocator->objects;
    __builtin_prefetch(parcel->next);
    for (uint32_t i = from; i < to && i < from + AHEAD; i++) {
        __builtin_prefetch(entry_record(objects, parcel->blocks[i]), 1);
    }
    for (uint32_t i = from; i < to;) {
        fai_page *page = &objects->pages[entry_page(parcel->blocks[i])];
        if (FA_LIKELY(page->pool_ctx == ctx)) {
            i = collect_page(ctx, parcel, i, to, page);
            continue;
        }
        ctx->inbox.held_count = i + 1;
        late_double_free(ctx, parcel->blocks[i++]);
    }
}

static size_t sweep(fai_context *ctx)
{
    size_t count = 0;
    for (uint32_t i = 0; i < FAI_CLASS_COUNT; i++) {
        count += fai_class_sweep(ctx->allocator, &ctx->pool[i]);
    }
    return count;
}

/* More than the queue held when it was last taken in. */
static void note_peak(fai_inbox *inbox)
{
    size_t depth =
        atomic_load(&inbox->posted) - atomic_load_explicit(&inbox->processed, memory_order_relaxed);
    if (depth > atomic_load_explicit(&inbox->peak, memory_order_relaxed)) {
        atomic_store_explicit(&inbox->peak, depth, memory_order_relaxed);
    }
}

static uint32_t held_bytes(const fai_parcel *parcel, uint32_t from, uint32_t to)
{
    uint32_t bytes = 0;
    if (from == 0 && to == parcel->count) {
        return parcel->bytes;
    }
    for (uint32_t i = from; i < to; i++) {
        bytes += entry_bytes(parcel->blocks[i]);
    }
    return bytes;
}

/* Emptied parcels go back to those who fill them. */
static void leave_empties(fai_context *ctx, fai_parcel *emptied, fai_parcel *last, uint32_t count)
{
    if (emptied == NULL) {
        return;
    }
    if (count <= EMPTIES_MAX && !atomic_load(&ctx->inbox.parked) &&
        atomic_load_explicit(&ctx->inbox.empties, memory_order_relaxed) == NULL) {
        last->next = NULL;
        atomic_store_explicit(&ctx->inbox.empties, emptied, memory_order_release);
    } else {
        last->next = NULL;
        parcels_free(ctx->allocator, emptied);
    }
}

static void wake_waiters(fai_context *ctx)
{
    if (FA_UNLIKELY(atomic_load(&ctx->inbox.waiters) != 0)) {
        fa_allocator *allocator = ctx->allocator;
        fai_mutex_lock(&allocator->deferred_lock);
        fai_cond_wake_all(&allocator->deferred_room);
        fai_mutex_unlock(&allocator->deferred_lock);
    }
}

size_t fai_inbox_take(fai_context *ctx, size_t most)
{
    fai_inbox *inbox = &ctx->inbox;
    fai_parcel *emptied = NULL;
    fai_parcel *last = NULL;
    uint32_t emptied_count = 0;
    size_t count = 0;
    size_t bytes = 0;
    bool fetched = false;
    if (most == 0 || inbox->taking || (inbox->held == NULL && !fai_inbox_has_mail(inbox))) {
        return 0;
    }
    inbox->taking = true; /* a report's handler may allocate */
    note_peak(inbox);
    while (count < most) {
        if (inbox->held == NULL) { /* what came first is processed first */
            if (fetched) {
                break;
            }
            fetched = true;
            uintptr_t mail = atomic_exchange(&inbox->mail, 0);
            inbox->held = (fai_parcel *)(mail & ~FAI_MAIL_MARKED);
            inbox->held_count = 0;
            if ((mail & FAI_MAIL_MARKED) != 0) {
                count += sweep(ctx);
            }
            continue;
        }
        fai_parcel *parcel = inbox->held;
        uint32_t from = inbox->held_count;
        uint32_t to = parcel->count - from <= most - count ? parcel->count : from + (uint32_t)(most - count);
        collect_blocks(ctx, parcel, from, to);
        count += to - from;
        bytes += held_bytes(parcel, from, to);
        inbox->held_count = to;
        if (to == parcel->count) {
            inbox->held = parcel->next;
            inbox->held_count = 0;
            parcel->next = emptied;
            emptied = parcel;
            last = last == NULL ? parcel : last;
            emptied_count++;
        }
    }
    leave_empties(ctx, emptied, last, emptied_count);
    inbox->taking = false;
    if (count > 0) {
        fai_figure_add(&inbox->processed_bytes, bytes);
        atomic_fetch_add(&inbox->processed, count); /* before we look whether somebody waits */
        wake_waiters(ctx);
    }
    if (count > 0 && atomic_load(&ctx->owner) == fai_thread_self()) {
        fai_figure_add(&ctx->frees_processed, count);
        fai_frame_count_add(ctx, &ctx->frees_processed_now, count);
        fai_lifecycle_tell(ctx, FA_LIFECYCLE_FREES_PROCESSED, 0, count, NULL);
    }
    return count;
}

void fai_inbox_collect(fai_owner *owner)
{
    (void)fai_inbox_take(owner->ctx, SIZE_MAX);
}

void fai_inbox_collect_at(fai_context *ctx, uint32_t when)
{
    if ((ctx->deferred.drain & when) != 0) {
        (void)fai_inbox_take(ctx, ctx->deferred.at_once_count);
    }
}
