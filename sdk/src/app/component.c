/* component.c - the world's map from descriptors to what it knows of them as components. Open addressing, at
 * most half full, never shrinks. */
#include "app/world.h"

#include <stdio.h>
#include <string.h>

#define SLOTS_AT_FIRST 32u

/* Multiply and fold, eight bytes at a time; good enough to tell worlds apart, and the same everywhere. */
uint64_t fai_hash_bytes(uint64_t seed, const void *bytes, size_t count)
{
    const unsigned char *p = bytes;
    uint64_t hash = (seed ^ count) * UINT64_C(0x9E3779B97F4A7C15);
    while (count > 0) {
        uint64_t word = 0;
        size_t n = count < 8 ? count : 8;
        for (size_t i = 0; i < n; i++) { /* byte by byte: the same on either kind of machine */
            word |= (uint64_t)p[i] << (8 * i);
        }
        hash = (hash ^ word) * UINT64_C(0xBF58476D1CE4E5B9);
        hash ^= hash >> 29;
        p += n;
        count -= n;
    }
    hash *= UINT64_C(0x94D049BB133111EB);
    return hash ^ (hash >> 32);
}

static uint32_t slot_of(const fa_world *world, const fa_type *type)
{
    uint64_t hash = (uint64_t)(uintptr_t)type * UINT64_C(0x9E3779B97F4A7C15);
    uint32_t mask = world->slot_count - 1;
    uint32_t slot = (uint32_t)(hash >> 32) & mask;
    while (world->slots[slot] != NULL && world->slots[slot]->identity != type) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

fai_component *fai_component_find(const fa_world *world, const fa_type *type)
{
    return world->slot_count != 0 ? world->slots[slot_of(world, type)] : NULL;
}

static const char *problem_of(const fa_type *type)
{
    if (type == NULL) {
        return "is NULL";
    }
    if (type->name == NULL || type->size_bytes > FA_REQUEST_MAX) {
        return "has no name, or is too large";
    }
    size_t align = type->align_bytes;
    if (align == 0 || (align & (align - 1)) != 0 || align > 4096 || type->size_bytes % align != 0) {
        return "has an alignment that is not a power of two up to 4096, or does not divide its size";
    }
    return (unsigned)type->storage > FA_STORAGE_SPARSE ? "has a storage that is not one of the enum" : NULL;
}

static bool grow_slots(fa_world *world)
{
    if (2 * (world->component_count + 1) <= world->slot_count) {
        return true;
    }
    uint32_t count = world->slot_count != 0 ? 2 * world->slot_count : SLOTS_AT_FIRST;
    fai_component **slots = fai_world_alloc(world, count * sizeof(fai_component *), 0);
    if (slots == NULL) {
        return false;
    }
    memset(slots, 0, count * sizeof(fai_component *));
    fai_world_free(world, world->slots);
    world->slots = slots;
    world->slot_count = count;
    for (uint32_t i = 0; i < world->component_count; i++) {
        slots[slot_of(world, world->components[i]->identity)] = world->components[i];
    }
    return true;
}

static fai_component *make(fa_world *world, const fa_type *type)
{
    fai_component *c = NULL;
    if (!grow_slots(world) ||
        !fai_world_reserve(world, &world->components, world->component_count, &world->component_capacity,
                           sizeof(fai_component *)) ||
        (c = fai_world_alloc(world, sizeof *c, 0)) == NULL) {
        return NULL;
    }
    *c = (fai_component){.identity = type,
                         .size_bytes = type->size_bytes,
                         .align_bytes = type->align_bytes,
                         .on_add = type->on_add,
                         .on_remove = type->on_remove,
                         .name_hash = fai_hash_bytes(0, type->name, strlen(type->name)),
                         .id = world->component_count};
    snprintf(c->name, sizeof c->name, "%s", type->name);
    if (type->storage == FA_STORAGE_SPARSE) {
        c->sparse = fai_sparse_create(world);
        if (c->sparse == NULL) {
            fai_world_free(world, c);
            return NULL;
        }
        world->sparse[world->sparse_count++] = c;
    }
    world->components[world->component_count++] = c;
    world->slots[slot_of(world, type)] = c;
    return c;
}

fai_component *fai_component_get(fa_world *world, const fa_type *type, const char *here, fa_result *why)
{
    fai_component *c = fai_component_find(world, type);
    if (FA_LIKELY(c != NULL && c->size_bytes == type->size_bytes)) {
        return c;
    }
    const char *problem = c != NULL ? "has another size than at its first use" : problem_of(type);
    if (problem != NULL) {
        const char *name = type != NULL && type->name != NULL ? type->name : "?";
        *why = fai_world_report(world, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                                "the component '%s' %s", name, problem);
        return NULL;
    }
    if (world->component_count == FA_COMPONENTS_MAX) {
        *why = fai_layer_refuse(world->ctx, FA_RESULT_FULL);
        return NULL;
    }
    c = make(world, type);
    if (c == NULL) {
        *why = fai_world_why(world);
    }
    return c;
}

void fai_components_free(fa_world *world)
{
    for (uint32_t i = 0; i < world->component_count; i++) {
        if (world->components[i]->sparse != NULL) {
            fai_sparse_free(world, world->components[i]->sparse);
        }
        fai_world_free(world, world->components[i]);
    }
    fai_world_free(world, world->components);
    fai_world_free(world, world->slots);
}
