/* output.h - one finished run, and the forms it can be printed in. Outputs write to @p to and change nothing.
 */
#ifndef FA_TOOL_OUTPUT_H
#define FA_TOOL_OUTPUT_H

#include <stdio.h>

#include "report/settings.h"

#define FA_TOOL_VERSION "1.0.0"

typedef struct problem {
    const char *file, *text;
    uint32_t line, column;
} problem;

typedef struct run_result {
    finding_list list;
    VEC(problem) problems;
    VEC(const char *) files; ///< analysed, as shown
    const char *folder;      ///< paths inside are shown relative to it
    bool color;
    double seconds;
    int functions;
    program *program; ///< what was parsed; NULL where the cache answered
} run_result;

typedef void output_fn(const run_result *r, FILE *to);

output_fn output_terminal, output_json, output_sarif, output_junit, output_checkstyle, output_compact;
output_fn *output_named(const char *name); ///< NULL: no such format

/* source_lines.c */
const char *source_line(const char *file, uint32_t line, size_t *length); ///< borrowed for the process's life
uint64_t finding_fingerprint(const run_result *r, int index);
const char *shown(const run_result *r, const char *file);

#endif
