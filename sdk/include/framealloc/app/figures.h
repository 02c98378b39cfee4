/* figures.h - what plugins, and the app as a whole, use in a frame, beside their budgets.
 *
 * A budget is said in fa_plugin, fa_app_desc and, per system, in fa_system_desc. It covers frame memory and
 * time of one app frame. Going over it stops nothing: the system that does so runs to its end, the frame is
 * counted, and the first time the log says who it was (SYSTEM_, PLUGIN_, APP_OVER_BUDGET). What must not be
 * exceeded is a hard limit of the tag `plugin` or `plugin/system` (fa_tag_budget_set): requests beyond it
 * give NULL with OVER_BUDGET, at the byte, and the system decides. */
#ifndef FRAMEALLOC_APP_FIGURES_H
#define FRAMEALLOC_APP_FIGURES_H

#include "framealloc/app/schedule.h"
#include "framealloc/tag.h"

FA_EXTERN_C_BEGIN

/// Of the systems of one plugin, or of all. Time is that of the systems, added up over all threads.
typedef struct fa_figures {
    const char *name;        ///< of the plugin, or of the app; borrowed until the app is destroyed
    fa_tag tag;              ///< of that name
    uint32_t systems;        ///< in all schedules
    size_t frame_bytes;      ///< frame memory taken in the present or last app frame
    size_t frame_peak_bytes; ///< most in one app frame
    int64_t frame_ns;        ///< time of its systems in the present or last app frame
    int64_t frame_peak_ns;   ///< most in one app frame
    size_t budget_bytes;     ///< 0: none
    int64_t budget_ns;       ///< 0: none
    uint64_t over_bytes;     ///< app frames in which it took more than budget_bytes
    uint64_t over_ns;        ///< app frames that took longer than budget_ns
    const char *over_system; ///< "plugin/system" whose run went over budget_bytes last, or NULL
} fa_figures;

/// Of all systems together. [main-thread]
FA_API void fa_app_figures(const fa_app *app, fa_figures *out);
/// Of each plugin, in the order of adding; the first row stands for what belongs to no plugin.
/// @param out At most @p capacity rows are written; NULL asks for the number only.
/// @return How many there are. [main-thread]
FA_API uint32_t fa_app_plugin_figures(const fa_app *app, fa_figures *out, uint32_t capacity);

FA_EXTERN_C_END

#endif
