/* poison.h - memory that must not be touched, told to the tools that can watch it.
 *
 * poison.h and poison.c are the only files that name a sanitizer. Where none is present, dead memory is
 * filled with a pattern in debug builds and left alone in release builds, where these functions are nothing.
 */
#ifndef FAI_POISON_H
#define FAI_POISON_H

#include "framealloc/base.h"
#include "framealloc/pattern.h"

#if defined(__SANITIZE_ADDRESS__)
#define FAI_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FAI_ASAN 1
#endif
#endif
#ifndef FAI_ASAN
#define FAI_ASAN 0
#endif
#if FAI_ASAN || (defined(FA_DEBUG) && FA_DEBUG)
#define FAI_WATCHED 1
#else
#define FAI_WATCHED 0
#endif

/* True when every allocation must be seen so that it can be unpoisoned: then the inlined fast paths are kept
 * shut. */
bool fai_poison_active(void);
/* True in debug builds of the SDK. */
bool fai_debug_build(void);

/* Bytes left inaccessible behind a block of a frame or arena, so that running over its end is seen at once:
 * where a sanitizer watches. Never more than @p room. */
size_t fai_red_zone(size_t room);

#if FAI_WATCHED
/* Not accessible until it is handed out (again). */
void fai_poison(void *p, size_t bytes);
/* Accessible; it may hold data. */
void fai_unpoison(void *p, size_t bytes);
/* Handed out: accessible, contents undefined; in debug builds filled with FA_PATTERN_ALLOCATED. */
void fai_poison_fresh(void *p, size_t bytes);
/* It was in use and is dead now: in debug builds filled with one of pattern.h's, then poisoned. */
void fai_poison_dead(void *p, size_t bytes, int pattern);
#else
static inline void fai_poison(void *p, size_t bytes)
{
    (void)p;
    (void)bytes;
}
static inline void fai_unpoison(void *p, size_t bytes)
{
    (void)p;
    (void)bytes;
}
static inline void fai_poison_fresh(void *p, size_t bytes)
{
    (void)p;
    (void)bytes;
}
static inline void fai_poison_dead(void *p, size_t bytes, int pattern)
{
    (void)p;
    (void)bytes;
    (void)pattern;
}
#endif

#endif
