/* 03_tags.c - which subsystem uses how much.
 *
 * A tag is a path. What is allocated inside its scope is charged to it, to the byte, and counts into all its
 * ancestors. */
#include <stdio.h>

#include "framealloc/framealloc.h"

static void report(fa_allocator *memory)
{
    printf("%-18s %8s %8s %8s\n", "tag", "frame", "frame+", "pool");
    for (fa_tag tag = 0; tag < fa_tag_count(memory); tag++) {
        fa_tag_stats stats;
        if (fa_tag_stats_get(memory, tag, &stats) == FA_RESULT_OK) {
            printf("%-18s %8zu %8zu %8zu\n", stats.path, stats.self.frame_bytes, stats.tree.frame_bytes,
                   stats.self.pool_bytes);
        }
    }
}

int main(void)
{
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    if (fa_allocator_create(NULL, &memory) != FA_RESULT_OK ||
        fa_context_attach(memory, NULL, &ctx) != FA_RESULT_OK) {
        return 1;
    }
    fa_tag physics = fa_tag_intern(memory, "physics");
    fa_tag contacts = fa_tag_intern(memory, "physics/contacts");
    fa_tag ui = fa_tag_intern(memory, "ui");

    (void)fa_frame_begin(ctx);
    (void)fa_frame_alloc(ctx, 64, 16);
    void *widget = NULL;
    FA_TAG_SCOPE (ctx, physics) {
        (void)fa_frame_alloc(ctx, 1024, 16);
        FA_TAG_SCOPE (ctx, contacts) {
            for (int i = 0; i < 10; i++) {
                // fa-allow(FA602): ten small blocks are the example
                (void)fa_frame_alloc(ctx, 96, 16);
                if (i == 4) {
                    break; /* a scope closes however it is left */
                }
            }
        }
    }
    FA_TAG_SCOPE (ctx, ui) {
        widget = fa_pool_alloc(ctx, 200, 0);
    }
    report(memory);
    (void)fa_frame_end(ctx);

    (void)fa_pool_free(ctx, widget); /* given back to "ui", whoever frees it */
    fa_tag_stats stats;
    (void)fa_tag_stats_get(memory, physics, &stats);
    printf("physics in the last frame: %zu bytes\n", stats.tree.last_frame_bytes);
    (void)fa_tag_stats_get(memory, ui, &stats);
    printf("ui lives on with: %zu bytes\n", stats.tree.pool_bytes);
    return fa_allocator_destroy(memory) == FA_RESULT_OK ? 0 : 1;
}

/* Output:
 * tag                   frame   frame+     pool
 * untagged                 64       64        0
 * physics                1024     1504        0
 * physics/contacts        480      480        0
 * ui                        0        0      200
 * physics in the last frame: 1504 bytes
 * ui lives on with: 0 bytes
 */
