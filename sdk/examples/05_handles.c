/* 05_handles.c - blocks that move: a heap that is defragmented a little in every frame.
 *
 * The program keeps handles. It pins a block while it works on it, and asks again the next time. */
#include <stdio.h>

#include "framealloc/framealloc.h"

typedef struct Mesh {
    int id;
    float vertices[255];
} Mesh;

#define MESHES 64

int main(void)
{
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    fa_handle_heap *heap = NULL;
    if (fa_allocator_create(&(fa_allocator_desc){.strictness = FA_STRICT_REPORT}, &memory) != FA_RESULT_OK ||
        fa_context_attach(memory, NULL, &ctx) != FA_RESULT_OK ||
        fa_handle_heap_create(ctx, &(fa_handle_heap_desc){.name = "meshes"}, &heap) != FA_RESULT_OK) {
        return 1;
    }
    fa_handle meshes[MESHES];
    for (int i = 0; i < MESHES; i++) {
        meshes[i] = FA_HANDLE_NEW(ctx, heap, Mesh);
        Mesh *mesh = FA_HANDLE_PIN(ctx, heap, meshes[i], Mesh); /* stays where it is until the unpin */
        if (mesh == NULL) {
            return 1;
        }
        mesh->id = i;
        (void)fa_handle_unpin(ctx, heap, meshes[i]);
    }
    for (int i = 0; i < MESHES; i += 2) { /* every second one goes: half of the range is holes */
        (void)fa_handle_free(ctx, heap, meshes[i]);
    }
    fa_handle_heap_stats stats;
    (void)fa_handle_heap_stats_get(ctx, heap, &stats);
    printf("before: %llu blocks, %llu holes\n", (unsigned long long)stats.handles,
           (unsigned long long)stats.holes);

    int frames = 0;
    while (stats.holes > 0) { /* a game does this once per frame, at its end: at most 4 KiB move */
        (void)fa_handle_heap_defragment(ctx, heap, 4096);
        (void)fa_handle_heap_stats_get(ctx, heap, &stats);
        frames++;
    }
    printf("after %d frames: %llu holes, %llu bytes moved\n", frames, (unsigned long long)stats.holes,
           (unsigned long long)stats.moved_bytes);

    Mesh *last = FA_HANDLE_PIN(ctx, heap, meshes[MESHES - 1], Mesh);
    printf("mesh %d is found by its handle\n", last != NULL ? last->id : -1);
    (void)fa_handle_unpin(ctx, heap, meshes[MESHES - 1]);
    printf("a freed one is not: %s\n", fa_handle_is_live(ctx, heap, meshes[0]) ? "live" : "gone");
    (void)fa_handle_heap_destroy(ctx, heap);
    return fa_allocator_destroy(memory) == FA_RESULT_OK ? 0 : 1;
}

/* Output:
 * before: 32 blocks, 32 holes
 * after 4 frames: 0 holes, 16384 bytes moved
 * mesh 63 is found by its handle
 * a freed one is not: gone
 */
