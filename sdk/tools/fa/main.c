/* main.c - fa: finds faults in the use of frame memory. Reads the command line, runs, filters, prints. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/guard.h"
#include "report/codes.h"

#if defined(__SANITIZE_THREAD__)
/* libclang is not instrumented: how its lazy tables are guarded cannot be seen. All of our own code is
 * watched. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "ignore_noninstrumented_modules=1";
}
#endif

/* The severity a finding has in this project; false: not reported at all. */
static bool settle_severity(const settings *s, finding *f)
{
    const code_entry *entry = code_find(f->code);
    if (entry && s->categories && !(s->categories >> entry->category & 1) &&
        entry->category != CATEGORY_TOOL) {
        return false;
    }
    level chosen = LEVEL_DEFAULT;
    for (int i = 0; i < s->levels.count; i++) {
        chosen = strcmp(s->levels.at[i].code, f->code) == 0 ? s->levels.at[i].level : chosen;
    }
    switch (chosen) {
    case LEVEL_ALLOW: return false;
    case LEVEL_HINT: f->severity = SEVERITY_HINT; break;
    case LEVEL_WARNING: f->severity = SEVERITY_WARNING; break;
    case LEVEL_ERROR:
    case LEVEL_DENY: f->severity = SEVERITY_ERROR; break;
    default: break;
    }
    if (s->deny_warnings && f->severity == SEVERITY_WARNING) {
        f->severity = SEVERITY_ERROR;
    }
    return f->severity >= s->min_severity;
}

static bool excluded(const run_result *r, const settings *s, const char *file)
{
    for (int i = 0; i < s->exclude.count; i++) {
        if (glob_match(s->exclude.at[i], shown(r, file)) ||
            (s->config_folder && glob_match(s->exclude.at[i], path_relative(file, s->config_folder)))) {
            return true;
        }
    }
    return false;
}

static void filter(run_result *r, const settings *s)
{
    int kept = 0;
    int64_t in_file = 0;
    for (int i = 0; i < r->list.found.count; i++) {
        finding f = r->list.found.at[i];
        bool full = s->fail_fast && kept;
        if (!full && !excluded(r, s, f.at.file) && settle_severity(s, &f)) {
            in_file = kept && strcmp(r->list.found.at[kept - 1].at.file, f.at.file) == 0 ? in_file + 1 : 1;
            if (!s->max_findings || in_file <= s->max_findings) {
                r->list.found.at[kept++] = f;
                continue;
            }
        }
        finding_drop(&f);
    }
    r->list.found.count = kept;
}

static options o; /* held until the process ends: nothing is given back piece by piece, nothing is lost */
static job_list jobs;
static run_result r;

static int tell(void)
{
    suppress(&r, &o.settings);
    filter(&r, &o.settings);
    if (o.changed_since) {
        keep_changed(&r, o.changed_since);
    }
    if (o.write_baseline) {
        baseline_write(&r, o.write_baseline);
        finding_list_free(&r.list);
    }
    if (o.baseline) {
        baseline_apply(&r, o.baseline);
    }
    o.output(&r, stdout);
    if (fflush(stdout) != 0) {
        fa_die(FA_EXIT_UNPARSED, "the output could not be written");
    }
    if (o.output != output_terminal) {
        for (int i = 0; i < r.problems.count; i++) {
            const problem *p = &r.problems.at[i];
            fprintf(stderr, "fa: %s:%u:%u: not analysed: %s\n", shown(&r, p->file), p->line, p->column,
                    p->text);
        }
    }
    return r.problems.count ? FA_EXIT_UNPARSED : r.list.found.count ? FA_EXIT_FINDINGS : FA_EXIT_CLEAN;
}

static int analyse_and_tell(void *data)
{
    (void)data;
    run_analysis(&o, &jobs, &r);
    return tell();
}

int main(int argc, char **argv)
{
    int done = subcommand(argc, argv);
    if (done >= 0) {
        return done;
    }
    static char here[4096];
    options_read(&o, argc, argv);
    inputs_collect(&o, &jobs);
    r.folder = getcwd(here, sizeof here) ? here : "";
    r.color = o.color < 0 ? isatty(STDOUT_FILENO) : o.color;
    if (o.cache && cache_load(&o, &jobs, &r)) {
        return tell();
    }
    return guard_run(&jobs, analyse_and_tell, NULL);
}
