/* lower_init.c - initialisers: lists with and without designators become stores, after the whole was set to
 * zero. */
#include "front/lower.h"

/* ---- initialisers */

static void lower_designated(lowering *l, int address, CXCursor item, int64_t *position, CXType element)
{
    kids k = kids_of(l, item);
    place at = place_of(l->front, item);
    int to = address;
    for (int i = 0; i + 1 < k.count; i++) {
        int dst = new_reg(l);
        if (k.at[i].kind == CXCursor_MemberRef) {
            CXCursor field = clang_getCursorReferenced(k.at[i]);
            if (clang_getCursorSemanticParent(field).kind == CXCursor_UnionDecl) {
                continue;
            }
            emit(l, OP_FIELD, dst, to, -1, at)->text = word_take(clang_getCursorSpelling(field));
            element = clang_getCursorType(field);
        } else {
            int64_t index = 0;
            if (evaluate(k.at[i], &index) && position) {
                *position = index;
            }
            int reg = emit_const(l, index, at);
            emit(l, OP_INDEX, dst, to, reg, at);
            element = clang_getArrayElementType(clang_getCanonicalType(element));
        }
        to = dst;
    }
    if (k.count) {
        lower_initialiser(l, to, k.at[k.count - 1], clang_getCursorType(k.at[k.count - 1]));
    }
    (void)element;
}

static enum CXVisitorResult gather_field(CXCursor field, CXClientData data)
{
    VEC(CXCursor) *fields = data;
    vec_push(fields, field);
    return CXVisit_Continue;
}

static bool is_designated(lowering *l, CXCursor item)
{
    if (item.kind != CXCursor_UnexposedExpr || clang_getCursorType(item).kind != CXType_Void) {
        return false;
    }
    kids k = kids_of(l, item);
    return k.count >= 2;
}

static void lower_init_list(lowering *l, int address, CXCursor list, CXType type)
{
    kids items = kids_of(l, list);
    place at = place_of(l->front, list);
    CXType plain = clang_getCanonicalType(type);
    VEC(CXCursor) fields = {0};
    if (plain.kind == CXType_Record) {
        clang_Type_visitFields(plain, gather_field, &fields);
    }
    emit(l, OP_ZERO, -1, address, -1, at);
    int64_t position = 0;
    for (int i = 0; i < items.count; i++, position++) {
        if (is_designated(l, items.at[i])) {
            kids k = kids_of(l, items.at[i]);
            lower_designated(l, address, items.at[i], type_is_array(plain) ? &position : NULL, plain);
            for (int n = 0; n < fields.count && k.at[0].kind == CXCursor_MemberRef; n++) {
                if (clang_equalCursors(fields.at[n], clang_getCursorReferenced(k.at[0]))) {
                    position = n;
                }
            }
            continue;
        }
        int dst = new_reg(l);
        CXType item = clang_getCursorType(items.at[i]);
        if (position < fields.count) {
            CXCursor field = fields.at[position];
            item = clang_getCursorType(field);
            emit(l, OP_FIELD, dst, address, -1, at)->text = word_take(clang_getCursorSpelling(field));
        } else if (type_is_array(plain)) {
            item = clang_getArrayElementType(plain);
            int index = emit_const(l, position, at);
            emit(l, OP_INDEX, dst, address, index, at);
        } else {
            dst = address;
        }
        lower_initialiser(l, dst, items.at[i], item);
    }
    vec_free(&fields);
}

void lower_initialiser(lowering *l, int address, CXCursor init, CXType type)
{
    if (++l->depth > LOWER_DEPTH_MAX) {
        l->depth--;
        return;
    }
    if (init.kind == CXCursor_InitListExpr && (type_is_struct(type) || type_is_array(type))) {
        lower_init_list(l, address, init, type);
    } else if (!type_is_array(type)) {
        int value = lower_rvalue(l, init);
        if (value >= 0) {
            emit(l, OP_STORE, -1, address, value, place_of(l->front, init));
        }
    }
    l->depth--;
}
