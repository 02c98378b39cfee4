/* condition.c - conditions that come with the layer. They read the app itself, so they declare nothing. */
#include "app/app.h"

bool fa_if_resource(fa_sys *s, const void *arg)
{
    const fai_sys *sys = (const fai_sys *)(const void *)s;
    const fai_type *type = arg != NULL ? fai_type_find(sys->app, arg) : NULL;
    return type != NULL && type->value != NULL;
}

bool fa_if_every_ms(fa_sys *s, const void *arg)
{
    const fai_sys *sys = (const fai_sys *)(const void *)s;
    const uint32_t *period_ms = arg;
    int64_t period_ns = period_ms != NULL ? (int64_t)*period_ms * 1000000 : 0;
    if (period_ns == 0) {
        return true;
    }
    const fa_time *time = fa_app_time(sys->app);
    return time->elapsed_ns / period_ns != (time->elapsed_ns - time->delta_ns) / period_ns;
}
