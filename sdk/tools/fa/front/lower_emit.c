/* lower_emit.c - appending instructions and blocks to the function being lowered. */
#include "front/lower.h"

int new_reg(lowering *l)
{
    int reg = l->next_reg++;
    if (l->next_reg > l->f->reg_count) {
        l->f->reg_count = l->next_reg;
    }
    return reg;
}

int new_local(lowering *l, const char *name, CXType type)
{
    local v = {.name = name, .is_struct = type_is_struct(type), .is_array = type_is_array(type)};
    v.array_count = v.is_array ? clang_getArraySize(clang_getCanonicalType(type)) : 0;
    vec_push(&l->f->locals, v);
    return l->f->locals.count - 1;
}

int emit_block(lowering *l, place at)
{
    block b = {.term = TERM_NONE, .reg = -1, .at = at, .loop = -1, .trips = -1};
    vec_push(&l->f->blocks, b);
    return l->f->blocks.count - 1;
}

bool is_open(const lowering *l)
{
    return l->f->blocks.at[l->block].term == TERM_NONE;
}

void start_block(lowering *l, int block, bool statement)
{
    l->block = block;
    l->f->blocks.at[block].statement = statement && l->next_reg == 0;
}

void emit_goto(lowering *l, int to)
{
    if (is_open(l)) {
        l->f->blocks.at[l->block].term = TERM_GOTO;
        l->f->blocks.at[l->block].to[0] = to;
    }
}

void emit_branch(lowering *l, int reg, int when_true, int when_false, place at)
{
    if (is_open(l)) {
        block *b = &l->f->blocks.at[l->block];
        b->term = TERM_BRANCH;
        b->reg = reg;
        b->to[0] = when_true;
        b->to[1] = when_false;
        b->at = at;
    }
}

instr *emit(lowering *l, op o, int dst, int a, int b, place at)
{
    block *to = &l->f->blocks.at[l->block];
    instr in = {.op = (uint8_t)o, .dst = dst, .a = a, .b = b, .at = at, .uid = l->f->instr_count++};
    vec_push(&to->code, in);
    return &to->code.at[to->code.count - 1];
}

int emit_const(lowering *l, int64_t value, place at)
{
    int dst = new_reg(l);
    emit(l, OP_CONST, dst, -1, -1, at)->imm = value;
    return dst;
}

int emit_fresh(lowering *l, place at)
{
    int dst = new_reg(l);
    emit(l, OP_FRESH, dst, -1, -1, at);
    return dst;
}
