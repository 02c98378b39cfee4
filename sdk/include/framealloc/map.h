/* map.h - a hash map in frame memory.
 *
 * Keys are integers, enums, pointers or structs, compared by their bytes (so zero a struct's padding), or
 * strings, of which the map keeps copies in the frame. Reserving n makes room for exactly n items; beyond
 * that it doubles, in place while it is the last block of its frame. It dies with its frame and needs no
 * destroy.
 *
 *     fa_map names = FA_MAP(ctx, uint32_t, Name);
 *     FA_MAP_PUT(&names, uint32_t, Name, id)->length = 7;          // found, or new and zeroed
 *     Name *name = FA_MAP_GET(&names, uint32_t, Name, id);         // NULL: not there
 *     for (size_t i = 0; i < names.count; i++) { use(FA_MAP_KEY_AT(&names, uint32_t, i), ...); }
 *
 *     fa_map hits = FA_MAP_OF_STRINGS(ctx, int);                   // its K is const char *
 *     *FA_MAP_PUT(&hits, const char *, int, "goal") += 1;
 *
 * Items stand in an array in the order in which they were put, until one is removed: the last one then takes
 * its place. The hash is not hardened against keys that an enemy chooses. */
#ifndef FRAMEALLOC_MAP_H
#define FRAMEALLOC_MAP_H

#include "framealloc/frame.h"

FA_EXTERN_C_BEGIN

/// Most items of one map.
#define FA_MAP_COUNT_MAX ((size_t)1 << 30)

/// Reading ctx, count, capacity and frame is fine; the rest is private, and only the functions write.
typedef struct fa_map {
    fa_context *ctx;
    size_t count;    ///< items in use
    size_t capacity; ///< items there is room for
    uint64_t frame;  ///< the frame it lives in; 0 until the first item
    unsigned char *entries;
    uint32_t *slots; ///< open addressing: item + 1, or 0
    uint32_t slot_count;
    bool string_keys;
    uint32_t key_bytes;
    uint32_t value_bytes;
    uint32_t value_offset;
    uint32_t hash_offset;
    uint32_t entry_bytes;
    uint32_t entry_align;
} fa_map;

/// An empty map; takes no memory until the first put or reserve. Keys and values have at most 1 MiB, else
/// every put is refused. [owner-thread]
FA_API fa_map fa_map_make(fa_context *ctx, size_t key_bytes, size_t key_align, size_t value_bytes,
                          size_t value_align, bool string_keys);
#define FA_MAP(ctx, K, V) fa_map_make((ctx), sizeof(K), FA_ALIGNOF(K), sizeof(V), FA_ALIGNOF(V), false)
#define FA_MAP_OF_STRINGS(ctx, V) \
    fa_map_make((ctx), sizeof(char *), FA_ALIGNOF(char *), sizeof(V), FA_ALIGNOF(V), true)

/// Room for @p capacity items in all: that many can be put without taking memory (but for copies of strings).
/// @return OK; FULL, OUT_OF_MEMORY: the map is as it was; NO_FRAME with FA001; STALE with FA606: the map's
/// frame has ended; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_map_reserve(fa_map *map, size_t capacity, const char *here);
#define fa_map_reserve(map, capacity) fai_map_reserve((map), (capacity), FA_HERE)

/// The value of the item with this key; when there is none, of a new one, zeroed. Amortised constant time.
/// @param key Points to the key; for strings, to the pointer. @param key_bytes Its size, to be on the safe
/// side.
/// @return Borrowed until the next put or remove; NULL as fa_map_reserve, and INVALID_ARGUMENT with FA005:
/// a key of another size, or a NULL string. [owner-thread]
FA_RETURNS_FRAME FA_API void *fai_map_put(fa_map *map, const void *key, size_t key_bytes, const char *here);
#define FA_MAP_PUT(map, K, V, key) ((V *)fai_map_put((map), (K[1]){key}, sizeof(K), FA_HERE))

/// The value of the item with this key, or NULL. Borrowed until the next put or remove. [owner-thread]
FA_API void *fai_map_get(const fa_map *map, const void *key, size_t key_bytes);
#define FA_MAP_GET(map, K, V, key) ((V *)fai_map_get((map), (K[1]){key}, sizeof(K)))

/// Remove the item with this key; the last item takes its place.
/// @return False: there was none, or as fa_map_reserve refuses. Constant time. [owner-thread]
FA_API bool fai_map_remove(fa_map *map, const void *key, size_t key_bytes, const char *here);
#define FA_MAP_REMOVE(map, K, key) fai_map_remove((map), (K[1]){key}, sizeof(K), FA_HERE)

/// Key and value of the item at @p index, which is below count. [owner-thread]
static inline void *fa_map_key_at(const fa_map *map, size_t index)
{
    return map->entries + index * map->entry_bytes;
}
static inline void *fa_map_value_at(const fa_map *map, size_t index)
{
    return map->entries + index * map->entry_bytes + map->value_offset;
}
#define FA_MAP_KEY_AT(map, K, index) (*(K *)fa_map_key_at((map), (index)))
#define FA_MAP_VALUE_AT(map, V, index) ((V *)fa_map_value_at((map), (index)))

FA_EXTERN_C_END

#endif
