/* subcommands.c - explain, list, show, init. */
#include "command/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/codes.h"

static void print_indented(const char *text_)
{
    for (const char *line = text_; line && *line;) {
        size_t n = strcspn(line, "\n");
        printf("    %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
}

static int explain(int argc, char **argv)
{
    if (argc != 3) {
        fa_die(FA_EXIT_USAGE, "usage: fa explain CODE");
    }
    const code_entry *c = code_find(argv[2]);
    if (!c) {
        fa_die(FA_EXIT_USAGE, "unknown code '%s' (fa list shows them)", argv[2]);
    }
    printf("%s: %s\n%s, in %s\n\n%s\n\nWrong:\n\n", c->code, c->title, severity_name(c->severity),
           category_name(c->category), c->meaning);
    print_indented(c->bad);
    printf("\nRight:\n\n");
    print_indented(c->good);
    printf("\nHelp: %s\n", c->hint);
    printf("To allow it in one place: // fa-allow(%s): the reason\n", c->code);
    return FA_EXIT_CLEAN;
}

static int list(int argc, char **argv)
{
    category only = CATEGORY_COUNT;
    for (int i = 2; i < argc; i++) {
        const char *name = starts_with(argv[i], "--category=") ? argv[i] + strlen("--category=") : NULL;
        if (!name && strcmp(argv[i], "--category") == 0 && i + 1 < argc) {
            name = argv[++i];
        }
        if (!name || !category_from_name(name, &only)) {
            fa_die(FA_EXIT_USAGE,
                   "usage: fa list [--category=dirtymem|async-safety|threading|budgets|architecture|tool]");
        }
    }
    const code_entry *c;
    for (int i = 0; (c = code_at(i)) != NULL; i++) {
        if (only == CATEGORY_COUNT || c->category == only) {
            printf("%s  %-7s  %-12s  %s\n", c->code, severity_name(c->severity), category_name(c->category),
                   c->title);
        }
    }
    return FA_EXIT_CLEAN;
}

static int init(int argc)
{
    if (argc != 2) {
        fa_die(FA_EXIT_USAGE, "usage: fa init");
    }
    int file = open(".fa.toml", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
    size_t length = strlen(config_template);
    if (file < 0) {
        fa_die(FA_EXIT_USAGE, ".fa.toml: %s", strerror(errno));
    }
    bool ok = write(file, config_template, length) == (ssize_t)length;
    if (close(file) != 0 || !ok) {
        fa_die(FA_EXIT_USAGE, ".fa.toml could not be written");
    }
    printf("wrote .fa.toml\n");
    return FA_EXIT_CLEAN;
}

/* ---- show: what the functions of a file do with memory */

static const struct {
    role_set role;
    const char *text;
} words[] = {{ROLE(BEGIN_FRAME), "begins a frame"},
             {ROLE(END_FRAME), "ends a frame"},
             {ROLE(FRAME), "takes frame memory"},
             {ROLE(POOL), "takes pool objects"},
             {ROLE(POOL_FREE), "frees pool objects"},
             {ROLE(HEAP), "takes heap blocks"},
             {ROLE(HEAP_FREE), "frees heap blocks"},
             {ROLE(SCRATCH_BEGIN), "marks"},
             {ROLE(SCRATCH_END), "rewinds"},
             {ROLE(RETAIN), "retains"},
             {ROLE(TAKE), "takes retained blocks"},
             {ROLE(TRANSFER), "sends blocks"},
             {ROLE(RECEIVE), "receives blocks"},
             {ROLE(TAG_PUSH), "pushes tags"},
             {ROLE(TAG_POP), "pops tags"},
             {ROLE(BARRIER), "waits at a barrier"},
             {ROLE(SUSPEND), "suspends"},
             {ROLE(TASK), "starts tasks"},
             {ROLE(THREAD), "starts threads"},
             {ROLE(TIMER), "starts timers"},
             {ROLE(INPUT), "reads from outside"}};

static role_set roles_below(const func *f, int depth)
{
    role_set all = 0;
    for (int i = 0; i < f->called.count; i++) {
        const func *g = f->called.at[i];
        all |= g->roles;
        if (g->has_body && g != f && depth < 4) {
            all |= roles_below(g, depth + 1);
        }
    }
    return all;
}

typedef struct showing {
    const options *options;
    const job_list *jobs;
    run_result *result;
} showing;

static int show_all(void *data)
{
    showing *work = data;
    run_result *r = work->result;
    program *p = run_parse(work->options, work->jobs, r);
    for (int i = 0; i < p->funcs.count; i++) {
        const func *f = p->funcs.at[i];
        if (f->in_sdk) {
            continue;
        }
        role_set roles = f->roles | roles_below(f, 0);
        const char *separator = " ";
        printf("%s:%u: %s:", f->at.file, f->at.line, f->name);
        for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
            if (roles & words[k].role) {
                printf("%s%s", separator, words[k].text);
                separator = ", ";
            }
        }
        printf("%s\n", *separator == ' ' ? " nothing with memory" : "");
    }
    for (int i = 0; i < r->problems.count; i++) {
        fprintf(stderr, "%s:%u:%u: %s\n", r->problems.at[i].file, r->problems.at[i].line,
                r->problems.at[i].column, r->problems.at[i].text);
    }
    return r->problems.count ? FA_EXIT_UNPARSED : FA_EXIT_CLEAN;
}

static int show(int argc, char **argv)
{
    if (argc < 3) {
        fa_die(FA_EXIT_USAGE, "usage: fa show FILE [-p BUILD_DIR] [-- CFLAGS...]");
    }
    static options o; /* held until the process ends, as in main */
    static job_list jobs;
    static run_result r;
    options_read(&o, argc - 1, argv + 1);
    inputs_collect(&o, &jobs);
    return guard_run(&jobs, show_all, &(showing){&o, &jobs, &r});
}

int subcommand(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (strcmp(name, "explain") == 0) {
        return explain(argc, argv);
    }
    if (strcmp(name, "list") == 0) {
        return list(argc, argv);
    }
    if (strcmp(name, "init") == 0) {
        return init(argc);
    }
    return strcmp(name, "show") == 0 ? show(argc, argv) : -1;
}
