/* settings.h - what a run is told: by the command line and by `.fa.toml`, already checked. */
#ifndef FA_TOOL_SETTINGS_H
#define FA_TOOL_SETTINGS_H

#include "report/finding.h"

typedef enum tag_verdict { TAG_FINE, TAG_NOT_ALLOWED, TAG_OF_ANOTHER_MODULE } tag_verdict;

typedef enum level { LEVEL_DEFAULT, LEVEL_ALLOW, LEVEL_HINT, LEVEL_WARNING, LEVEL_ERROR, LEVEL_DENY } level;

typedef struct module_tags {
    const char *glob;
    VEC(const char *) tags;
} module_tags;

typedef struct code_level {
    const char *code;
    level level;
} code_level;

typedef struct settings {
    const char *config_file, *config_folder;
    VEC(const char *) exclude;
    VEC(code_level) levels;
    VEC(const char *) known_tags;
    VEC(module_tags) modules;
    bool has_known_tags, warn_unknown_tags;
    severity min_severity;
    bool deny_warnings, fail_fast;
    int64_t loop_allocation_limit;
    int64_t max_findings; ///< per file; 0: no limit
    uint32_t categories;  ///< bit per category; 0 means all
} settings;

bool settings_tag_unknown(const settings *s, const char *tag, const char **nearest);
tag_verdict settings_tag_allowed(const settings *s, const char *file, const char *tag, const char **owner);

#endif
