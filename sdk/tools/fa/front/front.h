/* front.h - from a source file to a unit of IR, by libclang. */
#ifndef FA_TOOL_FRONT_H
#define FA_TOOL_FRONT_H

#include "ir/ir.h"

typedef struct source_job {
    const char *file;   ///< as it is to be shown
    const char *folder; ///< where the flags are meant to be read
    const char **flags;
    int flag_count;
    const char *refused; ///< why it must not be parsed; NULL
} source_job;

/// Parse and lower one file. Never fails as a whole: what went wrong stands in `problems`, with `parsed`
/// false.
unit *front_read(const source_job *job);

#endif
