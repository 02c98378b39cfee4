/* lifecycle.c - a short array of listeners per context; what nobody wants to hear costs one compare where it
 * happens, and nothing on the inlined paths and the short way of frame boundaries. */
#include "core/lifecycle.h"

#include <string.h>

const char *fa_lifecycle_name(fa_lifecycle_kind kind)
{
    static const char *const names[] = {
#define FA_X(name, meaning) #name,
        FA_LIFECYCLE_TABLE(FA_X)
#undef FA_X
    };
    return (unsigned)kind < FA_LIFECYCLE_COUNT ? names[kind] : "unknown";
}

void fai_lifecycle_tell_now(fai_context *ctx, fa_lifecycle_kind kind, size_t bytes, size_t count,
                            const char *here)
{
    fai_listeners *all = &ctx->listeners;
    if (all->telling) {
        all->dropped++;
        return;
    }
    const fa_lifecycle_event event = {.kind = kind,
                                      .ctx = &ctx->head,
                                      .frame = ctx->frame_index,
                                      .bytes = bytes,
                                      .count = count,
                                      .here = here};
    fa_result last = ctx->last_result;
    all->telling = true;
    for (uint32_t i = 0; i < all->count; i++) {
        fa_lifecycle_listener listener = all->items[i]; /* it may take itself off */
        if ((listener.kinds & FA_LIFECYCLE_BIT(kind)) != 0) {
            listener.fn(listener.user, &event);
        }
    }
    all->telling = false;
    ctx->last_result = last; /* of the call that was told about */
}

/* ---- lists --------------------------------------------------------------------------------------------- */

static uint32_t find(const fai_listeners *all, void (*fn)(void *user, const fa_lifecycle_event *event),
                     const void *user)
{
    uint32_t i = 0;
    while (i < all->count && (all->items[i].fn != fn || all->items[i].user != user)) {
        i++;
    }
    return i;
}

static fa_result add(fai_listeners *all, fa_lifecycle_listener listener)
{
    if (find(all, listener.fn, listener.user) < all->count) {
        return FA_RESULT_EXISTS;
    }
    if (all->count == FA_LIFECYCLE_MAX) {
        return FA_RESULT_FULL;
    }
    listener.kinds = listener.kinds != 0 ? listener.kinds & FA_LIFECYCLE_ALL : FA_LIFECYCLE_ALL;
    all->items[all->count++] = listener;
    all->kinds |= listener.kinds;
    return FA_RESULT_OK;
}

static fa_result take_off(fai_listeners *all, void (*fn)(void *user, const fa_lifecycle_event *event),
                          const void *user)
{
    uint32_t at = find(all, fn, user);
    if (at == all->count) {
        return FA_RESULT_NOT_FOUND;
    }
    memmove(&all->items[at], &all->items[at + 1], (all->count - at - 1) * sizeof *all->items);
    all->count--;
    all->kinds = 0;
    for (uint32_t i = 0; i < all->count; i++) {
        all->kinds |= all->items[i].kinds;
    }
    return FA_RESULT_OK;
}

/* Boundaries take the long way while somebody hears of them. */
static void attend(fai_context *ctx)
{
    if (ctx->listeners.kinds != 0) {
        ctx->attention |= FAI_ATTEND_LISTENERS;
    } else {
        ctx->attention &= ~FAI_ATTEND_LISTENERS;
    }
    fai_outbox_refresh(ctx);
}

fa_result fai_lifecycle_listen(fa_context *public_ctx, fa_lifecycle_listener listener, const char *here)
{
    fa_result result = fai_context_check(public_ctx, "fa_lifecycle_listen", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (listener.fn == NULL) {
        fai_report report = {.code = FA_CODE_FA005,
                             .result = FA_RESULT_INVALID_ARGUMENT,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here};
        return fai_context_error(ctx, fai_report_send(&report, "fa_lifecycle_listen: fn is NULL"));
    }
    result = add(&ctx->listeners, listener);
    attend(ctx);
    return result == FA_RESULT_OK ? result : fai_context_error(ctx, result);
}

fa_result fai_lifecycle_unlisten(fa_context *public_ctx,
                                 void (*fn)(void *user, const fa_lifecycle_event *event), void *user,
                                 const char *here)
{
    fa_result result = fai_context_check(public_ctx, "fa_lifecycle_unlisten", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    result = take_off(&ctx->listeners, fn, user);
    attend(ctx);
    return result == FA_RESULT_OK ? result : fai_context_error(ctx, result);
}

/* ---- every context ------------------------------------------------------------------------------------- */

/* The contexts lock is held. */
static bool others_are_attached(const fa_allocator *allocator)
{
    uintptr_t self = fai_thread_self();
    for (const fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        if (atomic_load(&ctx->owner) != self) {
            return true;
        }
    }
    return false;
}

fa_result fa_lifecycle_listen_all(fa_allocator *allocator, fa_lifecycle_listener listener)
{
    if (!fai_allocator_alive(allocator) || listener.fn == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fai_mutex_lock(&allocator->contexts_lock);
    fa_result result = others_are_attached(allocator) ? FA_RESULT_BUSY : add(&allocator->listeners, listener);
    for (fai_context *ctx = allocator->contexts; ctx != NULL && result == FA_RESULT_OK; ctx = ctx->next) {
        (void)add(&ctx->listeners, listener); /* all are this thread's; a full one does without */
        attend(ctx);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return result;
}

fa_result fa_lifecycle_unlisten_all(fa_allocator *allocator,
                                    void (*fn)(void *user, const fa_lifecycle_event *event), void *user)
{
    if (!fai_allocator_alive(allocator)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fai_mutex_lock(&allocator->contexts_lock);
    fa_result result =
        others_are_attached(allocator) ? FA_RESULT_BUSY : take_off(&allocator->listeners, fn, user);
    for (fai_context *ctx = allocator->contexts; ctx != NULL && result == FA_RESULT_OK; ctx = ctx->next) {
        (void)take_off(&ctx->listeners, fn, user);
        attend(ctx);
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return result;
}

void fai_lifecycle_attach(fai_context *ctx)
{
    ctx->listeners = ctx->allocator->listeners;
    attend(ctx);
}

uint64_t fa_lifecycle_dropped(const fa_context *ctx)
{
    if (ctx == NULL) {
        return 0;
    }
    return fai_ctx(ctx)->listeners.dropped;
}

/* ---- figures per thread -------------------------------------------------------------------------------- */

size_t fa_thread_stats_list(fa_allocator *allocator, fa_thread_stats *out, size_t capacity)
{
    if (!fai_allocator_alive(allocator)) {
        return 0;
    }
    size_t count = 0;
    fai_mutex_lock(&allocator->contexts_lock);
    for (const fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next, count++) {
        if (count < capacity) {
            fa_thread_stats *s = &out[count];
            memset(s, 0, sizeof *s);
            memcpy(s->context, ctx->name, sizeof s->context);
            memcpy(s->thread, ctx->thread_name, sizeof s->thread);
            s->frames = fai_figure(&ctx->frames_ended);
            s->last_frame_bytes = fai_figure(&ctx->last_frame_bytes);
            s->peak_frame_bytes = fai_figure(&ctx->peak_frame_bytes);
            s->frees_processed = fai_figure(&ctx->frees_processed);
            s->transfers_sent = fai_figure(&ctx->transfers_sent);
            s->transfers_received = fai_figure(&ctx->transfers_received);
        }
    }
    fai_mutex_unlock(&allocator->contexts_lock);
    return count;
}
