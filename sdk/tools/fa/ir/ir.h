/* ir.h - a function as the engine sees it: basic blocks of three-address instructions over registers.
 *
 * Registers hold values within one full expression; variables live in memory and are reached through
 * addresses, so an alias is an alias whatever its spelling. A block that starts a statement forgets all
 * registers. Units own their functions; after linking, a call's `func` leads to the one definition
 * (`func_resolve`). Everything here is plain data in the unit's pile and is never changed after linking, so
 * that threads may analyse it side by side. */
#ifndef FA_TOOL_IR_H
#define FA_TOOL_IR_H

#include "base/base.h"
#include "ir/roles.h"

typedef struct place {
    const char *file; ///< interned, absolute
    uint32_t line, column;
} place;

typedef enum op {
    OP_CONST,       ///< dst = imm
    OP_STRING,      ///< dst = a string literal, text
    OP_FRESH,       ///< dst = something unknown
    OP_LOCAL,       ///< dst = address of local b
    OP_GLOBAL,      ///< dst = address of global
    OP_FUNC,        ///< dst = address of function
    OP_FIELD,       ///< dst = address of field `text` in what a points to
    OP_INDEX,       ///< dst = address of element b of what a points to
    OP_LOAD,        ///< dst = *a
    OP_LOAD_STRUCT, ///< dst = the aggregate at a
    OP_STORE,       ///< *a = b
    OP_ZERO,        ///< the aggregate at a becomes all zero
    OP_BINARY,      ///< dst = a <sub> b
    OP_MOVE,        ///< dst = a
    OP_CALL,        ///< dst = call
    OP_SCOPE_END,   ///< local b dies; a is the register being returned, or -1
} op;

typedef enum binary {
    BIN_ADD,
    BIN_SUB,
    BIN_MUL,
    BIN_DIV,
    BIN_REM,
    BIN_SHL,
    BIN_SHR,
    BIN_AND,
    BIN_OR,
    BIN_XOR,
    BIN_EQ,
    BIN_NE,
    BIN_LT,
    BIN_GT,
    BIN_LE,
    BIN_GE
} binary;

enum {                     /* instr.flags */
       INSTR_VOLATILE = 1, ///< another thread may change it: every load is new
       INSTR_STEP_UP = 2,  ///< a store that adds a positive amount to what was there
       INSTR_BYTE = 4,     ///< a load of one byte: bounded by its type
       INSTR_BYTES = 8,    ///< the address is of raw bytes
       INSTR_INIT = 16,    ///< the store initialises a variable
       INSTR_STEP = 32,    ///< a store that adds an amount, up or down, to what was there
       INSTR_NAME = 64     ///< the aggregate is a name of something: a handle, a stream
};

typedef struct call {
    struct func *target; ///< NULL: through a pointer in register `through`
    int through;
    int *args;
    const char **arg_types; ///< shape of each argument as written; NULL where nothing is known
    int arg_count;
} call;

typedef struct instr {
    uint8_t op, sub;
    uint16_t flags;
    int32_t dst, a, b;
    uint32_t uid; ///< number within the function
    place at;
    union {
        int64_t imm;
        const char *text;
        struct call *call;
        struct global *global;
        struct func *func;
    };
} instr;

typedef enum terminator { TERM_NONE, TERM_GOTO, TERM_BRANCH, TERM_SWITCH, TERM_RETURN, TERM_STOP } terminator;

typedef struct switch_case {
    int64_t low, high;
    int target;
} switch_case;

typedef struct block {
    VEC(instr) code;
    terminator term;
    int reg; ///< of the condition, the switch, or the value returned; -1 for none
    int to[2];
    VEC(switch_case) cases; ///< TERM_SWITCH; to[0] is the default
    place at;
    bool statement; ///< registers are forgotten here
    bool reachable, explicit_return;
    int loop;       ///< innermost loop, or -1
    int order;      ///< reverse post-order
    uint64_t *live; ///< locals live at entry
    int64_t trips;  ///< of the counted loop that this block heads, or -1
} block;

typedef struct loop {
    int head, parent;
    int64_t trips;     ///< constant trip count, or -1
    uint64_t *blocks;  ///< members
    bool counted;      ///< some exit compares a counter with a bound
    bool from_outside; ///< its exits hang on what a call delivers, or there is none
    place at;
} loop;

typedef struct local {
    const char *name;
    bool is_param, address_taken, is_struct, is_array;
    int64_t array_count;
} local;

typedef struct init_cell {  ///< one cell of a constant's initialiser
    VEC(const char *) path; ///< field names; "#12" for an index
    struct func *func;
    struct global *global;
    const char *text; ///< a string literal
    int64_t value;
} init_cell;

typedef struct global {
    const char *usr, *name;
    bool is_const, is_static_local, linked;
    place at;
    VEC(init_cell) init;
    struct global *definition;
    const char *tag; ///< the one tag ever interned into it; "" if several
} global;

typedef struct func {
    const char *usr, *name, *file;
    place at, end;
    role_set roles;
    int task_arg;  ///< of fa:task_arg=N, counted from 1; 0 for none
    int ctx_param; ///< which parameter says whose frame; -1 for none
    ctx_kind ctx_kind;
    int param_count;
    const char **param_types; ///< shapes: see type_shape
    bool has_body, in_system, in_sdk, variadic, no_return, returns_pointer, returns_bool, returns_ctx;
    struct func *definition;
    struct unit *unit;

    VEC(block) blocks;
    VEC(local) locals; ///< parameters first
    VEC(loop) loops;
    int reg_count, return_local;
    uint32_t instr_count;
    VEC(struct func *) called; ///< every function named in the body, called or not
    VEC(struct func *) callers;

    /* filled by program_link */
    const char *cleanup_name; ///< private to the front end
    bool relevant, touches, pushes_out, is_task, is_thread, is_taken, suspends;
    int index;
} func;

typedef struct skip_note { ///< a source that could not be read as it should
    const char *file, *text;
    uint32_t line, column;
} skip_note;

typedef struct unit {
    const char *file; ///< as given
    pile pile;
    VEC(func *) funcs;
    VEC(global *) globals;
    VEC(const char *) includes; ///< every file read, for the cache
    VEC(skip_note) problems;
    bool parsed;
    double parse_seconds, lower_seconds;
} unit;

typedef struct program {
    VEC(unit *) units;
    VEC(func *) funcs; ///< definitions, callees before callers where there is no cycle
    VEC(global *) globals;
} program;

static inline func *func_resolve(func *f)
{
    return f && f->definition ? f->definition : f;
}

void flow_build(func *f, pile *p); ///< order, loops, liveness
void flow_classify(func *f);       ///< what bounds each loop; after linking
void program_link(program *p);     ///< definitions, callers, what is worth analysing
void func_print(const func *f);    ///< for people who debug `fa`

#endif
