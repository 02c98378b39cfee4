/* json.c - one JSON document, and SARIF 2.1.0. cJSON builds the tree, so that every text is escaped by one
 * hand; bytes that are no UTF-8 are replaced before they get there. */
#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "output/output.h"
#include "report/codes.h"
#include "toml/toml_lex.h"

static void add_text(cJSON *to, const char *key, const char *value)
{
    size_t bad = 0, length = strlen(value);
    if (toml_utf8(value, length, &bad)) {
        cJSON_AddStringToObject(to, key, value);
        return;
    }
    char *clean = text_copy(value);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)clean[i] >= 0x80) {
            clean[i] = '?';
        }
    }
    cJSON_AddStringToObject(to, key, clean);
    mem_free(clean);
}

static void print_tree(cJSON *root, FILE *to)
{
    char *printed = cJSON_Print(root);
    if (printed) {
        fputs(printed, to);
        fputc('\n', to);
        free(printed);
    }
    cJSON_Delete(root);
}

/* ---- JSON */

static cJSON *place_json(const run_result *r, place at)
{
    cJSON *o = cJSON_CreateObject();
    add_text(o, "file", shown(r, at.file));
    cJSON_AddNumberToObject(o, "line", at.line);
    cJSON_AddNumberToObject(o, "column", at.column);
    return o;
}

void output_json(const run_result *r, FILE *to)
{
    cJSON *root = cJSON_CreateObject(), *list = cJSON_CreateArray(), *problems = cJSON_CreateArray();
    int counts[3] = {0};
    cJSON_AddStringToObject(root, "tool", "fa");
    cJSON_AddStringToObject(root, "version", FA_TOOL_VERSION);
    for (int i = 0; i < r->list.found.count; i++) {
        const finding *f = &r->list.found.at[i];
        const code_entry *entry = code_find(f->code);
        cJSON *o = place_json(r, f->at), *path = cJSON_CreateArray();
        char print[32];
        snprintf(print, sizeof print, "%016llx", (unsigned long long)finding_fingerprint(r, i));
        cJSON_AddStringToObject(o, "code", f->code);
        cJSON_AddStringToObject(o, "severity", severity_name(f->severity));
        add_text(o, "message", f->text);
        add_text(o, "function", f->function);
        cJSON_AddStringToObject(o, "category", entry ? category_name(entry->category) : "");
        cJSON_AddStringToObject(o, "help", entry ? entry->hint : "");
        cJSON_AddStringToObject(o, "fingerprint", print);
        for (int k = 0; k < f->notes.count; k++) {
            cJSON *step = place_json(r, f->notes.at[k].at);
            add_text(step, "message", f->notes.at[k].text);
            cJSON_AddItemToArray(path, step);
        }
        cJSON_AddItemToObject(o, "path", path);
        cJSON_AddItemToArray(list, o);
        counts[f->severity]++;
    }
    for (int i = 0; i < r->problems.count; i++) {
        const problem *q = &r->problems.at[i];
        cJSON *o = place_json(r, (place){q->file, q->line, q->column});
        add_text(o, "message", q->text);
        cJSON_AddItemToArray(problems, o);
    }
    cJSON_AddItemToObject(root, "findings", list);
    cJSON_AddItemToObject(root, "problems", problems);
    cJSON *summary = cJSON_AddObjectToObject(root, "summary");
    cJSON_AddNumberToObject(summary, "files", r->files.count);
    cJSON_AddNumberToObject(summary, "errors", counts[2]);
    cJSON_AddNumberToObject(summary, "warnings", counts[1]);
    cJSON_AddNumberToObject(summary, "hints", counts[0]);
    print_tree(root, to);
}

/* ---- SARIF */

static const char *sarif_level(severity s)
{
    return s == SEVERITY_ERROR ? "error" : s == SEVERITY_WARNING ? "warning" : "note";
}

static void add_message(cJSON *to, const char *key, const char *value)
{
    cJSON *o = cJSON_AddObjectToObject(to, key);
    add_text(o, "text", value);
}

static cJSON *rules(void)
{
    cJSON *list = cJSON_CreateArray();
    const code_entry *entry;
    for (int i = 0; (entry = code_at(i)) != NULL; i++) {
        cJSON *rule = cJSON_CreateObject();
        text help = {0};
        text_addf(&help, "%s\n\nWrong:\n\n%s\n\nRight:\n\n%s\n\nHelp: %s", entry->meaning, entry->bad,
                  entry->good, entry->hint);
        cJSON_AddStringToObject(rule, "id", entry->code);
        add_message(rule, "shortDescription", entry->title);
        add_message(rule, "fullDescription", entry->meaning);
        add_message(rule, "help", help.at);
        cJSON *configuration = cJSON_AddObjectToObject(rule, "defaultConfiguration");
        cJSON_AddStringToObject(configuration, "level", sarif_level(entry->severity));
        cJSON *properties = cJSON_AddObjectToObject(rule, "properties"),
              *tags = cJSON_AddArrayToObject(properties, "tags");
        cJSON_AddItemToArray(tags, cJSON_CreateString(category_name(entry->category)));
        cJSON_AddStringToObject(properties, "problem.severity",
                                entry->severity == SEVERITY_HINT ? "recommendation"
                                                                 : severity_name(entry->severity));
        cJSON_AddStringToObject(properties, "precision", "high");
        cJSON_AddItemToArray(list, rule);
        text_free(&help);
    }
    return list;
}

/* A relative reference: unreserved characters and slashes as they are, the rest by percent. */
static void add_uri(cJSON *to, const char *path)
{
    text uri = {0};
    if (path[0] == '/') {
        text_add(&uri, "file://");
    }
    for (const char *p = path; *p; p++) {
        unsigned char ch = (unsigned char)*p;
        if (isalnum(ch) || strchr("-._~/+@", ch)) {
            text_add_n(&uri, p, 1);
        } else {
            text_addf(&uri, "%%%02X", ch);
        }
    }
    cJSON *artifact = cJSON_AddObjectToObject(to, "artifactLocation");
    cJSON_AddStringToObject(artifact, "uri", uri.at ? uri.at : "");
    if (path[0] != '/') {
        cJSON_AddStringToObject(artifact, "uriBaseId", "%SRCROOT%");
    }
    text_free(&uri);
}

static cJSON *location(const run_result *r, place at, const char *message)
{
    cJSON *o = cJSON_CreateObject(), *physical = cJSON_AddObjectToObject(o, "physicalLocation");
    add_uri(physical, shown(r, at.file));
    cJSON *region = cJSON_AddObjectToObject(physical, "region");
    cJSON_AddNumberToObject(region, "startLine", at.line ? at.line : 1);
    cJSON_AddNumberToObject(region, "startColumn", at.column ? at.column : 1);
    if (message) {
        add_message(o, "message", message);
    }
    return o;
}

static int rule_index(const char *code)
{
    const code_entry *entry;
    for (int i = 0; (entry = code_at(i)) != NULL; i++) {
        if (strcmp(entry->code, code) == 0) {
            return i;
        }
    }
    return -1;
}

static cJSON *result(const run_result *r, int index)
{
    const finding *f = &r->list.found.at[index];
    cJSON *o = cJSON_CreateObject();
    char print[32];
    cJSON_AddStringToObject(o, "ruleId", f->code);
    cJSON_AddNumberToObject(o, "ruleIndex", rule_index(f->code));
    cJSON_AddStringToObject(o, "level", sarif_level(f->severity));
    add_message(o, "message", f->text);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "locations"), location(r, f->at, NULL));
    snprintf(print, sizeof print, "%016llx", (unsigned long long)finding_fingerprint(r, index));
    cJSON_AddStringToObject(cJSON_AddObjectToObject(o, "partialFingerprints"), "primaryLocationLineHash",
                            print);
    if (f->notes.count) {
        cJSON *flow = cJSON_CreateObject(), *thread = cJSON_CreateObject();
        cJSON_AddItemToArray(cJSON_AddArrayToObject(o, "codeFlows"), flow);
        cJSON_AddItemToArray(cJSON_AddArrayToObject(flow, "threadFlows"), thread);
        cJSON *steps = cJSON_AddArrayToObject(thread, "locations");
        for (int i = 0; i <= f->notes.count; i++) {
            cJSON *step = cJSON_CreateObject();
            bool last = i == f->notes.count;
            cJSON_AddItemToObject(step, "location",
                                  location(r, last ? f->at : f->notes.at[i].at,
                                           last ? f->text : f->notes.at[i].text));
            cJSON_AddItemToArray(steps, step);
        }
    }
    return o;
}

void output_sarif(const run_result *r, FILE *to)
{
    cJSON *root = cJSON_CreateObject(), *run = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    cJSON_AddStringToObject(root, "version", "2.1.0");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(root, "runs"), run);
    cJSON *driver = cJSON_AddObjectToObject(cJSON_AddObjectToObject(run, "tool"), "driver");
    cJSON_AddStringToObject(driver, "name", "fa");
    cJSON_AddStringToObject(driver, "fullName", "framealloc analyser");
    cJSON_AddStringToObject(driver, "version", FA_TOOL_VERSION);
    cJSON_AddStringToObject(driver, "semanticVersion", FA_TOOL_VERSION);
    cJSON_AddItemToObject(driver, "rules", rules());
    cJSON *invocation = cJSON_CreateObject();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(run, "invocations"), invocation);
    cJSON_AddBoolToObject(invocation, "executionSuccessful", r->problems.count == 0);
    cJSON *notes = cJSON_AddArrayToObject(invocation, "toolExecutionNotifications");
    for (int i = 0; i < r->problems.count; i++) {
        const problem *q = &r->problems.at[i];
        cJSON *note = cJSON_CreateObject();
        cJSON_AddStringToObject(note, "level", "error");
        add_message(note, "message", q->text);
        cJSON_AddItemToArray(cJSON_AddArrayToObject(note, "locations"),
                             location(r, (place){q->file, q->line, q->column}, NULL));
        cJSON_AddItemToArray(notes, note);
    }
    cJSON_AddStringToObject(run, "columnKind", "utf16CodeUnits");
    cJSON *results = cJSON_AddArrayToObject(run, "results");
    for (int i = 0; i < r->list.found.count; i++) {
        cJSON_AddItemToArray(results, result(r, i));
    }
    print_tree(root, to);
}
