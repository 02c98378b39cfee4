#include "game.h"
#include <stdlib.h>
/* from the command line, from the environment */
int main(int argc, char **argv)
{
    fa_allocator *allocator = NULL;
    fa_context *ctx = NULL;
    if (fa_allocator_create(NULL, &allocator) || fa_context_attach(allocator, NULL, &ctx)) {
        return 1;
    }
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 16;
    void *p = fa_heap_alloc(ctx, n, 16); // expect: FA301
    fa_heap_free(ctx, p);
    return 0;
}
