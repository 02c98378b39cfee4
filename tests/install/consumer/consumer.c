/* What a consumer's first program does: an allocator, a context, one frame. */
#include <framealloc/framealloc.h>

#include <stdio.h>

int main(void)
{
    fa_allocator *allocator = NULL;
    fa_context *ctx = NULL;
    if (fa_allocator_create(NULL, &allocator) != FA_RESULT_OK) {
        return 1;
    }
    if (fa_context_attach(allocator, NULL, &ctx) != FA_RESULT_OK) {
        return 1;
    }
    if (fa_frame_begin(ctx) != FA_RESULT_OK) {
        return 1;
    }
    int *numbers = (int *)fa_frame_alloc(ctx, 100 * sizeof(int), FA_ALIGNOF(int));
    if (numbers == NULL) {
        return 1;
    }
    for (int i = 0; i < 100; i++) {
        numbers[i] = i;
    }
    int last = numbers[99];
    if (fa_frame_end(ctx) != FA_RESULT_OK || fa_context_detach(ctx) != FA_RESULT_OK) {
        return 1;
    }
    if (fa_allocator_destroy(allocator) != FA_RESULT_OK) {
        return 1;
    }
    printf("framealloc %d.%d.%d: %d\n", FA_VERSION_MAJOR, FA_VERSION_MINOR, FA_VERSION_PATCH, last);
    return last == 99 ? 0 : 1;
}
