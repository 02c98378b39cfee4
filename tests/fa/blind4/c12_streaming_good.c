/* Terrain that streams: requests, eviction told, a reader that retries. */
#include <framealloc/framealloc.h>
#include <framealloc/stream.h>
typedef struct tile { fa_stream s; int x, y; int tries; } tile;
typedef struct terrain { fa_context *ctx; fa_stream_cache *cache; tile tiles[16]; float *row; } terrain;
float sample(const float *heights, int i);

static void on_evict(void *user, fa_context *ctx, fa_stream s, const char *name, const void *data, size_t bytes)
{
    terrain *t = user;
    (void)ctx; (void)name; (void)data; (void)bytes;
    for (int i = 0; i < 16; i++) if (t->tiles[i].s.bits == s.bits) t->tiles[i].s = (fa_stream){0};
}
bool terrain_open(terrain *t)
{
    return fa_stream_cache_create(t->ctx, &(fa_stream_cache_desc){.budget_bytes = 1 << 20, .on_evict = {on_evict, t}}, &t->cache) ==
           FA_RESULT_OK;
}
float height(terrain *t, tile *k, int i)
{
    float h = 0;
    size_t n = 0;
    const float *data = fa_stream_read_begin(t->ctx, t->cache, k->s, &n);
    if (!data) {
        k->tries++;
        return 0;
    }
    if ((size_t)i < n / sizeof *data) h = sample(data, i);
    fa_stream_read_end(t->ctx, t->cache, k->s);
    return h;
}
void row(terrain *t, tile *k, int n)
{
    fa_frame_begin(t->ctx);
    t->row = FA_FRAME_ARRAY(t->ctx, float, (size_t)n);
    const float *data = fa_stream_read_begin(t->ctx, t->cache, k->s, NULL);
    for (int i = 0; data && t->row && i < n; i++) t->row[i] = sample(data, i);
    if (data) fa_stream_read_end(t->ctx, t->cache, k->s);
    float best = 0;
    for (int i = 0; data && t->row && i < n; i++) best = t->row[i] > best ? t->row[i] : best;
    t->row = NULL;
    fa_frame_end(t->ctx);
    k->tries = (int)best;
}
