/* task.h - what frames and contexts need of tasks. */
#ifndef FAI_TASK_H
#define FAI_TASK_H

#include "core/context.h"
#include "framealloc/task.h"

/* Was the open frame begun outside of the task that runs on the context? Precondition: one does. */
bool fai_task_forbids_frame(const fai_context *ctx);
/* Frame memory wanted inside a task that did not begin the frame: FA701. Always NULL. */
FA_COLD void *fai_task_refuse_frame(fai_context *ctx, const char *here);
/* The context's owner is gone: its tasks are left, and can be entered or ended elsewhere. @return How many.
 */
uint32_t fai_task_leave_all(fai_context *ctx);

#endif
