/* json_check.c - see json_check.h. A reader by recursive descent. */
#include "json_check.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 16
#define NAMES_MAX 256

typedef struct reader {
    const char *at;
    const char *found, *found_end;
    int depth;
} reader;

static bool read_value(reader *r, const char *path);

static void skip_space(reader *r)
{
    while (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r') {
        r->at++;
    }
}

static bool read_string(reader *r)
{
    if (*r->at++ != '"') {
        return false;
    }
    for (; *r->at != '"'; r->at++) {
        if ((unsigned char)*r->at < 0x20) {
            return false;
        }
        if (*r->at == '\\') {
            r->at++;
            if (*r->at == 'u') {
                for (int i = 1; i <= 4; i++) {
                    if (!isxdigit((unsigned char)r->at[i])) {
                        return false;
                    }
                }
                r->at += 4;
            } else if (*r->at == '\0' || !strchr("\"\\/bfnrt", *r->at)) {
                return false;
            }
        }
    }
    r->at++;
    return true;
}

static bool read_digits(reader *r)
{
    const char *begin = r->at;
    while (isdigit((unsigned char)*r->at)) {
        r->at++;
    }
    return r->at > begin;
}

static bool read_number(reader *r)
{
    r->at += *r->at == '-';
    const char *begin = r->at;
    if (!read_digits(r) || (*begin == '0' && r->at > begin + 1)) {
        return false;
    }
    if (*r->at == '.') {
        r->at++;
        if (!read_digits(r)) {
            return false;
        }
    }
    if (*r->at == 'e' || *r->at == 'E') {
        r->at++;
        r->at += *r->at == '+' || *r->at == '-';
        return read_digits(r);
    }
    return true;
}

static bool read_word(reader *r, const char *word)
{
    size_t length = strlen(word);
    bool same = strncmp(r->at, word, length) == 0;
    r->at += same ? length : 0;
    return same;
}

/* Does the path go on with this name? Its rest, or NULL. */
static const char *follow(const char *path, const char *name, size_t length)
{
    if (!path || strncmp(path, name, length) != 0 || (path[length] != '/' && path[length] != '\0')) {
        return NULL;
    }
    return path[length] == '/' ? path + length + 1 : path + length;
}

static bool read_object(reader *r, const char *path)
{
    const char *names[NAMES_MAX];
    size_t lengths[NAMES_MAX];
    int count = 0;
    r->at++;
    skip_space(r);
    if (*r->at == '}') {
        r->at++;
        return true;
    }
    for (;; r->at++) {
        skip_space(r);
        const char *name = r->at + 1;
        if (!read_string(r) || count == NAMES_MAX) {
            return false;
        }
        size_t length = (size_t)(r->at - name) - 1;
        for (int i = 0; i < count; i++) {
            if (lengths[i] == length && memcmp(names[i], name, length) == 0) {
                return false;
            }
        }
        names[count] = name;
        lengths[count++] = length;
        skip_space(r);
        if (*r->at++ != ':' || !read_value(r, follow(path, name, length))) {
            return false;
        }
        if (*r->at != ',') {
            break;
        }
    }
    return *r->at++ == '}';
}

static bool read_array(reader *r)
{
    r->at++;
    skip_space(r);
    if (*r->at == ']') {
        r->at++;
        return true;
    }
    for (;; r->at++) {
        if (!read_value(r, NULL)) {
            return false;
        }
        if (*r->at != ',') {
            break;
        }
    }
    return *r->at++ == ']';
}

static bool read_value(reader *r, const char *path)
{
    bool ok = false;
    skip_space(r);
    const char *begin = r->at;
    if (++r->depth > DEPTH_MAX) {
        return false;
    }
    switch (*r->at) {
    case '{': ok = read_object(r, path); break;
    case '[': ok = read_array(r); break;
    case '"': ok = read_string(r); break;
    case 't': ok = read_word(r, "true"); break;
    case 'f': ok = read_word(r, "false"); break;
    case 'n': ok = read_word(r, "null"); break;
    default: ok = read_number(r); break;
    }
    r->depth--;
    if (ok && path && *path == '\0') {
        r->found = begin;
        r->found_end = r->at;
    }
    if (ok) {
        skip_space(r);
    }
    return ok;
}

bool json_is_one_object(const char *text)
{
    reader r = {.at = text};
    skip_space(&r);
    return *r.at == '{' && read_value(&r, NULL) && *r.at == '\0';
}

bool json_find(const char *text, const char *path, char *out, size_t capacity)
{
    reader r = {.at = text};
    if (!read_value(&r, path) || !r.found) {
        return false;
    }
    (void)snprintf(out, capacity, "%.*s", (int)(r.found_end - r.found), r.found);
    return true;
}
