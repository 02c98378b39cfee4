#include "game.h"
typedef struct SDL_Thread SDL_Thread;
SDL_Thread *SDL_CreateThread(int (*fn)(void *), const char *name, void *data);
static int loader(void *data)
{
    fa_context *ctx = fa_context_current(data);
    char *bytes = fa_heap_alloc(ctx, 1 << 20, 16);
    fa_heap_free(ctx, bytes);
    return 0;
}
SDL_Thread *start(fa_allocator *allocator)
{
    return SDL_CreateThread(loader, "loader", allocator); // expect: FA203
}
