/* The same program in C++17: the public headers are C that C++ understands. */
#include <framealloc/framealloc.h>

#include <cstdio>

int main()
{
    fa_allocator *allocator = nullptr;
    fa_context *ctx = nullptr;
    if (fa_allocator_create(nullptr, &allocator) != FA_RESULT_OK) {
        return 1;
    }
    if (fa_context_attach(allocator, nullptr, &ctx) != FA_RESULT_OK) {
        return 1;
    }
    if (fa_frame_begin(ctx) != FA_RESULT_OK) {
        return 1;
    }
    int *numbers = static_cast<int *>(fa_frame_alloc(ctx, 100 * sizeof(int), FA_ALIGNOF(int)));
    if (numbers == nullptr) {
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
    std::printf("framealloc %d.%d.%d: %d\n", FA_VERSION_MAJOR, FA_VERSION_MINOR, FA_VERSION_PATCH, last);
    return last == 99 ? 0 : 1;
}
