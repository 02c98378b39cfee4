/* A program that does wrong on request, for tools to see: what must be reported is in check_valgrind.sh and
 * check_gdb.sh. */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* gdb stops here. */
void stop_here(fa_context *ctx, void *frame, void *pool, void *arena);
__attribute__((noinline)) void stop_here(fa_context *ctx, void *frame, void *pool, void *arena)
{
    __asm__ volatile("" : : "r"(ctx), "r"(frame), "r"(pool), "r"(arena) : "memory");
}

/* Compilers see through misuse: what passes through here is a number they know nothing about. */
static char read_byte(volatile uintptr_t address)
{
    return *(const volatile char *)address;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    fa_arena *arena = NULL;
    const fa_allocator_desc desc = {.name = "victim",
                                    .frame_max_bytes = 1 << 20,
                                    .object_max_bytes = 64 << 20};
    if (fa_allocator_create(&desc, &memory) != FA_RESULT_OK ||
        fa_context_attach(memory, NULL, &ctx) != FA_RESULT_OK ||
        fa_arena_create(ctx, &(fa_arena_desc){.name = "level", .max_bytes = 1 << 20}, &arena) !=
            FA_RESULT_OK) {
        return 2;
    }
    fa_tag tag = fa_tag_intern(memory, "enemies/paths");
    fa_frame_begin(ctx);
    char *frame = fa_frame_alloc(ctx, 100, 16);
    char *next = fa_frame_alloc(ctx, 100, 16);
    fa_checkpoint mark = fa_frame_mark(ctx);
    char *rewound = fa_frame_alloc(ctx, 100, 16);
    char *pool = NULL;
    FA_TAG_SCOPE (ctx, tag) {
        pool = fa_pool_alloc(ctx, 100, 16); /* the line that gdb must name */
    }
    char *level = fa_arena_alloc(arena, 100, 16);
    memset(frame, 1, 100);
    memset(next, 1, 100);
    memset(rewound, 1, 100);
    memset(pool, 1, 100);
    memset(level, 1, 100);
    volatile uintptr_t frame_at = (uintptr_t)frame, pool_at = (uintptr_t)pool;
    volatile uintptr_t rewound_at = (uintptr_t)rewound, level_at = (uintptr_t)level;
    stop_here(ctx, frame, pool, level);
    int sum = 0;
    if (strcmp(what, "rewound") == 0) {
        fa_frame_rewind(ctx, mark);
        sum += read_byte(rewound_at + 5);
    } else if (strcmp(what, "overrun") == 0) {
        sum += read_byte(frame_at + 105);
    } else if (strcmp(what, "freed") == 0) {
        fa_pool_free(ctx, pool);
        sum += read_byte(pool_at + 5);
    } else if (strcmp(what, "reset") == 0) {
        fa_arena_reset(arena);
        sum += read_byte(level_at + 5);
    }
    fa_frame_end(ctx);
    if (strcmp(what, "ended") == 0) {
        sum += read_byte(frame_at + 5);
    }
    if (strcmp(what, "freed") != 0) {
        fa_pool_free(ctx, pool);
    }
    sum += fa_allocator_validate(memory) ? 0 : 1; /* also so that gdb finds it in the program */
    fa_arena_destroy(arena);
    fa_allocator_destroy(memory);
    printf("%s done %d\n", what, sum != -1000);
    return 0;
}
