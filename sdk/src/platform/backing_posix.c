/* backing_posix.c - address space and pages by mmap.
 *
 * Reserve maps without access: it counts neither against memory nor, on Linux, against the overcommit limit.
 * Commit changes the protection, which is where a strict system says no. Decommit first drops the pages, then
 * takes the access away again, so that a stale pointer traps. */
#define _GNU_SOURCE 1 /* MAP_ANONYMOUS, MADV_* */
#include "framealloc/backing.h"

#include <sys/mman.h>
#include <unistd.h>

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

static void *reserve_exactly(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static void *os_reserve(void *user, size_t bytes, size_t align)
{
    (void)user;
    char *p = reserve_exactly(bytes);
    if (p == NULL || ((uintptr_t)p & (align - 1)) == 0) {
        return p;
    }
    munmap(p, bytes);
    if (bytes > SIZE_MAX - align) {
        return NULL;
    }
    p = reserve_exactly(bytes + align);
    if (p == NULL) {
        return NULL;
    }
    size_t before = (align - ((uintptr_t)p & (align - 1))) & (align - 1);
    /* The system may have merged it with a neighbour: then cutting needs one mapping more, and may be
     * refused. */
    bool cut = before == 0 || munmap(p, before) == 0;
    cut = cut && (align == before || munmap(p + before + bytes, align - before) == 0);
    if (!cut) {
        munmap(p, bytes + align);
        return NULL;
    }
    return p + before;
}

static bool os_commit(void *user, void *p, size_t bytes)
{
    (void)user;
    return mprotect(p, bytes, PROT_READ | PROT_WRITE) == 0;
}

static bool os_decommit(void *user, void *p, size_t bytes)
{
    (void)user;
    /* Mapping afresh gives the pages and the commit charge back in one call, and cannot leave half of it
     * done. */
    return mmap(p, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) !=
           MAP_FAILED;
}

static bool os_protect(void *user, void *p, size_t bytes, bool accessible)
{
    (void)user;
    return mprotect(p, bytes, accessible ? PROT_READ | PROT_WRITE : PROT_NONE) == 0;
}

static void os_release(void *user, void *p, size_t bytes)
{
    (void)user;
    if (munmap(p, bytes) != 0) {
        /* No mapping is left to cut it out of a merged one: the memory goes back, the addresses stay. */
        (void)madvise(p, bytes, MADV_DONTNEED);
    }
}

static bool os_advise(void *user, void *p, size_t bytes, fa_advice advice)
{
    (void)user;
    switch (advice) {
#if defined(MADV_HUGEPAGE)
    case FA_ADVICE_HUGE_PAGES: return madvise(p, bytes, MADV_HUGEPAGE) == 0;
#endif
#if defined(MADV_POPULATE_WRITE)
    case FA_ADVICE_PREFAULT: return madvise(p, bytes, MADV_POPULATE_WRITE) == 0;
#endif
    default: return false;
    }
}

fa_backing fa_backing_os(void)
{
    return (fa_backing){.reserve = os_reserve,
                        .commit = os_commit,
                        .decommit = os_decommit,
                        .protect = os_protect,
                        .release = os_release,
                        .advise = os_advise,
                        .user = NULL};
}

size_t fa_backing_page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}
