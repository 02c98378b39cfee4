/* terminal.c - for people: the line, a caret, how it came about, what to do. And compact: one line each. */
#include <string.h>

#include "output/output.h"
#include "report/codes.h"

typedef struct paint {
    const char *bold, *red, *yellow, *blue, *dim, *off;
} paint;

static const char *colour(const paint *p, severity s)
{
    return s == SEVERITY_ERROR ? p->red : s == SEVERITY_WARNING ? p->yellow : p->blue;
}

static void print_source(const finding *f, const paint *p, FILE *to)
{
    size_t length;
    const char *line = source_line(f->at.file, f->at.line, &length);
    if (!line) {
        return;
    }
    if (length > 300) {
        length = 300;
    }
    fprintf(to, "%s%6u |%s ", p->dim, f->at.line, p->off);
    for (size_t i = 0; i < length; i++) {
        unsigned char ch = (unsigned char)line[i];
        fputc(ch == '\t' ? ' ' : ch < 0x20 || ch == 0x7f ? '?' : ch, to);
    }
    fprintf(to, "\n%s       |%s ", p->dim, p->off);
    for (uint32_t i = 1; i < f->at.column && i <= length; i++) {
        fputc(' ', to);
    }
    fprintf(to, "%s^%s\n", colour(p, f->severity), p->off);
}

static void print_finding(const run_result *r, const finding *f, const paint *p, FILE *to)
{
    const code_entry *entry = code_find(f->code);
    fprintf(to, "%s%s[%s]%s%s: %s%s\n", colour(p, f->severity), severity_name(f->severity), f->code, p->off,
            p->bold, f->text, p->off);
    fprintf(to, "%s  --> %s%s:%u:%u", p->dim, p->off, shown(r, f->at.file), f->at.line, f->at.column);
    fprintf(to, *f->function ? " in %s\n" : "\n", f->function);
    print_source(f, p, to);
    for (int i = 0; i < f->notes.count; i++) {
        const finding_note *n = &f->notes.at[i];
        fprintf(to, "%s   %d.%s %s:%u: %s\n", p->dim, i + 1, p->off, shown(r, n->at.file), n->at.line,
                n->text);
    }
    if (entry) {
        fprintf(to, "   = note: %s\n   = help: %s\n", entry->title, entry->hint);
        fprintf(to, "   = more: fa explain %s\n\n", f->code);
    }
}

void output_terminal(const run_result *r, FILE *to)
{
    static const paint plain = {"", "", "", "", "", ""};
    static const paint coloured = {"\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[2m", "\x1b[0m"};
    const paint *p = r->color ? &coloured : &plain;
    int counts[3] = {0};
    for (int i = 0; i < r->list.found.count; i++) {
        print_finding(r, &r->list.found.at[i], p, to);
        counts[r->list.found.at[i].severity]++;
    }
    for (int i = 0; i < r->problems.count; i++) {
        const problem *q = &r->problems.at[i];
        fprintf(to, "%snot analysed:%s %s:%u:%u: %s\n", p->red, p->off, shown(r, q->file), q->line, q->column,
                q->text);
    }
    if (r->list.found.count) {
        fprintf(to, "%d error%s, %d warning%s, %d hint%s\n", counts[2], counts[2] == 1 ? "" : "s", counts[1],
                counts[1] == 1 ? "" : "s", counts[0], counts[0] == 1 ? "" : "s");
    } else if (!r->problems.count) {
        fprintf(to, "%sclean:%s %d file%s\n", p->bold, p->off, r->files.count,
                r->files.count == 1 ? "" : "s");
    }
}

void output_compact(const run_result *r, FILE *to)
{
    for (int i = 0; i < r->list.found.count; i++) {
        const finding *f = &r->list.found.at[i];
        fprintf(to, "%s:%u:%u: %s: %s [%s]\n", shown(r, f->at.file), f->at.line, f->at.column,
                severity_name(f->severity), f->text, f->code);
    }
}

output_fn *output_named(const char *name)
{
    static const struct {
        const char *name;
        output_fn *fn;
    } formats[] = {{"terminal", output_terminal},     {"json", output_json},
                   {"sarif", output_sarif},           {"junit", output_junit},
                   {"checkstyle", output_checkstyle}, {"compact", output_compact}};
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return formats[i].fn;
        }
    }
    return NULL;
}
