/* cache.c - the findings of the last run, for as long as nothing that they depend on has changed.
 *
 * One file per set of inputs, flags and configuration. It lists every source and header that was read, with
 * size and time of change; a file whose time differs is compared by content, so a fresh checkout still hits.
 * Filters (levels, baselines, suppressions) are applied afterwards and are no part of it. A damaged cache is
 * no cache. */
#include "command/command.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/codes.h"

static uint64_t key_of(const options *o, const job_list *jobs)
{
    uint64_t h = hash_bytes(5, FA_TOOL_VERSION __DATE__ __TIME__, sizeof FA_TOOL_VERSION __DATE__ __TIME__);
    for (int i = 0; i < jobs->count; i++) {
        h = hash_bytes(h, jobs->at[i].file, strlen(jobs->at[i].file));
        for (int k = 0; k < jobs->at[i].flag_count; k++) {
            h = hash_bytes(h, jobs->at[i].flags[k], strlen(jobs->at[i].flags[k]));
        }
    }
    size_t length;
    char *config = o->config ? file_read(o->config, (size_t)1 << 20, &length) : NULL;
    if (config) {
        h = hash_bytes(h, config, length);
        mem_free(config);
    }
    char here[4096];
    if (getcwd(here, sizeof here)) {
        h = hash_bytes(h, here, strlen(here));
    }
    return h;
}

static char *path_of(const options *o, const job_list *jobs)
{
    text path = {0};
    text_addf(&path, "%s/%016llx.json", o->cache, (unsigned long long)key_of(o, jobs));
    return path.at;
}

static bool content_hash(const char *file, uint64_t *hash)
{
    size_t length;
    char *bytes = file_read(file, (size_t)64 << 20, &length);
    if (!bytes) {
        return false;
    }
    *hash = hash_bytes(23, bytes, length);
    mem_free(bytes);
    return true;
}

static void stamp(const struct stat *info, char out[64])
{
    snprintf(out, 64, "%lld:%lld.%09ld", (long long)info->st_size, (long long)info->st_mtim.tv_sec,
             info->st_mtim.tv_nsec);
}

/* ---- storing */

static cJSON *place_item(place at)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "f", at.file);
    cJSON_AddNumberToObject(o, "l", at.line);
    cJSON_AddNumberToObject(o, "c", at.column);
    return o;
}

static void add_file(cJSON *list, map64 *seen, const char *file)
{
    bool fresh;
    map64_at(seen, (uint64_t)(uintptr_t)word(file), &fresh);
    struct stat info;
    uint64_t hash;
    if (!fresh || stat(file, &info) != 0 || !content_hash(file, &hash)) {
        return;
    }
    char text_[64];
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "f", file);
    stamp(&info, text_);
    cJSON_AddStringToObject(o, "s", text_);
    snprintf(text_, sizeof text_, "%016llx", (unsigned long long)hash);
    cJSON_AddStringToObject(o, "h", text_);
    cJSON_AddItemToArray(list, o);
}

static cJSON *findings_item(const run_result *r)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < r->list.found.count; i++) {
        const finding *f = &r->list.found.at[i];
        cJSON *o = place_item(f->at), *notes = cJSON_CreateArray();
        cJSON_AddStringToObject(o, "code", f->code);
        cJSON_AddStringToObject(o, "text", f->text);
        cJSON_AddStringToObject(o, "in", f->function);
        for (int k = 0; k < f->notes.count; k++) {
            cJSON *n = place_item(f->notes.at[k].at);
            cJSON_AddStringToObject(n, "text", f->notes.at[k].text);
            cJSON_AddItemToArray(notes, n);
        }
        cJSON_AddItemToObject(o, "notes", notes);
        cJSON_AddItemToArray(list, o);
    }
    return list;
}

void cache_store(const options *o, const job_list *jobs, run_result *r, const program *p)
{
    if (r->problems.count) {
        return; /* a file that failed is looked at again */
    }
    cJSON *root = cJSON_CreateObject(), *files = cJSON_AddArrayToObject(root, "files");
    map64 seen = {0};
    for (int u = 0; u < p->units.count; u++) {
        for (int i = 0; i < p->units.at[u]->includes.count; i++) {
            add_file(files, &seen, p->units.at[u]->includes.at[i]);
        }
    }
    map64_free(&seen);
    cJSON_AddItemToObject(root, "findings", findings_item(r));
    cJSON *inputs = cJSON_AddArrayToObject(root, "inputs");
    for (int i = 0; i < r->files.count; i++) {
        cJSON_AddItemToArray(inputs, cJSON_CreateString(r->files.at[i]));
    }
    char *printed = cJSON_PrintUnformatted(root), *path = path_of(o, jobs);
    text temporary = {0};
    text_addf(&temporary, "%s.%ld", path, (long)getpid());
    mkdir(o->cache, 0777);
    FILE *to = fopen(temporary.at, "w");
    bool ok = to && printed && fputs(printed, to) >= 0;
    if (to && fclose(to) != 0) {
        ok = false;
    }
    if (!ok || rename(temporary.at, path) != 0) {
        fprintf(stderr, "fa: %s: the cache could not be written: %s\n", o->cache, strerror(errno));
        remove(temporary.at);
    }
    text_free(&temporary);
    free(printed);
    mem_free(path);
    cJSON_Delete(root);
}

/* ---- loading */

static const char *text_in(const cJSON *o, const char *key)
{
    const cJSON *t = cJSON_GetObjectItemCaseSensitive(o, key);
    return cJSON_IsString(t) ? word(t->valuestring) : NULL;
}

static bool place_in(const cJSON *o, place *at)
{
    const cJSON *line = cJSON_GetObjectItemCaseSensitive(o, "l"),
                *column = cJSON_GetObjectItemCaseSensitive(o, "c");
    at->file = text_in(o, "f");
    at->line = cJSON_IsNumber(line) ? (uint32_t)line->valuedouble : 0;
    at->column = cJSON_IsNumber(column) ? (uint32_t)column->valuedouble : 0;
    return at->file != NULL;
}

static bool unchanged(const cJSON *files)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, files)
    {
        const char *file = text_in(one, "f"), *stamped = text_in(one, "s"), *hashed = text_in(one, "h");
        struct stat info;
        char now[64];
        uint64_t hash;
        if (!file || !stamped || !hashed || stat(file, &info) != 0) {
            return false;
        }
        stamp(&info, now);
        if (strcmp(now, stamped) != 0 && (!content_hash(file, &hash) || hash != strtoull(hashed, NULL, 16))) {
            return false;
        }
    }
    return cJSON_GetArraySize(files) > 0;
}

static bool load_finding(const cJSON *o, finding_list *list)
{
    finding f = {.code = text_in(o, "code"), .text = text_in(o, "text"), .function = text_in(o, "in")};
    const cJSON *notes = cJSON_GetObjectItemCaseSensitive(o, "notes"), *one;
    if (!f.code || !f.text || !f.function || !place_in(o, &f.at) || !code_find(f.code)) {
        return false;
    }
    f.severity = code_severity(f.code);
    cJSON_ArrayForEach(one, notes)
    {
        finding_note n = {.text = text_in(one, "text")};
        if (n.text && place_in(one, &n.at)) {
            vec_push(&f.notes, n);
        }
    }
    vec_push(&list->found, f);
    return true;
}

bool cache_load(const options *o, const job_list *jobs, run_result *r)
{
    char *path = path_of(o, jobs);
    size_t length;
    char *bytes = file_read(path, (size_t)256 << 20, &length);
    mem_free(path);
    cJSON *root = bytes ? cJSON_ParseWithLength(bytes, length) : NULL;
    const cJSON *findings = cJSON_GetObjectItemCaseSensitive(root, "findings"), *one;
    const cJSON *inputs = cJSON_GetObjectItemCaseSensitive(root, "inputs");
    bool good = cJSON_IsArray(findings) && cJSON_IsArray(inputs) &&
                unchanged(cJSON_GetObjectItemCaseSensitive(root, "files"));
    if (good) {
        cJSON_ArrayForEach(one, findings)
        {
            good = good && load_finding(one, &r->list);
        }
        cJSON_ArrayForEach(one, inputs)
        {
            if (cJSON_IsString(one)) {
                vec_push(&r->files, word(one->valuestring));
            }
        }
    }
    if (!good) {
        finding_list_free(&r->list);
        r->files.count = 0;
    }
    cJSON_Delete(root);
    mem_free(bytes);
    return good;
}
