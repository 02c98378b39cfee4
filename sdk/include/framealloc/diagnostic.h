/* diagnostic.h - what the SDK says when the caller broke a promise, and to whom.
 *
 * A diagnostic is about the caller's code: a stable code, where it happened, where the story began, and what
 * to do. The call that caused it changed nothing. What the world refuses (no memory, a limit) is never a
 * diagnostic.
 *
 * Codes come from one table, shared with `fa explain`. The first digit is the subject: 0 frames and
 * arguments, 1 set-up, 2 threads, 3 budgets, 4 handles and streams, 5 behaviour, 6 lifetime, 7 tasks, 8
 * architecture, 9 the SDK itself.
 *
 * Diagnostics go to the handler in the desc; without one, a line on stderr. Afterwards the strictness
 * decides: go on, trap or abort. The handler runs on the thread that made the call and may call the SDK,
 * except that a diagnostic caused from inside a handler is counted and dropped. */
#ifndef FRAMEALLOC_DIAGNOSTIC_H
#define FRAMEALLOC_DIAGNOSTIC_H

#include "framealloc/result.h"

FA_EXTERN_C_BEGIN

/* X(code, severity, title, hint): the run-time codes. `fa` knows more codes than these; none has two
 * meanings. */
#define FA_DIAGNOSTIC_TABLE(X)                                                                               \
    X(FA001, ERROR, "frame memory asked for while no frame is open",                                         \
      "call fa_frame_begin first, or take the memory from the pool or the heap")                             \
    X(FA004, ERROR, "alignment is not a power of two, or above the maximum",                                 \
      "pass FA_ALIGNOF(type), or 0 for the default of 16 bytes; at most 65,536")                             \
    X(FA005, ERROR, "an argument is out of range",                                                           \
      "the message names the argument; the header says what it may be")                                      \
    X(FA101, ERROR, "a plugin is missing or was refused",                                                    \
      "add the plugins it needs before it, once each, before the app starts; build it against this version") \
    X(FA102, WARNING, "the frame hooks were not executed in this frame",                                     \
      "run the schedules First and Last in every frame, or leave the framealloc plugin out")                 \
    X(FA103, ERROR, "a desc was refused",                                                                    \
      "zero-initialise the desc, then set only what you need: the message lists every problem")              \
    X(FA104, ERROR, "an object is taken down while it is still in use",                                      \
      "end frames and detach contexts first; the message names what still uses it")                          \
    X(FA105, ERROR, "called from inside a callback that may not do this",                                    \
      "note what you want in the callback, and do it after the call that ran the callback has returned")     \
    X(FA106, ERROR, "the systems of a schedule cannot be ordered",                                           \
      "the message names the systems: correct the name, or drop one of the constraints that form the cycle") \
    X(FA107, ERROR, "a system uses what it did not declare",                                                 \
      "add the term to its desc: .res = { FA_R(Type) } to read, FA_W(Type) to write; or make it exclusive")  \
    X(FA108, ERROR, "step memory asked for outside of a fixed step",                                         \
      "use frame or scratch memory there, or run the system in one of the Fixed schedules")                  \
    X(FA110, ERROR, "the world is changed while it is being read",                                           \
      "note what to change and do it after the loop, or use commands; end a walk that is left early")        \
    X(FA111, ERROR, "an entity that is gone is used",                                                        \
      "ask fa_world_is_alive first, or drop the id when the entity is despawned")                            \
    X(FA205, ERROR, "a frame ends while another thread may still use it",                                    \
      "join the jobs or threads that were given memory of the frame, or wait at a barrier with them, first") \
    X(FA206, ERROR, "a context is used by a thread that does not own it",                                    \
      "attach a context of its own to each thread, or hand the context over with fa_context_hand_over")      \
    X(FA207, ERROR, "jobs or their workers are misused",                                                     \
      "submit a job once and keep it until it is joined; start, join and stop outside of frames and jobs")   \
    X(FA208, ERROR, "a barrier is used by somebody who is not a participant, or joined twice",               \
      "create it with a seat for each context that waits, or let each join once before it waits")            \
    X(FA209, ERROR, "a transfer is cancelled by somebody who did not send it",                               \
      "receive it, or let the context that sent it take it back")                                            \
    X(FA401, ERROR, "a handle or stream is stale, forged or of another type",                                \
      "forget a handle when its block is freed, or ask fa_handle_is_live; pass the type it was made with")   \
    X(FA402, ERROR, "pins do not match, or something pinned is taken away",                                  \
      "pair each pin with one unpin and each read or write begin with one end; free when nobody holds it")   \
    X(FA403, ERROR, "a stream is not in the state that this needs",                                          \
      "reserve, write all of it, make it ready, then read; one writer at a time")                            \
    X(FA501, WARNING, "frame memory behaves like long-lived data",                                           \
      "take what lives for many frames from the pool or from an arena of its own")                           \
    X(FA502, WARNING, "most frame memory of a tag is retained",                                              \
      "take from the pool what will be kept, and from the frame what will not")                              \
    X(FA510, WARNING, "pool objects are used as scratch memory",                                             \
      "take from the frame what is freed in the frame that made it")                                         \
    X(FA520, WARNING, "something is promoted in most frames",                                                \
      "keep one object in the pool and update it, instead of promoting a new one each time")                 \
    X(FA530, WARNING, "the heap is used inside frames",                                                      \
      "take small things from frame or pool, and large ones before the loop")                                \
    X(FA540, WARNING, "a frame that should be steady went to the system",                                    \
      "warm up longer before fa_steady_begin, set frame_prefault_bytes or frame_keep_bytes, and take what "  \
      "grows from memory that is made before the loop")                                                      \
    X(FA603, ERROR, "frame boundaries do not match",                                                         \
      "pair each fa_frame_begin with one fa_frame_end on every path; frames do not nest")                    \
    X(FA604, WARNING, "retention does not match its use",                                                    \
      "retain frame memory once, take it after the frame's end, and free it by the family that the policy "  \
      "names")                                                                                               \
    X(FA605, ERROR, "a discarded block is held beyond its frame",                                            \
      "choose FA_RETAIN_POOL or FA_RETAIN_HEAP, or let go of the pointer before the frame ends")             \
    X(FA606, ERROR, "something of an ended frame or scope is used",                                          \
      "take a new checkpoint in this frame; keep what must outlive the frame in pool, heap or retained "     \
      "memory")                                                                                              \
    X(FA607, ERROR, "a pool or heap block is misused",                                                       \
      "free each block once, by the function of its own family, with the pointer that the allocation "       \
      "returned")                                                                                            \
    X(FA608, WARNING, "a pool or heap block was never freed",                                                \
      "free it before its allocator is destroyed, or give it a shorter lifetime: frame, arena or group")     \
    X(FA701, ERROR, "frame memory in a task or coroutine",                                                   \
      "take the memory from the task or the pool, or begin and end a frame inside the task")                 \
    X(FA704, ERROR, "a task is used by somebody who does not run it",                                        \
      "enter it on one context at a time, allocate and free inside it, leave it in the reverse order")       \
    X(FA804, WARNING, "tag or scratch scopes do not match",                                                  \
      "close each scope in the order of opening, or use FA_TAG_SCOPE and FA_SCRATCH_SCOPE, which cannot be " \
      "left open")                                                                                           \
    X(FA901, ERROR, "the allocator's own bookkeeping is damaged",                                            \
      "something wrote over memory it does not own; run the address-sanitizer build to find it")

typedef enum fa_severity { FA_SEVERITY_HINT, FA_SEVERITY_WARNING, FA_SEVERITY_ERROR } fa_severity;

typedef enum fa_diagnostic_code {
#define FA_X(code, severity, title, hint) FA_CODE_##code,
    FA_DIAGNOSTIC_TABLE(FA_X)
#undef FA_X
        FA_CODE_COUNT
} fa_diagnostic_code;

/// What a handler gets. All strings are borrowed for the call; `earlier` and `tag` may be NULL where unknown.
typedef struct fa_diagnostic {
    const char *code;       ///< "FA607"
    const char *severity;   ///< "error", "warning" or "hint"
    const char *message;    ///< what happened, with names and figures
    const char *hint;       ///< what to do about it
    const char *tag;        ///< tag current at the call, or of the block; "untagged" where none was
    const char *here;       ///< call site, "file.c:123"
    const char *earlier;    ///< where the story began: the allocation, the first free, the open frame's begin
    const char *first_free; ///< on a double free: where the block was freed before; else NULL
    const char *thread;     ///< name of the calling thread
    const char *allocator;  ///< name given in the allocator's desc
    uint64_t frame;         ///< index of the context's current or last frame; 0 before the first
    const void *address;    ///< the block in question, or NULL
    size_t bytes;           ///< its size, or 0
    fa_result result;       ///< what the call returns
    fa_diagnostic_code id;  ///< the code as a number, for switch statements
} fa_diagnostic;

typedef struct fa_diagnostic_handler {
    void (*fn)(void *user, const fa_diagnostic *diagnostic);
    void *user;
} fa_diagnostic_handler;

/// What happens after a diagnostic of severity error has been delivered. Default: abort in debug builds of
/// the SDK, report in others. The environment variable FA_STRICT (report, trap or abort), read when an
/// allocator is created, takes the place of what its desc says; fa_allocator_set_strictness is stronger than
/// both.
typedef enum fa_strictness {
    FA_STRICT_DEFAULT,
    FA_STRICT_REPORT, ///< go on; the call returns its error
    FA_STRICT_TRAP,   ///< stop in the debugger at the caller's line (SIGTRAP or the platform's like)
    FA_STRICT_ABORT   ///< abort()
} fa_strictness;

/// Code ("FA607"), title and hint from the table. Out of range gives "FA000", "unknown code", "".
/// [any-thread]
FA_API const char *fa_diagnostic_code_name(fa_diagnostic_code code);
FA_API const char *fa_diagnostic_title(fa_diagnostic_code code);
FA_API const char *fa_diagnostic_hint(fa_diagnostic_code code);

/// Write a diagnostic as the default handler does: a readable paragraph ending in a newline.
/// @return The length it needs without the final NUL, as snprintf does; @p buffer gets at most @p capacity
/// bytes. [any-thread]
FA_API size_t fa_diagnostic_format(const fa_diagnostic *diagnostic, char *buffer, size_t capacity);

FA_EXTERN_C_END

#endif
