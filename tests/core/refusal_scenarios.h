/* refusal_scenarios.h - the parts of the scenario of refusal_sweep.h that deal with what lasts beyond a
 * frame, and with what is switched on at run time. Each tolerates "no memory" at any call and undoes what it
 * did. */
#ifndef FRAMEALLOC_TESTS_REFUSAL_SCENARIOS_H
#define FRAMEALLOC_TESTS_REFUSAL_SCENARIOS_H

/* Included by refusal_sweep.h, after the words that it uses. */

/* ---- retained blocks ------------------------------------------------------------------------------------- */

static inline void take_and_free(fa_context *ctx, fa_retained id, fa_retention policy, size_t size)
{
    void *p = &w;
    fa_result result = fa_retained_take(ctx, id, &p);
    if (!TRY(result)) {
        EXPECT(p == NULL);
        return;
    }
    EXPECT(filled(p, size, size));
    if (policy == FA_RETAIN_POOL && size <= FA_POOL_CLASS_MAX) {
        EXPECT_OK(fa_pool_free(ctx, p));
    } else if (policy != FA_RETAIN_SCRATCH) {
        EXPECT_OK(fa_heap_free(ctx, p));
    }
}

static inline void scenario_retain(fa_context *ctx)
{
    enum { COUNT = 24 };
    for (int frame = 0; frame < 3; frame++) {
        fa_retained ids[COUNT];
        EXPECT_OK(fa_frame_begin(ctx));
        for (size_t i = 0; i < COUNT; i++) {
            size_t size = i == 5 ? 40000 : 1 + i * 331 % 3000;
            void *p = fa_frame_alloc(ctx, size, 16);
            ids[i] = 0;
            if (!TRY_POINTER(ctx, p)) {
                continue;
            }
            fill(p, size, size);
            fa_retention policy = (fa_retention)(1 + i % 3);
            ids[i] = fa_frame_retain(ctx, p, size, 16, policy, policy == FA_RETAIN_SCRATCH ? "kept" : NULL);
            (void)(ids[i] != 0 || tolerated(fa_context_last_result(ctx), "fa_frame_retain"));
        }
        fa_promotions all;
        if (frame == 1) {
            EXPECT_OK(fa_frame_promote(ctx, &all));
        }
        EXPECT_OK(frame == 2 ? fa_frame_end(ctx) : fa_frame_end_with_promotions(ctx, &all));
        for (size_t i = 0; i < COUNT; i++) {
            if (ids[i] != 0) {
                take_and_free(ctx, ids[i], (fa_retention)(1 + i % 3), i == 5 ? 40000 : 1 + i * 331 % 3000);
            }
        }
    }
    fa_arena *pool = fa_scratch_pool(ctx, "kept");
    EXPECT(!TRY_POINTER(ctx, pool) || fa_arena_destroy(pool) == FA_RESULT_OK);
}

/* ---- tickets, tasks -------------------------------------------------------------------------------------- */

static inline void scenario_tickets(fa_context *ctx)
{
    fa_ticket levels[6];
    for (int i = 0; i < 6; i++) {
        levels[i] = fa_ticket_open(ctx, FA_TICKET_LEVEL, 0);
        if (levels[i].serial == 0) {
            (void)tolerated(fa_context_last_result(ctx), "fa_ticket_open");
            continue;
        }
        char *p = fa_ticket_alloc(&levels[i], 70000, 64);
        if (TRY_POINTER(ctx, p)) {
            p[0] = p[69999] = 1;
        }
    }
    EXPECT_OK(fa_frame_begin(ctx));
    fa_ticket brief = fa_ticket_open(ctx, FA_TICKET_FRAME, 1);
    if (brief.serial != 0) {
        (void)TRY_POINTER(ctx, fa_ticket_alloc(&brief, 1000, 16));
    } else {
        (void)tolerated(fa_context_last_result(ctx), "fa_ticket_open");
    }
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_OK(fa_frame_begin(ctx));
    EXPECT_OK(fa_frame_end(ctx));
    EXPECT_OK(fa_ticket_close(levels[0]));
    EXPECT_OK(fa_ticket_close_all(ctx, FA_TICKET_LEVEL));
    EXPECT_UINT(fa_ticket_count(ctx), 0);
}

static inline void scenario_tasks(fa_context *ctx)
{
    fa_task *task = (fa_task *)opaque(&w);
    if (!TRY(fa_task_create(ctx, "sweep", &task))) {
        EXPECT(task == NULL);
        return;
    }
    EXPECT_OK(fa_task_enter(task, ctx));
    size_t count = 0;
    void *last = NULL;
    for (size_t i = 0; i < 150; i++) {
        void *p = fa_task_alloc(task, ctx, 40 + i, 16);
        if (TRY_POINTER(ctx, p)) {
            memset(p, 1, 40 + i);
            last = p;
            count++;
        }
    }
    EXPECT_UINT(fa_task_block_count(task), count);
    if (last != NULL) {
        EXPECT_OK(fa_task_keep(task, ctx, last));
        EXPECT_OK(fa_pool_free(ctx, last));
    }
    EXPECT_OK(fa_task_end(task, ctx));
}

/* ---- transfers ------------------------------------------------------------------------------------------- */

/// What could not be received while the system refused: it waits for a scenario that can.
static struct {
    fa_transfer *transfers[256];
    size_t count;
    size_t bytes;
} stuck;

/// Receive, in an open frame; a frame block needs no free.
static inline bool receive(fa_context *ctx, fa_transfer *transfer, size_t index)
{
    size_t size = 100 + index * 700;
    void *p = &w;
    if (!TRY(fa_transfer_receive(ctx, transfer, &p))) {
        EXPECT(p == NULL);
        return false;
    }
    EXPECT(filled(p, size, size));
    switch (index % 3) {
    case 0: EXPECT_OK(fa_pool_free(ctx, p)); break;
    case 1: EXPECT_OK(fa_heap_free(ctx, p)); break;
    default: break;
    }
    return true;
}

static inline void scenario_transfers(fa_context *ctx)
{
    enum { COUNT = 12 };
    EXPECT_OK(fa_frame_begin(ctx));
    for (size_t i = 0; i < COUNT; i++) {
        size_t size = 100 + i * 700;
        void *p = i % 3 == 0   ? fa_pool_alloc(ctx, size, 16)
                  : i % 3 == 1 ? fa_heap_alloc(ctx, size, 16)
                               : fa_frame_alloc(ctx, size, 16);
        if (!TRY_POINTER(ctx, p)) {
            continue;
        }
        fill(p, size, size);
        fa_transfer *transfer = (fa_transfer *)opaque(&w);
        if (!TRY(fa_transfer_send(ctx, p, size, &transfer))) {
            EXPECT(transfer == NULL && filled(p, size, size)); /* the sender's as before */
            EXPECT_OK(i % 3 == 0 ? fa_pool_free(ctx, p) : i % 3 == 1 ? fa_heap_free(ctx, p) : FA_RESULT_OK);
        } else if (!receive(ctx, transfer, i)) {
            EXPECT(stuck.count < 256);
            stuck.transfers[stuck.count++] = transfer;
            stuck.bytes += size;
        }
    }
    EXPECT_OK(fa_frame_end(ctx));
}

/// All of them were sent by contexts that have been given up since.
static inline void receive_what_is_stuck(fa_allocator *allocator, fa_context *ctx)
{
    size_t left = 0;
    fa_transfer_info all[512];
    size_t known = fa_transfer_list(allocator, all, 512);
    EXPECT_OK(fa_frame_begin(ctx));
    for (size_t i = 0; i < stuck.count; i++) {
        size_t bytes = 0;
        for (size_t k = 0; k < known && k < 512; k++) {
            bytes = all[k].transfer == stuck.transfers[i] ? all[k].bytes : bytes;
        }
        EXPECT(bytes >= 100 && (bytes - 100) % 700 == 0);
        if (receive(ctx, stuck.transfers[i], (bytes - 100) / 700)) {
            stuck.bytes -= bytes;
        } else {
            stuck.transfers[left++] = stuck.transfers[i];
        }
    }
    stuck.count = left;
    EXPECT_OK(fa_frame_end(ctx));
}

/* ---- what is switched on at run time --------------------------------------------------------------------- */

static unsigned events_heard;
static inline void hear(void *user, const fa_lifecycle_event *event)
{
    (void)user;
    events_heard += event->ctx != NULL;
}

/// A few allocations of every lifetime, all small.
static inline void a_little_of_everything(fa_context *ctx)
{
    EXPECT_OK(fa_frame_begin(ctx));
    for (size_t i = 0; i < 20; i++) {
        (void)TRY_POINTER(ctx, fa_frame_alloc(ctx, 100 * i, 16));
        void *p = fa_pool_alloc(ctx, 50 * i, 16);
        EXPECT(!TRY_POINTER(ctx, p) || fa_pool_free(ctx, p) == FA_RESULT_OK);
        p = fa_heap_alloc(ctx, 50 * i, 16);
        EXPECT(!TRY_POINTER(ctx, p) || fa_heap_free(ctx, p) == FA_RESULT_OK);
    }
    EXPECT_OK(fa_frame_end(ctx));
}

static inline void scenario_observers(fa_allocator *allocator, fa_context *ctx, fa_tag tag)
{
    const fa_lifecycle_listener listener = {.fn = hear};
    bool listens = TRY(fa_lifecycle_listen(ctx, listener));
    bool watched = TRY(fa_diagnostics_set(ctx, FA_DIAGNOSTICS_SITES));
    bool ghostly =
        TRY(fa_ghost_begin(ctx, &(fa_ghost_desc){.window_bytes = 64 << 20, .record_bytes = 1 << 20}));
    fa_phase phase = fa_phase_intern(allocator, "sweep");
    (void)(phase != FA_PHASE_INVALID || tolerated(FA_RESULT_OUT_OF_MEMORY, "fa_phase_intern"));
    for (int i = 0; i < 2; i++) {
        a_little_of_everything(ctx);
        EXPECT_OK(fa_frame_begin(ctx));
        if (phase != FA_PHASE_INVALID && TRY(fa_phase_begin(ctx, phase))) {
            (void)TRY_POINTER(ctx, fa_frame_alloc(ctx, 30000, 16));
            EXPECT_OK(fa_phase_end(ctx));
        }
        EXPECT_OK(fa_frame_end(ctx));
    }
    if (ghostly) {
        EXPECT_OK(fa_ghost_end(ctx));
    }
    if (watched) {
        EXPECT_OK(fa_diagnostics_set(ctx, FA_DIAGNOSTICS_OFF));
    }
    if (listens) {
        EXPECT_OK(fa_lifecycle_unlisten(ctx, hear, NULL));
    }
    fa_snapshot figures;
    memset(&figures, 0, sizeof figures);
    (void)TRY(fa_snapshot_capture(ctx, &figures));
    fa_snapshot_free(&figures);
    if (TRY(fa_tag_budget_set(allocator, tag, (fa_budget){.hard_bytes = 64 << 20}))) {
        bool pushed = TRY(fa_tag_push(ctx, tag));
        a_little_of_everything(ctx);
        EXPECT(!pushed || fa_tag_pop(ctx) == FA_RESULT_OK);
        EXPECT_OK(fa_tag_budget_set(allocator, tag, (fa_budget){0}));
    }
    fa_barrier *barrier = (fa_barrier *)opaque(&w);
    if (TRY(fa_barrier_create(allocator, 0, &barrier))) {
        if (TRY(fa_barrier_join(barrier, ctx))) {
            EXPECT_OK(fa_barrier_wait(barrier, ctx, 0)); /* alone */
        }
        EXPECT_OK(fa_barrier_destroy(barrier));
    }
}

#endif
