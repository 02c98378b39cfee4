/* toml.c - tables: headers, dotted keys, arrays of tables, and the rules about defining things once.
 *
 * Nesting is the only recursion (arrays and inline tables), and it is counted. Keys of one table are searched
 * linearly; the limit on values bounds that. */
#include "toml/toml.h"

#include <string.h>

#include "toml/toml_lex.h"

static toml_value *parse_value(toml_cursor *c);

const char *toml_kind_name(toml_kind kind)
{
    static const char *const names[] = {"a string",       "an integer", "a float", "a boolean",
                                        "a date or time", "an array",   "a table"};
    return names[kind];
}

const toml_entry *toml_find(const toml_value *table, const char *key)
{
    for (int i = 0; i < table->entry_count; i++) {
        if (strcmp(table->entries[i].key, key) == 0) {
            return &table->entries[i];
        }
    }
    return NULL;
}

static void *grown(toml_cursor *c, void *old, int count, int *capacity, size_t bytes)
{
    if (count < *capacity) {
        return old;
    }
    *capacity = *capacity ? *capacity * 2 : 4;
    void *more = pile_take(c->pile, (size_t)*capacity * bytes);
    if (count) {
        memcpy(more, old, (size_t)count * bytes);
    }
    return more;
}

static void add_item(toml_cursor *c, toml_value *array, toml_value *item)
{
    array->items = grown(c, array->items, array->item_count, &array->item_capacity, sizeof *array->items);
    array->items[array->item_count++] = item;
}

static void add_entry(toml_cursor *c, toml_value *table, const char *key, toml_value *v)
{
    table->entries =
        grown(c, table->entries, table->entry_count, &table->entry_capacity, sizeof *table->entries);
    table->entries[table->entry_count++] = (toml_entry){key, v->line, v->column, v};
}

/* The table that a step of a header or dotted key leads to, made where it is not there. */
static toml_value *enter_table(toml_cursor *c, toml_value *table, const char *key, bool dotted)
{
    const toml_entry *found = toml_find(table, key);
    if (!found) {
        toml_value *made = toml_new(c, TOML_TABLE);
        made->dotted = dotted;
        add_entry(c, table, key, made);
        return made;
    }
    toml_value *v = found->value;
    if (v->kind == TOML_ARRAY && v->of_tables && v->item_count && !dotted) {
        return v->items[v->item_count - 1];
    }
    if (v->kind != TOML_TABLE || v->closed || (dotted && !v->dotted)) {
        toml_fail(c, "'%.60s' is defined already and is no table that can be added to", key);
        return table;
    }
    return v;
}

/* key = value, with the dots in the key. */
static void parse_pair(toml_cursor *c, toml_value *table)
{
    uint32_t line = c->line, column = (uint32_t)(c->at - c->line_start) + 1;
    const char *key = toml_key_part(c);
    toml_blanks(c);
    int steps = 0;
    while (!c->failed && toml_peek(c, 0) == '.') {
        c->at++;
        toml_blanks(c);
        if (++steps > TOML_DEPTH_MAX) {
            toml_fail(c, "nested deeper than %d levels", TOML_DEPTH_MAX);
            return;
        }
        table = enter_table(c, table, key, true);
        key = toml_key_part(c);
        toml_blanks(c);
    }
    if (c->failed) {
        return;
    }
    if (toml_peek(c, 0) != '=') {
        toml_fail(c, "'=' was expected after the key");
        return;
    }
    if (toml_find(table, key)) {
        toml_fail(c, "'%.60s' is defined twice", key);
        return;
    }
    c->at++;
    toml_blanks(c);
    toml_value *v = parse_value(c);
    if (!c->failed) {
        add_entry(c, table, key, v);
        table->entries[table->entry_count - 1].line = line;
        table->entries[table->entry_count - 1].column = column;
    }
}

static toml_value *parse_array(toml_cursor *c)
{
    toml_value *array = toml_new(c, TOML_ARRAY);
    c->at++;
    toml_lines(c);
    while (!c->failed && toml_peek(c, 0) != ']') {
        add_item(c, array, parse_value(c));
        toml_lines(c);
        if (c->failed || toml_peek(c, 0) == ']') {
            break;
        }
        if (toml_peek(c, 0) != ',') {
            toml_fail(c, "',' or ']' was expected in an array");
            break;
        }
        c->at++;
        toml_lines(c);
    }
    c->at += !c->failed;
    return array;
}

static void close_all(toml_value *v)
{
    v->closed = true;
    for (int i = 0; i < v->entry_count; i++) {
        if (v->entries[i].value->kind == TOML_TABLE) {
            close_all(v->entries[i].value);
        }
    }
}

static toml_value *parse_inline_table(toml_cursor *c)
{
    toml_value *table = toml_new(c, TOML_TABLE);
    c->at++;
    toml_blanks(c);
    bool first = true;
    while (!c->failed && (toml_peek(c, 0) != '}' || !first)) {
        parse_pair(c, table);
        toml_blanks(c);
        first = false;
        if (c->failed || toml_peek(c, 0) == '}') {
            break;
        }
        if (toml_peek(c, 0) != ',') {
            toml_fail(c, "',' or '}' was expected in a table");
            break;
        }
        c->at++;
        toml_blanks(c);
    }
    c->at += !c->failed;
    close_all(table);
    return table;
}

static toml_value *parse_value(toml_cursor *c)
{
    if (++c->depth > TOML_DEPTH_MAX) {
        toml_fail(c, "nested deeper than %d levels", TOML_DEPTH_MAX);
        return toml_new(c, TOML_TABLE);
    }
    int ch = toml_peek(c, 0);
    toml_value *v = ch == '[' ? parse_array(c) : ch == '{' ? parse_inline_table(c) : toml_scalar(c);
    c->depth--;
    return v;
}

static toml_value *parse_header(toml_cursor *c, toml_value *root)
{
    bool many = toml_peek(c, 1) == '[';
    c->at += many ? 2 : 1;
    toml_value *table = root;
    const char *key = "";
    for (int steps = 0; !c->failed; steps++) {
        toml_blanks(c);
        key = toml_key_part(c);
        toml_blanks(c);
        if (steps > TOML_DEPTH_MAX) {
            toml_fail(c, "nested deeper than %d levels", TOML_DEPTH_MAX);
        }
        if (c->failed || toml_peek(c, 0) != '.') {
            break;
        }
        c->at++;
        table = enter_table(c, table, key, false);
    }
    if (c->failed || toml_peek(c, 0) != ']' || (many && toml_peek(c, 1) != ']')) {
        toml_fail(c, "the header is not closed");
        return root;
    }
    const toml_entry *found = toml_find(table, key);
    toml_value *made;
    if (many) {
        if (found && !(found->value->kind == TOML_ARRAY && found->value->of_tables)) {
            toml_fail(c, "'%.60s' is defined already and is no array of tables", key);
            return root;
        }
        made = toml_new(c, TOML_TABLE);
        toml_value *array = found ? found->value : toml_new(c, TOML_ARRAY);
        if (!found) {
            array->of_tables = true;
            add_entry(c, table, key, array);
        }
        add_item(c, array, made);
    } else if (found) {
        made = found->value;
        if (made->kind != TOML_TABLE || made->headed || made->closed || made->dotted) {
            toml_fail(c, "'%.60s' is defined twice", key);
            return root;
        }
    } else {
        made = toml_new(c, TOML_TABLE);
        add_entry(c, table, key, made);
    }
    made->headed = true;
    c->at += many ? 2 : 1;
    return made;
}

toml_value *toml_parse(pile *p, const char *source, size_t length, toml_error *error)
{
    toml_cursor c = {
        .pile = p, .at = source, .end = source + length, .line_start = source, .line = 1, .error = error};
    toml_value *root = toml_new(&c, TOML_TABLE), *table = root;
    size_t bad = 0;
    if (length > TOML_BYTES_MAX) {
        toml_fail(&c, "the file is larger than %zu bytes", TOML_BYTES_MAX);
    } else if (!toml_utf8(source, length, &bad)) {
        for (size_t i = 0; i < bad; i++) {
            toml_step(&c);
        }
        toml_fail(&c, "the text is not UTF-8");
    } else if (length >= 3 && memcmp(source, "\xef\xbb\xbf", 3) == 0) {
        c.at += 3;
    }
    while (!c.failed) {
        toml_lines(&c);
        if (c.failed || c.at == c.end) {
            break;
        }
        if (toml_peek(&c, 0) == '[') {
            table = parse_header(&c, root);
        } else {
            parse_pair(&c, table);
        }
        toml_blanks(&c);
        toml_comment(&c);
        if (!c.failed && c.at < c.end && !toml_newline(&c)) {
            toml_fail(&c, "the line should end here");
        }
    }
    return c.failed ? NULL : root;
}
