/* options.c - the command line, by argp. Configuration is read first, so that the command line wins. */
#include "command/command.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/codes.h"

enum {
    OPT_DIRTYMEM = 256,
    OPT_ASYNC,
    OPT_THREADING,
    OPT_BUDGETS,
    OPT_ARCHITECTURE,
    OPT_ALL,
    OPT_DENY,
    OPT_ALLOW,
    OPT_EXCLUDE,
    OPT_FAIL_FAST,
    OPT_MIN_SEVERITY,
    OPT_DENY_WARNINGS,
    OPT_FORMAT,
    OPT_CHANGED,
    OPT_BASELINE,
    OPT_WRITE_BASELINE,
    OPT_CACHE,
    OPT_COLOR,
    OPT_CONFIG,
    OPT_TIMINGS
};

const char *argp_program_version = "fa " FA_TOOL_VERSION;

static const struct argp_option known[] = {
    {NULL, 0, NULL, 0, "What to check (all, if none is given):", 1},
    {"dirtymem", OPT_DIRTYMEM, NULL, 0, "Lifetimes of frame, pool and heap memory (FA6xx)", 1},
    {"async-safety", OPT_ASYNC, NULL, 0, "Tasks, coroutines, callbacks (FA7xx)", 1},
    {"threading", OPT_THREADING, NULL, 0, "Threads, transfers, barriers (FA2xx)", 1},
    {"budgets", OPT_BUDGETS, NULL, 0, "Unbounded amounts (FA3xx)", 1},
    {"architecture", OPT_ARCHITECTURE, NULL, 0, "Tags and modules (FA8xx)", 1},
    {"all", OPT_ALL, NULL, 0, "All of these", 1},
    {NULL, 0, NULL, 0, "Which findings count:", 2},
    {"deny", OPT_DENY, "CODE", 0, "Treat CODE as an error", 2},
    {"allow", OPT_ALLOW, "CODE", 0, "Do not report CODE", 2},
    {"exclude", OPT_EXCLUDE, "GLOB", 0, "Do not report files that match; ** spans folders", 2},
    {"min-severity", OPT_MIN_SEVERITY, "LEVEL", 0, "hint, warning or error", 2},
    {"deny-warnings", OPT_DENY_WARNINGS, NULL, 0, "Treat warnings as errors", 2},
    {"fail-fast", OPT_FAIL_FAST, NULL, 0, "Stop at the first finding", 2},
    {"changed-since", OPT_CHANGED, "REV", 0, "Report only files that differ from the git revision REV", 2},
    {"baseline", OPT_BASELINE, "FILE", 0, "Do not report what FILE lists", 2},
    {"write-baseline", OPT_WRITE_BASELINE, "FILE", 0, "List all findings in FILE and report none", 2},
    {NULL, 0, NULL, 0, "How it runs:", 3},
    {"build", 'p', "DIR", 0, "Take files and flags from DIR/compile_commands.json", 3},
    {"config", OPT_CONFIG, "FILE", 0, "Read FILE instead of the nearest .fa.toml", 3},
    {"jobs", 'j', "N", 0, "Use N threads", 3},
    {"cache", OPT_CACHE, "DIR", 0, "Keep results in DIR for the next run", 3},
    {"format", OPT_FORMAT, "NAME", 0, "terminal, json, sarif, junit, checkstyle or compact", 3},
    {"color", OPT_COLOR, "WHEN", OPTION_ARG_OPTIONAL, "auto, always or never", 3},
    {"quiet", 'q', NULL, 0, "No progress", 3},
    {"timings", OPT_TIMINGS, NULL, 0, "Say on standard error where the time went", 3},
    {0},
};

static const char *code_arg(const char *arg, struct argp_state *state)
{
    if (!code_find(arg)) {
        argp_error(state, "unknown code '%s' (fa list shows them)", arg);
    }
    return word(arg);
}

static void set_color(options *o, const char *arg, struct argp_state *state)
{
    if (!arg || strcmp(arg, "always") == 0) {
        o->color = 1;
    } else if (strcmp(arg, "never") == 0) {
        o->color = 0;
    } else if (strcmp(arg, "auto") == 0) {
        o->color = -1;
    } else {
        argp_error(state, "--color is auto, always or never, not '%s'", arg);
    }
}

static int parse_which(options *o, int key, char *arg, struct argp_state *state)
{
    settings *s = &o->settings;
    switch (key) {
    case OPT_DIRTYMEM: s->categories |= 1u << CATEGORY_DIRTYMEM; break;
    case OPT_ASYNC: s->categories |= 1u << CATEGORY_ASYNC; break;
    case OPT_THREADING: s->categories |= 1u << CATEGORY_THREADING; break;
    case OPT_BUDGETS: s->categories |= 1u << CATEGORY_BUDGETS; break;
    case OPT_ARCHITECTURE: s->categories |= 1u << CATEGORY_ARCHITECTURE; break;
    case OPT_ALL: s->categories = ~0u; break;
    case OPT_DENY: vec_push(&s->levels, (code_level){code_arg(arg, state), LEVEL_DENY}); break;
    case OPT_ALLOW: vec_push(&s->levels, (code_level){code_arg(arg, state), LEVEL_ALLOW}); break;
    case OPT_EXCLUDE: vec_push(&s->exclude, word(arg)); break;
    case OPT_FAIL_FAST: s->fail_fast = true; break;
    case OPT_DENY_WARNINGS: s->deny_warnings = true; break;
    case OPT_MIN_SEVERITY:
        if (!severity_from_name(arg, &s->min_severity)) {
            argp_error(state, "--min-severity is hint, warning or error, not '%s'", arg);
        }
        break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case 'p': o->build_folder = arg; break;
    case 'j':
        o->jobs = atoi(arg);
        if (o->jobs < 1 || o->jobs > 256) {
            argp_error(state, "-j takes 1 to 256, not '%s'", arg);
        }
        break;
    case 'q': o->quiet = true; break;
    case OPT_TIMINGS: o->timings = true; break;
    case OPT_CHANGED:
        if (arg[0] == '-') {
            argp_error(state, "'%s' is no revision", arg);
        }
        o->changed_since = arg;
        break;
    case OPT_BASELINE: o->baseline = arg; break;
    case OPT_WRITE_BASELINE: o->write_baseline = arg; break;
    case OPT_CACHE: o->cache = arg; break;
    case OPT_CONFIG: break; /* read before */
    case OPT_COLOR: set_color(o, arg, state); break;
    case OPT_FORMAT:
        o->output = output_named(arg);
        if (!o->output) {
            argp_error(state, "unknown format '%s'", arg);
        }
        break;
    case ARGP_KEY_ARG: vec_push(&o->files, arg); break;
    case ARGP_KEY_END:
        if (!o->files.count && !o->build_folder) {
            argp_error(state, "no files: name some, or give -p BUILD_DIR");
        }
        break;
    default: return parse_which(o, key, arg, state);
    }
    return 0;
}

/* The configuration: named, or the nearest to the first file, or to where we are. */
static void find_config(options *o, int argc, char **argv)
{
    const char *first = NULL;
    for (int i = 1; i < argc; i++) {
        if (starts_with(argv[i], "--config=")) {
            o->config = argv[i] + strlen("--config=");
        } else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            o->config = argv[i + 1];
        } else if (!first && argv[i][0] != '-' && (ends_with(argv[i], ".c") || ends_with(argv[i], ".h"))) {
            first = argv[i];
        }
    }
    if (o->config) {
        config_read(&o->settings, o->config);
        return;
    }
    char *found = NULL;
    if (first) {
        const char *slash = strrchr(first, '/');
        char *folder =
            slash ? text_copy_n(first, slash == first ? 1 : (size_t)(slash - first)) : text_copy(".");
        found = config_find(folder);
        mem_free(folder);
    }
    if (!found) {
        found = config_find(".");
    }
    if (found) {
        config_read(&o->settings, found);
        o->config = word(found);
        mem_free(found);
    }
}

void options_read(options *o, int argc, char **argv)
{
    static const struct argp argp = {
        known,
        parse,
        "[FILE...] [-- CFLAGS...]\nexplain CODE\nshow FILE [-- CFLAGS...]\nlist [--category=NAME]\ninit",
        "Find faults in the use of frame, pool and heap memory, by data flow.\v"
        "Exit status: 0 clean, 1 findings, 2 usage or configuration, 3 a file could not be parsed.",
        NULL,
        NULL,
        NULL};
    *o = (options){.output = output_terminal, .color = -1};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    o->jobs = cores < 1 ? 1 : cores > 64 ? 64 : (int)cores;
    settings_init(&o->settings);
    int count = argc;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            count = i;
            for (int k = i + 1; k < argc; k++) {
                vec_push(&o->flags, argv[k]);
            }
            break;
        }
    }
    find_config(o, count, argv);
    argp_err_exit_status = FA_EXIT_USAGE;
    if (argp_parse(&argp, count, argv, 0, NULL, o) != 0) {
        exit(FA_EXIT_USAGE);
    }
}
