/* source_lines.c - lines of the analysed files, read once, for carets and fingerprints. */
#include <string.h>

#include "output/output.h"

typedef struct cached {
    const char *file;
    char *bytes;
    VEC(uint32_t) starts;
    size_t length;
} cached;

static VEC(cached) cache;

static cached *open_file(const char *file)
{
    for (int i = 0; i < cache.count; i++) {
        if (strcmp(cache.at[i].file, file) == 0) {
            return &cache.at[i];
        }
    }
    cached c = {.file = file};
    c.bytes = file_read(file, (size_t)64 << 20, &c.length);
    vec_push(&c.starts, 0);
    for (size_t i = 0; i < c.length; i++) {
        if (c.bytes[i] == '\n') {
            vec_push(&c.starts, (uint32_t)i + 1);
        }
    }
    vec_push(&cache, c);
    return &cache.at[cache.count - 1];
}

const char *source_line(const char *file, uint32_t line, size_t *length)
{
    cached *c = open_file(file);
    *length = 0;
    if (!c->bytes || line == 0 || line > (uint32_t)c->starts.count) {
        return NULL;
    }
    const char *at = c->bytes + c->starts.at[line - 1];
    size_t left = c->length - c->starts.at[line - 1], n = 0;
    while (n < left && at[n] != '\n' && at[n] != '\r') {
        n++;
    }
    *length = n;
    return at;
}

const char *shown(const run_result *r, const char *file)
{
    return path_relative(file, r->folder);
}

static uint64_t line_hash(const run_result *r, const finding *f)
{
    size_t length;
    const char *line = source_line(f->at.file, f->at.line, &length);
    text squeezed = {0};
    text_add(&squeezed, f->code);
    text_add(&squeezed, shown(r, f->at.file));
    for (size_t i = 0; line && i < length; i++) {
        if (line[i] != ' ' && line[i] != '\t') {
            text_add_n(&squeezed, &line[i], 1);
        }
    }
    uint64_t h = hash_bytes(17, squeezed.at, squeezed.length);
    text_free(&squeezed);
    return h;
}

/* Moves with its line; the n-th equal line of a file is told apart by n. */
uint64_t finding_fingerprint(const run_result *r, int index)
{
    uint64_t mine = line_hash(r, &r->list.found.at[index]);
    uint64_t nth = 0;
    for (int i = index - 1;
         i >= 0 && strcmp(r->list.found.at[i].at.file, r->list.found.at[index].at.file) == 0; i--) {
        if (r->list.found.at[i].code == r->list.found.at[index].code) {
            nth += line_hash(r, &r->list.found.at[i]) == mine;
        }
    }
    return hash_mix(mine, nth);
}
