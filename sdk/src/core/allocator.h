/* allocator.h - the private shape of fa_allocator.
 *
 * It lives at the start of its own metadata extent, so that creating one needs nothing but the backing.
 * Locks, outermost first: contexts -> shared -> heap, depots -> objects -> tags -> meta, deferred; report is
 * taken with none of them held. */
#ifndef FAI_ALLOCATOR_H
#define FAI_ALLOCATOR_H

#include <stdatomic.h>

#include "core/budget.h"
#include "core/meta.h"
#include "core/object.h"
#include "core/phase.h"
#include "core/tag.h"
#include "debug/steady.h"
#include "framealloc/allocator.h"
#include "framealloc/deferred.h"
#include "framealloc/lifecycle.h"
#include "framealloc/snapshot.h"
#include "framealloc/transfer.h"
#include "platform/platform.h"
#include "platform/ticks.h"

#define FAI_NAME_BYTES 32
#define FAI_ALLOCATOR_MAGIC UINT64_C(0xFA110CA7012BEEF5)

struct fai_context;

typedef struct fai_listeners { /* lifecycle.c */
    fa_lifecycle_listener items[FA_LIFECYCLE_MAX];
    uint32_t count;
    uint32_t kinds; /* that anybody wants to hear */
    bool telling;
    uint64_t dropped;
} fai_listeners;

typedef struct fai_transfers { /* transfer.c */
    fai_mutex lock;
    fai_list slots;
    uint32_t free; /* lists of slots, index + 1 */
    uint32_t over_head, over_tail;
    uint32_t over_count;
    fa_transfer_stats stats;
} fai_transfers;

struct fa_allocator {
    uint64_t magic;
    const char *copy;       /* of the SDK that made it: fai_copy */
    fa_allocator_desc desc; /* resolved; desc.name points to name below */
    char name[FAI_NAME_BYTES];
    const fai_platform *platform;
    size_t page_bytes;
    fai_tick_clock clock;

    fai_meta meta;
    fai_objects objects;
    fai_depot group_blocks;
    fai_depot stream_blocks;
    fai_tags tags;
    fai_budgets budgets;
    fai_phases phases;

    fai_mutex contexts_lock;
    struct fai_context *contexts; /* attached or handed over */
    struct fai_context *parked;   /* detached: kept with their live pages for the next thread */
    struct fai_shared *shared;    /* groups, handle heaps, stream caches, shared arenas */
    atomic_uint shared_serial;
    struct fa_barrier *barriers;
    fai_transfers transfers;
    fa_deferred_desc deferred; /* resolved, of contexts that say nothing; desc.deferred points to it */
    fai_mutex deferred_lock;   /* nothing is taken while it is held */
    fai_cond deferred_room;    /* some queue has room again */
    fai_listeners listeners;   /* of every context; the contexts lock guards them */
    uint32_t context_count;
    uint32_t context_serial;
    fai_thread_key key; /* value: this allocator, while the thread has contexts */
    bool has_key;

    fai_mutex report_lock;                                  /* handlers of one allocator run one at a time */
    fa_snapshot_diagnostic recent[FA_SNAPSHOT_DIAGNOSTICS]; /* a ring; with report_lock */
    uint32_t recent_count;                                  /* ever */
    _Atomic uintptr_t reporting_thread;
    _Atomic uint32_t strictness;
    atomic_uint_fast64_t diagnostics;
    atomic_uint_fast64_t dropped_reports;

    fai_steady steady;
    atomic_uint_fast64_t backing_calls;
    atomic_size_t reserved_bytes;
    atomic_size_t committed_bytes;
};

/* As fa_allocator_create, on a platform of the caller's choice: tests make thread keys fail with it. */
fa_result fai_allocator_create_on(const fa_allocator_desc *desc, const fai_platform *platform,
                                  fa_allocator **out, const char *here);

/* The default of a maximum in address space: what fits a region, if there is one. */
static inline size_t fai_max_default(const fa_allocator_desc *desc, size_t otherwise)
{
    size_t part = desc->region_bytes / 16 & ~(FA_ALIGN_MAX - 1);
    return desc->region != NULL && part < otherwise ? part : otherwise;
}

static inline bool fai_allocator_alive(const fa_allocator *allocator)
{
    return allocator != NULL && allocator->magic == FAI_ALLOCATOR_MAGIC && allocator->copy == fai_copy;
}

/* Copy a name, cut at FAI_NAME_BYTES - 1; @p fallback when it is NULL or empty. */
void fai_name_copy(char out[FAI_NAME_BYTES], const char *name, const char *fallback);

#endif
