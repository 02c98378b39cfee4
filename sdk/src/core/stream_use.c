/* stream_use.c - filling a stream and reading it. */
#include "core/stream.h"

#include <string.h>

static uint32_t index_of(fa_stream stream)
{
    return (uint32_t)(stream.bits & FAI_STREAM_INDEX_MASK);
}

/* ---- writing ------------------------------------------------------------------------------------------- */

/* Open the place behind what is written. NULL: refused, with the reason told. */
static void *open_place(const fai_stream_call *call, size_t bytes, size_t *left)
{
    fa_stream_cache *cache = call->cache;
    if (fai_stream_check(call) != FA_RESULT_OK) {
        return NULL;
    }
    fai_stream_slot was = {0};
    fai_stream_slot *slot = NULL;
    fai_mutex_lock(&cache->shared.lock);
    fai_stream_found found = fai_stream_find(cache, call->stream, &slot);
    was = slot != NULL ? *slot : was;
    bool free_to_write = slot != NULL && was.state == FAI_STREAM_LOADING && !was.writing;
    bool fits = slot != NULL && bytes <= was.bytes - was.written;
    if (free_to_write && fits) {
        slot->writing = true;
        fai_stream_seal(slot);
    }
    fai_mutex_unlock(&cache->shared.lock);
    if (slot == NULL) {
        (void)fai_stream_refuse_stale(call, found);
        return NULL;
    }
    if (!free_to_write) {
        (void)fai_stream_refuse(call, &was, FA_CODE_FA403, FA_RESULT_BUSY,
                                was.writing ? "is being written already" : "is complete and ready");
        return NULL;
    }
    if (!fits) {
        (void)fai_stream_refuse(call, &was, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT,
                                "has not so many bytes left");
        return NULL;
    }
    *left = was.bytes - was.written;
    return (char *)was.p + was.written;
}

static fa_result close_place(const fai_stream_call *call, size_t bytes)
{
    fa_stream_cache *cache = call->cache;
    fai_stream_slot was = {0};
    fai_stream_slot *slot = NULL;
    fai_mutex_lock(&cache->shared.lock);
    fai_stream_found found = fai_stream_find(cache, call->stream, &slot);
    was = slot != NULL ? *slot : was;
    bool fits = bytes <= was.bytes - was.written;
    if (was.writing && fits) {
        slot->writing = false;
        slot->written += bytes;
        fai_stream_seal(slot);
        cache->stats.written_bytes += bytes;
    }
    fai_mutex_unlock(&cache->shared.lock);
    if (slot == NULL) {
        return fai_stream_refuse_stale(call, found);
    }
    if (!was.writing) {
        return fai_stream_refuse(call, &was, FA_CODE_FA402, FA_RESULT_UNBALANCED, "is not being written");
    }
    return fits ? FA_RESULT_OK
                : fai_stream_refuse(call, &was, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT,
                                    "had not so many bytes left: it was written past its end");
}

fa_result fai_stream_write(fa_context *ctx, fa_stream_cache *cache, fa_stream stream, const void *data,
                           size_t bytes, const char *here)
{
    const fai_stream_call call = {ctx, cache, stream, "fa_stream_write", here};
    size_t left = 0;
    if (data == NULL && bytes > 0) {
        fa_result check = fai_stream_check(&call);
        return check != FA_RESULT_OK
                   ? check
                   : fai_stream_refuse(&call, NULL, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT,
                                       "is given bytes at NULL");
    }
    void *place = open_place(&call, bytes, &left);
    if (place == NULL) {
        return ctx != NULL ? fai_ctx(ctx)->last_result : FA_RESULT_INVALID_ARGUMENT;
    }
    if (bytes > 0) {
        memcpy(place, data, bytes); /* without the lock: nobody else may write, and nobody reads yet */
    }
    return close_place(&call, bytes);
}

void *fai_stream_write_begin(fa_context *ctx, fa_stream_cache *cache, fa_stream stream, size_t *left_bytes,
                             const char *here)
{
    const fai_stream_call call = {ctx, cache, stream, "fa_stream_write_begin", here};
    size_t left = 0;
    void *place = open_place(&call, 0, &left);
    if (left_bytes != NULL) {
        *left_bytes = left;
    }
    return place;
}

fa_result fai_stream_write_end(fa_context *ctx, fa_stream_cache *cache, fa_stream stream, size_t bytes,
                               const char *here)
{
    const fai_stream_call call = {ctx, cache, stream, "fa_stream_write_end", here};
    fa_result check = fai_stream_check(&call);
    return check == FA_RESULT_OK ? close_place(&call, bytes) : check;
}

fa_result fai_stream_ready(fa_context *ctx, fa_stream_cache *cache, fa_stream stream, const char *here)
{
    const fai_stream_call call = {ctx, cache, stream, "fa_stream_ready", here};
    fa_result check = fai_stream_check(&call);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_stream_slot was = {0};
    fai_stream_slot *slot = NULL;
    fai_mutex_lock(&cache->shared.lock);
    fai_stream_found found = fai_stream_find(cache, stream, &slot);
    was = slot != NULL ? *slot : was;
    bool complete = was.state == FAI_STREAM_LOADING && !was.writing && was.written == was.bytes;
    if (complete) {
        slot->state = FAI_STREAM_READY;
        fai_stream_seal(slot);
        cache->stats.loading--;
        cache->stats.completed++;
        fai_stream_idle(cache, index_of(stream));
    }
    fai_mutex_unlock(&cache->shared.lock);
    if (slot == NULL) {
        return fai_stream_refuse_stale(&call, found);
    }
    return complete ? FA_RESULT_OK
                    : fai_stream_refuse(&call, &was, FA_CODE_FA403, FA_RESULT_BUSY,
                                        was.state == FAI_STREAM_READY ? "is ready already"
                                        : was.writing                 ? "is being written"
                                                                      : "is not complete: bytes are missing");
}

/* ---- reading ------------------------------------------------------------------------------------------- */

const void *fai_stream_read_begin(fa_context *public_ctx, fa_stream_cache *cache, fa_stream stream,
                                  size_t *bytes, const char *here)
{
    const fai_stream_call call = {public_ctx, cache, stream, "fa_stream_read_begin", here};
    if (bytes != NULL) {
        *bytes = 0;
    }
    if (fai_stream_check(&call) != FA_RESULT_OK) {
        return NULL;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_stream_slot was = {0};
    fai_stream_slot *slot = NULL;
    fai_mutex_lock(&cache->shared.lock);
    fai_stream_found found = fai_stream_find(cache, stream, &slot);
    was = slot != NULL ? *slot : was;
    bool hit = was.state == FAI_STREAM_READY && was.readers < UINT32_MAX;
    if (hit) {
        if (slot->readers == 0) {
            fai_stream_busy(cache, index_of(stream));
            cache->stats.reading++;
        }
        slot->readers++;
        fai_stream_seal(slot);
        cache->stats.hits++;
    } else if (found != FAI_STREAM_IS_FORGED) {
        cache->stats.misses++;
    }
    fai_mutex_unlock(&cache->shared.lock);
    if (found == FAI_STREAM_IS_FORGED) {
        (void)fai_stream_refuse_stale(&call, found);
        return NULL;
    }
    if (!hit) {
        ctx->last_result = found == FAI_STREAM_IS_GONE ? FA_RESULT_NOT_FOUND : FA_RESULT_BUSY;
        return NULL;
    }
    if (bytes != NULL) {
        *bytes = was.bytes;
    }
    return was.p;
}

fa_result fai_stream_read_end(fa_context *ctx, fa_stream_cache *cache, fa_stream stream, const char *here)
{
    const fai_stream_call call = {ctx, cache, stream, "fa_stream_read_end", here};
    fa_result check = fai_stream_check(&call);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_stream_slot was = {0};
    fai_stream_slot *slot = NULL;
    fai_mutex_lock(&cache->shared.lock);
    fai_stream_found found = fai_stream_find(cache, stream, &slot);
    was = slot != NULL ? *slot : was;
    if (was.readers > 0) {
        slot->readers--;
        fai_stream_seal(slot);
        if (slot->readers == 0) {
            fai_stream_idle(cache, index_of(stream));
            cache->stats.reading--;
        }
    }
    fai_mutex_unlock(&cache->shared.lock);
    if (slot == NULL) {
        return fai_stream_refuse_stale(&call, found);
    }
    return was.readers > 0
               ? FA_RESULT_OK
               : fai_stream_refuse(&call, &was, FA_CODE_FA402, FA_RESULT_UNBALANCED, "is read by nobody");
}

/* ---- the rest ------------------------------------------------------------------------------------------ */

fa_result fai_stream_release(fa_context *ctx, fa_stream_cache *cache, fa_stream stream, const char *here)
{
    const fai_stream_call call = {ctx, cache, stream, "fa_stream_release", here};
    fa_result check = fai_stream_check(&call);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_stream_slot was = {0};
    fai_stream_slot *slot = NULL;
    fai_mutex_lock(&cache->shared.lock);
    fai_stream_found found = fai_stream_find(cache, stream, &slot);
    was = slot != NULL ? *slot : was;
    bool busy = was.readers > 0 || was.writing;
    if (slot != NULL && !busy) {
        if (was.state == FAI_STREAM_READY) {
            fai_stream_busy(cache, index_of(stream));
        } else {
            cache->stats.loading--;
        }
        slot->state = FAI_STREAM_GOING;
        fai_stream_seal(slot);
        cache->stats.streams--;
        cache->stats.released++;
        cache->stats.used_bytes -= was.bytes;
        cache->held_bytes += was.bytes;
    }
    fai_mutex_unlock(&cache->shared.lock);
    if (found != FAI_STREAM_IS_HERE) {
        return found == FAI_STREAM_IS_GONE ? FA_RESULT_OK : fai_stream_refuse_stale(&call, found);
    }
    if (busy) {
        return fai_stream_refuse(&call, &was, FA_CODE_FA402, FA_RESULT_BUSY,
                                 was.writing ? "is being written" : "is being read");
    }
    fai_stream_let_go(fai_ctx(ctx), cache, index_of(stream), was.bytes, here);
    return FA_RESULT_OK;
}

fa_result fai_stream_set_priority(fa_context *ctx, fa_stream_cache *cache, fa_stream stream,
                                  fa_stream_priority priority, const char *here)
{
    const fai_stream_call call = {ctx, cache, stream, "fa_stream_set_priority", here};
    fa_result check = fai_stream_check(&call);
    if (check != FA_RESULT_OK) {
        return check;
    }
    if ((unsigned)priority >= FA_STREAM_PRIORITY_COUNT) {
        return fai_stream_refuse(&call, NULL, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT,
                                 "cannot have a priority that is not one of the enum");
    }
    fai_stream_slot *slot = NULL;
    fai_mutex_lock(&cache->shared.lock);
    fai_stream_found found = fai_stream_find(cache, stream, &slot);
    if (slot != NULL) {
        bool idle = slot->state == FAI_STREAM_READY && slot->readers == 0;
        if (idle) {
            fai_stream_busy(cache, index_of(stream));
        }
        slot->priority =
            (uint8_t)(priority != FA_STREAM_PRIORITY_DEFAULT ? priority : FA_STREAM_PRIORITY_NORMAL);
        fai_stream_seal(slot);
        if (idle) {
            fai_stream_idle(cache, index_of(stream));
        }
    }
    fai_mutex_unlock(&cache->shared.lock);
    switch (found) {
    case FAI_STREAM_IS_HERE: return FA_RESULT_OK;
    case FAI_STREAM_IS_GONE: return fai_context_error(fai_ctx(ctx), FA_RESULT_NOT_FOUND);
    default: return fai_stream_refuse_stale(&call, found);
    }
}

fa_result fai_stream_info_get(fa_context *ctx, fa_stream_cache *cache, fa_stream stream, fa_stream_info *out,
                              const char *here)
{
    const fai_stream_call call = {ctx, cache, stream, "fa_stream_info_get", here};
    fa_result check = fai_stream_check(&call);
    if (check != FA_RESULT_OK || out == NULL) {
        return check != FA_RESULT_OK ? check : FA_RESULT_INVALID_ARGUMENT;
    }
    *out = (fa_stream_info){0};
    fai_stream_slot *slot = NULL;
    fai_mutex_lock(&cache->shared.lock);
    fai_stream_found found = fai_stream_find(cache, stream, &slot);
    if (slot != NULL) {
        out->state = slot->state == FAI_STREAM_READY ? FA_STREAM_READY : FA_STREAM_LOADING;
        out->priority = (fa_stream_priority)slot->priority;
        out->bytes = slot->bytes;
        out->written_bytes = slot->written;
        out->readers = slot->readers;
        memcpy(out->name, slot->name, sizeof out->name);
    }
    fai_mutex_unlock(&cache->shared.lock);
    return found == FAI_STREAM_IS_FORGED ? fai_stream_refuse_stale(&call, found) : FA_RESULT_OK;
}
