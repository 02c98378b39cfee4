/* index.c - which numbers entities have: pages of records, the list of free ones, and what is set apart for
 * systems that run side by side. */
#include "app/world.h"

/* ---- indices ------------------------------------------------------------------------------------------- */

const fai_record fai_no_page[FAI_RECORD_PAGE];
const fai_record fai_lost_page[FAI_RECORD_PAGE];

#define PAGES_MAX (UINT32_MAX / FAI_RECORD_PAGE)

static fai_record *empty_page(const fai_record *page)
{
    return (fai_record *)(uintptr_t)page; /* never written: nobody on it is alive */
}

/* The table reaches up to this page. */
static bool reach_page(fa_world *world, uint32_t page)
{
    uint32_t count = world->record_count / FAI_RECORD_PAGE;
    if (page >= PAGES_MAX) {
        (void)fai_layer_refuse(world->ctx, FA_RESULT_FULL);
        return false;
    }
    if (page >= world->page_capacity) {
        uint32_t capacity = page + 1 > 2 * world->page_capacity ? page + 1 : 2 * world->page_capacity;
        fai_record **pages = fai_world_alloc(world, capacity * sizeof(fai_record *), FA_ALIGN_DEFAULT);
        if (pages == NULL) {
            return false;
        }
        for (uint32_t i = 0; i < count; i++) {
            pages[i] = world->pages[i];
        }
        fai_world_free(world, world->pages);
        world->pages = pages;
        world->page_capacity = capacity;
    }
    for (; count <= page; count++) {
        world->pages[count] = empty_page(fai_no_page);
    }
    world->record_count = count * FAI_RECORD_PAGE;
    return true;
}

static bool make_page(fa_world *world, uint32_t number)
{
    if (!reach_page(world, number)) {
        return false;
    }
    fai_record *page = fai_world_alloc(world, FAI_RECORD_PAGE * sizeof *page, 64);
    if (page == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < FAI_RECORD_PAGE; i++) {
        page[i] = (fai_record){.generation = 1};
    }
    world->pages[number] = page;
    return true;
}

static bool make_own_page(fa_world *world)
{
    uint32_t page = world->hole_count > 0 ? world->holes[world->hole_count - 1] : world->next_page;
    if (!make_page(world, page)) {
        return false;
    }
    world->hole_count -= world->hole_count > 0;
    world->next_page = page >= world->next_page ? page + 1 : world->next_page;
    world->own_next = page * FAI_RECORD_PAGE;
    world->own_end = world->own_next + FAI_RECORD_PAGE;
    return true;
}

fa_entity fai_entity_reserve(fa_world *world)
{
    if (world->alive >= world->entities_max) {
        (void)fai_layer_refuse(world->ctx, FA_RESULT_FULL);
        return FA_ENTITY_NONE;
    }
    fai_record *record;
    fa_entity entity = fai_index_pop(world, &record);
    return entity == FA_ENTITY_NONE && make_own_page(world) ? fai_index_pop(world, &record) : entity;
}

/* A value that the compiler knows nothing of. */
static inline uint32_t opaque(uint32_t value)
{
#if defined(__GNUC__)
    __asm__("" : "+r"(value));
#endif
    return value;
}

/* From the list of free ones. What went in order comes in order: so the next one is guessed from the step
 * before, and a branch tells whether that was right; else each record would have to be waited for. */
static uint32_t take_free(fa_world *world, fai_chunk *chunk, uint32_t row, uint32_t count, fa_entity *out)
{
    uint32_t done = 0;
    uint32_t index = world->free_first;
    for (uint32_t step = UINT32_MAX; done < count && index != FAI_NO_INDEX; done++) {
        fai_record *record = fai_world_record_at(world, index);
        uint32_t next = record->row;
        uint32_t guess = opaque(index + step);
        out[done] = chunk->entities[row + done] = fai_entity_make(index, record->generation);
        record->chunk = chunk;
        record->row = row + done;
        if (FA_UNLIKELY(next != guess)) {
            step = next - index;
            guess = opaque(next);
        }
        index = guess;
    }
    world->free_first = index;
    return done;
}

/* From the page that was never used. */
static uint32_t take_own(fa_world *world, fai_chunk *chunk, uint32_t row, uint32_t count, fa_entity *out)
{
    uint32_t index = world->own_next;
    uint32_t left = world->own_end - index;
    count = count < left ? count : left;
    fai_record *records = count > 0 ? fai_world_record_at(world, index) : NULL;
    for (uint32_t i = 0; i < count; i++) {
        out[i] = chunk->entities[row + i] = fai_entity_make(index + i, 1);
        records[i].chunk = chunk;
        records[i].row = row + i;
    }
    world->own_next += count;
    return count;
}

uint32_t fai_indices_take(fa_world *world, fai_chunk *chunk, uint32_t row, uint32_t count, fa_entity *out)
{
    uint32_t done = take_free(world, chunk, row, count, out);
    while (done < count && (world->own_next < world->own_end || make_own_page(world))) {
        done += take_own(world, chunk, row + done, count - done, out + done);
    }
    return done;
}

/* ---- ids for systems ----------------------------------------------------------------------------------- */

void fai_ids_begin(const fa_world *world, fai_ids *ids, uint32_t place, uint32_t stride)
{
    ids->base = world->next_page;
    ids->place = place;
    ids->stride = stride;
    ids->taken = 0;
    ids->pages = 0;
}

fa_entity fai_ids_take(fai_ids *ids)
{
    ids->taken++;
    if (ids->count > 0) {
        return ids->set_apart[--ids->count];
    }
    if (ids->next == ids->end) {
        uint64_t page = ids->base + ids->place + (uint64_t)ids->pages * ids->stride;
        if (page >= PAGES_MAX) {
            ids->taken--;
            return FA_ENTITY_NONE;
        }
        ids->pages++;
        ids->next = (uint32_t)page * FAI_RECORD_PAGE;
        ids->end = ids->next + FAI_RECORD_PAGE;
    }
    return fai_entity_make(ids->next++, 1);
}

static void set_apart(fa_world *world, fai_ids *ids)
{
    if (ids->capacity < ids->taken_peak) {
        uint32_t capacity = ids->taken_peak * 2;
        fa_entity *list = fai_world_alloc(world, capacity * sizeof *list, 0);
        if (list == NULL) {
            return; /* it takes new pages, then */
        }
        for (uint32_t i = 0; i < ids->count; i++) {
            list[i] = ids->set_apart[i];
        }
        fai_world_free(world, ids->set_apart);
        ids->set_apart = list;
        ids->capacity = capacity;
    }
    while (ids->count < ids->taken_peak && world->free_first != FAI_NO_INDEX) {
        fai_record *record;
        ids->set_apart[ids->count++] = fai_index_pop(world, &record);
    }
}

void fai_ids_commit(fa_world *world, fai_ids *ids)
{
    for (uint32_t k = 0; k < ids->pages; k++) {
        uint32_t page = ids->base + ids->place + k * ids->stride;
        if (!make_page(world, page)) {
            if (reach_page(world, page)) {
                world->pages[page] = empty_page(fai_lost_page);
            } else {
                world->page_lost = true;
            }
            ids->next = ids->end = 0;
        }
        world->next_page = page >= world->next_page ? page + 1 : world->next_page;
    }
    ids->pages = 0;
    ids->taken_peak = ids->taken > ids->taken_peak ? ids->taken : ids->taken_peak;
    set_apart(world, ids);
}

void fai_ids_commit_all(fa_world *world, uint32_t base)
{
    if (world
            ->page_lost) { /* nobody can tell any more which of them has handed out ids: none is used again */
        for (uint32_t page = base; page < world->record_count / FAI_RECORD_PAGE; page++) {
            world->pages[page] =
                world->pages[page] == fai_no_page ? empty_page(fai_lost_page) : world->pages[page];
        }
        world->page_lost = false;
        return;
    }
    for (uint32_t page = world->next_page; page-- > base;) { /* the lowest is used first */
        if (page < world->record_count / FAI_RECORD_PAGE && world->pages[page] == fai_no_page &&
            fai_world_reserve(world, &world->holes, world->hole_count, &world->hole_capacity,
                              sizeof *world->holes)) {
            world->holes[world->hole_count++] = page;
        }
    }
}

void fai_ids_free(fa_world *world, fai_ids *ids)
{
    while (ids->count > 0) {
        fai_entity_unreserve(world, ids->set_apart[--ids->count]);
    }
    fai_world_free(world, ids->set_apart);
    *ids = (fai_ids){0};
}

void fai_entity_unreserve(fa_world *world, fa_entity entity)
{
    uint32_t index = fai_entity_index(entity);
    fai_index_push(world, index, fai_world_record_at(world, index));
}
