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
 * T is a typedef name, one word. */
#ifndef FRAMEALLOC_APP_TYPE_H
#define FRAMEALLOC_APP_TYPE_H

#include "framealloc/base.h"

FA_EXTERN_C_BEGIN

typedef struct fa_type {
    const char *name;   ///< for people; borrowed, lives as long as the apps that use the type
    size_t size_bytes;  ///< sizeof(T)
    size_t align_bytes; ///< a power of two up to FA_ALIGN_MAX
} fa_type;

/* clang-format off */
#define FA_TYPE_INIT_(T) { #T, sizeof(T), FA_ALIGNOF(T) }
/* clang-format on */

/// In a header: the type's descriptor is defined in some other file.
#define FA_TYPE_DECLARE(T) extern const fa_type fa_type_##T
/// In one source file: the type's descriptor.
#define FA_TYPE_DEFINE(T) \
    FA_TYPE_DECLARE(T);   \
    const fa_type fa_type_##T = FA_TYPE_INIT_(T)
/// In one source file: a descriptor that no other file sees.
#define FA_TYPE_STATIC(T) FA_UNUSED static const fa_type fa_type_##T = FA_TYPE_INIT_(T)
/// The descriptor of a type.
#define FA_T(T) (&fa_type_##T)

FA_EXTERN_C_END

#endif
