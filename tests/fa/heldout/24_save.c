#include "game.h"
#include <stdio.h>
/* saving: a retry loop that leaks on each failure, a use after free in the error message */
typedef struct save { char *path; uint8_t *bytes; size_t size; } save;
int write_file(const char *path, const uint8_t *bytes, size_t n);
int save_game(fa_context *ctx, size_t size)
{
    for (int attempt = 0; attempt < 3; attempt++) {
        uint8_t *bytes = fa_heap_alloc(ctx, size, 16);
        if (!bytes) {
            return -1;
        }
        if (write_file("save.bin", bytes, size) != 0) {
            continue; // expect: FA608
        }
        fa_heap_free(ctx, bytes);
        return 0;
    }
    return -1;
}
void save_close(fa_context *ctx, save *s)
{
    fa_heap_free(ctx, s->path);
    fa_heap_free(ctx, s->bytes);
    printf("closed %s\n", s->path); // expect: FA607
    s->path = NULL;
    s->bytes = NULL;
}
