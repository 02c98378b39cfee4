/* config.h - from `.fa.toml` to settings. */
#ifndef FA_TOOL_CONFIG_H
#define FA_TOOL_CONFIG_H

#include "report/settings.h"

void settings_init(settings *s); ///< the documented defaults
/// Read a file into @p s; on an error prints FILE:LINE:COLUMN and what is wrong, and ends the process with 2.
void config_read(settings *s, const char *path);
/// The nearest `.fa.toml` from @p folder upwards; owned, or NULL.
char *config_find(const char *folder);
extern const char *const config_template; ///< what `fa init` writes
bool level_from_name(const char *name, level *out);
bool severity_from_name(const char *name, severity *out);

#endif
