/* json.c - see json.h. */
#include "json.h"

#include <math.h>

/* The bytes of a well-formed UTF-8 sequence at `s`, or 0. */
static int sequence_bytes(const unsigned char *s)
{
    int length = s[0] < 0x80                   ? 1
                 : s[0] >= 0xC2 && s[0] < 0xE0 ? 2
                 : (s[0] & 0xF0) == 0xE0       ? 3
                 : s[0] >= 0xF0 && s[0] < 0xF5 ? 4
                                               : 0;
    for (int i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool outside = (s[0] == 0xED && s[1] >= 0xA0) || (s[0] == 0xF4 && s[1] >= 0x90);
    return overlong || outside ? 0 : length;
}

static void put_string(FILE *file, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    (void)fputc('"', file);
    while (*s != '\0') {
        int length = sequence_bytes(s);
        if (*s == '"' || *s == '\\') {
            (void)fprintf(file, "\\%c", *s);
        } else if (*s < 0x20 || *s == 0x7F) {
            (void)fprintf(file, "\\u%04x", *s);
        } else if (length == 0) {
            (void)fputs("\\ufffd", file); /* not UTF-8 */
        } else {
            (void)fwrite(s, 1, (size_t)length, file);
        }
        s += length > 0 ? length : 1;
    }
    (void)fputc('"', file);
}

static void begin_value(json *j, const char *name)
{
    if (j->comma) {
        (void)fputc(',', j->file);
    }
    if (name) {
        put_string(j->file, name);
        (void)fputc(':', j->file);
    }
    j->comma = true;
}

void json_begin_object(json *j, const char *name)
{
    begin_value(j, name);
    (void)fputc('{', j->file);
    j->comma = false;
}

void json_end_object(json *j)
{
    (void)fputc('}', j->file);
    j->comma = true;
}

void json_begin_array(json *j, const char *name)
{
    begin_value(j, name);
    (void)fputc('[', j->file);
    j->comma = false;
}

void json_end_array(json *j)
{
    (void)fputc(']', j->file);
    j->comma = true;
}

void json_string(json *j, const char *name, const char *value)
{
    begin_value(j, name);
    put_string(j->file, value);
}

void json_bool(json *j, const char *name, bool value)
{
    begin_value(j, name);
    (void)fputs(value ? "true" : "false", j->file);
}

void json_null(json *j, const char *name)
{
    begin_value(j, name);
    (void)fputs("null", j->file);
}

void json_integer(json *j, const char *name, uint64_t value)
{
    begin_value(j, name);
    (void)fprintf(j->file, "%llu", (unsigned long long)value);
}

void json_number(json *j, const char *name, double value, int decimals)
{
    if (!isfinite(value)) {
        json_null(j, name);
        return;
    }
    begin_value(j, name);
    (void)fprintf(j->file, "%.*f", decimals, value);
}
