/* toml.h - a reader of TOML 1.0, for configuration files that may be hostile.
 *
 * The whole text becomes a tree in the caller's pile; every value knows its line and column. Limits: 1 MiB of
 * text, 32 levels of nesting, 100,000 values. The first error ends the parse. Nothing here knows what the
 * keys mean. */
#ifndef FA_TOOL_TOML_H
#define FA_TOOL_TOML_H

#include "base/base.h"

#define TOML_BYTES_MAX ((size_t)1 << 20)
#define TOML_DEPTH_MAX 32
#define TOML_VALUES_MAX 100000

typedef enum toml_kind {
    TOML_STRING,
    TOML_INTEGER,
    TOML_FLOAT,
    TOML_BOOLEAN,
    TOML_TIME,
    TOML_ARRAY,
    TOML_TABLE
} toml_kind;

typedef struct toml_entry {
    const char *key;
    uint32_t line, column;
    struct toml_value *value;
} toml_entry;

typedef struct toml_value {
    toml_kind kind;
    uint32_t line, column;
    const char *text; ///< TOML_STRING (may hold NUL bytes only as an error), TOML_TIME as written
    int64_t integer;
    double real;
    bool truth;
    bool closed;    ///< written inline or with its own header: nothing may be added from elsewhere
    bool headed;    ///< has had its [header]
    bool dotted;    ///< made by a dotted key
    bool of_tables; ///< an array made by [[headers]]
    struct toml_value **items;
    int item_count, item_capacity;
    toml_entry *entries;
    int entry_count, entry_capacity;
} toml_value;

typedef struct toml_error {
    uint32_t line, column;
    char text[160];
} toml_error;

/// @return The root table, or NULL with @p error filled.
toml_value *toml_parse(pile *p, const char *text, size_t length, toml_error *error);
const toml_entry *toml_find(const toml_value *table, const char *key);
const char *toml_kind_name(toml_kind kind);

#endif
