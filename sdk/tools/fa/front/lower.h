/* lower.h - private to the front end: one function being turned from libclang cursors into IR.
 *
 * Cursors are visited once, depth first. Values come back as register numbers, -1 for "no value". Everything
 * that could recurse as deep as the source does is cut at LOWER_DEPTH_MAX and becomes an unknown value. */
#ifndef FA_TOOL_LOWER_H
#define FA_TOOL_LOWER_H

#include <clang-c/Index.h>

#include "ir/ir.h"

#define LOWER_DEPTH_MAX 3000

typedef struct kids {
    CXCursor *at;
    int count;
} kids;

typedef struct scope_item {
    int local;
    func *cleanup;
} scope_item;

typedef struct jump { ///< a goto whose label's scope is not known yet
    int from;
    const char *label;
    scope_item *scopes;
    int scope_count;
    place at;
} jump;

typedef struct label {
    const char *name;
    int block;
    scope_item *scopes;
    int scope_count;
} label;

typedef struct target { ///< where break and continue lead
    int break_to, continue_to, break_scopes, continue_scopes;
} target;

typedef struct lowering {
    struct front *front;
    func *f;
    pile *pile;
    pile scratch; ///< children lists, given back with the function
    int block, next_reg, depth;
    map64 locals; ///< declaration address to local number
    VEC(scope_item) scopes;
    VEC(target) targets;
    VEC(jump) jumps;
    VEC(label) labels;
    int switch_block; ///< where cases are collected, or -1
    int switch_scopes;
} lowering;

typedef struct front { ///< one translation unit
    unit *unit;
    CXTranslationUnit tu;
    map64 funcs, globals; ///< declaration address to index in `known_*`
    VEC(func *) known_funcs;
    VEC(global *) known_globals;
    map64 usrs;  ///< functions and globals by USR word, as above
    map64 names; ///< function name word to index in known_funcs
    map64 files; ///< CXFile to index in file_names
    VEC(const char *) file_names;
    VEC(char) file_kinds;
    VEC(const char *) file_texts;
    VEC(CXCursor) kids; ///< where children are gathered before they are copied
    uint32_t unnamed;
} front;

/* front.c */
kids kids_of(lowering *l, CXCursor c);
place place_of(front *f, CXCursor c);
func *func_of(front *f, CXCursor decl);
global *global_of(front *f, CXCursor decl);
const char *word_take(CXString s);
const char *type_shape(CXType type);
bool is_system(front *f, CXCursor c);
const char *file_text(front *f, const char *file);

/* lower_stmt.c */
void lower_function(front *f, func *fn, CXCursor body, CXCursor decl);
void lower_statement(lowering *l, CXCursor c);
int lower_statement_value(lowering *l, CXCursor c);

/* lower_expr.c */
int lower_rvalue(lowering *l, CXCursor c);
int lower_lvalue(lowering *l, CXCursor c);
void lower_condition(lowering *l, CXCursor c, int when_true, int when_false);
void lower_initialiser(lowering *l, int address, CXCursor init, CXType type);
bool evaluate(CXCursor c, int64_t *out);
CXCursor strip(lowering *l, CXCursor c);

/* lower_ops.c */
int lower_compound_assign(lowering *l, CXCursor c);
int lower_unary(lowering *l, CXCursor c);
int lower_binary(lowering *l, CXCursor c);
int lower_choice(lowering *l, CXCursor condition, CXCursor yes_value, CXCursor no_value, place at);
int load_from(lowering *l, int address, CXType type, place at);

/* lower_loops.c */
void lower_for(lowering *l, CXCursor c);
void lower_while(lowering *l, CXCursor c);
void lower_do(lowering *l, CXCursor c);
void leave_scope(lowering *l, int depth, place at);
place end_place(front *f, CXCursor c);

/* lower_emit.c */
int emit_block(lowering *l, place at);
void emit_goto(lowering *l, int to);
void emit_branch(lowering *l, int reg, int when_true, int when_false, place at);
instr *emit(lowering *l, op o, int dst, int a, int b, place at);
int emit_const(lowering *l, int64_t value, place at);
int emit_fresh(lowering *l, place at);
int new_reg(lowering *l);
int new_local(lowering *l, const char *name, CXType type);
void start_block(lowering *l, int block, bool statement);
bool is_open(const lowering *l); ///< the current block has no terminator yet

static inline bool type_is_struct(CXType t)
{
    return clang_getCanonicalType(t).kind == CXType_Record;
}

bool type_is_name(CXType type); ///< of the SDK's structures that name something: handle, stream, ticket

static inline bool type_is_array(CXType t)
{
    enum CXTypeKind k = clang_getCanonicalType(t).kind;
    return k == CXType_ConstantArray || k == CXType_IncompleteArray || k == CXType_VariableArray;
}

static inline bool type_is_pointer(CXType t)
{
    return clang_getCanonicalType(t).kind == CXType_Pointer;
}

#endif
