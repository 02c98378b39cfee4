/* stream.h - the private shape of a stream cache.
 *
 * Each stream has a slot; its id is index (24 bits), salt of the cache (8) and generation (32). What may be
 * evicted - ready and read by nobody - hangs in one list per priority, least recently used first, so that a
 * victim is found in constant time and there is no clock to wrap. Everything under shared.lock. */
#ifndef FAI_STREAM_H
#define FAI_STREAM_H

#include "core/context.h"
#include "core/shared.h"
#include "framealloc/stream.h"

#define FAI_STREAM_INDEX_BITS 24u
#define FAI_STREAM_INDEX_MASK ((UINT64_C(1) << FAI_STREAM_INDEX_BITS) - 1)

typedef enum fai_stream_slot_state {
    FAI_STREAM_FREE,
    FAI_STREAM_LOADING,
    FAI_STREAM_READY,
    FAI_STREAM_GOING, /* nobody finds it any more; its memory is about to be freed */
    FAI_STREAM_RETIRED
} fai_stream_slot_state;

typedef struct fai_stream_slot {
    void *p;
    size_t bytes;
    size_t written;
    const char *here;
    uint32_t generation;
    uint32_t readers;
    uint32_t before; /* list of its priority, or chain of victims, or of free slots; 0: none */
    uint32_t after;
    fai_stream_slot_state state;
    uint8_t priority;
    bool writing;
    uint64_t seal; /* of everything but the links, which are checked against each other */
    char name[64];
} fai_stream_slot;

typedef struct fai_stream_list {
    uint32_t first; /* least recently used */
    uint32_t last;
    size_t bytes;
} fai_stream_list;

struct fa_stream_cache {
    fai_shared shared;
    fai_list slots; /* fai_stream_slot; slot 0 is not used */
    uint32_t free_slot;
    uint64_t slots_seal;
    uint8_t salt;
    fa_stream_evict_hook on_evict;
    fai_stream_list idle[FA_STREAM_PRIORITY_COUNT]; /* what may be evicted */
    size_t held_bytes; /* evicted or released, not freed yet, and not booked by who evicts: no room */
    fa_stream_cache_stats stats;
};

static inline fai_stream_slot *fai_stream_slot_at(const fa_stream_cache *cache, uint32_t index)
{
    return (fai_stream_slot *)cache->slots.items + index;
}

/* ---- seals; the lock is held ----------------------------------------------------------------------------- */

static inline uint64_t fai_stream_seal_of(const fai_stream_slot *slot)
{
    uint64_t seal = fai_seal_add(fai_seal_add(UINT64_C(0x57EA3), (uintptr_t)slot->p), slot->bytes);
    seal = fai_seal_add(seal, slot->written);
    seal = fai_seal_add(seal, (uint64_t)slot->generation << 32 | slot->readers);
    return fai_seal_add(seal, (uint64_t)slot->state << 16 | (uint64_t)slot->priority << 8 | slot->writing) |
           1;
}
/* After every change of a slot. */
static inline void fai_stream_seal(fai_stream_slot *slot)
{
    slot->seal = fai_stream_seal_of(slot);
}
static inline uint64_t fai_stream_slots_seal(const fa_stream_cache *cache)
{
    uint64_t seal = fai_seal_add((uintptr_t)cache->slots.items, cache->slots.capacity);
    return fai_seal_add(fai_seal_add(seal, cache->slots.count), cache->salt);
}
/* A slot that a list or an id names. */
static inline fai_stream_slot *fai_stream_check_slot(const fa_stream_cache *cache, uint32_t index)
{
    fai_shared *shared = (fai_shared *)(uintptr_t)&cache->shared;
    fai_shared_expect(shared, cache->slots_seal == fai_stream_slots_seal(cache),
                      "a table of streams is damaged");
    fai_shared_expect(shared, index != 0 && index < cache->slots.count, "a list of streams is damaged");
    fai_stream_slot *slot = fai_stream_slot_at(cache, index);
    fai_shared_expect(shared, slot->seal == fai_stream_seal_of(slot), "a stream's record is damaged");
    return slot;
}

/* ---- stream.c, for stream_use.c ------------------------------------------------------------------------- */

typedef enum fai_stream_found {
    FAI_STREAM_IS_HERE,
    FAI_STREAM_IS_GONE,
    FAI_STREAM_IS_FORGED
} fai_stream_found;

typedef struct fai_stream_call {
    fa_context *ctx;
    fa_stream_cache *cache;
    fa_stream stream;
    const char *name;
    const char *here;
} fai_stream_call;

fa_result fai_stream_check(const fai_stream_call *call);
/* The lock is held. @p slot is set when it is here. */
fai_stream_found fai_stream_find(const fa_stream_cache *cache, fa_stream stream, fai_stream_slot **slot);
/* Report misuse; the lock is not held. @p was is the slot as it was, or NULL. */
fa_result fai_stream_refuse(const fai_stream_call *call, const fai_stream_slot *was, fa_diagnostic_code code,
                            fa_result result, const char *problem);
/* STALE with FA401. */
fa_result fai_stream_refuse_stale(const fai_stream_call *call, fai_stream_found found);
/* Into, or out of, the list of what may be evicted; the lock is held. */
void fai_stream_idle(fa_stream_cache *cache, uint32_t index);
void fai_stream_busy(fa_stream_cache *cache, uint32_t index);
/* Free a slot's memory and the slot, and give up held bytes. It is GOING; the lock is not held. */
void fai_stream_let_go(fai_context *ctx, fa_stream_cache *cache, uint32_t index, size_t held,
                       const char *here);

#endif
