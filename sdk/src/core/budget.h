/* budget.h - accounts, and how the parts of the core charge them.
 *
 * An account is a shared figure with two limits. The accounts of a tag are its own, those of its ancestors,
 * and the allocator's: its chain. Charging a chain of one is a compare-and-swap. A longer one is charged
 * under budget_lock, the outermost account last: so what may have to be undone is never seen by anybody who
 * charges that account alone, and a refusal is always right. Giving back needs no lock.
 *
 * Frame bytes are charged in advance: a row's `granted` bytes of the open frame are in its chain's accounts
 * already, and the limit of the inlined path stands where they end. */
#ifndef FAI_BUDGET_H
#define FAI_BUDGET_H

#include <stdatomic.h>

#include "framealloc/budget.h"
#include "platform/platform.h"

/* `granted` of a row or arena without accounts. A cursor plus this does not wrap. */
#define FAI_UNLIMITED (SIZE_MAX / 2)

struct fai_context;
struct fai_arena;
struct fai_tag_row;

typedef struct fai_account {
    atomic_size_t used;
    atomic_size_t soft;
    atomic_size_t hard;
    atomic_uint_fast64_t soft_events;
    atomic_uint_fast64_t refused;
    atomic_uint_fast64_t overruns;
    atomic_uint_fast64_t since; /* epoch in which it was opened; 0: it is not */
    fa_tag tag;
    fa_budget_kind kind;
} fai_account;

typedef struct fai_budgets {       /* of an allocator */
    fai_mutex lock;                /* charging chains of several; innermost */
    fai_mutex set_lock;            /* opening accounts; outermost */
    atomic_uint_fast64_t epoch;    /* counts accounts opened; 0: there are none */
    atomic_uint_fast64_t pressure; /* rises when granted room should come back */
    atomic_uint contexts;          /* attached or handed over */
    atomic_bool of_contexts;       /* some context has, or had, limits of its own */
    fai_account whole;
} fai_budgets;

typedef struct fai_budget_pending { /* an event that waits until its request is served */
    fai_account *account;
    bool hard;
    size_t used;
    size_t requested;
} fai_budget_pending;

#define FAI_BUDGET_PENDING_MAX 4u

typedef struct fai_context_budgets { /* of a context */
    atomic_uint_fast64_t epoch;      /* accounts opened later do not concern its rows yet */
    uint64_t pressure;               /* seen */
    bool granted_ahead;
    bool near; /* a limit is near, or a soft one is passed: grants go back at the frame's end */
    bool telling;
    bool moving; /* a heap block is freed whose bytes stay charged */
    fa_budget_policy exceeded;
    fa_budget_handler handler;
    size_t frame_edge;     /* frame bytes up to which nothing is to be told or decided */
    size_t promoted_bytes; /* oversize bytes of the open frame that do not count */
    uint32_t frame_told;   /* key of the last soft event */
    uint32_t pool_told;
    uint32_t whole_told;
    uint64_t frame_warned;
    uint64_t pool_warned;
    fai_account frame;
    fai_account pool;
    uint32_t pending_count;
    fai_budget_pending pending[FAI_BUDGET_PENDING_MAX];
} fai_context_budgets;

static inline bool fai_account_is_open(const fai_account *account)
{
    return atomic_load_explicit(&account->since, memory_order_relaxed) != 0;
}

typedef enum fai_verdict {
    FAI_VERDICT_SERVE,
    FAI_VERDICT_REFUSE,
    FAI_VERDICT_PROMOTE,
    FAI_VERDICT_AGAIN
} fai_verdict;

/* ---- pool and heap ------------------------------------------------------------------------------------- */

/* Charge a request before it is served. False: refused, the reason is noted and told. Owner only; only while
 * ctx->budgeted; no lock is held. @p pool: of a pool, so that the context's own limit counts. */
bool fai_budget_take(struct fai_context *ctx, fa_tag tag, size_t bytes, bool pool, const char *here);
/* Take it back: freed, or not served after all. Any thread. */
void fai_budget_give(struct fa_allocator *allocator, fa_tag tag, size_t bytes);
void fai_budget_give_pool(struct fai_context *owner, size_t bytes);
/* Tell what became due while a request was served. */
void fai_budget_tell(struct fai_context *ctx, const char *here);

/* ---- frames and arenas --------------------------------------------------------------------------------- */

/* May the frame's cursor move to @p last? @p answer is FA_BUDGET_CUSTOM until a handler was asked: then
 * AGAIN, since it may have moved the cursor. */
fai_verdict fai_budget_frame(struct fai_context *ctx, uintptr_t last, fa_budget_policy *answer,
                             const char *here);
/* The same without asking, refusing or telling: false leaves all that to a new request. */
bool fai_budget_fits(struct fai_context *ctx, uintptr_t last);
/* Frame bytes from the heap. */
bool fai_budget_oversize(struct fai_context *ctx, size_t bytes, const char *here);
/* The limit of the inlined path, an open frame's. */
void fai_budget_limit(struct fai_context *ctx);
/* Take notice of budgets that are new. Owner only. */
void fai_budget_refresh(struct fai_context *ctx);
/* Before the first allocation of a frame, and after its last. */
void fai_budget_frame_begins(struct fai_context *ctx);
void fai_budget_frame_ended(struct fai_context *ctx);
/* Give back what is granted and not used. */
void fai_budget_settle(struct fai_context *ctx);
/* What a new row may hand out: nothing yet, or FAI_UNLIMITED. */
size_t fai_budget_first_grant(const struct fai_context *ctx, fa_tag tag);
/* An arena's bytes up to @p bytes. False: refused. */
bool fai_budget_arena(struct fai_arena *arena, size_t bytes, const char *here);
void fai_budget_arena_settle(struct fai_arena *arena);
/* Another tag's bytes follow in an arena: those in use stay charged as they are. */
void fai_budget_arena_turn(struct fai_arena *arena, fa_tag tag);
/* Bytes of an arena in use that were charged to @p tag go back. */
void fai_budget_arena_give(struct fai_arena *arena, fa_tag tag, size_t bytes);

void fai_budgets_create(struct fa_allocator *allocator);
void fai_budgets_destroy(struct fa_allocator *allocator);
/* Of a new context, and of one that is parked: no limits of its own, nothing granted. */
void fai_budget_context_create(struct fai_context *ctx);
void fai_budget_context_parked(struct fai_context *ctx);
/* Limits were set: what this thread's contexts hold ahead of use goes back, others' at their next boundary.
 */
void fai_budget_limits_changed(struct fa_allocator *allocator);
/* Have the frame's boundaries look at budgets. */
void fai_budget_attend(struct fai_context *ctx);

/* ---- between budget.c and budget_frame.c --------------------------------------------------------------- */

typedef struct fai_chain {
    fai_account *accounts[FA_TAG_PATH_MAX / 2 + 3];
    uint32_t count;
} fai_chain;

/* The accounts that a tag's bytes count in, those opened by @p epoch; the allocator's is last. */
void fai_chain_of(const struct fa_allocator *allocator, fa_tag tag, uint64_t epoch, fai_chain *chain);
/* NULL: charged. Else the account that refuses, nothing is changed. */
fai_account *fai_chain_charge(struct fa_allocator *allocator, const fai_chain *chain, size_t bytes);
/* The same; before a refusal, what is only held for speed is given back, and it is tried again. */
fai_account *fai_chain_take(struct fai_context *ctx, const fai_chain *chain, size_t bytes);
void fai_chain_give(const fai_chain *chain, size_t bytes);
void fai_chain_note_soft(struct fai_context *ctx, const fai_chain *chain, size_t requested);
/* Queue an event; soft ones once per account and frame. */
void fai_budget_note(struct fai_context *ctx, fai_account *account, bool hard, size_t used, size_t requested);
/* Count, note the reason, tell. */
void fai_budget_refused(struct fai_context *ctx, fai_account *account, size_t requested, const char *here);
fa_budget_policy fai_budget_ask(struct fai_context *ctx, const fai_account *account, size_t bytes,
                                const char *here);
/* As settle, for every context of the calling thread. */
void fai_budget_settle_own(struct fai_context *ctx);
/* An account's bytes without those that are granted and not used. */
size_t fai_budget_used(struct fa_allocator *allocator, const fai_account *account);

#endif
