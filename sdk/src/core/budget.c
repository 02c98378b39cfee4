/* budget.c - accounts: charging chains of them, and telling when a limit is passed. See budget.h; frames and
 * arenas are in budget_frame.c. */
#include "core/budget.h"

#include "core/arena.h"
#include "core/context.h"
#include "core/lifecycle.h"
#include "core/shared.h"
#include "core/typed_pool.h"
#include "framealloc/stats.h"

/* ---- accounts ------------------------------------------------------------------------------------------ */

static size_t or_none(size_t limit)
{
    return limit != 0 ? limit : FA_NO_LIMIT;
}

static void account_limit(fai_account *account, fa_budget budget)
{
    atomic_store(&account->soft, or_none(budget.soft_bytes));
    atomic_store(&account->hard, or_none(budget.hard_bytes));
}

static void account_open(fai_account *account, fa_budget_kind kind, fa_tag tag, fa_budget budget, size_t used)
{
    account->kind = kind;
    account->tag = tag;
    atomic_store(&account->used, used);
    atomic_store(&account->soft_events, 0);
    atomic_store(&account->refused, 0);
    atomic_store(&account->overruns, 0);
    account_limit(account, budget);
}

/* False: it does not fit, unchanged. */
static bool account_charge(fai_account *account, size_t bytes)
{
    size_t hard = atomic_load_explicit(&account->hard, memory_order_relaxed);
    size_t used = atomic_load_explicit(&account->used, memory_order_relaxed);
    do {
        if (used > hard || bytes > hard - used) {
            return false;
        }
    } while (!atomic_compare_exchange_weak_explicit(&account->used, &used, used + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

/* What was handed out before the account was opened may come back by another thread that did not know of it
 * yet: never below zero. */
static void account_give(fai_account *account, size_t bytes)
{
    size_t used = atomic_load_explicit(&account->used, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&account->used, &used, used > bytes ? used - bytes : 0,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

static void account_stats(const fai_account *account, size_t used, fa_budget_stats *out)
{
    *out = (fa_budget_stats){.soft_bytes = atomic_load(&account->soft),
                             .hard_bytes = atomic_load(&account->hard),
                             .used_bytes = used,
                             .soft_events = atomic_load(&account->soft_events),
                             .refused = atomic_load(&account->refused),
                             .overruns = atomic_load(&account->overruns)};
}

/* ---- chains -------------------------------------------------------------------------------------------- */

void fai_chain_of(const fa_allocator *allocator, fa_tag tag, uint64_t epoch, fai_chain *chain)
{
    chain->count = 0;
    fa_tag at = tag;
    do {
        const fai_tag_entry *entry = fai_tags_entry(allocator, at);
        fai_account *account = atomic_load_explicit(&entry->account, memory_order_acquire);
        if (account != NULL && atomic_load_explicit(&account->since, memory_order_relaxed) <= epoch) {
            chain->accounts[chain->count++] = account;
        }
        at = entry->parent;
    } while (at != FA_TAG_NONE);
    const fai_account *whole = &allocator->budgets.whole;
    if (fai_account_is_open(whole) && atomic_load_explicit(&whole->since, memory_order_relaxed) <= epoch) {
        chain->accounts[chain->count++] = (fai_account *)(uintptr_t)whole;
    }
}

static fai_account *charge_all(const fai_chain *chain, size_t bytes)
{
    for (uint32_t i = 0; i < chain->count; i++) {
        if (!account_charge(chain->accounts[i], bytes)) {
            for (uint32_t done = 0; done < i; done++) {
                account_give(chain->accounts[done], bytes);
            }
            return chain->accounts[i];
        }
    }
    return NULL;
}

fai_account *fai_chain_charge(fa_allocator *allocator, const fai_chain *chain, size_t bytes)
{
    if (chain->count <= 1) {
        return charge_all(chain, bytes);
    }
    fai_mutex_lock(&allocator->budgets.lock);
    fai_account *refusing = charge_all(chain, bytes);
    fai_mutex_unlock(&allocator->budgets.lock);
    return refusing;
}

void fai_chain_give(const fai_chain *chain, size_t bytes)
{
    for (uint32_t i = 0; i < chain->count; i++) {
        account_give(chain->accounts[i], bytes);
    }
}

/* ---- telling ------------------------------------------------------------------------------------------- */

static void call_hook(fai_context *ctx, const fai_account *account, bool hard, size_t used, size_t requested,
                      const char *here)
{
    const fa_budget_hook *hook = &ctx->allocator->desc.budget_hook;
    fai_lifecycle_tell(ctx, FA_LIFECYCLE_BUDGET_EXCEEDED, requested, hard ? 1 : 0, here);
    if (ctx->budgets.telling || (hook->fn == NULL && hard)) {
        return; /* NULL and OVER_BUDGET say it */
    }
    fa_tag tag = account->kind == FA_BUDGET_OF_TAG ? account->tag : ctx->tag;
    size_t limit = atomic_load_explicit(hard ? &account->hard : &account->soft, memory_order_relaxed);
    const fa_budget_event event = {.kind = account->kind,
                                   .hard = hard,
                                   .tag = tag,
                                   .tag_path = fai_tags_path(ctx->allocator, tag),
                                   .limit_bytes = limit,
                                   .used_bytes = used,
                                   .requested_bytes = requested,
                                   .ctx = &ctx->head,
                                   .here = here,
                                   .frame = ctx->frame_index};
    ctx->budgets.telling = true;
    if (hook->fn != NULL) {
        hook->fn(hook->user, &event);
    } else if (atomic_load(&account->soft_events) == 1) {
        static const char *const whose[] = {"the allocator", "tag", "frames of", "pool of"};
        fai_log(ctx->allocator, FA_LOG_BUDGET_SOFT, "%s %s: %zu bytes, soft limit %zu, at %s",
                whose[account->kind],
                account->kind == FA_BUDGET_OF_TAG         ? event.tag_path
                : account->kind == FA_BUDGET_OF_ALLOCATOR ? ctx->allocator->name
                                                          : ctx->name,
                used, limit, here);
    }
    ctx->budgets.telling = false;
}

void fai_budget_refused(fai_context *ctx, fai_account *account, size_t requested, const char *here)
{
    atomic_fetch_add_explicit(&account->refused, 1, memory_order_relaxed);
    fai_context_fail(ctx, FA_RESULT_OVER_BUDGET);
    call_hook(ctx, account, true, atomic_load(&account->used), requested, here);
    ctx->last_result = FA_RESULT_OVER_BUDGET; /* the hook may have allocated */
}

/* Of this account and in this frame (or between this one and the next) the soft limit was told already? Says
 * yes from then on. */
static bool told_before(fai_context *ctx, const fai_account *account)
{
    uint32_t key = (uint32_t)ctx->frame_index * 2 + (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED ? 1 : 0) + 1;
    uint32_t *told = NULL;
    fai_tag_row *row;
    switch (account->kind) {
    case FA_BUDGET_OF_ALLOCATOR: told = &ctx->budgets.whole_told; break;
    case FA_BUDGET_OF_FRAME: told = &ctx->budgets.frame_told; break;
    case FA_BUDGET_OF_POOL: told = &ctx->budgets.pool_told; break;
    case FA_BUDGET_OF_TAG:
        row = fai_tag_row_make(ctx, account->tag);
        told = row != NULL ? &row->soft_told : NULL; /* no memory to remember it: told again */
        break;
    }
    if (told != NULL && *told == key) {
        return true;
    }
    if (told != NULL) {
        *told = key;
    }
    return false;
}

void fai_budget_note(fai_context *ctx, fai_account *account, bool hard, size_t used, size_t requested)
{
    fai_context_budgets *budgets = &ctx->budgets;
    if (budgets->telling || budgets->pending_count == FAI_BUDGET_PENDING_MAX ||
        (!hard && told_before(ctx, account))) {
        return;
    }
    if (!hard) {
        atomic_fetch_add_explicit(&account->soft_events, 1, memory_order_relaxed);
    }
    budgets->pending[budgets->pending_count++] = (fai_budget_pending){account, hard, used, requested};
}

void fai_budget_tell(fai_context *ctx, const char *here)
{
    fai_context_budgets *budgets = &ctx->budgets;
    fa_result last = ctx->last_result;
    for (uint32_t i = 0; i < budgets->pending_count; i++) {
        const fai_budget_pending due = budgets->pending[i];
        call_hook(ctx, due.account, due.hard, due.used, due.requested, here);
    }
    budgets->pending_count = 0;
    ctx->last_result = last;
}

void fai_chain_note_soft(fai_context *ctx, const fai_chain *chain, size_t requested)
{
    for (uint32_t i = 0; i < chain->count; i++) {
        fai_account *account = chain->accounts[i];
        size_t soft = atomic_load_explicit(&account->soft, memory_order_relaxed);
        size_t used = atomic_load_explicit(&account->used, memory_order_relaxed);
        if (used > soft && ctx->budgets.granted_ahead) {
            fai_budget_settle(ctx); /* what is granted is not used */
            used = atomic_load_explicit(&account->used, memory_order_relaxed);
        }
        if (used > soft) {
            fai_budget_note(ctx, account, false, used, requested);
        }
    }
}

/* ---- pool and heap ------------------------------------------------------------------------------------- */

/* The context's own limit of its pool. */
static bool take_pool(fai_context *ctx, size_t bytes, const char *here)
{
    fai_context_budgets *budgets = &ctx->budgets;
    fai_account *account = &budgets->pool;
    fa_budget_policy policy = budgets->exceeded;
    size_t hard = atomic_load_explicit(&account->hard, memory_order_relaxed);
    size_t used = atomic_load_explicit(&account->used, memory_order_relaxed);
    if (used > hard || bytes > hard - used) {
        if (ctx->typed_pools != NULL) {
            fai_typed_flush_all(ctx); /* objects that wait in hot slots are charged, and free */
            used = atomic_load_explicit(&account->used, memory_order_relaxed);
        }
    }
    bool over = used > hard || bytes > hard - used;
    if (over && policy == FA_BUDGET_CUSTOM) {
        policy = fai_budget_ask(ctx, account, bytes, here);
    }
    if (over && policy != FA_BUDGET_WARN && policy != FA_BUDGET_ALLOW) {
        fai_budget_refused(ctx, account, bytes, here);
        return false;
    }
    if (over) {
        atomic_fetch_add_explicit(&account->overruns, 1, memory_order_relaxed);
        if (policy == FA_BUDGET_WARN && budgets->pool_warned != ctx->frame_index + 1) {
            budgets->pool_warned = ctx->frame_index + 1;
            fai_budget_note(ctx, account, true, used, bytes);
        }
    }
    size_t now = atomic_fetch_add_explicit(&account->used, bytes, memory_order_relaxed) + bytes;
    if (now > atomic_load_explicit(&account->soft, memory_order_relaxed)) {
        fai_budget_note(ctx, account, false, now, bytes);
    }
    return true;
}

fa_budget_policy fai_budget_ask(fai_context *ctx, const fai_account *account, size_t bytes, const char *here)
{
    if (ctx->budgets.telling) {
        return FA_BUDGET_FAIL;
    }
    const fa_budget_event event = {.kind = account->kind,
                                   .hard = true,
                                   .tag = ctx->tag,
                                   .tag_path = fai_tags_path(ctx->allocator, ctx->tag),
                                   .limit_bytes = atomic_load(&account->hard),
                                   .used_bytes = atomic_load(&account->used),
                                   .requested_bytes = bytes,
                                   .ctx = &ctx->head,
                                   .here = here,
                                   .frame = ctx->frame_index};
    ctx->budgets.telling = true;
    fa_budget_policy answer = ctx->budgets.handler.fn(ctx->budgets.handler.user, &event);
    ctx->budgets.telling = false;
    return (unsigned)answer < FA_BUDGET_CUSTOM ? answer : FA_BUDGET_FAIL;
}

fai_account *fai_chain_take(fai_context *ctx, const fai_chain *chain, size_t bytes)
{
    fai_account *refusing = fai_chain_charge(ctx->allocator, chain, bytes);
    if (refusing != NULL) {
        fai_budget_settle_own(ctx);
        refusing = fai_chain_charge(ctx->allocator, chain, bytes);
    }
    if (refusing != NULL) {
        atomic_fetch_add_explicit(&ctx->allocator->budgets.pressure, 1, memory_order_relaxed);
    }
    return refusing;
}

bool fai_budget_take(fai_context *ctx, fa_tag tag, size_t bytes, bool pool, const char *here)
{
    fai_budget_refresh(ctx);
    if (pool && fai_account_is_open(&ctx->budgets.pool) && !take_pool(ctx, bytes, here)) {
        return false;
    }
    fai_chain chain;
    fai_chain_of(ctx->allocator, tag, UINT64_MAX, &chain);
    fai_account *refusing = fai_chain_take(ctx, &chain, bytes);
    if (refusing != NULL) {
        if (pool && fai_account_is_open(&ctx->budgets.pool)) {
            account_give(&ctx->budgets.pool, bytes);
        }
        ctx->budgets.pending_count = 0;
        fai_budget_refused(ctx, refusing, bytes, here);
        return false;
    }
    fai_chain_note_soft(ctx, &chain, bytes);
    return true;
}

void fai_budget_give(fa_allocator *allocator, fa_tag tag, size_t bytes)
{
    fai_chain chain;
    fai_chain_of(allocator, tag, UINT64_MAX, &chain);
    fai_chain_give(&chain, bytes);
}

void fai_budget_give_pool(fai_context *owner, size_t bytes)
{
    if (fai_account_is_open(&owner->budgets.pool)) {
        account_give(&owner->budgets.pool, bytes);
    }
}

/* ---- tags and the whole -------------------------------------------------------------------------------- */

void fai_budgets_destroy(fa_allocator *allocator)
{
    fai_mutex_destroy(&allocator->budgets.lock);
    fai_mutex_destroy(&allocator->budgets.set_lock);
}

void fai_budget_context_create(fai_context *ctx)
{
    const fa_budget none = {0};
    account_open(&ctx->budgets.frame, FA_BUDGET_OF_FRAME, FA_TAG_NONE, none, 0);
    account_open(&ctx->budgets.pool, FA_BUDGET_OF_POOL, FA_TAG_NONE, none, 0);
    ctx->budgets.frame_edge = FA_NO_LIMIT;
}

void fai_budget_context_parked(fai_context *ctx)
{
    fai_budget_refresh(ctx);
    fai_budget_settle(ctx);
    atomic_store(&ctx->budgets.frame.since, 0);
    atomic_store(&ctx->budgets.pool.since, 0);
    fai_budget_context_create(ctx);
    ctx->budgets.exceeded = FA_BUDGET_FAIL;
}

void fai_budgets_create(fa_allocator *allocator)
{
    fai_mutex_init(&allocator->budgets.lock);
    fai_mutex_init(&allocator->budgets.set_lock);
    const fa_budget limits = {allocator->desc.memory_soft_bytes, allocator->desc.memory_limit_bytes};
    if (limits.hard_bytes != FA_NO_LIMIT || limits.soft_bytes != FA_NO_LIMIT) {
        account_open(&allocator->budgets.whole, FA_BUDGET_OF_ALLOCATOR, FA_TAG_NONE, limits, 0);
        atomic_store(&allocator->budgets.whole.since, 1);
        atomic_store(&allocator->budgets.epoch, 1);
    }
}

static fa_result refuse(fa_allocator *allocator, fa_context *ctx, const char *here, const char *call,
                        const char *problem)
{
    fai_report report = {.code = FA_CODE_FA005,
                         .result = FA_RESULT_INVALID_ARGUMENT,
                         .allocator = allocator,
                         .ctx = ctx,
                         .here = here};
    return fai_report_send(&report, "%s: %s", call, problem);
}

static bool is_ordered(fa_budget budget)
{
    return budget.soft_bytes == FA_NO_LIMIT || or_none(budget.soft_bytes) <= or_none(budget.hard_bytes) ||
           budget.soft_bytes == 0;
}

/* Open an account: with what is in use already, but for frames and arenas of other threads, which join at
 * their next boundary. The budgets' lock is held. */
static void open_account(fa_allocator *allocator, fai_account *account, _Atomic(fai_account *) *place,
                         fa_budget budget)
{
    uint64_t epoch = atomic_load(&allocator->budgets.epoch) + 1;
    bool whole = account->kind == FA_BUDGET_OF_ALLOCATOR;
    fai_mutex_lock(&allocator->contexts_lock);
    for (fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        if (atomic_load(&ctx->owner) == fai_thread_self()) {
            fai_typed_flush_all(ctx);
            fai_budget_settle(ctx);
        }
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    size_t used = 0;
    if (whole) {
        fa_allocator_stats all;
        (void)fa_allocator_stats_get(allocator, &all);
        used = all.pool_bytes + all.heap_bytes + fai_shared_arena_bytes(allocator, FA_TAG_INVALID);
    } else {
        fa_tag_stats tree;
        (void)fa_tag_stats_get(allocator, account->tag, &tree);
        used = tree.tree.pool_bytes + tree.tree.heap_bytes + fai_shared_arena_bytes(allocator, account->tag);
    }
    atomic_store(&account->used, used);
    account_limit(account, budget);
    atomic_store(&account->since, epoch);
    if (place != NULL) {
        atomic_store_explicit(place, account, memory_order_release);
    }
    atomic_store(&allocator->budgets.epoch, epoch);
    fai_mutex_lock(&allocator->contexts_lock);
    for (fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        fai_context_set_budgeted(ctx);
        if (atomic_load(&ctx->owner) == fai_thread_self()) {
            fai_budget_refresh(ctx);
        }
    }
    for (fai_context *ctx = allocator->parked; ctx != NULL; ctx = ctx->next) {
        fai_context_set_budgeted(ctx);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
}

fa_result fai_tag_budget_set(fa_allocator *allocator, fa_tag tag, fa_budget budget, const char *here)
{
    if (!fai_allocator_alive(allocator)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fai_tag_entry *entry = fai_tags_entry(allocator, tag);
    if (entry == NULL) {
        return refuse(allocator, NULL, here, "fa_tag_budget_set", "not a tag of this allocator");
    }
    if (!is_ordered(budget)) {
        return refuse(allocator, NULL, here, "fa_tag_budget_set", "the soft limit is above the hard one");
    }
    fa_result result = FA_RESULT_OK;
    fai_mutex_lock(&allocator->budgets.set_lock);
    fai_account *account = atomic_load(&entry->account);
    if (account != NULL) {
        account_limit(account, budget);
    } else {
        account = fai_meta_alloc(allocator, sizeof *account);
        if (account != NULL) {
            account_open(account, FA_BUDGET_OF_TAG, tag, budget, 0);
            open_account(allocator, account, &entry->account, budget);
        } else {
            result = FA_RESULT_OUT_OF_MEMORY;
        }
    }
    fai_mutex_unlock(&allocator->budgets.set_lock);
    fai_budget_limits_changed(allocator);
    return result;
}

fa_result fai_allocator_budget_set(fa_allocator *allocator, fa_budget budget, const char *here)
{
    if (!fai_allocator_alive(allocator)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (!is_ordered(budget)) {
        return refuse(allocator, NULL, here, "fa_allocator_budget_set",
                      "the soft limit is above the hard one");
    }
    fai_account *whole = &allocator->budgets.whole;
    fai_mutex_lock(&allocator->budgets.set_lock);
    if (fai_account_is_open(whole)) {
        account_limit(whole, budget);
    } else {
        account_open(whole, FA_BUDGET_OF_ALLOCATOR, FA_TAG_NONE, budget, 0);
        open_account(allocator, whole, NULL, budget);
    }
    fai_mutex_unlock(&allocator->budgets.set_lock);
    fai_budget_limits_changed(allocator);
    return FA_RESULT_OK;
}

fa_result fa_tag_budget_get(fa_allocator *allocator, fa_tag tag, fa_budget_stats *out)
{
    const fai_tag_entry *entry = fai_allocator_alive(allocator) ? fai_tags_entry(allocator, tag) : NULL;
    if (entry == NULL || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    const fai_account *account = atomic_load(&entry->account);
    if (account == NULL) {
        return FA_RESULT_NOT_FOUND;
    }
    account_stats(account, fai_budget_used(allocator, account), out);
    return FA_RESULT_OK;
}

fa_result fa_allocator_budget_get(fa_allocator *allocator, fa_budget_stats *out)
{
    if (!fai_allocator_alive(allocator) || out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    const fai_account *whole = &allocator->budgets.whole;
    if (!fai_account_is_open(whole)) {
        return FA_RESULT_NOT_FOUND;
    }
    account_stats(whole, fai_budget_used(allocator, whole), out);
    return FA_RESULT_OK;
}

/* ---- contexts ------------------------------------------------------------------------------------------ */

/* The context whose pool a page serves, or NULL. */
static const fai_context *pool_context_of(const fai_page *page)
{
    if (fai_page_kind_of(page) == FAI_PAGE_LARGE) {
        return page->family == FAI_FAMILY_POOL ? page->large_ctx : NULL;
    }
    bool pool = fai_page_kind_of(page) == FAI_PAGE_CLASS &&
                (page->family == FAI_FAMILY_POOL || page->family == FAI_FAMILY_TYPED);
    return pool ? page->owner->owner->ctx : NULL;
}

static size_t live_bytes_on(fai_page *page)
{
    fai_block block = {.where = FAI_WHERE_BLOCK, .family = (fai_family)page->family, .page = page};
    if (fai_page_kind_of(page) == FAI_PAGE_LARGE) {
        return atomic_load(&page->large_live) != 0 ? fai_block_size(&block) : 0;
    }
    size_t bytes = 0;
    for (block.index = 0; block.index < page->capacity; block.index++) {
        bytes += fai_state_is_live(fai_state_of(&page->records[block.index])) ? fai_block_size(&block) : 0;
    }
    return bytes;
}

/* Live pool bytes on the context's own pages. */
static size_t pool_bytes_of(const fai_context *ctx)
{
    const fai_objects *objects = &ctx->allocator->objects;
    size_t bytes = 0;
    for (uint32_t i = 1; i < atomic_load(&objects->frontier); i++) {
        fai_page *page = &objects->pages[i];
        if (pool_context_of(page) == ctx) {
            bytes += live_bytes_on(page);
        }
    }
    return bytes;
}

fa_result fai_context_budget_set(fa_context *public_ctx, const fa_context_budget *budget, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_context_budget_set", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    const char *problem = budget == NULL               ? "there is no budget"
                          : !is_ordered(budget->frame) ? "the frame's soft limit is above its hard one"
                          : !is_ordered(budget->pool)  ? "the pool's soft limit is above its hard one"
                          : (unsigned)budget->exceeded > FA_BUDGET_CUSTOM ? "exceeded is not a policy"
                          : budget->exceeded == FA_BUDGET_CUSTOM && budget->handler.fn == NULL
                              ? "FA_BUDGET_CUSTOM needs a handler"
                          : budget->exceeded != FA_BUDGET_CUSTOM && budget->handler.fn != NULL
                              ? "a handler is only asked with FA_BUDGET_CUSTOM"
                              : NULL;
    if (problem != NULL) {
        return fai_context_error(ctx,
                                 refuse(ctx->allocator, public_ctx, here, "fa_context_budget_set", problem));
    }
    fai_typed_flush_all(ctx);
    fai_context_budgets *budgets = &ctx->budgets;
    budgets->exceeded = budget->exceeded;
    budgets->handler = budget->handler;
    account_open(&budgets->frame, FA_BUDGET_OF_FRAME, FA_TAG_NONE, budget->frame, 0);
    account_open(&budgets->pool, FA_BUDGET_OF_POOL, FA_TAG_NONE, budget->pool, pool_bytes_of(ctx));
    atomic_store(&budgets->frame.since, 1);
    atomic_store(&budgets->pool.since, 1);
    budgets->frame_told = budgets->pool_told = 0;
    budgets->frame_warned = budgets->pool_warned = 0;
    /* Every context must tell the owner when it frees one of its objects. */
    fai_mutex_lock(&ctx->allocator->contexts_lock);
    atomic_store(&ctx->allocator->budgets.of_contexts, true);
    for (fai_context *other = ctx->allocator->contexts; other != NULL; other = other->next) {
        fai_context_set_budgeted(other);
    }
    for (fai_context *other = ctx->allocator->parked; other != NULL; other = other->next) {
        fai_context_set_budgeted(other);
    }
    fai_mutex_unlock(&ctx->allocator->contexts_lock);
    fai_budget_attend(ctx);
    return FA_RESULT_OK;
}

fa_result fa_context_budget_get(fa_context *public_ctx, fa_budget_stats *frame, fa_budget_stats *pool)
{
    fa_result check = fai_context_check(public_ctx, "fa_context_budget_get", FA_HERE);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    size_t waiting_objects = 0;
    size_t waiting = fai_typed_waiting_bytes(ctx, FA_TAG_NONE, true, &waiting_objects);
    size_t pool_used = atomic_load(&ctx->budgets.pool.used);
    if (frame != NULL) {
        account_stats(&ctx->budgets.frame, fai_frame_used(ctx) - ctx->budgets.promoted_bytes, frame);
    }
    if (pool != NULL) {
        account_stats(&ctx->budgets.pool, pool_used > waiting ? pool_used - waiting : 0, pool);
    }
    return FA_RESULT_OK;
}
