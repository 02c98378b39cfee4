/* Structure of arrays: one block, many views; sorted copies; indices, not pointers, between frames. */
#include <framealloc/framealloc.h>
#include <string.h>
typedef struct soa { float *x, *y, *life; int *id; int n, room; void *block; } soa;
static size_t up(size_t n) { return (n + 15) & ~(size_t)15; }

bool soa_make(fa_context *ctx, soa *s, int room)
{
    size_t each = up((size_t)room * 4);
    char *block = fa_heap_alloc(ctx, each * 4, 16);
    if (!block) return false;
    *s = (soa){.block = block, .room = room};
    s->x = (float *)(void *)block;
    s->y = (float *)(void *)(block + each);
    s->life = (float *)(void *)(block + 2 * each);
    s->id = (int *)(void *)(block + 3 * each);
    return true;
}
bool soa_grow(fa_context *ctx, soa *s)
{
    soa bigger;
    if (!soa_make(ctx, &bigger, s->room * 2)) return false;
    memcpy(bigger.x, s->x, (size_t)s->n * 4);
    memcpy(bigger.id, s->id, (size_t)s->n * 4);
    bigger.n = s->n;
    fa_heap_free(ctx, s->block);
    *s = bigger;
    return true;
}
int soa_oldest(fa_context *ctx, const soa *s)
{
    int best = -1;
    fa_frame_begin(ctx);
    int *order = FA_FRAME_ARRAY(ctx, int, (size_t)s->n);
    if (order) {
        for (int i = 0; i < s->n; i++) order[i] = i;
        for (int i = 1; i < s->n; i++)
            for (int k = i; k > 0 && s->life[order[k]] < s->life[order[k - 1]]; k--) {
                int t = order[k]; order[k] = order[k - 1]; order[k - 1] = t;
            }
        best = s->n ? s->id[order[0]] : -1;
    }
    fa_frame_end(ctx);
    return best;
}
void soa_end(fa_context *ctx, soa *s)
{
    fa_heap_free(ctx, s->block);
    memset(s, 0, sizeof *s);
}
