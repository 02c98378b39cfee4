/* finding.h - what `fa` has to say about one place, and the list of all of it.
 *
 * A finding is complete in itself: outputs only format. Lists are sorted and made unique before anything is
 * printed, so that the order of threads never shows. */
#ifndef FA_TOOL_FINDING_H
#define FA_TOOL_FINDING_H

#include "ir/ir.h"

typedef enum severity { SEVERITY_HINT, SEVERITY_WARNING, SEVERITY_ERROR } severity;

typedef struct finding_note {
    place at;
    const char *text; ///< interned
} finding_note;

typedef struct finding {
    const char *code; ///< from the catalogue
    severity severity;
    place at;
    const char *text;     ///< interned
    const char *function; ///< interned
    VEC(finding_note) notes;
} finding;

typedef struct finding_list {
    VEC(finding) found;
} finding_list;

void finding_list_sort(finding_list *list); ///< by file, line, column, code; drops doubles
void finding_list_join(finding_list *to, finding_list *from);
void finding_drop(finding *f); ///< what it holds, not itself
void finding_list_free(finding_list *list);
const char *severity_name(severity s);

#endif
