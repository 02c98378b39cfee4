/* backing_windows.c - address space and pages by VirtualAlloc, which has reserve and commit as notions of its
 * own. */
#include "framealloc/backing.h"

#include <windows.h>

static void *os_reserve(void *user, size_t bytes, size_t align)
{
    (void)user;
    char *p = VirtualAlloc(NULL, bytes, MEM_RESERVE, PAGE_NOACCESS);
    if (p == NULL || ((uintptr_t)p & (align - 1)) == 0) {
        return p;
    }
    VirtualFree(p, 0, MEM_RELEASE);
    if (bytes > SIZE_MAX - align) {
        return NULL;
    }
    /* A reservation cannot be trimmed here: find a hole that is large enough, then ask for its aligned part.
     * Another thread may take it in between. */
    for (int attempt = 0; attempt < 8; attempt++) {
        char *hole = VirtualAlloc(NULL, bytes + align, MEM_RESERVE, PAGE_NOACCESS);
        if (hole == NULL) {
            return NULL;
        }
        char *aligned = (char *)(((uintptr_t)hole + align - 1) & ~(uintptr_t)(align - 1));
        VirtualFree(hole, 0, MEM_RELEASE);
        p = VirtualAlloc(aligned, bytes, MEM_RESERVE, PAGE_NOACCESS);
        if (p != NULL) {
            return p;
        }
    }
    return NULL;
}

static bool os_commit(void *user, void *p, size_t bytes)
{
    (void)user;
    return VirtualAlloc(p, bytes, MEM_COMMIT, PAGE_READWRITE) != NULL;
}

static bool os_decommit(void *user, void *p, size_t bytes)
{
    (void)user;
    return VirtualFree(p, bytes, MEM_DECOMMIT) != 0;
}

static bool os_protect(void *user, void *p, size_t bytes, bool accessible)
{
    (void)user;
    DWORD before;
    return VirtualProtect(p, bytes, accessible ? PAGE_READWRITE : PAGE_NOACCESS, &before) != 0;
}

static void os_release(void *user, void *p, size_t bytes)
{
    (void)user;
    (void)bytes;
    VirtualFree(p, 0, MEM_RELEASE);
}

fa_backing fa_backing_os(void)
{
    /* No advice: large pages need a privilege here, and touching is as good as prefaulting. */
    fa_backing backing = {0};
    backing.reserve = os_reserve;
    backing.commit = os_commit;
    backing.decommit = os_decommit;
    backing.protect = os_protect;
    backing.release = os_release;
    return backing;
}

size_t fa_backing_page_bytes(void)
{
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwPageSize;
}
