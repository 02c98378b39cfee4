/* memory.c - the four functions that SDL calls, over one context.
 *
 * The context belongs to whichever thread holds the lock: it is taken over behind the lock and handed over
 * before it is released. The lock is one word, the holder's thread number, so a call from inside a call can
 * be told: the allocator may call a log hook or a diagnostic handler of the program, which may call SDL. Such
 * a call gets no memory, and what it frees is put on a list and freed by the call it is inside of. */
#include "framealloc_sdl2/memory.h"

#include <SDL.h>
#include <stdatomic.h>

#include "framealloc/heap.h"

#define SPINS_BEFORE_SLEEP 64
#define SDL_ALIGN_BYTES 16 /* what malloc gives, and what SDL takes for granted */

typedef struct waiting_block {
    struct waiting_block *next;
} waiting_block;

/* The binding. SDL's functions have no user pointer, so it cannot live anywhere else. */
static struct {
    _Atomic(uintptr_t) holder; ///< fa_thread_id of who holds the lock, or 0
    _Atomic(fa_allocator *) allocator;
    _Atomic(uint64_t) calls;
    fa_context *ctx;        ///< guarded by holder
    waiting_block *waiting; ///< guarded by holder
    SDL_malloc_func malloc_before;
    SDL_calloc_func calloc_before;
    SDL_realloc_func realloc_before;
    SDL_free_func free_before;
} bound;

/* False: this thread holds it already. */
static bool lock(void)
{
    uintptr_t self = fa_thread_id();
    if (atomic_load_explicit(&bound.holder, memory_order_relaxed) == self) {
        return false;
    }
    uintptr_t nobody = 0;
    for (int spins = 0; !atomic_compare_exchange_weak_explicit(&bound.holder, &nobody, self,
                                                               memory_order_acquire, memory_order_relaxed);
         spins++) {
        nobody = 0;
        if (spins >= SPINS_BEFORE_SLEEP) {
            SDL_Delay(0);
        }
    }
    return true;
}

static void unlock(void)
{
    atomic_store_explicit(&bound.holder, 0, memory_order_release);
}

/* The context, owned by this thread until leave(); NULL for a call from inside a call. */
static fa_context *enter(void)
{
    atomic_fetch_add_explicit(&bound.calls, 1, memory_order_relaxed);
    if (!lock()) {
        return NULL;
    }
    if (fa_context_take_over(bound.ctx) != FA_RESULT_OK) {
        unlock();
        return NULL;
    }
    return bound.ctx;
}

static void leave(void)
{
    while (bound.waiting) {
        waiting_block *block = bound.waiting;
        bound.waiting = block->next;
        (void)fa_heap_free(bound.ctx, block);
    }
    (void)fa_context_hand_over(bound.ctx);
    unlock();
}

/* Room for the list of waiting blocks, in every block. */
static size_t block_bytes(size_t size)
{
    return size < sizeof(waiting_block) ? sizeof(waiting_block) : size;
}

static void *SDLCALL heap_malloc(size_t size)
{
    fa_context *ctx = enter();
    if (!ctx) {
        return NULL;
    }
    void *p = fa_heap_alloc(ctx, block_bytes(size), SDL_ALIGN_BYTES);
    leave();
    return p;
}

static void *SDLCALL heap_calloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    fa_context *ctx = enter();
    if (!ctx) {
        return NULL;
    }
    void *p = fa_heap_alloc_zeroed(ctx, block_bytes(count * size), SDL_ALIGN_BYTES);
    leave();
    return p;
}

static void *SDLCALL heap_realloc(void *memory, size_t size)
{
    fa_context *ctx = enter();
    if (!ctx) {
        return NULL;
    }
    void *p = fa_heap_realloc(ctx, memory, block_bytes(size));
    leave();
    return p;
}

static void SDLCALL heap_free(void *memory)
{
    if (!memory) {
        return;
    }
    fa_context *ctx = enter();
    if (ctx) {
        (void)fa_heap_free(ctx, memory);
        leave();
    } else if (fa_allocator_contains(fa_sdl2_memory_allocator(), memory)) {
        waiting_block *block = memory;
        block->next = bound.waiting;
        bound.waiting = block;
    }
}

fa_result fa_sdl2_memory_install(fa_allocator *allocator, const char *tag)
{
    if (!allocator) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (fa_sdl2_memory_allocator()) {
        return FA_RESULT_EXISTS;
    }
    if (SDL_WasInit(0) != 0 || SDL_GetNumAllocations() > 0) {
        return FA_RESULT_BUSY;
    }
    fa_tag charged = fa_tag_intern(allocator, tag ? tag : "sdl2");
    if (charged == FA_TAG_INVALID) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_context *ctx = NULL;
    fa_result result = fa_context_attach(allocator, &(fa_context_desc){.name = "sdl2"}, &ctx);
    if (result != FA_RESULT_OK) {
        return result;
    }
    SDL_GetMemoryFunctions(&bound.malloc_before, &bound.calloc_before, &bound.realloc_before,
                           &bound.free_before);
    result = fa_tag_push(ctx, charged);
    if (result == FA_RESULT_OK) {
        result = fa_context_hand_over(ctx);
    }
    if (result == FA_RESULT_OK) {
        bound.ctx = ctx;
        bound.waiting = NULL;
        atomic_store(&bound.calls, 0);
        atomic_store(&bound.allocator, allocator);
        if (SDL_SetMemoryFunctions(heap_malloc, heap_calloc, heap_realloc, heap_free) == 0) {
            return FA_RESULT_OK;
        }
        atomic_store(&bound.allocator, NULL);
        (void)fa_context_take_over(ctx);
        result = FA_RESULT_IO;
    }
    (void)fa_context_detach(ctx);
    return result;
}

fa_result fa_sdl2_memory_uninstall(void)
{
    if (!fa_sdl2_memory_allocator()) {
        return FA_RESULT_NOT_FOUND;
    }
    if (SDL_GetNumAllocations() > 0) {
        return FA_RESULT_BUSY;
    }
    if (!lock()) {
        return FA_RESULT_REENTRANT;
    }
    fa_result result = fa_context_take_over(bound.ctx);
    if (result == FA_RESULT_OK && SDL_SetMemoryFunctions(bound.malloc_before, bound.calloc_before,
                                                         bound.realloc_before, bound.free_before) != 0) {
        (void)fa_context_hand_over(bound.ctx);
        result = FA_RESULT_IO;
    }
    if (result == FA_RESULT_OK) {
        atomic_store(&bound.allocator, NULL);
        (void)fa_context_detach(bound.ctx);
        bound.ctx = NULL;
    }
    unlock();
    return result;
}

fa_allocator *fa_sdl2_memory_allocator(void)
{
    return atomic_load_explicit(&bound.allocator, memory_order_acquire);
}

uint64_t fa_sdl2_memory_calls(void)
{
    return atomic_load_explicit(&bound.calls, memory_order_relaxed);
}
