/* allocator.c - creation, the resolved desc, and taking everything down.
 *
 * Creation is in two steps: judge and resolve the desc, listing every problem at once; then reserve the
 * metadata extent with a throw-away root on the stack, and move the root into it. */
#include "core/allocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/barrier.h"
#include "core/context.h"
#include "core/leak.h"
#include "core/region.h"
#include "core/shared.h"
#include "core/transfer.h"
#include "debug/poison.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

#define FRAME_MAX_DEFAULT (1 * GIB)
#define SCRATCH_MAX_DEFAULT (256 * MIB)
#define OBJECT_MAX_DEFAULT (64 * GIB)
#define OBJECT_MAX_LEAST (1 * MIB)
#define KEEP_WINDOW_DEFAULT 120u

void fai_name_copy(char out[FAI_NAME_BYTES], const char *name, const char *fallback)
{
    snprintf(out, FAI_NAME_BYTES, "%s", name != NULL && name[0] != '\0' ? name : fallback);
}

/* ---- desc ---------------------------------------------------------------------------------------------- */

static void check_backing(const fa_backing *b, fai_problems *problems)
{
    bool any = b->reserve != NULL || b->commit != NULL || b->decommit != NULL || b->release != NULL ||
               b->protect != NULL || b->advise != NULL;
    bool all = b->reserve != NULL && b->commit != NULL && b->decommit != NULL && b->release != NULL;
    if (any && !all) {
        fai_problems_add(
            problems,
            "backing: reserve, commit, decommit and release must all be given, or none of the table");
    }
}

static void check_region(const fa_allocator_desc *desc, fai_problems *problems)
{
    if (desc->region == NULL && desc->region_bytes != 0) {
        fai_problems_add(problems, "region is NULL, and region_bytes is %zu", desc->region_bytes);
    }
    if (desc->region != NULL && desc->region_bytes < FAI_REGION_LEAST) {
        fai_problems_add(problems, "region_bytes is %zu, below %zu", desc->region_bytes, FAI_REGION_LEAST);
    }
    if (desc->region != NULL && desc->backing.reserve != NULL) {
        fai_problems_add(problems, "region and backing are both given: where is memory to come from?");
    }
}

static void check_desc(const fa_allocator_desc *desc, const fa_allocator_desc *resolved,
                       fai_problems *problems)
{
    fai_problems_check_canaries(problems, desc->start_canary, desc->end_canary);
    if (resolved->frame_max_bytes > FA_REQUEST_MAX) {
        fai_problems_add(problems, "frame_max_bytes is %zu, above %zu", resolved->frame_max_bytes,
                         FA_REQUEST_MAX);
    }
    if (resolved->frame_prefault_bytes > resolved->frame_max_bytes) {
        fai_problems_add(problems, "frame_prefault_bytes (%zu) is above frame_max_bytes (%zu)",
                         resolved->frame_prefault_bytes, resolved->frame_max_bytes);
    }
    if (desc->frame_keep_bytes != 0 && desc->frame_keep_bytes != FA_NO_LIMIT) {
        if (desc->frame_keep_bytes > resolved->frame_max_bytes) {
            fai_problems_add(problems, "frame_keep_bytes (%zu) is above frame_max_bytes (%zu)",
                             desc->frame_keep_bytes, resolved->frame_max_bytes);
        }
        if (desc->frame_keep_bytes < resolved->frame_prefault_bytes) {
            fai_problems_add(
                problems, "frame_keep_bytes (%zu) would give back what frame_prefault_bytes (%zu) asks for",
                desc->frame_keep_bytes, resolved->frame_prefault_bytes);
        }
    }
    if (resolved->scratch_max_bytes > FA_REQUEST_MAX) {
        fai_problems_add(problems, "scratch_max_bytes is %zu, above %zu", resolved->scratch_max_bytes,
                         FA_REQUEST_MAX);
    }
    if (desc->frame_keep_bytes != 0 && desc->keep_window_frames != 0) {
        fai_problems_add(
            problems, "keep_window_frames is only for the recent peak, but frame_keep_bytes says otherwise");
    }
    if (resolved->frames_in_flight > FA_FRAMES_IN_FLIGHT_MAX) {
        fai_problems_add(problems, "frames_in_flight is %u, above %d", resolved->frames_in_flight,
                         FA_FRAMES_IN_FLIGHT_MAX);
    }
    if (resolved->object_max_bytes < OBJECT_MAX_LEAST || resolved->object_max_bytes > FA_REQUEST_MAX) {
        fai_problems_add(problems, "object_max_bytes is %zu, not between %zu and %zu",
                         resolved->object_max_bytes, OBJECT_MAX_LEAST, FA_REQUEST_MAX);
    }
    if (resolved->memory_soft_bytes != FA_NO_LIMIT &&
        resolved->memory_soft_bytes > resolved->memory_limit_bytes) {
        fai_problems_add(problems, "memory_soft_bytes (%zu) is above memory_limit_bytes (%zu)",
                         resolved->memory_soft_bytes, resolved->memory_limit_bytes);
    }
    if ((unsigned)desc->strictness > FA_STRICT_ABORT) {
        fai_problems_add(problems, "strictness is %u, not one of the enum", (unsigned)desc->strictness);
    }
    fai_deferred_check(desc->deferred, problems);
    check_backing(&desc->backing, problems);
    check_region(desc, problems);
}

static size_t or_default(size_t value, size_t fallback)
{
    return value != 0 ? value : fallback;
}

/* What the environment wants, FA_STRICT_DEFAULT: nothing that is known. */
static fa_strictness strictness_wanted(void)
{
    const char *text = getenv("FA_STRICT");
    return text == NULL                  ? FA_STRICT_DEFAULT
           : strcmp(text, "report") == 0 ? FA_STRICT_REPORT
           : strcmp(text, "trap") == 0   ? FA_STRICT_TRAP
           : strcmp(text, "abort") == 0  ? FA_STRICT_ABORT
                                         : FA_STRICT_DEFAULT;
}

static void resolve_desc(const fa_allocator_desc *desc, fa_allocator_desc *out)
{
    *out = *desc;
    out->frame_max_bytes = or_default(desc->frame_max_bytes, fai_max_default(desc, FRAME_MAX_DEFAULT));
    out->scratch_max_bytes = or_default(desc->scratch_max_bytes, fai_max_default(desc, SCRATCH_MAX_DEFAULT));
    out->frames_in_flight = desc->frames_in_flight != 0 ? desc->frames_in_flight : 1;
    out->keep_window_frames = desc->keep_window_frames != 0 ? desc->keep_window_frames : KEEP_WINDOW_DEFAULT;
    out->memory_limit_bytes = or_default(desc->memory_limit_bytes, FA_NO_LIMIT);
    out->memory_soft_bytes = or_default(desc->memory_soft_bytes, FA_NO_LIMIT);
    out->object_max_bytes = or_default(desc->object_max_bytes, OBJECT_MAX_DEFAULT);
    fa_strictness wanted = strictness_wanted();
    out->strictness = wanted != FA_STRICT_DEFAULT ? wanted : out->strictness;
    out->object_max_bytes = or_default(desc->object_max_bytes,
                                       desc->region != NULL ? desc->region_bytes / 2 : OBJECT_MAX_DEFAULT);
    if (out->strictness == FA_STRICT_DEFAULT) {
        out->strictness = fai_debug_build() ? FA_STRICT_ABORT : FA_STRICT_REPORT;
    }
    if (out->backing.reserve == NULL && out->region == NULL) {
        out->backing = fa_backing_os();
    }
}

/* ---- create -------------------------------------------------------------------------------------------- */

/* Records, bits, contexts and tags: enough for objects of 64 bytes throughout; address space only. */
static size_t meta_max_bytes(const fa_allocator_desc *resolved)
{
    return resolved->region != NULL ? resolved->region_bytes / 8 : resolved->object_max_bytes / 4 + 256 * MIB;
}

/* A root on the stack that can reserve: only what the extent needs is set. */
static bool reserve_root(fa_allocator *root, fai_extent *extent)
{
    size_t most = meta_max_bytes(&root->desc);
    for (size_t bytes = most; bytes >= 4 * MIB || bytes == most; bytes /= 2) {
        if (fai_extent_reserve(extent, root, bytes)) {
            return true;
        }
    }
    return false;
}

static bool create_parts(fa_allocator *allocator)
{
    size_t most = allocator->desc.object_max_bytes;
    if (!fai_tags_create(allocator)) {
        return false;
    }
    for (size_t bytes = most; bytes >= OBJECT_MAX_LEAST; bytes /= 2) {
        if (fai_objects_create(allocator, bytes)) {
            if (bytes < most) {
                fai_log(allocator, FA_LOG_RESERVE_REDUCED, "object_max_bytes is %zu, not %zu", bytes, most);
                allocator->desc.object_max_bytes = bytes;
            }
            return true;
        }
    }
    return false;
}

static void release_root(fa_allocator *allocator)
{
    fai_extent extent = allocator->meta.extent;
    fai_mutex_destroy(&allocator->meta.lock);
    fai_mutex_destroy(&allocator->tags.lock);
    fai_budgets_destroy(allocator);
    fai_mutex_destroy(&allocator->contexts_lock);
    fai_mutex_destroy(&allocator->transfers.lock);
    fai_mutex_destroy(&allocator->deferred_lock);
    fai_cond_destroy(&allocator->deferred_room);
    fai_mutex_destroy(&allocator->report_lock);
    fai_depot_destroy(&allocator->group_blocks);
    fai_depot_destroy(&allocator->stream_blocks);
    allocator->magic = 0;
    const fa_backing backing = allocator->desc.backing;
    bool in_region = allocator->desc.region != NULL;
    fai_unpoison((void *)extent.base, fai_extent_committed(&extent));
    backing.release(backing.user, (void *)extent.base, extent.reserved_bytes);
    if (in_region) {
        fai_region_close(&backing);
    }
}

static fa_allocator *create_root(const fa_allocator_desc *resolved, const fai_platform *platform)
{
    fa_allocator seed = {.desc = *resolved, .platform = platform, .page_bytes = fa_backing_page_bytes()};
    fai_name_copy(seed.name, resolved->name, "framealloc");
    fai_mutex_init(&seed.report_lock); /* the log may be needed already */
    fai_extent extent;
    bool reserved = reserve_root(&seed, &extent);
    fa_allocator *allocator = reserved ? (fa_allocator *)extent.base : NULL;
    if (reserved && !fai_extent_commit_to(&extent, &seed, extent.base + sizeof *allocator)) {
        fai_extent_release(&extent, &seed);
        allocator = NULL;
    }
    fai_mutex_destroy(&seed.report_lock);
    if (allocator == NULL) {
        return NULL;
    }
    fai_unpoison(allocator, sizeof *allocator);
    memcpy(allocator, &seed, sizeof seed);
    allocator->magic = FAI_ALLOCATOR_MAGIC;
    allocator->copy = fai_copy;
    allocator->desc.name = allocator->name;
    allocator->meta.extent = extent;
    allocator->meta.cursor = fai_round_up(extent.base + sizeof *allocator, 64);
    fai_mutex_init(&allocator->meta.lock);
    fai_mutex_init(&allocator->tags.lock);
    fai_mutex_init(&allocator->contexts_lock);
    fai_mutex_init(&allocator->transfers.lock);
    fai_mutex_init(&allocator->deferred_lock);
    fai_cond_init(&allocator->deferred_room);
    allocator->deferred = fai_deferred_resolve(resolved->deferred);
    allocator->desc.deferred = &allocator->deferred;
    fai_mutex_init(&allocator->report_lock);
    fai_depot_create(&allocator->group_blocks, FAI_FAMILY_GROUP);
    fai_depot_create(&allocator->stream_blocks, FAI_FAMILY_STREAM);
    atomic_store(&allocator->strictness, (uint32_t)resolved->strictness);
    fai_budgets_create(allocator);
    allocator->clock = fai_tick_clock_start();
    return allocator;
}

fa_result fai_allocator_create_on(const fa_allocator_desc *desc, const fai_platform *platform,
                                  fa_allocator **out, const char *here)
{
    static const fa_allocator_desc defaults = {0};
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    desc = desc != NULL ? desc : &defaults;
    if (desc->start_canary != 0 && desc->end_canary != 0) {
        /* Garbage from end to end: nothing in it can be believed, its handler least of all. */
        const fa_diagnostic_handler none = {0};
        return fai_report_desc(&none, FA_STRICT_DEFAULT, "framealloc", here,
                               "fa_allocator_desc: a canary is not zero: was the desc zero-initialised?");
    }
    fa_allocator_desc resolved;
    resolve_desc(desc, &resolved);
    fai_problems problems = {0};
    check_desc(desc, &resolved, &problems);
    if (problems.count > 0) {
        return fai_report_desc(&desc->handler, desc->strictness,
                               desc->name != NULL ? desc->name : "framealloc", here, problems.text);
    }
    if (resolved.region != NULL) {
        resolved.backing = fai_region_open(&resolved);
    }
    fa_allocator *allocator = create_root(&resolved, platform);
    if (allocator == NULL && resolved.region != NULL) {
        fai_region_close(&resolved.backing);
    }
    if (allocator == NULL) {
        return FA_RESULT_OUT_OF_MEMORY;
    }
    if (!create_parts(allocator)) {
        fai_objects_destroy(allocator);
        release_root(allocator);
        return FA_RESULT_OUT_OF_MEMORY;
    }
    allocator->has_key = platform->thread_key_create(&allocator->key, fai_context_thread_ended);
    if (!allocator->has_key) {
        fai_log(allocator, FA_LOG_THREAD_KEY_REFUSED, "threads must detach by themselves");
    }
    const char *strict = getenv("FA_STRICT");
    if (strict != NULL && strict[0] != '\0' && strictness_wanted() == FA_STRICT_DEFAULT) {
        fai_log(allocator, FA_LOG_STRICT_UNKNOWN, "%.40s", strict);
    }
    *out = allocator;
    return FA_RESULT_OK;
}

fa_result fai_allocator_create(const fa_allocator_desc *desc, fa_allocator **out, const char *here)
{
    return fai_allocator_create_on(desc, &fai_platform_os, out, here);
}

/* ---- destroy ------------------------------------------------------------------------------------------- */

/* The first context that forbids taking the allocator down; the lock is held. Without a key nobody tells us
 * of a thread's end, so that an idle context of another thread is no proof of life. */
static fai_context *blocking_context(fa_allocator *allocator, bool *open)
{
    uintptr_t self = fai_thread_self();
    for (fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        bool own = atomic_load(&ctx->owner) == self;
        bool nobodys = atomic_load(&ctx->state) == FAI_CONTEXT_HANDED_OVER; /* its frame went with it */
        *open = (own || nobodys) && fai_frame_state_of(ctx) != FAI_FRAME_CLOSED;
        if (ctx->workers != NULL || *open || (own && fai_is_telling(ctx)) ||
            (!own && atomic_load(&ctx->state) == FAI_CONTEXT_ATTACHED && allocator->has_key)) {
            return ctx;
        }
    }
    return NULL;
}

fa_result fai_allocator_destroy(fa_allocator *allocator, const char *here)
{
    if (allocator == NULL) {
        return FA_RESULT_OK;
    }
    if (!fai_allocator_alive(allocator)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (atomic_load(&allocator->reporting_thread) == fai_thread_self()) {
        return FA_RESULT_REENTRANT;
    }
    bool open = false;
    fai_mutex_lock(&allocator->contexts_lock);
    fai_context *busy = blocking_context(allocator, &open);
    char who[FAI_NAME_BYTES] = "";
    char where[64] = "";
    if (busy != NULL) {
        fai_name_copy(who, busy->name, "?");
        snprintf(where, sizeof where, "%s", busy->thread_name);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    if (busy != NULL) {
        fai_report report = {
            .code = FA_CODE_FA104, .result = FA_RESULT_BUSY, .allocator = allocator, .here = here};
        return open ? fai_report_send(&report,
                                      "allocator %s cannot be destroyed: context %s has an open frame",
                                      allocator->name, who)
                    : fai_report_send(&report,
                                      "allocator %s cannot be destroyed: context %s is attached to thread %s",
                                      allocator->name, who, where);
    }
    fai_transfers_tell_pending(allocator);
    fai_leaks_report(allocator, here);
    if (allocator->has_key) {
        fai_thread_key_delete(allocator->key);
    }
    fai_barriers_destroy(allocator);
    while (allocator->contexts != NULL) {
        fai_context_dispose(allocator->contexts);
    }
    while (allocator->parked != NULL) {
        fai_context_dispose(allocator->parked);
    }
    fai_shared_destroy_all(allocator);
    fai_objects_destroy(allocator);
    release_root(allocator);
    return FA_RESULT_OK;
}

/* ---- queries ------------------------------------------------------------------------------------------- */

const fa_allocator_desc *fa_allocator_resolved_desc(const fa_allocator *allocator)
{
    return &allocator->desc;
}

bool fa_allocator_contains(const fa_allocator *allocator, const void *p)
{
    if (allocator == NULL) {
        return false;
    }
    uintptr_t at = (uintptr_t)p;
    if (at - allocator->objects.base < allocator->objects.bytes) {
        return true;
    }
    fa_allocator *locked = (fa_allocator *)(uintptr_t)allocator;
    bool found = false;
    fai_mutex_lock(&locked->contexts_lock);
    for (fai_context *ctx = locked->contexts; ctx != NULL && !found; ctx = ctx->next) {
        for (uint32_t i = 0; i < ctx->frames_in_flight; i++) {
            found = found || at - ctx->extents[i].base < ctx->extents[i].reserved_bytes;
        }
        found = found || fai_arena_owning(ctx, p) != NULL;
    }
    for (const fai_shared *shared = locked->shared; shared != NULL && !found; shared = shared->next) {
        found = at - shared->extent.base < shared->extent.reserved_bytes;
    }
    fai_mutex_unlock(&locked->contexts_lock);
    return found;
}

void fa_allocator_set_handler(fa_allocator *allocator, fa_diagnostic_handler handler)
{
    if (allocator == NULL) {
        return;
    }
    allocator->desc.handler = handler;
}

void fa_allocator_set_strictness(fa_allocator *allocator, fa_strictness strictness)
{
    if (allocator == NULL) {
        return;
    }
    atomic_store(&allocator->strictness, (uint32_t)strictness);
}
