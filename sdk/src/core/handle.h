/* handle.h - the private shape of a handle heap: slots, and the order in which their blocks lie.
 *
 * Slot 0 stands for the beginning of the range: it has no block, is never handed out, and closes the ring of
 * blocks in address order. Each slot knows the gap behind its block, up to the next one; gaps hang in bins by
 * the logarithm of their length. The last block has no gap: what follows it is free. Everything under
 * shared.lock. */
#ifndef FAI_HANDLE_H
#define FAI_HANDLE_H

#include "core/context.h"
#include "core/shared.h"
#include "framealloc/handle.h"

#define FAI_HANDLE_BINS 48u
#define FAI_HANDLE_NO_HOLE UINT32_MAX
#define FAI_HANDLE_GRAIN ((size_t)16) /* rooms and gaps are multiples of it */

typedef enum fai_slot_state { FAI_SLOT_FREE, FAI_SLOT_LIVE, FAI_SLOT_RETIRED } fai_slot_state;

typedef struct fai_handle_slot {
    uintptr_t p;
    size_t bytes; /* as asked for */
    size_t room;
    size_t gap;
    const char *type;
    const char *alloc_here;
    const char *free_here;
    uint32_t generation;
    uint32_t pins;
    uint32_t before; /* ring in address order */
    uint32_t after;  /* the same; of a free slot: the next free one, 0: none */
    uint32_t hole_before;
    uint32_t hole_after;
    uint32_t align;
    fai_slot_state state;
    uint64_t seal; /* of everything that decides what a handle gives; gaps and links are checked against each
                      other */
} fai_handle_slot;

struct fa_handle_heap {
    fai_shared shared;
    fai_list slots; /* fai_handle_slot */
    uint32_t free_slot;
    uint32_t slide; /* block after which sliding goes on */
    uint32_t bins[FAI_HANDLE_BINS];
    uint64_t slots_seal;
    uint8_t salt; /* part of each handle, so that another heap's are told from ours */
    bool move_always;
    bool moved_up; /* move_always: the last time everything went to the end */
    fa_handle_heap_stats stats;
};

static inline fai_handle_slot *fai_handle_slot_at(const fa_handle_heap *heap, uint32_t index)
{
    return (fai_handle_slot *)heap->slots.items + index;
}

static inline uint64_t fai_handle_slot_seal(const fai_handle_slot *slot)
{
    uint64_t seal = fai_seal_add(UINT64_C(0x5EA1ED), slot->p);
    seal = fai_seal_add(seal, slot->bytes);
    seal = fai_seal_add(seal, slot->room);
    seal = fai_seal_add(seal, (uintptr_t)slot->type);
    seal = fai_seal_add(seal, (uint64_t)slot->generation << 32 | slot->pins);
    return fai_seal_add(seal, (uint64_t)slot->align << 32 | (uint64_t)slot->state) | 1;
}
static inline void fai_handle_seal_slot(fai_handle_slot *slot)
{
    slot->seal = fai_handle_slot_seal(slot);
}
static inline uint64_t fai_handle_slots_seal(const fa_handle_heap *heap)
{
    uint64_t seal = fai_seal_add((uintptr_t)heap->slots.items, heap->slots.capacity);
    seal = fai_seal_add(fai_seal_add(seal, heap->shared.extent.base), heap->shared.extent.end);
    return fai_seal_add(fai_seal_add(seal, heap->slots.count), heap->salt);
}
static inline void fai_handle_check_slots(fa_handle_heap *heap)
{
    fai_shared_expect(&heap->shared, heap->slots_seal == fai_handle_slots_seal(heap),
                      "a table of handles is damaged");
}
/* Precondition: the table is sound, and the index in it. */
static inline fai_handle_slot *fai_handle_check_slot(fa_handle_heap *heap, uint32_t index)
{
    fai_shared_expect(&heap->shared, index < heap->slots.count, "a list of handles is damaged");
    fai_handle_slot *slot = fai_handle_slot_at(heap, index);
    fai_shared_expect(&heap->shared, slot->seal == fai_handle_slot_seal(slot),
                      "a handle's record is damaged");
    return slot;
}

/* ---- handle_space.c; the lock is held ------------------------------------------------------------------- */

/* Where a block could go: behind the block of @p before, at @p p. */
typedef struct fai_place {
    uintptr_t p;
    uint32_t before;
} fai_place;

void fai_space_init(fa_handle_heap *heap);
/* A hole, or the end of the range with memory behind it. False: refused, with the reason. */
bool fai_space_find(fa_handle_heap *heap, size_t room, size_t align, fai_place *out, fa_result *why);
/* The slot's room and alignment are set. */
void fai_space_put(fa_handle_heap *heap, uint32_t index, fai_place place);
void fai_space_take(fa_handle_heap *heap, uint32_t index);
/* Bytes from the base to the end of the last block. */
size_t fai_space_span(const fa_handle_heap *heap);
size_t fai_space_largest_hole(const fa_handle_heap *heap);
/* Move one block that gains something and has at most @p budget bytes. False: looked at @p visits more blocks
 * and found none. */
bool fai_space_step(fa_handle_heap *heap, size_t budget, size_t *moved, uint64_t *visits);
/* Move everything that is not pinned. */
void fai_space_shake(fa_handle_heap *heap);
/* Give back memory that the span does not need. */
void fai_space_trim(fa_handle_heap *heap);
const char *fai_space_validate(fa_handle_heap *heap);

#endif
