/* region.c - see region.h. */
#include "core/region.h"

#include <string.h>

#include "core/extent.h"
#include "platform/platform.h"

#define PLACES 1024u

typedef struct place {
    uintptr_t begin;
    uintptr_t end;
} place;

typedef struct region {
    fai_mutex lock;
    uintptr_t begin; /* of what can be reserved */
    uintptr_t end;
    uint32_t count;
    place places[PLACES]; /* reserved, sorted */
} region;

/* Alignments above this are wishes for huge pages, which are not ours to give. */
static uintptr_t round_for(uintptr_t at, size_t align)
{
    return fai_round_up(at, align < FA_ALIGN_MAX ? align : FA_ALIGN_MAX);
}

static void *region_reserve(void *user, size_t bytes, size_t align)
{
    region *r = user;
    void *found = NULL;
    fai_mutex_lock(&r->lock);
    uintptr_t at = round_for(r->begin, align);
    uint32_t i = 0;
    while (i < r->count && (at > r->places[i].begin || bytes > r->places[i].begin - at)) {
        at = round_for(r->places[i++].end, align);
    }
    if (r->count < PLACES && at <= r->end && bytes <= r->end - at) {
        memmove(&r->places[i + 1], &r->places[i], (r->count - i) * sizeof(place));
        r->places[i] = (place){at, at + bytes};
        r->count++;
        found = (void *)at;
    }
    fai_mutex_unlock(&r->lock);
    return found;
}

static bool region_commit(void *user, void *p, size_t bytes)
{
    (void)user;
    memset(p, 0, bytes);
    return true;
}

static bool region_decommit(void *user, void *p, size_t bytes)
{
    (void)user;
    (void)p;
    (void)bytes;
    return true;
}

static void region_release(void *user, void *p, size_t bytes)
{
    region *r = user;
    (void)bytes;
    fai_mutex_lock(&r->lock);
    for (uint32_t i = 0; i < r->count; i++) {
        if (r->places[i].begin == (uintptr_t)p) {
            r->count--;
            memmove(&r->places[i], &r->places[i + 1], (r->count - i) * sizeof(place));
            break;
        }
    }
    fai_mutex_unlock(&r->lock);
}

fa_backing fai_region_open(const fa_allocator_desc *desc)
{
    region *r = (region *)fai_round_up((uintptr_t)desc->region, 64);
    memset(r, 0, sizeof *r);
    fai_mutex_init(&r->lock);
    r->begin = (uintptr_t)(r + 1);
    r->end = (uintptr_t)desc->region + desc->region_bytes;
    return (fa_backing){.reserve = region_reserve,
                        .commit = region_commit,
                        .decommit = region_decommit,
                        .release = region_release,
                        .user = r};
}

void fai_region_close(const fa_backing *backing)
{
    region *r = backing->user;
    fai_mutex_destroy(&r->lock);
}
