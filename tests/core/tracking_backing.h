/* tracking_backing.h - the operating system's backing, watched and sabotaged.
 *
 * Wraps fa_backing_os(). It knows every reservation and every committed page, so that a test can compare the
 * SDK's figures with the truth, see pages go back, and prove that nothing is left behind. It refuses calls on
 * demand: the k-th call of a kind, once or from then on, or every commit above a limit. Calls that break the
 * rules of backing.h (sizes that are no pages, memory outside of a reservation ...) are remembered in
 * `problem`: failing inside a callback would leave the SDK's locks held.
 *
 * It takes a mutex, which hides races from TSan: racing tests use the operating system's own backing. */
#ifndef FRAMEALLOC_TESTS_TRACKING_BACKING_H
#define FRAMEALLOC_TESTS_TRACKING_BACKING_H

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framealloc/backing.h"

typedef enum backing_op {
    OP_RESERVE,
    OP_COMMIT,
    OP_DECOMMIT,
    OP_PROTECT,
    OP_ADVISE,
    OP_RELEASE,
    OP_COUNT
} backing_op;

static const char *const backing_op_names[OP_COUNT] = {"reserve", "commit", "decommit",
                                                       "protect", "advise", "release"};

typedef struct tracked_region {
    uintptr_t base;
    size_t bytes;
    uint8_t *committed; ///< one bit per page
    size_t committed_pages;
} tracked_region;

typedef struct tracking_backing {
    fa_backing os;
    size_t page_bytes;
    pthread_mutex_t lock;

    tracked_region *regions;
    size_t region_count;
    size_t region_capacity;

    size_t reserved_bytes;
    size_t committed_bytes;
    size_t peak_committed_bytes;
    uint64_t calls[OP_COUNT];
    uint64_t refused[OP_COUNT];

    backing_op fail_op;
    uint64_t fail_at; ///< calls of fail_op until the first refusal, counted down; 0: no plan
    bool fail_from_then_on;
    bool failing;               ///< the plan has been reached
    size_t commit_limit_bytes;  ///< refuse what would exceed it; 0: no limit
    size_t reserve_limit_bytes; ///< refuse single reservations above it; 0: no limit

    char problem[256]; ///< first broken rule; empty: none
} tracking_backing;

static inline void tracking_note(tracking_backing *t, const char *problem, const void *p, size_t bytes)
{
    if (t->problem[0] == '\0') {
        (void)snprintf(t->problem, sizeof t->problem, "%s: %p, %zu bytes", problem, p, bytes);
    }
}

/// Count the call and say whether the plan refuses it. The lock is held.
static inline bool tracking_refuses(tracking_backing *t, backing_op op)
{
    bool refuse = false;
    t->calls[op]++;
    if (t->fail_at != 0 && t->fail_op == op) {
        if (t->failing) {
            refuse = t->fail_from_then_on;
        } else if (--t->fail_at == 0) {
            t->failing = true;
            t->fail_at = 1;
            refuse = true;
        }
    }
    if (refuse) {
        t->refused[op]++;
    }
    return refuse;
}

static inline tracked_region *tracking_find(tracking_backing *t, const void *p, size_t bytes)
{
    uintptr_t begin = (uintptr_t)p;
    for (size_t i = 0; i < t->region_count; i++) {
        tracked_region *r = &t->regions[i];
        if (begin >= r->base && begin - r->base < r->bytes && bytes <= r->bytes - (begin - r->base)) {
            return r;
        }
    }
    return NULL;
}

/// The region of a well-formed call, or NULL with the problem noted.
static inline tracked_region *tracking_expect(tracking_backing *t, const char *what, const void *p,
                                              size_t bytes)
{
    if (bytes == 0 || bytes % t->page_bytes != 0 || (uintptr_t)p % t->page_bytes != 0) {
        tracking_note(t, what, p, bytes);
        return NULL;
    }
    tracked_region *r = tracking_find(t, p, bytes);
    if (r == NULL) {
        tracking_note(t, what, p, bytes);
    }
    return r;
}

static inline bool tracking_page_get(const tracked_region *r, size_t page)
{
    return (r->committed[page / 8] >> (page % 8)) & 1;
}

/// Set or clear the pages of a range; returns how many changed.
static inline size_t tracking_mark(tracking_backing *t, tracked_region *r, const void *p, size_t bytes,
                                   bool committed)
{
    size_t changed = 0;
    size_t first = ((uintptr_t)p - r->base) / t->page_bytes;
    for (size_t page = first; page < first + bytes / t->page_bytes; page++) {
        if (tracking_page_get(r, page) != committed) {
            r->committed[page / 8] = (uint8_t)(r->committed[page / 8] ^ (1u << (page % 8)));
            changed++;
        }
    }
    r->committed_pages = committed ? r->committed_pages + changed : r->committed_pages - changed;
    return changed;
}

static inline bool tracking_all_committed(const tracking_backing *t, const tracked_region *r, const void *p,
                                          size_t bytes)
{
    size_t first = ((uintptr_t)p - r->base) / t->page_bytes;
    for (size_t page = first; page < first + bytes / t->page_bytes; page++) {
        if (!tracking_page_get(r, page)) {
            return false;
        }
    }
    return true;
}

static inline void *tracking_reserve(void *user, size_t bytes, size_t align)
{
    tracking_backing *t = (tracking_backing *)user;
    void *p = NULL;
    pthread_mutex_lock(&t->lock);
    if (bytes == 0 || bytes % t->page_bytes != 0 || align == 0 || (align & (align - 1)) != 0) {
        tracking_note(t, "reserve: bytes or align", NULL, bytes);
    }
    if (!tracking_refuses(t, OP_RESERVE) &&
        !(t->reserve_limit_bytes != 0 && bytes > t->reserve_limit_bytes)) {
        p = t->os.reserve(t->os.user, bytes, align);
    }
    if (p != NULL) {
        if ((uintptr_t)p % align != 0) {
            tracking_note(t, "the system's reserve is not aligned", p, align);
        }
        if (t->region_count == t->region_capacity) {
            t->region_capacity = t->region_capacity != 0 ? 2 * t->region_capacity : 16;
            t->regions = (tracked_region *)realloc(t->regions, t->region_capacity * sizeof *t->regions);
        }
        tracked_region *r = &t->regions[t->region_count++];
        r->base = (uintptr_t)p;
        r->bytes = bytes;
        r->committed = (uint8_t *)calloc(bytes / t->page_bytes / 8 + 1, 1);
        r->committed_pages = 0;
        t->reserved_bytes += bytes;
    }
    pthread_mutex_unlock(&t->lock);
    return p;
}

static inline bool tracking_commit(void *user, void *p, size_t bytes)
{
    tracking_backing *t = (tracking_backing *)user;
    bool done = false;
    pthread_mutex_lock(&t->lock);
    tracked_region *r = tracking_expect(t, "commit outside of a reservation, or not whole pages", p, bytes);
    bool refuse = tracking_refuses(t, OP_COMMIT) || r == NULL;
    if (!refuse && t->commit_limit_bytes != 0 && t->committed_bytes + bytes > t->commit_limit_bytes) {
        refuse = true;
        t->refused[OP_COMMIT]++;
    }
    if (!refuse && t->os.commit(t->os.user, p, bytes)) {
        t->committed_bytes += tracking_mark(t, r, p, bytes, true) * t->page_bytes;
        if (t->committed_bytes > t->peak_committed_bytes) {
            t->peak_committed_bytes = t->committed_bytes;
        }
        done = true;
    }
    pthread_mutex_unlock(&t->lock);
    return done;
}

static inline bool tracking_decommit(void *user, void *p, size_t bytes)
{
    tracking_backing *t = (tracking_backing *)user;
    bool done = false;
    pthread_mutex_lock(&t->lock);
    tracked_region *r = tracking_expect(t, "decommit outside of a reservation, or not whole pages", p, bytes);
    if (!tracking_refuses(t, OP_DECOMMIT) && r != NULL && t->os.decommit(t->os.user, p, bytes)) {
        t->committed_bytes -= tracking_mark(t, r, p, bytes, false) * t->page_bytes;
        done = true;
    }
    pthread_mutex_unlock(&t->lock);
    return done;
}

static inline bool tracking_protect(void *user, void *p, size_t bytes, bool accessible)
{
    tracking_backing *t = (tracking_backing *)user;
    pthread_mutex_lock(&t->lock);
    tracked_region *r = tracking_expect(t, "protect outside of a reservation, or not whole pages", p, bytes);
    if (r != NULL && !tracking_all_committed(t, r, p, bytes)) {
        tracking_note(t, "protect of memory that is not committed", p, bytes);
    }
    bool done =
        !tracking_refuses(t, OP_PROTECT) && r != NULL && t->os.protect(t->os.user, p, bytes, accessible);
    pthread_mutex_unlock(&t->lock);
    return done;
}

static inline bool tracking_advise(void *user, void *p, size_t bytes, fa_advice advice)
{
    tracking_backing *t = (tracking_backing *)user;
    pthread_mutex_lock(&t->lock);
    tracked_region *r = tracking_expect(t, "advise outside of a reservation, or not whole pages", p, bytes);
    if (r != NULL && !tracking_all_committed(t, r, p, bytes)) {
        tracking_note(t, "advise about memory that is not committed", p, bytes);
    }
    bool done = !tracking_refuses(t, OP_ADVISE) && r != NULL && t->os.advise(t->os.user, p, bytes, advice);
    pthread_mutex_unlock(&t->lock);
    return done;
}

static inline void tracking_release(void *user, void *p, size_t bytes)
{
    tracking_backing *t = (tracking_backing *)user;
    pthread_mutex_lock(&t->lock);
    t->calls[OP_RELEASE]++;
    tracked_region *r = tracking_expect(t, "release of what is not reserved", p, bytes);
    if (r != NULL && (r->base != (uintptr_t)p || r->bytes != bytes)) {
        tracking_note(t, "release of part of a reservation", p, bytes);
        r = NULL;
    }
    if (r != NULL) {
        t->committed_bytes -= r->committed_pages * t->page_bytes;
        t->reserved_bytes -= bytes;
        free(r->committed);
        *r = t->regions[--t->region_count];
        t->os.release(t->os.user, p, bytes);
    }
    pthread_mutex_unlock(&t->lock);
}

static inline void tracking_open(tracking_backing *t)
{
    memset(t, 0, sizeof *t);
    t->os = fa_backing_os();
    t->page_bytes = fa_backing_page_bytes();
    pthread_mutex_init(&t->lock, NULL);
}

static inline void tracking_close(tracking_backing *t)
{
    for (size_t i = 0; i < t->region_count; i++) {
        free(t->regions[i].committed);
    }
    free(t->regions);
    pthread_mutex_destroy(&t->lock);
}

/// The table to put into a desc.
static inline fa_backing tracking_table(tracking_backing *t)
{
    fa_backing table;
    memset(&table, 0, sizeof table);
    table.reserve = tracking_reserve;
    table.commit = tracking_commit;
    table.decommit = tracking_decommit;
    table.protect = tracking_protect;
    table.release = tracking_release;
    table.advise = tracking_advise;
    table.user = t;
    return table;
}

/// Refuse the @p at-th call of @p op from now, counted from 1; once, or from then on. 0 ends the plan.
static inline void tracking_fail(tracking_backing *t, backing_op op, uint64_t at, bool from_then_on)
{
    pthread_mutex_lock(&t->lock);
    t->fail_op = op;
    t->fail_at = at;
    t->fail_from_then_on = from_then_on;
    t->failing = false;
    pthread_mutex_unlock(&t->lock);
}

static inline uint64_t tracking_total_calls(const tracking_backing *t)
{
    uint64_t sum = 0;
    for (int op = 0; op < OP_COUNT; op++) {
        sum += t->calls[op];
    }
    return sum;
}

static inline uint64_t tracking_total_refused(const tracking_backing *t)
{
    uint64_t sum = 0;
    for (int op = 0; op < OP_COUNT; op++) {
        sum += t->refused[op];
    }
    return sum;
}

#endif
