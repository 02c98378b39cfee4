/* Compiled to assembly by check_fast_path.sh, which reads it. */
#include <framealloc/framealloc.h>

void *fast_path_64(fa_context *ctx);
void *fast_path_64(fa_context *ctx)
{
    return fa_frame_alloc(ctx, 64, 16);
}

void *fast_path_any(fa_context *ctx, size_t bytes);
void *fast_path_any(fa_context *ctx, size_t bytes)
{
    return fa_frame_alloc(ctx, bytes, 8);
}

void *fast_path_arena(fa_arena *arena);
void *fast_path_arena(fa_arena *arena)
{
    return fa_arena_alloc(arena, 64, 16);
}
