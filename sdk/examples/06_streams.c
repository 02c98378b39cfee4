/* 06_streams.c - assets that come and go under a budget.
 *
 * A loader reserves a region and fills it; who needs the asset reads it; what was not used for long gives
 * way. (One thread here, for the sake of the printed order; a loader on a thread of its own attaches a
 * context of its own.) */
#include <stdio.h>
#include <string.h>

#include "framealloc/framealloc.h"

static void on_evict(void *user, fa_context *ctx, fa_stream stream, const char *name, const void *data,
                     size_t bytes)
{
    (void)user, (void)ctx, (void)stream, (void)data;
    printf("  evicted: %s, %zu bytes\n", name, bytes);
}

static fa_stream load(fa_context *ctx, fa_stream_cache *cache, const char *name, size_t bytes,
                      fa_stream_priority priority)
{
    fa_stream stream = {0};
    const fa_stream_desc desc = {.name = name, .bytes = bytes, .priority = priority};
    printf("load %s\n", name);
    fa_result result = fa_stream_reserve(ctx, cache, &desc, &stream);
    if (result != FA_RESULT_OK) {
        printf("  %s\n", fa_result_text(result));
        return stream;
    }
    for (size_t left = 1; left > 0;) { /* as a file would be read, piece by piece */
        void *place = fa_stream_write_begin(ctx, cache, stream, &left);
        size_t piece = left < 4096 ? left : 4096;
        if (place == NULL) {
            break;
        }
        memset(place, 'x', piece);
        (void)fa_stream_write_end(ctx, cache, stream, piece);
        left -= piece;
    }
    (void)fa_stream_ready(ctx, cache, stream);
    return stream;
}

static void use(fa_context *ctx, fa_stream_cache *cache, const char *name, fa_stream stream)
{
    size_t bytes = 0;
    const char *data = fa_stream_read_begin(ctx, cache, stream, &bytes); /* not evicted until the read end */
    if (data == NULL) {
        printf("use %s: %s\n", name, fa_result_text(fa_context_last_result(ctx)));
        return;
    }
    printf("use %s: %zu bytes\n", name, bytes);
    (void)fa_stream_read_end(ctx, cache, stream);
}

int main(void)
{
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    fa_stream_cache *cache = NULL;
    const fa_stream_cache_desc desc = {.name = "assets", .budget_bytes = 32768, .on_evict = {.fn = on_evict}};
    if (fa_allocator_create(NULL, &memory) != FA_RESULT_OK ||
        fa_context_attach(memory, NULL, &ctx) != FA_RESULT_OK ||
        fa_stream_cache_create(ctx, &desc, &cache) != FA_RESULT_OK) {
        return 1;
    }
    fa_stream hero = load(ctx, cache, "hero", 10000, FA_STREAM_PRIORITY_HIGH);
    fa_stream rock = load(ctx, cache, "rock", 10000, FA_STREAM_PRIORITY_NORMAL);
    fa_stream tree = load(ctx, cache, "tree", 10000, FA_STREAM_PRIORITY_NORMAL);
    use(ctx, cache, "rock", rock); /* so the tree is now the one not used for longest */
    (void)load(ctx, cache, "house", 10000, FA_STREAM_PRIORITY_NORMAL);
    use(ctx, cache, "tree", tree);
    (void)load(ctx, cache, "sky", 30000, FA_STREAM_PRIORITY_NORMAL); /* would need the hero's room */
    use(ctx, cache, "hero", hero);

    fa_stream_cache_stats stats;
    (void)fa_stream_cache_stats_get(ctx, cache, &stats);
    printf("%llu of %llu bytes, %llu evicted, %llu hits, %llu misses\n", (unsigned long long)stats.used_bytes,
           (unsigned long long)stats.budget_bytes, (unsigned long long)stats.evicted,
           (unsigned long long)stats.hits, (unsigned long long)stats.misses);
    (void)fa_stream_cache_destroy(ctx, cache);
    return fa_allocator_destroy(memory) == FA_RESULT_OK ? 0 : 1;
}

/* Output:
 * load hero
 * load rock
 * load tree
 * use rock: 10000 bytes
 * load house
 *   evicted: tree, 10000 bytes
 * use tree: no such thing
 * load sky
 *   a hard limit would be exceeded
 * use hero: 10000 bytes
 * 30000 of 32768 bytes, 1 evicted, 2 hits, 1 misses
 */
