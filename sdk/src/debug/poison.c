/* poison.c - see poison.h. Poison must be lifted before memory is unmapped: the shadow outlives the mapping.
 */
#include "debug/poison.h"

#include <string.h>

#if FAI_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* Valgrind's requests are a few instructions each, also when it is not there: too many for the paths of a
 * release build, so they are compiled into debug builds only. */
#if !FAI_ASAN && defined(FA_DEBUG) && FA_DEBUG && defined(__has_include)
#if __has_include(<valgrind/memcheck.h>)
#define FAI_VALGRIND 1
#include <valgrind/memcheck.h>
#endif
#endif
#ifndef FAI_VALGRIND
#define FAI_VALGRIND 0
#endif

bool fai_poison_active(void)
{
#if FAI_VALGRIND
    return RUNNING_ON_VALGRIND != 0;
#else
    return FAI_ASAN != 0;
#endif
}

bool fai_debug_build(void)
{
#if defined(FA_DEBUG) && FA_DEBUG
    return true;
#else
    return false;
#endif
}

size_t fai_red_zone(size_t room)
{
    size_t zone = fai_poison_active() ? 16 : 0;
    return zone <= room ? zone : 0;
}

#if FAI_WATCHED
void fai_poison(void *p, size_t bytes)
{
#if FAI_ASAN
    __asan_poison_memory_region(p, bytes);
#elif FAI_VALGRIND
    (void)VALGRIND_MAKE_MEM_NOACCESS(p, bytes);
#else
    (void)p;
    (void)bytes;
#endif
}

void fai_unpoison(void *p, size_t bytes)
{
#if FAI_ASAN
    __asan_unpoison_memory_region(p, bytes);
#elif FAI_VALGRIND
    (void)VALGRIND_MAKE_MEM_DEFINED(p, bytes);
#else
    (void)p;
    (void)bytes;
#endif
}

void fai_poison_fresh(void *p, size_t bytes)
{
    fai_unpoison(p, bytes);
    if (fai_debug_build() && bytes > 0) {
        memset(p, FA_PATTERN_ALLOCATED, bytes);
#if FAI_VALGRIND
        (void)VALGRIND_MAKE_MEM_UNDEFINED(p, bytes);
#endif
    }
}

void fai_poison_dead(void *p, size_t bytes, int pattern)
{
    if (fai_debug_build() && bytes > 0) {
        fai_unpoison(p, bytes); /* padding between blocks was never handed out */
        memset(p, pattern, bytes);
    }
    fai_poison(p, bytes);
}
#endif
