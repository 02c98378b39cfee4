/* pieces.c - one system's work on several threads: a range, or the chunks of a query.
 *
 * The work is cut into pieces that do not depend on the number of workers, so what is kept per piece and put
 * together in their order is the same with any. Each piece has a handle of its own: memory of the thread that
 * runs it, under the system's tag, and scratch memory that goes with the piece; reading, and nothing that
 * needs an order (commands, events). A worker for whose arenas there is no memory leaves its pieces to the
 * thread that waits. */
#include "app/app.h"

typedef struct work {
    fai_sys *sys;
    void (*run)(struct work *w, fa_sys *s, size_t piece);
    void *user;
    const char *here;
    uint8_t *done; /* by piece */
    atomic_size_t frame_bytes;
    atomic_size_t scratch_peak_bytes;
    atomic_size_t step_peak_bytes;
    atomic_size_t allocs;

    /* a range */
    void (*fn)(fa_sys *s, size_t begin, size_t end, void *user);
    size_t count;
    size_t grain;

    /* chunks */
    void (*each)(fa_sys *s, const fa_iter *piece, void *user);
    fa_query *query;
    const uint32_t *first; /* chunk number at which each match begins */
    uint32_t match_count;
} work;

static void raise_to(atomic_size_t *peak, size_t value)
{
    size_t seen = atomic_load_explicit(peak, memory_order_relaxed);
    while (seen < value && !atomic_compare_exchange_weak(peak, &seen, value)) {
    }
}

static void run_piece(work *w, fai_lane *lane, size_t piece)
{
    fai_pad pad;
    fai_pad_open(lane->scratch, lane->depth > 0, &pad);
    fai_sys s = *w->sys;
    s.head = (fa_sys){.ctx = lane->ctx, .scratch = lane->scratch, .step = s.app->in_step ? lane->step : NULL};
    s.lane = lane;
    s.piece = true;
    lane->depth++;
    w->run(w, &s.head, piece);
    lane->depth--;
    raise_to(&w->scratch_peak_bytes, fai_pad_close(lane->scratch, &pad));
}

/* Some pieces, on whatever thread. Away from the system's own thread its tag is not open yet. */
static void run_pieces(fa_context *ctx, size_t begin, size_t end, void *user)
{
    work *w = user;
    fa_app *app = w->sys->app;
    const fai_system *system = w->sys->system;
    fai_lane *lane = ctx == w->sys->head.ctx ? w->sys->lane : fai_lane_of(app, ctx);
    if (lane == NULL) {
        return;
    }
    bool away = lane != w->sys->lane;
    fai_layer_scope scope = {0};
    uint64_t allocs = 0;
    const uintptr_t step_cursor = lane->step->cursor;
    if (away) {
        fai_lane_refresh(app, lane);
        allocs = lane->counting ? fai_allocs_of(ctx) : 0;
        (void)fai_layer_scope_open(ctx, system->tag, w->here, &scope);
    }
    for (size_t i = begin; i < end; i++) {
        run_piece(w, lane, i);
        w->done[i] = 1;
    }
    if (away) {
        bool tidy = fai_layer_scope_close(ctx, &scope, w->here);
        if (!tidy) {
            uint32_t depth = scope.pushed ? scope.depth - 1 : scope.depth;
            fai_tags_close(app, ctx, depth, scope.pushed, system->tag, system->path, w->here);
        }
        (void)atomic_fetch_add_explicit(&w->frame_bytes, scope.frame_bytes, memory_order_relaxed);
        (void)atomic_fetch_add_explicit(&w->allocs, lane->counting ? fai_allocs_of(ctx) - allocs : 0,
                                        memory_order_relaxed);
        raise_to(&w->step_peak_bytes,
                 lane->step->cursor > step_cursor ? lane->step->cursor - step_cursor : 0);
    }
}

static void run_in_line(work *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (w->done == NULL || w->done[i] == 0) {
            run_piece(w, w->sys->lane, i);
        }
    }
}

static fa_result run_all(work *w, size_t count)
{
    fai_sys *sys = w->sys;
    fa_app *app = sys->app;
    fa_result result = FA_RESULT_OK;
    fai_pad pad;
    fai_pad_open(sys->head.scratch, true, &pad);
    bool wide = app->workers != NULL && !sys->piece && count > 1;
    if (wide && (w->done = FA_SCRATCH(&sys->head, uint8_t, count)) != NULL) {
        for (size_t i = 0; i < count; i++) {
            w->done[i] = 0;
        }
        result = fai_workers_for(app->workers, sys->head.ctx, count, 1, run_pieces, w, w->here);
    }
    if (result == FA_RESULT_OK) {
        run_in_line(w, count);
    }
    (void)fai_pad_close(sys->head.scratch, &pad);
    fai_system *system = sys->system;
    if (!sys->piece) {
        size_t scratch = atomic_load(&w->scratch_peak_bytes);
        size_t step = atomic_load(&w->step_peak_bytes);
        system->piece_bytes += atomic_load(&w->frame_bytes);
        system->piece_allocs += atomic_load(&w->allocs);
        system->scratch_peak_bytes =
            scratch > system->scratch_peak_bytes ? scratch : system->scratch_peak_bytes;
        system->step_peak_bytes = step > system->step_peak_bytes ? step : system->step_peak_bytes;
    }
    return result;
}

/* ---- a range ------------------------------------------------------------------------------------------- */

static void run_range(work *w, fa_sys *s, size_t piece)
{
    size_t begin = piece * w->grain;
    w->fn(s, begin, w->count - begin < w->grain ? w->count : begin + w->grain, w->user);
}

static FA_COLD fa_result refuse(const fai_sys *sys, fa_diagnostic_code code, fa_result result,
                                const char *why, const char *here)
{
    return fai_app_report(sys->app, code, result, here, sys->system != NULL ? sys->system->here : NULL,
                          "fa_sys_for: %s'%s' %s", sys->condition ? "a condition of " : "", sys->name, why);
}

fa_result fai_sys_for(fa_sys *s, size_t count, size_t grain,
                      void (*fn)(fa_sys *s, size_t begin, size_t end, void *user), void *user,
                      const char *here)
{
    fai_sys *sys = (fai_sys *)(void *)s;
    if (!sys->active) {
        return refuse(sys, FA_CODE_FA105, FA_RESULT_REENTRANT, "has returned", here);
    }
    if (sys->condition || sys->system == NULL) {
        return refuse(sys, FA_CODE_FA107, FA_RESULT_REENTRANT, "runs on one thread", here);
    }
    if (fn == NULL) {
        return refuse(sys, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, "gives no function", here);
    }
    grain = grain != 0 ? grain : fa_sys_for_grain(count);
    work w = {
        .sys = sys, .run = run_range, .user = user, .here = here, .fn = fn, .count = count, .grain = grain};
    return run_all(&w, count / grain + (count % grain != 0 ? 1 : 0));
}

/* ---- chunks of a query --------------------------------------------------------------------------------- */

static void run_chunk(work *w, fa_sys *s, size_t piece)
{
    uint32_t match = 0;
    while (match + 1 < w->match_count && w->first[match + 1] <= piece) {
        match++;
    }
    fa_iter it = fai_query_walk(w->query, w->sys->system->tick, w->sys->system->since, NULL, w->here);
    it.match = it.last_match = match;
    it.chunk = (uint32_t)(piece - w->first[match]);
    it.last_chunk = it.chunk + 1;
    while (fa_next(&it)) {
        w->each(s, &it, w->user);
    }
}

fa_result fai_sys_each_parallel(fa_sys *s, uint32_t index,
                                void (*fn)(fa_sys *s, const fa_iter *piece, void *user), void *user,
                                const char *here)
{
    fai_sys *sys = (fai_sys *)(void *)s;
    fa_iter it = fai_sys_query(s, index, here);
    fa_query *query = it.query;
    if (query == NULL || fn == NULL) {
        fa_iter_end(&it);
        return FA_RESULT_NOT_FOUND;
    }
    uint32_t *first = FA_SCRATCH(s, uint32_t, (size_t)query->match_count + 1);
    if (query->sparse_count > 0 || first == NULL) {
        fai_sys own = *sys;
        own.piece = true;
        while (fa_next(&it)) {
            fn(&own.head, &it, user);
        }
        return FA_RESULT_OK;
    }
    uint32_t chunks = 0;
    for (uint32_t i = 0; i < query->match_count; i++) {
        first[i] = chunks;
        chunks += query->matches[i].archetype->chunk_count;
    }
    work w = {.sys = sys,
              .run = run_chunk,
              .user = user,
              .here = here,
              .each = fn,
              .query = query,
              .first = first,
              .match_count = query->match_count};
    fa_result result = run_all(&w, chunks);
    fa_iter_end(&it);
    return result;
}
