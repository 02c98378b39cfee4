/* roles.c - the table of names. One line per function, or per family of functions that end alike; looked up
 * once per declaration that is called, so a linear walk would do, but a sorted one costs nothing more. */
#include "ir/roles.h"

#include "base/base.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct named_role {
    const char *name;
    role_set roles;
} named_role;

/* SDK names are given without their fa_ or fai_ prefix. */
static const named_role sdk_names[] = {
    {"allocator_budget_set", ROLE(BUDGET)},
    {"app_allocator", ROLE(PURE)},
    {"app_context", ROLE(PURE)},
    {"app_frame_begin", ROLE(BEGIN_FRAME)},
    {"app_frame_end", ROLE(END_FRAME)},
    {"app_insert", ROLE(LONG_LIVED)},
    {"app_resource", ROLE(LONG_LIVED) | ROLE(PURE)},
    {"app_resource_mut", ROLE(LONG_LIVED) | ROLE(PURE)},
    {"arena_alloc", ROLE(FRAME)},
    {"arena_alloc_slow", ROLE(FRAME)},
    {"arena_array", ROLE(FRAME)},
    {"arena_mark_get", ROLE(SCRATCH_BEGIN)},
    {"arena_reset", ROLE(END_FRAME)},
    {"arena_rewind", ROLE(SCRATCH_END)},
    {"barrier_create", ROLE(BARRIER_CREATE)},
    {"barrier_frame_end", ROLE(BARRIER) | ROLE(END_FRAME)},
    {"barrier_leave", ROLE(BARRIER)},
    {"barrier_wait", ROLE(BARRIER)},
    {"budget_set_allocator", ROLE(BUDGET)},
    {"budget_set_context", ROLE(BUDGET)},
    {"budget_set_tag", ROLE(BUDGET)},
    {"cmd_add", ROLE(LONG_LIVED)},
    {"context_allocator", ROLE(PURE)},
    {"context_attach", ROLE(ATTACH)},
    {"context_budget_set", ROLE(BUDGET)},
    {"context_current", ROLE(PURE)},
    {"context_detach", ROLE(DETACH)},
    {"emit", ROLE(LONG_LIVED)},
    {"frame_alloc", ROLE(FRAME)},
    {"frame_alloc_slow", ROLE(FRAME)},
    {"frame_alloc_zeroed", ROLE(FRAME)},
    {"frame_array", ROLE(FRAME)},
    {"frame_array_zeroed", ROLE(FRAME)},
    {"frame_batch", ROLE(FRAME)},
    {"frame_begin", ROLE(BEGIN_FRAME)},
    {"frame_copy", ROLE(FRAME)},
    {"frame_end", ROLE(END_FRAME)},
    {"frame_is_open", ROLE(LEASE)},
    {"frame_mark", ROLE(SCRATCH_BEGIN)},
    {"frame_on_end", ROLE(SYNC)},
    {"frame_printf", ROLE(FRAME)},
    {"frame_promote", ROLE(LEASE)},
    {"frame_realloc", ROLE(FRAME)},
    {"frame_remaining_bytes", ROLE(REMAINING)},
    {"frame_retain", ROLE(RETAIN)},
    {"frame_rewind", ROLE(SCRATCH_END)},
    {"frame_strdup", ROLE(FRAME)},
    {"frame_vprintf", ROLE(FRAME)},
    {"get", ROLE(LONG_LIVED) | ROLE(PURE)},
    {"group_alloc", ROLE(GROUP)},
    {"group_alloc_zeroed", ROLE(GROUP)},
    {"group_destroy", ROLE(GROUP_END)},
    {"group_free", ROLE(GROUP_FREE)},
    {"group_free_all", ROLE(GROUP_END)},
    {"handle_free", ROLE(LEASE)},
    {"handle_get", ROLE(LEASE)},
    {"handle_heap_defragment", ROLE(LEASE)},
    {"handle_pin", ROLE(LEASE)},
    {"handle_unpin", ROLE(LEASE)},
    {"heap_alloc", ROLE(HEAP)},
    {"heap_alloc_zeroed", ROLE(HEAP)},
    {"heap_free", ROLE(HEAP_FREE)},
    {"heap_free_sized", ROLE(HEAP_FREE)},
    {"heap_realloc", ROLE(HEAP) | ROLE(REALLOC)},
    {"local", ROLE(LONG_LIVED) | ROLE(PURE)},
    {"map_get", ROLE(LEASE)},
    {"map_key_at", ROLE(LEASE)},
    {"map_make", ROLE(LEASE)},
    {"map_value_at", ROLE(LEASE)},
    {"par_for", ROLE(SYNC)},
    {"pool_alloc", ROLE(POOL)},
    {"pool_alloc_zeroed", ROLE(POOL)},
    {"pool_free", ROLE(POOL_FREE)},
    {"pool_free_sized", ROLE(POOL_FREE)},
    {"pool_reset", ROLE(LEASE)},
    {"res", ROLE(LONG_LIVED) | ROLE(PURE)},
    {"res_mut", ROLE(LONG_LIVED) | ROLE(PURE)},
    {"retained_take", ROLE(TAKE)},
    {"scratch_alloc", ROLE(FRAME)},
    {"scratch_array", ROLE(FRAME)},
    {"scratch_begin", ROLE(SCRATCH_BEGIN)},
    {"scratch_end", ROLE(SCRATCH_END)},
    {"scratch_scope_close", ROLE(SCRATCH_END)},
    {"speculation_begin", ROLE(SCRATCH_BEGIN)},
    {"speculation_commit", ROLE(SCRATCH_KEEP)},
    {"speculation_scope_close", ROLE(SCRATCH_END)},
    {"speculation_undo", ROLE(SCRATCH_END)},
    {"stream_read_begin", ROLE(LEASE)},
    {"stream_read_end", ROLE(LEASE)},
    {"stream_write_begin", ROLE(LEASE)},
    {"stream_write_end", ROLE(LEASE)},
    {"sys_context", ROLE(PURE)},
    {"sys_ctx", ROLE(PURE)},
    {"sys_frame", ROLE(FRAME)},
    {"sys_local", ROLE(LONG_LIVED) | ROLE(PURE)},
    {"sys_resource", ROLE(LONG_LIVED) | ROLE(PURE)},
    {"sys_resource_mut", ROLE(LONG_LIVED) | ROLE(PURE)},
    {"sys_scratch", ROLE(FRAME) | ROLE(SYSTEM_SCRATCH)},
    {"sys_step", ROLE(FRAME)},
    {"sys_user", ROLE(LONG_LIVED) | ROLE(PURE)},
    {"tag_budget_set", ROLE(BUDGET)},
    {"tag_intern", ROLE(INTERN)},
    {"tag_pop", ROLE(TAG_POP)},
    {"tag_push", ROLE(TAG_PUSH)},
    {"task_alloc", ROLE(LEASE)},
    {"task_batch_begin", ROLE(LEASE)},
    {"task_batch_close", ROLE(LEASE)},
    {"task_batch_end", ROLE(LEASE)},
    {"task_end", ROLE(LEASE)},
    {"task_enter", ROLE(LEASE)},
    {"task_free", ROLE(LEASE)},
    {"task_keep", ROLE(LEASE)},
    {"task_leave", ROLE(LEASE)},
    {"ticket_alloc", ROLE(LEASE)},
    {"ticket_array", ROLE(LEASE)},
    {"ticket_close", ROLE(LEASE)},
    {"ticket_close_all", ROLE(LEASE)},
    {"ticket_open", ROLE(LEASE)},
    {"transfer_cancel", ROLE(RECEIVE)},
    {"transfer_receive", ROLE(RECEIVE)},
    {"transfer_send", ROLE(TRANSFER)},
    {"typed_pool_alloc", ROLE(POOL)},
    {"typed_pool_destroy", ROLE(LEASE)},
    {"typed_pool_free", ROLE(POOL_FREE)},
    {"typed_pool_reset", ROLE(LEASE)},
    {"vector_at", ROLE(LEASE)},
    {"vector_push", ROLE(FRAME)},
    {"workers_for", ROLE(SYNC)},
    {"workers_submit", ROLE(TASK)},
};

static const named_role other_names[] = {
    {"SDL_AddTimer", ROLE(TIMER)},
    {"SDL_CondWait", ROLE(WAIT)},
    {"SDL_CreateThread", ROLE(THREAD)},
    {"SDL_CreateThreadWithStackSize", ROLE(THREAD)},
    {"SDL_DetachThread", ROLE(THREAD_DETACH)},
    {"SDL_PollEvent", ROLE(INPUT)},
    {"SDL_RWread", ROLE(INPUT)},
    {"SDL_ReadBE16", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"SDL_ReadBE32", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"SDL_ReadBE64", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"SDL_ReadLE16", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"SDL_ReadLE32", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"SDL_ReadLE64", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"SDL_RemoveTimer", ROLE(TIMER_REMOVE)},
    {"SDL_SemWait", ROLE(WAIT)},
    {"SDL_SemWaitTimeout", ROLE(WAIT)},
    {"SDL_WaitEvent", ROLE(INPUT)},
    {"SDL_WaitThread", ROLE(THREAD_JOIN)},
    {"SDL_free", ROLE(LIBC_FREE)},
    {"SDL_malloc", ROLE(LIBC)},
    {"SDL_calloc", ROLE(LIBC)},
    {"SDL_memcpy", ROLE(COPY)},
    {"SDL_memset", ROLE(SET)},
    {"_Exit", ROLE(STOP)},
    {"__assert_fail", ROLE(STOP)},
    {"__builtin_expect", ROLE(EXPECT)},
    {"__builtin_memcpy", ROLE(COPY)},
    {"__builtin_memmove", ROLE(COPY)},
    {"__builtin_memset", ROLE(SET)},
    {"__builtin_trap", ROLE(STOP)},
    {"__builtin_unreachable", ROLE(STOP)},
    {"_exit", ROLE(STOP)},
    {"abort", ROLE(STOP)},
    {"accept", ROLE(INPUT)},
    {"aligned_alloc", ROLE(LIBC)},
    {"atof", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"atoi", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"atol", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"atoll", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"bsearch", ROLE(SYNC)},
    {"calloc", ROLE(LIBC)},
    {"cnd_wait", ROLE(WAIT)},
    {"exit", ROLE(STOP)},
    {"fgetc", ROLE(INPUT)},
    {"fgets", ROLE(INPUT)},
    {"fread", ROLE(INPUT)},
    {"free", ROLE(LIBC_FREE)},
    {"fscanf", ROLE(INPUT)},
    {"getc", ROLE(INPUT)},
    {"getchar", ROLE(INPUT)},
    {"getdelim", ROLE(INPUT)},
    {"getenv", ROLE(INPUT)},
    {"getline", ROLE(INPUT)},
    {"longjmp", ROLE(STOP)},
    {"malloc", ROLE(LIBC)},
    {"memcpy", ROLE(COPY)},
    {"memmove", ROLE(COPY)},
    {"memset", ROLE(SET)},
    {"ntohl", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"ntohs", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"pread", ROLE(INPUT)},
    {"pthread_barrier_wait", ROLE(WAIT)},
    {"pthread_cond_wait", ROLE(WAIT)},
    {"pthread_create", ROLE(THREAD)},
    {"pthread_detach", ROLE(THREAD_DETACH)},
    {"pthread_exit", ROLE(STOP)},
    {"pthread_join", ROLE(THREAD_JOIN)},
    {"qsort", ROLE(SYNC)},
    {"qsort_r", ROLE(SYNC)},
    {"quick_exit", ROLE(STOP)},
    {"read", ROLE(INPUT)},
    {"readdir", ROLE(INPUT)},
    {"readlink", ROLE(INPUT)},
    {"realloc", ROLE(LIBC)},
    {"recv", ROLE(INPUT)},
    {"recvfrom", ROLE(INPUT)},
    {"recvmsg", ROLE(INPUT)},
    {"scanf", ROLE(INPUT)},
    {"sem_wait", ROLE(WAIT)},
    {"siglongjmp", ROLE(STOP)},
    {"sscanf", ROLE(INPUT)},
    {"strdup", ROLE(LIBC)},
    {"strlen", ROLE(LENGTH)},
    {"strtol", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"strtoll", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"strtoul", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"strtoull", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"strtoumax", ROLE(INPUT) | ROLE(TRANSFORM)},
    {"thrd_create", ROLE(THREAD)},
    {"thrd_detach", ROLE(THREAD_DETACH)},
    {"thrd_exit", ROLE(STOP)},
    {"thrd_join", ROLE(THREAD_JOIN)},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static VEC(named_role) configured;
static VEC(int) configured_task;

static const char *const role_words[ROLE_COUNT] = {
#define X(name, text) text,
    ROLE_TABLE(X)
#undef X
};

role_set role_of_word(const char *text)
{
    for (int i = 0; i < ROLE_COUNT; i++) {
        if (strcmp(role_words[i], text) == 0) {
            return (role_set)1 << i;
        }
    }
    return 0;
}

role_set role_of_annotation(const char *annotation, int *task_arg)
{
    if (!starts_with(annotation, "fa:")) {
        return 0;
    }
    if (starts_with(annotation, "fa:task_arg=")) {
        *task_arg = atoi(annotation + strlen("fa:task_arg="));
        return ROLE(TASK);
    }
    return role_of_word(annotation + 3);
}

static role_set find(const named_role *table, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i].name, name) == 0) {
            return table[i].roles;
        }
    }
    return 0;
}

/* Words of a name, by underscores and capitals: net_read_u32, ReadPacket. */
static bool has_word(const char *name, const char *const *words, size_t count)
{
    for (const char *at = name; *at;) {
        size_t n = 1;
        while (at[n] && at[n] != '_' &&
               !(at[n] >= 'A' && at[n] <= 'Z' && !(at[n - 1] >= 'A' && at[n - 1] <= 'Z'))) {
            n++;
        }
        for (size_t i = 0; i < count; i++) {
            if (strlen(words[i]) == n && strncasecmp(words[i], at, n) == 0) {
                return true;
            }
        }
        at += n;
        while (*at == '_') {
            at++;
        }
    }
    return false;
}

role_set role_of_name(const char *name, bool in_system)
{
    for (int i = 0; i < configured.count; i++) {
        if (strcmp(configured.at[i].name, name) == 0) {
            return configured.at[i].roles;
        }
    }
    if (starts_with(name, "fai_")) {
        return find(sdk_names, COUNT(sdk_names), name + 4);
    }
    if (starts_with(name, "fa_")) {
        return find(sdk_names, COUNT(sdk_names), name + 3);
    }
    role_set roles = find(other_names, COUNT(other_names), name);
    static const char *const readers[] = {"read",  "recv",  "receive", "packet", "socket",
                                          "fetch", "input", "parse",   "decode"};
    static const char *const waiters[] = {"wait", "join", "sync", "barrier", "timedwait"};
    if (!roles && !in_system && has_word(name, readers, COUNT(readers))) {
        roles = ROLE(INPUT);
    } else if (!roles && has_word(name, waiters, COUNT(waiters))) {
        roles = ROLE(WAIT);
    }
    return roles;
}

void role_add_name(const char *name, role_set roles, int task_arg)
{
    vec_push(&configured, (named_role){word(name), roles});
    vec_push(&configured_task, task_arg);
}

int role_task_arg(const char *name)
{
    for (int i = 0; i < configured.count; i++) {
        if (strcmp(configured.at[i].name, name) == 0) {
            return configured_task.at[i];
        }
    }
    return 0;
}
