/* A sprite batch over two buffers and a ring of uploads. */
#include <framealloc/framealloc.h>
#include <string.h>
typedef struct vert { float x, y; } vert;
typedef struct upload { vert *data; int n; unsigned fence; } upload;
typedef struct batch { fa_context *ctx; upload ring[3]; int at; vert *open; int used; } batch;
unsigned gpu_send(const vert *v, int n);
void gpu_wait(unsigned fence);

void batch_begin(batch *b)
{
    fa_frame_begin(b->ctx);
    b->open = FA_FRAME_ARRAY(b->ctx, vert, 1024);
    b->used = 0;
}
void batch_add(batch *b, float x, float y)
{
    if (b->open && b->used < 1024) {
        b->open[b->used++] = (vert){x, y};
    }
}
void batch_end(batch *b)
{
    upload *u = &b->ring[b->at++ % 3];
    u->data = b->open;
    u->n = b->used;
    u->fence = gpu_send(u->data, u->n);
    b->open = NULL;
    fa_frame_end(b->ctx);
}

void draw_one(batch *b)
{
    batch_begin(b);
    batch_add(b, 1, 2);
    batch_end(b); // expect: FA601
}

void draw_and_wait(batch *b)
{
    fa_frame_begin(b->ctx);
    vert *v = FA_FRAME_ARRAY(b->ctx, vert, 4);
    if (v) {
        memset(v, 0, 4 * sizeof *v);
        gpu_wait(gpu_send(v, 4));
    }
    fa_frame_end(b->ctx);
}

void draw_debug(batch *b, int n)
{
    fa_frame_begin(b->ctx);
    for (int i = 0; i < n; i++) {
        vert *line = FA_FRAME_NEW_2(b->ctx, vert); // expect: FA602
        if (!line) {
            break;
        }
        line[0] = (vert){0, (float)i};
        line[1] = (vert){1, (float)i};
        gpu_wait(gpu_send(line, 2));
    }
    fa_frame_end(b->ctx);
}
