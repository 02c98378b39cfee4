/* sparse.c - components that stand by themselves: a sparse set (Briggs and Torczon 1993), its index in pages.
 * Coming, going and looking up take constant time; values stay side by side, the last one fills a gap. */
#include "app/row.h"

fai_sparse *fai_sparse_create(fa_world *world)
{
    fai_sparse *set = fai_world_alloc(world, sizeof *set, 0);
    if (set != NULL) {
        memset(set, 0, sizeof *set);
    }
    return set;
}

void fai_sparse_free(fa_world *world, fai_sparse *set)
{
    for (uint32_t i = 0; i < set->page_count; i++) {
        fai_world_free(world, set->pages[i]);
    }
    fai_world_free(world, set->pages);
    fai_world_free(world, set->entities);
    fai_world_free(world, set->values);
    fai_world_free(world, set->added);
    fai_world_free(world, set);
}

static uint32_t *place_of(const fai_sparse *set, uint32_t index)
{
    uint32_t page = index / FAI_SPARSE_PAGE;
    if (page >= set->page_count || set->pages[page] == NULL) {
        return NULL;
    }
    return &set->pages[page][index % FAI_SPARSE_PAGE];
}

uint32_t fai_sparse_find(const fai_sparse *set, fa_entity entity)
{
    const uint32_t *place = place_of(set, fai_entity_index(entity));
    if (place == NULL || *place == 0 || set->entities[*place - 1] != entity) {
        return FAI_NO_INDEX;
    }
    return *place - 1;
}

static bool make_page(fa_world *world, fai_sparse *set, uint32_t page)
{
    if (page >= set->page_count) {
        uint32_t count = page + 1 > 2 * set->page_count ? page + 1 : 2 * set->page_count;
        uint32_t **pages = fai_world_alloc(world, count * sizeof(uint32_t *), 0);
        if (pages == NULL) {
            return false;
        }
        memset(pages, 0, count * sizeof(uint32_t *));
        if (set->page_count > 0) {
            memcpy(pages, set->pages, set->page_count * sizeof(uint32_t *));
        }
        fai_world_free(world, set->pages);
        set->pages = pages;
        set->page_count = count;
    }
    if (set->pages[page] == NULL) {
        set->pages[page] = fai_world_alloc(world, FAI_SPARSE_PAGE * sizeof(uint32_t), 0);
        if (set->pages[page] == NULL) {
            return false;
        }
        memset(set->pages[page], 0, FAI_SPARSE_PAGE * sizeof(uint32_t));
    }
    return true;
}

static bool grow(fa_world *world, fai_sparse *set, const fai_component *c)
{
    uint32_t capacity = set->capacity != 0 ? 2 * set->capacity : 64;
    fa_entity *entities = fai_world_alloc(world, capacity * sizeof *entities, 0);
    uint64_t *ticks = fai_world_alloc(world, 2 * capacity * sizeof *ticks, 0);
    size_t align = c->align_bytes > 16 ? c->align_bytes : 16;
    unsigned char *values = fai_world_alloc(world, c->size_bytes > 0 ? capacity * c->size_bytes : 1, align);
    if (entities == NULL || ticks == NULL || values == NULL) {
        fai_world_free(world, entities);
        fai_world_free(world, ticks);
        fai_world_free(world, values);
        return false;
    }
    if (set->count > 0) {
        memcpy(entities, set->entities, set->count * sizeof *entities);
        memcpy(ticks, set->added, set->count * sizeof *ticks);
        memcpy(ticks + capacity, set->changed, set->count * sizeof *ticks);
        memcpy(values, set->values, set->count * c->size_bytes);
    }
    fai_world_free(world, set->entities);
    fai_world_free(world, set->added);
    fai_world_free(world, set->values);
    set->entities = entities;
    set->added = ticks;
    set->changed = ticks + capacity;
    set->values = values;
    set->capacity = capacity;
    return true;
}

/* A place for it, which fai_sparse_find finds; the value is undefined. FAI_NO_INDEX: no memory. */
static uint32_t insert(fa_world *world, const fai_component *component, fa_entity entity)
{
    fai_sparse *set = component->sparse;
    uint32_t index = fai_entity_index(entity);
    if (place_of(set, index) == NULL && !make_page(world, set, index / FAI_SPARSE_PAGE)) {
        return FAI_NO_INDEX;
    }
    if (set->count == set->capacity && !grow(world, set, component)) {
        return FAI_NO_INDEX;
    }
    set->entities[set->count] = entity;
    *place_of(set, index) = set->count + 1;
    return set->count++;
}

bool fai_sparse_make(fa_world *world, fa_entity entity, const fai_parts *parts, uint64_t *made)
{
    *made = 0;
    for (uint32_t i = 0; i < parts->count; i++) {
        const fai_component *c = parts->components[i];
        if (c->sparse == NULL || fai_sparse_find(c->sparse, entity) != FAI_NO_INDEX) {
            continue;
        }
        uint32_t at = insert(world, c, entity);
        if (at == FAI_NO_INDEX) {
            for (uint32_t j = 0; j < i; j++) {
                if (*made >> j & 1) {
                    fai_sparse_remove(parts->components[j], entity);
                }
            }
            return false;
        }
        c->sparse->added[at] = world->tick + 1;
        *made |= UINT64_C(1) << i;
    }
    return true;
}

void fai_sparse_write(const fa_world *world, const fai_component *c, fa_entity entity, const void *value)
{
    uint32_t at = fai_sparse_find(c->sparse, entity);
    c->sparse->changed[at] = world->tick + 1;
    fai_write_value(c->sparse->values + at * c->size_bytes, value, c->size_bytes);
}

void fai_sparse_remove(const fai_component *component, fa_entity entity)
{
    fai_sparse *set = component->sparse;
    uint32_t at = fai_sparse_find(set, entity);
    if (at == FAI_NO_INDEX) {
        return;
    }
    uint32_t last = --set->count;
    if (at != last) {
        set->entities[at] = set->entities[last];
        set->added[at] = set->added[last];
        set->changed[at] = set->changed[last];
        memcpy(set->values + at * component->size_bytes, set->values + last * component->size_bytes,
               component->size_bytes);
        *place_of(set, fai_entity_index(set->entities[at])) = at + 1;
    }
    *place_of(set, fai_entity_index(entity)) = 0;
}
