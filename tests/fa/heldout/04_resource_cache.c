#include "game.h"
#include <stdio.h>
#include <string.h>
/* a cache of images: reference counted, loaded from files whose header is not trusted */
typedef struct image { int refs; uint32_t w, h; uint8_t *pixels; struct image *next; char name[32]; } image;
typedef struct cache { fa_context *ctx; image *first; } cache;
struct file_header { char magic[4]; uint32_t w, h; };
static image *cache_find(cache *c, const char *name)
{
    for (image *i = c->first; i; i = i->next) {
        if (strcmp(i->name, name) == 0) {
            i->refs++;
            return i;
        }
    }
    return NULL;
}
image *cache_load(cache *c, const char *name)
{
    image *i = cache_find(c, name);
    struct file_header h;
    if (i) {
        return i;
    }
    FILE *f = fopen(name, "rb");
    if (!f) {
        return NULL;
    }
    i = FA_POOL_NEW(c->ctx, image);
    if (!i) {
        fclose(f);
        return NULL;
    }
    if (fread(&h, sizeof h, 1, f) != 1 || memcmp(h.magic, "IMG1", 4) != 0) {
        fclose(f);
        return NULL; // expect: FA608
    }
    memset(i, 0, sizeof *i);
    i->w = h.w;
    i->h = h.h;
    i->pixels = fa_heap_alloc(c->ctx, (size_t)i->w * i->h * 4, 16); // expect: FA301
    if (!i->pixels) {
        goto fail;
    }
    fclose(f);
    i->refs = 1;
    i->next = c->first;
    c->first = i;
    return i;
fail:
    fclose(f);
    fa_pool_free(c->ctx, i);
    return NULL;
}
