/* preset.c - descs to start from. */
#include "framealloc/allocator.h"

#define KIB ((size_t)1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

fa_allocator_desc fa_allocator_desc_default(void)
{
    return (fa_allocator_desc){0};
}

fa_allocator_desc fa_allocator_desc_minimal(void)
{
    return (fa_allocator_desc){.frame_max_bytes = 16 * MIB,
                               .frame_keep_bytes = 256 * KIB,
                               .scratch_max_bytes = 4 * MIB,
                               .object_max_bytes = 256 * MIB};
}

fa_allocator_desc fa_allocator_desc_high_performance(void)
{
    return (fa_allocator_desc){.frame_max_bytes = 4 * GIB,
                               .frame_prefault_bytes = 16 * MIB,
                               .frame_keep_bytes = FA_NO_LIMIT,
                               .scratch_max_bytes = 1 * GIB};
}
