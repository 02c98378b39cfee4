/* Sounds through a stream cache, read after the pin has gone. */
#include <framealloc/framealloc.h>
#include <framealloc/stream.h>
#include <string.h>

typedef struct bank { fa_stream_cache *cache; fa_stream sounds[16]; float gain; } bank;
void mix(const float *samples, size_t count);

void play(fa_context *ctx, bank *b, int i)
{
    size_t bytes = 0;
    const float *samples = fa_stream_read_begin(ctx, b->cache, b->sounds[i], &bytes);
    if (!samples) {
        return;
    }
    fa_stream_read_end(ctx, b->cache, b->sounds[i]);
    mix(samples, bytes / sizeof *samples); // expect: FA607
}

float peak(fa_context *ctx, bank *b, int i)
{
    const float *samples = fa_stream_read_begin(ctx, b->cache, b->sounds[i], NULL);
    float most = samples ? samples[0] : 0.0f;
    if (samples) {
        fa_stream_read_end(ctx, b->cache, b->sounds[i]);
    }
    return most;
}

static const float *lookup(fa_context *ctx, bank *b, fa_stream s)
{
    const float *data = fa_stream_read_begin(ctx, b->cache, s, NULL);
    if (data) {
        b->gain = data[0];
        fa_stream_read_end(ctx, b->cache, s);
    }
    return data;
}

float loudest(fa_context *ctx, bank *b)
{
    const float *d = lookup(ctx, b, b->sounds[3]);
    return d ? d[1] * b->gain : 0.0f; // expect: FA607
}

bool fill(fa_context *ctx, bank *b, fa_stream s, const void *bytes, size_t count)
{
    size_t left = 0;
    char *place = fa_stream_write_begin(ctx, b->cache, s, &left);
    if (!place || left < count) {
        return false;
    }
    memcpy(place, bytes, count);
    fa_stream_write_end(ctx, b->cache, s, count);
    place[count - 1] = 0; // expect: FA607
    return true;
}

void drop(fa_context *ctx, bank *b, int i)
{
    const float *samples = fa_stream_read_begin(ctx, b->cache, b->sounds[i], NULL);
    if (samples) {
        mix(samples, 16);
        fa_stream_read_end(ctx, b->cache, b->sounds[i]);
    }
    fa_stream_release(ctx, b->cache, b->sounds[i]);
    b->sounds[i] = (fa_stream){0};
}
