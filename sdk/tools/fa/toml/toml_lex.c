/* toml_lex.c - characters, strings, numbers, dates. Each function looks at most a few characters ahead and
 * consumes what it accepts, so the cost is linear in the text. */
#include "toml/toml_lex.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void toml_fail(toml_cursor *c, const char *format, ...)
{
    if (c->failed) {
        return;
    }
    c->failed = true;
    c->error->line = c->line;
    c->error->column = (uint32_t)(c->at - c->line_start) + 1;
    va_list args;
    va_start(args, format);
    vsnprintf(c->error->text, sizeof c->error->text, format, args);
    va_end(args);
}

int toml_peek(const toml_cursor *c, int ahead)
{
    return c->end - c->at > ahead ? (unsigned char)c->at[ahead] : -1;
}

void toml_step(toml_cursor *c)
{
    if (c->at < c->end) {
        if (*c->at == '\n') {
            c->line++;
            c->line_start = c->at + 1;
        }
        c->at++;
    }
}

void toml_blanks(toml_cursor *c)
{
    while (toml_peek(c, 0) == ' ' || toml_peek(c, 0) == '\t') {
        c->at++;
    }
}

bool toml_newline(toml_cursor *c)
{
    if (toml_peek(c, 0) == '\r' && toml_peek(c, 1) == '\n') {
        c->at++;
    }
    if (toml_peek(c, 0) == '\n') {
        toml_step(c);
        return true;
    }
    return false;
}

static bool control(int ch)
{
    return (ch >= 0 && ch < 0x20 && ch != '\t') || ch == 0x7f;
}

bool toml_comment(toml_cursor *c)
{
    if (toml_peek(c, 0) != '#') {
        return true;
    }
    while (toml_peek(c, 0) >= 0 && toml_peek(c, 0) != '\n') {
        if (toml_peek(c, 0) == '\r' && toml_peek(c, 1) == '\n') {
            break;
        }
        if (control(toml_peek(c, 0))) {
            toml_fail(c, "a control character in a comment");
            return false;
        }
        c->at++;
    }
    return true;
}

void toml_lines(toml_cursor *c)
{
    do {
        toml_blanks(c);
        toml_comment(c);
    } while (!c->failed && toml_newline(c));
}

toml_value *toml_new(toml_cursor *c, toml_kind kind)
{
    if (++c->values > TOML_VALUES_MAX) {
        toml_fail(c, "more than %d values", TOML_VALUES_MAX);
    }
    toml_value *v = pile_take(c->pile, sizeof *v);
    v->kind = kind;
    v->line = c->line;
    v->column = (uint32_t)(c->at - c->line_start) + 1;
    return v;
}

bool toml_utf8(const char *text_, size_t length, size_t *bad)
{
    const unsigned char *p = (const unsigned char *)text_;
    for (size_t i = 0; i < length;) {
        unsigned b = p[i];
        size_t more = b < 0x80 ? 0 : (b >> 5) == 6 ? 1 : (b >> 4) == 14 ? 2 : (b >> 3) == 30 ? 3 : 9;
        *bad = i;
        if (more == 9 || more >= length - i) {
            if (more) {
                return false;
            }
        }
        uint32_t code = more ? b & (0x3fu >> more) : b;
        for (size_t k = 1; k <= more; k++) {
            if ((p[i + k] & 0xc0) != 0x80) {
                return false;
            }
            code = code << 6 | (p[i + k] & 0x3f);
        }
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
            return false;
        }
        i += more + 1;
    }
    return true;
}

/* ---- strings */

static void add_code_point(text *t, uint32_t code)
{
    char out[4];
    size_t n = 0;
    if (code < 0x80) {
        out[n++] = (char)code;
    } else if (code < 0x800) {
        out[n++] = (char)(0xc0 | code >> 6);
    } else if (code < 0x10000) {
        out[n++] = (char)(0xe0 | code >> 12);
        out[n++] = (char)(0x80 | (code >> 6 & 0x3f));
    } else {
        out[n++] = (char)(0xf0 | code >> 18);
        out[n++] = (char)(0x80 | (code >> 12 & 0x3f));
        out[n++] = (char)(0x80 | (code >> 6 & 0x3f));
    }
    if (code >= 0x80) {
        out[n++] = (char)(0x80 | (code & 0x3f));
    }
    text_add_n(t, out, n);
}

static void escape_code(toml_cursor *c, text *t, int digits)
{
    uint32_t code = 0;
    for (int i = 0; i < digits; i++) {
        int ch = toml_peek(c, 0);
        if (ch < 0 || !isxdigit(ch)) {
            toml_fail(c, "an escape of %d hexadecimal digits was expected", digits);
            return;
        }
        code = code << 4 | (uint32_t)(isdigit(ch) ? ch - '0' : (ch | 32) - 'a' + 10);
        c->at++;
    }
    if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        toml_fail(c, "an escape that is no character that can be used here");
        return;
    }
    add_code_point(t, code);
}

static void escape(toml_cursor *c, text *t, bool multi)
{
    static const char names[] = "btnfre\"\\", values[] = "\b\t\n\f\r\x1b\"\\";
    int ch = toml_peek(c, 0);
    if (ch == 'u' || ch == 'U') {
        c->at++;
        escape_code(c, t, ch == 'u' ? 4 : 8);
        return;
    }
    if (multi && (ch == ' ' || ch == '\t' || ch == '\r' || ch == '\n')) { /* the line goes on below */
        toml_blanks(c);
        if (!toml_newline(c)) {
            toml_fail(c, "only blanks may stand between a backslash and the line's end");
            return;
        }
        do {
            toml_blanks(c);
        } while (toml_newline(c));
        return;
    }
    const char *found = ch > 0 && ch != 'e' ? strchr(names, ch) : NULL;
    if (!found) {
        toml_fail(c, "an unknown escape");
        return;
    }
    text_add_n(t, &values[found - names], 1);
    c->at++;
}

static int quotes(const toml_cursor *c, int quote)
{
    int n = 0;
    while (toml_peek(c, n) == quote) {
        n++;
    }
    return n;
}

const char *toml_string(toml_cursor *c, bool multi_line_allowed)
{
    int quote = toml_peek(c, 0);
    bool multi = quotes(c, quote) >= 3;
    if (multi && !multi_line_allowed) {
        toml_fail(c, "a key cannot be a multi-line string");
        return "";
    }
    text t = {0};
    text_add(&t, "");
    c->at += multi ? 3 : 1;
    if (multi) {
        toml_newline(c);
    }
    while (!c->failed) {
        int ch = toml_peek(c, 0);
        if (ch < 0 || (!multi && (ch == '\n' || ch == '\r'))) {
            toml_fail(c, "a string is not closed");
        } else if (ch == quote && !multi) {
            c->at++;
            break;
        } else if (ch == quote && quotes(c, quote) >= 3) {
            int n = quotes(c, quote);
            if (n > 5) {
                toml_fail(c, "too many quotes");
            }
            for (int i = 3; i < n; i++) {
                text_add_n(&t, (char[]){(char)quote}, 1);
            }
            c->at += n;
            break;
        } else if (ch == '\\' && quote == '"') {
            c->at++;
            escape(c, &t, multi);
        } else if (multi && toml_newline(c)) {
            text_add(&t, "\n");
        } else if (control(ch)) {
            toml_fail(c, "a control character in a string");
        } else {
            text_add_n(&t, c->at, 1);
            c->at++;
        }
    }
    char *copy = pile_take(c->pile, t.length + 1);
    memcpy(copy, t.at, t.length);
    text_free(&t);
    return copy;
}

static bool bare(int ch)
{
    return ch > 0 && (isalnum(ch) || ch == '_' || ch == '-') && ch < 128;
}

const char *toml_key_part(toml_cursor *c)
{
    int ch = toml_peek(c, 0);
    if (ch == '"' || ch == '\'') {
        return toml_string(c, false);
    }
    const char *from = c->at;
    while (bare(toml_peek(c, 0))) {
        c->at++;
    }
    if (c->at == from) {
        toml_fail(c, "a key was expected");
        return "";
    }
    char *copy = pile_take(c->pile, (size_t)(c->at - from) + 1);
    memcpy(copy, from, (size_t)(c->at - from));
    return copy;
}

/* ---- numbers, dates */

static bool digits_at(const char *p, int n)
{
    for (int i = 0; i < n; i++) {
        if (!isdigit((unsigned char)p[i])) {
            return false;
        }
    }
    return true;
}

static int two(const char *p)
{
    return (p[0] - '0') * 10 + p[1] - '0';
}

static bool time_part(const char **at)
{
    const char *p = *at;
    if (!digits_at(p, 2) || p[2] != ':' || !digits_at(p + 3, 2) || p[5] != ':' || !digits_at(p + 6, 2) ||
        two(p) > 23 || two(p + 3) > 59 || two(p + 6) > 60) {
        return false;
    }
    p += 8;
    if (*p == '.') {
        p++;
        if (!isdigit((unsigned char)*p)) {
            return false;
        }
        while (isdigit((unsigned char)*p)) {
            p++;
        }
    }
    *at = p;
    return true;
}

static bool date_time(const char *p)
{
    if (digits_at(p, 2) && p[2] == ':') {
        return time_part(&p) && !*p;
    }
    if (!digits_at(p, 4) || p[4] != '-' || !digits_at(p + 5, 2) || p[7] != '-' || !digits_at(p + 8, 2)) {
        return false;
    }
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = two(p) * 100 + two(p + 2), month = two(p + 5), day = two(p + 8);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1] || (month == 2 && day == 29 && !leap)) {
        return false;
    }
    p += 10;
    if (!*p) {
        return true;
    }
    if (*p != 'T' && *p != 't' && *p != ' ') {
        return false;
    }
    p++;
    if (!time_part(&p)) {
        return false;
    }
    if (*p == 'Z' || *p == 'z') {
        return !p[1];
    }
    if (*p == '+' || *p == '-') {
        return digits_at(p + 1, 2) && p[3] == ':' && digits_at(p + 4, 2) && !p[6] && two(p + 1) < 24 &&
               two(p + 4) < 60;
    }
    return !*p;
}

/* Digits with single underscores between them; copied without. */
static bool plain_digits(const char **at, char *out, size_t *length, int base)
{
    const char *p = *at;
    bool any = false;
    for (;; p++) {
        int ch = (unsigned char)*p;
        int value = isdigit(ch)              ? ch - '0'
                    : ch >= 'a' && ch <= 'f' ? ch - 'a' + 10
                    : ch >= 'A' && ch <= 'F' ? ch - 'A' + 10
                                             : 99;
        if (value < base) {
            out[(*length)++] = (char)ch;
            any = true;
        } else if (ch != '_' || !any || p[-1] == '_' || !isxdigit((unsigned char)p[1])) {
            break;
        }
    }
    *at = p;
    return any;
}

static bool number(toml_cursor *c, toml_value *v, const char *word_)
{
    char clean[320];
    size_t n = 0;
    const char *p = word_;
    bool negative = *p == '-', sign = *p == '-' || *p == '+';
    p += sign;
    if (strcmp(p, "inf") == 0 || strcmp(p, "nan") == 0) {
        v->kind = TOML_FLOAT;
        v->real = *p == 'i' ? (negative ? -INFINITY : INFINITY) : NAN;
        return true;
    }
    int base = !sign && p[0] == '0' && p[1] == 'x'   ? 16
               : !sign && p[0] == '0' && p[1] == 'o' ? 8
               : !sign && p[0] == '0' && p[1] == 'b' ? 2
                                                     : 10;
    clean[n++] = negative ? '-' : '+';
    p += base == 10 ? 0 : 2;
    const char *first = p;
    if (!plain_digits(&p, clean, &n, base)) {
        return false;
    }
    if (base == 10 && first[0] == '0' && p - first > 1) {
        return false;
    }
    bool real = false;
    if (base == 10 && *p == '.') {
        real = true;
        clean[n++] = *p++;
        if (!plain_digits(&p, clean, &n, 10)) {
            return false;
        }
    }
    if (base == 10 && (*p == 'e' || *p == 'E')) {
        real = true;
        clean[n++] = *p++;
        if (*p == '+' || *p == '-') {
            clean[n++] = *p++;
        }
        if (!plain_digits(&p, clean, &n, 10)) {
            return false;
        }
    }
    if (*p) {
        return false;
    }
    clean[n] = 0;
    errno = 0;
    if (real) {
        v->kind = TOML_FLOAT;
        v->real = strtod(clean, NULL);
        return true;
    }
    v->integer = strtoll(clean, NULL, base);
    if (errno == ERANGE) {
        toml_fail(c, "a number that does not fit 64 bits");
    }
    return true;
}

static bool word_char(const toml_cursor *c)
{
    int ch = toml_peek(c, 0);
    return bare(ch) || ch == '+' || ch == '.' || ch == ':';
}

toml_value *toml_scalar(toml_cursor *c)
{
    toml_value *v = toml_new(c, TOML_STRING);
    int ch = toml_peek(c, 0);
    if (ch == '"' || ch == '\'') {
        v->text = toml_string(c, true);
        return v;
    }
    char word_[300];
    size_t n = 0;
    const char *from = c->at;
    while (word_char(c) && n < sizeof word_ - 1) {
        word_[n++] = *c->at++;
    }
    if (n == 10 && toml_peek(c, 0) == ' ' && isdigit(toml_peek(c, 1)) && isdigit(toml_peek(c, 2)) &&
        toml_peek(c, 3) == ':') {
        word_[n++] = *c->at++;
        while (word_char(c) && n < sizeof word_ - 1) {
            word_[n++] = *c->at++;
        }
    }
    word_[n] = 0;
    if (strcmp(word_, "true") == 0 || strcmp(word_, "false") == 0) {
        v->kind = TOML_BOOLEAN;
        v->truth = word_[0] == 't';
        return v;
    }
    char padded[340] = {0};
    memcpy(padded, word_, n);
    v->kind = TOML_INTEGER;
    if (n && date_time(padded)) {
        v->kind = TOML_TIME;
        v->text = memcpy(pile_take(c->pile, n + 1), word_, n);
    } else if (!n || !number(c, v, padded)) {
        c->at = from;
        toml_fail(c, "a value was expected");
    }
    return v;
}
