/* watch.h - what a context collects while diagnostics are on: one row per call site, one per tag.
 *
 * The core calls in from its out-of-line paths where ctx->watch is set; nothing here runs otherwise. All of
 * it belongs to the context's owner. */
#ifndef FAI_WATCH_H
#define FAI_WATCH_H

#include "core/context.h"
#include "debug/behaviour.h"
#include "framealloc/diagnostics.h"

#define FAI_SIZE_BUCKETS 512u

typedef struct fai_site {
    const char *here; /* NULL: the row is empty */
    fa_tag tag;
    uint8_t lifetime;
    uint8_t depth; /* of the stack */
    uint32_t last_allocs;
    uint32_t peak_allocs;
    uint64_t allocs;
    uint64_t bytes;
    uint64_t last_frame;
    const void *caller;
    const void **stack; /* FA_BACKTRACE_MAX of them, or NULL */
} fai_site;

/* What one tag did. Figures of a frame are valid when stamped with it. */
typedef struct fai_watch_tag {
    uint64_t stamp;
    uint64_t hash;
    uint64_t last_stamp;
    uint64_t last_hash;
} fai_watch_tag;

typedef struct fai_watch {
    fa_diagnostics_level level;
    bool whole; /* the open frame has been seen from its begin */
    uint32_t backtrace_every;
    uint64_t countdown; /* allocations until the next call stack */
    fai_site *sites;    /* open addressing by site, tag and lifetime */
    uint32_t site_capacity;
    uint32_t site_count;
    fai_watch_tag *tags;
    uint32_t tag_capacity;
    uint64_t hash;
    uint64_t last_hash;
    uint64_t last_hash_frame; /* 0: none */
    uint64_t frame_allocs;
    uint64_t frame_requested;
    fa_diagnostics_stats stats;
    fai_behaviour behaviour;
    uint32_t frame_sizes[FAI_SIZE_BUCKETS]; /* frames by bytes used: eight buckets per power of two */
} fai_watch;

/* A block was handed out. @p caller is an address in the code that asked, or NULL. */
FA_COLD void fai_watch_alloc(fai_context *ctx, fa_lifetime lifetime, fa_tag tag, const void *p, size_t size,
                             size_t align, const char *here, const void *caller);
/* The last block of the frame changed its size where it is. */
FA_COLD void fai_watch_resize(fai_context *ctx, const void *p, size_t old_bytes, size_t new_bytes);
/* A block is about to be freed. */
FA_COLD void fai_watch_free(fai_context *ctx, fa_lifetime lifetime, fa_tag tag, const void *p);
/* A frame block of @p tag was promoted to @p p, in the pool or the heap. */
FA_COLD void fai_watch_kept(fai_context *ctx, fa_tag tag, const void *p, const char *here);
FA_COLD void fai_watch_frame_begin(fai_context *ctx);
FA_COLD void fai_watch_frame_end(fai_context *ctx);
/* A context is about to be given up: say what size its frames should have had, if they had not. */
void fai_advice_log(fai_context *ctx);
/* Bucket of a frame of that many bytes. */
uint32_t fai_advice_bucket(size_t bytes);
/* Diagnostics off, without a word: the context is going away. */
void fai_watch_drop(fai_context *ctx);

#if defined(__GNUC__)
#define FAI_CALLER __builtin_return_address(0)
#else
#define FAI_CALLER NULL
#endif

#endif
