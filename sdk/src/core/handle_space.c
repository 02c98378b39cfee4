/* handle_space.c - where the blocks of a handle heap lie, and how they move.
 *
 * Allocation takes a hole by good fit (the lowest of a few of its bin, else of a higher one), else the end:
 * constant time. Defragmentation prefers to put the last block into a hole below it, since that shortens the
 * range at the price of one move; where that does not work, blocks slide down one after the other. Each move
 * lowers an address, so it comes to an end. */
#include "core/handle.h"
#include "debug/poison.h"

#include <string.h>

#define TRIES_TO_ALLOC 16u /* holes looked at per bin */
#define TRIES_TO_MOVE 256u
#define VISITS_PER_STEP 64u

static fai_handle_slot *at(const fa_handle_heap *heap, uint32_t index)
{
    return fai_handle_slot_at(heap, index);
}

static uintptr_t end_of(const fa_handle_heap *heap, uint32_t index)
{
    return at(heap, index)->p + at(heap, index)->room;
}

/* A block and its neighbours agree on the order. */
static void check_ring(fa_handle_heap *heap, uint32_t index)
{
    const fai_handle_slot *slot = fai_handle_check_slot(heap, index);
    bool sound = slot->before < heap->slots.count && slot->after < heap->slots.count &&
                 at(heap, slot->before)->after == index && at(heap, slot->after)->before == index;
    fai_shared_expect(&heap->shared, sound, "the order of a handle heap's blocks is damaged");
}

static void check_gap(fa_handle_heap *heap, uint32_t index)
{
    check_ring(heap, index);
    uint32_t after = at(heap, index)->after;
    size_t gap = after != 0 ? fai_handle_check_slot(heap, after)->p - end_of(heap, index) : 0;
    fai_shared_expect(&heap->shared, at(heap, index)->gap == gap, "a hole of a handle heap is damaged");
}

/* ---- gaps ---------------------------------------------------------------------------------------------- */

static uint32_t bin_of(size_t bytes)
{
    return 63u - (uint32_t)__builtin_clzll((unsigned long long)bytes);
}

static void set_gap(fa_handle_heap *heap, uint32_t index, size_t gap)
{
    fai_handle_slot *slot = at(heap, index);
    if (slot->gap == gap) {
        return;
    }
    if (slot->gap != 0) {
        uint32_t *head = &heap->bins[bin_of(slot->gap)];
        bool sound =
            (slot->hole_before == FAI_HANDLE_NO_HOLE
                 ? *head == index
                 : slot->hole_before < heap->slots.count &&
                       at(heap, slot->hole_before)->hole_after == index) &&
            (slot->hole_after == FAI_HANDLE_NO_HOLE ||
             (slot->hole_after < heap->slots.count && at(heap, slot->hole_after)->hole_before == index));
        fai_shared_expect(&heap->shared, sound, "the list of a handle heap's holes is damaged");
        if (slot->hole_before != FAI_HANDLE_NO_HOLE) {
            at(heap, slot->hole_before)->hole_after = slot->hole_after;
        } else {
            *head = slot->hole_after;
        }
        if (slot->hole_after != FAI_HANDLE_NO_HOLE) {
            at(heap, slot->hole_after)->hole_before = slot->hole_before;
        }
        heap->stats.holes--;
        heap->stats.hole_bytes -= slot->gap;
    }
    slot->gap = gap;
    if (gap != 0) {
        uint32_t *head = &heap->bins[bin_of(gap)];
        slot->hole_before = FAI_HANDLE_NO_HOLE;
        slot->hole_after = *head;
        if (*head != FAI_HANDLE_NO_HOLE) {
            (void)fai_handle_check_slot(heap, *head);
            at(heap, *head)->hole_before = index;
        }
        *head = index;
        heap->stats.holes++;
        heap->stats.hole_bytes += gap;
    }
}

/* The gap that lies behind a block as things are. */
static void update_gap(fa_handle_heap *heap, uint32_t index)
{
    uint32_t after = at(heap, index)->after;
    set_gap(heap, index, after != 0 ? at(heap, after)->p - end_of(heap, index) : 0);
}

/* Of the first @p tries holes of the lowest bin that has one that fits: the one with the lowest address. */
static bool find_hole(fa_handle_heap *heap, size_t room, size_t align, uint32_t tries, fai_place *out)
{
    bool found = false;
    for (uint32_t bin = bin_of(room); bin < FAI_HANDLE_BINS && !found; bin++) {
        uint32_t index = heap->bins[bin];
        for (uint32_t i = 0; index != FAI_HANDLE_NO_HOLE && i < tries;
             i++, index = at(heap, index)->hole_after) {
            check_gap(heap, index);
            uintptr_t end = end_of(heap, index) + at(heap, index)->gap;
            uintptr_t p = fai_round_up(end_of(heap, index), align);
            if (p <= end && room <= end - p && (!found || p < out->p)) {
                *out = (fai_place){p, index};
                found = true;
            }
        }
    }
    return found;
}

/* Behind the last block. */
static bool find_end(fa_handle_heap *heap, size_t room, size_t align, fai_place *out, fa_result *why)
{
    fai_extent *extent = &heap->shared.extent;
    check_ring(heap, 0);
    uint32_t last = at(heap, 0)->before;
    check_gap(heap, last);
    uintptr_t p = fai_round_up(end_of(heap, last), align);
    *why = FA_RESULT_FULL;
    if (p > extent->end || room > extent->end - p) {
        return false;
    }
    *why = FA_RESULT_OUT_OF_MEMORY;
    *out = (fai_place){p, last};
    return fai_extent_commit_to(extent, heap->shared.allocator, p + room);
}

/* ---- blocks -------------------------------------------------------------------------------------------- */

void fai_space_init(fa_handle_heap *heap)
{
    for (uint32_t i = 0; i < FAI_HANDLE_BINS; i++) {
        heap->bins[i] = FAI_HANDLE_NO_HOLE;
    }
    *at(heap, 0) = (fai_handle_slot){.p = heap->shared.extent.base, .state = FAI_SLOT_RETIRED};
    heap->slots.count = 1;
    heap->slots_seal = fai_handle_slots_seal(heap);
    fai_handle_seal_slot(at(heap, 0));
}

bool fai_space_find(fa_handle_heap *heap, size_t room, size_t align, fai_place *out, fa_result *why)
{
    return find_hole(heap, room, align, TRIES_TO_ALLOC, out) || find_end(heap, room, align, out, why);
}

void fai_space_put(fa_handle_heap *heap, uint32_t index, fai_place place)
{
    fai_handle_slot *slot = at(heap, index);
    slot->p = place.p;
    slot->before = place.before;
    slot->after = at(heap, place.before)->after;
    slot->gap = 0;
    at(heap, slot->after)->before = index;
    at(heap, place.before)->after = index;
    fai_handle_seal_slot(slot);
    update_gap(heap, place.before);
    update_gap(heap, index);
}

void fai_space_take(fa_handle_heap *heap, uint32_t index)
{
    check_ring(heap, index);
    fai_handle_slot *slot = at(heap, index);
    set_gap(heap, index, 0);
    at(heap, slot->before)->after = slot->after;
    at(heap, slot->after)->before = slot->before;
    update_gap(heap, slot->before);
    if (heap->slide == index) {
        heap->slide = slot->before;
    }
}

size_t fai_space_span(const fa_handle_heap *heap)
{
    return end_of(heap, at(heap, 0)->before) - heap->shared.extent.base;
}

size_t fai_space_largest_hole(const fa_handle_heap *heap)
{
    size_t largest = 0;
    for (uint32_t bin = FAI_HANDLE_BINS; bin-- > 0 && largest == 0;) {
        for (uint32_t i = heap->bins[bin]; i != FAI_HANDLE_NO_HOLE; i = at(heap, i)->hole_after) {
            largest = at(heap, i)->gap > largest ? at(heap, i)->gap : largest;
        }
    }
    return largest;
}

/* ---- moving -------------------------------------------------------------------------------------------- */

static void relocate(fa_handle_heap *heap, uint32_t index, fai_place place)
{
    fai_handle_slot *slot = fai_handle_check_slot(heap, index);
    uintptr_t old = slot->p;
    fai_space_take(heap, index);
    fai_space_put(heap, index, place);
    fai_unpoison((void *)slot->p, slot->bytes);
    memmove((void *)slot->p, (void *)old, slot->bytes);
    uintptr_t dead = slot->p < old && old < slot->p + slot->bytes ? slot->p + slot->bytes : old;
    fai_poison_dead((void *)dead, old + slot->bytes - dead, FA_PATTERN_FREED);
    heap->stats.moves++;
    heap->stats.moved_bytes += slot->bytes;
}

static bool may_move(const fa_handle_heap *heap, uint32_t index, size_t budget)
{
    return index != 0 && at(heap, index)->pins == 0 && at(heap, index)->bytes <= budget;
}

/* Down to the end of the block before it. False: it lies there already. */
static bool slide_down(fa_handle_heap *heap, uint32_t index)
{
    check_gap(heap, at(heap, index)->before);
    fai_handle_slot *slot = at(heap, index);
    uintptr_t p = fai_round_up(end_of(heap, slot->before), slot->align);
    if (p >= slot->p) {
        return false;
    }
    relocate(heap, index, (fai_place){p, slot->before});
    return true;
}

bool fai_space_step(fa_handle_heap *heap, size_t budget, size_t *moved, uint64_t *visits)
{
    fai_place place;
    uint32_t last = at(heap, 0)->before;
    if (heap->stats.holes == 0) {
        *visits += heap->slots.count + 1;
        return false;
    }
    if (may_move(heap, last, budget) &&
        find_hole(heap, at(heap, last)->room, at(heap, last)->align, TRIES_TO_MOVE, &place)) {
        relocate(heap, last, place);
        *moved += at(heap, last)->bytes;
        return true;
    }
    if (heap->slide >= heap->slots.count ||
        (heap->slide != 0 && at(heap, heap->slide)->state != FAI_SLOT_LIVE)) {
        heap->slide = 0; /* it only says where to go on */
    }
    for (uint32_t i = 0; i < VISITS_PER_STEP; i++) {
        check_ring(heap, heap->slide);
        uint32_t index = at(heap, heap->slide)->after;
        heap->slide = index;
        *visits += 1;
        if (may_move(heap, index, budget) && slide_down(heap, index)) {
            heap->slide = index;
            *moved += at(heap, index)->bytes;
            return true;
        }
    }
    return false;
}

/* Everything to the end, in order. */
static void move_up(fa_handle_heap *heap)
{
    uint32_t stop = at(heap, 0)->before;
    for (uint32_t index = at(heap, 0)->after, after; index != 0; index = after) {
        fai_handle_slot *slot = at(heap, index);
        fai_place place;
        fa_result why;
        after = index != stop ? slot->after : 0;
        if (may_move(heap, index, SIZE_MAX) && find_end(heap, slot->room, slot->align, &place, &why)) {
            place.before = place.before != index ? place.before : slot->before;
            relocate(heap, index, place);
        }
    }
}

static void move_down(fa_handle_heap *heap)
{
    for (uint32_t index = at(heap, 0)->after; index != 0; index = at(heap, index)->after) {
        if (may_move(heap, index, SIZE_MAX)) {
            (void)slide_down(heap, index);
        }
    }
}

void fai_space_shake(fa_handle_heap *heap)
{
    heap->moved_up = !heap->moved_up;
    if (heap->moved_up) {
        move_up(heap);
    } else {
        move_down(heap);
    }
}

void fai_space_trim(fa_handle_heap *heap)
{
    /* Only when there is far too much: a heap whose size swings does not go to the system and back. */
    size_t span = fai_space_span(heap);
    if (fai_extent_committed(&heap->shared.extent) > 2 * span + 4 * FAI_GROW_MIN) {
        (void)fai_extent_trim(&heap->shared.extent, heap->shared.allocator, span + span / 2 + FAI_GROW_MIN);
    }
}

/* ---- validation ---------------------------------------------------------------------------------------- */

static const char *validate_holes(const fa_handle_heap *heap)
{
    uint64_t holes = 0;
    uint64_t bytes = 0;
    for (uint32_t bin = 0; bin < FAI_HANDLE_BINS; bin++) {
        for (uint32_t i = heap->bins[bin]; i != FAI_HANDLE_NO_HOLE; i = at(heap, i)->hole_after) {
            if (i >= heap->slots.count || holes > heap->slots.count || at(heap, i)->gap == 0 ||
                bin_of(at(heap, i)->gap) != bin) {
                return "a hole of a handle heap hangs in the wrong place";
            }
            holes++;
            bytes += at(heap, i)->gap;
        }
    }
    return holes == heap->stats.holes && bytes == heap->stats.hole_bytes
               ? NULL
               : "holes of a handle heap are miscounted";
}

const char *fai_space_validate(fa_handle_heap *heap)
{
    uint64_t live = 0;
    uint64_t bytes = 0;
    uint32_t before = 0;
    for (uint32_t i = at(heap, 0)->after; i != 0; before = i, i = at(heap, i)->after) {
        if (i >= heap->slots.count || live >= heap->slots.count) {
            return "the ring of a handle heap is broken";
        }
        const fai_handle_slot *slot = at(heap, i);
        if (slot->state != FAI_SLOT_LIVE || slot->before != before || slot->bytes > slot->room ||
            slot->p % slot->align != 0 || slot->p != end_of(heap, before) + at(heap, before)->gap ||
            end_of(heap, i) > heap->shared.extent.committed_end) {
            return "a block of a handle heap lies where it cannot";
        }
        live++;
        bytes += slot->bytes;
    }
    if (at(heap, 0)->before != before || at(heap, before)->gap != 0 || live != heap->stats.handles ||
        bytes != heap->stats.bytes) {
        return "the blocks of a handle heap do not add up";
    }
    return validate_holes(heap);
}
