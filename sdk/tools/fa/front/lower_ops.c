/* lower_ops.c - operators: arithmetic, logic, assignment in all its forms, the choice between two values.
 *
 * The right side of an assignment is lowered before the left, so that the address of a plain variable stands
 * directly before the store (liveness relies on it). */
#include "front/lower.h"

/* ---- operators */

static int lower_binary_on(lowering *l, int kind, int a, int b, bool pointer, place at)
{
    static const int map[][2] = {
        {CXBinaryOperator_Mul, BIN_MUL}, {CXBinaryOperator_Div, BIN_DIV}, {CXBinaryOperator_Rem, BIN_REM},
        {CXBinaryOperator_Add, BIN_ADD}, {CXBinaryOperator_Sub, BIN_SUB}, {CXBinaryOperator_Shl, BIN_SHL},
        {CXBinaryOperator_Shr, BIN_SHR}, {CXBinaryOperator_LT, BIN_LT},   {CXBinaryOperator_GT, BIN_GT},
        {CXBinaryOperator_LE, BIN_LE},   {CXBinaryOperator_GE, BIN_GE},   {CXBinaryOperator_EQ, BIN_EQ},
        {CXBinaryOperator_NE, BIN_NE},   {CXBinaryOperator_And, BIN_AND}, {CXBinaryOperator_Xor, BIN_XOR},
        {CXBinaryOperator_Or, BIN_OR},
    };
    int dst = new_reg(l);
    if (pointer && kind == CXBinaryOperator_Add) {
        emit(l, OP_INDEX, dst, a, b, at);
        return dst;
    }
    for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
        if (map[i][0] == kind) {
            emit(l, OP_BINARY, dst, a, b, at)->sub = (uint8_t)map[i][1];
            return dst;
        }
    }
    emit(l, OP_FRESH, dst, -1, -1, at);
    return dst;
}

static int lower_logic(lowering *l, CXCursor c)
{
    place at = place_of(l->front, c);
    int dst = new_reg(l);
    int yes = emit_block(l, at), no = emit_block(l, at), join = emit_block(l, at);
    lower_condition(l, c, yes, no);
    start_block(l, yes, false);
    emit(l, OP_CONST, dst, -1, -1, at)->imm = 1;
    emit_goto(l, join);
    start_block(l, no, false);
    emit(l, OP_CONST, dst, -1, -1, at)->imm = 0;
    emit_goto(l, join);
    start_block(l, join, false);
    return dst;
}

static int lower_assign(lowering *l, CXCursor c, kids k)
{
    place at = place_of(l->front, c);
    CXType type = clang_getCursorType(k.at[0]);
    CXCursor right = strip(l, k.at[1]);
    if (right.kind == CXCursor_CompoundLiteralExpr || !type_is_struct(type)) {
        right = k.at[1];
    }
    int value = lower_rvalue(l, right), address = lower_lvalue(l, k.at[0]);
    emit(l, OP_STORE, -1, address, value, at);
    return value;
}

int lower_compound_assign(lowering *l, CXCursor c)
{
    static const int map[][2] = {
        {CXBinaryOperator_MulAssign, CXBinaryOperator_Mul},
        {CXBinaryOperator_DivAssign, CXBinaryOperator_Div},
        {CXBinaryOperator_RemAssign, CXBinaryOperator_Rem},
        {CXBinaryOperator_AddAssign, CXBinaryOperator_Add},
        {CXBinaryOperator_SubAssign, CXBinaryOperator_Sub},
        {CXBinaryOperator_ShlAssign, CXBinaryOperator_Shl},
        {CXBinaryOperator_ShrAssign, CXBinaryOperator_Shr},
        {CXBinaryOperator_AndAssign, CXBinaryOperator_And},
        {CXBinaryOperator_XorAssign, CXBinaryOperator_Xor},
        {CXBinaryOperator_OrAssign, CXBinaryOperator_Or},
    };
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    if (k.count != 2) {
        return emit_fresh(l, at);
    }
    int kind = (int)clang_getCursorBinaryOperatorKind(c), plain = CXBinaryOperator_Add;
    for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
        plain = map[i][0] == kind ? map[i][1] : plain;
    }
    int right = lower_rvalue(l, k.at[1]);
    int address = lower_lvalue(l, k.at[0]);
    CXType type = clang_getCursorType(k.at[0]);
    int old = load_from(l, address, type, at);
    int value = lower_binary_on(l, plain, old, right, type_is_pointer(type), at);
    instr *store = emit(l, OP_STORE, -1, address, value, at);
    if (plain == CXBinaryOperator_Add || plain == CXBinaryOperator_Sub) {
        store->flags |= INSTR_STEP | (plain == CXBinaryOperator_Add ? INSTR_STEP_UP : 0);
    }
    return value;
}

static int lower_step(lowering *l, CXCursor operand, int kind, place at)
{
    bool up = kind == CXUnaryOperator_PostInc || kind == CXUnaryOperator_PreInc;
    bool after = kind == CXUnaryOperator_PostInc || kind == CXUnaryOperator_PostDec;
    CXType type = clang_getCursorType(operand);
    int address = lower_lvalue(l, operand);
    int old = load_from(l, address, type, at);
    int one = emit_const(l, up ? 1 : -1, at);
    int value = lower_binary_on(l, CXBinaryOperator_Add, old, one, type_is_pointer(type), at);
    emit(l, OP_STORE, -1, address, value, at)->flags |= INSTR_STEP | (up ? INSTR_STEP_UP : 0);
    return after ? old : value;
}

int lower_unary(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    if (k.count < 1) {
        return emit_fresh(l, at);
    }
    CXCursor operand = k.at[k.count - 1];
    int kind = (int)clang_getCursorUnaryOperatorKind(c);
    switch (kind) {
    case CXUnaryOperator_PostInc:
    case CXUnaryOperator_PostDec:
    case CXUnaryOperator_PreInc:
    case CXUnaryOperator_PreDec: return lower_step(l, operand, kind, at);
    case CXUnaryOperator_AddrOf: return lower_lvalue(l, operand);
    case CXUnaryOperator_Deref: {
        int address = lower_rvalue(l, operand);
        return load_from(l, address, clang_getCursorType(c), at);
    }
    case CXUnaryOperator_LNot: {
        int value = lower_rvalue(l, operand), zero = emit_const(l, 0, at);
        return lower_binary_on(l, CXBinaryOperator_EQ, value, zero, false, at);
    }
    case CXUnaryOperator_Minus: {
        int zero = emit_const(l, 0, at), value = lower_rvalue(l, operand);
        return lower_binary_on(l, CXBinaryOperator_Sub, zero, value, false, at);
    }
    case CXUnaryOperator_Not: {
        int value = lower_rvalue(l, operand), ones = emit_const(l, -1, at);
        return lower_binary_on(l, CXBinaryOperator_Xor, value, ones, false, at);
    }
    default: return lower_rvalue(l, operand);
    }
}

int lower_binary(lowering *l, CXCursor c)
{
    kids k = kids_of(l, c);
    place at = place_of(l->front, c);
    if (k.count != 2) {
        return emit_fresh(l, at);
    }
    int kind = (int)clang_getCursorBinaryOperatorKind(c);
    switch (kind) {
    case CXBinaryOperator_Assign: return lower_assign(l, c, k);
    case CXBinaryOperator_Comma: lower_rvalue(l, k.at[0]); return lower_rvalue(l, k.at[1]);
    case CXBinaryOperator_LAnd:
    case CXBinaryOperator_LOr: return lower_logic(l, c);
    default: break;
    }
    CXType left = clang_getCursorType(k.at[0]);
    bool pointer = type_is_pointer(left) || type_is_array(left);
    CXType right = clang_getCursorType(k.at[1]);
    int a = lower_rvalue(l, k.at[0]), b = lower_rvalue(l, k.at[1]);
    if (kind == CXBinaryOperator_Add && !pointer && (type_is_pointer(right) || type_is_array(right))) {
        return lower_binary_on(l, kind, b, a, true, at);
    }
    if (kind == CXBinaryOperator_Sub && pointer && (type_is_pointer(right) || type_is_array(right))) {
        return emit_fresh(l, at);
    }
    return lower_binary_on(l, kind, a, b, pointer, at);
}

int lower_choice(lowering *l, CXCursor condition, CXCursor yes_value, CXCursor no_value, place at)
{
    int dst = new_reg(l);
    int yes = emit_block(l, at), no = emit_block(l, at), join = emit_block(l, at);
    lower_condition(l, condition, yes, no);
    start_block(l, yes, false);
    int a = lower_rvalue(l, yes_value);
    if (a >= 0) {
        emit(l, OP_MOVE, dst, a, -1, at);
    }
    emit_goto(l, join);
    start_block(l, no, false);
    int b = lower_rvalue(l, no_value);
    if (b >= 0) {
        emit(l, OP_MOVE, dst, b, -1, at);
    }
    emit_goto(l, join);
    start_block(l, join, false);
    return dst;
}
