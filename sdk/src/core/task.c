/* task.c - a list of pool blocks with one owner at a time.
 *
 * The task's `ctx` is the claim: entering is one compare-and-swap, so of two threads that enter at the same
 * time one is refused. Everything else is touched by the claimant only. The list grows by doubling; blocks
 * are in it in the order of allocation, so that a batch is a tail of it, and what was allocated last is found
 * first. */
#include "core/task.h"

#include <stdio.h>
#include <string.h>

typedef struct task_block {
    void *p;
    size_t bytes;
    uint64_t serial; /* rises along the list */
    const char *here;
} task_block;

struct fa_task {
    fa_allocator *allocator;
    _Atomic(fai_context *) ctx; /* who runs it; NULL: suspended */
    fa_task *outer;             /* task that was entered before on the same context */
    uint64_t foreign_frame;     /* index of the frame that was open when it was entered, or 0 */
    fai_list blocks;            /* task_block */
    uint64_t serial;
    atomic_size_t count;
    atomic_size_t bytes;
    const char *enter_here;
    char name[FAI_NAME_BYTES];
};

static FA_COLD fa_result refuse(const fa_task *task, fai_context *ctx, fa_diagnostic_code code,
                                fa_result result, const char *here, const char *call, const char *text)
{
    fai_report report = {.code = code,
                         .result = result,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here,
                         .earlier = task != NULL && atomic_load(&task->ctx) == ctx ? task->enter_here : NULL};
    ctx->last_result = result;
    return task != NULL ? fai_report_send(&report, "%s: task %s %s", call, task->name, text)
                        : fai_report_send(&report, "%s: %s", call, text);
}

static fa_result check(const fa_task *task, fa_context *ctx, const char *call, const char *here)
{
    fa_result result = fai_context_check(ctx, call, here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    if (task == NULL || task->allocator != fai_ctx(ctx)->allocator) {
        return refuse(NULL, fai_ctx(ctx), FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here, call,
                      task == NULL ? "task is NULL" : "the task is of another allocator");
    }
    return FA_RESULT_OK;
}

/* OK: the task is entered on this context. */
static fa_result check_entered(const fa_task *task, fa_context *ctx, const char *call, const char *here)
{
    fa_result result = check(task, ctx, call, here);
    if (result == FA_RESULT_OK && atomic_load_explicit(&task->ctx, memory_order_relaxed) != fai_ctx(ctx)) {
        return refuse(task, fai_ctx(ctx), FA_CODE_FA704, FA_RESULT_BUSY, here, call,
                      "is not entered on this context");
    }
    return result;
}

fa_result fai_task_create(fa_context *public_ctx, const char *name, fa_task **out, const char *here)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    fa_result result = fai_context_check(public_ctx, "fa_task_create", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fa_task *task = fai_meta_alloc(ctx->allocator, sizeof *task);
    if (task == NULL) {
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    task->allocator = ctx->allocator;
    task->serial = 1;
    fai_name_copy(task->name, name, "task");
    *out = task;
    return FA_RESULT_OK;
}

/* ---- enter, leave -------------------------------------------------------------------------------------- */

fa_result fai_task_enter(fa_task *task, fa_context *public_ctx, const char *here)
{
    fa_result result = check(task, public_ctx, "fa_task_enter", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_context *nobody = NULL;
    if (!atomic_compare_exchange_strong(&task->ctx, &nobody, ctx)) {
        char text[96];
        snprintf(text, sizeof text, "is entered already, on %s",
                 nobody == ctx ? "this context" : "another one");
        return refuse(NULL, ctx, FA_CODE_FA704, FA_RESULT_BUSY, here, "fa_task_enter", text);
    }
    task->enter_here = here;
    task->outer = ctx->task;
    task->foreign_frame = fai_frame_state_of(ctx) != FAI_FRAME_CLOSED ? ctx->frame_index : 0;
    ctx->task = task;
    if (task->foreign_frame != 0) {
        fai_context_slow(ctx, FAI_SLOW_TASK, true);
    }
    return FA_RESULT_OK;
}

/* Precondition: the innermost task of the context. */
static void leave(fai_context *ctx, fa_task *task)
{
    ctx->task = task->outer;
    task->outer = NULL;
    if (task->foreign_frame != 0 && (ctx->task == NULL || ctx->task->foreign_frame == 0)) {
        fai_context_slow(ctx, FAI_SLOW_TASK, false);
    }
    atomic_store(&task->ctx, NULL); /* releases what was written */
}

static fa_result leave_checked(fa_task *task, fai_context *ctx, const char *call, const char *here)
{
    if (ctx->task != task) {
        return refuse(task, ctx, FA_CODE_FA704, FA_RESULT_BUSY, here, call,
                      "has another one entered inside it");
    }
    if (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED && ctx->frame_index != task->foreign_frame) {
        return refuse(task, ctx, FA_CODE_FA704, FA_RESULT_FRAME_OPEN, here, call,
                      "began a frame that is still open");
    }
    leave(ctx, task);
    return FA_RESULT_OK;
}

fa_result fai_task_leave(fa_task *task, fa_context *ctx, const char *here)
{
    fa_result result = check_entered(task, ctx, "fa_task_leave", here);
    return result == FA_RESULT_OK ? leave_checked(task, fai_ctx(ctx), "fa_task_leave", here) : result;
}

uint32_t fai_task_leave_all(fai_context *ctx)
{
    uint32_t count = 0;
    for (; ctx->task != NULL; count++) {
        leave(ctx, ctx->task);
    }
    return count;
}

bool fai_task_forbids_frame(const fai_context *ctx)
{
    return ctx->frame_index == ctx->task->foreign_frame;
}

void *fai_task_refuse_frame(fai_context *ctx, const char *here)
{
    fai_context_fail(ctx, FA_RESULT_INVALID_ARGUMENT);
    (void)refuse(ctx->task, ctx, FA_CODE_FA701, FA_RESULT_INVALID_ARGUMENT, here, "fa_frame_alloc",
                 "did not begin the frame that is open");
    return NULL;
}

/* ---- blocks -------------------------------------------------------------------------------------------- */

static task_block *blocks_of(const fa_task *task)
{
    return task->blocks.items;
}

static void count_one(fa_task *task, size_t bytes, size_t blocks)
{
    fai_figure_add(&task->bytes, bytes);
    fai_figure_add(&task->count, blocks);
}

/* Free what stands at the list's end; the block was freed behind the task's back: reported. */
static void free_last(fa_task *task, fai_context *ctx, const char *here)
{
    task_block block = blocks_of(task)[--task->blocks.count];
    count_one(task, (size_t)0 - block.bytes, (size_t)0 - 1);
    fai_block found = fai_block_find(ctx->allocator, block.p);
    bool same = found.where == FAI_WHERE_BLOCK && found.live && found.family == FAI_FAMILY_POOL &&
                fai_block_size(&found) == block.bytes && fai_block_alloc_here(&found) == block.here;
    if (same) {
        (void)fai_pool_free(&ctx->head, block.p, here);
        return;
    }
    found.live = false; /* and perhaps somebody else's by now */
    (void)fai_block_refuse(&ctx->head, &found, FAI_FAMILY_POOL, "fa_task_end", here);
}

void *fai_task_alloc(fa_task *task, fa_context *public_ctx, size_t size, size_t align, const char *here)
{
    if (check_entered(task, public_ctx, "fa_task_alloc", here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (!fai_list_reserve(ctx->allocator, &task->blocks, task->blocks.count + 1, sizeof(task_block))) {
        return fai_context_fail(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    void *p = fai_pool_alloc(public_ctx, size, align, here);
    if (p != NULL) {
        blocks_of(task)[task->blocks.count++] = (task_block){p, size, task->serial++, here};
        count_one(task, size, 1);
    }
    return p;
}

/* Take a block off the list. False: refused. */
static fa_result forget(fa_task *task, fa_context *ctx, const void *p, const char *call, const char *here)
{
    fa_result result = check_entered(task, ctx, call, here);
    if (result != FA_RESULT_OK || p == NULL) {
        return result;
    }
    task_block *blocks = blocks_of(task);
    for (uint32_t i = task->blocks.count; i > 0; i--) {
        if (blocks[i - 1].p == p) {
            count_one(task, (size_t)0 - blocks[i - 1].bytes, (size_t)0 - 1);
            memmove(&blocks[i - 1], &blocks[i], (task->blocks.count - i) * sizeof *blocks);
            task->blocks.count--;
            return FA_RESULT_OK;
        }
    }
    return refuse(task, fai_ctx(ctx), FA_CODE_FA704, FA_RESULT_NOT_FOUND, here, call,
                  "does not hold this block");
}

fa_result fai_task_free(fa_task *task, fa_context *ctx, void *p, const char *here)
{
    fa_result result = forget(task, ctx, p, "fa_task_free", here);
    return result == FA_RESULT_OK ? fai_pool_free(ctx, p, here) : result;
}

fa_result fai_task_keep(fa_task *task, fa_context *ctx, void *p, const char *here)
{
    return forget(task, ctx, p, "fa_task_keep", here);
}

fa_result fai_task_end(fa_task *task, fa_context *public_ctx, const char *here)
{
    if (task == NULL) {
        return FA_RESULT_OK;
    }
    fa_result result = check(task, public_ctx, "fa_task_end", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    fai_context *runs = NULL;
    if (atomic_compare_exchange_strong(&task->ctx, &runs, ctx)) {
        runs = NULL;
    } else if (runs != ctx) {
        return refuse(NULL, ctx, FA_CODE_FA704, FA_RESULT_BUSY, here, "fa_task_end",
                      "another context runs the task");
    } else {
        result = leave_checked(task, ctx, "fa_task_end", here);
        if (result != FA_RESULT_OK) {
            return result;
        }
    }
    while (task->blocks.count > 0) {
        free_last(task, ctx, here);
    }
    fai_list_free(ctx->allocator, &task->blocks, sizeof(task_block));
    fai_meta_free(ctx->allocator, task, sizeof *task);
    return FA_RESULT_OK;
}

/* ---- queries ------------------------------------------------------------------------------------------- */

size_t fa_task_block_count(const fa_task *task)
{
    return task != NULL ? fai_figure(&task->count) : 0;
}

size_t fa_task_bytes(const fa_task *task)
{
    return task != NULL ? fai_figure(&task->bytes) : 0;
}

const char *fa_task_name(const fa_task *task)
{
    return task->name;
}

fa_task *fa_task_current(const fa_context *ctx)
{
    return ctx != NULL ? fai_ctx(ctx)->task : NULL;
}

/* ---- batches ------------------------------------------------------------------------------------------- */

fa_task_batch fai_task_batch_begin(fa_task *task, fa_context *ctx, const char *here)
{
    fa_task_batch batch = {.task = task, .ctx = ctx, .running = true};
    if (check_entered(task, ctx, "fa_task_batch_begin", here) == FA_RESULT_OK) {
        batch.serial = task->serial;
    }
    return batch;
}

fa_result fai_task_batch_end(fa_task_batch *batch, const char *here)
{
    if (batch == NULL || batch->serial == 0) {
        return FA_RESULT_OK;
    }
    fa_result result = check_entered(batch->task, batch->ctx, "fa_task_batch_end", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    while (batch->task->blocks.count > 0 &&
           blocks_of(batch->task)[batch->task->blocks.count - 1].serial >= batch->serial) {
        free_last(batch->task, fai_ctx(batch->ctx), here);
    }
    batch->serial = 0;
    return FA_RESULT_OK;
}
