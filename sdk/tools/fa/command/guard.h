/* guard.h - one source that kills the parser never hides the others.
 *
 * The work runs in a child process. Each parsing thread says which source it is at; one that crashes the
 * parser, that takes more processor time than its size allows, or at which memory runs out is written down,
 * the child ends, and the work starts again without it. Where no child is to be had the work runs unguarded.
 */
#ifndef FA_TOOL_GUARD_H
#define FA_TOOL_GUARD_H

#include "command/command.h"

/// Run @p work(data), which returns the exit status, as often as it takes. Sources that are to blame get
/// their `refused` reason. Call before any thread is started, with nothing written yet.
int guard_run(job_list *jobs, int (*work)(void *data), void *data);

/// Around the parse of all jobs, and in each thread of it around each job. Silent outside of guard_run.
void guard_watch_begin(const job_list *jobs);
void guard_watch_end(void);
void guard_thread_begin(void);
void guard_thread_end(void);
void guard_job(int index); ///< -1: between two
#endif
