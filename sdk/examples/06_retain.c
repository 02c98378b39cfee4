/* 06_retain.c - frame memory that turns out to be worth keeping.
 *
 * A path finder works in frame memory. A path that is good enough is retained, and when the frame ends it is
 * copied to where it may stay. Everything else is gone with the frame, as always. */
#include <stdio.h>

#include "framealloc/framealloc.h"

typedef struct Path {
    int length;
    int steps[8];
} Path;

static Path *find_path(fa_context *ctx, int goal)
{
    Path *path = FA_FRAME_NEW(ctx, Path);
    if (path != NULL) {
        path->length = goal % 8 + 1;
        for (int i = 0; i < path->length; i++) {
            path->steps[i] = goal + i;
        }
    }
    return path;
}

int main(void)
{
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    if (fa_allocator_create(NULL, &memory) != FA_RESULT_OK ||
        fa_context_attach(memory, NULL, &ctx) != FA_RESULT_OK) {
        return 1;
    }
    fa_tag paths = fa_tag_intern(memory, "ai/paths");
    (void)fa_frame_begin(ctx);
    fa_retained best = 0;
    FA_TAG_SCOPE (ctx, paths) {
        /* The caller decides by its importance; the copy is charged to ai/paths whatever is current then. */
        Path *shortest = find_path(ctx, 16);
        best = FA_FRAME_RETAIN(ctx, Path, shortest, FA_IMPORTANCE_REUSABLE);
        /* For the replay: many copies in one named pool, which is emptied at once. */
        Path *other = find_path(ctx, 23);
        (void)fa_frame_retain(ctx, other, sizeof *other, FA_ALIGNOF(Path), FA_RETAIN_SCRATCH, "replay");
    }

    fa_promotions promotions;
    (void)fa_frame_end_with_promotions(ctx, &promotions);
    for (size_t i = 0; i < promotions.tag_count; i++) {
        const fa_promotion_sum *sum = &promotions.by_tag[i];
        printf("%s: %zu promoted, %zu bytes, %zu failed\n", fa_tag_path(memory, sum->tag),
               sum->promoted_count, sum->promoted_bytes, sum->failed_count);
    }

    void *kept = NULL;
    if (fa_retained_take(ctx, best, &kept) == FA_RESULT_OK) {
        Path *path = kept;
        printf("kept: %d step%s, beginning at %d\n", path->length, path->length == 1 ? "" : "s",
               path->steps[0]);
        (void)fa_pool_free(ctx, kept); /* the function of the family it was promoted to */
    }
    printf("replay pool: %s\n",
           fa_arena_used_bytes(fa_scratch_pool(ctx, "replay")) > 0 ? "one path" : "empty");
    (void)fa_arena_reset(fa_scratch_pool(ctx, "replay"));
    return fa_allocator_destroy(memory) == FA_RESULT_OK ? 0 : 1;
}

/* Output:
 * ai/paths: 2 promoted, 72 bytes, 0 failed
 * kept: 1 step, beginning at 16
 * replay pool: one path
 */
