/* interface.c - see interface.h: each table calls the public functions of its family, with its own name as
 * the call site. */
#include "framealloc/interface.h"

#include <string.h>

#include "framealloc/frame.h"
#include "framealloc/heap.h"
#include "framealloc/pool.h"

/* ---- frame --------------------------------------------------------------------------------------------- */

static void *frame_alloc(void *user, size_t size, size_t align)
{
    return fai_frame_alloc((fa_context *)user, size, align != 0 ? align : FA_ALIGN_DEFAULT, FA_HERE);
}

static void *frame_realloc(void *user, void *p, size_t old_bytes, size_t new_bytes, size_t align)
{
    return fai_frame_realloc((fa_context *)user, p, old_bytes, new_bytes, align, FA_HERE);
}

static void leave_to_the_end(void *user, void *p, size_t size)
{
    (void)user;
    (void)p;
    (void)size;
}

fa_interface fa_frame_interface(fa_context *ctx)
{
    return (
        fa_interface){.alloc = frame_alloc, .realloc = frame_realloc, .free = leave_to_the_end, .user = ctx};
}

/* ---- pool ---------------------------------------------------------------------------------------------- */

static void *pool_alloc(void *user, size_t size, size_t align)
{
    return fai_pool_alloc((fa_context *)user, size, align, FA_HERE);
}

static void pool_free(void *user, void *p, size_t size)
{
    (void)size; /* a wrong one is the business of fa_pool_free_sized */
    (void)fai_pool_free((fa_context *)user, p, FA_HERE);
}

static void *pool_realloc(void *user, void *p, size_t old_bytes, size_t new_bytes, size_t align)
{
    if (p == NULL) {
        return pool_alloc(user, new_bytes, align);
    }
    size_t was = fa_pool_size_bytes((fa_context *)user, p);
    if (was == 0 &&
        old_bytes > 0) { /* not a live pool block: the free says what it is, and changes nothing */
        pool_free(user, p, old_bytes);
        return NULL;
    }
    void *moved = pool_alloc(user, new_bytes, align);
    if (moved != NULL) {
        memcpy(moved, p, was < new_bytes ? was : new_bytes);
        pool_free(user, p, was);
    }
    return moved;
}

fa_interface fa_pool_interface(fa_context *ctx)
{
    return (fa_interface){.alloc = pool_alloc, .realloc = pool_realloc, .free = pool_free, .user = ctx};
}

/* ---- heap ---------------------------------------------------------------------------------------------- */

static void *heap_alloc(void *user, size_t size, size_t align)
{
    return fai_heap_alloc((fa_context *)user, size, align, FA_HERE);
}

static void *heap_realloc(void *user, void *p, size_t old_bytes, size_t new_bytes, size_t align)
{
    (void)old_bytes;
    return p != NULL ? fai_heap_realloc((fa_context *)user, p, new_bytes, FA_HERE)
                     : heap_alloc(user, new_bytes, align);
}

static void heap_free(void *user, void *p, size_t size)
{
    (void)size;
    (void)fai_heap_free((fa_context *)user, p, FA_HERE);
}

fa_interface fa_heap_interface(fa_context *ctx)
{
    return (fa_interface){.alloc = heap_alloc, .realloc = heap_realloc, .free = heap_free, .user = ctx};
}

/* ---- arena --------------------------------------------------------------------------------------------- */

static void *arena_alloc(void *user, size_t size, size_t align)
{
    return fai_arena_alloc((fa_arena *)user, size, align != 0 ? align : FA_ALIGN_DEFAULT, FA_HERE);
}

static void *arena_realloc(void *user, void *p, size_t old_bytes, size_t new_bytes, size_t align)
{
    if (p != NULL && new_bytes <= old_bytes) {
        return p;
    }
    void *moved = arena_alloc(user, new_bytes, align);
    if (moved != NULL && p != NULL) {
        memcpy(moved, p, old_bytes);
    }
    return moved;
}

fa_interface fa_arena_interface(fa_arena *arena)
{
    return (fa_interface){
        .alloc = arena_alloc, .realloc = arena_realloc, .free = leave_to_the_end, .user = arena};
}
