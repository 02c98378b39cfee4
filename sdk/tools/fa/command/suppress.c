/* suppress.c - comments that allow a code on their line or the next: the mark, the codes in brackets, a
 * reason.
 *
 * The analysed files are scanned for comments by a small lexer that knows strings; a suppression that nothing
 * needed is reported as FA900, so that it cannot hide a later fault. */
#include "command/command.h"

#include <ctype.h>
#include <string.h>

#include "report/codes.h"

typedef struct allowance {
    const char *file, *code;
    uint32_t line, column;
    bool used, known;
} allowance;

typedef VEC(allowance) allowance_list;

static void read_codes(allowance_list *list, const char *file, const char *from, const char *end,
                       uint32_t line, uint32_t column)
{
    while (from < end && *from != ')') {
        while (from < end && (isspace((unsigned char)*from) || *from == ',')) {
            from++;
        }
        const char *first = from;
        while (from < end && isalnum((unsigned char)*from)) {
            from++;
        }
        if (from == first) {
            break;
        }
        allowance a = {
            .file = file, .code = word_n(first, (size_t)(from - first)), .line = line, .column = column};
        a.known = code_find(a.code) != NULL;
        vec_push(list, a);
    }
}

static void see_comment(allowance_list *list, const char *file, const char *from, const char *end,
                        uint32_t line, uint32_t column)
{
    static const char mark[] = "fa-allow(";
    for (const char *p = from; p + sizeof mark - 1 <= end; p++) {
        if (*p == '\n') {
            line++;
        }
        if (memcmp(p, mark, sizeof mark - 1) == 0) {
            read_codes(list, file, p + sizeof mark - 1, end, line, column);
        }
    }
}

static void scan(allowance_list *list, const char *file)
{
    size_t length;
    char *bytes = file_read(file, (size_t)64 << 20, &length);
    if (!bytes || !strstr(bytes, "fa-allow(")) {
        mem_free(bytes);
        return;
    }
    uint32_t line = 1;
    const char *line_start = bytes, *end = bytes + length;
    for (const char *p = bytes; p < end; p++) {
        if (*p == '\n') {
            line++;
            line_start = p + 1;
        } else if (*p == '"' || *p == '\'') {
            char quote = *p;
            for (p++; p < end && *p != quote && *p != '\n'; p++) {
                p += *p == '\\' && p + 1 < end;
            }
            p -= p < end && *p == '\n';
        } else if (*p == '/' && p + 1 < end && (p[1] == '/' || p[1] == '*')) {
            const char *from = p;
            bool whole_line = p[1] == '/';
            for (p += 2; p < end && (whole_line ? *p != '\n' : !(p[0] == '*' && p + 1 < end && p[1] == '/'));
                 p++) {
            }
            see_comment(list, file, from, p, line, (uint32_t)(from - line_start) + 1);
            for (const char *q = from; q < p; q++) {
                line += *q == '\n';
                line_start = *q == '\n' ? q + 1 : line_start;
            }
            p -= p < end && *p == '\n';
        }
    }
    mem_free(bytes);
}

static bool enabled(const settings *s, const char *code)
{
    const code_entry *entry = code_find(code);
    return entry && (!s->categories || s->categories >> entry->category & 1);
}

void suppress(run_result *r, const settings *s)
{
    allowance_list list = {0};
    for (int i = 0; i < r->files.count; i++) {
        scan(&list, r->files.at[i]);
    }
    const char *last = NULL;
    for (int i = 0; i < r->list.found.count; i++) { /* headers that findings lie in */
        const char *file = r->list.found.at[i].at.file;
        bool seen = last == file;
        for (int k = 0; k < r->files.count && !seen; k++) {
            seen = strcmp(r->files.at[k], file) == 0;
        }
        if (!seen) {
            scan(&list, file);
        }
        last = file;
    }
    int kept = 0;
    for (int i = 0; i < r->list.found.count; i++) {
        finding *f = &r->list.found.at[i];
        bool allowed = false;
        for (int k = 0; k < list.count; k++) {
            allowance *a = &list.at[k];
            if (strcmp(a->code, f->code) == 0 && strcmp(a->file, f->at.file) == 0 &&
                (a->line == f->at.line || a->line + 1 == f->at.line)) {
                a->used = allowed = true;
            }
        }
        if (allowed) {
            finding_drop(f);
        } else {
            r->list.found.at[kept++] = *f;
        }
    }
    r->list.found.count = kept;
    for (int i = 0; i < list.count; i++) {
        const allowance *a = &list.at[i];
        if (!a->used && (!a->known || enabled(s, a->code))) {
            text t = {0};
            text_addf(&t,
                      a->known ? "Nothing to suppress here: %s is not reported on this line or the next"
                               : "Unknown code '%s' in a suppression",
                      a->code);
            vec_push(&r->list.found, (finding){.code = word("FA900"),
                                               .severity = SEVERITY_WARNING,
                                               .at = {a->file, a->line, a->column},
                                               .text = word(t.at),
                                               .function = word("")});
            text_free(&t);
        }
    }
    finding_list_sort(&r->list);
    vec_free(&list);
}
