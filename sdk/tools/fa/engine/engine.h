/* engine.h - the abstract machine: values, regions, symbols, states.
 *
 * Each function that matters is walked from its entry, path by path, with symbols for what is not known;
 * calls to functions with a body are walked into, so that a helper's effect is exactly what it does. Two
 * paths that arrive at a statement with the same state are one path from there on. Loops are walked a few
 * times: constant counts of up to eight exactly, others twice with their counters forgotten. All of it is
 * bounded: states per function, steps per function, depth of calls; what lies beyond the bound is left
 * unexplored, never guessed.
 *
 * Regions, symbols, objects, call chains and events are interned per analysis, so that equal things have
 * equal numbers and states can be compared by hashing. */
#ifndef FA_TOOL_ENGINE_H
#define FA_TOOL_ENGINE_H

#include "ir/ir.h"
#include "report/finding.h"

typedef enum value_kind { V_NONE, V_INT, V_SYM, V_PTR, V_AGG, V_MARK } value_kind;

typedef struct value {
    uint32_t kind, id; ///< V_SYM: symbol; V_PTR, V_AGG: region; V_MARK: event of the mark
    int64_t n; ///< V_INT: the number; V_SYM: added to it; V_MARK: its place in the order of allocation
} value;

#define INT_MIN_SEEN INT64_MIN
#define INT_MAX_SEEN INT64_MAX

/* ---- interned things */

typedef enum sym_kind {
    SYM_FRESH,
    SYM_REGION,
    SYM_BINARY,
    SYM_PURE,
    SYM_RESULT,
    SYM_TAG,
    SYM_THREAD,
    SYM_OWNER ///< a container; a is the context that its memory comes from
} sym_kind;

typedef struct symbol {
    sym_kind kind;
    uint8_t op;   ///< SYM_BINARY
    bool outside; ///< comes from a file, the network, the environment
    bool narrow;  ///< bounded by its type or a mask
    bool counter; ///< a loop's variable, forgotten after its first rounds
    bool stepped; ///< and what changes it is a step, not a product
    value a, b;
    uint32_t region; ///< SYM_REGION: whose first value this is
    uint32_t event;  ///< SYM_RESULT: the call whose outcome it tells
    const char *tag; ///< SYM_TAG: the tag's path
} symbol;

typedef enum object_kind {
    OBJ_LOCAL,
    OBJ_GLOBAL,
    OBJ_FUNC,
    OBJ_STRING,
    OBJ_SYMBOL,
    OBJ_BLOCK,
    OBJ_UNKNOWN
} object_kind;
typedef enum family {
    FAMILY_NONE,
    FAMILY_FRAME,
    FAMILY_POOL,
    FAMILY_HEAP,
    FAMILY_LIBC,
    FAMILY_GROUP,
    FAMILY_HANDLE,
    FAMILY_STREAM,
    FAMILY_TASK
} family;

typedef struct object {
    object_kind kind;
    family family;
    uint32_t chain, symbol, event; ///< event: OBJ_BLOCK's allocation
    int local;
    const local *variable;
    global *global;
    func *func;
    const char *text;
    value size;      ///< of a block, in bytes
    bool long_lived; ///< a resource, a component: outlives every frame
    bool system_scratch;
} object;

typedef enum region_kind { REGION_BASE, REGION_FIELD, REGION_INDEX, REGION_ANY_INDEX } region_kind;

typedef struct region {
    region_kind kind;
    uint32_t parent, base;
    const char *field;
    value index;
} region;

typedef struct chain { ///< a call path from the function under analysis
    uint32_t parent;
    uint32_t depth;
    func *func;
    const instr *call;
} chain;

typedef struct event { ///< something that happened at a place on a path, for findings
    uint32_t chain;
    const instr *instr;
    place at;
    func *func;
} event;

/* ---- states */

typedef struct cell {
    uint32_t region, event;
    value v;
} cell;

typedef enum life { LIFE_LIVE, LIFE_ENDED, LIFE_REWOUND, LIFE_FREED, LIFE_SENT, LIFE_MOVED } life;

enum {
    BLOCK_NULL = 1, ///< the allocation failed on this path
    BLOCK_NOT_NULL = 2,
    BLOCK_ESCAPED = 4, ///< someone unseen may own it now
    BLOCK_REPORTED = 8,
    BLOCK_SUSPENDED = 16, ///< a suspension lies behind it
    BLOCK_TAKEN = 32,     ///< promoted memory, owned
    BLOCK_DISCARD = 64,   ///< retained with the discard policy
    BLOCK_RETAINED = 128,
    BLOCK_ELEMENT = 256,   ///< stands for an element of an array
    BLOCK_RESULT = 512,    ///< an arena's: its lifetime is its owner's business
    BLOCK_OUT = 2048,      ///< given through a parameter; the call's result tells whether it is there
    BLOCK_MANY = 1024,     ///< was put into an array at an index that is not known
    BLOCK_RECEIVED = 4096, ///< from another thread; whoever frees it says of which family it is
    BLOCK_PINNED = 8192    ///< stays where it is
};

typedef struct block_state { ///< what became of an object; only objects with a history have one
    uint32_t object, end_event, suspend_event;
    uint16_t flags;
    uint8_t life, family;
    uint8_t freed_as, promoted_to;
    uint32_t sequence;
    value ctx;
    value lease; ///< what it lasts as long as; V_NONE: its family says it all
} block_state;

typedef struct range {
    uint32_t symbol;
    bool not_zero, compared;
    int64_t low, high;
} range;

typedef enum frame_status { FRAME_UNKNOWN, FRAME_OPEN, FRAME_CLOSED } frame_status;

typedef struct frame_state {
    value ctx;
    uint8_t status, was; ///< was: before the begin whose outcome is not known yet
    uint8_t kind;        ///< ctx_kind
    uint32_t event;      ///< of the last begin or end
    uint32_t first_event;
    int32_t balance; ///< begins minus ends since the function's entry
    uint32_t result; ///< symbol of the last begin's outcome
    uint32_t task;   ///< a task was entered here, and has not begun a frame of its own; 0 for none
    bool told;       ///< a mismatch was reported: what follows from it is not
    bool asked;      ///< the function asks whether it is open: it may stay so
} frame_state;

typedef struct tag_state {
    value ctx;
    uint32_t event, result;
} tag_state;

typedef enum capture_kind { CAPTURE_THREAD, CAPTURE_TASK, CAPTURE_TIMER, CAPTURE_CALLBACK } capture_kind;

typedef struct capture { ///< an object that another thread, task or callback may use
    uint32_t object, event;
    uint8_t kind;
    bool reported;
    value handle;
    uint32_t handle_region;
} capture;

typedef struct visit {
    uint32_t chain, block;
    uint32_t count;
    bool unsure;  ///< an exit was left open once: the count is not exact
    bool decided; ///< an exit was decided
    int64_t few;  ///< an exit bounds the rounds by this small number; 0 for none
} visit;

typedef struct alloc_mark { ///< a site that has allocated on this path, to know a second time
    uint32_t event, object, count, sequence;
    bool freed; ///< the last block of this site was given back
    bool grows; ///< each block was larger than the one before by half: now and then, not in every round
    value ctx, size;
} alloc_mark;

typedef struct call_record {
    func *func;
    uint32_t chain;
    int block, at; ///< where to go on after the callee returns
    int dst, regs;
} call_record;

typedef struct retained {
    value id;
    uint32_t object, event;
    int64_t policy;
    bool taken, ended;
} retained;

typedef struct state {
    struct state *next;
    VEC(cell) cells;
    VEC(block_state) blocks;
    VEC(range) ranges;
    VEC(frame_state) frames;
    VEC(tag_state) tags;
    VEC(capture) captures;
    VEC(visit) visits;
    VEC(alloc_mark) allocs;
    VEC(retained) retained;
    VEC(call_record) calls;
    VEC(value) regs;
    int32_t tag_pops; ///< pops of what the function did not push
    uint32_t tag_pop_event;
    bool tag_matched;    ///< a push of this path was popped
    uint32_t wait_event; ///< the last wait at a frame barrier; 0 for none yet
    uint32_t sequence, epoch;
} state;

typedef enum exit_kind { EXIT_RETURN } exit_kind;

typedef struct exit_note { ///< what the balance was where a path ended
    uint32_t key;
    int32_t balance;
    uint32_t event, open_event;
    bool explicit_return;
    bool closed; ///< the path closed something that it had opened
} exit_note;

typedef struct leak_note {
    uint32_t object, event;
    bool explicit_return, many;
} leak_note;

typedef struct engine {
    program *program;
    const struct settings *settings;
    func *top;
    VEC(symbol) symbols;
    VEC(object) objects;
    VEC(region) regions;
    VEC(chain) chains;
    VEC(event) events;
    map64 symbol_map, object_map, region_map, chain_map, event_map;
    map64 seen;
    state *work, *spare;
    int work_count;
    uint32_t steps, states;
    VEC(exit_note) frame_exits, tag_exits;
    VEC(leak_note) leaks;
    VEC(exit_note) wait_exits; ///< balance: waited at a barrier or not
    map64 handled;             ///< objects that some path frees or hands on
    finding_list *out;
    bool stopped;
} engine;

/* atlas.c: interning */
uint32_t symbol_make(engine *e, uint64_t key, symbol s);
value symbol_fresh(engine *e, state *s, const instr *in, uint32_t salt);
value symbol_of_region(engine *e, uint32_t region_, uint32_t epoch);
value symbol_binary(engine *e, uint8_t op, value a, value b);
uint32_t object_local(engine *e, uint32_t chain_, const func *f, int local_);
uint32_t object_global(engine *e, global *g);
uint32_t object_func(engine *e, func *f);
uint32_t object_string(engine *e, const char *text_);
uint32_t object_symbol(engine *e, uint32_t symbol_);
uint32_t object_block(engine *e, uint64_t key, family fam, uint32_t event_);
uint32_t region_base(engine *e, uint32_t object_);
uint32_t region_field(engine *e, uint32_t parent, const char *field);
uint32_t region_index(engine *e, uint32_t parent, value index);
bool region_inside(const engine *e, uint32_t inner, uint32_t outer);
uint32_t region_rebase(engine *e, uint32_t inner, uint32_t from, uint32_t to);
uint32_t chain_make(engine *e, uint32_t parent, func *callee, const instr *call_);
uint32_t event_make(engine *e, const state *s, const instr *in);
uint32_t event_at(engine *e, uint32_t chain_, func *f, const instr *in, place at);
uint64_t value_hash(value v);
bool value_same(value a, value b);
void engine_reset(engine *e);
void engine_free(engine *e);

/* Somebody must free it. */
static inline bool block_is_owned(const block_state *b)
{
    return (b->family == FAMILY_POOL || b->family == FAMILY_HEAP || (b->flags & BLOCK_RECEIVED)) &&
           b->life == LIFE_LIVE && !(b->flags & (BLOCK_ESCAPED | BLOCK_NULL));
}

static inline value value_int(int64_t n)
{
    return (value){V_INT, 0, n};
}
static inline value value_ptr(uint32_t region_)
{
    return (value){V_PTR, region_, 0};
}
static inline object *object_of(engine *e, uint32_t region_)
{
    return &e->objects.at[e->regions.at[region_].base];
}

/* state.c */
state *state_new(engine *e);
state *state_copy(engine *e, const state *s);
void state_drop(engine *e, state *s);
cell *cell_find(state *s, uint32_t region_);
cell *cell_make(state *s, uint32_t region_);
value cell_load(engine *e, state *s, uint32_t region_, const instr *in);
void cell_store(engine *e, state *s, uint32_t region_, value v, uint32_t event_);
void cell_copy(engine *e, state *s, uint32_t to, uint32_t from, uint32_t event_);
void cell_zero(engine *e, state *s, uint32_t region_, uint32_t event_);
void cell_forget(engine *e, state *s, uint32_t region_, const instr *in, bool outside);
void cell_drop_object(engine *e, state *s, uint32_t object_);
block_state *block_find(state *s, uint32_t object_);
block_state *block_make(engine *e, state *s, uint32_t object_);
range *range_find(state *s, uint32_t symbol_);
range *range_make(state *s, uint32_t symbol_);
bool value_in_use(const state *s, uint32_t symbol_);
bool symbol_busy(const engine *e, const state *s, uint32_t symbol_); ///< in use, or part of something that is
bool index_in_use(const engine *e, const state *s, uint32_t symbol_);
void state_tidy(engine *e, state *s, const block *at);
uint64_t state_hash(const state *s);
uint32_t region_of_value(engine *e, state *s, value v, const instr *in);
static inline call_record *top_call(state *s)
{
    return &s->calls.at[s->calls.count - 1];
}

/* assume.c */
bool assume(engine *e, state *s, value condition, bool truth); ///< false: cannot be
int truth_of(engine *e, state *s, value v);                    ///< 1, 0, or -1 for unknown
value value_binary(engine *e, state *s, uint8_t op, value a, value b);
int64_t rounds_at_most(engine *e, state *s, uint8_t op, value a, value b); ///< of a counting loop; -1 unknown
bool outside_unchecked(engine *e, state *s, value v, int depth);

/* explore.c */
void explore(engine *e, func *f);
void push_state(engine *e, state *s);

/* call.c */
typedef enum call_outcome { CALL_DONE, CALL_ENTERED, CALL_STOPPED } call_outcome;
call_outcome call_run(engine *e, state *s, const instr *in);
value arg(const state *s, const call *c, int i);
func *callee_of(engine *e, const state *s, const call *c);
void set_result(state *s, const instr *in, value v);

/* blocks.c: frame, pool, heap, scratch, retain, transfer */
value result_symbol(engine *e, state *s, const instr *in);
void run_block_roles(engine *e, state *s, const instr *in, func *f);
void use_value(engine *e, state *s, value v, const instr *in, const char *how);
void use_region(engine *e, state *s, uint32_t region_, const instr *in, const char *how);
void frame_result_failed(engine *e, state *s, uint32_t symbol_);
value context_arg(engine *e, state *s, const call *c, func *f);
bool context_related(engine *e, value a, value b);

/* leases.c: handles, streams, tickets, tasks, containers */
void run_lease(engine *e, state *s, const instr *in, func *f);
value lease_name(engine *e, state *s, uint32_t region_);
void end_frame_tickets(engine *e, state *s, uint32_t here);

/* uses.c, retain.c, blocks.c: shared among them */
frame_state *frame_of(engine *e, state *s, value ctx, func *f, bool make);
int block_arg(const call *c, func *f);
uint32_t new_block(engine *e, state *s, const instr *in, family fam);
value size_arg(engine *e, state *s, const call *c, func *f);
void give_back(engine *e, state *s, const instr *in, value v, family as);
void retain(engine *e, state *s, const instr *in, func *f);
void take(engine *e, state *s, const instr *in, func *f);
void send_block(engine *e, state *s, const instr *in, func *f);
void receive(engine *e, state *s, const instr *in, func *f);
void suspend(engine *e, state *s, const instr *in);

/* threads.c */
void run_thread_roles(engine *e, state *s, const instr *in, func *f);
void capture_reachable(engine *e, state *s, value v, capture_kind kind, value handle, uint32_t handle_region,
                       uint32_t event_);
void check_captures_at_end(engine *e, state *s, uint32_t object_, uint32_t end_event, bool visible);
void join_all(state *s);
void capture_failed(state *s, uint32_t event_);
void escape_blocks(engine *e, state *s, uint32_t region_, int depth);

/* escape.c */
void check_escapes(engine *e, state *s, uint32_t object_, uint32_t end_event, bool visible);
void check_lost(engine *e, state *s, value old, uint32_t region_, uint32_t event_);
void check_exit(engine *e, state *s, const block *at, value returned);
void check_return_from(engine *e, state *s, value returned, const instr *last, place at);
void settle_exits(engine *e);
bool told_where_opened(engine *e, uint32_t begin_event); ///< a frame left open by a helper that also ends one
void mark_handled(engine *e, state *s, uint32_t object_);

/* sites.c: hot loops, unbounded frees, unbounded loops, sizes from outside */
void check_site(engine *e, state *s, const instr *in, family fam, value ctx, value size, uint32_t object_);
void check_cross_free(engine *e, state *s, const instr *in);

/* tags.c */
void run_tag_roles(engine *e, state *s, const instr *in, func *f);
const char *tag_of_value(engine *e, value v);

/* whole.c */
void check_whole_program(program *p, const struct settings *settings, finding_list *out);

/* anchor.c: where and how a finding is told */
uint32_t common_depth(const engine *e, uint32_t event_a, uint32_t event_b);
place event_place_at_depth(const engine *e, uint32_t event_, uint32_t depth);
void report(engine *e, const char *code, uint32_t where, uint32_t depth, const char *text_, ...)
    __attribute__((format(printf, 5, 6)));
void report_note(engine *e, uint32_t event_, const char *text_, ...) __attribute__((format(printf, 3, 4)));
const char *object_name(engine *e, uint32_t object_);

#endif
