/* type.h - a description of a C type, so that the app layer can store values of it.
 *
 * The address of the descriptor is the type's identity. Descriptors are constant: each app keeps a map of its
 * own from addresses to dense numbers, so any number of apps and threads may share one descriptor. Two
 * descriptors of the same name are two types.
 *
 *     // score.h                            // score.c
 *     typedef struct Score { int points; } Score;
 *     FA_TYPE_DECLARE(Score);               FA_TYPE_DEFINE(Score);
 *
 * A type that one file keeps to itself: FA_TYPE_STATIC(Score);
 *
 * A type may be a resource, an event, a state or a component of entities; for components it also says where
 * values are kept and what is called when one comes or goes:
 *
 *     FA_TYPE_DEFINE_EX(Body, .on_remove = free_body);
 *     FA_TYPE_DEFINE_EX(Burning, .storage = FA_STORAGE_SPARSE);
 *     FA_TAG_DEFINE(Enemy);                                       // no value, only being there
 *
 * T is a typedef name, one word. */
#ifndef FRAMEALLOC_APP_TYPE_H
#define FRAMEALLOC_APP_TYPE_H

#include "framealloc/base.h"

FA_EXTERN_C_BEGIN

typedef struct fa_world fa_world;

/// An entity: index in the low half, generation in the high half. 0 is none; an id is never used twice.
typedef uint64_t fa_entity;
#define FA_ENTITY_NONE ((fa_entity)0)

/// Where the values of a component are kept.
typedef enum fa_storage {
    FA_STORAGE_TABLE, ///< in chunks beside the entity's other components: the fastest to iterate
    FA_STORAGE_SPARSE ///< by itself: coming and going moves nothing, for what changes often
} fa_storage;

/// Called from inside a change of the world, which it must not change again.
typedef void (*fa_component_hook)(fa_world *world, fa_entity entity, void *value);

typedef struct fa_type {
    const char *name;            ///< for people; borrowed, lives as long as the apps that use the type
    size_t size_bytes;           ///< sizeof(T); 0: a tag of entities, nothing else
    size_t align_bytes;          ///< a power of two up to FA_ALIGN_MAX
    fa_storage storage;          ///< of components
    fa_component_hook on_add;    ///< after the value is there; not when it is overwritten. May be NULL
    fa_component_hook on_remove; ///< before the value goes, also with its entity. May be NULL
} fa_type;

/* clang-format off */
#define FA_TYPE_INIT_(T) { #T, sizeof(T), FA_ALIGNOF(T), FA_STORAGE_TABLE, NULL, NULL }
/* clang-format on */

/// In a header: the type's descriptor is defined in some other file.
#define FA_TYPE_DECLARE(T) extern const fa_type fa_type_##T
/// In one source file: the type's descriptor.
#define FA_TYPE_DEFINE(T) \
    FA_TYPE_DECLARE(T);   \
    const fa_type fa_type_##T = FA_TYPE_INIT_(T)
/// In one source file: a descriptor that no other file sees.
#define FA_TYPE_STATIC(T) FA_UNUSED static const fa_type fa_type_##T = FA_TYPE_INIT_(T)
/// The same with more fields (C): FA_TYPE_DEFINE_EX(Body, .on_remove = free_body).
#define FA_TYPE_DEFINE_EX(T, ...) \
    FA_TYPE_DECLARE(T);           \
    const fa_type fa_type_##T = { \
        .name = #T, .size_bytes = sizeof(T), .align_bytes = FA_ALIGNOF(T), __VA_ARGS__}
#define FA_TYPE_STATIC_EX(T, ...)                  \
    FA_UNUSED static const fa_type fa_type_##T = { \
        .name = #T, .size_bytes = sizeof(T), .align_bytes = FA_ALIGNOF(T), __VA_ARGS__}
/// A tag of entities: any word, no C type of that name is needed.
#define FA_TAG_DEFINE(T) \
    FA_TYPE_DECLARE(T);  \
    const fa_type fa_type_##T = {#T, 0, 1, FA_STORAGE_TABLE, NULL, NULL}
#define FA_TAG_STATIC(T) FA_UNUSED static const fa_type fa_type_##T = {#T, 0, 1, FA_STORAGE_TABLE, NULL, NULL}
/// The descriptor of a type.
#define FA_T(T) (&fa_type_##T)

FA_EXTERN_C_END

#endif
