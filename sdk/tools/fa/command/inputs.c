/* inputs.c - which files, with which flags: as named, or from a compilation database.
 *
 * A database is written for some compiler; only flags that change what the source means are handed on, the
 * rest would only make the parser complain. */
#include "command/command.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DATABASE_BYTES_MAX ((size_t)256 << 20)

static void add_flag(source_job *job, const char *flag)
{
    job->flags = mem_resize(job->flags, (size_t)(job->flag_count + 2) * sizeof *job->flags);
    job->flags[job->flag_count++] = word(flag);
}

static void add_common(source_job *job)
{
    add_flag(job, "-w");
    add_flag(job, "-Wno-everything");
    add_flag(job, "-ferror-limit=20");
}

/* Flags whose value stands in the next word. */
static bool takes_value(const char *flag)
{
    static const char *const names[] = {"-I",        "-D",        "-U",         "-isystem",
                                        "-iquote",   "-include",  "-idirafter", "-imacros",
                                        "--sysroot", "-isysroot", "-x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], flag) == 0) {
            return true;
        }
    }
    return false;
}

static bool wanted(const char *flag)
{
    static const char *const prefixes[] = {"-I",
                                           "-D",
                                           "-U",
                                           "-std=",
                                           "-isystem",
                                           "-iquote",
                                           "-include",
                                           "-idirafter",
                                           "-imacros",
                                           "--sysroot",
                                           "-isysroot",
                                           "-x",
                                           "-m32",
                                           "-m64",
                                           "-pthread",
                                           "-ansi",
                                           "-fsigned-char",
                                           "-funsigned-char",
                                           "-fshort-enums",
                                           "-nostdinc",
                                           "-fms-extensions",
                                           "-march="};
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        if (starts_with(flag, prefixes[i])) {
            return true;
        }
    }
    return false;
}

static const char *against(const char *folder, const char *path)
{
    char *whole = path_absolute(folder, path);
    const char *kept = word(whole);
    mem_free(whole);
    return kept;
}

/* -Ifoo is relative to the command's folder, not to ours. */
static void add_database_flag(source_job *job, const char *flag, const char *value)
{
    static const char *const paths[] = {"-I",       "-isystem", "-iquote",  "-idirafter",
                                        "-include", "-imacros", "-isysroot"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        size_t n = strlen(paths[i]);
        if (value && strcmp(flag, paths[i]) == 0) {
            add_flag(job, flag);
            add_flag(job, against(job->folder, value));
            return;
        }
        if (!value && starts_with(flag, paths[i]) && flag[n]) {
            add_flag(job, paths[i]);
            add_flag(job, against(job->folder, flag + n));
            return;
        }
    }
    add_flag(job, flag);
    if (value) {
        add_flag(job, value);
    }
}

static void take_words(source_job *job, char **words, int count)
{
    for (int i = 1; i < count; i++) {
        bool value = takes_value(words[i]) && i + 1 < count;
        if (wanted(words[i])) {
            add_database_flag(job, words[i], value ? words[i + 1] : NULL);
        }
        i += value;
    }
}

/* A shell command line, split as a shell would: blanks, quotes, backslashes. */
static char **split_command(const char *line, int *count)
{
    VEC(char *) words = {0};
    text current = {0};
    bool open = false;
    char quote = 0;
    for (const char *p = line; *p; p++) {
        if (quote ? *p == quote : (*p == '"' || *p == '\'')) {
            quote = quote ? 0 : *p;
            open = true;
        } else if (*p == '\\' && quote != '\'' && p[1]) {
            text_add_n(&current, ++p, 1);
            open = true;
        } else if (!quote && (*p == ' ' || *p == '\t' || *p == '\n')) {
            if (open) {
                vec_push(&words, text_copy(current.at ? current.at : ""));
            }
            text_free(&current);
            open = false;
        } else {
            text_add_n(&current, p, 1);
            open = true;
        }
    }
    if (open) {
        vec_push(&words, text_copy(current.at ? current.at : ""));
    }
    text_free(&current);
    *count = words.count;
    return words.at;
}

static bool job_from_entry(const cJSON *entry, source_job *job)
{
    const cJSON *folder = cJSON_GetObjectItem(entry, "directory"), *file = cJSON_GetObjectItem(entry, "file");
    const cJSON *command = cJSON_GetObjectItem(entry, "command"),
                *arguments = cJSON_GetObjectItem(entry, "arguments");
    if (!cJSON_IsString(folder) || !cJSON_IsString(file)) {
        return false;
    }
    *job = (source_job){.folder = word(folder->valuestring)};
    job->file = against(job->folder, file->valuestring);
    if (!ends_with(job->file, ".c")) {
        return false; /* C is what we understand */
    }
    add_common(job);
    if (cJSON_IsString(command)) {
        int count;
        char **words = split_command(command->valuestring, &count);
        take_words(job, words, count);
        for (int i = 0; i < count; i++) {
            mem_free(words[i]);
        }
        mem_free(words);
    } else if (cJSON_IsArray(arguments)) {
        int count = cJSON_GetArraySize(arguments), kept = 0;
        char **words = mem_new((size_t)(count + 1) * sizeof *words);
        const cJSON *one;
        cJSON_ArrayForEach(one, arguments)
        {
            if (cJSON_IsString(one)) {
                words[kept++] = one->valuestring;
            }
        }
        take_words(job, words, kept);
        mem_free(words);
    }
    return true;
}

static void read_database(const options *o, job_list *jobs)
{
    text path = {0};
    text_addf(&path, "%s/compile_commands.json", o->build_folder);
    size_t length;
    char *bytes = file_read(path.at, DATABASE_BYTES_MAX, &length);
    if (!bytes) {
        fa_die(FA_EXIT_USAGE, "%s: %s", path.at, strerror(errno));
    }
    cJSON *root = cJSON_ParseWithLength(bytes, length);
    if (!cJSON_IsArray(root)) {
        fa_die(FA_EXIT_USAGE, "%s: not a compilation database", path.at);
    }
    map64 seen = {0};
    const cJSON *entry;
    cJSON_ArrayForEach(entry, root)
    {
        source_job job;
        bool fresh = true;
        if (job_from_entry(entry, &job)) {
            map64_at(&seen, (uint64_t)(uintptr_t)job.file, &fresh);
            if (fresh) {
                vec_push(jobs, job);
            } else {
                mem_free(job.flags);
            }
        }
    }
    map64_free(&seen);
    cJSON_Delete(root);
    mem_free(bytes);
    text_free(&path);
}

static source_job plain_job(const options *o, const char *file)
{
    source_job job = {.file = word(file)};
    add_common(&job);
    for (int i = 0; i < o->flags.count; i++) {
        add_flag(&job, o->flags.at[i]);
    }
    return job;
}

void inputs_collect(const options *o, job_list *jobs)
{
    job_list database = {0};
    if (o->build_folder) {
        read_database(o, &database);
    }
    if (!o->files.count) {
        *jobs = database;
        return;
    }
    bool *taken = mem_new((size_t)database.count + 1);
    for (int i = 0; i < o->files.count; i++) {
        const char *whole = against(NULL, o->files.at[i]);
        bool found = false;
        for (int k = 0; k < database.count && !found; k++) {
            if (database.at[k].file == whole) {
                vec_push(jobs, database.at[k]);
                taken[k] = found = true;
            }
        }
        if (!found) {
            vec_push(jobs, plain_job(o, o->files.at[i]));
        }
    }
    for (int k = 0; k < database.count; k++) {
        if (!taken[k]) {
            mem_free(database.at[k].flags);
        }
    }
    mem_free(taken);
    vec_free(&database);
}
