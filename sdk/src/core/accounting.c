/* accounting.c - one walk over everything that holds memory of the backing: extents, object pages, metadata.
 *
 * Nothing is kept for it: pages know their family, records the size asked for, extents their ends. What a
 * walk costs nobody pays who does not ask. */
#include "framealloc/accounting.h"

#include "core/arena.h"
#include "core/context.h"
#include "core/shared.h"
#include "core/typed_pool.h"
#include "debug/ghost.h"
#include "debug/watch.h"
#include "platform/probe.h"

/* ---- rows ----------------------------------------------------------------------------------------------- */

static void add_figure(uint64_t *sum, uint64_t more)
{
    *sum = *sum == FA_UNKNOWN || more == FA_UNKNOWN ? FA_UNKNOWN : *sum + more;
}

static void add_resident(fa_account *row, uintptr_t p, size_t bytes)
{
    size_t resident = 0;
    bool known = bytes == 0 || fai_resident_bytes((const void *)p, bytes, &resident);
    add_figure(&row->resident_bytes, known ? resident : FA_UNKNOWN);
}

/* @p requested may be FA_UNKNOWN. */
static void add_used(fa_account *row, uint64_t requested, uint64_t used)
{
    requested = used == 0 ? 0 : requested;
    add_figure(&row->requested_bytes, requested);
    add_figure(&row->padding_bytes, requested != FA_UNKNOWN ? used - requested : FA_UNKNOWN);
    row->used_bytes += used;
}

static void add_extent(fa_account *row, const fai_extent *extent, uint64_t requested, uint64_t used)
{
    add_used(row, requested, used);
    row->committed_bytes += fai_extent_committed(extent);
    row->reserved_bytes += extent->reserved_bytes;
    add_resident(row, extent->base, fai_extent_committed(extent));
}

/* ---- contexts ------------------------------------------------------------------------------------------- */

/* What was asked for of the open frame, if every request of it was seen and none was taken back. */
static uint64_t frame_requested(const fai_context *ctx)
{
    const fai_watch *watch = ctx->watch;
    bool seen = watch != NULL && watch->whole && ctx->oversize_bytes == 0 &&
                (ctx->attention & (FAI_ATTEND_MARKS | FAI_ATTEND_HIGH)) == 0;
    return seen ? watch->frame_requested : FA_UNKNOWN;
}

static void add_frames(const fai_context *ctx, fa_account *row)
{
    bool open = fai_frame_state_of(ctx) != FAI_FRAME_CLOSED;
    for (uint32_t i = 0; i < ctx->frames_in_flight; i++) {
        const fai_extent *extent = &ctx->extents[i];
        bool current = open && extent == ctx->extent;
        size_t used = current ? ctx->head.cursor - extent->start : ctx->in_flight_bytes[i];
        uint64_t requested = current ? frame_requested(ctx) : FA_UNKNOWN;
        add_extent(row, extent, requested, used);
        if (ctx->ghosts != NULL && ctx->ghosts->away[i]) {
            row->reserved_bytes -= extent->reserved_bytes; /* they lie in the window */
            add_extent(row, &ctx->ghosts->home[i], 0, 0);
        }
    }
}

static void add_ghosts(const fai_ghosts *g, fa_account *row)
{
    uint64_t records = atomic_load(&g->record_head);
    uint64_t frames = atomic_load(&g->frame_head);
    records = (records < g->record_capacity ? records : g->record_capacity) * sizeof(fai_ghost_record);
    frames = (frames < g->frame_capacity ? frames : g->frame_capacity) * sizeof(fai_ghost_frame);
    add_extent(row, &g->record_store, records, records);
    add_extent(row, &g->frame_store, frames, frames);
    row->reserved_bytes += g->window_bytes;
    row->committed_bytes += g->stuck_bytes; /* scattered over the window, and no use to anybody */
    if (g->stuck_bytes != 0) {
        row->resident_bytes = FA_UNKNOWN;
    }
}

static void add_context(const fai_context *ctx, fa_accounting *out)
{
    add_frames(ctx, &out->rows[FA_ACCOUNT_FRAME]);
    for (const fai_arena *arena = ctx->arenas; arena != NULL; arena = arena->next) {
        bool scratch = arena->role == FAI_ARENA_SCRATCH;
        fa_account *row = &out->rows[scratch ? FA_ACCOUNT_SCRATCH : FA_ACCOUNT_ARENA];
        add_extent(row, &arena->extent, FA_UNKNOWN, arena->head.cursor - arena->extent.start);
        if (fai_arena_is_ghost(arena)) {
            row->reserved_bytes -= arena->extent.reserved_bytes; /* they lie in the window */
            add_extent(row, &arena->ghosts->home[0], 0, 0);
        }
        if (arena->ghosts != NULL) {
            add_ghosts(arena->ghosts, &out->rows[FA_ACCOUNT_GHOST]);
        }
    }
    if (ctx->ghosts != NULL) {
        add_ghosts(ctx->ghosts, &out->rows[FA_ACCOUNT_GHOST]);
    }
}

/* ---- what all threads share ------------------------------------------------------------------------------ */

static void add_block(void *user, fa_tag tag, const char *site, size_t bytes)
{
    (void)tag;
    (void)site;
    *(uint64_t *)user += bytes;
}

static void add_shared(fai_shared *shared, fa_accounting *out)
{
    if (shared->extent.reserved_bytes == 0) {
        return; /* its blocks lie on object pages */
    }
    if (shared->arena_bytes != NULL) {
        add_extent(&out->rows[FA_ACCOUNT_SHARED_ARENA], &shared->extent, FA_UNKNOWN,
                   shared->arena_bytes(shared));
        return;
    }
    uint64_t requested = 0;
    shared->each_block(shared, add_block, &requested);
    add_extent(&out->rows[FA_ACCOUNT_HANDLE], &shared->extent, requested, shared->used_bytes(shared));
}

/* ---- object pages --------------------------------------------------------------------------------------- */

static fa_account_row row_of_page(const fai_page *page)
{
    switch ((fai_family)page->family) {
    case FAI_FAMILY_POOL: return FA_ACCOUNT_POOL;
    case FAI_FAMILY_TYPED: return FA_ACCOUNT_TYPED_POOL;
    case FAI_FAMILY_GROUP: return FA_ACCOUNT_GROUP;
    case FAI_FAMILY_STREAM: return FA_ACCOUNT_STREAM;
    default: return FA_ACCOUNT_HEAP;
    }
}

static void add_class_page(fai_page *page, fa_account *row)
{
    fai_block block = {.where = FAI_WHERE_BLOCK, .family = (fai_family)page->family, .page = page};
    uint64_t requested = 0;
    uint64_t used = 0;
    for (block.index = 0; block.index < page->capacity; block.index++) {
        uint64_t state = fai_state_of(&page->records[block.index]);
        block.p = (void *)(page->address + (uintptr_t)block.index * page->block_bytes);
        if (fai_state_is_live(state) && (block.family != FAI_FAMILY_TYPED || !fai_typed_holds_free(&block))) {
            requested += fai_state_size(state);
            used += page->block_bytes;
        }
    }
    add_used(row, requested, used);
}

/* Pages in use have memory throughout; free ones one by one. */
static void add_pages(fai_objects *objects, fa_accounting *out)
{
    uint32_t frontier = atomic_load(&objects->frontier);
    fa_account *spare = &out->rows[FA_ACCOUNT_SPARE];
    spare->reserved_bytes += objects->bytes - ((uint64_t)(frontier - 1) << FAI_PAGE_SHIFT);
    for (uint32_t i = 1; i < frontier;) {
        fai_page *page = &objects->pages[i];
        fai_page_kind kind = fai_page_kind_of(page);
        uint32_t length = kind == FAI_PAGE_LARGE ? page->span_pages : 1;
        size_t bytes = (size_t)length << FAI_PAGE_SHIFT;
        bool used = kind == FAI_PAGE_LARGE || kind == FAI_PAGE_CLASS;
        fa_account *row = used ? &out->rows[row_of_page(page)] : spare;
        row->reserved_bytes += bytes;
        if (page->committed) {
            row->committed_bytes += bytes;
            add_resident(row, fai_page_address(objects, page), bytes);
        }
        if (kind == FAI_PAGE_LARGE) {
            add_used(row, page->large_bytes, bytes);
        } else if (kind == FAI_PAGE_CLASS) {
            add_class_page(page, row);
        }
        i += length;
    }
}

static void add_metadata(fa_allocator *allocator, fa_account *row)
{
    fai_meta *meta = &allocator->meta;
    fai_objects *objects = &allocator->objects;
    fai_mutex_lock(&meta->lock);
    size_t root = fai_round_up(sizeof *allocator, 64);
    add_extent(row, &meta->extent, sizeof *allocator + meta->requested_bytes, root + meta->used_bytes);
    fai_mutex_unlock(&meta->lock);
    uint64_t descs = (uint64_t)atomic_load(&objects->frontier) * sizeof(fai_page);
    add_extent(row, &objects->descs, descs, descs);
}

/* ---- all ------------------------------------------------------------------------------------------------ */

static void add_up(fa_accounting *out)
{
    for (uint32_t i = 0; i < FA_ACCOUNT_COUNT; i++) {
        fa_account *row = &out->rows[i];
        row->free_bytes = row->committed_bytes - row->used_bytes;
        add_figure(&out->total.requested_bytes, row->requested_bytes);
        add_figure(&out->total.padding_bytes, row->padding_bytes);
        add_figure(&out->total.resident_bytes, row->resident_bytes);
        out->total.used_bytes += row->used_bytes;
        out->total.free_bytes += row->free_bytes;
        out->total.committed_bytes += row->committed_bytes;
        out->total.reserved_bytes += row->reserved_bytes;
    }
}

fa_result fa_accounting_get(fa_allocator *allocator, fa_accounting *out)
{
    if (!fai_allocator_alive(allocator) || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = (fa_accounting){0};
    fai_mutex_lock(&allocator->contexts_lock);
    for (const fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        add_context(ctx, out);
    }
    for (const fai_context *ctx = allocator->parked; ctx != NULL; ctx = ctx->next) {
        add_context(ctx, out);
    }
    for (fai_shared *shared = allocator->shared; shared != NULL; shared = shared->next) {
        add_shared(shared, out);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    fai_mutex_lock(&allocator->objects.heap_lock);
    fai_mutex_lock(&allocator->objects.lock);
    add_pages(&allocator->objects, out);
    fai_mutex_unlock(&allocator->objects.lock);
    fai_mutex_unlock(&allocator->objects.heap_lock);
    add_metadata(allocator, &out->rows[FA_ACCOUNT_METADATA]);
    add_up(out);
    return FA_RESULT_OK;
}

const char *fa_account_row_name(fa_account_row row)
{
    static const char *const names[] = {
#define FA_X(name, meaning) #name,
        FA_ACCOUNT_TABLE(FA_X)
#undef FA_X
    };
    return (unsigned)row < FA_ACCOUNT_COUNT ? names[row] : "UNKNOWN";
}
