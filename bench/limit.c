/* limit.c - memory for the floors, and the parts of them that must not be inlined. */
#include "limit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HUGE_PAGE_BYTES ((size_t)2 << 20)
#define LIMIT_PAGE_HEAD_BYTES ((size_t)64)

void *limit_huge_reserve(size_t bytes)
{
    size_t whole = bytes + HUGE_PAGE_BYTES;
    char *start = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) {
        return NULL;
    }
    size_t head = (HUGE_PAGE_BYTES - ((uintptr_t)start & (HUGE_PAGE_BYTES - 1))) & (HUGE_PAGE_BYTES - 1);
    char *pages = start + head;
    if (head > 0) {
        (void)munmap(start, head);
    }
    (void)munmap(pages + bytes, HUGE_PAGE_BYTES - head);
    (void)madvise(pages, bytes, MADV_HUGEPAGE);
    return pages;
}

void limit_huge_release(void *pages, size_t bytes)
{
    (void)munmap(pages, bytes);
}

void *limit_arena_create(const void *bytes)
{
    size_t size = *(const size_t *)bytes;
    limit_arena *arena = malloc(sizeof(*arena));
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (arena == NULL || pages == MAP_FAILED) {
        free(arena);
        return NULL;
    }
    memset(pages, 0, size);
    arena->base = (uintptr_t)pages;
    arena->end = arena->base + size - 1;
    arena->bytes = size;
    limit_arena_reset(arena);
    return arena;
}

void limit_arena_destroy(void *arena)
{
    limit_arena *a = arena;
    (void)munmap((void *)a->base, a->bytes);
    free(a);
}

void limit_frame_begin(limit_arena *arena)
{
    arena->cursor = arena->base - 1;
    arena->end = arena->base + arena->bytes - 1;
}

void limit_frame_end(limit_arena *arena)
{
    arena->cursor = 1;
    arena->end = 0;
}

bool limit_classes_refill(limit_classes *classes, size_t class_index)
{
    char *start = limit_arena_alloc(classes->arena, LIMIT_PAGE_BYTES, LIMIT_PAGE_BYTES);
    if (start == NULL) {
        return false;
    }
    ((limit_page *)(void *)start)->class_index = class_index;
    size_t size = class_index == 0 ? LIMIT_CLASS_BYTES : class_index * LIMIT_CLASS_BYTES;
    char *objects = start + LIMIT_PAGE_HEAD_BYTES;
    limit_node *first = NULL;
    for (size_t i = (LIMIT_PAGE_BYTES - LIMIT_PAGE_HEAD_BYTES) / size; i-- > 0;) {
        limit_node *node = (limit_node *)(void *)(objects + i * size);
        node->next = first;
        first = node;
    }
    classes->free[class_index] = first;
    return true;
}

void *limit_classes_create(const void *bytes)
{
    limit_classes *classes = calloc(1, sizeof(*classes));
    limit_arena *arena = limit_arena_create(bytes);
    if (classes == NULL || arena == NULL) {
        free(classes);
        if (arena != NULL) {
            limit_arena_destroy(arena);
        }
        return NULL;
    }
    classes->arena = arena;
    return classes;
}

void limit_classes_destroy(void *classes)
{
    limit_classes *c = classes;
    limit_arena_destroy(c->arena);
    free(c);
}
