/* monitor.h - figures of the app over time: frame time, frames per second, entities, memory of frames.
 *
 * The plugin "monitor" takes them at each frame's end, into a history of fixed length: no memory after its
 * build. Per-system figures are always there: fa_app_system_stats (system.h).
 *
 *     path            unit
 *     frame_time      ms of wall time between two frames
 *     fps             frames per second
 *     entities        living in the app's world
 *     frame_bytes     frame memory of all systems in the frame */
#ifndef FRAMEALLOC_APP_MONITOR_H
#define FRAMEALLOC_APP_MONITOR_H

#include "framealloc/app/plugin.h"

FA_EXTERN_C_BEGIN

/// Values that are kept of each figure.
#define FA_MONITOR_HISTORY 120

/// The plugin. Static: any number of apps may add it. [any-thread]
FA_API const fa_plugin *fa_monitor_plugin(void);

typedef struct fa_monitor_figure {
    uint32_t count;  ///< values in the history
    double last;     ///< newest
    double smoothed; ///< exponential moving average: a value counts for half after 10 frames
    double average;  ///< of the history, as the next two
    double least;
    double most;
} fa_monitor_figure;

/// @return OK; NOT_FOUND: no such path, the plugin was not added, or there is no value yet. [main-thread]
FA_API fa_result fa_monitor_get(const fa_app *app, const char *path, fa_monitor_figure *out);
/// The history, oldest first. @param out At most @p capacity values, the newest ones.
/// @return How many were written. [main-thread]
FA_API uint32_t fa_monitor_history(const fa_app *app, const char *path, double *out, uint32_t capacity);

FA_EXTERN_C_END

#endif
