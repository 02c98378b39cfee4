/* asset loader with goto cleanup */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>
typedef struct image { int w, h; unsigned char *pixels; } image;
image *image_load(fa_context *ctx, const char *path)
{
    image *img = NULL;
    unsigned char *scratch = NULL;
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    img = FA_POOL_NEW_ZEROED(ctx, image);
    if (!img) goto fail;
    scratch = fa_heap_alloc(ctx, 65536, 16);
    if (!scratch) goto fail;
    if (fread(scratch, 1, 8, f) != 8) goto fail;
    img->w = scratch[0];
    img->h = scratch[1];
    img->pixels = fa_heap_alloc(ctx, (size_t)img->w * (size_t)img->h * 4, 16);
    if (!img->pixels) goto fail;
    if (fread(img->pixels, 1, (size_t)img->w * (size_t)img->h * 4, f) == 0) goto fail;
    fa_heap_free(ctx, scratch);
    fclose(f);
    return img;
fail:
    if (img) {
        fa_heap_free(ctx, img->pixels);
        fa_pool_free(ctx, img);
    }
    fa_heap_free(ctx, scratch);
    fclose(f);
    return NULL;
}
image *image_load_bad(fa_context *ctx, const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    image *img = FA_POOL_NEW_ZEROED(ctx, image);
    if (!img) { fclose(f); return NULL; }
    unsigned char head[8];
    if (fread(head, 1, 8, f) != 8) {
        fclose(f);
        return NULL; // expect: FA608
    }
    img->w = head[0];
    img->h = head[1];
    fclose(f);
    return img;
}
void image_free(fa_context *ctx, image *img)
{
    if (!img) return;
    fa_heap_free(ctx, img->pixels);
    fa_pool_free(ctx, img);
}
void image_swap_bad(fa_context *ctx, image **slot, const char *path)
{
    image *old = *slot;
    image_free(ctx, old);
    *slot = image_load(ctx, path);
    if (!*slot) {
        printf("failed; keeping %dx%d\n", old->w, old->h); // expect: FA607
        *slot = old;
    }
}
void image_free_twice(fa_context *ctx, image *img)
{
    if (img->w > 4096) {
        image_free(ctx, img);
    }
    if (img->w > 8192) puts("huge"); // expect: FA607
    image_free(ctx, img); // expect: FA607
}
