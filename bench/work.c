/* work.c - see work.h. */
#include "work.h"

#include <stdlib.h>

uint64_t work_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

void work_fill_requests(work_request *requests, size_t count, uint32_t min_bytes, uint32_t max_bytes)
{
    uint64_t seed = 1;
    for (size_t i = 0; i < count; i++) {
        requests[i].size_bytes = min_bytes + (uint32_t)(work_random(&seed) % (max_bytes - min_bytes + 1));
        requests[i].align_bytes = 4u << (work_random(&seed) % 5);
    }
}

void work_fill_order(uint32_t *order, size_t count)
{
    uint64_t seed = 2;
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint32_t)i;
    }
    for (size_t i = count; i > 1; i--) {
        size_t j = work_random(&seed) % i;
        uint32_t swapped = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swapped;
    }
}

void *work_sdk_create(const void *unused)
{
    (void)unused;
    work_sdk *sdk = calloc(1, sizeof(*sdk));
    if (sdk == NULL) {
        return NULL;
    }
    if (fa_allocator_create(&(fa_allocator_desc){.name = "bench"}, &sdk->allocator) != FA_RESULT_OK ||
        fa_context_attach(sdk->allocator, NULL, &sdk->ctx) != FA_RESULT_OK) {
        (void)fa_allocator_destroy(sdk->allocator);
        free(sdk);
        return NULL;
    }
    return sdk;
}

void work_sdk_destroy(void *sdk)
{
    work_sdk *s = sdk;
    (void)fa_context_detach(s->ctx);
    (void)fa_allocator_destroy(s->allocator);
    free(s);
}
