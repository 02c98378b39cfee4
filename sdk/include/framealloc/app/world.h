/* world.h - entities and their components.
 *
 * An entity is a number; what it is, its components say. Entities with the same set of components stand
 * together in chunks of 16 KiB from the pool (of 256 KiB, where there are many): the ids, then one plain
 * array per component. So a loop over a query (query.h) is a loop over arrays. A type may ask for sparse
 * storage instead (type.h).
 *
 * Every app has a world (fa_app_world, fa_sys_world); one may also stand alone, on a context.
 *
 *     fa_entity e = FA_WORLD_SPAWN(world, FA_V(Pos, {1, 2}), FA_V(Vel, {0, 1}));
 *     FA_WORLD_ADD(world, e, Burning, {.seconds = 3});
 *     fa_world_despawn(world, e);
 *
 * Changing which components an entity has moves it, and may move another entity of its chunk; so pointers to
 * components are good until the next such change, and such changes are refused while a query is being
 * iterated or a hook runs (FA110, BUSY). An entity that is gone is refused as well (FA111, STALE).
 *
 * What is said of "changed" counts per chunk, not per entity: who asks for changed components gets all
 * entities of each chunk in which one was written, or that was handed out for writing. */
#ifndef FRAMEALLOC_APP_WORLD_H
#define FRAMEALLOC_APP_WORLD_H

#include "framealloc/app/type.h"
#include "framealloc/context.h"
#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// Bytes of a chunk; one entity that is larger than that has a chunk for itself.
#define FA_CHUNK_BYTES ((size_t)16 * 1024)
/// Bytes of the ninth chunk of a set of components, and of those that follow.
#define FA_CHUNK_LARGE_BYTES ((size_t)256 * 1024)
/// Types that a world knows as components at most, sparse ones included.
#define FA_COMPONENTS_MAX 256
/// Parts of one spawn at most.
#define FA_PARTS_MAX 16

typedef struct fa_world_desc {
    uint32_t start_canary; ///< leave zero
    const char *name;      ///< borrowed for the call, for messages. Default "world"
    uint32_t entities_max; ///< living at once. Default 16,777,216
    fa_tag tag;            ///< charged with all its memory. Default: the tag current at creation
    uint32_t end_canary;   ///< leave zero
} fa_world_desc;

/* ---- life ---------------------------------------------------------------------------------------------- */

/// @return OK; INVALID_ARGUMENT; INVALID_DESC with FA103; OUT_OF_MEMORY; WRONG_THREAD. On failure @p out is
/// NULL. [owner-thread]
FA_API fa_result fai_world_create(fa_context *ctx, const fa_world_desc *desc, fa_world **out,
                                  const char *here);
#define fa_world_create(ctx, ...) fai_world_create((ctx), __VA_ARGS__, FA_HERE)
/// Despawn everything, calling the hooks, and give back the memory. NULL is fine.
/// @return OK; BUSY with FA110; INVALID_ARGUMENT with FA005: the world belongs to an app.
/// [owner-thread]
FA_API fa_result fai_world_destroy(fa_world *world, const char *here);
#define fa_world_destroy(world) fai_world_destroy((world), FA_HERE)

/* ---- entities ------------------------------------------------------------------------------------------ */

/// A component and its value; NULL: zero bytes, or an array of values where many are spawned.
typedef struct fa_part {
    const fa_type *type;
    const void *value;
} fa_part;

/* clang-format off */
/// A part written in place (C): FA_V(Pos, {1, 2}).
#define FA_V(T, ...) { FA_T(T), &(const T)__VA_ARGS__ }
/// A part of zero bytes, or a tag.
#define FA_Z(T) { FA_T(T), NULL }
/* clang-format on */

/// Make an entity with these components at once; none is fine. Values are copied.
/// @return The entity, or FA_ENTITY_NONE: FULL (entities_max), OUT_OF_MEMORY; INVALID_ARGUMENT with FA005: a
/// type out of range, or named twice; BUSY with FA110. Nothing changed then. Constant time.
/// [owner-thread]
FA_API fa_entity fai_world_spawn(fa_world *world, const fa_part *parts, uint32_t count, const char *here);
#define fa_world_spawn(world, parts, count) fai_world_spawn((world), (parts), (count), FA_HERE)
#define FA_WORLD_SPAWN(world, ...)                           \
    fai_world_spawn((world), (const fa_part[]){__VA_ARGS__}, \
                    (uint32_t)(sizeof((const fa_part[]){__VA_ARGS__}) / sizeof(fa_part)), FA_HERE)

/// Make many entities alike. Each part's value is an array of @p entity_count values, or NULL.
/// @param out Gets the entities; may be NULL.
/// @return OK, else as fa_world_spawn, and then none was made.
/// [owner-thread]
FA_API fa_result fai_world_spawn_bulk(fa_world *world, const fa_part *parts, uint32_t part_count,
                                      uint32_t entity_count, fa_entity *out, const char *here);
#define fa_world_spawn_bulk(world, parts, part_count, entity_count, out) \
    fai_world_spawn_bulk((world), (parts), (part_count), (entity_count), (out), FA_HERE)

/// @return OK; STALE with FA111; BUSY with FA110. Constant time. [owner-thread]
FA_API fa_result fai_world_despawn(fa_world *world, fa_entity entity, const char *here);
#define fa_world_despawn(world, entity) fai_world_despawn((world), (entity), FA_HERE)

/// Despawn all entities. @return OK; BUSY with FA110. [owner-thread]
FA_API fa_result fai_world_clear(fa_world *world, const char *here);
#define fa_world_clear(world) fai_world_clear((world), FA_HERE)

/// [owner-thread]
FA_API bool fa_world_is_alive(const fa_world *world, fa_entity entity);

/* ---- components ---------------------------------------------------------------------------------------- */

/// Give an entity a component, or overwrite the one it has. @param value Copied; NULL: zero bytes.
/// @return OK; STALE with FA111; INVALID_ARGUMENT with FA005; BUSY with FA110 (overwriting is always
/// possible); FULL; OUT_OF_MEMORY. Nothing changed then.
/// [owner-thread]
FA_API fa_result fai_world_add(fa_world *world, fa_entity entity, const fa_type *type, const void *value,
                               const char *here);
#define fa_world_add(world, entity, type, value) fai_world_add((world), (entity), (type), (value), FA_HERE)
/// With a value written in place (C).
#define FA_WORLD_ADD(world, entity, T, ...) \
    fai_world_add((world), (entity), FA_T(T), &(const T)__VA_ARGS__, FA_HERE)

/// @return OK; NOT_FOUND: it has none; STALE with FA111; BUSY with FA110; OUT_OF_MEMORY. [owner-thread]
FA_API fa_result fai_world_remove(fa_world *world, fa_entity entity, const fa_type *type, const char *here);
#define fa_world_remove(world, entity, type) fai_world_remove((world), (entity), (type), FA_HERE)

/// Has it this component? False for an entity that is gone. [owner-thread]
FA_API bool fa_world_has(const fa_world *world, fa_entity entity, const fa_type *type);

/// Its component, borrowed until the next change of which components entities have.
/// @return NULL: it has none, or it is a tag; or the entity is gone (FA111).
/// [owner-thread]
FA_API const void *fai_world_get(const fa_world *world, fa_entity entity, const fa_type *type,
                                 const char *here);
#define fa_world_get(world, entity, type) fai_world_get((world), (entity), (type), FA_HERE)
/// The same to write: it counts as changed. [owner-thread]
FA_API void *fai_world_get_mut(fa_world *world, fa_entity entity, const fa_type *type, const char *here);
#define fa_world_get_mut(world, entity, type) fai_world_get_mut((world), (entity), (type), FA_HERE)
#define FA_WORLD_GET(world, entity, T) ((const T *)fai_world_get((world), (entity), FA_T(T), FA_HERE))
#define FA_WORLD_GET_MUT(world, entity, T) ((T *)fai_world_get_mut((world), (entity), FA_T(T), FA_HERE))

/* ---- figures ------------------------------------------------------------------------------------------- */

/// Number of living entities. [owner-thread]
FA_API uint32_t fa_world_entity_count(const fa_world *world);

typedef struct fa_world_stats {
    uint32_t entities;
    uint32_t entities_peak;
    uint32_t indices;    ///< numbers in use: living, free and reserved ones, in pages of 1024
    uint32_t retired;    ///< indices whose generations are used up
    uint32_t components; ///< types known
    uint32_t archetypes; ///< different sets of components
    uint32_t chunks;     ///< with entities in them
    uint32_t chunks_spare;
    uint32_t queries;
    size_t chunk_bytes; ///< memory of all chunks
} fa_world_stats;

/// [owner-thread]
FA_API void fa_world_stats_get(const fa_world *world, fa_world_stats *out);

/// A number that is equal for worlds with the same entities and the same bytes in these components, whatever
/// order they came in. Padding inside components counts: keep it zero. Linear in the number of entities.
/// @param types NULL with a count of 0: all types, by their names.
/// [owner-thread]
FA_API uint64_t fa_world_hash(const fa_world *world, const fa_type *const *types, uint32_t count);

/// Check everything against everything. For tests. [owner-thread]
FA_API bool fa_world_validate(const fa_world *world);

FA_EXTERN_C_END

#endif
