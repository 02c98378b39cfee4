/* vector.c - a growing array in frame memory: doubling, in place where the frame allows it. */
#include "framealloc/vector.h"

#include "core/context.h"

#define FIRST_CAPACITY ((size_t)8)

static fa_result refuse_stale(fai_context *ctx, const fa_vector *vector, const char *here)
{
    fai_report report = {.code = FA_CODE_FA606,
                         .result = FA_RESULT_STALE,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here,
                         .address = vector->items,
                         .bytes = vector->capacity * vector->item_bytes};
    ctx->last_result = FA_RESULT_STALE;
    return fai_report_send(&report, "the vector lives in frame %llu, which has ended",
                           (unsigned long long)vector->frame);
}

fa_result fai_vector_reserve(fa_vector *vector, size_t capacity, const char *here)
{
    if (vector == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = fai_context_check(vector->ctx, "fa_vector_reserve", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(vector->ctx);
    /* A vector belongs to its frame even while there is room: items of an ended frame must not be written. */
    if (vector->frame != 0 &&
        (vector->frame != ctx->frame_index || fai_frame_state_of(ctx) == FAI_FRAME_CLOSED)) {
        return refuse_stale(ctx, vector, here);
    }
    if (capacity <= vector->capacity) {
        return FA_RESULT_OK;
    }
    if (vector->item_bytes != 0 && capacity > FA_REQUEST_MAX / vector->item_bytes) {
        return fai_context_error(ctx, FA_RESULT_FULL);
    }
    void *items = fai_frame_realloc(vector->ctx, vector->items, vector->capacity * vector->item_bytes,
                                    capacity * vector->item_bytes, vector->item_align, here);
    if (items == NULL) {
        return ctx->last_result;
    }
    vector->items = items;
    vector->capacity = capacity;
    vector->frame = ctx->frame_index;
    return FA_RESULT_OK;
}

void *fai_vector_push(fa_vector *vector, const char *here)
{
    if (vector == NULL) {
        return NULL;
    }
    size_t capacity = vector->capacity;
    if (vector->count == capacity) {
        capacity = capacity == 0 ? FIRST_CAPACITY : capacity <= SIZE_MAX / 2 ? capacity * 2 : SIZE_MAX;
    }
    fa_result result = fai_vector_reserve(vector, capacity, here);
    bool world_refused = result == FA_RESULT_FULL || result == FA_RESULT_OUT_OF_MEMORY;
    if (world_refused && capacity > vector->count + 1) {
        fai_ctx(vector->ctx)->refused--; /* no room to double: one more will do */
        result = fai_vector_reserve(vector, vector->count + 1, here);
    }
    if (result != FA_RESULT_OK) {
        return NULL;
    }
    return (char *)vector->items + vector->count++ * vector->item_bytes;
}
