/* lower_expr.c - expressions: values, addresses, conditions, initialisers.
 *
 * libclang does not say which implicit conversion a node is; it is not needed, since what decides between a
 * load and an address is the type of the thing named. The right side of an assignment is lowered before the
 * left, so that the address of a plain variable stands directly before the store (liveness relies on it). */
#include "front/lower.h"

#include <string.h>

bool evaluate(CXCursor c, int64_t *out)
{
    CXEvalResult result = clang_Cursor_Evaluate(c);
    if (!result) {
        return false;
    }
    bool is_int = clang_EvalResult_getKind(result) == CXEval_Int;
    if (is_int) {
        *out = clang_EvalResult_isUnsignedInt(result) ? (int64_t)clang_EvalResult_getAsUnsigned(result)
                                                      : clang_EvalResult_getAsLongLong(result);
    }
    clang_EvalResult_dispose(result);
    return is_int;
}

CXCursor strip(lowering *l, CXCursor c)
{
    for (;;) {
        if (c.kind != CXCursor_ParenExpr && c.kind != CXCursor_UnexposedExpr) {
            return c;
        }
        kids k = kids_of(l, c);
        if (k.count != 1) {
            return c;
        }
        c = k.at[0];
    }
}

static bool is_expression(CXCursor c)
{
    return c.kind >= CXCursor_FirstExpr && c.kind <= CXCursor_LastExpr;
}

static bool is_type_or_ref(CXCursor c)
{
    return !is_expression(c);
}

/* ---- names */

static int lower_reference(lowering *l, CXCursor c, bool want_address)
{
    place at = place_of(l->front, c);
    CXCursor decl = clang_getCursorReferenced(c);
    int dst;
    if (decl.kind == CXCursor_EnumConstantDecl) {
        return emit_const(l, clang_getEnumConstantDeclValue(decl), at);
    }
    if (decl.kind == CXCursor_FunctionDecl) {
        dst = new_reg(l);
        func *f = func_of(l->front, decl);
        emit(l, OP_FUNC, dst, -1, -1, at)->func = f;
        vec_push(&l->f->called, f);
        return dst;
    }
    if (decl.kind != CXCursor_VarDecl && decl.kind != CXCursor_ParmDecl) {
        return emit_fresh(l, at);
    }
    const uint32_t *known = map64_find(&l->locals, (uint64_t)(uintptr_t)decl.data[0]);
    int address = new_reg(l);
    if (known) {
        emit(l, OP_LOCAL, address, -1, (int)*known, at);
    } else {
        emit(l, OP_GLOBAL, address, -1, -1, at)->global = global_of(l->front, decl);
    }
    CXType type = clang_getCursorType(decl);
    if (want_address || type_is_array(type)) {
        return address;
    }
    dst = new_reg(l);
    instr *in = emit(l, type_is_struct(type) ? OP_LOAD_STRUCT : OP_LOAD, dst, address, -1, at);
    in->flags |= type_is_name(type) ? INSTR_NAME : 0;
    if (clang_isVolatileQualifiedType(type) || type.kind == CXType_Atomic) {
        in->flags |= INSTR_VOLATILE;
    }
    if (strcmp(type_shape(type), "byte") == 0) {
        in->flags |= INSTR_BYTE;
    }
    return dst;
}

int load_from(lowering *l, int address, CXType type, place at)
{
    if (type_is_array(type) || clang_getCanonicalType(type).kind == CXType_FunctionProto ||
        clang_getCanonicalType(type).kind == CXType_FunctionNoProto) {
        return address;
    }
    int dst = new_reg(l);
    instr *in = emit(l, type_is_struct(type) ? OP_LOAD_STRUCT : OP_LOAD, dst, address, -1, at);
    in->flags |= type_is_name(type) ? INSTR_NAME : 0;
    CXType plain = clang_getCanonicalType(type);
    if (clang_isVolatileQualifiedType(type) || plain.kind == CXType_Atomic) {
        in->flags |= INSTR_VOLATILE;
    }
    if (plain.kind == CXType_UChar || plain.kind == CXType_Char_S || plain.kind == CXType_SChar ||
        plain.kind == CXType_Bool || plain.kind == CXType_Char_U) {
        in->flags |= INSTR_BYTE;
    }
    return dst;
}

/* ---- addresses */

static int lower_member_address(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    CXCursor base = {0};
    bool found = false;
    for (int i = 0; i < k.count && !found; i++) {
        if (!is_type_or_ref(k.at[i])) {
            base = k.at[i];
            found = true;
        }
    }
    if (!found) {
        return emit_fresh(l, at);
    }
    bool arrow = type_is_pointer(clang_getCursorType(base));
    int reg = arrow ? lower_rvalue(l, base) : lower_lvalue(l, base);
    CXCursor field = clang_getCursorReferenced(c);
    if (clang_getCursorSemanticParent(field).kind == CXCursor_UnionDecl) {
        return reg; /* members of a union share one place */
    }
    const char *name = word_take(clang_getCursorSpelling(field));
    if (!name || !*name) {
        return reg; /* an anonymous member is no step of its own */
    }
    int dst = new_reg(l);
    emit(l, OP_FIELD, dst, reg, -1, at)->text = name;
    return dst;
}

static int lower_subscript_address(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    if (k.count != 2) {
        return emit_fresh(l, at);
    }
    CXType first = clang_getCursorType(k.at[0]);
    int array = type_is_pointer(first) || type_is_array(first) ? 0 : 1;
    int base = lower_rvalue(l, k.at[array]), index = lower_rvalue(l, k.at[1 - array]);
    int dst = new_reg(l);
    emit(l, OP_INDEX, dst, base, index, at);
    return dst;
}

static int lower_compound_literal(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    CXType type = clang_getCursorType(c);
    place at = place_of(l->front, c);
    int local = new_local(l, "a compound literal", type), address = new_reg(l);
    for (int i = 0; i < k.count; i++) {
        if (k.at[i].kind == CXCursor_InitListExpr) {
            emit(l, OP_LOCAL, address, -1, local, at);
            lower_initialiser(l, address, k.at[i], type);
            return address;
        }
    }
    emit(l, OP_LOCAL, address, -1, local, at);
    return address;
}

int lower_lvalue(lowering *l, CXCursor c)
{
    if (++l->depth > LOWER_DEPTH_MAX) {
        l->depth--;
        return emit_fresh(l, place_of(l->front, c));
    }
    int reg = -1;
    kids k;
    switch ((int)c.kind) {
    case CXCursor_DeclRefExpr: reg = lower_reference(l, c, true); break;
    case CXCursor_MemberRefExpr: reg = lower_member_address(l, c); break;
    case CXCursor_ArraySubscriptExpr: reg = lower_subscript_address(l, c); break;
    case CXCursor_CompoundLiteralExpr: reg = lower_compound_literal(l, c); break;
    case CXCursor_StringLiteral: reg = lower_rvalue(l, c); break;
    case CXCursor_UnaryOperator:
        k = kids_of(l, c);
        if (k.count == 1 && clang_getCursorUnaryOperatorKind(c) == CXUnaryOperator_Deref) {
            reg = lower_rvalue(l, k.at[0]);
        } else if (k.count == 1 && clang_getCursorUnaryOperatorKind(c) == CXUnaryOperator_Extension) {
            reg = lower_lvalue(l, k.at[0]);
        } else {
            reg = lower_rvalue(l, c);
        }
        break;
    case CXCursor_ParenExpr:
    case CXCursor_UnexposedExpr:
        k = kids_of(l, c);
        reg = k.count == 1 ? lower_lvalue(l, k.at[0]) : lower_rvalue(l, c);
        break;
    default: reg = lower_rvalue(l, c); break; /* an aggregate that a call or a condition gives */
    }
    l->depth--;
    return reg;
}

/* ---- conditions */

void lower_condition(lowering *l, CXCursor c, int when_true, int when_false)
{
    place at = place_of(l->front, c);
    if (++l->depth > LOWER_DEPTH_MAX) {
        l->depth--;
        emit_branch(l, emit_fresh(l, at), when_true, when_false, at);
        return;
    }
    CXCursor bare = strip(l, c);
    kids k = {0};
    if (bare.kind == CXCursor_BinaryOperator) {
        int kind = (int)clang_getCursorBinaryOperatorKind(bare);
        k = kids_of(l, bare);
        if ((kind == CXBinaryOperator_LAnd || kind == CXBinaryOperator_LOr) && k.count == 2) {
            int middle = emit_block(l, at);
            lower_condition(l, k.at[0], kind == CXBinaryOperator_LAnd ? middle : when_true,
                            kind == CXBinaryOperator_LAnd ? when_false : middle);
            start_block(l, middle, false);
            lower_condition(l, k.at[1], when_true, when_false);
            l->depth--;
            return;
        }
    } else if (bare.kind == CXCursor_UnaryOperator &&
               clang_getCursorUnaryOperatorKind(bare) == CXUnaryOperator_LNot) {
        k = kids_of(l, bare);
        if (k.count == 1) {
            lower_condition(l, k.at[0], when_false, when_true);
            l->depth--;
            return;
        }
    }
    int reg = lower_rvalue(l, c);
    emit_branch(l, reg, when_true, when_false, at);
    l->depth--;
}

/* ---- calls */

static func *direct_target(lowering *l, CXCursor callee)
{
    CXCursor bare = strip(l, callee);
    while (bare.kind == CXCursor_UnaryOperator || bare.kind == CXCursor_GenericSelectionExpr) {
        kids k = kids_of(l, bare);
        if (bare.kind == CXCursor_UnaryOperator) {
            int kind = (int)clang_getCursorUnaryOperatorKind(bare);
            if (k.count != 1 || (kind != CXUnaryOperator_Deref && kind != CXUnaryOperator_AddrOf)) {
                return NULL;
            }
            bare = strip(l, k.at[0]);
            continue;
        }
        CXType want = clang_getCanonicalType(clang_getCursorType(bare));
        CXCursor chosen = bare;
        for (int i = 1; i < k.count; i++) {
            if (clang_equalTypes(want, clang_getCanonicalType(clang_getCursorType(k.at[i])))) {
                chosen = k.at[i];
                break;
            }
        }
        if (clang_equalCursors(chosen, bare)) {
            return NULL;
        }
        bare = strip(l, chosen);
    }
    if (bare.kind != CXCursor_DeclRefExpr) {
        return NULL;
    }
    CXCursor decl = clang_getCursorReferenced(bare);
    return decl.kind == CXCursor_FunctionDecl ? func_of(l->front, decl) : NULL;
}

static int lower_call(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    int given = clang_Cursor_getNumArguments(c);
    if (given < 0 || k.count < given + 1) {
        return emit_fresh(l, at);
    }
    call *made = pile_take(l->pile, sizeof *made);
    made->target = direct_target(l, k.at[0]);
    made->through = made->target ? -1 : lower_rvalue(l, k.at[0]);
    made->arg_count = given;
    made->args = pile_take(l->pile, (size_t)(given + 1) * sizeof *made->args);
    made->arg_types = pile_take(l->pile, (size_t)(given + 1) * sizeof *made->arg_types);
    for (int i = 0; i < given; i++) {
        CXCursor arg = clang_Cursor_getArgument(c, (unsigned)i);
        made->arg_types[i] = type_shape(clang_getCursorType(strip(l, arg)));
        made->args[i] = lower_rvalue(l, arg);
    }
    if (made->target) {
        vec_push(&l->f->called, made->target);
    }
    int dst = new_reg(l);
    emit(l, OP_CALL, dst, -1, -1, at)->call = made;
    if (made->target && made->target->no_return && is_open(l)) {
        l->f->blocks.at[l->block].term = TERM_STOP;
        start_block(l, emit_block(l, at), false);
    }
    return dst;
}

/* ---- the rest */

static int lower_unexposed(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    int64_t value_of_offset;
    if (k.count && (k.at[0].kind == CXCursor_TypeRef || k.at[0].kind == CXCursor_MemberRef) &&
        evaluate(c, &value_of_offset)) {
        return emit_const(l, value_of_offset, at); /* offsetof */
    }
    if (k.count == 1) {
        return lower_rvalue(l, k.at[0]);
    }
    if (k.count == 0) {
        int64_t value;
        return evaluate(c, &value) ? emit_const(l, value, at) : emit_fresh(l, at);
    }
    if (k.count == 4 &&
        clang_equalLocations(clang_getCursorLocation(k.at[0]), clang_getCursorLocation(k.at[1]))) {
        return lower_choice(l, k.at[0], k.at[0], k.at[3], at); /* a ?: b */
    }
    /* Atomic built-ins and the like: the first operand is an address, one of the others a value that may go
     * there. */
    int address = -1, value = -1;
    bool atomic = false;
    for (int i = 0; i < k.count; i++) {
        if (is_type_or_ref(k.at[i])) {
            continue;
        }
        CXType type = clang_getCursorType(k.at[i]);
        int reg = lower_rvalue(l, k.at[i]);
        if (i == 0) {
            address = reg;
            atomic = type_is_pointer(type);
        } else if (type_is_pointer(type) && atomic) {
            value = reg;
        }
    }
    if (address >= 0 && value >= 0) {
        emit(l, OP_STORE, -1, address, value, at);
    }
    int dst = new_reg(l);
    emit(l, OP_FRESH, dst, -1, -1, at)->flags |= atomic ? INSTR_VOLATILE : 0;
    return dst;
}

static int lower_literal(lowering *l, CXCursor c)
{
    place at = place_of(l->front, c);
    if (c.kind == CXCursor_StringLiteral) {
        int dst = new_reg(l);
        CXString s = clang_getCursorSpelling(c);
        const char *spelled = clang_getCString(s);
        size_t n = spelled ? strlen(spelled) : 0;
        const char *t = n >= 2 && spelled[0] == '"' ? word_n(spelled + 1, n - 2) : word_n("", 0);
        clang_disposeString(s);
        emit(l, OP_STRING, dst, -1, -1, at)->text = t;
        return dst;
    }
    int64_t value;
    return evaluate(c, &value) ? emit_const(l, value, at) : emit_fresh(l, at);
}

static enum CXVisitorResult take_first(CXCursor field, CXClientData data)
{
    *(CXCursor *)data = field;
    return CXVisit_Break;
}

/* How deep structure `inner` lies at the beginning of `outer`; 0: not at all. Names of the members on the way
 * go to `path`. */
static int first_member(CXType outer, CXType inner, const char **path, int most)
{
    CXType at = clang_getUnqualifiedType(clang_getCanonicalType(outer));
    CXType wanted = clang_getUnqualifiedType(clang_getCanonicalType(inner));
    for (int depth = 0; depth < most && at.kind == CXType_Record; depth++) {
        CXCursor field = clang_getNullCursor();
        clang_Type_visitFields(at, take_first, &field);
        if (clang_Cursor_isNull(field)) {
            return 0;
        }
        path[depth] = word_take(clang_getCursorSpelling(field));
        at = clang_getUnqualifiedType(clang_getCanonicalType(clang_getCursorType(field)));
        if (clang_equalTypes(at, wanted)) {
            return depth + 1;
        }
    }
    return 0;
}

/* Between a structure and its first member, a cast is a step up or down. */
static int lower_cast(lowering *l, CXCursor c)
{
    enum { DEEPEST = 3 };
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    if (!k.count) {
        return emit_fresh(l, at);
    }
    CXCursor from = strip(l, k.at[k.count - 1]);
    int value = lower_rvalue(l, k.at[k.count - 1]);
    CXType to_type = clang_getCanonicalType(clang_getCursorType(c));
    CXType from_type = clang_getCanonicalType(clang_getCursorType(from));
    if (to_type.kind != CXType_Pointer || from_type.kind != CXType_Pointer) {
        return value;
    }
    CXType to = clang_getPointeeType(to_type), source = clang_getPointeeType(from_type);
    if (!type_is_struct(to) || !type_is_struct(source)) {
        return value;
    }
    const char *path[DEEPEST];
    int down = first_member(to, source, path, DEEPEST),
        up = down ? 0 : first_member(source, to, path, DEEPEST);
    for (int i = 0; i < down; i++) {
        int dst = new_reg(l), zero = emit_const(l, 0, at);
        emit(l, OP_BINARY, dst, value, zero, at)->sub = BIN_SUB;
        value = dst;
    }
    for (int i = 0; i < up; i++) {
        int dst = new_reg(l);
        emit(l, OP_FIELD, dst, value, -1, at)->text = path[i];
        value = dst;
    }
    return value;
}

static int lower_statement_expr(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    return k.count ? lower_statement_value(l, k.at[0]) : -1;
}

static int lower_rvalue_kind(lowering *l, CXCursor c)
{
    place at;
    kids k;
    switch ((int)c.kind) {
    case CXCursor_DeclRefExpr: return lower_reference(l, c, false);
    case CXCursor_IntegerLiteral:
    case CXCursor_CharacterLiteral:
    case CXCursor_StringLiteral:
    case CXCursor_UnaryExpr: return lower_literal(l, c);
    case CXCursor_ParenExpr:
    case CXCursor_UnexposedExpr: return lower_unexposed(l, c);
    case CXCursor_CStyleCastExpr: return lower_cast(l, c);
    case CXCursor_MemberRefExpr:
    case CXCursor_ArraySubscriptExpr: {
        at = place_of(l->front, c);
        int address = lower_lvalue(l, c);
        return load_from(l, address, clang_getCursorType(c), at);
    }
    case CXCursor_CompoundLiteralExpr: {
        at = place_of(l->front, c);
        int address = lower_compound_literal(l, c);
        return load_from(l, address, clang_getCursorType(c), at);
    }
    case CXCursor_CallExpr: return lower_call(l, c);
    case CXCursor_UnaryOperator: return lower_unary(l, c);
    case CXCursor_BinaryOperator: return lower_binary(l, c);
    case CXCursor_CompoundAssignOperator: return lower_compound_assign(l, c);
    case CXCursor_ConditionalOperator:
        k = kids_of(l, c);
        return k.count == 3 ? lower_choice(l, k.at[0], k.at[1], k.at[2], place_of(l->front, c))
                            : emit_fresh(l, place_of(l->front, c));
    case CXCursor_StmtExpr: return lower_statement_expr(l, c);
    case CXCursor_InitListExpr:
        k = kids_of(l, c);
        return k.count ? lower_rvalue(l, k.at[0]) : emit_const(l, 0, place_of(l->front, c));
    case CXCursor_GenericSelectionExpr: {
        func *f = direct_target(l, c);
        int dst = new_reg(l);
        if (f) {
            emit(l, OP_FUNC, dst, -1, -1, place_of(l->front, c))->func = f;
        } else {
            emit(l, OP_FRESH, dst, -1, -1, place_of(l->front, c));
        }
        return dst;
    }
    default: return emit_fresh(l, place_of(l->front, c));
    }
}

int lower_rvalue(lowering *l, CXCursor c)
{
    if (++l->depth > LOWER_DEPTH_MAX) {
        l->depth--;
        return emit_fresh(l, place_of(l->front, c));
    }
    int reg = lower_rvalue_kind(l, c);
    l->depth--;
    return reg;
}
