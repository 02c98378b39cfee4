/* result.h - how a call ended.
 *
 * Set-up calls return an fa_result; hot calls return a pointer or NULL, and the reason stands in
 * fa_context_last_result. Two kinds of failure share the enum: the world said no (OUT_OF_MEMORY, OVER_BUDGET,
 * FULL ...), which is nobody's mistake and is never reported as a diagnostic; and the caller broke the
 * contract (FRAME_OPEN, DOUBLE_FREE, STALE ...), which changes nothing and sends a diagnostic too
 * (diagnostic.h).
 *
 * The table is the only place where names, numbers and texts stand. Numbers never change; new ones go to the
 * end. */
#ifndef FRAMEALLOC_RESULT_H
#define FRAMEALLOC_RESULT_H

#include "framealloc/base.h"

FA_EXTERN_C_BEGIN

#define FA_RESULT_TABLE(X)                                                        \
    X(OK, "ok")                                                                   \
    X(OUT_OF_MEMORY, "the system gave no memory")                                 \
    X(OVER_BUDGET, "a hard limit would be exceeded")                              \
    X(FULL, "the configured maximum is reached")                                  \
    X(INVALID_DESC, "a desc is not zero-initialised or has a field out of range") \
    X(INVALID_ARGUMENT, "an argument is out of range")                            \
    X(FRAME_OPEN, "a frame is open")                                              \
    X(NO_FRAME, "no frame is open")                                               \
    X(STALE, "checkpoint, handle or ticket of another time or owner")             \
    X(WRONG_THREAD, "called from a thread that does not own the context")         \
    X(FOREIGN_POINTER, "the pointer was not allocated here")                      \
    X(DOUBLE_FREE, "the block is already free")                                   \
    X(WRONG_FAMILY, "freed by the function of another lifetime")                  \
    X(TAKEN, "received already")                                                  \
    X(TIMEOUT, "time-out")                                                        \
    X(IO, "input or output failed")                                               \
    X(NOT_FOUND, "no such thing")                                                 \
    X(REENTRANT, "called from inside a callback that may not")                    \
    X(UNBALANCED, "closed what was not opened last")                              \
    X(BUSY, "still in use")                                                       \
    X(EXISTS, "there is one of that name already")                                \
    X(WRONG_SIZE, "the size given differs from the size allocated")               \
    X(LOST, "a thread ended in the middle of it")                                 \
    X(WRONG_TYPE, "the handle is of another type")

typedef enum fa_result {
#define FA_X(name, text) FA_RESULT_##name,
    FA_RESULT_TABLE(FA_X)
#undef FA_X
        FA_RESULT_COUNT
} fa_result;

/// The text of a result, for people. Never NULL; unknown numbers give "unknown result".
/// [any-thread]
FA_API const char *fa_result_text(fa_result result);

/// The name of a result as it stands in the table ("OUT_OF_MEMORY"), for logs and tests. Never NULL.
/// [any-thread]
FA_API const char *fa_result_name(fa_result result);

FA_EXTERN_C_END

#endif
