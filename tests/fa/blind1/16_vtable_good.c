/* An allocator interface as a table of functions, filled with each of ours. */
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct memory_ops {
    void *(*take)(fa_context *ctx, size_t bytes);
    void (*give)(fa_context *ctx, void *p);
} memory_ops;

static void *take_pool(fa_context *ctx, size_t bytes) { return fa_pool_alloc(ctx, bytes, 16); }
static void give_pool(fa_context *ctx, void *p) { fa_pool_free(ctx, p); }
static void *take_heap(fa_context *ctx, size_t bytes) { return fa_heap_alloc(ctx, bytes, 16); }
static void give_heap(fa_context *ctx, void *p) { fa_heap_free(ctx, p); }
static void *take_frame(fa_context *ctx, size_t bytes) { return fa_frame_alloc(ctx, bytes, 16); }
static void give_nothing(fa_context *ctx, void *p) { (void)ctx; (void)p; }

static const memory_ops pool_ops = {take_pool, give_pool};
static const memory_ops heap_ops = {take_heap, give_heap};
static const memory_ops frame_ops = {take_frame, give_nothing};

typedef struct buffer { const memory_ops *ops; fa_context *ctx; char *bytes; size_t used, room; } buffer;

static bool buffer_grow(buffer *b, size_t more)
{
    if (b->used + more <= b->room) {
        return true;
    }
    size_t room = (b->used + more) * 2;
    char *bytes = b->ops->take(b->ctx, room);
    if (!bytes) {
        return false;
    }
    if (b->bytes) {
        memcpy(bytes, b->bytes, b->used);
        b->ops->give(b->ctx, b->bytes);
    }
    b->bytes = bytes;
    b->room = room;
    return true;
}

static void buffer_put(buffer *b, const char *text)
{
    size_t n = strlen(text);
    if (buffer_grow(b, n)) {
        memcpy(b->bytes + b->used, text, n);
        b->used += n;
    }
}

static void buffer_drop(buffer *b)
{
    if (b->bytes) {
        b->ops->give(b->ctx, b->bytes);
    }
    memset(b, 0, sizeof *b);
}

size_t in_pool(fa_context *ctx)
{
    buffer b = {.ops = &pool_ops, .ctx = ctx};
    buffer_put(&b, "one");
    buffer_put(&b, "two");
    size_t n = b.used;
    buffer_drop(&b);
    return n;
}

size_t in_heap_or_frame(fa_context *ctx, bool brief)
{
    buffer b = {.ops = brief ? &frame_ops : &heap_ops, .ctx = ctx};
    fa_frame_begin(ctx);
    buffer_put(&b, "three");
    size_t n = b.used;
    buffer_drop(&b);
    fa_frame_end(ctx);
    return n;
}
