/* checkpoint.c - marking a position in a frame and rewinding to it.
 *
 * The context keeps a stack of marks; a checkpoint names a place on it and a serial. Rewinding cuts the stack
 * there, so that the checkpoint itself and all later ones stop matching: stale, forged and twice-used
 * checkpoints all fail the same comparison. */
#include "core/context.h"
#include "core/retain.h"
#include "debug/ghost.h"
#include "debug/poison.h"

fa_checkpoint fai_frame_mark(fa_context *public_ctx, const char *here)
{
    const fa_checkpoint invalid = {0};
    if (fai_context_check(public_ctx, "fa_frame_mark", here) != FA_RESULT_OK) {
        return invalid;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN) {
        fai_frame_refuse_closed(ctx, here);
        return invalid;
    }
    fai_steady_set_site(ctx->allocator, here);
    bool room = fai_list_reserve(ctx->allocator, &ctx->marks, ctx->marks.count + 1, sizeof(fai_mark)) &&
                fai_tag_reserve_spans(ctx, ctx->tag_depth + 1);
    fai_steady_set_site(ctx->allocator, NULL);
    if (!room) {
        fai_context_fail(ctx, FA_RESULT_OUT_OF_MEMORY);
        return invalid;
    }
    fai_tag_flush(ctx);
    ctx->attention |= FAI_ATTEND_MARKS;
    fai_scopes_refresh(ctx);
    ctx->mark_serial += ctx->mark_serial == UINT32_MAX ? 2 : 1; /* never 0 */
    ((fai_mark *)ctx->marks.items)[ctx->marks.count++] =
        (fai_mark){.cursor = public_ctx->cursor,
                   .serial = ctx->mark_serial,
                   .spans = ctx->spans.count,
                   .calls = ctx->calls.count,
                   .oversize = fai_oversize_of(ctx)->count,
                   .oversize_bytes = ctx->oversize_bytes,
                   .promoted_bytes = ctx->budgets.promoted_bytes,
                   .tag_depth = ctx->tag_depth,
                   .tag_serial = ctx->tag_stack[ctx->tag_depth].serial};
    return (fa_checkpoint){.ctx = public_ctx,
                           .frame = ctx->frame_index,
                           .cursor = public_ctx->cursor,
                           .depth = ctx->marks.count - 1,
                           .serial = ctx->mark_serial};
}

/* The mark that a checkpoint names, or NULL. */
static const fai_mark *find_mark(const fai_context *ctx, const fa_checkpoint *checkpoint)
{
    if (checkpoint->ctx != &ctx->head || checkpoint->frame != ctx->frame_index ||
        checkpoint->depth >= ctx->marks.count) {
        return NULL;
    }
    const fai_mark *mark = &((const fai_mark *)ctx->marks.items)[checkpoint->depth];
    return mark->serial == checkpoint->serial && mark->cursor == checkpoint->cursor ? mark : NULL;
}

static FA_COLD fa_result refuse_stale(fai_context *ctx, const fa_checkpoint *checkpoint, const char *call,
                                      const char *here)
{
    fai_report report = {.code = FA_CODE_FA606,
                         .result = FA_RESULT_STALE,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here,
                         .earlier = ctx->begin_here};
    ctx->last_result = FA_RESULT_STALE;
    if (checkpoint->serial == 0) {
        return fai_report_send(&report, "%s: the checkpoint was never valid", call);
    }
    if (checkpoint->ctx != &ctx->head) {
        return fai_report_send(&report, "%s: the checkpoint belongs to another context", call);
    }
    if (checkpoint->frame != ctx->frame_index) {
        return fai_report_send(&report, "%s: the checkpoint is of frame %llu, and this is frame %llu", call,
                               (unsigned long long)checkpoint->frame, (unsigned long long)ctx->frame_index);
    }
    return fai_report_send(&report, "%s: the checkpoint was used already, or lies behind one that was", call);
}

fa_result fai_frame_rewind(fa_context *public_ctx, fa_checkpoint checkpoint, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_frame_rewind", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN || ctx->budgets.telling) {
        return fai_frame_refuse_boundary(ctx, here, "fa_frame_rewind");
    }
    const fai_mark *found = find_mark(ctx, &checkpoint);
    if (found == NULL) {
        return refuse_stale(ctx, &checkpoint, "fa_frame_rewind", here);
    }
    const fai_mark mark = *found;
    if (ctx->tag_depth < mark.tag_depth || ctx->tag_stack[mark.tag_depth].serial != mark.tag_serial) {
        fai_report report = {.code = FA_CODE_FA804,
                             .result = FA_RESULT_UNBALANCED,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here};
        ctx->last_result = FA_RESULT_UNBALANCED;
        return fai_report_send(
            &report, "fa_frame_rewind: a tag scope that was open at the mark has been closed since");
    }
    fai_tag_flush(ctx);
    if (ctx->calls.count > mark.calls) {
        fai_frame_run_calls(ctx, mark.calls);
    }
    fai_frame_note_high(ctx);
    if ((ctx->attention & FAI_ATTEND_RETAINED) != 0) {
        fai_retain_rewound(ctx, mark.cursor, mark.oversize);
    }
    fai_frame_free_oversize(ctx, mark.oversize);
    ctx->oversize_bytes = mark.oversize_bytes;
    ctx->budgets.promoted_bytes = mark.promoted_bytes;
    fai_poison_dead((void *)(mark.cursor + 1), public_ctx->cursor - mark.cursor, FA_PATTERN_REWOUND);
    public_ctx->cursor = mark.cursor;
    if (fai_is_ghost(ctx)) {
        fai_ghost_rewound(ctx);
    }
    fai_tag_rewind(ctx, mark.spans);
    fai_frame_reopen(ctx);
    ctx->marks.count = checkpoint.depth;
    return FA_RESULT_OK;
}

fa_result fai_frame_drop_mark(fa_context *public_ctx, fa_checkpoint checkpoint, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_speculation_commit", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN) {
        return fai_frame_refuse_boundary(ctx, here, "fa_speculation_commit");
    }
    if (find_mark(ctx, &checkpoint) == NULL) {
        return refuse_stale(ctx, &checkpoint, "fa_speculation_commit", here);
    }
    if (checkpoint.depth + 1 == ctx->marks.count) { /* else later marks still stand on it */
        ctx->marks.count = checkpoint.depth;
    }
    if (ctx->marks.count == 0) {
        ctx->spans.count = 0; /* nobody can rewind any more */
    }
    return FA_RESULT_OK;
}
