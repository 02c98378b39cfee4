/* xml.c - JUnit for Jenkins, and Checkstyle. libxml2's writer does the escaping; characters that XML cannot
 * hold at all are replaced first. */
#include <libxml/xmlwriter.h>
#include <string.h>

#include "output/output.h"
#include "report/codes.h"
#include "toml/toml_lex.h"

static void attribute(xmlTextWriterPtr w, const char *name, const char *value)
{
    char *clean = text_copy(value);
    size_t bad = 0, length = strlen(clean);
    bool utf8 = toml_utf8(clean, length, &bad);
    for (size_t i = 0; i < length; i++) {
        unsigned char ch = (unsigned char)clean[i];
        if ((ch < 0x20 && ch != '\t' && ch != '\n') || (!utf8 && ch >= 0x80)) {
            clean[i] = '?';
        }
    }
    xmlTextWriterWriteAttribute(w, BAD_CAST name, BAD_CAST clean);
    mem_free(clean);
}

static void number(xmlTextWriterPtr w, const char *name, long value)
{
    xmlTextWriterWriteFormatAttribute(w, BAD_CAST name, "%ld", value);
}

static xmlTextWriterPtr begin(xmlBufferPtr *buffer)
{
    *buffer = xmlBufferCreate();
    xmlTextWriterPtr w = xmlNewTextWriterMemory(*buffer, 0);
    if (!w) {
        fa_die(FA_EXIT_UNPARSED, "out of memory");
    }
    xmlTextWriterSetIndent(w, 1);
    xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
    return w;
}

static void end(xmlTextWriterPtr w, xmlBufferPtr buffer, FILE *to)
{
    xmlTextWriterEndDocument(w);
    xmlFreeTextWriter(w);
    fwrite(xmlBufferContent(buffer), 1, (size_t)xmlBufferLength(buffer), to);
    xmlBufferFree(buffer);
}

/* Findings lie sorted by file: the run from `i` on of one file. */
static int same_file(const run_result *r, int i)
{
    int k = i;
    while (k < r->list.found.count && strcmp(r->list.found.at[k].at.file, r->list.found.at[i].at.file) == 0) {
        k++;
    }
    return k;
}

/* ---- JUnit */

static void junit_case(xmlTextWriterPtr w, const run_result *r, const finding *f)
{
    char name[64];
    snprintf(name, sizeof name, "%s line %u", f->code, f->at.line);
    xmlTextWriterStartElement(w, BAD_CAST "testcase");
    attribute(w, "name", name);
    attribute(w, "classname", shown(r, f->at.file));
    attribute(w, "time", "0");
    xmlTextWriterStartElement(w, BAD_CAST "failure");
    attribute(w, "message", f->text);
    attribute(w, "type", f->code);
    text body = {0};
    text_addf(&body, "%s:%u:%u: %s: %s\n", shown(r, f->at.file), f->at.line, f->at.column,
              severity_name(f->severity), f->text);
    for (int i = 0; i < f->notes.count; i++) {
        text_addf(&body, "%s:%u: %s\n", shown(r, f->notes.at[i].at.file), f->notes.at[i].at.line,
                  f->notes.at[i].text);
    }
    xmlTextWriterWriteString(w, BAD_CAST body.at);
    text_free(&body);
    xmlTextWriterEndElement(w);
    xmlTextWriterEndElement(w);
}

static bool has_findings(const run_result *r, const char *file)
{
    for (int i = 0; i < r->list.found.count; i++) {
        if (strcmp(r->list.found.at[i].at.file, file) == 0) {
            return true;
        }
    }
    return false;
}

static int clean_files(const run_result *r)
{
    int n = 0;
    for (int i = 0; i < r->files.count; i++) {
        n += !has_findings(r, r->files.at[i]);
    }
    return n;
}

void output_junit(const run_result *r, FILE *to)
{
    xmlBufferPtr buffer;
    xmlTextWriterPtr w = begin(&buffer);
    int clean = clean_files(r), total = r->list.found.count + r->problems.count + clean;
    xmlTextWriterStartElement(w, BAD_CAST "testsuites");
    attribute(w, "name", "fa");
    number(w, "tests", total);
    number(w, "failures", r->list.found.count);
    number(w, "errors", r->problems.count);
    attribute(w, "time", "0");
    xmlTextWriterStartElement(w, BAD_CAST "testsuite");
    attribute(w, "name", "fa");
    number(w, "tests", total);
    number(w, "failures", r->list.found.count);
    number(w, "errors", r->problems.count);
    attribute(w, "time", "0");
    for (int i = 0; i < r->list.found.count; i++) {
        junit_case(w, r, &r->list.found.at[i]);
    }
    for (int i = 0; i < r->problems.count; i++) {
        xmlTextWriterStartElement(w, BAD_CAST "testcase");
        attribute(w, "name", "parse");
        attribute(w, "classname", shown(r, r->problems.at[i].file));
        attribute(w, "time", "0");
        xmlTextWriterStartElement(w, BAD_CAST "error");
        attribute(w, "message", r->problems.at[i].text);
        attribute(w, "type", "unparsed");
        xmlTextWriterEndElement(w);
        xmlTextWriterEndElement(w);
    }
    for (int i = 0; i < r->files.count; i++) {
        if (!has_findings(r, r->files.at[i])) {
            xmlTextWriterStartElement(w, BAD_CAST "testcase");
            attribute(w, "name", "clean");
            attribute(w, "classname", shown(r, r->files.at[i]));
            attribute(w, "time", "0");
            xmlTextWriterEndElement(w);
        }
    }
    end(w, buffer, to);
}

/* ---- Checkstyle */

static void checkstyle_error(xmlTextWriterPtr w, uint32_t line, uint32_t column, const char *severity_,
                             const char *message, const char *source)
{
    xmlTextWriterStartElement(w, BAD_CAST "error");
    number(w, "line", line);
    number(w, "column", column);
    attribute(w, "severity", severity_);
    attribute(w, "message", message);
    attribute(w, "source", source);
    xmlTextWriterEndElement(w);
}

void output_checkstyle(const run_result *r, FILE *to)
{
    xmlBufferPtr buffer;
    xmlTextWriterPtr w = begin(&buffer);
    xmlTextWriterStartElement(w, BAD_CAST "checkstyle");
    attribute(w, "version", "10.0");
    for (int i = 0, next; i < r->list.found.count; i = next) {
        next = same_file(r, i);
        xmlTextWriterStartElement(w, BAD_CAST "file");
        attribute(w, "name", shown(r, r->list.found.at[i].at.file));
        for (int k = i; k < next; k++) {
            const finding *f = &r->list.found.at[k];
            char source[64];
            snprintf(source, sizeof source, "fa.%s", f->code);
            checkstyle_error(w, f->at.line, f->at.column,
                             f->severity == SEVERITY_HINT ? "info" : severity_name(f->severity), f->text,
                             source);
        }
        xmlTextWriterEndElement(w);
    }
    for (int i = 0; i < r->problems.count; i++) {
        const problem *q = &r->problems.at[i];
        xmlTextWriterStartElement(w, BAD_CAST "file");
        attribute(w, "name", shown(r, q->file));
        checkstyle_error(w, q->line, q->column, "error", q->text, "fa.unparsed");
        xmlTextWriterEndElement(w);
    }
    end(w, buffer, to);
}
