#include "game.h"
/* a frame's work in jobs: culling is waited for, audio is not */
typedef struct cull_job { const enemy *all; size_t count; uint8_t *visible; } cull_job;
typedef struct audio_job { float *samples; int count; } audio_job;
static void cull(void *data)
{
    cull_job *j = data;
    for (size_t i = 0; i < j->count; i++) {
        j->visible[i] = j->all[i].health > 0;
    }
}
static void mix(void *data)
{
    audio_job *j = data;
    for (int i = 0; i < j->count; i++) {
        j->samples[i] = 0;
    }
}
void frame(fa_context *ctx, const enemy *all, size_t count)
{
    fa_frame_begin(ctx);
    cull_job *c = FA_FRAME_NEW(ctx, cull_job);
    audio_job *a = FA_FRAME_NEW(ctx, audio_job);
    if (c && a) {
        *c = (cull_job){all, count, FA_FRAME_ARRAY(ctx, uint8_t, count)};
        *a = (audio_job){FA_FRAME_ARRAY(ctx, float, 512), 512};
        job_handle *h = job_start(cull, c);
        job_start(mix, a); // expect: FA703
        job_wait(h);
    }
    fa_frame_end(ctx);
}
