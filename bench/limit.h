/* limit.h - the floors: the fewest instructions that a game programmer would write for exactly one piece of
 * work.
 *
 * A floor keeps the promises that the work needs (aligned, checked against the end, NULL when full) and
 * nothing else: no growth, no misuse checks, no tags, no statistics, no threads. It is what an abstraction
 * costs nothing over, so it is the denominator of most targets. */
#ifndef FA_BENCH_LIMIT_H
#define FA_BENCH_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- bump arena ------------------------------------------------------------------------------------- */

typedef struct limit_arena {
    uintptr_t cursor;
    uintptr_t end; /* last byte */
    uintptr_t base;
    size_t bytes;
} limit_arena;

/// Memory that is aligned to 2 MiB, advised for huge pages, and not touched yet. NULL: none.
void *limit_huge_reserve(size_t bytes);
void limit_huge_release(void *pages, size_t bytes);

/// An arena over ordinary pages, touched; the parameter is its size, a size_t. NULL: no memory.
void *limit_arena_create(const void *bytes);
void limit_arena_destroy(void *arena);

/* The fewest instructions for exact bytes at any alignment. The cursor is the last used byte, since
 * align_up(c) - 1 == (c - 1) | (align - 1) is one operation. The empty asm keeps the load apart from it:
 * folded into the OR, as clang likes to do, it would not be forwarded from the store before. */
static inline void *limit_arena_alloc(limit_arena *arena, size_t size_bytes, size_t align_bytes)
{
    uintptr_t last = arena->cursor;
    __asm__("" : "+r"(last));
    last |= align_bytes - 1;
    if (last + size_bytes > arena->end) {
        return NULL;
    }
    arena->cursor = last + size_bytes;
    return (void *)(last + 1);
}

static inline void limit_arena_reset(limit_arena *arena)
{
    arena->cursor = arena->base - 1;
}

/* The fewest instructions when every size is rounded up to 16 bytes: the cursor is always aligned and costs
 * nothing to align, but odd sizes take up to 15 bytes more and no alignment above 16 is possible. Here the
 * cursor is the next free byte. */
static inline void *limit_rounding_alloc(limit_arena *arena, size_t size_bytes)
{
    uintptr_t p = arena->cursor;
    uintptr_t next = p + ((size_bytes + 15) & ~(size_t)15);
    if (next > arena->end) {
        return NULL;
    }
    arena->cursor = next;
    return (void *)p;
}

static inline void limit_rounding_reset(limit_arena *arena)
{
    arena->cursor = arena->base;
}

/// A frame boundary that is two calls, each storing two words. Never inlined: they are in limit.c.
void limit_frame_begin(limit_arena *arena);
void limit_frame_end(limit_arena *arena);

/* ---- free list of one type -------------------------------------------------------------------------- */

typedef struct limit_node {
    struct limit_node *next;
} limit_node;

typedef struct limit_pool {
    limit_node *free;
    limit_arena *arena;
} limit_pool;

static inline void *limit_pool_alloc(limit_pool *pool)
{
    limit_node *node = pool->free;
    if (node != NULL) {
        pool->free = node->next;
    }
    return node;
}

static inline void limit_pool_free(limit_pool *pool, void *p)
{
    limit_node *node = p;
    node->next = pool->free;
    pool->free = node;
}

/* ---- size classes ----------------------------------------------------------------------------------- */

/* One class per 16 bytes up to 1 KiB. A page holds one class and says which at its start; so a free finds the
 * class from the address. */
#define LIMIT_CLASS_BYTES ((size_t)16)
#define LIMIT_CLASS_COUNT ((size_t)65)
#define LIMIT_PAGE_BYTES ((size_t)65536)

typedef struct limit_page {
    size_t class_index;
} limit_page;

typedef struct limit_classes {
    limit_node *free[LIMIT_CLASS_COUNT];
    limit_arena *arena;
} limit_classes;

/// Classes over an arena of their own; the parameter is its size. Every class starts with one page of free
/// objects.
void *limit_classes_create(const void *bytes);
void limit_classes_destroy(void *classes);
/// Cut one more page into objects of a class. False: the arena is full.
bool limit_classes_refill(limit_classes *classes, size_t class_index);

static inline void *limit_classes_alloc(limit_classes *classes, size_t size_bytes)
{
    size_t index = (size_bytes + LIMIT_CLASS_BYTES - 1) / LIMIT_CLASS_BYTES;
    limit_node *node = classes->free[index];
    if (__builtin_expect(node == NULL, 0)) {
        if (!limit_classes_refill(classes, index)) {
            return NULL;
        }
        node = classes->free[index];
    }
    classes->free[index] = node->next;
    return node;
}

static inline void limit_classes_free(limit_classes *classes, void *p)
{
    const limit_page *page = (const limit_page *)((uintptr_t)p & ~(uintptr_t)(LIMIT_PAGE_BYTES - 1));
    limit_node *node = p;
    node->next = classes->free[page->class_index];
    classes->free[page->class_index] = node;
}

#endif
