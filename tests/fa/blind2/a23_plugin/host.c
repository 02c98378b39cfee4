#include "api.h"
static void *host_temp(void *host, size_t n) { return fa_frame_alloc(host, n, 16); }
static void *host_keep(void *host, size_t n) { return fa_pool_alloc(host, n, 16); }
static void host_drop(void *host, void *p) { fa_pool_free(host, p); }
const api host_api = {host_temp, host_keep, host_drop};

void host_run(fa_context *ctx, int frames)
{
    plugin p = {.api = &host_api, .host = ctx};
    plugin_load(&p);
    while (frames-- > 0) {
        fa_frame_begin(ctx);
        plugin_tick(&p, frames); // expect: FA601
        fa_frame_end(ctx);
    }
    plugin_unload(&p);
}
