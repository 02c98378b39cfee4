/* prototypes without annotations: known by name */
#include <stddef.h>
typedef struct fa_context fa_context;
int fa_frame_begin(fa_context *ctx);
int fa_frame_end(fa_context *ctx);
void *fa_frame_alloc(fa_context *ctx, size_t size, size_t align);
void *fa_heap_alloc(fa_context *ctx, size_t size, size_t align);
int fa_heap_free(fa_context *ctx, void *p);
float *blend(fa_context *ctx, int n)
{
    float *out = fa_heap_alloc(ctx, sizeof(float) * 64, 16);
    if (!out)
        return NULL;
    fa_frame_begin(ctx);
    float *tmp = fa_frame_alloc(ctx, sizeof(float) * 64, 16);
    if (!tmp) {
        fa_frame_end(ctx);
        return NULL; // expect: FA608
    }
    for (int i = 0; i < 64; i++) out[i] = tmp[i] * (float)n;
    fa_frame_end(ctx);
    out[0] = *tmp; // expect: FA606
    return out;
}
