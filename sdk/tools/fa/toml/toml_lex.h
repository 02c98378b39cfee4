/* toml_lex.h - private: the cursor over the text, and the scalar values. */
#ifndef FA_TOOL_TOML_LEX_H
#define FA_TOOL_TOML_LEX_H

#include "toml/toml.h"

typedef struct toml_cursor {
    pile *pile;
    const char *at, *end, *line_start;
    uint32_t line;
    int depth, values;
    toml_error *error;
    bool failed;
} toml_cursor;

void toml_fail(toml_cursor *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
int toml_peek(const toml_cursor *c, int ahead); ///< -1 at the end
void toml_step(toml_cursor *c);
void toml_blanks(toml_cursor *c);
bool toml_newline(toml_cursor *c); ///< takes one, if there is one
bool toml_comment(toml_cursor *c); ///< takes one; false on an error
void toml_lines(toml_cursor *c);   ///< blanks, comments and newlines
toml_value *toml_new(toml_cursor *c, toml_kind kind);
const char *toml_key_part(toml_cursor *c);
const char *toml_string(toml_cursor *c, bool multi_line_allowed);
toml_value *toml_scalar(toml_cursor *c);
bool toml_utf8(const char *text, size_t length, size_t *bad);

#endif
