/* baseline.c - findings that are known already, and files that have not changed.
 *
 * A baseline is a JSON list of fingerprints, which move with their line of source; codes and files stand
 * beside them for the reader. Git is asked by an argument list, never by a shell. */
#include "command/command.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void print_of(const run_result *r, int i, char out[32])
{
    snprintf(out, 32, "%016llx", (unsigned long long)finding_fingerprint(r, i));
}

void baseline_write(const run_result *r, const char *path)
{
    cJSON *root = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(root, "findings");
    for (int i = 0; i < r->list.found.count; i++) {
        char print[32];
        cJSON *o = cJSON_CreateObject();
        print_of(r, i, print);
        cJSON_AddStringToObject(o, "fingerprint", print);
        cJSON_AddStringToObject(o, "code", r->list.found.at[i].code);
        cJSON_AddStringToObject(o, "file", shown(r, r->list.found.at[i].at.file));
        cJSON_AddItemToArray(list, o);
    }
    char *printed = cJSON_Print(root);
    FILE *to = fopen(path, "w");
    bool ok = to && fputs(printed, to) >= 0;
    if (to && fclose(to) != 0) {
        ok = false;
    }
    if (!ok) {
        fa_die(FA_EXIT_USAGE, "%s: %s", path, strerror(errno));
    }
    free(printed);
    cJSON_Delete(root);
}

void baseline_apply(run_result *r, const char *path)
{
    size_t length;
    char *bytes = file_read(path, (size_t)64 << 20, &length);
    if (!bytes) {
        fa_die(FA_EXIT_USAGE, "%s: %s", path, strerror(errno));
    }
    cJSON *root = cJSON_ParseWithLength(bytes, length);
    const cJSON *list = cJSON_GetObjectItem(root, "findings"), *one;
    if (!cJSON_IsArray(list)) {
        fa_die(FA_EXIT_USAGE, "%s: not a baseline", path);
    }
    map64 known = {0};
    cJSON_ArrayForEach(one, list)
    {
        const cJSON *print = cJSON_GetObjectItem(one, "fingerprint");
        if (cJSON_IsString(print)) {
            map64_at(&known, strtoull(print->valuestring, NULL, 16), NULL);
        }
    }
    bool *drop = mem_new((size_t)r->list.found.count + 1);
    for (int i = 0; i < r->list.found.count; i++) {
        drop[i] = map64_find(&known, finding_fingerprint(r, i)) != NULL;
    }
    int kept = 0;
    for (int i = 0; i < r->list.found.count; i++) {
        if (drop[i]) {
            finding_drop(&r->list.found.at[i]);
        } else {
            r->list.found.at[kept++] = r->list.found.at[i];
        }
    }
    r->list.found.count = kept;
    mem_free(drop);
    map64_free(&known);
    cJSON_Delete(root);
    mem_free(bytes);
}

/* What a command prints; ends the process with 2 if it fails. */
static char *output_of(char *const argv[])
{
    int ends[2];
    if (pipe(ends) != 0) {
        fa_die(FA_EXIT_USAGE, "pipe: %s", strerror(errno));
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(ends[1]);
    text all = {0};
    text_add(&all, "");
    char part[4096];
    ssize_t n;
    while (child > 0 && (n = read(ends[0], part, sizeof part)) > 0) {
        text_add_n(&all, part, (size_t)n);
    }
    close(ends[0]);
    int status = 1;
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fa_die(FA_EXIT_USAGE, "git could not tell what changed");
    }
    return all.at;
}

void keep_changed(run_result *r, const char *revision)
{
    char *top = output_of((char *[]){"git", "rev-parse", "--show-toplevel", NULL});
    top[strcspn(top, "\n")] = 0;
    char *names = output_of(
        (char *[]){"git", "-c", "core.quotepath=off", "diff", "--name-only", (char *)revision, "--", NULL});
    map64 changed = {0};
    for (char *line = strtok(names, "\n"); line; line = strtok(NULL, "\n")) {
        char *whole = path_absolute(top, line);
        map64_at(&changed, (uint64_t)(uintptr_t)word(whole), NULL);
        mem_free(whole);
    }
    int kept = 0;
    for (int i = 0; i < r->list.found.count; i++) {
        if (map64_find(&changed, (uint64_t)(uintptr_t)word(r->list.found.at[i].at.file))) {
            r->list.found.at[kept++] = r->list.found.at[i];
        } else {
            finding_drop(&r->list.found.at[i]);
        }
    }
    r->list.found.count = kept;
    map64_free(&changed);
    mem_free(names);
    mem_free(top);
}
