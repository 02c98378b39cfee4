/* time.h - the clock that systems read: a resource that every app has.
 *
 * Time is counted in whole nanoseconds, so nothing drifts. A frame's real time, at most max_delta_ns of it,
 * times `scale`, is the delta of the frame. It fills an accumulator, from which fixed steps of equal length
 * are taken: as many as fit, at most max_steps in a frame. What is due beyond that is dropped and counted, so
 * that a slow machine gets slow motion instead of an avalanche.
 *
 * Inside the Fixed schedules the fields show the clock of the steps: delta is the step, elapsed is the number
 * of steps taken times the step.
 *
 * A system that declares FA_W(fa_time), or code outside of systems, may write `paused` and `scale`; they
 * count from the next frame on. The app writes all other fields itself. */
#ifndef FRAMEALLOC_APP_TIME_H
#define FRAMEALLOC_APP_TIME_H

#include "framealloc/app/type.h"

FA_EXTERN_C_BEGIN

/// Largest value of fa_time.scale.
#define FA_TIME_SCALE_MAX 1000.0

typedef struct fa_time {
    int64_t delta_ns;     ///< game time of this frame or step
    int64_t elapsed_ns;   ///< sum of all deltas, this one included
    double delta_seconds; ///< the same two in seconds
    double elapsed_seconds;
    int64_t real_delta_ns;   ///< wall time since the last frame; not capped, not scaled, not paused
    int64_t real_elapsed_ns; ///< sum of the real deltas
    uint64_t frame;          ///< number of the frame; the first is 1
    uint64_t step;           ///< fixed steps begun since the start
    uint64_t steps_dropped;  ///< fixed steps that max_steps has cut
    int64_t step_ns;         ///< length of a fixed step
    double alpha; ///< in [0, 1): how much of the next fixed step has gone by, to interpolate when drawing
    double scale; ///< writable: speed of game time, 0 to FA_TIME_SCALE_MAX. At first 1
    bool paused;  ///< writable: game time and fixed steps stand still
} fa_time;

FA_API FA_TYPE_DECLARE(fa_time);

FA_EXTERN_C_END

#endif
