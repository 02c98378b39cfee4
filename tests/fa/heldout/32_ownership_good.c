#include "game.h"
#include <string.h>
/* conditional ownership by a flag in the structure, moved between structures */
typedef struct buffer { char *bytes; size_t size; bool owned; } buffer;
static buffer buffer_borrow(char *bytes, size_t n)
{
    return (buffer){bytes, n, false};
}
static buffer buffer_make(fa_context *ctx, size_t n)
{
    buffer b = {fa_heap_alloc(ctx, n, 1), n, true};
    return b;
}
static void buffer_free(fa_context *ctx, buffer *b)
{
    if (b->owned && b->bytes) {
        fa_heap_free(ctx, b->bytes);
    }
    memset(b, 0, sizeof *b);
}
static buffer buffer_move(buffer *from)
{
    buffer b = *from;
    *from = (buffer){0};
    return b;
}
void run(fa_context *ctx, char *given)
{
    buffer a = given ? buffer_borrow(given, 16) : buffer_make(ctx, 16);
    buffer b = buffer_move(&a);
    if (b.bytes) {
        b.bytes[0] = 0;
    }
    buffer_free(ctx, &a);
    buffer_free(ctx, &b);
}
