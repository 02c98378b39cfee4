/* sprite batcher: frame vertices kept in a static cache */
#include <framealloc/framealloc.h>
#include <string.h>
typedef struct { float x, y, u, v; unsigned color; } vertex;
typedef struct { vertex *verts; size_t count, capacity; } batch;
static batch g_batch;
static struct { const char *last_error; int errors; } g_log;

static int batch_reserve(batch *b, fa_context *ctx, size_t n)
{
    b->verts = FA_FRAME_ARRAY(ctx, vertex, n);
    if (!b->verts) return -1;
    b->capacity = n;
    b->count = 0;
    return 0;
}
static void batch_quad(batch *b, float x, float y, float w, float h)
{
    if (b->count + 4 > b->capacity) return;
    vertex *v = b->verts + b->count;
    v[0] = (vertex){x, y, 0, 0, 0xffffffffu};
    v[1] = (vertex){x + w, y, 1, 0, 0xffffffffu};
    v[2] = (vertex){x + w, y + h, 1, 1, 0xffffffffu};
    v[3] = (vertex){x, y + h, 0, 1, 0xffffffffu};
    b->count += 4;
}
void upload(const vertex *v, size_t n);

void draw_bad(fa_context *ctx)
{
    fa_frame_begin(ctx);
    if (batch_reserve(&g_batch, ctx, 1024) == 0) { // expect: FA601
        batch_quad(&g_batch, 0, 0, 16, 16);
        upload(g_batch.verts, g_batch.count);
    }
    fa_frame_end(ctx);
}
void draw_good(fa_context *ctx)
{
    fa_frame_begin(ctx);
    batch local = {0};
    if (batch_reserve(&local, ctx, 1024) == 0) {
        batch_quad(&local, 0, 0, 16, 16);
        upload(local.verts, local.count);
    }
    fa_frame_end(ctx);
}
void draw_good2(fa_context *ctx)
{
    fa_frame_begin(ctx);
    if (batch_reserve(&g_batch, ctx, 1024) == 0) {
        batch_quad(&g_batch, 0, 0, 16, 16);
        upload(g_batch.verts, g_batch.count);
        memset(&g_batch, 0, sizeof g_batch);
    }
    fa_frame_end(ctx);
}
void log_bad(fa_context *ctx, int code)
{
    fa_frame_begin(ctx);
    if (code != 0) {
        g_log.last_error = fa_frame_printf(ctx, "error %d", code); // expect: FA601
        g_log.errors++;
    }
    fa_frame_end(ctx);
}
