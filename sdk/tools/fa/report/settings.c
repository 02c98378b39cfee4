/* settings.c - the questions that checks ask of the configuration. */
#include "report/settings.h"

#include <string.h>

/* "physics" stands for itself and for everything below it. */
static bool covers(const char *known, const char *tag)
{
    size_t n = strlen(known);
    if (strpbrk(known, "*?[")) {
        return glob_match(known, tag);
    }
    return strncmp(known, tag, n) == 0 && (tag[n] == 0 || tag[n] == '/');
}

bool settings_tag_unknown(const settings *s, const char *tag, const char **nearest)
{
    if (!s->has_known_tags || !s->warn_unknown_tags) {
        return false;
    }
    int best = 1 + (int)strlen(tag) / 2;
    for (int i = 0; i < s->known_tags.count; i++) {
        if (covers(s->known_tags.at[i], tag)) {
            return false;
        }
        int distance = edit_distance(s->known_tags.at[i], tag, best);
        if (distance < best) {
            best = distance;
            *nearest = s->known_tags.at[i];
        }
    }
    return true;
}

tag_verdict settings_tag_allowed(const settings *s, const char *file, const char *tag, const char **owner)
{
    bool in_module = false;
    const char *shown = s->config_folder ? path_relative(file, s->config_folder) : file;
    for (int i = 0; i < s->modules.count; i++) {
        if (glob_match(s->modules.at[i].glob, shown)) {
            in_module = true;
            for (int k = 0; k < s->modules.at[i].tags.count; k++) {
                if (covers(s->modules.at[i].tags.at[k], tag)) {
                    return TAG_FINE;
                }
            }
        }
    }
    if (!in_module) {
        return TAG_FINE;
    }
    for (int i = 0; i < s->modules.count; i++) {
        for (int k = 0; k < s->modules.at[i].tags.count; k++) {
            if (covers(s->modules.at[i].tags.at[k], tag)) {
                *owner = s->modules.at[i].glob;
                return TAG_OF_ANOTHER_MODULE;
            }
        }
    }
    return TAG_NOT_ALLOWED;
}
