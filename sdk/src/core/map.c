/* map.c - items in an array, and a table of their places.
 *
 * One block holds both: entries (key, value, hash) from the front, so that growing in place leaves them where
 * they are, and behind them the slots, open addressing with linear probing, at most three quarters full.
 * Growing writes the slots anew from the kept hashes. Removal shifts the following slots back, so that there
 * are no tombstones and a map that is used for long does not slow down. */
#include "framealloc/map.h"

#include <string.h>

#include "core/context.h"
#include "debug/poison.h"

#define FIRST_CAPACITY ((size_t)8)
#define ITEM_MAX ((size_t)1 << 20)

/* ---- making -------------------------------------------------------------------------------------------- */

static uint32_t larger_of(size_t a, size_t b)
{
    return (uint32_t)(a > b ? a : b);
}

fa_map fa_map_make(fa_context *ctx, size_t key_bytes, size_t key_align, size_t value_bytes,
                   size_t value_align, bool string_keys)
{
    fa_map map;
    memset(&map, 0, sizeof map);
    map.ctx = ctx;
    if (key_bytes > ITEM_MAX || value_bytes > ITEM_MAX || key_align > FA_ALIGN_MAX ||
        value_align > FA_ALIGN_MAX) {
        return map; /* entry_bytes 0: every use is refused */
    }
    map.string_keys = string_keys;
    map.key_bytes = (uint32_t)key_bytes;
    map.value_bytes = (uint32_t)value_bytes;
    map.value_offset = (uint32_t)fai_round_up(key_bytes, value_align);
    map.hash_offset = (uint32_t)fai_round_up(map.value_offset + value_bytes, sizeof(uint32_t));
    map.entry_align = larger_of(larger_of(key_align, value_align), sizeof(uint32_t));
    map.entry_bytes = (uint32_t)fai_round_up(map.hash_offset + sizeof(uint32_t), map.entry_align);
    return map;
}

/* ---- hash ---------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15); /* 2^64 / golden ratio */
    return hash ^ (hash >> 32);
}

static uint32_t hash_of(const void *bytes, size_t count)
{
    const unsigned char *at = bytes;
    uint64_t hash = count;
    for (; count >= sizeof hash; at += sizeof hash, count -= sizeof hash) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        hash = mix(hash, word);
    }
    uint64_t rest = 0;
    memcpy(&rest, at, count);
    hash = mix(mix(hash, rest), 0);
    return (uint32_t)hash;
}

/* The string that a key of a map of strings is. */
static const char *string_of(const void *key)
{
    const char *text;
    memcpy(&text, key, sizeof text);
    return text;
}

static uint32_t hash_key(const fa_map *map, const void *key)
{
    return map->string_keys ? hash_of(string_of(key), strlen(string_of(key))) : hash_of(key, map->key_bytes);
}

static unsigned char *entry_at(const fa_map *map, uint32_t item)
{
    return map->entries + (size_t)item * map->entry_bytes;
}

static uint32_t entry_hash(const fa_map *map, uint32_t item)
{
    uint32_t hash;
    memcpy(&hash, entry_at(map, item) + map->hash_offset, sizeof hash);
    return hash;
}

static bool same_key(const fa_map *map, uint32_t item, const void *key, uint32_t hash)
{
    if (entry_hash(map, item) != hash) {
        return false;
    }
    const void *other = entry_at(map, item);
    return map->string_keys ? strcmp(string_of(other), string_of(key)) == 0
                            : memcmp(other, key, map->key_bytes) == 0;
}

/* ---- slots --------------------------------------------------------------------------------------------- */

/* Slot of the key, or the empty slot where it belongs. Precondition: there are slots. */
static uint32_t slot_of(const fa_map *map, const void *key, uint32_t hash)
{
    uint32_t mask = map->slot_count - 1;
    uint32_t slot = hash & mask;
    while (map->slots[slot] != 0 && !same_key(map, map->slots[slot] - 1, key, hash)) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

/* Slot of an item that is in the map. */
static uint32_t slot_of_item(const fa_map *map, uint32_t item)
{
    uint32_t mask = map->slot_count - 1;
    uint32_t slot = entry_hash(map, item) & mask;
    while (map->slots[slot] != item + 1) {
        slot = (slot + 1) & mask;
    }
    return slot;
}

static uint32_t slots_for(size_t capacity)
{
    uint32_t count = 8;
    while (count - count / 4 < capacity) {
        count *= 2;
    }
    return count;
}

static void write_slots(fa_map *map)
{
    uint32_t mask = map->slot_count - 1;
    memset(map->slots, 0, map->slot_count * sizeof *map->slots);
    for (uint32_t item = 0; item < map->count; item++) {
        uint32_t slot = entry_hash(map, item) & mask;
        while (map->slots[slot] != 0) {
            slot = (slot + 1) & mask;
        }
        map->slots[slot] = item + 1;
    }
}

/* Empty a slot and move back what would not be found any more. */
static void clear_slot(fa_map *map, uint32_t hole)
{
    uint32_t mask = map->slot_count - 1;
    for (uint32_t slot = (hole + 1) & mask; map->slots[slot] != 0; slot = (slot + 1) & mask) {
        uint32_t home = entry_hash(map, map->slots[slot] - 1) & mask;
        if (((slot - home) & mask) >= ((slot - hole) & mask)) {
            map->slots[hole] = map->slots[slot];
            hole = slot;
        }
    }
    map->slots[hole] = 0;
}

/* ---- room ---------------------------------------------------------------------------------------------- */

static fa_result refuse(const fa_map *map, fa_diagnostic_code code, fa_result result, const char *here,
                        const char *text)
{
    fai_context *ctx = fai_ctx(map->ctx);
    fai_report report = {.code = code,
                         .result = result,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here,
                         .address = map->entries,
                         .bytes = map->capacity * map->entry_bytes};
    return fai_context_error(ctx, fai_report_send(&report, "%s (the map lives in frame %llu)", text,
                                                  (unsigned long long)map->frame));
}

/* Whether the map may be changed here and now. */
static fa_result check(const fa_map *map, const char *call, const char *here)
{
    fa_result result = fai_context_check(map->ctx, call, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    const fai_context *ctx = fai_ctx(map->ctx);
    if (map->entry_bytes == 0) {
        return refuse(map, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here,
                      "the map was made for keys or values of more than 1 MiB");
    }
    if (map->frame != 0 && (map->frame != ctx->frame_index || fai_frame_state_of(ctx) == FAI_FRAME_CLOSED)) {
        return refuse(map, FA_CODE_FA606, FA_RESULT_STALE, here, "a map of a frame that has ended is used");
    }
    return FA_RESULT_OK;
}

static size_t block_bytes(const fa_map *map, size_t capacity, uint32_t slot_count)
{
    return capacity * map->entry_bytes + slot_count * sizeof(uint32_t);
}

static fa_result grow_to(fa_map *map, size_t capacity, const char *here)
{
    fai_context *ctx = fai_ctx(map->ctx);
    if (capacity > FA_MAP_COUNT_MAX || capacity > (FA_REQUEST_MAX / 2) / map->entry_bytes) {
        return fai_context_error(ctx, FA_RESULT_FULL);
    }
    uint32_t slot_count = slots_for(capacity);
    size_t old_bytes = map->capacity > 0 ? block_bytes(map, map->capacity, map->slot_count) : 0;
    unsigned char *block = fai_frame_realloc(map->ctx, map->entries, old_bytes,
                                             block_bytes(map, capacity, slot_count), map->entry_align, here);
    if (block == NULL) {
        return ctx->last_result;
    }
    map->entries = block;
    map->slots = (uint32_t *)(void *)(block + capacity * map->entry_bytes);
    map->slot_count = slot_count;
    map->capacity = capacity;
    map->frame = ctx->frame_index;
    write_slots(map);
    return FA_RESULT_OK;
}

fa_result fai_map_reserve(fa_map *map, size_t capacity, const char *here)
{
    if (map == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result result = check(map, "fa_map_reserve", here);
    return result != FA_RESULT_OK || capacity <= map->capacity ? result : grow_to(map, capacity, here);
}

static fa_result make_room(fa_map *map, const char *here)
{
    if (map->count < map->capacity) {
        return FA_RESULT_OK;
    }
    fa_result result = grow_to(map, map->capacity == 0 ? FIRST_CAPACITY : map->capacity * 2, here);
    if (result == FA_RESULT_FULL || result == FA_RESULT_OUT_OF_MEMORY || result == FA_RESULT_OVER_BUDGET) {
        fai_ctx(map->ctx)->refused--; /* no room to double: one more will do */
        result = grow_to(map, map->count + 1, here);
    }
    return result;
}

/* ---- items --------------------------------------------------------------------------------------------- */

/* The key is one of this map. */
static bool fits_map(const fa_map *map, const void *key, size_t key_bytes)
{
    return key_bytes == map->key_bytes && (!map->string_keys || string_of(key) != NULL);
}

/* Room and, for a string, its copy; or nothing of both. */
static fa_result prepare(fa_map *map, const void *key, const char **copy, const char *here)
{
    if (!map->string_keys) {
        return make_room(map, here);
    }
    fai_context *ctx = fai_ctx(map->ctx);
    uintptr_t before = ctx->head.cursor;
    *copy = fai_frame_strdup(map->ctx, string_of(key), here);
    if (*copy == NULL) {
        return ctx->last_result;
    }
    fa_result result = make_room(map, here);
    if (result != FA_RESULT_OK && (uintptr_t)*copy == before + 1) {
        fai_poison_dead((void *)(before + 1), ctx->head.cursor - before, FA_PATTERN_REWOUND);
        ctx->head.cursor = before;
    }
    return result;
}

void *fai_map_put(fa_map *map, const void *key, size_t key_bytes, const char *here)
{
    if (map == NULL) {
        return NULL;
    }
    if (check(map, "FA_MAP_PUT", here) != FA_RESULT_OK) {
        return NULL;
    }
    if (!fits_map(map, key, key_bytes)) {
        (void)refuse(map, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here,
                     "FA_MAP_PUT: the key has not the size of the map's keys, or is a NULL string");
        return NULL;
    }
    uint32_t hash = hash_key(map, key);
    uint32_t found = map->slot_count > 0 ? map->slots[slot_of(map, key, hash)] : 0;
    if (found != 0) {
        return entry_at(map, found - 1) + map->value_offset;
    }
    const char *copy = NULL;
    if (prepare(map, key, &copy, here) != FA_RESULT_OK) {
        return NULL;
    }
    uint32_t item = (uint32_t)map->count;
    unsigned char *entry = entry_at(map, item);
    map->slots[slot_of(map, key, hash)] = item + 1;
    map->count++;
    memset(entry, 0, map->entry_bytes);
    if (map->string_keys) {
        memcpy(entry, &copy, sizeof copy);
    } else {
        memcpy(entry, key, map->key_bytes);
    }
    memcpy(entry + map->hash_offset, &hash, sizeof hash);
    return entry + map->value_offset;
}

void *fai_map_get(const fa_map *map, const void *key, size_t key_bytes)
{
    if (map == NULL) {
        return NULL;
    }
    if (map->count == 0 || !fits_map(map, key, key_bytes)) {
        return NULL;
    }
    uint32_t found = map->slots[slot_of(map, key, hash_key(map, key))];
    return found != 0 ? entry_at(map, found - 1) + map->value_offset : NULL;
}

bool fai_map_remove(fa_map *map, const void *key, size_t key_bytes, const char *here)
{
    if (map == NULL) {
        return false;
    }
    if (check(map, "FA_MAP_REMOVE", here) != FA_RESULT_OK || map->count == 0 ||
        !fits_map(map, key, key_bytes)) {
        return false;
    }
    uint32_t slot = slot_of(map, key, hash_key(map, key));
    if (map->slots[slot] == 0) {
        return false;
    }
    uint32_t item = map->slots[slot] - 1;
    uint32_t last = (uint32_t)map->count - 1;
    clear_slot(map, slot);
    if (item != last) {
        map->slots[slot_of_item(map, last)] = item + 1;
        memcpy(entry_at(map, item), entry_at(map, last), map->entry_bytes);
    }
    map->count--;
    return true;
}
