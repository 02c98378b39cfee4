/* handle.c - handles: slots with generations, pins, and what is refused.
 *
 * A handle is index (24 bits), salt of its heap (8) and generation (32). A slot's generation goes up when its
 * block is freed; after the last one the slot is retired. Reports are sent after the lock is released, since
 * a handler may call back. */
#include "core/handle.h"

#include <string.h>

#include "debug/poison.h"
#include "debug/watch.h"

#define HEAP_MAGIC UINT64_C(0x4A4D1E5FA110CED5)
#define MAX_DEFAULT ((size_t)256 * 1024 * 1024)
#define INDEX_BITS 24u
#define INDEX_MASK ((UINT64_C(1) << INDEX_BITS) - 1)
/* Slots looked at in one call of defragment, so that a heap full of pins costs no more than that. */
#define VISITS_MAX 4096u

static fa_handle make_handle(const fa_handle_heap *heap, uint32_t index)
{
    uint64_t generation = fai_handle_slot_at(heap, index)->generation;
    return (fa_handle){generation << 32 | (uint64_t)heap->salt << INDEX_BITS | index};
}

static fa_result check_heap(const fa_context *ctx, const fa_handle_heap *heap, const char *call,
                            const char *here)
{
    return fai_shared_check(ctx, (const fai_shared *)heap, HEAP_MAGIC, "handle heap", call, here);
}

/* ---- create, destroy ----------------------------------------------------------------------------------- */

static void dispose(fai_shared *shared)
{
    fa_handle_heap *heap = (fa_handle_heap *)shared;
    fa_allocator *allocator = shared->allocator;
    fai_extent_release(&shared->extent, allocator);
    fai_list_free(allocator, &heap->slots, sizeof(fai_handle_slot));
    fai_meta_free(allocator, heap, sizeof *heap);
}

static void each_block(fai_shared *shared, void (*fn)(void *user, fa_tag tag, const char *site, size_t bytes),
                       void *user)
{
    const fa_handle_heap *heap = (const fa_handle_heap *)shared;
    for (uint32_t i = 1; i < heap->slots.count; i++) {
        const fai_handle_slot *slot = fai_handle_slot_at(heap, i);
        if (slot->state == FAI_SLOT_LIVE) {
            fn(user, shared->tag, slot->alloc_here, slot->bytes);
        }
    }
}

static size_t used_bytes(fai_shared *shared)
{
    const fa_handle_heap *heap = (const fa_handle_heap *)shared;
    size_t bytes = 0;
    for (uint32_t i = 1; i < heap->slots.count; i++) {
        const fai_handle_slot *slot = fai_handle_slot_at(heap, i);
        bytes += slot->state == FAI_SLOT_LIVE ? slot->room : 0;
    }
    return bytes;
}

static const char *validate(fai_shared *shared)
{
    fai_mutex_lock(&shared->lock);
    const char *problem = fai_space_validate((fa_handle_heap *)shared);
    fai_mutex_unlock(&shared->lock);
    return problem;
}

static fa_handle_heap *create_heap(fai_context *ctx, const fa_handle_heap_desc *desc, size_t max_bytes)
{
    fa_allocator *allocator = ctx->allocator;
    fa_handle_heap *heap = fai_meta_alloc(allocator, sizeof *heap);
    if (heap == NULL || !fai_list_reserve(allocator, &heap->slots, 64, sizeof(fai_handle_slot)) ||
        !fai_extent_reserve(&heap->shared.extent, allocator, max_bytes)) {
        if (heap != NULL) {
            fai_list_free(allocator, &heap->slots, sizeof(fai_handle_slot));
        }
        fai_meta_free(allocator, heap, sizeof *heap);
        return NULL;
    }
    fai_shared_init(&heap->shared, ctx, HEAP_MAGIC, "handle heap", desc->name, desc->tag);
    heap->shared.dispose = dispose;
    heap->shared.each_block = each_block;
    heap->shared.used_bytes = used_bytes;
    heap->shared.validate = validate;
    heap->salt = (uint8_t)atomic_fetch_add(&allocator->shared_serial, 1);
    heap->move_always = desc->move_always;
    heap->stats.name = heap->shared.name;
    fai_space_init(heap);
    fai_shared_link(&heap->shared);
    return heap;
}

fa_result fai_handle_heap_create(fa_context *public_ctx, const fa_handle_heap_desc *desc,
                                 fa_handle_heap **out, const char *here)
{
    static const fa_handle_heap_desc defaults = {0};
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    fa_result check = fai_context_check(public_ctx, "fa_handle_heap_create", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    desc = desc != NULL ? desc : &defaults;
    size_t max_bytes =
        desc->max_bytes != 0 ? desc->max_bytes : fai_max_default(&ctx->allocator->desc, MAX_DEFAULT);
    fai_problems problems = {0};
    fai_problems_check_canaries(&problems, desc->start_canary, desc->end_canary);
    fai_problems_check_extent(&problems, max_bytes, 0, 0);
    fai_problems_check_tag(&problems, ctx->allocator, desc->tag);
    if (problems.count > 0) {
        return fai_context_refuse_desc(ctx, "fa_handle_heap_desc", &problems, here);
    }
    *out = create_heap(ctx, desc, max_bytes);
    return *out != NULL ? FA_RESULT_OK : fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
}

fa_result fai_handle_heap_destroy(fa_context *public_ctx, fa_handle_heap *heap, const char *here)
{
    fa_result check = heap != NULL ? check_heap(public_ctx, heap, "fa_handle_heap_destroy", here)
                                   : fai_context_check(public_ctx, "fa_handle_heap_destroy", here);
    if (check != FA_RESULT_OK || heap == NULL) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_mutex_lock(&heap->shared.lock);
    fa_handle_heap_stats stats = heap->stats;
    fai_mutex_unlock(&heap->shared.lock);
    if (stats.pinned != 0) {
        fai_report report = {.code = FA_CODE_FA402,
                             .result = FA_RESULT_BUSY,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here};
        return fai_context_error(
            ctx,
            fai_report_send(&report,
                            "fa_handle_heap_destroy: %llu of %llu blocks of handle heap %s are pinned",
                            (unsigned long long)stats.pinned, (unsigned long long)stats.handles, stats.name));
    }
    fai_shared_charge(ctx, heap->shared.tag, (size_t)0 - stats.bytes, (size_t)0 - stats.handles);
    fai_shared_destroy(&heap->shared);
    return FA_RESULT_OK;
}

/* ---- refusal ------------------------------------------------------------------------------------------- */

/* The slot that a handle names, or NULL; the lock is held. */
static fai_handle_slot *find(fa_handle_heap *heap, fa_handle handle)
{
    uint64_t index = handle.bits & INDEX_MASK;
    fai_handle_check_slots(heap);
    if (index == 0 || index >= heap->slots.count || (uint8_t)(handle.bits >> INDEX_BITS) != heap->salt) {
        return NULL;
    }
    fai_handle_slot *slot = fai_handle_check_slot(heap, (uint32_t)index);
    return slot->state == FAI_SLOT_LIVE && slot->generation == handle.bits >> 32 ? slot : NULL;
}

static bool is_of_type(const fai_handle_slot *slot, const char *type)
{
    return type == NULL || type == slot->type || (slot->type != NULL && strcmp(type, slot->type) == 0);
}

typedef struct refusal {
    fa_context *ctx;
    fa_handle_heap *heap;
    fa_handle handle;
    const char *call;
    const char *here;
} refusal;

/* A handle that names nothing here: was it ever one of ours? */
static fa_result refuse_stale(const refusal *r)
{
    fa_handle_heap *heap = r->heap;
    fai_report report = {.code = FA_CODE_FA401,
                         .result = FA_RESULT_STALE,
                         .allocator = heap->shared.allocator,
                         .ctx = r->ctx,
                         .here = r->here,
                         .tag = fai_tags_path(heap->shared.allocator, heap->shared.tag)};
    uint64_t index = r->handle.bits & INDEX_MASK;
    uint64_t generation = r->handle.bits >> 32;
    bool freed = false;
    fai_mutex_lock(&heap->shared.lock);
    if (index != 0 && index < heap->slots.count && (uint8_t)(r->handle.bits >> INDEX_BITS) == heap->salt) {
        const fai_handle_slot *slot = fai_handle_slot_at(heap, (uint32_t)index);
        bool retired = slot->state == FAI_SLOT_RETIRED;
        freed =
            generation != 0 && (generation < slot->generation || (retired && generation == slot->generation));
        if (freed && slot->state != FAI_SLOT_LIVE && generation + (retired ? 0 : 1) == slot->generation) {
            report.earlier = slot->alloc_here; /* its last block: the places are known */
            report.first_free = slot->free_here;
            report.bytes = slot->bytes;
        }
    }
    fai_mutex_unlock(&heap->shared.lock);
    fai_ctx(r->ctx)->last_result = FA_RESULT_STALE;
    return fai_report_send(&report, "%s: handle %016llx %s", r->call, (unsigned long long)r->handle.bits,
                           fa_handle_is_null(r->handle) ? "is null"
                           : freed                      ? "is stale: its block was freed"
                                                        : "was never given out by this handle heap");
}

/* A live handle: of another type, pinned, or not pinned. @p what is the slot as it was. */
static fa_result refuse_live(const refusal *r, const fai_handle_slot *what, fa_diagnostic_code code,
                             fa_result result, const char *problem, const char *detail)
{
    fai_report report = {.code = code,
                         .result = result,
                         .allocator = r->heap->shared.allocator,
                         .ctx = r->ctx,
                         .here = r->here,
                         .earlier = what->alloc_here,
                         .address = (void *)what->p,
                         .bytes = what->bytes,
                         .tag = fai_tags_path(r->heap->shared.allocator, r->heap->shared.tag)};
    fai_ctx(r->ctx)->last_result = result;
    return fai_report_send(&report, "%s: handle %016llx (type %s, %u pins) %s%s", r->call,
                           (unsigned long long)r->handle.bits, what->type != NULL ? what->type : "none",
                           what->pins, problem, detail);
}

/* ---- alloc, free --------------------------------------------------------------------------------------- */

/* An unused slot, its index; 0: none, with the reason. Nothing is taken yet. */
static uint32_t reserve_slot(fa_handle_heap *heap, fa_result *why)
{
    fai_handle_check_slots(heap);
    if (heap->free_slot != 0) {
        fai_shared_expect(&heap->shared, fai_handle_check_slot(heap, heap->free_slot)->state == FAI_SLOT_FREE,
                          "the list of free handles is damaged");
        return heap->free_slot;
    }
    uint32_t index = heap->slots.count;
    *why = FA_RESULT_FULL;
    if (index > FA_HANDLE_MAX) {
        return 0;
    }
    *why = FA_RESULT_OUT_OF_MEMORY;
    if (!fai_list_reserve(heap->shared.allocator, &heap->slots, index + 1, sizeof(fai_handle_slot))) {
        return 0;
    }
    heap->slots_seal = fai_handle_slots_seal(heap);
    return index;
}

static void take_slot(fa_handle_heap *heap, uint32_t index)
{
    if (index == heap->slots.count) {
        heap->slots.count++;
        *fai_handle_slot_at(heap, index) = (fai_handle_slot){.generation = 1};
        heap->slots_seal = fai_handle_slots_seal(heap);
    } else {
        heap->free_slot = fai_handle_slot_at(heap, index)->after;
    }
}

/* The lock is held. */
static uint32_t alloc_locked(fa_handle_heap *heap, size_t size, size_t align, const char *type,
                             const char *here, fa_result *why)
{
    align = align > FAI_HANDLE_GRAIN ? align : FAI_HANDLE_GRAIN;
    size_t room = fai_round_up(size > 0 ? size : 1, FAI_HANDLE_GRAIN);
    fai_place place;
    uint32_t index = reserve_slot(heap, why);
    if (index == 0 || !fai_space_find(heap, room, align, &place, why)) {
        return 0;
    }
    take_slot(heap, index);
    fai_handle_slot *slot = fai_handle_slot_at(heap, index);
    slot->bytes = size;
    slot->room = room;
    slot->align = (uint32_t)align;
    slot->type = type;
    slot->alloc_here = here;
    slot->free_here = NULL;
    slot->pins = 0;
    slot->state = FAI_SLOT_LIVE;
    fai_space_put(heap, index, place);
    fai_poison_fresh((void *)slot->p, size);
    heap->stats.handles++;
    heap->stats.allocs++;
    heap->stats.bytes += size;
    heap->stats.peak_bytes =
        heap->stats.bytes > heap->stats.peak_bytes ? heap->stats.bytes : heap->stats.peak_bytes;
    return index;
}

fa_handle fai_handle_alloc(fa_context *public_ctx, fa_handle_heap *heap, size_t size, size_t align,
                           const char *type, const char *here)
{
    fa_handle handle = {0};
    if (check_heap(public_ctx, heap, "fa_handle_alloc", here) != FA_RESULT_OK) {
        return handle;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    align = fai_align_check(ctx, align, "fa_handle_alloc", here);
    if (align == 0) {
        return handle;
    }
    bool budgeted = fai_is_budgeted(ctx) && size <= FA_REQUEST_MAX;
    if (budgeted && !fai_budget_take(ctx, heap->shared.tag, size, false, here)) {
        return handle;
    }
    fa_result why = FA_RESULT_FULL;
    fai_mutex_lock(&heap->shared.lock);
    uint32_t index = size <= FA_REQUEST_MAX ? alloc_locked(heap, size, align, type, here, &why) : 0;
    uintptr_t p = index != 0 ? fai_handle_slot_at(heap, index)->p : 0;
    if (index != 0) {
        handle = make_handle(heap, index);
        if (heap->move_always) {
            fai_space_shake(heap);
        }
    } else {
        heap->stats.refused++;
    }
    fai_mutex_unlock(&heap->shared.lock);
    if (index == 0) {
        if (budgeted) {
            fai_budget_give(ctx->allocator, heap->shared.tag, size);
        }
        fai_context_fail(ctx, why);
        return handle;
    }
    fai_shared_charge(ctx, heap->shared.tag, size, 1);
    if (ctx->watch != NULL) {
        fai_watch_alloc(ctx, FA_LIFETIME_HEAP, heap->shared.tag, (void *)p, size, align, here, FAI_CALLER);
    }
    if (budgeted) {
        fai_budget_tell(ctx, here);
    }
    return handle;
}

/* The lock is held. */
static void free_locked(fa_handle_heap *heap, uint32_t index, const char *here)
{
    fai_handle_slot *slot = fai_handle_slot_at(heap, index);
    fai_poison_dead((void *)slot->p, slot->bytes, FA_PATTERN_FREED);
    fai_space_take(heap, index);
    heap->stats.handles--;
    heap->stats.frees++;
    heap->stats.bytes -= slot->bytes;
    slot->free_here = here;
    if (slot->generation == UINT32_MAX) {
        slot->state = FAI_SLOT_RETIRED;
        heap->stats.retired++;
        fai_handle_seal_slot(slot);
        return;
    }
    slot->generation++;
    slot->state = FAI_SLOT_FREE;
    fai_handle_seal_slot(slot);
    slot->after = heap->free_slot;
    heap->free_slot = index;
}

fa_result fai_handle_free(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *here)
{
    fa_result check = check_heap(ctx, heap, "fa_handle_free", here);
    if (check != FA_RESULT_OK || fa_handle_is_null(handle)) {
        return check;
    }
    const refusal r = {ctx, heap, handle, "fa_handle_free", here};
    fai_handle_slot was = {0};
    fai_mutex_lock(&heap->shared.lock);
    const fai_handle_slot *slot = find(heap, handle);
    if (slot != NULL) {
        was = *slot;
        if (slot->pins == 0) {
            free_locked(heap, (uint32_t)(handle.bits & INDEX_MASK), here);
            if (heap->move_always) {
                fai_space_shake(heap);
            }
        }
    }
    fai_mutex_unlock(&heap->shared.lock);
    if (slot == NULL) {
        return refuse_stale(&r);
    }
    if (was.pins != 0) {
        return refuse_live(&r, &was, FA_CODE_FA402, FA_RESULT_BUSY, "is pinned", "");
    }
    fai_shared_charge(fai_ctx(ctx), heap->shared.tag, (size_t)0 - was.bytes, (size_t)0 - 1);
    if (fai_ctx(ctx)->watch != NULL) {
        fai_watch_free(fai_ctx(ctx), FA_LIFETIME_HEAP, heap->shared.tag, (void *)was.p);
    }
    return FA_RESULT_OK;
}

/* ---- addresses ----------------------------------------------------------------------------------------- */

static void *resolve(const refusal *r, const char *type, uint32_t pins)
{
    fa_handle_heap *heap = r->heap;
    if (check_heap(r->ctx, heap, r->call, r->here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_handle_slot was = {0};
    fai_mutex_lock(&heap->shared.lock);
    fai_handle_slot *slot = find(heap, r->handle);
    bool fits = slot != NULL && is_of_type(slot, type);
    bool full = slot != NULL && pins > UINT32_MAX - slot->pins;
    was = slot != NULL ? *slot : was;
    if (fits && !full && pins > 0) {
        heap->stats.pinned += slot->pins == 0 ? 1 : 0;
        slot->pins += pins;
        fai_handle_seal_slot(slot);
    }
    fai_mutex_unlock(&heap->shared.lock);
    if (slot == NULL) {
        (void)refuse_stale(r);
        return NULL;
    }
    if (!fits) {
        (void)refuse_live(r, &was, FA_CODE_FA401, FA_RESULT_WRONG_TYPE, "is not of type ", type);
        return NULL;
    }
    return full ? fai_context_fail(fai_ctx(r->ctx), FA_RESULT_FULL) : (void *)was.p;
}

void *fai_handle_pin(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *type,
                     const char *here)
{
    const refusal r = {ctx, heap, handle, "fa_handle_pin", here};
    return resolve(&r, type, 1);
}

void *fai_handle_get(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *type,
                     const char *here)
{
    const refusal r = {ctx, heap, handle, "fa_handle_get", here};
    return resolve(&r, type, 0);
}

fa_result fai_handle_unpin(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *here)
{
    fa_result check = check_heap(ctx, heap, "fa_handle_unpin", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    const refusal r = {ctx, heap, handle, "fa_handle_unpin", here};
    fai_handle_slot was = {0};
    fai_mutex_lock(&heap->shared.lock);
    fai_handle_slot *slot = find(heap, handle);
    if (slot != NULL) {
        was = *slot;
        slot->pins -= was.pins > 0 ? 1 : 0;
        fai_handle_seal_slot(slot);
        heap->stats.pinned -= was.pins == 1 ? 1 : 0;
        if (was.pins == 1 && heap->move_always) {
            fai_space_shake(heap);
        }
    }
    fai_mutex_unlock(&heap->shared.lock);
    if (slot == NULL) {
        return refuse_stale(&r);
    }
    return was.pins > 0 ? FA_RESULT_OK
                        : refuse_live(&r, &was, FA_CODE_FA402, FA_RESULT_UNBALANCED, "is not pinned", "");
}

bool fai_handle_is_live(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *here)
{
    if (check_heap(ctx, heap, "fa_handle_is_live", here) != FA_RESULT_OK) {
        return false;
    }
    fai_mutex_lock(&heap->shared.lock);
    bool live = find(heap, handle) != NULL;
    fai_mutex_unlock(&heap->shared.lock);
    return live;
}

size_t fai_handle_size_bytes(fa_context *ctx, fa_handle_heap *heap, fa_handle handle, const char *here)
{
    if (check_heap(ctx, heap, "fa_handle_size_bytes", here) != FA_RESULT_OK) {
        return 0;
    }
    fai_mutex_lock(&heap->shared.lock);
    const fai_handle_slot *slot = find(heap, handle);
    size_t bytes = slot != NULL ? slot->bytes : 0;
    fai_mutex_unlock(&heap->shared.lock);
    return bytes;
}

/* ---- the whole heap ------------------------------------------------------------------------------------ */

size_t fai_handle_heap_defragment(fa_context *ctx, fa_handle_heap *heap, size_t max_moved, const char *here)
{
    if (check_heap(ctx, heap, "fa_handle_heap_defragment", here) != FA_RESULT_OK) {
        return 0;
    }
    size_t moved = 0;
    uint64_t visits_all = 0;
    for (uint64_t visits = 0;;) { /* since the last move: a whole round without one is the end */
        fai_mutex_lock(&heap->shared.lock);
        fai_handle_check_slots(heap);
        uint64_t before = visits;
        bool did = fai_space_step(heap, max_moved - moved, &moved, &visits);
        visits_all += visits - before;
        visits = did ? 0 : visits;
        bool end = visits > heap->slots.count || (max_moved != FA_NO_LIMIT && visits_all > VISITS_MAX);
        if (end) {
            fai_space_trim(heap);
        }
        fai_mutex_unlock(&heap->shared.lock);
        if (end) {
            return moved;
        }
    }
}

fa_result fai_handle_heap_stats_get(fa_context *ctx, fa_handle_heap *heap, fa_handle_heap_stats *out,
                                    const char *here)
{
    fa_result check = check_heap(ctx, heap, "fa_handle_heap_stats_get", here);
    if (check != FA_RESULT_OK || out == NULL) {
        return check != FA_RESULT_OK ? check : FA_RESULT_INVALID_ARGUMENT;
    }
    fai_mutex_lock(&heap->shared.lock);
    *out = heap->stats;
    out->span_bytes = fai_space_span(heap);
    out->largest_hole_bytes = fai_space_largest_hole(heap);
    out->committed_bytes = fai_extent_committed(&heap->shared.extent);
    fai_mutex_unlock(&heap->shared.lock);
    return FA_RESULT_OK;
}
