/* Textures through a stream cache: reserve, fill in place, read while pinned. */
#include <framealloc/framealloc.h>
#include <framealloc/stream.h>
#include <stdio.h>

typedef struct texture { fa_stream stream; uint32_t width, height; bool there; } texture;
typedef struct textures { fa_stream_cache *cache; texture all[64]; int count; } textures;

void upload(uint32_t width, uint32_t height, const void *pixels);

bool texture_load(fa_context *ctx, textures *t, texture *out, const char *path)
{
    FILE *file = fopen(path, "rb");
    bool done = false;
    if (!file) {
        return false;
    }
    fa_stream stream = {0};
    if (fa_stream_reserve(ctx, t->cache, &(fa_stream_desc){.name = path, .bytes = 65536}, &stream) != FA_RESULT_OK) {
        fclose(file);
        return false;
    }
    for (;;) {
        size_t left = 0;
        void *place = fa_stream_write_begin(ctx, t->cache, stream, &left);
        if (!place) {
            break;
        }
        size_t got = fread(place, 1, left, file);
        fa_stream_write_end(ctx, t->cache, stream, got);
        if (got == left) {
            done = fa_stream_ready(ctx, t->cache, stream) == FA_RESULT_OK;
        }
        if (got == 0 || done) {
            break;
        }
    }
    fclose(file);
    if (!done) {
        fa_stream_release(ctx, t->cache, stream);
        return false;
    }
    out->stream = stream;
    out->there = true;
    return true;
}

bool texture_show(fa_context *ctx, textures *t, const texture *which)
{
    size_t bytes = 0;
    const void *pixels = fa_stream_read_begin(ctx, t->cache, which->stream, &bytes);
    if (!pixels) {
        return false;
    }
    upload(which->width, which->height, pixels);
    fa_stream_read_end(ctx, t->cache, which->stream);
    return true;
}

/* A pixel is a value: it may leave. Reading twice pins twice. */
uint32_t texture_first_pixel(fa_context *ctx, textures *t, const texture *which)
{
    uint32_t pixel = 0;
    const uint32_t *first = fa_stream_read_begin(ctx, t->cache, which->stream, NULL);
    const uint32_t *again = fa_stream_read_begin(ctx, t->cache, which->stream, NULL);
    if (first) {
        pixel = first[0];
        fa_stream_read_end(ctx, t->cache, which->stream);
    }
    if (again) {
        pixel ^= again[1];
        fa_stream_read_end(ctx, t->cache, which->stream);
    }
    return pixel;
}
