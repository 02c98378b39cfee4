/* behaviour.c - counts per tag and window, judged at the window's end. */
#include "debug/behaviour.h"

#include "debug/watch.h"

/* ---- thresholds ----------------------------------------------------------------------------------------- */

fa_behaviour_thresholds fa_behaviour_default(void)
{
    return (fa_behaviour_thresholds){.window_frames = 120,
                                     .min_samples = 10,
                                     .kept_frames = 60,
                                     .kept_percent = 50,
                                     .same_frame_percent = 80,
                                     .promotion_percent = 50,
                                     .heap_per_window = 100};
}

fa_behaviour_thresholds fa_behaviour_strict(void)
{
    return (fa_behaviour_thresholds){.window_frames = 120,
                                     .min_samples = 5,
                                     .kept_frames = 10,
                                     .kept_percent = 20,
                                     .same_frame_percent = 50,
                                     .promotion_percent = 20,
                                     .heap_per_window = 10};
}

fa_behaviour_thresholds fa_behaviour_relaxed(void)
{
    return (fa_behaviour_thresholds){.window_frames = 120,
                                     .min_samples = 50,
                                     .kept_frames = 300,
                                     .kept_percent = 80,
                                     .same_frame_percent = 95,
                                     .promotion_percent = 80,
                                     .heap_per_window = 1000};
}

static uint32_t or_default(uint32_t value, uint32_t fallback)
{
    return value != 0 ? value : fallback;
}

static void begin_window(fai_context *ctx)
{
    fai_behaviour *b = &ctx->watch->behaviour;
    b->window++;
    b->window_begin = ctx->frame_index;
}

fa_result fai_behaviour_set(fa_context *public_ctx, const fa_behaviour_thresholds *thresholds,
                            const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_behaviour_set", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (ctx->watch == NULL) {
        return fai_context_error(ctx, FA_RESULT_NOT_FOUND);
    }
    fa_behaviour_thresholds at = fa_behaviour_default();
    if (thresholds != NULL && (thresholds->start_canary != 0 || thresholds->end_canary != 0)) {
        fai_report report = {.code = FA_CODE_FA103,
                             .result = FA_RESULT_INVALID_DESC,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here};
        return fai_context_error(
            ctx, fai_report_send(
                     &report, "fa_behaviour_thresholds: a canary is not zero: were they zero-initialised?"));
    }
    if (thresholds != NULL) {
        at.window_frames = or_default(thresholds->window_frames, at.window_frames);
        at.min_samples = or_default(thresholds->min_samples, at.min_samples);
        at.kept_frames = or_default(thresholds->kept_frames, at.kept_frames);
        at.kept_percent = or_default(thresholds->kept_percent, at.kept_percent);
        at.same_frame_percent = or_default(thresholds->same_frame_percent, at.same_frame_percent);
        at.promotion_percent = or_default(thresholds->promotion_percent, at.promotion_percent);
        at.heap_per_window = or_default(thresholds->heap_per_window, at.heap_per_window);
    }
    fai_behaviour *b = &ctx->watch->behaviour;
    b->at = at;
    for (uint32_t tag = 0; tag < b->row_count; tag++) {
        b->rows[tag].told = 0;
    }
    begin_window(ctx);
    return FA_RESULT_OK;
}

/* ---- counting ------------------------------------------------------------------------------------------- */

static fai_behaviour_row *row_of(fai_context *ctx, fa_tag tag)
{
    fai_behaviour *b = &ctx->watch->behaviour;
    if (tag >= b->row_count) {
        uint32_t count = b->row_count * 2 > tag + 1 ? b->row_count * 2 : tag + 1;
        void *larger =
            fai_meta_grow(ctx->allocator, b->rows, b->row_count * sizeof *b->rows, count * sizeof *b->rows);
        if (larger == NULL) {
            return NULL;
        }
        b->rows = larger;
        b->row_count = count;
    }
    fai_behaviour_row *row = &b->rows[tag];
    if (row->window != b->window) {
        row->window = b->window;
        row->frame_allocs = row->kept = row->pool_allocs = row->same_frame_frees = 0;
        row->promoting_frames = row->heap_allocs = row->ages = 0;
        row->age_sum = 0;
    }
    return row;
}

static fai_recent *recent_of(fai_recent *table, const void *p)
{
    uint64_t hash = (uint64_t)(uintptr_t)p * UINT64_C(0x9E3779B97F4A7C15);
    return &table[(uint32_t)(hash >> 40) & (FAI_RECENT - 1)];
}

static fai_recent *table_of(fai_context *ctx, fai_recent **table)
{
    if (*table == NULL) {
        *table = fai_meta_alloc(ctx->allocator, FAI_RECENT * sizeof **table);
    }
    return *table;
}

void fai_behaviour_start(fai_context *ctx)
{
    fai_behaviour *b = &ctx->watch->behaviour;
    (void)table_of(ctx, &b->pool);
    (void)table_of(ctx, &b->kept);
    (void)row_of(ctx, fa_tag_count(ctx->allocator) - 1);
}

void fai_behaviour_alloc(fai_context *ctx, fa_lifetime lifetime, fa_tag tag, const void *p, const char *here)
{
    fai_behaviour *b = &ctx->watch->behaviour;
    fai_behaviour_row *row = row_of(ctx, tag);
    if (row == NULL) {
        return;
    }
    if (lifetime == FA_LIFETIME_FRAME) {
        row->frame_allocs++;
    } else if (lifetime == FA_LIFETIME_HEAP) {
        row->heap_allocs++;
        row->heap_here = here;
    } else if ((lifetime == FA_LIFETIME_POOL || lifetime == FA_LIFETIME_TYPED_POOL) &&
               table_of(ctx, &b->pool) != NULL) {
        row->pool_allocs++;
        *recent_of(b->pool, p) = (fai_recent){.p = p, .frame = ctx->frame_index, .here = here, .tag = tag};
    }
}

void fai_behaviour_free(fai_context *ctx, fa_lifetime lifetime, const void *p)
{
    fai_behaviour *b = &ctx->watch->behaviour;
    bool pool = lifetime == FA_LIFETIME_POOL || lifetime == FA_LIFETIME_TYPED_POOL;
    fai_recent *made = pool && b->pool != NULL ? recent_of(b->pool, p) : NULL;
    if (made != NULL && made->p == p && made->frame == ctx->frame_index &&
        fai_frame_state_of(ctx) != FAI_FRAME_CLOSED) {
        fai_behaviour_row *row = row_of(ctx, made->tag);
        if (row != NULL) {
            row->same_frame_frees++;
            row->pool_here = made->here;
        }
        made->p = NULL;
    }
    fai_recent *kept = b->kept != NULL ? recent_of(b->kept, p) : NULL;
    if (kept != NULL && kept->p == p) {
        fai_behaviour_row *row = row_of(ctx, kept->tag);
        if (row != NULL) {
            row->ages++;
            row->age_sum += ctx->frame_index - kept->frame;
        }
        kept->p = NULL;
    }
}

void fai_behaviour_kept(fai_context *ctx, fa_tag tag, const void *p, const char *here)
{
    fai_behaviour *b = &ctx->watch->behaviour;
    fai_behaviour_row *row = row_of(ctx, tag);
    if (row == NULL) {
        return;
    }
    row->kept++;
    row->kept_here = here;
    row->promoting_frames += row->last_promotion != ctx->frame_index ? 1 : 0;
    row->last_promotion = ctx->frame_index;
    if (table_of(ctx, &b->kept) != NULL && recent_of(b->kept, p)->p == NULL) {
        *recent_of(b->kept, p) = (fai_recent){.p = p, .frame = ctx->frame_index, .here = here, .tag = tag};
    }
}

/* ---- judging -------------------------------------------------------------------------------------------- */

typedef struct verdict {
    fa_diagnostic_code code;
    const char *what;     /* follows the observed number */
    const char *expected; /* follows the threshold */
    const char *suggestion;
} verdict;

static const verdict verdicts[FAI_ISSUES] = {
    {FA_CODE_FA501, "frames is the mean age of its retained blocks", "frames",
     "take what lives that long from the pool or from an arena of its own"},
    {FA_CODE_FA502, "% of its frame blocks are retained", "%",
     "take from the pool what will be kept, and from the frame what will not"},
    {FA_CODE_FA510, "% of its pool objects are freed in the frame that made them", "%",
     "take them from the frame: that needs no free"},
    {FA_CODE_FA520, "% of frames promote something of it", "%",
     "keep one object in the pool and update it, instead of promoting a new one each time"},
    {FA_CODE_FA530, "heap allocations were made inside frames", "in a window",
     "take small things from frame or pool, and large ones before the loop"},
};

static void tell(fai_context *ctx, fa_tag tag, fai_issue issue, uint64_t observed, uint32_t expected,
                 uint32_t samples, const char *here)
{
    fai_behaviour *b = &ctx->watch->behaviour;
    fai_behaviour_row *row = &b->rows[tag];
    const verdict *v = &verdicts[issue];
    if (expected == FA_BEHAVIOUR_NEVER || samples < b->at.min_samples || observed <= expected ||
        (row->told & 1u << issue) != 0) {
        return;
    }
    row->told |= 1u << issue;
    row->observed[issue] = observed < UINT32_MAX ? (uint32_t)observed : UINT32_MAX;
    row->samples[issue] = samples;
    row->told_frame[issue] = ctx->frame_index;
    const char *path = fai_tags_path(ctx->allocator, tag);
    fai_report report = {.code = v->code,
                         .result = FA_RESULT_OK,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here != NULL ? here : "unknown:0",
                         .tag = path};
    fai_report_send(&report, "tag %s: %llu %s; expected at most %u %s (%u samples in %u frames); %s", path,
                    (unsigned long long)observed, v->what, expected, v->expected, samples,
                    b->at.window_frames, v->suggestion);
}

static uint64_t percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? part * 100 / whole : 0;
}

/* Kept blocks that still live count with the age they have. */
static void add_living(fai_context *ctx)
{
    fai_behaviour *b = &ctx->watch->behaviour;
    for (uint32_t i = 0; i < FAI_RECENT && b->kept != NULL; i++) {
        const fai_recent *kept = &b->kept[i];
        uint64_t age = ctx->frame_index - kept->frame;
        fai_behaviour_row *row = kept->p != NULL && age > b->at.kept_frames ? row_of(ctx, kept->tag) : NULL;
        if (row != NULL) {
            row->ages++;
            row->age_sum += age;
            row->kept_here = kept->here;
        }
    }
}

static void judge(fai_context *ctx, fa_tag tag)
{
    const fai_behaviour *b = &ctx->watch->behaviour;
    const fai_behaviour_row row = b->rows[tag]; /* a handler may cause the table to move */
    const fa_behaviour_thresholds at = b->at;
    tell(ctx, tag, FAI_ISSUE_501, row.ages > 0 ? row.age_sum / row.ages : 0, at.kept_frames, row.ages,
         row.kept_here);
    tell(ctx, tag, FAI_ISSUE_502, percent(row.kept, row.frame_allocs), at.kept_percent, row.frame_allocs,
         row.kept_here);
    tell(ctx, tag, FAI_ISSUE_510, percent(row.same_frame_frees, row.pool_allocs), at.same_frame_percent,
         row.pool_allocs, row.pool_here);
    tell(ctx, tag, FAI_ISSUE_520, percent(row.promoting_frames, at.window_frames), at.promotion_percent,
         row.promoting_frames, row.kept_here);
    tell(ctx, tag, FAI_ISSUE_530, row.heap_allocs, at.heap_per_window, row.heap_allocs, row.heap_here);
}

void fai_behaviour_frame_end(fai_context *ctx)
{
    fai_behaviour *b = &ctx->watch->behaviour;
    if (ctx->frame_index - b->window_begin < b->at.window_frames) {
        return;
    }
    add_living(ctx);
    uint32_t window = b->window;
    begin_window(ctx);
    for (fa_tag tag = 0; ctx->watch != NULL && tag < ctx->watch->behaviour.row_count; tag++) {
        if (ctx->watch->behaviour.rows[tag].window == window) {
            judge(ctx, tag);
        }
    }
}

/* ---- the list ------------------------------------------------------------------------------------------- */

static uint32_t threshold_of(const fa_behaviour_thresholds *at, fai_issue issue)
{
    const uint32_t all[FAI_ISSUES] = {at->kept_frames, at->kept_percent, at->same_frame_percent,
                                      at->promotion_percent, at->heap_per_window};
    return all[issue];
}

static const char *here_of(const fai_behaviour_row *row, fai_issue issue)
{
    return issue == FAI_ISSUE_510 ? row->pool_here : issue == FAI_ISSUE_530 ? row->heap_here : row->kept_here;
}

uint32_t fa_behaviour_issues(const fa_context *public_ctx, fa_behaviour_issue *out, uint32_t capacity)
{
    if (public_ctx == NULL) {
        return 0;
    }
    const fai_context *ctx = fai_ctx(public_ctx);
    const fai_behaviour *b = ctx->watch != NULL ? &ctx->watch->behaviour : NULL;
    uint32_t count = 0;
    for (fa_tag tag = 0; b != NULL && tag < b->row_count; tag++) {
        const fai_behaviour_row *row = &b->rows[tag];
        for (uint32_t issue = 0; issue < FAI_ISSUES; issue++) {
            if ((row->told & 1u << issue) == 0) {
                continue;
            }
            if (count < capacity) {
                out[count] = (fa_behaviour_issue){.code = verdicts[issue].code,
                                                  .tag = fai_tags_path(ctx->allocator, tag),
                                                  .here = here_of(row, (fai_issue)issue),
                                                  .observed = row->observed[issue],
                                                  .expected = threshold_of(&b->at, (fai_issue)issue),
                                                  .samples = row->samples[issue],
                                                  .frame = row->told_frame[issue],
                                                  .suggestion = verdicts[issue].suggestion};
            }
            count++;
        }
    }
    return count;
}

void fai_behaviour_drop(fai_context *ctx)
{
    fai_behaviour *b = &ctx->watch->behaviour;
    fai_meta_free(ctx->allocator, b->rows, b->row_count * sizeof *b->rows);
    fai_meta_free(ctx->allocator, b->pool, FAI_RECENT * sizeof *b->pool);
    fai_meta_free(ctx->allocator, b->kept, FAI_RECENT * sizeof *b->kept);
}
