/* command.h - the command line, and what a run is made of. */
#ifndef FA_TOOL_COMMAND_H
#define FA_TOOL_COMMAND_H

#include "front/front.h"
#include "output/output.h"
#include "report/config.h"

typedef struct options {
    settings settings;
    output_fn *output;
    VEC(const char *) files;
    VEC(const char *) flags; ///< after `--`
    const char *build_folder, *baseline, *write_baseline, *cache, *changed_since, *config;
    int jobs;
    int color; ///< 1 always, 0 never, -1 when standard output is a terminal
    bool quiet, timings;
} options;

void options_read(options *o, int argc, char **argv); ///< ends the process with 2 on a mistake
int subcommand(int argc, char **argv);                ///< -1: not a subcommand

/* inputs.c */
typedef VEC(source_job) job_list;
void inputs_collect(const options *o, job_list *jobs);

/* run.c */
void run_analysis(const options *o, const job_list *jobs, run_result *r);
program *run_parse(const options *o, const job_list *jobs, run_result *r);

/* suppress.c */
void suppress(run_result *r, const settings *s);

/* baseline.c */
void baseline_apply(run_result *r, const char *path);
void baseline_write(const run_result *r, const char *path);
void keep_changed(run_result *r, const char *revision);

/* cache.c */
bool cache_load(const options *o, const job_list *jobs, run_result *r);
void cache_store(const options *o, const job_list *jobs, run_result *r, const program *p);

#endif
