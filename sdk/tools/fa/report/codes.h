/* codes.h - the catalogue: every code once, with its severity, category and texts.
 *
 * Codes that the SDK reports at run time take title and hint from framealloc/diagnostic.h, so that the two
 * can never drift apart; `fa explain` shows these. */
#ifndef FA_TOOL_CODES_H
#define FA_TOOL_CODES_H

#include "report/finding.h"

typedef enum category {
    CATEGORY_DIRTYMEM,
    CATEGORY_ASYNC,
    CATEGORY_THREADING,
    CATEGORY_BUDGETS,
    CATEGORY_ARCHITECTURE,
    CATEGORY_TOOL,
    CATEGORY_COUNT
} category;

typedef struct code_entry {
    const char *code;
    severity severity;
    category category;
    const char *title;   ///< one line
    const char *meaning; ///< what is wrong with it
    const char *hint;    ///< what to do
    const char *bad, *good;
} code_entry;

const code_entry *code_find(const char *code); ///< NULL: no such code
const code_entry *code_at(int index);          ///< NULL past the end
severity code_severity(const char *code);
const char *category_name(category c);
bool category_from_name(const char *name, category *out);

#endif
