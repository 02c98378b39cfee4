/* roles.h - what a function does with memory, as a set of roles.
 *
 * Roles come from the annotations in annotate.h; a table by name stands in for the SDK's own functions and
 * for what the system's libraries offer (threads, timers, allocation, input). Annotations win. `[functions]`
 * in the configuration adds names of the user's own. */
#ifndef FA_TOOL_ROLES_H
#define FA_TOOL_ROLES_H

#include <stdbool.h>
#include <stdint.h>

/* clang-format off */
#define ROLE_TABLE(X) \
    X(BEGIN_FRAME, "begin_frame") \
    X(END_FRAME, "end_frame") \
    X(FRAME, "frame") \
    X(POOL, "pool") \
    X(POOL_FREE, "pool_free") \
    X(HEAP, "heap") \
    X(HEAP_FREE, "heap_free") \
    X(TAG_PUSH, "tag_push") \
    X(TAG_POP, "tag_pop") \
    X(RETAIN, "retain") \
    X(TRANSFER, "transfer") \
    X(RECEIVE, "receive") \
    X(BARRIER, "barrier") \
    X(BUDGET, "budget") \
    X(SUSPEND, "suspend") \
    X(TASK, "task") \
    X(JOIN, "join") \
    X(SCRATCH_BEGIN, "scratch_begin") \
    X(SCRATCH_END, "scratch_end") \
    X(TAKE, "take") \
    X(ATTACH, "attach") \
    X(DETACH, "detach") \
    X(PURE, "pure") \
    X(INTERN, "intern") \
    X(BARRIER_CREATE, "barrier_create") \
    X(THREAD, "thread") \
    X(THREAD_JOIN, "thread_join") \
    X(THREAD_DETACH, "thread_detach") \
    X(TIMER, "timer") \
    X(TIMER_REMOVE, "timer_remove") \
    X(WAIT, "wait") \
    X(INPUT, "input") \
    X(LIBC, "malloc") \
    X(LIBC_FREE, "free") \
    X(COPY, "copy") \
    X(SET, "set") \
    X(STOP, "stop") \
    X(LONG_LIVED, "long_lived") \
    X(SYSTEM_SCRATCH, "system_scratch") \
    X(EXPECT, "expect") \
    X(SYNC, "sync") \
    X(REALLOC, "realloc") \
    X(TRANSFORM, "transform") \
    X(PRINT, "print") \
    X(LENGTH, "length") \
    X(GROUP, "group") \
    X(GROUP_FREE, "group_free") \
    X(GROUP_END, "group_end") \
    X(SCRATCH_KEEP, "scratch_keep") \
    X(REMAINING, "remaining") \
    X(LEASE, "lease")
/* clang-format on */

typedef enum role_index {
#define X(name, text) ROLE_INDEX_##name,
    ROLE_TABLE(X)
#undef X
        ROLE_COUNT
} role_index;

typedef uint64_t role_set;
enum { ROLE_FIRST_DUMMY };
#define ROLE(name) ((role_set)1 << ROLE_INDEX_##name)

/// Whose frame a function's context argument names.
typedef enum ctx_kind { CTX_NONE, CTX_CONTEXT, CTX_ARENA, CTX_SYSTEM, CTX_APP, CTX_OTHER } ctx_kind;

role_set role_of_annotation(const char *annotation, int *task_arg); ///< 0: not one of ours
role_set role_of_name(const char *name, bool in_system); ///< by the built-in table and the configuration
role_set role_of_word(const char *text);                 ///< "pool_free" and so on; 0 if unknown
void role_add_name(const char *name, role_set roles,
                   int task_arg);    ///< from the configuration, before parsing
int role_task_arg(const char *name); ///< as configured; 0 for none

#endif
