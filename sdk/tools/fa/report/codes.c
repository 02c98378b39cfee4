/* codes.c - the table of codes. One entry holds everything that is ever said about a code, so that a new
 * check is one entry here and its rule in the engine. Titles and hints of codes that the run-time reports too
 * come from its own table. */
#include "report/codes.h"

#include <string.h>

#include "framealloc/diagnostic.h"

static const struct {
    const char *code, *title, *hint;
} shared[] = {
#define FA_X(code, severity, title, hint) {#code, title, hint},
    FA_DIAGNOSTIC_TABLE(FA_X)
#undef FA_X
};

static const code_entry own[] = {
#define ENTRY(code, severity, category, title, meaning, hint, bad, good) \
    {#code, SEVERITY_##severity, CATEGORY_##category, title, meaning, hint, bad, good},
#include "report/codes_table.h"
#undef ENTRY
};

#define OWN_COUNT ((int)(sizeof own / sizeof *own))

static bool strip_shared(const char *code, code_entry *entry)
{
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        if (strcmp(shared[i].code, code) == 0) {
            entry->title = shared[i].title;
            entry->hint = shared[i].hint;
            return true;
        }
    }
    return false;
}

const code_entry *code_at(int index)
{
    static _Thread_local code_entry filled[OWN_COUNT];
    static _Thread_local bool done[OWN_COUNT];
    if (index < 0 || index >= OWN_COUNT) {
        return NULL;
    }
    if (!done[index]) {
        filled[index] = own[index];
        strip_shared(own[index].code, &filled[index]);
        done[index] = true;
    }
    return &filled[index];
}

const code_entry *code_find(const char *code)
{
    for (int i = 0; i < OWN_COUNT; i++) {
        if (strcmp(own[i].code, code) == 0) {
            return code_at(i);
        }
    }
    return NULL;
}

severity code_severity(const char *code)
{
    const code_entry *entry = code_find(code);
    return entry ? entry->severity : SEVERITY_WARNING;
}

static const char *const categories[CATEGORY_COUNT] = {"dirtymem", "async-safety", "threading",
                                                       "budgets",  "architecture", "tool"};

const char *category_name(category c)
{
    return categories[c];
}

bool category_from_name(const char *name, category *out)
{
    for (int i = 0; i < CATEGORY_COUNT; i++) {
        if (strcmp(categories[i], name) == 0) {
            *out = (category)i;
            return true;
        }
    }
    return false;
}
