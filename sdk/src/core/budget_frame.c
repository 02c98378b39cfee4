/* budget_frame.c - budgets of frames and arenas: room is granted ahead of use, and the limit of the inlined
 * path stands where it ends. Allocation below it pays nothing.
 *
 * A row of a context holds what it was granted from one frame to the next, up to GRANT, so that a steady
 * program charges no account at all. Near a limit grants are for exactly what is asked. */
#include "core/budget.h"

#include "core/arena.h"
#include "core/context.h"
#include "core/scratch.h"
#include "core/typed_pool.h"

#define GRANT ((size_t)64 * 1024)
/* With several contexts attached nothing is granted ahead when less than this is left. */
#define GRANT_APART ((size_t)16 * 1024 * 1024)

/* ---- grants -------------------------------------------------------------------------------------------- */

static size_t granted_to(const fai_tag_row *row)
{
    return fai_figure(&row->granted);
}

static void set_granted(fai_tag_row *row, size_t bytes)
{
    atomic_store_explicit(&row->granted, bytes, memory_order_relaxed);
}

/* The row's bytes of the open frame, those the cursor shows and no scope boundary charged yet included. */
static size_t used_by(const fai_context *ctx, const fai_tag_row *row)
{
    bool pending = row == ctx->row && fai_frame_state_of(ctx) != FAI_FRAME_CLOSED;
    return fai_figure(&row->frame_bytes) + (pending ? ctx->head.cursor - ctx->tag_mark : 0);
}

/* Room that may be charged beyond the need. */
static size_t ahead_of(const fa_allocator *allocator, const fai_chain *chain, size_t need, bool *near)
{
    size_t room = FA_NO_LIMIT;
    for (uint32_t i = 0; i < chain->count; i++) {
        const fai_account *account = chain->accounts[i];
        size_t used = atomic_load_explicit(&account->used, memory_order_relaxed);
        size_t soft = atomic_load_explicit(&account->soft, memory_order_relaxed);
        size_t hard = atomic_load_explicit(&account->hard, memory_order_relaxed);
        size_t edge = used <= soft ? soft : hard; /* a soft limit is told where it is passed */
        size_t left = edge > used ? edge - used : 0;
        *near = *near || used > soft;
        room = left < room ? left : room;
    }
    room = room > need ? room - need : 0;
    if (atomic_load_explicit(&allocator->budgets.contexts, memory_order_relaxed) > 1) {
        return room >= GRANT_APART ? GRANT : 0;
    }
    return room / 8 < GRANT ? room / 8 : GRANT;
}

/* Charge @p need bytes, and some more where that is far from every limit. @return What was charged; 0:
 * refused, noted and told. */
static size_t take_ahead(fai_context *ctx, const fai_chain *chain, size_t need, const char *here)
{
    fai_context_budgets *budgets = &ctx->budgets;
    bool near = false;
    size_t ahead = ahead_of(ctx->allocator, chain, need, &near);
    budgets->near = budgets->near || near || ahead == 0;
    if (ahead > 0 && fai_chain_charge(ctx->allocator, chain, need + ahead) == NULL) {
        budgets->granted_ahead = true;
        return need + ahead;
    }
    fai_account *refusing = fai_chain_take(ctx, chain, need);
    if (refusing != NULL) {
        budgets->pending_count = 0;
        fai_budget_refused(ctx, refusing, need, here);
        return 0;
    }
    fai_chain_note_soft(ctx, chain, need);
    return need;
}

size_t fai_budget_first_grant(const fai_context *ctx, fa_tag tag)
{
    fai_chain chain;
    fai_chain_of(ctx->allocator, tag, atomic_load_explicit(&ctx->budgets.epoch, memory_order_relaxed),
                 &chain);
    return chain.count > 0 ? 0 : FAI_UNLIMITED;
}

static void settle_row(const fai_context *ctx, fai_tag_row *row, uint64_t epoch, size_t keep)
{
    size_t granted = granted_to(row);
    size_t used = used_by(ctx, row);
    if (granted == FAI_UNLIMITED || granted <= used || granted - used <= keep) {
        return;
    }
    fai_chain chain;
    fai_chain_of(ctx->allocator, row->tag, epoch, &chain);
    fai_chain_give(&chain, granted - used - keep);
    set_granted(row, used + keep);
}

static fai_tag_row *row_of(const fai_context *ctx, fa_tag tag)
{
    return ((fai_tag_row **)ctx->ready_rows.items)[tag];
}

void fai_budget_settle(fai_context *ctx)
{
    uint64_t epoch = atomic_load_explicit(&ctx->budgets.epoch, memory_order_relaxed);
    if (epoch == 0) {
        return;
    }
    for (fa_tag tag = 0; tag < ctx->ready_rows.capacity; tag++) {
        fai_tag_row *row = row_of(ctx, tag);
        if (row != NULL) {
            settle_row(ctx, row, epoch, 0);
        }
    }
    for (fai_arena *arena = ctx->arenas; arena != NULL; arena = arena->next) {
        fai_budget_arena_settle(arena);
    }
    ctx->budgets.granted_ahead = false;
    fai_frame_reopen(ctx);
}

/* A context of the calling thread in which an object waits in a typed pool's hot slot, or NULL. */
static fai_context *waiting_context(fa_allocator *allocator)
{
    fai_context *found = NULL;
    fai_mutex_lock(&allocator->contexts_lock);
    for (fai_context *ctx = allocator->contexts; ctx != NULL && found == NULL; ctx = ctx->next) {
        size_t objects = 0;
        bool own = atomic_load_explicit(&ctx->owner, memory_order_relaxed) == fai_thread_self();
        (void)(own ? fai_typed_waiting_bytes(ctx, FA_TAG_NONE, true, &objects) : 0);
        found = objects > 0 ? ctx : NULL;
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return found;
}

void fai_budget_settle_own(fai_context *ctx)
{
    fa_allocator *allocator = ctx->allocator;
    fai_mutex_lock(&allocator->contexts_lock);
    for (fai_context *other = allocator->contexts; other != NULL; other = other->next) {
        if (atomic_load_explicit(&other->owner, memory_order_relaxed) == fai_thread_self()) {
            fai_budget_settle(other);
        }
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    /* Without the lock: giving a page back may call the log. Nobody else takes a context of ours away. */
    for (fai_context *other; (other = waiting_context(allocator)) != NULL;) {
        fai_typed_flush_all(other);
    }
}

void fai_budget_limits_changed(fa_allocator *allocator)
{
    atomic_fetch_add(&allocator->budgets.pressure, 1);
    fai_mutex_lock(&allocator->contexts_lock);
    for (fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        if (atomic_load_explicit(&ctx->owner, memory_order_relaxed) == fai_thread_self()) {
            fai_budget_settle(ctx);
        }
    }
    fai_mutex_unlock(&allocator->contexts_lock);
}

/* ---- new budgets --------------------------------------------------------------------------------------- */

/* Bytes in use join the accounts that were opened since, whether they fit or not. */
static bool join(const fai_context *ctx, fa_tag tag, size_t used, uint64_t before, uint64_t epoch)
{
    fai_chain chain;
    fai_chain_of(ctx->allocator, tag, epoch, &chain);
    for (uint32_t i = 0; i < chain.count; i++) {
        if (atomic_load_explicit(&chain.accounts[i]->since, memory_order_relaxed) > before) {
            atomic_fetch_add_explicit(&chain.accounts[i]->used, used, memory_order_relaxed);
        }
    }
    return chain.count > 0;
}

static FA_NOINLINE void refresh(fai_context *ctx, uint64_t before, uint64_t epoch)
{
    fai_budget_settle(ctx);
    for (fa_tag tag = 0; tag < ctx->ready_rows.capacity; tag++) {
        fai_tag_row *row = row_of(ctx, tag);
        if (row != NULL) {
            size_t used = used_by(ctx, row);
            set_granted(row, join(ctx, tag, used, before, epoch) ? used : FAI_UNLIMITED);
        }
    }
    for (fai_arena *arena = ctx->arenas; arena != NULL; arena = arena->next) {
        size_t used = fa_arena_used_bytes(&arena->head);
        size_t own = used - fai_scratch_outer_bytes(arena); /* the rest is other scopes' */
        arena->granted = join(ctx, arena->tag, own, before, epoch) ? used : FAI_UNLIMITED;
    }
    for (fa_tag tag = 0; ctx->scopes.count > 0 && tag < fa_tag_count(ctx->allocator); tag++) {
        (void)join(ctx, tag, fai_scratch_outer_tag_bytes(ctx, tag), before, epoch);
    }
    atomic_store_explicit(&ctx->budgets.epoch, epoch, memory_order_relaxed);
    fai_budget_attend(ctx);
    fai_arena_reopen_all(ctx);
}

void fai_budget_refresh(fai_context *ctx)
{
    uint64_t before = atomic_load_explicit(&ctx->budgets.epoch, memory_order_relaxed);
    uint64_t epoch = atomic_load_explicit(&ctx->allocator->budgets.epoch, memory_order_acquire);
    if (before != epoch) {
        refresh(ctx, before, epoch);
    }
}

static size_t lower_of(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void first_edge(fai_context *ctx)
{
    const fai_account *frame = &ctx->budgets.frame;
    ctx->budgets.frame_edge = fai_account_is_open(frame)
                                  ? lower_of(atomic_load_explicit(&frame->soft, memory_order_relaxed),
                                             atomic_load_explicit(&frame->hard, memory_order_relaxed))
                                  : FA_NO_LIMIT;
}

void fai_budget_attend(fai_context *ctx)
{
    ctx->attention |= FAI_ATTEND_BUDGET;
    first_edge(ctx);
    fai_frame_reopen(ctx);
}

/* ---- frames -------------------------------------------------------------------------------------------- */

/* Frame bytes that the context's own limit counts, with the cursor at @p last. */
static size_t counted(const fai_context *ctx, uintptr_t last)
{
    return last - ctx->extent->start + ctx->oversize_bytes - ctx->budgets.promoted_bytes;
}

void fai_budget_limit(fai_context *ctx)
{
    uintptr_t limit = ctx->extent->limit;
    uintptr_t granted = ctx->tag_mark + (granted_to(ctx->row) - fai_figure(&ctx->row->frame_bytes));
    limit = granted < limit ? granted : limit;
    size_t beside = ctx->oversize_bytes - ctx->budgets.promoted_bytes;
    size_t edge = ctx->budgets.frame_edge;
    if (edge != FA_NO_LIMIT) {
        uintptr_t end = ctx->extent->start + (edge > beside ? edge - beside : 0);
        limit = end < limit ? end : limit;
    }
    ctx->head.limit = limit & ctx->limit_mask;
}

void fai_budget_frame_begins(fai_context *ctx)
{
    fai_budget_refresh(ctx);
    if (atomic_load_explicit(&ctx->budgets.epoch, memory_order_relaxed) > 0 ||
        fai_account_is_open(&ctx->budgets.frame)) {
        ctx->attention |= FAI_ATTEND_BUDGET;
    } else {
        ctx->attention &= ~FAI_ATTEND_BUDGET;
    }
    ctx->budgets.promoted_bytes = 0;
    first_edge(ctx);
}

void fai_budget_frame_ended(fai_context *ctx)
{
    fai_context_budgets *budgets = &ctx->budgets;
    uint64_t pressure = atomic_load_explicit(&ctx->allocator->budgets.pressure, memory_order_relaxed);
    if (budgets->near || pressure != budgets->pressure) {
        budgets->pressure = pressure;
        budgets->near = false;
        fai_budget_settle(ctx);
        return;
    }
    uint64_t epoch = atomic_load_explicit(&budgets->epoch, memory_order_relaxed);
    settle_row(ctx, ctx->row, epoch, GRANT);
    for (fai_tag_row *row = ctx->touched; row != &ctx->rows_end; row = row->next) {
        if (granted_to(row) > GRANT) {
            settle_row(ctx, row, epoch, GRANT);
        }
    }
}

/* The context's own limit. SERVE: the caller goes on to the accounts. */
static fai_verdict judge_frame(fai_context *ctx, uintptr_t last, fa_budget_policy *answer, const char *here)
{
    fai_context_budgets *budgets = &ctx->budgets;
    fai_account *frame = &budgets->frame;
    size_t hard = atomic_load_explicit(&frame->hard, memory_order_relaxed);
    if (counted(ctx, last) <= hard) {
        return FAI_VERDICT_SERVE;
    }
    size_t requested = last - ctx->head.cursor;
    atomic_store_explicit(&frame->used, counted(ctx, ctx->head.cursor), memory_order_relaxed);
    fa_budget_policy policy = budgets->exceeded;
    if (policy == FA_BUDGET_CUSTOM && *answer == FA_BUDGET_CUSTOM) {
        *answer = fai_budget_ask(ctx, frame, requested, here);
        return FAI_VERDICT_AGAIN;
    }
    policy = policy == FA_BUDGET_CUSTOM ? *answer : policy;
    if (policy == FA_BUDGET_FAIL) {
        fai_budget_refused(ctx, frame, requested, here);
        return FAI_VERDICT_REFUSE;
    }
    atomic_fetch_add_explicit(&frame->overruns, 1, memory_order_relaxed);
    if (policy == FA_BUDGET_WARN && budgets->frame_warned != ctx->frame_index) {
        budgets->frame_warned = ctx->frame_index;
        fai_budget_note(ctx, frame, true, counted(ctx, ctx->head.cursor), requested);
    }
    return policy == FA_BUDGET_PROMOTE ? FAI_VERDICT_PROMOTE : FAI_VERDICT_SERVE;
}

/* The request is served: what there is to tell, and where to look next. */
static void pass_edges(fai_context *ctx, uintptr_t last)
{
    fai_context_budgets *budgets = &ctx->budgets;
    fai_account *frame = &budgets->frame;
    size_t used = counted(ctx, last);
    if (used <= budgets->frame_edge) {
        return;
    }
    size_t soft = atomic_load_explicit(&frame->soft, memory_order_relaxed);
    size_t hard = atomic_load_explicit(&frame->hard, memory_order_relaxed);
    if (used > soft) {
        fai_budget_note(ctx, frame, false, used, last - ctx->head.cursor);
    }
    budgets->frame_edge = used <= hard ? hard : budgets->exceeded == FA_BUDGET_WARN ? FA_NO_LIMIT : hard;
}

fai_verdict fai_budget_frame(fai_context *ctx, uintptr_t last, fa_budget_policy *answer, const char *here)
{
    fai_budget_refresh(ctx);
    fai_context_budgets *budgets = &ctx->budgets;
    bool limited = fai_account_is_open(&budgets->frame);
    fai_verdict verdict = limited ? judge_frame(ctx, last, answer, here) : FAI_VERDICT_SERVE;
    if (verdict != FAI_VERDICT_SERVE) {
        return verdict;
    }
    fai_tag_row *row = ctx->row;
    size_t granted = granted_to(row);
    size_t wanted = fai_figure(&row->frame_bytes) + (last - ctx->tag_mark);
    if (wanted > granted) {
        size_t left = granted - used_by(ctx, row); /* out of the way of whoever gives grants back */
        set_granted(row, granted - left);
        fai_chain chain;
        fai_chain_of(ctx->allocator, row->tag, atomic_load_explicit(&budgets->epoch, memory_order_relaxed),
                     &chain);
        size_t got = take_ahead(ctx, &chain, wanted - granted, here);
        set_granted(row, granted_to(row) + left + got);
        if (got == 0) {
            fai_budget_limit(ctx);
            return FAI_VERDICT_REFUSE;
        }
    }
    if (limited) {
        pass_edges(ctx, last);
    }
    return FAI_VERDICT_SERVE;
}

bool fai_budget_fits(fai_context *ctx, uintptr_t last)
{
    bool limited = fai_account_is_open(&ctx->budgets.frame);
    if (limited &&
        counted(ctx, last) > atomic_load_explicit(&ctx->budgets.frame.hard, memory_order_relaxed)) {
        return false;
    }
    fai_tag_row *row = ctx->row;
    size_t wanted = fai_figure(&row->frame_bytes) + (last - ctx->tag_mark);
    size_t granted = granted_to(row);
    if (wanted > granted) {
        fai_chain chain;
        fai_chain_of(ctx->allocator, row->tag,
                     atomic_load_explicit(&ctx->budgets.epoch, memory_order_relaxed), &chain);
        if (fai_chain_charge(ctx->allocator, &chain, wanted - granted) != NULL) {
            return false;
        }
        set_granted(row, wanted);
        size_t got = wanted - granted;
        fai_chain_note_soft(ctx, &chain, got);
        set_granted(row, wanted);
    }
    if (limited) {
        pass_edges(ctx, last);
    }
    return true;
}

bool fai_budget_oversize(fai_context *ctx, size_t bytes, const char *here)
{
    fai_tag_row *row = ctx->row;
    if (granted_to(row) == FAI_UNLIMITED) {
        return true;
    }
    fai_chain chain;
    fai_chain_of(ctx->allocator, row->tag, atomic_load_explicit(&ctx->budgets.epoch, memory_order_relaxed),
                 &chain);
    fai_account *refusing = fai_chain_take(ctx, &chain, bytes);
    if (refusing != NULL) {
        fai_budget_refused(ctx, refusing, bytes, here);
        return false;
    }
    set_granted(row, granted_to(row) + bytes);
    fai_chain_note_soft(ctx, &chain, bytes);
    return true;
}

size_t fa_context_frame_remaining_bytes(const fa_context *public_ctx)
{
    if (public_ctx == NULL) {
        return 0;
    }
    const fai_context *ctx = fai_ctx(public_ctx);
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN) {
        return 0;
    }
    size_t left = ctx->extent->end - 1 - ctx->head.cursor;
    const fai_context_budgets *budgets = &ctx->budgets;
    if (fai_account_is_open(&budgets->frame) && budgets->exceeded == FA_BUDGET_FAIL) {
        size_t hard = atomic_load_explicit(&budgets->frame.hard, memory_order_relaxed);
        size_t used = counted(ctx, ctx->head.cursor);
        left = lower_of(left, hard > used ? hard - used : 0);
    }
    fai_chain chain;
    fai_chain_of(ctx->allocator, ctx->tag, UINT64_MAX, &chain);
    for (uint32_t i = 0; i < chain.count; i++) {
        size_t hard = atomic_load_explicit(&chain.accounts[i]->hard, memory_order_relaxed);
        size_t used = fai_budget_used(ctx->allocator, chain.accounts[i]);
        left = lower_of(left, hard > used ? hard - used : 0);
    }
    return left;
}

/* ---- arenas -------------------------------------------------------------------------------------------- */

bool fai_budget_arena(fai_arena *arena, size_t bytes, const char *here)
{
    fai_context *ctx = arena->ctx;
    fai_budget_refresh(ctx);
    if (bytes <= arena->granted) {
        return true;
    }
    fai_chain chain;
    fai_chain_of(ctx->allocator, arena->tag, atomic_load_explicit(&ctx->budgets.epoch, memory_order_relaxed),
                 &chain);
    size_t left = arena->granted - fa_arena_used_bytes(&arena->head);
    size_t need = bytes - arena->granted;
    arena->granted -= left; /* out of the way of whoever gives grants back */
    size_t got = take_ahead(ctx, &chain, need, here);
    arena->granted += left + got;
    return got > 0;
}

void fai_budget_arena_settle(fai_arena *arena)
{
    const fai_context *ctx = arena->ctx;
    size_t used = fa_arena_used_bytes(&arena->head);
    if (arena->granted == FAI_UNLIMITED || arena->granted <= used) {
        return;
    }
    fai_chain chain;
    fai_chain_of(ctx->allocator, arena->tag, atomic_load_explicit(&ctx->budgets.epoch, memory_order_relaxed),
                 &chain);
    fai_chain_give(&chain, arena->granted - used);
    arena->granted = used;
    fai_arena_open_limit(arena);
}

void fai_budget_arena_turn(fai_arena *arena, fa_tag tag)
{
    fai_context *ctx = arena->ctx;
    fai_budget_refresh(ctx);
    fai_budget_arena_settle(arena);
    arena->tag = tag;
    bool limited = fai_budget_first_grant(ctx, tag) != FAI_UNLIMITED;
    arena->granted = limited ? fa_arena_used_bytes(&arena->head) : FAI_UNLIMITED;
    fai_arena_open_limit(arena);
}

void fai_budget_arena_give(fai_arena *arena, fa_tag tag, size_t bytes)
{
    fai_chain chain;
    fai_chain_of(arena->ctx->allocator, tag,
                 atomic_load_explicit(&arena->ctx->budgets.epoch, memory_order_relaxed), &chain);
    fai_chain_give(&chain, bytes);
}

/* ---- queries ------------------------------------------------------------------------------------------- */

static bool counts_in(const fa_allocator *allocator, fa_tag tag, const fai_account *account)
{
    if (account->kind == FA_BUDGET_OF_ALLOCATOR) {
        return true;
    }
    while (tag != account->tag && tag != FA_TAG_NONE) {
        tag = fai_tags_entry(allocator, tag)->parent;
    }
    return tag == account->tag;
}

/* Granted to a context and not used. Of other threads' contexts as of their last boundary. */
static size_t unused_in(fai_context *ctx, const fai_account *account)
{
    const fa_allocator *allocator = ctx->allocator;
    bool own = atomic_load_explicit(&ctx->owner, memory_order_relaxed) == fai_thread_self();
    size_t unused = 0;
    for (fa_tag tag = 0; tag < fa_tag_count(allocator); tag++) {
        const fai_tag_row *row = fai_tag_row_find(ctx, tag);
        if (row == NULL || !counts_in(allocator, tag, account)) {
            continue;
        }
        size_t granted = granted_to(row);
        size_t used = own ? used_by(ctx, row) : fai_figure(&row->frame_bytes);
        unused += granted != FAI_UNLIMITED && granted > used ? granted - used : 0;
    }
    size_t objects = 0;
    for (fa_tag tag = 0; own && ctx->typed_pools != NULL && tag < fa_tag_count(allocator); tag++) {
        unused += counts_in(allocator, tag, account) ? fai_typed_waiting_bytes(ctx, tag, false, &objects) : 0;
    }
    for (const fai_arena *arena = ctx->arenas; own && arena != NULL; arena = arena->next) {
        bool counts = arena->granted != FAI_UNLIMITED && counts_in(allocator, arena->tag, account);
        unused += counts ? arena->granted - fa_arena_used_bytes(&arena->head) : 0;
    }
    return unused;
}

size_t fai_budget_used(fa_allocator *allocator, const fai_account *account)
{
    uint64_t since = atomic_load(&account->since);
    size_t unused = 0;
    fai_mutex_lock(&allocator->contexts_lock);
    for (fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        if (atomic_load(&ctx->budgets.epoch) >= since) {
            unused += unused_in(ctx, account);
        }
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    size_t used = atomic_load(&account->used);
    return used > unused ? used - unused : 0;
}
