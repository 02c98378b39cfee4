/* json.h - writing one JSON text, as it is read by strict parsers: commas where they belong, strings escaped,
 * numbers finite. Nothing is allocated. */
#ifndef DEMO_JSON_H
#define DEMO_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct json {
    FILE *file;
    bool comma; ///< the next value follows another one
} json;

/// @param name Of the member in the object that is open; NULL in arrays and at the top.
void json_begin_object(json *j, const char *name);
void json_end_object(json *j);
void json_begin_array(json *j, const char *name);
void json_end_array(json *j);
void json_string(json *j, const char *name, const char *value);
void json_bool(json *j, const char *name, bool value);
void json_null(json *j, const char *name);
void json_integer(json *j, const char *name, uint64_t value);
/// A number that is not finite becomes null.
void json_number(json *j, const char *name, double value, int decimals);

#endif
