/* stream.h - asset regions that come and go under a budget of bytes.
 *
 * A cache holds streams: one region of memory each, filled by a loader while the game runs, read by whoever
 * needs it, and evicted when something else wants the room:
 *
 *     reserve -> write, write ... -> ready -> read begin/end, read begin/end ... -> evicted, or released
 *
 * Room is made by evicting streams that are ready and that nobody reads: lowest priority first, least
 * recently used first among equals, never one of higher priority than what is wanted. When that does not
 * suffice nothing is evicted and the request is refused (OVER_BUDGET). The budget counts sizes asked for and
 * is exact.
 *
 * An evicted stream is nobody's mistake: fa_stream_read_begin gives NULL with NOT_FOUND, and the program
 * loads it again. An id that was never given out is one (FA401).
 *
 * A cache belongs to the allocator, not to a context: loader and main thread use it at the same time, each
 * through a context of its own. One thread at a time writes to a stream. */
#ifndef FRAMEALLOC_STREAM_H
#define FRAMEALLOC_STREAM_H

#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// Names a stream. All bits zero is null. Copied freely; meaningful to its own cache only.
typedef struct fa_stream {
    uint64_t bits;
} fa_stream;

typedef struct fa_stream_cache fa_stream_cache;

typedef enum fa_stream_priority {
    FA_STREAM_PRIORITY_DEFAULT,    ///< as NORMAL
    FA_STREAM_PRIORITY_BACKGROUND, ///< loaded ahead, on a guess
    FA_STREAM_PRIORITY_LOW,
    FA_STREAM_PRIORITY_NORMAL,
    FA_STREAM_PRIORITY_HIGH,
    FA_STREAM_PRIORITY_CRITICAL, ///< evicted for other critical ones only
    FA_STREAM_PRIORITY_COUNT
} fa_stream_priority;

typedef enum fa_stream_state {
    FA_STREAM_GONE,    ///< evicted or released
    FA_STREAM_LOADING, ///< being written; never evicted
    FA_STREAM_READY    ///< complete; evicted while nobody reads it
} fa_stream_state;

/// Called for each eviction, on the thread that needed the room, before the memory is freed and with no lock
/// held.
/// @p name and @p data are borrowed for the call; @p stream is stale already. It may use the cache, but
/// fa_stream_reserve and fa_stream_cache_trim are refused (REENTRANT with FA105) and so is the end of the
/// cache.
typedef struct fa_stream_evict_hook {
    void (*fn)(void *user, fa_context *ctx, fa_stream stream, const char *name, const void *data,
               size_t bytes);
    void *user;
} fa_stream_evict_hook;

typedef struct fa_stream_cache_desc {
    uint32_t start_canary;         ///< leave zero
    const char *name;              ///< copied (31 bytes at most). Default "stream cache"
    size_t budget_bytes;           ///< most bytes of all its streams. Default 64 MiB; FA_NO_LIMIT: no limit
    fa_stream_evict_hook on_evict; ///< default: nobody is told
    fa_tag tag;                    ///< charged with its streams. Default: the tag current at creation
    uint32_t end_canary;           ///< leave zero
} fa_stream_cache_desc;

/// Make a cache. @p desc may be NULL. On failure @p out is set to NULL.
/// @return OK; INVALID_ARGUMENT; INVALID_DESC with FA103; OUT_OF_MEMORY; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_stream_cache_create(fa_context *ctx, const fa_stream_cache_desc *desc,
                                         fa_stream_cache **out, const char *here);
/// fa_stream_cache_create(ctx, desc, out); written so that a compound literal with commas may stand for the
/// desc.
#define fa_stream_cache_create(ctx, ...) fai_stream_cache_create((ctx), __VA_ARGS__, FA_HERE)
/// Release the cache and its streams; the hook is not called. NULL is fine. No other thread may use it any
/// more.
/// @return OK; BUSY with FA402: a stream is read or written; REENTRANT with FA105: from its hook;
/// INVALID_ARGUMENT with FA005; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_stream_cache_destroy(fa_context *ctx, fa_stream_cache *cache, const char *here);
#define fa_stream_cache_destroy(ctx, cache) fai_stream_cache_destroy((ctx), (cache), FA_HERE)

typedef struct fa_stream_desc {
    uint32_t start_canary; ///< leave zero
    const char *name;      ///< copied (63 bytes at most), for the hook and reports. Default "stream"
    size_t bytes;       ///< size of the region. 0 is a stream that is complete from the start of its loading
    size_t align_bytes; ///< of its beginning. Default FA_ALIGN_DEFAULT
    fa_stream_priority priority; ///< default NORMAL
    uint32_t end_canary;         ///< leave zero
} fa_stream_desc;

/// Reserve a region, evicting what must give way. Its state is LOADING. On failure @p out is set to null.
/// @return OK; OVER_BUDGET: what could be evicted does not suffice (also while another thread is still
/// evicting), and nothing was; FULL (object_max_bytes, 2^24 streams); OUT_OF_MEMORY: what was evicted stays
/// so; INVALID_DESC with FA103; INVALID_ARGUMENT with FA005; REENTRANT with FA105; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_stream_reserve(fa_context *ctx, fa_stream_cache *cache, const fa_stream_desc *desc,
                                    fa_stream *out, const char *here);
/// fa_stream_reserve(ctx, cache, desc, out); written so that a compound literal with commas may stand for the
/// desc.
#define fa_stream_reserve(ctx, cache, ...) fai_stream_reserve((ctx), (cache), __VA_ARGS__, FA_HERE)

/// Copy the next bytes in.
/// @return OK; STALE with FA401; BUSY with FA403: not loading, or another thread writes; INVALID_ARGUMENT
/// with FA005: more bytes than are left, or no cache; WRONG_THREAD. Then nothing was written. [owner-thread]
FA_API fa_result fai_stream_write(fa_context *ctx, fa_stream_cache *cache, fa_stream stream, const void *data,
                                  size_t bytes, const char *here);
#define fa_stream_write(ctx, cache, stream, data, bytes) \
    fai_stream_write((ctx), (cache), (stream), (data), (bytes), FA_HERE)
/// Where the next bytes go, to be filled in place (by fread, a decoder...), and how many are left.
/// @return NULL: as fa_stream_write says. The place is the caller's until fa_stream_write_end. [owner-thread]
FA_API void *fai_stream_write_begin(fa_context *ctx, fa_stream_cache *cache, fa_stream stream,
                                    size_t *left_bytes, const char *here);
#define fa_stream_write_begin(ctx, cache, stream, left_bytes) \
    fai_stream_write_begin((ctx), (cache), (stream), (left_bytes), FA_HERE)
/// @p bytes more are written. @return OK; UNBALANCED with FA402: no fa_stream_write_begin is open;
/// INVALID_ARGUMENT with FA005: more than were left, and the place stays open; STALE with FA401;
/// WRONG_THREAD. [owner-thread]
FA_API fa_result fai_stream_write_end(fa_context *ctx, fa_stream_cache *cache, fa_stream stream, size_t bytes,
                                      const char *here);
#define fa_stream_write_end(ctx, cache, stream, bytes) \
    fai_stream_write_end((ctx), (cache), (stream), (bytes), FA_HERE)
/// All is written: readers may come, and it may be evicted.
/// @return OK; BUSY with FA403: not loading, being written, or bytes are missing; STALE with FA401;
/// WRONG_THREAD. [owner-thread]
FA_API fa_result fai_stream_ready(fa_context *ctx, fa_stream_cache *cache, fa_stream stream,
                                  const char *here);
#define fa_stream_ready(ctx, cache, stream) fai_stream_ready((ctx), (cache), (stream), FA_HERE)

/// Pin a stream and give its bytes: it is not evicted until as many fa_stream_read_end have come. Counts as a
/// use.
/// @return NULL: NOT_FOUND (evicted or released) or BUSY (still loading), neither a mistake; STALE with
/// FA401: never given out by this cache; INVALID_ARGUMENT with FA005; WRONG_THREAD. [owner-thread]
FA_API const void *fai_stream_read_begin(fa_context *ctx, fa_stream_cache *cache, fa_stream stream,
                                         size_t *bytes, const char *here);
#define fa_stream_read_begin(ctx, cache, stream, bytes) \
    fai_stream_read_begin((ctx), (cache), (stream), (bytes), FA_HERE)
/// @return OK; UNBALANCED with FA402: nobody reads it; STALE with FA401; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_stream_read_end(fa_context *ctx, fa_stream_cache *cache, fa_stream stream,
                                     const char *here);
#define fa_stream_read_end(ctx, cache, stream) fai_stream_read_end((ctx), (cache), (stream), FA_HERE)

/// Free a stream, loading or ready; the hook is not called. One that is gone already is fine.
/// @return OK; BUSY with FA402: it is read or written; STALE with FA401: never given out; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_stream_release(fa_context *ctx, fa_stream_cache *cache, fa_stream stream,
                                    const char *here);
#define fa_stream_release(ctx, cache, stream) fai_stream_release((ctx), (cache), (stream), FA_HERE)
/// @return OK; NOT_FOUND: gone; INVALID_ARGUMENT with FA005: not a priority; STALE with FA401; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_stream_set_priority(fa_context *ctx, fa_stream_cache *cache, fa_stream stream,
                                         fa_stream_priority priority, const char *here);
#define fa_stream_set_priority(ctx, cache, stream, priority) \
    fai_stream_set_priority((ctx), (cache), (stream), (priority), FA_HERE)

typedef struct fa_stream_info {
    fa_stream_state state;       ///< GONE: nothing else is known
    fa_stream_priority priority; ///< never DEFAULT
    size_t bytes;                ///< size of the region
    size_t written_bytes;        ///< how far loading has come
    uint32_t readers;            ///< read begins without their end
    char name[64];
} fa_stream_info;

/// @return OK, also for one that is gone; STALE with FA401: never given out; INVALID_ARGUMENT; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_stream_info_get(fa_context *ctx, fa_stream_cache *cache, fa_stream stream,
                                     fa_stream_info *out, const char *here);
#define fa_stream_info_get(ctx, cache, stream, out) \
    fai_stream_info_get((ctx), (cache), (stream), (out), FA_HERE)

/// Evict, as a reservation of CRITICAL priority would, until at most @p keep_bytes are in use or nothing more
/// can go.
/// @return Bytes evicted. [owner-thread]
FA_API size_t fai_stream_cache_trim(fa_context *ctx, fa_stream_cache *cache, size_t keep_bytes,
                                    const char *here);
#define fa_stream_cache_trim(ctx, cache, keep_bytes) \
    fai_stream_cache_trim((ctx), (cache), (keep_bytes), FA_HERE)

/// All counters are of 64 bits and only grow, except those that say "now".
typedef struct fa_stream_cache_stats {
    const char *name;       ///< borrowed until the cache is destroyed
    uint64_t budget_bytes;  ///< as configured
    uint64_t used_bytes;    ///< now, of all streams, those being evicted not counted
    uint64_t peak_bytes;    ///< most used at once
    uint64_t streams;       ///< now
    uint64_t loading;       ///< now
    uint64_t reading;       ///< streams that somebody reads now
    uint64_t reserved;      ///< reservations ever made
    uint64_t written_bytes; ///< ever written
    uint64_t completed;     ///< ever made ready
    uint64_t hits;          ///< reads that found their stream ready
    uint64_t misses;        ///< reads that found it gone or still loading
    uint64_t evicted;       ///< streams ever evicted
    uint64_t evicted_bytes; ///< bytes of those
    uint64_t released;      ///< streams ever released
    uint64_t refused;       ///< reservations refused for want of room or memory
} fa_stream_cache_stats;

/// @return OK; INVALID_ARGUMENT with FA005; WRONG_THREAD. [owner-thread]
FA_API fa_result fai_stream_cache_stats_get(fa_context *ctx, fa_stream_cache *cache,
                                            fa_stream_cache_stats *out, const char *here);
#define fa_stream_cache_stats_get(ctx, cache, out) fai_stream_cache_stats_get((ctx), (cache), (out), FA_HERE)

FA_EXTERN_C_END

#endif
