/* finding.c - lists of findings: sorted by place, and one of a kind per line. */
#include "report/finding.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const finding *x = a, *y = b;
    int order = strcmp(x->at.file, y->at.file);
    if (!order) {
        order = (x->at.line > y->at.line) - (x->at.line < y->at.line);
    }
    if (!order) {
        order = strcmp(x->code, y->code);
    }
    if (!order) {
        order = (x->at.column > y->at.column) - (x->at.column < y->at.column);
    }
    if (!order) {
        order = (x->notes.count < y->notes.count) - (x->notes.count > y->notes.count);
    }
    if (!order) {
        order = strcmp(x->text, y->text);
    }
    for (int i = 0; !order && i < x->notes.count && i < y->notes.count; i++) {
        order = (x->notes.at[i].at.line > y->notes.at[i].at.line) -
                (x->notes.at[i].at.line < y->notes.at[i].at.line);
    }
    return order;
}

void finding_list_sort(finding_list *list)
{
    if (!list->found.count) {
        return;
    }
    qsort(list->found.at, (size_t)list->found.count, sizeof *list->found.at, compare);
    int kept = 0;
    for (int i = 0; i < list->found.count; i++) {
        finding *f = &list->found.at[i], *last = kept ? &list->found.at[kept - 1] : NULL;
        if (last && last->code == f->code && last->at.line == f->at.line &&
            strcmp(last->at.file, f->at.file) == 0) {
            finding_drop(f);
            continue;
        }
        list->found.at[kept++] = *f;
    }
    list->found.count = kept;
}

void finding_list_join(finding_list *to, finding_list *from)
{
    for (int i = 0; i < from->found.count; i++) {
        vec_push(&to->found, from->found.at[i]);
    }
    vec_free(&from->found);
}

void finding_drop(finding *f)
{
    vec_free(&f->notes);
}

void finding_list_free(finding_list *list)
{
    for (int i = 0; i < list->found.count; i++) {
        finding_drop(&list->found.at[i]);
    }
    vec_free(&list->found);
}

const char *severity_name(severity s)
{
    return s == SEVERITY_ERROR ? "error" : s == SEVERITY_WARNING ? "warning" : "hint";
}
