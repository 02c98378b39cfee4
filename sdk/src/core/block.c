/* block.c - what a pointer is, judged without reading what it points to. */
#include <stdio.h>

#include "core/allocator.h"
#include "core/arena.h"
#include "core/context.h"
#include "core/shared.h"
#include "core/typed_pool.h"
#include "debug/ghost.h"
#include "framealloc/block.h"

const char *fai_family_name(fai_family family)
{
    switch (family) {
    case FAI_FAMILY_POOL: return "pool";
    case FAI_FAMILY_HEAP: return "heap";
    case FAI_FAMILY_TYPED: return "typed pool";
    case FAI_FAMILY_FRAME: return "frame";
    case FAI_FAMILY_GROUP: return "group";
    case FAI_FAMILY_HANDLE: return "handle";
    case FAI_FAMILY_STREAM: return "stream";
    default: return "unknown";
    }
}

/* ---- lookup -------------------------------------------------------------------------------------------- */

/* Which block of a page cut into blocks an offset starts; UINT32_MAX when none. */
static uint32_t index_of(uint32_t offset, uint32_t block_bytes)
{
    return offset % block_bytes == 0 && offset / block_bytes < FAI_PAGE_BYTES / block_bytes
               ? offset / block_bytes
               : UINT32_MAX;
}

static void find_in_class(fai_block *block, uint32_t offset)
{
    fai_page *page = block->page;
    block->index = (uint32_t)((uint64_t)offset * page->reciprocal >> 32);
    if (block->index >= page->capacity || block->index * page->block_bytes != offset) {
        return;
    }
    uint64_t state = fai_state_of(&page->records[block->index]);
    block->where = FAI_WHERE_BLOCK;
    block->known = (state & FAI_SITE_MASK) != FAI_SITE_MASK;
    block->live = fai_state_is_live(state);
}

/* A page that holds nothing now: the starts of the blocks it held are known. */
static void find_in_free(fai_block *block, uint32_t offset)
{
    const fai_page *page = block->page;
    bool was_large = page->block_bytes == FAI_LARGE && offset == 0;
    bool was_class = page->block_bytes != FAI_LARGE && page->block_bytes != 0 &&
                     index_of(offset, page->block_bytes) != UINT32_MAX;
    if (was_large || was_class) {
        block->where = FAI_WHERE_BLOCK;
        block->known = true;
    }
}

fai_block fai_block_find(const fa_allocator *allocator, const void *p)
{
    const fai_objects *objects = &allocator->objects;
    fai_block block = {.where = FAI_WHERE_OUTSIDE, .p = (void *)(uintptr_t)p};
    if ((uintptr_t)p - objects->base >= objects->bytes) {
        return block;
    }
    block.where = FAI_WHERE_INSIDE;
    fai_page *page = fai_page_of(objects, p);
    if (page == NULL || page == objects->pages) {
        return block;
    }
    uint32_t offset = (uint32_t)((uintptr_t)p & (FAI_PAGE_BYTES - 1));
    if (fai_page_kind_of(page) == FAI_PAGE_TAIL) {
        block.page = page - page->span_pages;
        block.family = (fai_family)block.page->family;
        return block;
    }
    block.page = page;
    block.family = (fai_family)page->family;
    switch (fai_page_kind_of(page)) {
    case FAI_PAGE_CLASS: find_in_class(&block, offset); break;
    case FAI_PAGE_FREE: find_in_free(&block, offset); break;
    case FAI_PAGE_LARGE:
        if (offset == 0) {
            block.where = FAI_WHERE_BLOCK;
            block.known = true;
            block.live = atomic_load(&page->large_live) != 0;
        }
        break;
    default: break;
    }
    return block;
}

/* NULL: it has none (any more). */
static const fai_record *record_of(const fai_block *block)
{
    if (block->page == NULL) {
        return NULL;
    }
    switch (fai_page_kind_of(block->page)) {
    case FAI_PAGE_CLASS:
        return block->index < block->page->capacity ? &block->page->records[block->index] : NULL;
    case FAI_PAGE_LARGE: return &block->page->large;
    default: return NULL;
    }
}

size_t fai_block_size(const fai_block *block)
{
    const fai_record *record = record_of(block);
    if (record == NULL) {
        return 0;
    }
    if (fai_page_kind_of(block->page) == FAI_PAGE_LARGE) {
        return block->page->large_bytes;
    }
    uint64_t state = fai_state_of(record);
    return fai_state_is_live(state) ? fai_state_size(state) : block->page->block_bytes;
}

fa_tag fai_block_tag(const fai_block *block)
{
    const fai_record *record = record_of(block);
    return record != NULL
               ? fai_packed_figure(atomic_load_explicit(&record->alloc_here_tag, memory_order_relaxed))
               : FA_TAG_NONE;
}

const char *fai_block_alloc_here(const fai_block *block)
{
    const fai_record *record = record_of(block);
    return record != NULL
               ? fai_packed_site(atomic_load_explicit(&record->alloc_here_tag, memory_order_relaxed))
               : NULL;
}

const char *fai_block_free_here(const fai_block *block)
{
    const fai_record *record = record_of(block);
    if (record != NULL && record != &block->page->large) {
        uint64_t state = fai_state_of(record);
        bool was_freed = !fai_state_is_live(state) && (state & FAI_SITE_MASK) != FAI_SITE_MASK;
        return was_freed ? fai_packed_site(state) : NULL;
    }
    return block->page != NULL ? atomic_load_explicit(&block->page->free_here, memory_order_relaxed) : NULL;
}

/* ---- refusal ------------------------------------------------------------------------------------------- */

/* Name the frame or arena that a pointer lies in. False: none of this allocator's. */
static bool describe_bump(fa_allocator *allocator, const void *p, char *out, size_t capacity)
{
    bool found = false;
    fai_mutex_lock(&allocator->contexts_lock);
    for (fai_context *ctx = allocator->contexts; ctx != NULL && !found; ctx = ctx->next) {
        const fai_arena *arena = fai_arena_owning(ctx, p);
        for (uint32_t i = 0; i < ctx->frames_in_flight && !found; i++) {
            found = (uintptr_t)p - ctx->extents[i].base < ctx->extents[i].reserved_bytes;
        }
        if (found) {
            snprintf(out, capacity, "frame memory of context %s", ctx->name);
        } else if (arena != NULL) {
            snprintf(out, capacity, "memory of arena %s", arena->name);
            found = true;
        }
    }
    for (const fai_shared *shared = allocator->shared; shared != NULL && !found; shared = shared->next) {
        if ((uintptr_t)p - shared->extent.base < shared->extent.reserved_bytes) {
            snprintf(out, capacity, "memory of %s %s", shared->kind, shared->name);
            found = true;
        }
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return found;
}

static fa_result refuse_outside(fai_report *report, const fai_block *block, fai_family wanted,
                                const char *call)
{
    char what[96];
    if (describe_bump(report->allocator, block->p, what, sizeof what)) {
        report->result = FA_RESULT_WRONG_FAMILY;
        report->tag = "unknown";
        return fai_report_send(report, "%s: %p is %s, not a %s block; it is freed with what it lies in", call,
                               block->p, what, fai_family_name(wanted));
    }
    report->result = FA_RESULT_FOREIGN_POINTER;
    return fai_report_send(report, "%s: %p was not allocated by allocator %s", call, block->p,
                           report->allocator->name);
}

static fa_result refuse_inside(fai_report *report, const fai_block *block, const char *call)
{
    report->result = FA_RESULT_FOREIGN_POINTER;
    const fai_objects *objects = &report->allocator->objects;
    fai_page_kind kind = block->page != NULL ? fai_page_kind_of(block->page) : FAI_PAGE_UNUSED;
    if (block->where == FAI_WHERE_INSIDE && (kind == FAI_PAGE_CLASS || kind == FAI_PAGE_LARGE)) {
        uintptr_t start = fai_page_address(objects, block->page);
        start += kind == FAI_PAGE_CLASS ? (uintptr_t)block->index * block->page->block_bytes : 0;
        report->earlier = fai_block_alloc_here(block);
        report->bytes = fai_block_size(block);
        return fai_report_send(report, "%s: %p lies %zu bytes behind the start of a %s block at %p", call,
                               block->p, (size_t)((uintptr_t)block->p - start),
                               fai_family_name(block->family), (void *)start);
    }
    return fai_report_send(report, "%s: %p was never handed out by allocator %s", call, block->p,
                           report->allocator->name);
}

fa_result fai_block_refuse(fa_context *ctx, const fai_block *block, fai_family wanted, const char *call,
                           const char *here)
{
    fai_report report = {.code = FA_CODE_FA607,
                         .allocator = fai_ctx(ctx)->allocator,
                         .ctx = ctx,
                         .here = here,
                         .address = block->p};
    fai_ctx(ctx)->last_result = FA_RESULT_FOREIGN_POINTER;
    if (block->where == FAI_WHERE_OUTSIDE) {
        fai_ctx(ctx)->last_result = refuse_outside(&report, block, wanted, call);
        return fai_ctx(ctx)->last_result;
    }
    if (block->where == FAI_WHERE_INSIDE || !block->known) {
        return refuse_inside(&report, block, call);
    }
    report.earlier = fai_block_alloc_here(block);
    report.bytes = fai_block_size(block);
    report.tag = record_of(block) != NULL ? fai_tags_path(report.allocator, fai_block_tag(block)) : NULL;
    if (!block->live || (block->family == FAI_FAMILY_TYPED && fai_typed_holds_free(block))) {
        report.first_free = block->live ? fai_typed_free_here(block) : fai_block_free_here(block);
        report.result = fai_ctx(ctx)->last_result = FA_RESULT_DOUBLE_FREE;
        return fai_report_send(&report, "%s: the %s block %p is free already", call,
                               fai_family_name(block->family), block->p);
    }
    report.result = fai_ctx(ctx)->last_result = FA_RESULT_WRONG_FAMILY;
    return fai_report_send(&report, "%s: %p is a live %s block, not one of %s", call, block->p,
                           fai_family_name(block->family),
                           wanted == block->family ? "this typed pool" : fai_family_name(wanted));
}

/* ---- find ---------------------------------------------------------------------------------------------- */

const char *fa_lifetime_name(fa_lifetime lifetime)
{
    static const char *const names[] = {
#define FA_X(name, text) text,
        FA_LIFETIME_TABLE(FA_X)
#undef FA_X
    };
    return (unsigned)lifetime < FA_LIFETIME_COUNT ? names[lifetime] : names[FA_LIFETIME_UNKNOWN];
}

static fa_lifetime lifetime_of(fai_family family)
{
    switch (family) {
    case FAI_FAMILY_POOL: return FA_LIFETIME_POOL;
    case FAI_FAMILY_HEAP: return FA_LIFETIME_HEAP;
    case FAI_FAMILY_TYPED: return FA_LIFETIME_TYPED_POOL;
    case FAI_FAMILY_FRAME: return FA_LIFETIME_FRAME;
    default: return FA_LIFETIME_UNKNOWN;
    }
}

/* The start of the block that an address inside a page in use lies in. */
static const void *start_of(const fa_allocator *allocator, const fai_block *block)
{
    fai_page_kind kind = fai_page_kind_of(block->page);
    uintptr_t start = fai_page_address(&allocator->objects, block->page);
    start += kind == FAI_PAGE_CLASS ? (uintptr_t)block->index * block->page->block_bytes : 0;
    return (const void *)start;
}

static void describe_object(const fa_allocator *allocator, const void *p, fa_block_info *out)
{
    fai_block block = fai_block_find(allocator, p);
    fai_page_kind kind = block.page != NULL ? fai_page_kind_of(block.page) : FAI_PAGE_UNUSED;
    out->lifetime = lifetime_of(block.family);
    if (kind != FAI_PAGE_CLASS && kind != FAI_PAGE_LARGE) {
        out->free_here = block.page != NULL ? fai_block_free_here(&block) : NULL;
        return;
    }
    const void *start = start_of(allocator, &block);
    block = fai_block_find(allocator, start);
    if (block.where != FAI_WHERE_BLOCK || !block.known) {
        return;
    }
    out->start = start;
    out->live = block.live && !(block.family == FAI_FAMILY_TYPED && fai_typed_holds_free(&block));
    out->bytes = fai_block_size(&block);
    out->tag = fai_tags_path(allocator, fai_block_tag(&block));
    out->here = fai_block_alloc_here(&block);
    out->free_here = out->live ? NULL : fai_block_free_here(&block);
}

/* Frames and arenas of one context; the contexts lock is held. */
static bool describe_region(const fai_context *ctx, const void *p, fa_block_info *out)
{
    bool own = atomic_load(&ctx->owner) == fai_thread_self(); /* cursors are read by their owner only */
    const fai_arena *arena = fai_arena_owning(ctx, p);
    if (arena != NULL) {
        *out = (fa_block_info){.lifetime = FA_LIFETIME_ARENA,
                               .live = own && (uintptr_t)p <= arena->head.cursor,
                               .tag = fai_tags_path(ctx->allocator, arena->tag),
                               .owner = arena->name};
        return true;
    }
    if (own && ctx->ghosts != NULL && fai_ghost_describe(ctx->ghosts, p, out)) {
        return true;
    }
    for (const fai_arena *one = ctx->arenas; own && one != NULL; one = one->next) {
        if (one->ghosts != NULL && fai_ghost_describe(one->ghosts, p, out)) {
            return true;
        }
    }
    for (uint32_t i = 0; i < ctx->frames_in_flight; i++) {
        const fai_extent *extent = &ctx->extents[i];
        if ((uintptr_t)p - extent->base >= extent->reserved_bytes) {
            continue;
        }
        *out = (fa_block_info){.lifetime = FA_LIFETIME_FRAME, .owner = ctx->name};
        if (!own) {
            return true;
        }
        bool open = extent == ctx->extent && fai_frame_state_of(ctx) != FAI_FRAME_CLOSED;
        uint32_t now = (uint32_t)(ctx->extent - ctx->extents);
        uint32_t age = (now + ctx->frames_in_flight - i) % ctx->frames_in_flight; /* frames ago */
        size_t used = open ? ctx->head.cursor - extent->start : ctx->in_flight_bytes[i];
        out->live = (uintptr_t)p - extent->base < used;
        out->frame = ctx->frame_index >= age ? ctx->frame_index - age : 0;
        return true;
    }
    return false;
}

fa_result fa_allocator_find(fa_allocator *allocator, const void *p, fa_block_info *out)
{
    if (!fai_allocator_alive(allocator) || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = (fa_block_info){0};
    if ((uintptr_t)p - allocator->objects.base < allocator->objects.bytes) {
        describe_object(allocator, p, out);
        return FA_RESULT_OK;
    }
    bool found = false;
    fai_mutex_lock(&allocator->contexts_lock);
    for (const fai_context *ctx = allocator->contexts; ctx != NULL && !found; ctx = ctx->next) {
        found = describe_region(ctx, p, out);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return found ? FA_RESULT_OK : FA_RESULT_NOT_FOUND;
}
