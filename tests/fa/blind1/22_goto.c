/* Ladders with a missing rung. */
#include <framealloc/framealloc.h>

typedef struct save { char *head, *body; int slots; } save;
bool valid(const char *bytes);
int pack(char *to, const save *s);

int save_open(fa_context *ctx, save *s)
{
    int error = -1;
    s->head = NULL;
    char *head = fa_heap_alloc(ctx, 128, 8);
    if (!head) {
        return error;
    }
    char *body = fa_heap_alloc(ctx, 4096, 8);
    if (!body) {
        goto free_head;
    }
    if (!valid(head)) {
        goto free_head;
    }
    s->head = head;
    s->body = body;
    return 0;
free_head:
    fa_heap_free(ctx, head);
    return error; // expect: FA608
}

int save_write(fa_context *ctx, const save *s)
{
    int n = -1;
    if (fa_frame_begin(ctx) != FA_RESULT_OK) {
        goto done;
    }
    char *out = fa_frame_alloc(ctx, 8192, 8);
    if (!out) {
        goto done;
    }
    n = pack(out, s);
    fa_frame_end(ctx);
done:
    return n; // expect: FA603
}

int save_twice(fa_context *ctx, const save *s)
{
    int n = 0;
    char *a = fa_heap_alloc(ctx, 256, 8), *b = NULL;
    if (!a) {
        goto out;
    }
    b = a;
    n = pack(b, s);
    if (n < 0) {
        fa_heap_free(ctx, b);
        goto out;
    }
    n++;
out:
    fa_heap_free(ctx, a); // expect: FA607
    return n;
}
