/* base.h - what every part of `fa` uses: memory that cannot fail, growing arrays, interned words, text
 * buffers.
 *
 * The tool is a short-lived process: memory that belongs to a translation unit or to the program lives in a
 * pile and is given back as a whole. Running out of memory ends the process with one line and exit code 3,
 * since a command-line tool has nothing better to do then. Interned words are compared by address; the table
 * is shared by all threads. */
#ifndef FA_TOOL_BASE_H
#define FA_TOOL_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FA_EXIT_CLEAN 0
#define FA_EXIT_FINDINGS 1
#define FA_EXIT_USAGE 2
#define FA_EXIT_UNPARSED 3

/* ---- memory */

void *mem_new(size_t bytes);             ///< zeroed
void *mem_resize(void *p, size_t bytes); ///< as realloc
char *text_copy(const char *text);
char *text_copy_n(const char *text, size_t length);

/// A pile: allocations that are freed together.
typedef struct pile {
    struct pile_chunk *top;
    size_t used, capacity;
} pile;
void *pile_take(pile *p, size_t bytes); ///< zeroed, aligned to 16
void pile_free(pile *p);

/* ---- growing arrays */

#define VEC(T)               \
    struct {                 \
        T *at;               \
        int count, capacity; \
    }
#define vec_reserve(v, n) vec_reserve_((void **)&(v)->at, &(v)->capacity, (n), sizeof *(v)->at)
#define vec_push(v, ...) (vec_reserve((v), (v)->count + 1), (v)->at[(v)->count] = (__VA_ARGS__), (v)->count++)
#define vec_free(v) (mem_free((v)->at), (v)->at = NULL, (v)->count = (v)->capacity = 0)
void vec_reserve_(void **at, int *capacity, int need, size_t item_bytes);
void mem_free(void *p);

/* ---- words */

const char *word(const char *text); ///< interned: equal texts give equal addresses
const char *word_n(const char *text, size_t length);

/* ---- text */

typedef struct text {
    char *at;
    size_t length, capacity;
} text;
void text_add(text *t, const char *more);
void text_add_n(text *t, const char *more, size_t length);
void text_addf(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_free(text *t);
/// A whole file, NUL-terminated. NULL with errno set: unreadable, not a plain file, or larger than @p
/// limit_bytes.
char *file_read(const char *path, size_t limit_bytes, size_t *length_bytes);

/* ---- hashing */

uint64_t hash_bytes(uint64_t seed, const void *bytes, size_t length);
uint64_t hash_mix(uint64_t seed, uint64_t value);

/// A map from 64-bit keys to 32-bit numbers; key 0 is stored like any other.
typedef struct map64 {
    struct map64_slot {
        uint64_t key;
        uint32_t value, used;
    } * slots;
    uint32_t count, capacity, round;
} map64;
uint32_t *map64_at(map64 *map, uint64_t key, bool *fresh); ///< finds or makes
const uint32_t *map64_find(const map64 *map, uint64_t key);
void map64_clear(map64 *map);
void map64_free(map64 *map);

/* ---- names */

bool glob_match(const char *glob, const char *path); ///< `*`, `?`, `[...]`, and `**` over folders
int edit_distance(const char *a, const char *b, int limit);
bool text_has(const char *haystack, const char *needle); ///< ignoring case
bool starts_with(const char *text_, const char *prefix);
bool ends_with(const char *text_, const char *suffix);
const char *path_relative(const char *path, const char *folder); ///< shortened where it lies inside
char *path_absolute(const char *folder, const char *path);       ///< joined, `.` and `..` removed; owned

void fa_die(int code, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));

#endif
