/* config.c - what each key of `.fa.toml` means. A table of keys and the places they fill; whatever is not in
 * the table is an error with its line and column, since a misspelt key that is silently ignored is worse than
 * none. */
#include "report/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/codes.h"
#include "toml/toml.h"

const char *const config_template =
    "# .fa.toml - configuration of the analyser `fa`. Every key is optional; these are the defaults.\n"
    "\n"
    "[global]\n"
    "exclude = []            # globs of files that are not reported: \"third_party/**\"\n"
    "min_severity = \"hint\"   # hint, warning or error: below it nothing is reported\n"
    "deny_warnings = false   # treat warnings as errors\n"
    "fail_fast = false       # stop at the first finding\n"
    "\n"
    "[lints.levels]\n"
    "# FA602 = \"allow\"       # allow, hint, warning, error or deny\n"
    "\n"
    "[tags]\n"
    "# known_tags = [\"physics\", \"render\"]\n"
    "warn_unknown_tags = true\n"
    "\n"
    "[tags.module_tags]\n"
    "# \"src/physics/**\" = [\"physics\"]\n"
    "\n"
    "[thresholds]\n"
    "loop_allocation_limit = 8   # a constant trip count up to this is no hot loop\n"
    "max_findings = 0            # per file; 0: no limit\n"
    "\n"
    "[functions]\n"
    "# what functions do that carry no annotation of annotate.h\n"
    "# my_temp = \"frame\"\n"
    "# my_yield = \"suspend\"\n"
    "# my_spawn = \"task_arg=2\"\n";

typedef struct reading {
    settings *s;
    const char *path;
} reading;

static void refuse(const reading *r, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5), noreturn));

static void refuse(const reading *r, uint32_t line, uint32_t column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fprintf(stderr, "%s:%u:%u: error: ", r->path, line, column);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(FA_EXIT_USAGE);
}

static void want(const reading *r, const toml_value *v, toml_kind kind, const char *key)
{
    if (v->kind != kind) {
        refuse(r, v->line, v->column, "'%s' should be %s, not %s", key, toml_kind_name(kind),
               toml_kind_name(v->kind));
    }
}

bool level_from_name(const char *name, level *out)
{
    static const struct {
        const char *name;
        level level;
    } names[] = {{"allow", LEVEL_ALLOW},     {"hint", LEVEL_HINT},   {"warn", LEVEL_WARNING},
                 {"warning", LEVEL_WARNING}, {"error", LEVEL_ERROR}, {"deny", LEVEL_DENY}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i].name, name) == 0) {
            *out = names[i].level;
            return true;
        }
    }
    return false;
}

bool severity_from_name(const char *name, severity *out)
{
    for (int i = SEVERITY_HINT; i <= SEVERITY_ERROR; i++) {
        if (strcmp(severity_name((severity)i), name) == 0) {
            *out = (severity)i;
            return true;
        }
    }
    return false;
}

static const char *string_of(const reading *r, const toml_value *v, const char *key)
{
    want(r, v, TOML_STRING, key);
    return word(v->text);
}

/* ---- sections */

static void read_global(const reading *r, const toml_entry *e)
{
    const toml_value *v = e->value;
    if (strcmp(e->key, "exclude") == 0) {
        want(r, v, TOML_ARRAY, e->key);
        for (int i = 0; i < v->item_count; i++) {
            vec_push(&r->s->exclude, string_of(r, v->items[i], e->key));
        }
    } else if (strcmp(e->key, "min_severity") == 0) {
        if (!severity_from_name(string_of(r, v, e->key), &r->s->min_severity)) {
            refuse(r, v->line, v->column, "'%.60s' is no severity: hint, warning or error", v->text);
        }
    } else if (strcmp(e->key, "deny_warnings") == 0) {
        want(r, v, TOML_BOOLEAN, e->key);
        r->s->deny_warnings = v->truth;
    } else if (strcmp(e->key, "fail_fast") == 0) {
        want(r, v, TOML_BOOLEAN, e->key);
        r->s->fail_fast = v->truth;
    } else {
        refuse(r, e->line, e->column, "unknown key '%.60s' in [global]", e->key);
    }
}

static void read_lints(const reading *r, const toml_entry *e)
{
    if (strcmp(e->key, "levels") != 0) {
        refuse(r, e->line, e->column, "unknown key '%.60s' in [lints]", e->key);
    }
    want(r, e->value, TOML_TABLE, e->key);
    for (int i = 0; i < e->value->entry_count; i++) {
        const toml_entry *code = &e->value->entries[i];
        level chosen;
        if (!code_find(code->key)) {
            refuse(r, code->line, code->column, "unknown code '%.60s'", code->key);
        }
        if (!level_from_name(string_of(r, code->value, code->key), &chosen)) {
            refuse(r, code->value->line, code->value->column,
                   "'%.60s' is no level: allow, hint, warning, error or deny", code->value->text);
        }
        vec_push(&r->s->levels, (code_level){word(code->key), chosen});
    }
}

static void read_tags(const reading *r, const toml_entry *e)
{
    const toml_value *v = e->value;
    if (strcmp(e->key, "known_tags") == 0) {
        want(r, v, TOML_ARRAY, e->key);
        r->s->has_known_tags = true;
        for (int i = 0; i < v->item_count; i++) {
            vec_push(&r->s->known_tags, string_of(r, v->items[i], e->key));
        }
    } else if (strcmp(e->key, "warn_unknown_tags") == 0) {
        want(r, v, TOML_BOOLEAN, e->key);
        r->s->warn_unknown_tags = v->truth;
    } else if (strcmp(e->key, "module_tags") == 0) {
        want(r, v, TOML_TABLE, e->key);
        for (int i = 0; i < v->entry_count; i++) {
            module_tags m = {.glob = word(v->entries[i].key)};
            want(r, v->entries[i].value, TOML_ARRAY, v->entries[i].key);
            for (int k = 0; k < v->entries[i].value->item_count; k++) {
                vec_push(&m.tags, string_of(r, v->entries[i].value->items[k], "a tag"));
            }
            vec_push(&r->s->modules, m);
        }
    } else {
        refuse(r, e->line, e->column, "unknown key '%.60s' in [tags]", e->key);
    }
}

static void read_thresholds(const reading *r, const toml_entry *e)
{
    want(r, e->value, TOML_INTEGER, e->key);
    int64_t n = e->value->integer;
    if (n < 0 || n > 1000000) {
        refuse(r, e->value->line, e->value->column, "'%.60s' is out of range: 0 to 1000000", e->key);
    }
    if (strcmp(e->key, "loop_allocation_limit") == 0) {
        r->s->loop_allocation_limit = n;
    } else if (strcmp(e->key, "max_findings") == 0) {
        r->s->max_findings = n;
    } else {
        refuse(r, e->line, e->column, "unknown key '%.60s' in [thresholds]", e->key);
    }
}

static role_set role_text(const reading *r, const toml_value *v, int *task_arg)
{
    const char *t = string_of(r, v, "a role");
    if (starts_with(t, "task_arg=")) {
        *task_arg = atoi(t + strlen("task_arg="));
        if (*task_arg < 1 || *task_arg > 64) {
            refuse(r, v->line, v->column, "task_arg counts from 1");
        }
        return ROLE(TASK);
    }
    role_set roles = role_of_word(starts_with(t, "fa:") ? t + 3 : t);
    if (!roles) {
        refuse(r, v->line, v->column,
               "'%.60s' is no role: frame, pool, pool_free, heap, heap_free, begin_frame, end_frame...", t);
    }
    return roles;
}

static void read_functions(const reading *r, const toml_entry *e)
{
    role_set roles = 0;
    int task_arg = 0;
    if (e->value->kind == TOML_ARRAY) {
        for (int i = 0; i < e->value->item_count; i++) {
            roles |= role_text(r, e->value->items[i], &task_arg);
        }
    } else {
        roles = role_text(r, e->value, &task_arg);
    }
    role_add_name(e->key, roles, task_arg);
}

void settings_init(settings *s)
{
    *s = (settings){.warn_unknown_tags = true, .loop_allocation_limit = 8};
}

void config_read(settings *s, const char *path)
{
    static const struct {
        const char *name;
        void (*read)(const reading *, const toml_entry *);
    } sections[] = {{"global", read_global},
                    {"lints", read_lints},
                    {"tags", read_tags},
                    {"thresholds", read_thresholds},
                    {"functions", read_functions}};
    size_t length;
    char *source = file_read(path, TOML_BYTES_MAX, &length);
    if (!source) {
        fa_die(FA_EXIT_USAGE, "%s: %s", path, strerror(errno));
    }
    reading r = {s, path};
    toml_error error = {0};
    pile tree = {0};
    toml_value *root = toml_parse(&tree, source, length, &error);
    if (!root) {
        refuse(&r, error.line, error.column, "%s", error.text);
    }
    for (int i = 0; i < root->entry_count; i++) {
        const toml_entry *section = &root->entries[i];
        size_t k = 0;
        while (k < sizeof sections / sizeof *sections && strcmp(sections[k].name, section->key) != 0) {
            k++;
        }
        if (k == sizeof sections / sizeof *sections) {
            refuse(&r, section->line, section->column, "unknown section '%.60s'", section->key);
        }
        want(&r, section->value, TOML_TABLE, section->key);
        for (int n = 0; n < section->value->entry_count; n++) {
            sections[k].read(&r, &section->value->entries[n]);
        }
    }
    char *whole = path_absolute(NULL, path);
    char *slash = strrchr(whole, '/');
    s->config_file = word(whole);
    s->config_folder = word_n(whole, (size_t)(slash - whole));
    mem_free(whole);
    mem_free(source);
    pile_free(&tree);
}

char *config_find(const char *folder)
{
    char *at = path_absolute(NULL, folder);
    for (;;) {
        text path = {0};
        text_addf(&path, "%s/.fa.toml", strcmp(at, "/") == 0 ? "" : at);
        if (access(path.at, F_OK) == 0) {
            mem_free(at);
            return path.at;
        }
        text_free(&path);
        char *slash = strrchr(at, '/');
        if (!slash || !at[1]) {
            mem_free(at);
            return NULL;
        }
        slash[slash == at] = 0;
    }
}
