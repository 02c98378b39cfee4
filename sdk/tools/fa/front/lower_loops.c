/* lower_loops.c - loops, and the trip counts that can be told from their heads.
 *
 * libclang does not say which part of a for statement a child is; the semicolons of the source tell, and
 * inside a macro the look of the part does. */
#include <string.h>

#include "front/lower.h"

/* ---- loops */

/* Offsets of the two semicolons of a for statement that stands in plain text; false inside macros. */
static bool for_semicolons(front *f, CXCursor c, unsigned *first, unsigned *second)
{
    CXFile file;
    unsigned line, offset, spelled;
    CXSourceLocation where = clang_getCursorLocation(c);
    clang_getExpansionLocation(where, &file, &line, NULL, &offset);
    clang_getSpellingLocation(where, NULL, NULL, NULL, &spelled);
    const char *text_ = file_text(f, place_of(f, c).file);
    if (!text_ || spelled != offset || offset > strlen(text_) || strncmp(text_ + offset, "for", 3) != 0) {
        return false;
    }
    int depth = 0, seen = 0;
    for (const char *p = text_ + offset + 3; *p; p++) {
        if (*p == '"' || *p == '\'') {
            char quote = *p++;
            while (*p && *p != quote) {
                p += *p == '\\' && p[1] ? 2 : 1;
            }
            if (!*p) {
                return false;
            }
        } else if (*p == '(' || *p == '{' || *p == '[') {
            depth++;
        } else if ((*p == ')' || *p == '}' || *p == ']') && --depth == 0) {
            return false;
        } else if (*p == ';' && depth == 1) {
            *(seen == 0 ? first : second) = (unsigned)(p - text_);
            if (++seen == 2) {
                return true;
            }
        }
    }
    return false;
}

static bool changes_something(CXCursor c)
{
    if (c.kind == CXCursor_CompoundAssignOperator || c.kind == CXCursor_CallExpr) {
        return true;
    }
    if (c.kind == CXCursor_BinaryOperator) {
        int kind = (int)clang_getCursorBinaryOperatorKind(c);
        return kind == CXBinaryOperator_Assign || kind == CXBinaryOperator_Comma;
    }
    if (c.kind == CXCursor_UnaryOperator) {
        int kind = (int)clang_getCursorUnaryOperatorKind(c);
        return kind >= CXUnaryOperator_PostInc && kind <= CXUnaryOperator_PreDec;
    }
    return false;
}

typedef struct for_parts {
    CXCursor init, condition, step, body;
    bool has_init, has_condition, has_step;
} for_parts;

static for_parts for_split(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    for_parts parts = {0};
    int head = k.count - 1;
    parts.body = k.at[k.count - 1];
    unsigned first = 0, second = 0;
    bool plain = head > 0 && head < 3 && for_semicolons(l->front, c, &first, &second);
    for (int i = 0; i < head; i++) {
        int slot = i; /* all three there: in order */
        if (plain) {
            unsigned offset;
            clang_getExpansionLocation(clang_getCursorLocation(k.at[i]), NULL, NULL, NULL, &offset);
            slot = offset < first ? 0 : offset < second ? 1 : 2;
        } else if (head < 3) { /* inside a macro: by what it looks like */
            bool change = changes_something(k.at[i]) && k.at[i].kind != CXCursor_CallExpr;
            slot = k.at[i].kind == CXCursor_DeclStmt ? 0 : change ? (i == 0 && head > 1 ? 0 : 2) : 1;
            slot = i == 1 && slot == 1 && parts.has_condition ? 2 : slot;
        }
        if (slot == 0) {
            parts.init = k.at[i];
            parts.has_init = true;
        } else if (slot == 1) {
            parts.condition = k.at[i];
            parts.has_condition = true;
        } else {
            parts.step = k.at[i];
            parts.has_step = true;
        }
    }
    return parts;
}

/* The variable and constant of `v <op> constant`. */
static bool compare_constant(lowering *l, CXCursor c, CXCursor *variable, int *kind, int64_t *bound)
{
    CXCursor bare = strip(l, c);
    if (bare.kind != CXCursor_BinaryOperator) {
        return false;
    }
    kids k = kids_of(l, bare);
    if (k.count != 2) {
        return false;
    }
    CXCursor left = strip(l, k.at[0]);
    *kind = (int)clang_getCursorBinaryOperatorKind(bare);
    if (left.kind != CXCursor_DeclRefExpr || !evaluate(k.at[1], bound)) {
        return false;
    }
    *variable = clang_getCursorReferenced(left);
    return true;
}

static bool init_constant(lowering *l, CXCursor init, CXCursor variable, int64_t *from)
{
    kids k = kids_of(l, init);
    if (init.kind == CXCursor_DeclStmt) {
        for (int i = 0; i < k.count; i++) {
            if (clang_equalCursors(k.at[i], variable)) {
                CXCursor value = clang_Cursor_getVarDeclInitializer(k.at[i]);
                return !clang_Cursor_isNull(value) && evaluate(value, from);
            }
        }
        return false;
    }
    return init.kind == CXCursor_BinaryOperator && k.count == 2 &&
           clang_equalCursors(clang_getCursorReferenced(strip(l, k.at[0])), variable) &&
           evaluate(k.at[1], from);
}

static int64_t step_constant(lowering *l, CXCursor step, CXCursor variable)
{
    CXCursor bare = strip(l, step);
    kids k = kids_of(l, bare);
    if (k.count < 1 || !clang_equalCursors(clang_getCursorReferenced(strip(l, k.at[0])), variable)) {
        return 0;
    }
    int64_t amount;
    if (bare.kind == CXCursor_UnaryOperator) {
        int kind = (int)clang_getCursorUnaryOperatorKind(bare);
        return kind == CXUnaryOperator_PostInc || kind == CXUnaryOperator_PreInc   ? 1
               : kind == CXUnaryOperator_PostDec || kind == CXUnaryOperator_PreDec ? -1
                                                                                   : 0;
    }
    if (bare.kind == CXCursor_CompoundAssignOperator && evaluate(k.at[1], &amount)) {
        int kind = (int)clang_getCursorBinaryOperatorKind(bare);
        return kind == CXBinaryOperator_AddAssign ? amount : kind == CXBinaryOperator_SubAssign ? -amount : 0;
    }
    return 0;
}

static int64_t for_trips(lowering *l, const for_parts *parts)
{
    CXCursor variable;
    int kind;
    int64_t bound, from;
    if (!parts->has_init || !parts->has_condition || !parts->has_step ||
        !compare_constant(l, parts->condition, &variable, &kind, &bound) ||
        !init_constant(l, parts->init, variable, &from)) {
        return -1;
    }
    int64_t by = step_constant(l, parts->step, variable), span;
    switch (kind) {
    case CXBinaryOperator_LT:
    case CXBinaryOperator_NE: span = by > 0 ? bound - from : from - bound; break;
    case CXBinaryOperator_LE: span = bound - from + 1; break;
    case CXBinaryOperator_GT: span = from - bound; break;
    case CXBinaryOperator_GE: span = from - bound + 1; break;
    default: return -1;
    }
    if (by == 0 || (by < 0 && kind == CXBinaryOperator_LT) || (by > 0 && kind == CXBinaryOperator_GT)) {
        return -1;
    }
    int64_t stride = by < 0 ? -by : by;
    return span <= 0 ? 0 : (span + stride - 1) / stride;
}

static void push_target(lowering *l, int break_to, int continue_to)
{
    vec_push(&l->targets, (target){break_to, continue_to, l->scopes.count, l->scopes.count});
}

void lower_for(lowering *l, CXCursor c)
{
    int depth = l->scopes.count;
    place at = place_of(l->front, c);
    for_parts parts = for_split(l, c);
    if (parts.has_init) {
        lower_statement(l, parts.init);
    }
    int head = emit_block(l, at), body = emit_block(l, at), step = emit_block(l, at), out = emit_block(l, at);
    l->f->blocks.at[head].trips = for_trips(l, &parts);
    emit_goto(l, head);
    start_block(l, head, true);
    if (parts.has_condition) {
        lower_condition(l, parts.condition, body, out);
    } else {
        emit_goto(l, body);
    }
    push_target(l, out, step);
    start_block(l, body, true);
    lower_statement(l, parts.body);
    emit_goto(l, step);
    l->targets.count--;
    start_block(l, step, true);
    if (parts.has_step) {
        lower_statement(l, parts.step);
    }
    emit_goto(l, head);
    start_block(l, out, true);
    leave_scope(l, depth, end_place(l->front, c));
}

void lower_while(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    int head = emit_block(l, at), body = emit_block(l, at), out = emit_block(l, at);
    emit_goto(l, head);
    start_block(l, head, true);
    int64_t always;
    if (k.count < 2) {
        return;
    }
    if (strip(l, k.at[0]).kind == CXCursor_IntegerLiteral && evaluate(strip(l, k.at[0]), &always) && always) {
        emit_goto(l, body);
    } else {
        lower_condition(l, k.at[0], body, out);
    }
    push_target(l, out, head);
    start_block(l, body, true);
    lower_statement(l, k.at[1]);
    emit_goto(l, head);
    l->targets.count--;
    start_block(l, out, true);
}

void lower_do(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    int body = emit_block(l, at), test = emit_block(l, at), out = emit_block(l, at);
    emit_goto(l, body);
    start_block(l, body, true);
    push_target(l, out, test);
    if (k.count > 0) {
        lower_statement(l, k.at[0]);
    }
    emit_goto(l, test);
    l->targets.count--;
    start_block(l, test, true);
    int64_t value = 1;
    if (k.count > 1 && evaluate(k.at[1], &value) && value == 0) {
        emit_goto(l, out);
    } else if (k.count > 1) {
        lower_condition(l, k.at[1], body, out);
    }
    start_block(l, out, true);
}
