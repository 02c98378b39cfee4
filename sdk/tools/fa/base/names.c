/* names.c - globs, paths, and the distance between two words. Globs are matched by backtracking over the last
 * star only, so that a hostile pattern costs pattern x path and no more. */
#include "base/base.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool class_match(const char **glob, char c)
{
    const char *g = *glob + 1;
    bool negate = *g == '!' || *g == '^', hit = false;
    if (negate) {
        g++;
    }
    for (bool first = true; *g && (first || *g != ']'); first = false, g++) {
        if (g[1] == '-' && g[2] && g[2] != ']') {
            hit |= c >= g[0] && c <= g[2];
            g += 2;
        } else {
            hit |= c == *g;
        }
    }
    if (!*g) {
        return false;
    }
    *glob = g + 1;
    return hit != negate && c != '/';
}

static bool step(const char **glob, const char **path)
{
    char g = **glob;
    if (g == '[') {
        const char *rest = *glob;
        if (class_match(&rest, **path)) {
            *glob = rest;
            ++*path;
            return true;
        }
        return false;
    }
    if ((g == '?' && **path != '/') || (g == **path && g != '*')) {
        ++*glob;
        ++*path;
        return true;
    }
    return false;
}

static bool match_whole(const char *glob, const char *path)
{
    const char *star = NULL, *star_path = NULL, *deep = NULL, *deep_path = NULL;
    while (*path) {
        if (glob[0] == '*' && glob[1] == '*') {
            deep = glob + 2;
            if (*deep == '/') {
                deep++;
            }
            deep_path = path;
            glob = deep;
            star = NULL;
        } else if (glob[0] == '*') {
            star = ++glob;
            star_path = path;
        } else if (*glob && step(&glob, &path)) {
        } else if (star && *star_path != '/') {
            glob = star;
            path = ++star_path;
        } else if (deep) {
            star = NULL;
            glob = deep;
            path = ++deep_path;
        } else {
            return false;
        }
    }
    while (*glob == '*') {
        glob++;
    }
    return !*glob;
}

bool glob_match(const char *glob, const char *path)
{
    while (starts_with(glob, "./")) {
        glob += 2;
    }
    if (match_whole(glob, path)) {
        return true;
    }
    /* A glob is relative: it may match from any folder on, and without a slash it names files anywhere. */
    for (const char *at = glob[0] == '/' ? NULL : strchr(path, '/'); at; at = strchr(at + 1, '/')) {
        if (match_whole(glob, at + 1)) {
            return true;
        }
    }
    return false;
}

int edit_distance(const char *a, const char *b, int limit)
{
    size_t n = strlen(a), m = strlen(b);
    if (n > 63 || m > 63) {
        return limit + 1;
    }
    int row[64];
    for (size_t j = 0; j <= m; j++) {
        row[j] = (int)j;
    }
    for (size_t i = 1; i <= n; i++) {
        int corner = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int up = row[j],
                cost = corner + (tolower((unsigned char)a[i - 1]) != tolower((unsigned char)b[j - 1]));
            cost = cost < up + 1 ? cost : up + 1;
            row[j] = cost < row[j - 1] + 1 ? cost : row[j - 1] + 1;
            corner = up;
        }
    }
    return row[m];
}

bool text_has(const char *haystack, const char *needle)
{
    size_t length = strlen(needle);
    for (; *haystack; haystack++) {
        size_t i = 0;
        while (i < length && tolower((unsigned char)haystack[i]) == tolower((unsigned char)needle[i])) {
            i++;
        }
        if (i == length) {
            return true;
        }
    }
    return false;
}

bool starts_with(const char *t, const char *prefix)
{
    return strncmp(t, prefix, strlen(prefix)) == 0;
}

bool ends_with(const char *t, const char *suffix)
{
    size_t n = strlen(t), m = strlen(suffix);
    return n >= m && strcmp(t + n - m, suffix) == 0;
}

const char *path_relative(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    if (length && strncmp(path, folder, length) == 0 && path[length] == '/') {
        return path + length + 1;
    }
    return path;
}

char *path_absolute(const char *folder, const char *path)
{
    text joined = {0};
    if (path[0] != '/') {
        char here[4096];
        text_add(&joined, folder ? folder : getcwd(here, sizeof here) ? here : "");
        text_add(&joined, "/");
    }
    text_add(&joined, path);
    char *out = mem_new(joined.length + 2);
    size_t length = 0;
    for (char *part = joined.at, *next; part; part = next) {
        next = strchr(part, '/');
        size_t n = next ? (size_t)(next++ - part) : strlen(part);
        if (n == 0 || (n == 1 && part[0] == '.')) {
            continue;
        }
        if (n == 2 && part[0] == '.' && part[1] == '.') {
            while (length && out[--length] != '/') {
            }
            continue;
        }
        out[length++] = '/';
        memcpy(out + length, part, n);
        length += n;
    }
    if (!length) {
        out[length++] = '/';
    }
    out[length] = 0;
    text_free(&joined);
    return out;
}
