/* time.c - whole nanoseconds in, frames and fixed steps out.
 *
 * The state is private; the resource shows it, and only `paused` and `scale` are read back from it. Sums
 * saturate: a clock that jumps to the end of time does no harm. */
#include "app/app.h"

#include <string.h>

FA_TYPE_DEFINE(fa_time);

static int64_t add_saturated(int64_t a, int64_t b)
{
    return b > INT64_MAX - a ? INT64_MAX : a + b; /* both are 0 or more */
}

static double seconds(int64_t ns)
{
    return (double)ns / 1e9;
}

fa_result fai_time_create(fa_app *app)
{
    app->time.step_ns = INT64_C(1000000000) / app->desc.fixed_hz;
    app->time.scale = 1.0;
    const fa_time first = {.scale = 1.0};
    fa_result result = fai_app_insert_resource(app, FA_T(fa_time), app->call_here, &first);
    if (result == FA_RESULT_OK) {
        app->time_type = fai_type_find(app, FA_T(fa_time));
        fai_time_publish(app);
    }
    return result;
}

void fai_time_publish(fa_app *app)
{
    const fai_time_state *t = &app->time;
    fa_time *out = app->time_type->value;
    bool fixed = app->in_step;
    out->delta_ns = fixed ? t->step_ns : t->delta_ns;
    out->elapsed_ns = fixed ? (int64_t)t->step * t->step_ns : t->elapsed_ns;
    out->delta_seconds = seconds(out->delta_ns);
    out->elapsed_seconds = seconds(out->elapsed_ns);
    out->real_delta_ns = t->real_delta_ns;
    out->real_elapsed_ns = t->real_elapsed_ns;
    out->frame = t->frame;
    out->step = t->step;
    out->steps_dropped = t->steps_dropped;
    out->step_ns = t->step_ns;
    out->alpha = (double)(t->accumulator_ns % t->step_ns) / (double)t->step_ns;
}

int64_t fai_time_elapse(fa_app *app)
{
    fai_time_state *t = &app->time;
    const fa_clock *clock = &app->desc.clock;
    int64_t now = clock->now_ns != NULL ? clock->now_ns(clock->user) : fai_layer_now_ns();
    int64_t delta = 0;
    if (t->has_now && now > t->last_now_ns) {
        uint64_t difference = (uint64_t)now - (uint64_t)t->last_now_ns;
        delta = difference > INT64_MAX ? INT64_MAX : (int64_t)difference;
    }
    t->has_now = true;
    t->last_now_ns = now;
    return delta;
}

void fai_time_frame(fa_app *app, int64_t real_delta_ns, const char *here)
{
    fai_time_state *t = &app->time;
    fa_time *seen = app->time_type->value;
    if (!(seen->scale >= 0.0 && seen->scale <= FA_TIME_SCALE_MAX)) { /* NaN, too */
        (void)fai_app_report(app, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, NULL,
                             "fa_time.scale is %g, not between 0 and %g; %g stays in use", seen->scale,
                             FA_TIME_SCALE_MAX, t->scale);
        seen->scale = t->scale;
    }
    t->scale = seen->scale;
    int64_t delta = real_delta_ns < app->desc.max_delta_ns ? real_delta_ns : app->desc.max_delta_ns;
    if (seen->paused) {
        delta = 0;
    } else if (t->scale < 1.0 || t->scale > 1.0) { /* 1 stays exact */
        delta = (int64_t)((double)delta * t->scale + 0.5);
    }
    t->frame++;
    t->steps_in_frame = 0;
    t->real_delta_ns = real_delta_ns;
    t->real_elapsed_ns = add_saturated(t->real_elapsed_ns, real_delta_ns);
    t->delta_ns = delta;
    t->elapsed_ns = add_saturated(t->elapsed_ns, delta);
    t->accumulator_ns = add_saturated(t->accumulator_ns, delta);
    fai_time_publish(app);
}

bool fai_time_step(fa_app *app)
{
    fai_time_state *t = &app->time;
    if (t->accumulator_ns < t->step_ns) {
        return false;
    }
    if (t->steps_in_frame == app->desc.max_steps) {
        t->steps_dropped += (uint64_t)(t->accumulator_ns / t->step_ns);
        t->accumulator_ns %= t->step_ns;
        fai_time_publish(app);
        return false;
    }
    t->accumulator_ns -= t->step_ns;
    t->steps_in_frame++;
    t->step++;
    return true;
}
