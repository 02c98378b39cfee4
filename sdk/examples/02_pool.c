/* 02_pool.c - objects that come and go one by one: pool, typed pool, heap.
 *
 * Each block is freed by the function of its own family; the wrong function, a second free or a foreign
 * pointer is refused and told, and changes nothing. */
#include <stdio.h>

#include "framealloc/framealloc.h"

typedef struct Enemy {
    float x, y;
    int health;
} Enemy;

/* Diagnostics go to stderr unless the program wants them. */
static void on_diagnostic(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    printf("%s: %s\n", diagnostic->code, fa_diagnostic_title(diagnostic->id));
}

int main(void)
{
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    const fa_allocator_desc desc = {.handler = {.fn = on_diagnostic}, .strictness = FA_STRICT_REPORT};
    if (fa_allocator_create(&desc, &memory) != FA_RESULT_OK ||
        fa_context_attach(memory, NULL, &ctx) != FA_RESULT_OK) {
        return 1;
    }

    /* Any size: the pool of size classes. */
    Enemy *boss = FA_POOL_NEW_ZEROED(ctx, Enemy);
    char *name = fa_pool_alloc(ctx, 12, 1);
    printf("boss: %zu bytes, name: %zu bytes, health %d\n", fa_pool_size_bytes(ctx, boss),
           fa_pool_size_bytes(ctx, name), boss->health);

    /* One type, many of them: the fastest. */
    fa_typed_pool *enemies = NULL;
    if (FA_TYPED_POOL_CREATE(ctx, Enemy, &enemies) != FA_RESULT_OK) {
        // fa-allow(FA608): the program ends here, and its memory with it
        return 1;
    }
    Enemy *wave[100];
    for (int i = 0; i < 100; i++) {
        wave[i] = FA_TYPED_POOL_NEW(enemies, Enemy);
    }
    for (int i = 0; i < 100; i += 2) {
        (void)fa_typed_pool_free(enemies, wave[i]);
    }
    printf("enemies alive: %zu\n", fa_typed_pool_live_count(enemies));

    /* Large, or for a library that wants realloc: the heap. */
    unsigned char *level = fa_heap_alloc(ctx, (size_t)1 << 20, 0);
    level = fa_heap_realloc(ctx, level, (size_t)2 << 20);
    printf("level: %zu bytes\n", fa_heap_size_bytes(ctx, level));

    /* A mistake: told, and nothing happens. (Two frees of one block the compiler tells you, if it sees both.)
     */
    fa_result result = fa_pool_free_sized(ctx, name, 13);
    printf("freed with another size: %s\n", fa_result_text(result));

    (void)fa_pool_free(ctx, boss);
    // fa-allow(FA607): the sized free above was refused, as the example shows
    (void)fa_pool_free(ctx, name);
    (void)fa_heap_free(ctx, level);
    (void)fa_typed_pool_destroy(enemies);
    fa_allocator_stats stats;
    (void)fa_allocator_stats_get(memory, &stats);
    printf("left: %llu pool objects, %llu heap blocks\n", (unsigned long long)stats.pool_objects,
           (unsigned long long)stats.heap_objects);
    return fa_allocator_destroy(memory) == FA_RESULT_OK ? 0 : 1;
}

/* Output:
 * boss: 12 bytes, name: 12 bytes, health 0
 * enemies alive: 50
 * level: 2097152 bytes
 * FA607: a pool or heap block is misused
 * freed with another size: the size given differs from the size allocated
 * left: 0 pool objects, 0 heap blocks
 */
