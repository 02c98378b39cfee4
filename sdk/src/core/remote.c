/* remote.c - see remote.h.
 *
 * Racing frees of one block: the compare-and-swap of its state lets one of several foreign threads win. The
 * owner frees by a plain store, so that a foreign free at the very same time may win as well; then the store
 * has overwritten the state "queued", which is seen when the parcel is collected: the second free is reported
 * there, its charge is taken back, and nothing else happens. So a block is freed once, however the race
 * ends. */
#include "core/remote.h"

#include "core/lifecycle.h"
#include "core/pool.h"
#include "debug/poison.h"

/* ---- the freeing side ---------------------------------------------------------------------------------- */

/* Nobody is home: nobody collects what we posted, unless we do. */
static void collect_for_parked(fai_context *owner)
{
    if (atomic_load(&owner->state) != FAI_CONTEXT_PARKED) {
        return;
    }
    fai_mutex_lock(&owner->allocator->contexts_lock);
    if (atomic_load(&owner->state) == FAI_CONTEXT_PARKED) {
        fai_inbox_collect(owner->allocator, &owner->owner_of_pool);
    }
    fai_mutex_unlock(&owner->allocator->contexts_lock);
}

static void post(fai_inbox *inbox, fai_parcel *parcel)
{
    uintptr_t mail = atomic_load(&inbox->mail);
    uintptr_t with;
    do {
        parcel->next = (fai_parcel *)(mail & ~FAI_MAIL_MARKED);
        with = (uintptr_t)parcel | (mail & FAI_MAIL_MARKED);
    } while (!atomic_compare_exchange_weak(&inbox->mail, &mail, with));
}

void fai_outbox_flush(fai_context *ctx)
{
    fai_outbox *outbox = &ctx->outbox;
    if (outbox->parcel != NULL) {
        post(&outbox->to->inbox, outbox->parcel);
        outbox->parcel = NULL;
        ctx->attention &= ~FAI_ATTEND_OUTBOX;
        collect_for_parked(outbox->to);
    }
}

/* A parcel to this owner with room, or NULL: no memory. */
static FA_COLD fai_parcel *parcel_for(fai_context *ctx, fai_context *owner)
{
    fai_outbox_flush(ctx);
    fai_parcel *parcel = fai_meta_alloc_raw(ctx->allocator, sizeof *parcel);
    if (parcel != NULL) {
        parcel->count = 0;
        ctx->outbox = (fai_outbox){owner, parcel};
        ctx->attention |= FAI_ATTEND_OUTBOX;
    }
    return parcel;
}

bool fai_remote_free(fai_context *ctx, fai_page *page, uint32_t index, const char *here)
{
    fai_record *record = &page->records[index];
    fai_context *owner = page->pool_ctx;
    uint64_t live = fai_state_of(record);
    fa_tag tag = fai_packed_figure(atomic_load_explicit(&record->alloc_here_tag, memory_order_relaxed));
    void *p = (void *)(page->address + (uintptr_t)index * page->block_bytes);
    if (owner == NULL || !fai_state_is_live(live)) {
        return false;
    }
    fai_parcel *parcel = ctx->outbox.parcel;
    if (parcel == NULL || ctx->outbox.to != owner || parcel->count == FAI_PARCEL_BLOCKS) {
        parcel = parcel_for(ctx, owner);
    }
    uint64_t freed = fai_pack(here, parcel != NULL ? FAI_WAITS_QUEUED : FAI_WAITS_MARKED);
    if (!atomic_compare_exchange_strong(&record->state, &live, freed)) {
        return false;
    }
    uint32_t bytes = (uint32_t)fai_state_size(live);
    fai_pool_charge_any(ctx, tag, (size_t)0 - bytes, (size_t)0 - 1);
    fai_figure_add(&ctx->frees_sent, 1);
    if (parcel == NULL) {
        (void)atomic_fetch_or(&owner->inbox.mail, FAI_MAIL_MARKED);
        collect_for_parked(owner);
        return true;
    }
    parcel->blocks[parcel->count].p = p;
    parcel->blocks[parcel->count].tag = tag;
    parcel->blocks[parcel->count].bytes = bytes;
    parcel->count++;
    if (FA_UNLIKELY(atomic_load_explicit(&owner->inbox.parked, memory_order_relaxed))) {
        fai_outbox_flush(ctx);
    }
    return true;
}

/* ---- the owner's side ---------------------------------------------------------------------------------- */

/* The owner freed the block at the same time: one of the two was a double free, and ours did nothing but
 * uncharge it. */
static FA_COLD void late_double_free(fai_context *ctx, void *p, fa_tag tag, uint32_t bytes)
{
    fai_pool_charge_any(ctx, tag, bytes, 1);
    fai_block block = fai_block_find(ctx->allocator, p);
    fai_report report = {.code = FA_CODE_FA607,
                         .result = FA_RESULT_DOUBLE_FREE,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = FA_HERE,
                         .address = p,
                         .bytes = bytes,
                         .tag = fai_tags_path(ctx->allocator, tag)};
    if (block.where == FAI_WHERE_BLOCK && block.known) {
        report.earlier = fai_block_alloc_here(&block);
        report.first_free = block.live ? NULL : fai_block_free_here(&block);
    }
    ctx->last_result = FA_RESULT_DOUBLE_FREE;
    fai_report_send(&report, "fa_pool_free: two threads freed the pool block %p at the same time", p);
}

static size_t collect_parcel(fa_allocator *allocator, fai_context *ctx, fai_parcel *parcel)
{
    size_t count = 0;
    for (uint32_t i = 0; i < parcel->count; i++) {
        void *p = parcel->blocks[i].p;
        fai_page *page = fai_page_of(&allocator->objects, p);
        uint32_t index = fai_page_index(page, (uint32_t)((uintptr_t)p & (FAI_PAGE_BYTES - 1)));
        if (FA_LIKELY(page->pool_ctx == ctx && index < page->capacity)) {
            uint64_t state = fai_state_of(&page->records[index]);
            if (FA_LIKELY(fai_packed_figure(state) == FAI_WAITS_QUEUED)) {
                fai_class_free(allocator, page, index, fai_packed_site(state));
                count++;
                continue;
            }
        }
        late_double_free(ctx, p, parcel->blocks[i].tag, parcel->blocks[i].bytes);
    }
    return count;
}

void fai_inbox_collect(fa_allocator *allocator, fai_owner *owner)
{
    fai_inbox *inbox = owner->inbox;
    if (!fai_inbox_has_mail(inbox)) {
        return;
    }
    size_t count = 0;
    uintptr_t mail = atomic_exchange(&inbox->mail, 0);
    if ((mail & FAI_MAIL_MARKED) != 0) {
        for (uint32_t i = 0; i < FAI_CLASS_COUNT; i++) {
            count += fai_class_sweep(allocator, &owner->ctx->pool[i]);
        }
    }
    size_t home = count;
    for (fai_parcel *parcel = (fai_parcel *)(mail & ~FAI_MAIL_MARKED); parcel != NULL;) {
        fai_parcel *next = parcel->next;
        home += parcel->count;
        count += collect_parcel(allocator, owner->ctx, parcel);
        fai_meta_free(allocator, parcel, sizeof *parcel);
        parcel = next;
    }
    fai_context *ctx = owner->ctx;
    atomic_fetch_add_explicit(&ctx->frees_home, home, memory_order_relaxed);
    if (count > 0 && atomic_load(&ctx->owner) == fai_thread_self()) {
        fai_figure_add(&ctx->frees_processed, count);
        fai_frame_count_add(ctx, &ctx->frees_processed_now, count);
        fai_lifecycle_tell(ctx, FA_LIFECYCLE_FREES_PROCESSED, 0, count, NULL);
    }
}
