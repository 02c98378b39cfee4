/* phase.h - the table of phases, and the rows in which each context counts. */
#ifndef FAI_PHASE_H
#define FAI_PHASE_H

#include <stdatomic.h>

#include "framealloc/phase.h"

struct fai_context;

/* Written by the owner of its context, read by any thread. Figures of a frame are those of `frame`. */
typedef struct fai_phase_row {
    atomic_uint_fast64_t frame;
    atomic_uint_fast64_t runs;
    atomic_uint_fast64_t frames;
    atomic_size_t bytes;
    atomic_size_t self_bytes;
    atomic_size_t peak_bytes;
    atomic_uint_fast64_t total_bytes;
    atomic_uint_fast64_t ticks;
    atomic_uint_fast64_t self_ticks;
    atomic_uint_fast64_t max_ticks;
    atomic_uint_fast64_t total_ticks;
} fai_phase_row;

typedef struct fai_phase_level {
    fa_phase phase;
    const char *here;
    size_t used; /* frame bytes when it began */
    uint64_t ticks;
    size_t inner_bytes; /* of phases inside */
    uint64_t inner_ticks;
} fai_phase_level;

typedef struct fai_phase_stack { /* of a context, made when the first phase begins */
    fai_phase_row rows[FA_PHASE_MAX + 1];
    fai_phase_level levels[FA_PHASE_DEPTH_MAX];
    uint32_t depth;
} fai_phase_stack;

typedef struct fai_phases { /* of an allocator; names are guarded by the tags' lock and never change */
    char names[FA_PHASE_MAX + 1][FA_PHASE_NAME_MAX + 1];
    atomic_uint count;
} fai_phases;

/* At a frame's end: leave what is open. */
void fai_phase_unwind(struct fai_context *ctx, const char *here, bool report);

#endif
