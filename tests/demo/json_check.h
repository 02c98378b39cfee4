/* json_check.h - a strict reader of JSON (RFC 8259) that only says whether a text is valid, and where values
 * are. */
#ifndef TESTS_DEMO_JSON_CHECK_H
#define TESTS_DEMO_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/// Is the text exactly one object with nothing but white space around it? Names must be unique in each
/// object.
bool json_is_one_object(const char *text);
/// The raw text of a member, by its path from the top ("ms_per_frame/median"). False: there is none.
bool json_find(const char *text, const char *path, char *out, size_t capacity);

#endif
