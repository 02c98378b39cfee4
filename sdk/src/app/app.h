/* app.h - the private shape of an app: who owns what, and what is going on at the moment.
 *
 * An app, its schedules, plugins, systems and types are blocks from the pool of its context, charged to the
 * tag of who asked for them. Only the fa_app itself lives in an arena (home), so that it survives an
 * allocator that cannot be destroyed yet. Everything that a plugin's build adds is stamped with the plugin's
 * index (owner) and appended, so that a build that fails is undone by popping what is stamped with its index
 * or a later one. */
#ifndef FAI_APP_H
#define FAI_APP_H

#include <stdatomic.h>

#include "app/world.h"
#include "framealloc/app.h"
#include "framealloc/layer.h"
#include "framealloc/worker.h"

/* A growing list of pointers. */
typedef struct fai_ptrs {
    void **items;
    uint32_t count;
    uint32_t capacity;
} fai_ptrs;

typedef struct fai_system fai_system;
typedef struct fai_event fai_event;
typedef struct fai_state fai_state;

/* What the app knows of a type: made at its first use, freed with the app. */
typedef struct fai_type {
    const fa_type *identity;
    size_t size_bytes; /* as at the first use */
    size_t align_bytes;
    void *value;      /* the resource, or NULL */
    uint64_t serial;  /* of the insertion: resources are freed newest first */
    fai_event *event; /* it is one, or NULL */
    fai_state *state;
    uint32_t event_readers[2]; /* systems that read it in frame and in fixed schedules */
    uint32_t id;               /* dense, in the order of first use */
    char name[FA_NAME_MAX + 1];
} fai_type;

/* What a build did to a resource, while builds can still fail. */
typedef struct fai_undo {
    fai_type *type;
    void *value; /* NULL: it was inserted. Removed: the block itself. Overwritten: a copy of its bytes */
    uint64_t serial;
    bool removed;
} fai_undo;

/* What systems have used together in one frame: those of a plugin, or all. */
typedef struct fai_tally {
    uint64_t frame; /* to which the next two belong */
    size_t frame_bytes;
    uint64_t frame_ticks;
    size_t peak_bytes;
    uint64_t peak_ticks;
    uint64_t over_bytes; /* frames */
    uint64_t over_ns;
    uint64_t over_bytes_frame; /* the last one that was counted, + 1 */
    uint64_t over_ns_frame;
    const fai_system *over_system; /* whose run went over the budget last */
} fai_tally;

typedef struct fai_plugin {
    fa_plugin desc; /* its strings are not kept, but for name, which points below */
    fai_tally tally;
    fa_tag tag;
    bool built;
    bool finished;
    bool cleaned;
    const char *here;
    char base[FA_NAME_MAX + 1];
    char name[FA_NAME_MAX + 1 + 12]; /* "base#2" */
} fai_plugin;

typedef struct fai_term {
    const fa_type *identity;
    fai_type *type;
    bool write;
    bool counted; /* of an event: the type waits for this reader */
} fai_term;

typedef struct fai_condition {
    bool (*fn)(fa_sys *s, const void *arg);
    const void *arg;
    bool negate;
    uint32_t term_count;
    fai_term terms[FA_CONDITION_TERMS_MAX];
} fai_condition;

/* What systems and sets have in common: where they stand. Names are copies that live with the owner. */
typedef struct fai_place {
    uint32_t run_if_count; /* asked at each run, so near the figures of the system */
    uint32_t before_count;
    uint32_t after_count;
    uint32_t in_set_count;
    const char *before[FA_SYSTEM_ORDER_MAX];
    const char *after[FA_SYSTEM_ORDER_MAX];
    const char *in_set[FA_SYSTEM_SETS_MAX];
    fai_condition run_if[FA_SYSTEM_CONDITIONS_MAX];
} fai_place;

/* What one thread needs to run systems. [0] is the main thread's; a worker's arenas are made at its first
 * system. */
typedef struct fai_lane {
    fa_context *ctx;
    fa_arena *scratch;
    fa_arena *step;
    uint64_t step_serial; /* of the fixed step in which `step` was used last */
    uint32_t index;
    uint32_t depth;      /* systems and conditions that are on the stack */
    bool noted;          /* systems have recorded commands, or taken ids */
    bool counting;       /* diagnostics are on: allocations of systems are counted */
    uint64_t attributed; /* allocations that systems of this lane have had */
} fai_lane;

/* One note of a system; what it carries follows. In frame memory. */
typedef enum fai_command_kind {
    FAI_COMMAND_SPAWN,
    FAI_COMMAND_ADD,
    FAI_COMMAND_DESPAWN,
    FAI_COMMAND_REMOVE,
    FAI_COMMAND_CALL
} fai_command_kind;

typedef struct fai_command {
    uintptr_t seal; /* tells it from what may stand there after the frame was rolled back: comes first */
    struct fai_command *next;
    fai_command_kind kind;
    fa_entity entity;
    const fa_type *type;
    void (*fn)(fa_app *app, void *data);
    void *data; /* NULL: zero bytes */
    const char *here;
} fai_command;

typedef struct fai_commands {
    fai_command *first;
    fai_command *last;
    fa_context *ctx; /* whose frame they are in */
    uint64_t frame;  /* which frame */
    uintptr_t reach; /* its cursor has been there */
    uint32_t count;
    const char *here; /* of the first */
} fai_commands;

/* The whole handle; the public head comes first, so that one address serves both. */
typedef struct fai_sys {
    fa_sys head;
    fa_app *app;
    fai_system *system; /* NULL in a set's condition */
    const char *name;   /* for messages */
    const fai_term *terms;
    uint32_t term_count;
    fai_lane *lane;
    bool active; /* the function is running */
    bool condition;
    bool exclusive;
    bool piece; /* of a walk on several threads */
} fai_sys;

struct fai_system {
    /* what each run needs: together, since there are many systems and few cache lines */
    fai_sys sys;
    fa_system_fn fn;
    fa_tag tag;
    uint32_t owner;
    const char *here;
    uint64_t tick;  /* of this run */
    uint64_t since; /* of the run before */
    uint64_t runs;
    uint64_t skipped;
    uint64_t last_ticks;
    uint64_t max_ticks;
    uint64_t total_ticks;
    uint64_t frame; /* to which frame_bytes belong */
    size_t frame_bytes;
    size_t run_bytes; /* of this run, until the app has counted them */
    uint64_t run_ticks;
    size_t piece_bytes; /* of this run, taken by other threads */
    size_t frame_peak_bytes;
    size_t scratch_peak_bytes;
    size_t step_peak_bytes;
    size_t budget_bytes;
    int64_t budget_ns;
    uint64_t ids_serial; /* batch for which ids are set */
    fai_commands commands;
    uint32_t thread;

    void *user;
    void *local;
    const char *path; /* "plugin/system": the tag's */
    const char *name; /* the part after the slash */
    uint32_t name_hash;
    fa_schedule schedule;
    fai_system *chained_after;

    /* what it does to the world */
    fa_query *queries[FA_SYSTEM_QUERIES_MAX];
    uint32_t query_count;
    bool main_thread;
    bool no_sync;
    bool exit_asked;
    bool done; /* in this batch */
    int exit_code;
    fai_ids ids;

    /* its place in the schedule's order, for running side by side */
    fa_job job;
    const struct fai_slot *slot;
    uint32_t place_in_order;
    atomic_uint blockers;

    uint64_t over_bytes;
    uint64_t over_ns;
    uint64_t over_frame; /* the last one that was counted */
    uint64_t command_count;
    uint64_t command_dropped;
    uint64_t event_count;
    uint64_t event_refused;
    fai_place place;
    fai_term terms[FA_SYSTEM_RES_MAX];
    fai_term event_terms[FA_SYSTEM_EVENTS_MAX];
    uint32_t event_term_count;
    uint64_t event_cursors[FA_SYSTEM_EVENTS_MAX];

    uint64_t allocs; /* in runs in which they were counted */
    uint64_t last_allocs;
    uint64_t piece_allocs; /* of this run, on other threads */
    uint64_t counted_runs;
};

/* One call of fa_app_configure_set. */
typedef struct fai_set_config {
    const char *name;
    uint32_t owner;
    const char *here;
    bool chained;
    fai_place place;
} fai_set_config;

/* A set with conditions, in a schedule whose order is known. */
typedef struct fai_gate {
    const char *set;
    const char *here;
    uint32_t first_condition; /* in fai_order.conditions */
    uint32_t condition_count;
    _Atomic uint64_t asked; /* 4 x the run in which it was asked last, + 1: being asked, 2: closed, 3: open */
} fai_gate;

typedef struct fai_slot {
    fai_system *system;
    uint32_t first_gate; /* in fai_order.gate_indices; outer sets first */
    uint32_t gate_count;
    uint32_t first_next; /* in fai_plan.next: who waits for it in its batch */
    uint32_t next_count;
    uint32_t blockers; /* for whom it waits */
    uint32_t batch;
    bool plain; /* no condition, not exclusive */
} fai_slot;

/* Systems between two points where commands are applied. */
typedef struct fai_batch {
    uint32_t first;
    uint32_t count;
    bool alone; /* nothing in it can run beside anything */
} fai_batch;

typedef struct fai_pair {
    uint32_t first;
    uint32_t second;
    const char *over; /* NULL: an order that was asked for */
} fai_pair;

/* Who waits for whom; one block. */
typedef struct fai_plan {
    fai_batch *batches;
    uint32_t batch_count;
    uint32_t *next;
    fai_pair *edges; /* orders that were asked for */
    uint32_t edge_count;
    fai_pair *ambiguities;
    uint32_t ambiguity_count;
} fai_plan;

/* The order of a schedule: one block, made anew when the schedule has changed. */
typedef struct fai_order {
    uint32_t slot_count;
    fai_slot *slots;
    fai_gate *gates;
    uint32_t *gate_indices;
    const fai_condition **conditions;
    fai_plan *plan;
} fai_order;

typedef struct fai_schedule {
    char name[FA_NAME_MAX + 1];
    fa_schedule id;
    uint32_t owner;
    const fa_type *state; /* of OnEnter and its like: whose; NULL: none */
    int32_t from;
    int32_t to;
    char when;  /* 'x' exit, 't' transition, 'e' enter */
    bool dirty; /* the order does not fit the systems */
    bool running;
    fai_order *order;
    fai_ptrs systems; /* fai_system, in the order of adding */
    fai_ptrs configs; /* fai_set_config, in the order of adding */
} fai_schedule;

typedef struct fai_hook_entry {
    fa_hook_fn fn;
    void *user;
    uint32_t owner;
} fai_hook_entry;

/* What is on the stack; bits of fa_app.where. */
enum {
    FAI_IN_SYSTEM = 1u << 0, /* or in one of its conditions */
    FAI_IN_HOOK = 1u << 1,
    FAI_IN_PLUGIN = 1u << 2,
    FAI_IN_BUILD = 1u << 3, /* beside FAI_IN_PLUGIN */
    FAI_IN_LOOP = 1u << 4,  /* fa_app_run */
    FAI_IN_CONDITION = 1u << 5,
    FAI_IN_SHUTDOWN = 1u << 6, /* beside FAI_IN_PLUGIN */
    FAI_IN_COMMANDS = 1u << 7, /* they are applied: what runs there may do what exclusive systems may */
    FAI_IN_SUBAPP = 1u << 8,   /* an extract, or a frame of a sub-app; the same holds */
    FAI_IN_DESTROY = 1u << 9,
    FAI_IN_SCHEDULE = 1u << 10, /* one is running, whatever of it is on the stack */
    FAI_IN_REPORT = 1u << 11    /* a handler is being told */
};

typedef enum fai_stage {
    FAI_STAGE_NEW,
    FAI_STAGE_STARTING, /* a plugin has been finished */
    FAI_STAGE_STARTED,
    FAI_STAGE_DOWN /* only the allocator is left */
} fai_stage;

/* The clock; times.c. */
typedef struct fai_time_state {
    int64_t last_now_ns;
    bool has_now;
    int64_t elapsed_ns;
    int64_t delta_ns;
    int64_t real_elapsed_ns;
    int64_t real_delta_ns;
    int64_t accumulator_ns;
    int64_t step_ns;
    double scale; /* last one that was in range */
    uint64_t frame;
    uint64_t step;
    uint64_t steps_dropped;
    uint32_t steps_in_frame;
} fai_time_state;

struct fa_app {
    fa_app_desc desc; /* resolved */
    char name[FA_NAME_MAX + 1];
    uintptr_t thread;
    fa_allocator *allocator;
    fa_context *ctx;
    bool owns_allocator;
    bool owns_ctx;
    fa_tag tag;
    fa_arena *home;
    fa_arena *scratch;
    fa_arena *step;

    fai_stage stage;
    uint32_t startup_done; /* schedules of the startup that have run */
    uint32_t where;
    bool in_frame;
    bool in_step;
    bool exit_requested;
    int exit_code;
    const char *call_here; /* the call from outside that is being served */
    const char *frame_here;
    const char *step_here;

    uint32_t
        current; /* index of the plugin that is being called, or whose exclusive system runs; 0: the app */
    fai_system *running; /* innermost */
    uint64_t run_serial;
    size_t nested_bytes; /* frame bytes of schedules run by the running system */

    fa_world *world;
    fai_ptrs events; /* fai_event */
    fai_ptrs states; /* fai_state */
    fai_ptrs groups; /* fa_plugin_group, being edited */
    fai_ptrs subapps;
    fa_app *master;       /* whose sub-app it is, or NULL */
    uint64_t subapps_ran; /* frame of which they have had theirs */
    fai_tally tally;      /* of all systems */
    bool budgeted;        /* the app or a plugin has a budget */
    fa_query *scoped;     /* entities that go with a state */
    fa_workers *workers;  /* NULL: none */
    fai_lane *lanes;
    uint32_t lane_count;
    bool side_by_side; /* a batch is running on several threads */
    bool hung;         /* a system never came back */
    uint64_t batch_serial;
    uint32_t batch_base;  /* first page of nobody when it began */
    uint32_t batch_first; /* slot */
    uint32_t batch_count;
    const fai_order *batch_order;
    fai_schedule *batch_schedule;
    uint64_t batch_run;

    fai_time_state time;
    fai_type *time_type;

    fai_ptrs plugins;      /* fai_plugin; [0] stands for the app itself */
    fai_ptrs schedules;    /* fai_schedule; [0] is NULL */
    fai_ptrs types;        /* fai_type, by id */
    fai_type **type_slots; /* hash by address; slot_count is a power of two */
    uint32_t type_slot_count;
    uint64_t resource_serial;
    fai_undo *undo;
    uint32_t undo_count;
    uint32_t undo_capacity;
    fai_hook_entry *hooks[FA_HOOK_COUNT];
    uint32_t hook_count[FA_HOOK_COUNT];
    uint32_t hook_capacity[FA_HOOK_COUNT];
};

/* ---- app.c ------------------------------------------------------------------------------------------- */

/* May this call be made now, by this thread? @p forbidden is a set of FAI_IN bits. FAI_IN_SYSTEM is waived
 * while an exclusive system runs, where @p exclusive_may says so. OK, or the result to return, after a
 * diagnostic. */
fa_result fai_app_enter(const fa_app *app, uint32_t forbidden, bool exclusive_may, const char *call,
                        const char *here);

/* Zeroed memory charged to @p tag, or NULL: fai_app_why. Freed by fai_app_free; NULL is fine. */
void *fai_app_alloc(fa_app *app, fa_tag tag, size_t bytes, size_t align);
void fai_app_free(fa_app *app, void *p);
fa_result fai_app_why(const fa_app *app);

/* Room for @p more pointers. False: fai_app_why; unchanged. */
bool fai_ptrs_reserve(fa_app *app, fai_ptrs *list, uint32_t more);
/* Room for one more item of an array. */
bool fai_array_reserve(fa_app *app, void **items, uint32_t count, uint32_t *capacity, size_t item_bytes);

/* Report through the app's allocator. */
fa_result fai_app_report(const fa_app *app, fa_diagnostic_code code, fa_result result, const char *here,
                         const char *earlier, const char *format, ...) FA_PRINTF(6, 7);

/* A list of problems being written: each is listed, and a list that is too long ends in "...". */
typedef struct fai_app_problems {
    char text[1024];
    size_t length;
    unsigned count;
} fai_app_problems;
void fai_app_problem(fai_app_problems *problems, const char *format, ...) FA_PRINTF(2, 3);

/* Can it be the segment of a tag, of 1 to FA_NAME_MAX bytes? */
bool fai_name_is_valid(const char *name);
uint32_t fai_name_hash(const char *name);
fa_tag fai_app_tag(const fa_app *app, uint32_t plugin);

/* ---- type.c ------------------------------------------------------------------------------------------- */

/* The app's entry of a type, or NULL when it was never used. */
fai_type *fai_type_find(const fa_app *app, const fa_type *type);
/* The same, made when it is not there. NULL: *why is INVALID_ARGUMENT after FA005, or what the memory said.
 */
fai_type *fai_type_get(fa_app *app, const fa_type *type, const char *here, fa_result *why);
/* What is wrong with a descriptor, in words; NULL when it is fine. */
const char *fai_type_problem(const fa_app *app, const fa_type *type);
/* Forget the types that were met after the first @p count: what asked for them has failed. */
void fai_types_trim(fa_app *app, uint32_t count);
void fai_types_free(fa_app *app);

/* ---- resource.c --------------------------------------------------------------------------------------- */

/* Put resources back as they were when the journal had @p mark entries. */
void fai_resources_undo(fa_app *app, uint32_t mark);
/* No build can fail any more: forget the journal. */
void fai_resources_commit(fa_app *app);
void fai_resources_free(fa_app *app);

/* ---- place.c ------------------------------------------------------------------------------------------ */

/* A public desc's view of the same fields. */
typedef struct fai_place_desc {
    const char *const *before;
    const char *const *after;
    const char *const *in_set;
    const fa_condition *run_if;
} fai_place_desc;

/* Add what is wrong to the list. */
void fai_place_check(const fa_app *app, const fai_place_desc *desc, fai_app_problems *problems);
void fai_terms_check(const fa_app *app, const fa_term *terms, uint32_t max, bool may_write, const char *field,
                     fai_app_problems *problems);
/* Bytes that copies of its names need. */
size_t fai_place_name_bytes(const fai_place_desc *desc);
/* Fill a place; names go to *text, which moves on. OK, or what fai_type_get said. */
fa_result fai_place_fill(fa_app *app, const fai_place_desc *desc, fai_place *place, char **text,
                         const char *here);
fa_result fai_terms_fill(fa_app *app, const fa_term *terms, uint32_t max, fai_term *out, uint32_t *count,
                         const char *here);
const char *fai_name_copy_to(char **text, const char *name);

/* ---- schedule.c, system.c, set.c, order.c -------------------------------------------------------------- */

fai_schedule *fai_schedule_at(const fa_app *app, fa_schedule schedule);
/* That of a name, or NULL. */
fai_schedule *fai_schedule_find(const fa_app *app, const char *name);
fa_result fai_schedules_create(fa_app *app);
void fai_schedules_free(fa_app *app);
/* Remove schedules, systems and set configurations of plugins from @p owner on. */
void fai_schedules_undo(fa_app *app, uint32_t owner);
/* Order every schedule that has changed; the first error, after a diagnostic. */
fa_result fai_schedules_order(fa_app *app, const char *here);
/* Order one. */
fa_result fai_schedule_order(fa_app *app, fai_schedule *schedule, const char *here);
void fai_system_free(fa_app *app, fai_system *system);

/* ---- run.c -------------------------------------------------------------------------------------------- */

/* A use of a scratch arena. Outermost it is empty, so that a reset takes everything back without a mark;
 * nested, below a running system, it needs one, and if there is no memory for that, the outermost use takes
 * it all back. */
typedef struct fai_pad {
    uintptr_t cursor;
    bool nested;
    fa_arena_mark mark;
} fai_pad;
void fai_pad_open(fa_arena *scratch, bool nested, fai_pad *pad);
/* @return Bytes that were taken. */
size_t fai_pad_close(fa_arena *scratch, const fai_pad *pad);
/* Close tag scopes down to @p depth; @p tag was pushed there, if @p pushed. FA804 when others are open or it
 * is not. */
void fai_tags_close(fa_app *app, fa_context *ctx, uint32_t depth, bool pushed, fa_tag tag, const char *who,
                    const char *here);
/* Run a schedule; permissions have been checked. */
fa_result fai_schedule_run(fa_app *app, fai_schedule *schedule, const char *here);
/* Ask its conditions, and run it if they hold. @return The time when that ended. */
uint64_t fai_slot_run(fa_app *app, fai_lane *lane, fai_schedule *schedule, const fai_order *order,
                      const fai_slot *slot, uint64_t run, uint64_t start);

/* ---- tally.c ------------------------------------------------------------------------------------------- */

/* The systems of a batch have run: count them for their plugins and for the app. */
void fai_tally_batch(fa_app *app, const fai_order *order, const fai_batch *batch);
/* A frame begins. */
void fai_tally_frame(fa_app *app);

/* ---- plan.c ------------------------------------------------------------------------------------------- */

struct fai_graph;
/* For an order that is complete: the plan, and the slots' places in it. False: no memory. */
bool fai_plan_make(struct fai_graph *g, fai_order *order);
void fai_order_free(fa_app *app, fai_order *order);

/* ---- execute.c ---------------------------------------------------------------------------------------- */

fa_result fai_lanes_create(fa_app *app);
/* OK, or what keeps the workers: nothing may be taken down then. */
fa_result fai_lanes_stop(fa_app *app);
/* Where a system hangs: has it come back? OK, or TIMEOUT: nothing may be taken down. */
fa_result fai_lanes_recover(fa_app *app, const char *here);
/* The lane of a thread that runs a job; NULL: no memory for its arenas. */
fai_lane *fai_lane_of(fa_app *app, fa_context *ctx);
/* Before something of the app runs on it: what it holds of an earlier fixed step goes. */
void fai_lane_refresh(fa_app *app, fai_lane *lane);
/* Allocations of any lifetime that diagnostics have counted in a context. */
uint64_t fai_allocs_of(fa_context *ctx);
/* Is it worth while to wake workers? */
bool fai_batch_is_wide(const fa_app *app, const fai_order *order, const fai_batch *batch);
fa_result fai_batch_run(fa_app *app, const fai_batch *batch);

/* ---- command.c ---------------------------------------------------------------------------------------- */

/* Apply what the systems of a batch have noted, in their order. */
void fai_commands_apply(fa_app *app, const fai_order *order, const fai_batch *batch);

/* ---- plugin.c ----------------------------------------------------------------------------------------- */

fai_plugin *fai_plugin_at(const fa_app *app, uint32_t index);
fa_result fai_plugins_create(fa_app *app);
/* ready, finish, cleanup; each plugin once. */
fa_result fai_plugins_finish(fa_app *app);
/* shutdown, newest first, down to and including index @p first. */
void fai_plugins_shutdown(fa_app *app, uint32_t first);
void fai_plugins_free(fa_app *app);

/* ---- event.c, state.c ---------------------------------------------------------------------------------- */

/* A system reads an event (@p more is 1), or is gone (UINT32_MAX): events wait for readers of both clocks. */
void fai_event_reader(const fai_system *system, fai_term *term, uint32_t more);
/* A frame begins, or a fixed step. */
void fai_events_flip(fa_app *app, bool fixed);
void fai_events_undo(fa_app *app, uint32_t owner);
void fai_events_free(fa_app *app);
/* Make the changes that were asked for. */
fa_result fai_states_apply(fa_app *app, const char *here);
void fai_states_undo(fa_app *app, uint32_t owner);
void fai_states_free(fa_app *app);

/* ---- plugin_group.c, subapp.c -------------------------------------------------------------------------- */

void fai_groups_free(fa_app *app);
/* A frame of each that has had none in this frame; the first error. */
fa_result fai_subapps_run(fa_app *app, const char *here);
/* Destroy those of plugins from @p owner on, newest first. What cannot be destroyed now stays, and says why.
 */
fa_result fai_subapps_destroy(fa_app *app, uint32_t owner);
void fai_subapps_free(fa_app *app);

/* ---- hook.c ------------------------------------------------------------------------------------------- */

void fai_hooks_call(fa_app *app, fa_hook hook, const fai_schedule *schedule, const fai_system *system);
void fai_hooks_undo(fa_app *app, uint32_t owner);
void fai_hooks_free(fa_app *app);

/* ---- time.c ------------------------------------------------------------------------------------------- */

fa_result fai_time_create(fa_app *app);
/* Time of a new frame. */
void fai_time_frame(fa_app *app, int64_t real_delta_ns, const char *here);
/* Time since the last call, by the app's clock; 0 at the first. */
int64_t fai_time_elapse(fa_app *app);
/* Take a step if one is due; else drop what is too much. */
bool fai_time_step(fa_app *app);
/* Write what systems see: the clock of the frame, or that of the steps while one is open. */
void fai_time_publish(fa_app *app);

/* ---- loop.c ------------------------------------------------------------------------------------------- */

/* End an open step and an open frame. */
void fai_loop_close(fa_app *app);
/* Run Shutdown, if the app was started. */
void fai_loop_shutdown(fa_app *app);

#endif
