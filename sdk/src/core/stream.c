/* stream.c - stream caches: their slots, and how room is made.
 *
 * A reservation decides under the lock: it counts what could be evicted, takes the victims out of sight, and
 * books its own bytes in their place, so that two loaders never fight over the same room. Only then, without
 * the lock, the hook is called for each victim and its memory freed; at no time is more than the budget in
 * use. */
#include "core/stream.h"

#include <stdio.h>
#include <string.h>

#define CACHE_MAGIC UINT64_C(0x57EA4CAC4EFA1105)
#define BUDGET_DEFAULT ((size_t)64 * 1024 * 1024)
#define SLOTS_MAX ((uint32_t)FAI_STREAM_INDEX_MASK)

static fai_stream_slot *at(const fa_stream_cache *cache, uint32_t index)
{
    return fai_stream_slot_at(cache, index);
}

static fa_stream id_of(const fa_stream_cache *cache, uint32_t index)
{
    uint64_t generation = at(cache, index)->generation;
    return (fa_stream){generation << 32 | (uint64_t)cache->salt << FAI_STREAM_INDEX_BITS | index};
}

/* ---- checks -------------------------------------------------------------------------------------------- */

fa_result fai_stream_check(const fai_stream_call *call)
{
    return fai_shared_check(call->ctx, (const fai_shared *)call->cache, CACHE_MAGIC, "stream cache",
                            call->name, call->here);
}

fai_stream_found fai_stream_find(const fa_stream_cache *cache, fa_stream stream, fai_stream_slot **out)
{
    uint64_t index = stream.bits & FAI_STREAM_INDEX_MASK;
    uint64_t generation = stream.bits >> 32;
    fai_shared_expect((fai_shared *)(uintptr_t)&cache->shared,
                      cache->slots_seal == fai_stream_slots_seal(cache), "a table of streams is damaged");
    if (index == 0 || index >= cache->slots.count || generation == 0 ||
        (uint8_t)(stream.bits >> FAI_STREAM_INDEX_BITS) != cache->salt) {
        return FAI_STREAM_IS_FORGED;
    }
    fai_stream_slot *slot = fai_stream_check_slot(cache, (uint32_t)index);
    if (generation != slot->generation) {
        return generation < slot->generation ? FAI_STREAM_IS_GONE : FAI_STREAM_IS_FORGED;
    }
    if (slot->state == FAI_STREAM_LOADING || slot->state == FAI_STREAM_READY) {
        *out = slot;
        return FAI_STREAM_IS_HERE;
    }
    return slot->state == FAI_STREAM_FREE ? FAI_STREAM_IS_FORGED : FAI_STREAM_IS_GONE;
}

fa_result fai_stream_refuse(const fai_stream_call *call, const fai_stream_slot *was, fa_diagnostic_code code,
                            fa_result result, const char *problem)
{
    fai_context *ctx = fai_ctx(call->ctx);
    fai_report report = {.code = code,
                         .result = result,
                         .allocator = ctx->allocator,
                         .ctx = call->ctx,
                         .here = call->here,
                         .earlier = was != NULL ? was->here : NULL,
                         .address = was != NULL ? was->p : NULL,
                         .bytes = was != NULL ? was->bytes : 0,
                         .tag = fai_tags_path(ctx->allocator, call->cache->shared.tag)};
    ctx->last_result = result;
    return fai_report_send(&report, "%s: stream %s (%016llx) of %s %s", call->name,
                           was != NULL ? was->name : "?", (unsigned long long)call->stream.bits,
                           call->cache->shared.name, problem);
}

fa_result fai_stream_refuse_stale(const fai_stream_call *call, fai_stream_found found)
{
    return fai_stream_refuse(call, NULL, FA_CODE_FA401, FA_RESULT_STALE,
                             found == FAI_STREAM_IS_GONE ? "is gone: it was evicted or released"
                             : call->stream.bits == 0    ? "is null"
                                                         : "was never given out by this cache");
}

/* ---- lists --------------------------------------------------------------------------------------------- */

/* A slot that a list of what may be evicted names. */
static fai_stream_slot *check_idle(fa_stream_cache *cache, uint32_t index)
{
    fai_stream_slot *slot = fai_stream_check_slot(cache, index);
    fai_shared_expect(&cache->shared, slot->state == FAI_STREAM_READY && slot->readers == 0,
                      "a list of streams is damaged");
    return slot;
}

void fai_stream_idle(fa_stream_cache *cache, uint32_t index)
{
    fai_stream_slot *slot = at(cache, index);
    fai_stream_list *list = &cache->idle[slot->priority];
    slot->after = 0;
    slot->before = list->last;
    if (list->last != 0) {
        fai_stream_slot *last = check_idle(cache, list->last);
        fai_shared_expect(&cache->shared, last->after == 0, "a list of streams is damaged");
        last->after = index;
    } else {
        fai_shared_expect(&cache->shared, list->first == 0, "a list of streams is damaged");
        list->first = index;
    }
    list->last = index;
    list->bytes += slot->bytes;
}

void fai_stream_busy(fa_stream_cache *cache, uint32_t index)
{
    fai_stream_slot *slot = at(cache, index);
    fai_stream_list *list = &cache->idle[slot->priority];
    fai_stream_slot *before = slot->before != 0 ? check_idle(cache, slot->before) : NULL;
    fai_stream_slot *after = slot->after != 0 ? check_idle(cache, slot->after) : NULL;
    fai_shared_expect(&cache->shared,
                      (before != NULL ? before->after : list->first) == index &&
                          (after != NULL ? after->before : list->last) == index,
                      "a list of streams is damaged");
    *(before != NULL ? &before->after : &list->first) = slot->after;
    *(after != NULL ? &after->before : &list->last) = slot->before;
    list->bytes -= slot->bytes;
    slot->before = slot->after = 0;
}

static void recycle(fa_stream_cache *cache, uint32_t index)
{
    fai_stream_slot *slot = fai_stream_check_slot(cache, index);
    slot->p = NULL;
    if (slot->generation == UINT32_MAX) {
        slot->state = FAI_STREAM_RETIRED;
    } else {
        slot->generation++;
        slot->state = FAI_STREAM_FREE;
        slot->after = cache->free_slot;
        cache->free_slot = index;
    }
    fai_stream_seal(slot);
}

void fai_stream_let_go(fai_context *ctx, fa_stream_cache *cache, uint32_t index, size_t held,
                       const char *here)
{
    fai_mutex_lock(&cache->shared.lock);
    void *p = fai_stream_check_slot(cache, index)->p;
    fai_mutex_unlock(&cache->shared.lock);
    fai_block block;
    (void)fai_depot_free(ctx, &ctx->allocator->stream_blocks, p, here, &block);
    fai_mutex_lock(&cache->shared.lock);
    recycle(cache, index);
    cache->held_bytes -= held;
    fai_mutex_unlock(&cache->shared.lock);
}

/* ---- eviction ------------------------------------------------------------------------------------------ */

static size_t evictable_bytes(const fa_stream_cache *cache, uint8_t priority)
{
    size_t bytes = 0;
    for (uint8_t i = 0; i <= priority; i++) {
        bytes += cache->idle[i].bytes;
    }
    return bytes;
}

/* Take victims of at most @p priority out of sight until @p wanted bytes came together or there are no more;
 * a chain of slots, 0: none. The lock is held. */
static uint32_t choose_victims(fa_stream_cache *cache, uint8_t priority, size_t wanted, size_t *bytes)
{
    uint32_t first = 0;
    uint32_t last = 0;
    *bytes = 0;
    for (uint8_t i = 0; i <= priority; i++) {
        while (*bytes < wanted && cache->idle[i].first != 0) {
            uint32_t victim = cache->idle[i].first;
            (void)check_idle(cache, victim);
            fai_stream_busy(cache, victim);
            at(cache, victim)->state = FAI_STREAM_GOING;
            fai_stream_seal(at(cache, victim));
            if (last != 0) {
                at(cache, last)->after = victim;
            } else {
                first = victim;
            }
            last = victim;
            *bytes += at(cache, victim)->bytes;
            cache->stats.streams--;
            cache->stats.evicted++;
        }
    }
    cache->stats.used_bytes -= *bytes;
    cache->stats.evicted_bytes += *bytes;
    return first;
}

/* Tell the hook of each victim and free it, then give up @p held bytes; the lock is not held. */
static void evict(fai_context *ctx, fa_stream_cache *cache, uint32_t victim, size_t held, const char *here)
{
    ctx->evicting = true;
    while (victim != 0) {
        fai_mutex_lock(&cache->shared.lock);
        fai_stream_slot was =
            *fai_stream_check_slot(cache, victim); /* the array may move while the hook runs */
        fa_stream id = id_of(cache, victim);
        fai_mutex_unlock(&cache->shared.lock);
        if (cache->on_evict.fn != NULL) {
            cache->on_evict.fn(cache->on_evict.user, &ctx->head, id, was.name, was.p, was.bytes);
        }
        fai_stream_let_go(ctx, cache, victim, was.after == 0 ? held : 0, here);
        victim = was.after;
    }
    ctx->evicting = false;
}

/* REENTRANT with FA105 from inside the hook. */
static fa_result check_outside(const fai_stream_call *call)
{
    if (!fai_ctx(call->ctx)->evicting) {
        return FA_RESULT_OK;
    }
    return fai_stream_refuse(call, NULL, FA_CODE_FA105, FA_RESULT_REENTRANT,
                             "cannot be served inside on_evict");
}

/* ---- create, destroy ----------------------------------------------------------------------------------- */

static void dispose(fai_shared *shared)
{
    fa_stream_cache *cache = (fa_stream_cache *)shared; /* blocks that are left go with their pages */
    fai_list_free(shared->allocator, &cache->slots, sizeof(fai_stream_slot));
    fai_meta_free(shared->allocator, cache, sizeof *cache);
}

static const char *validate(fai_shared *shared)
{
    const fa_stream_cache *cache = (const fa_stream_cache *)shared;
    uint64_t bytes = 0;
    uint64_t streams = 0;
    size_t idle = 0;
    size_t listed = 0;
    fai_mutex_lock(&shared->lock);
    for (uint32_t i = 1; i < cache->slots.count; i++) {
        const fai_stream_slot *slot = at(cache, i);
        bool here = slot->state == FAI_STREAM_LOADING || slot->state == FAI_STREAM_READY;
        streams += here ? 1 : 0;
        bytes += here ? slot->bytes : 0;
        idle += slot->state == FAI_STREAM_READY && slot->readers == 0 ? slot->bytes : 0;
    }
    for (unsigned i = 0; i < FA_STREAM_PRIORITY_COUNT; i++) {
        listed += cache->idle[i].bytes;
    }
    bool sound = bytes == cache->stats.used_bytes && streams == cache->stats.streams && idle == listed;
    fai_mutex_unlock(&shared->lock);
    return sound ? NULL : "the streams of a cache do not add up";
}

static void check_desc(const fai_context *ctx, const fa_stream_cache_desc *desc, fai_problems *problems)
{
    fai_problems_check_canaries(problems, desc->start_canary, desc->end_canary);
    fai_problems_check_tag(problems, ctx->allocator, desc->tag);
}

fa_result fai_stream_cache_create(fa_context *public_ctx, const fa_stream_cache_desc *desc,
                                  fa_stream_cache **out, const char *here)
{
    static const fa_stream_cache_desc defaults = {0};
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    fa_result check = fai_context_check(public_ctx, "fa_stream_cache_create", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    desc = desc != NULL ? desc : &defaults;
    fai_problems problems = {0};
    check_desc(ctx, desc, &problems);
    if (problems.count > 0) {
        return fai_context_refuse_desc(ctx, "fa_stream_cache_desc", &problems, here);
    }
    fa_stream_cache *cache = fai_meta_alloc(ctx->allocator, sizeof *cache);
    if (cache == NULL || !fai_list_reserve(ctx->allocator, &cache->slots, 16, sizeof(fai_stream_slot))) {
        fai_meta_free(ctx->allocator, cache, sizeof *cache);
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    fai_shared_init(&cache->shared, ctx, CACHE_MAGIC, "stream cache", desc->name, desc->tag);
    cache->shared.dispose = dispose;
    cache->shared.validate = validate;
    cache->slots.count = 1;
    cache->salt = (uint8_t)atomic_fetch_add(&ctx->allocator->shared_serial, 1);
    cache->slots_seal = fai_stream_slots_seal(cache);
    cache->on_evict = desc->on_evict;
    cache->stats.name = cache->shared.name;
    cache->stats.budget_bytes = desc->budget_bytes != 0 ? desc->budget_bytes : BUDGET_DEFAULT;
    fai_shared_link(&cache->shared);
    *out = cache;
    return FA_RESULT_OK;
}

static bool is_in_use(const fa_stream_cache *cache)
{
    for (uint32_t i = 1; i < cache->slots.count; i++) {
        if (at(cache, i)->readers != 0 || at(cache, i)->writing) {
            return true;
        }
    }
    return false;
}

fa_result fai_stream_cache_destroy(fa_context *public_ctx, fa_stream_cache *cache, const char *here)
{
    const fai_stream_call call = {public_ctx, cache, {0}, "fa_stream_cache_destroy", here};
    fa_result check =
        cache != NULL ? fai_stream_check(&call) : fai_context_check(public_ctx, call.name, here);
    check = check == FA_RESULT_OK && cache != NULL ? check_outside(&call) : check;
    if (check != FA_RESULT_OK || cache == NULL) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_mutex_lock(&cache->shared.lock);
    bool busy = is_in_use(cache);
    fai_mutex_unlock(&cache->shared.lock);
    if (busy) {
        return fai_stream_refuse(&call, NULL, FA_CODE_FA402, FA_RESULT_BUSY, "or another is read or written");
    }
    for (uint32_t i = 1; i < cache->slots.count; i++) {
        fai_block block;
        if (at(cache, i)->p != NULL) {
            (void)fai_depot_free(ctx, &ctx->allocator->stream_blocks, at(cache, i)->p, here, &block);
        }
    }
    fai_shared_destroy(&cache->shared);
    return FA_RESULT_OK;
}

/* ---- reserve ------------------------------------------------------------------------------------------- */

static uint8_t resolved_priority(fa_stream_priority priority)
{
    return (uint8_t)(priority != FA_STREAM_PRIORITY_DEFAULT ? priority : FA_STREAM_PRIORITY_NORMAL);
}

/* An unused slot, not taken yet; 0: none, with the reason. */
static uint32_t reserve_slot(fa_stream_cache *cache, fa_result *why)
{
    if (cache->free_slot != 0) {
        bool is_free = fai_stream_check_slot(cache, cache->free_slot)->state == FAI_STREAM_FREE;
        fai_shared_expect(&cache->shared, is_free, "a list of streams is damaged");
        return cache->free_slot;
    }
    fai_shared_expect(&cache->shared, cache->slots_seal == fai_stream_slots_seal(cache),
                      "a table of streams is damaged");
    uint32_t index = cache->slots.count;
    *why = index > SLOTS_MAX ? FA_RESULT_FULL : FA_RESULT_OUT_OF_MEMORY;
    bool room = index <= SLOTS_MAX &&
                fai_list_reserve(cache->shared.allocator, &cache->slots, index + 1, sizeof(fai_stream_slot));
    cache->slots_seal = fai_stream_slots_seal(cache);
    return room ? index : 0;
}

/* Book the bytes and a slot, take victims out of sight. 0: refused, with the reason, nothing changed. The
 * lock is held.
 */
static uint32_t book(fa_stream_cache *cache, const fa_stream_desc *desc, uint32_t *victims, size_t *held,
                     fa_result *why)
{
    fa_stream_cache_stats *stats = &cache->stats;
    uint8_t priority = resolved_priority(desc->priority);
    size_t room = (size_t)(stats->budget_bytes - stats->used_bytes) - cache->held_bytes;
    size_t wanted = desc->bytes > room ? desc->bytes - room : 0;
    *why = desc->bytes > FA_REQUEST_MAX ? FA_RESULT_FULL : FA_RESULT_OVER_BUDGET;
    if (desc->bytes > FA_REQUEST_MAX || wanted > evictable_bytes(cache, priority)) {
        return 0;
    }
    uint32_t index = reserve_slot(cache, why);
    if (index == 0) {
        return 0;
    }
    if (index == cache->slots.count) {
        cache->slots.count++;
        cache->slots_seal = fai_stream_slots_seal(cache);
        *at(cache, index) = (fai_stream_slot){.generation = 1};
    } else {
        cache->free_slot = at(cache, index)->after;
    }
    fai_stream_slot *slot = at(cache, index);
    *slot = (fai_stream_slot){.bytes = desc->bytes,
                              .generation = slot->generation,
                              .state = FAI_STREAM_LOADING,
                              .priority = priority};
    fai_stream_seal(slot);
    snprintf(slot->name, sizeof slot->name, "%s", desc->name != NULL ? desc->name : "stream");
    size_t evicted = 0;
    *victims = choose_victims(cache, priority, wanted, &evicted);
    *held = evicted - wanted; /* what came free beyond our need is room when it is free, not before */
    cache->held_bytes += *held;
    stats->used_bytes += desc->bytes;
    stats->peak_bytes = stats->used_bytes > stats->peak_bytes ? stats->used_bytes : stats->peak_bytes;
    stats->streams++;
    stats->loading++;
    stats->reserved++;
    return index;
}

static void unbook(fa_stream_cache *cache, uint32_t index)
{
    cache->stats.used_bytes -= at(cache, index)->bytes;
    cache->stats.streams--;
    cache->stats.loading--;
    cache->stats.reserved--;
    cache->stats.refused++;
    recycle(cache, index);
}

static fa_result check_stream_desc(const fai_stream_call *call, const fa_stream_desc *desc)
{
    fai_problems problems = {0};
    fai_problems_check_canaries(&problems, desc->start_canary, desc->end_canary);
    if ((unsigned)desc->priority >= FA_STREAM_PRIORITY_COUNT) {
        fai_problems_add(&problems, "priority is %u, not one of the enum", (unsigned)desc->priority);
    }
    if (desc->align_bytes > FA_ALIGN_MAX || (desc->align_bytes & (desc->align_bytes - 1)) != 0) {
        fai_problems_add(&problems, "align_bytes is %zu, not a power of two up to %zu", desc->align_bytes,
                         FA_ALIGN_MAX);
    }
    return problems.count > 0
               ? fai_context_refuse_desc(fai_ctx(call->ctx), "fa_stream_desc", &problems, call->here)
               : FA_RESULT_OK;
}

fa_result fai_stream_reserve(fa_context *public_ctx, fa_stream_cache *cache, const fa_stream_desc *desc,
                             fa_stream *out, const char *here)
{
    const fai_stream_call call = {public_ctx, cache, {0}, "fa_stream_reserve", here};
    if (desc == NULL || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = (fa_stream){0};
    fa_result result = fai_stream_check(&call);
    result = result == FA_RESULT_OK ? check_outside(&call) : result;
    result = result == FA_RESULT_OK ? check_stream_desc(&call, desc) : result;
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    uint32_t victims = 0;
    size_t held = 0;
    fai_mutex_lock(&cache->shared.lock);
    uint32_t index = book(cache, desc, &victims, &held, &result);
    cache->stats.refused += index == 0 ? 1 : 0;
    fai_mutex_unlock(&cache->shared.lock);
    if (index == 0) {
        ctx->refused++;
        return fai_context_error(ctx, result);
    }
    evict(ctx, cache, victims, held, here);
    size_t align = desc->align_bytes != 0 ? desc->align_bytes : FA_ALIGN_DEFAULT;
    void *p =
        fai_depot_alloc(ctx, &ctx->allocator->stream_blocks, desc->bytes, align, cache->shared.tag, here);
    fai_mutex_lock(&cache->shared.lock);
    if (p != NULL) {
        fai_stream_slot *slot = fai_stream_check_slot(cache, index);
        slot->p = p;
        slot->here = here;
        fai_stream_seal(slot);
        *out = id_of(cache, index);
    } else {
        unbook(cache, index);
    }
    fai_mutex_unlock(&cache->shared.lock);
    return p != NULL ? FA_RESULT_OK : ctx->last_result;
}

/* ---- the whole cache ----------------------------------------------------------------------------------- */

size_t fai_stream_cache_trim(fa_context *public_ctx, fa_stream_cache *cache, size_t keep_bytes,
                             const char *here)
{
    const fai_stream_call call = {public_ctx, cache, {0}, "fa_stream_cache_trim", here};
    if (fai_stream_check(&call) != FA_RESULT_OK || check_outside(&call) != FA_RESULT_OK) {
        return 0;
    }
    size_t bytes = 0;
    fai_mutex_lock(&cache->shared.lock);
    size_t used = (size_t)cache->stats.used_bytes;
    uint32_t victims =
        choose_victims(cache, FA_STREAM_PRIORITY_CRITICAL, used > keep_bytes ? used - keep_bytes : 0, &bytes);
    cache->held_bytes += bytes;
    fai_mutex_unlock(&cache->shared.lock);
    evict(fai_ctx(public_ctx), cache, victims, bytes, here);
    return bytes;
}

fa_result fai_stream_cache_stats_get(fa_context *ctx, fa_stream_cache *cache, fa_stream_cache_stats *out,
                                     const char *here)
{
    const fai_stream_call call = {ctx, cache, {0}, "fa_stream_cache_stats_get", here};
    fa_result check = fai_stream_check(&call);
    if (check != FA_RESULT_OK || out == NULL) {
        return check != FA_RESULT_OK ? check : FA_RESULT_INVALID_ARGUMENT;
    }
    fai_mutex_lock(&cache->shared.lock);
    *out = cache->stats;
    fai_mutex_unlock(&cache->shared.lock);
    return FA_RESULT_OK;
}
