#include "game.h"
typedef struct cull_job { const enemy *all; size_t count; uint8_t *visible; } cull_job;
static void cull(void *data)
{
    cull_job *j = data;
    for (size_t i = 0; i < j->count; i++) {
        j->visible[i] = j->all[i].health > 0;
    }
}
void frame(fa_context *ctx, const enemy *all, size_t count)
{
    enum { PARTS = 4 };
    job_handle *handles[PARTS] = {0};
    fa_frame_begin(ctx);
    uint8_t *visible = FA_FRAME_ARRAY(ctx, uint8_t, count);
    cull_job *jobs = FA_FRAME_ARRAY(ctx, cull_job, PARTS);
    if (visible && jobs) {
        for (size_t i = 0; i < PARTS; i++) {
            size_t from = count * i / PARTS, to = count * (i + 1) / PARTS;
            jobs[i] = (cull_job){all + from, to - from, visible + from};
            handles[i] = job_start(cull, &jobs[i]);
        }
        for (size_t i = 0; i < PARTS; i++) {
            job_wait(handles[i]);
        }
    }
    fa_frame_end(ctx);
}
