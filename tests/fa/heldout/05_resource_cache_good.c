#include "game.h"
#include <stdio.h>
#include <string.h>
typedef struct image { int refs; uint32_t w, h; uint8_t *pixels; struct image *next; char name[32]; } image;
typedef struct cache { fa_context *ctx; image *first; } cache;
struct file_header { char magic[4]; uint32_t w, h; };
#define IMAGE_SIDE_MAX 8192
static void image_destroy(cache *c, image *i)
{
    if (!i) {
        return;
    }
    if (i->pixels) {
        fa_heap_free(c->ctx, i->pixels);
    }
    fa_pool_free(c->ctx, i);
}
static bool header_good(const struct file_header *h)
{
    return memcmp(h->magic, "IMG1", 4) == 0 && h->w <= IMAGE_SIDE_MAX && h->h <= IMAGE_SIDE_MAX;
}
image *cache_load(cache *c, const char *name)
{
    struct file_header h;
    image *i = NULL;
    FILE *f = fopen(name, "rb");
    if (!f) {
        return NULL;
    }
    if (fread(&h, sizeof h, 1, f) != 1 || !header_good(&h)) {
        goto fail;
    }
    i = FA_POOL_NEW_ZEROED(c->ctx, image);
    if (!i) {
        goto fail;
    }
    i->pixels = fa_heap_alloc(c->ctx, (size_t)h.w * h.h * 4, 16);
    if (!i->pixels || fread(i->pixels, 4, (size_t)h.w * h.h, f) != (size_t)h.w * h.h) {
        goto fail;
    }
    fclose(f);
    i->next = c->first;
    c->first = i;
    return i;
fail:
    image_destroy(c, i);
    fclose(f);
    return NULL;
}
void cache_release(cache *c, image *dead)
{
    if (--dead->refs > 0) {
        return;
    }
    for (image **at = &c->first; *at; at = &(*at)->next) {
        if (*at == dead) {
            *at = dead->next;
            break;
        }
    }
    image_destroy(c, dead);
}
