/* ticket.c - arenas with an end.
 *
 * A context has slots for its tickets; a free slot keeps its arena with its pages for the next ticket. A
 * ticket of frames costs the frames before its own nothing: window_end is lowered to its last frame, so that
 * the one compare which every end makes anyway leads here. */
#include "framealloc/ticket.h"

#include "core/ticket.h"

#include "core/arena.h"
#include "debug/ghost.h"

typedef struct slot {
    fai_arena *arena;    /* kept while the slot is free: it serves the next ticket */
    uint64_t last_frame; /* whose end closes it */
    uint32_t serial;     /* of the open ticket; 0: free */
    uint32_t next_free;  /* slot + 1, or 0 */
    fa_ticket_kind kind;
} slot;

static slot *slot_at(const fai_context *ctx, uint32_t i)
{
    return (slot *)ctx->tickets.items + i;
}

/* The slot of an open ticket, or NULL. */
static slot *find(const fai_context *ctx, const fa_ticket *ticket)
{
    slot *s = ticket->slot < ctx->tickets.count ? slot_at(ctx, ticket->slot) : NULL;
    return s != NULL && ticket->serial != 0 && s->serial == ticket->serial ? s : NULL;
}

static fa_result refuse(fai_context *ctx, fa_diagnostic_code code, fa_result result, const char *here,
                        const char *text)
{
    fai_report report = {
        .code = code, .result = result, .allocator = ctx->allocator, .ctx = &ctx->head, .here = here};
    return fai_context_error(ctx, fai_report_send(&report, "%s", text));
}

/* ---- opening ------------------------------------------------------------------------------------------- */

/* A free slot with its arena; NULL: no memory. */
static slot *find_slot(fai_context *ctx, const char *here)
{
    if (ctx->free_ticket != 0) {
        return slot_at(ctx, ctx->free_ticket - 1);
    }
    if (!fai_list_reserve(ctx->allocator, &ctx->tickets, ctx->tickets.count + 1, sizeof(slot))) {
        (void)fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
        return NULL;
    }
    const fa_arena_desc desc = {.name = "ticket", .max_bytes = ctx->allocator->desc.scratch_max_bytes};
    fa_arena *made;
    if (fai_arena_create(&ctx->head, &desc, &made, here) != FA_RESULT_OK) {
        return NULL;
    }
    slot *s = slot_at(ctx, ctx->tickets.count++);
    *s = (slot){.arena = (fai_arena *)made};
    s->arena->role = FAI_ARENA_TICKET; /* only its ticket empties it, and while there is none it is shut */
    ctx->free_ticket = ctx->tickets.count;
    return s;
}

static uint64_t last_frame_of(const fai_context *ctx, uint64_t frames)
{
    uint64_t first = ctx->frame_index + (fai_frame_state_of(ctx) == FAI_FRAME_CLOSED ? 1 : 0);
    return first + (frames < INT64_MAX - 1 ? frames : INT64_MAX - 1); /* the number of a frame may wrap */
}

/* The frame's end that looks around is at the latest the ticket's. */
static void wake_at(fai_context *ctx, uint64_t last_frame)
{
    uint64_t now = ctx->frame_index;
    bool sooner = (int64_t)(ctx->window_end - now) < (int64_t)(last_frame - now);
    ctx->window_end = sooner ? ctx->window_end : last_frame;
}

fa_ticket fai_ticket_open(fa_context *public_ctx, fa_ticket_kind kind, uint64_t frames, const char *here)
{
    fa_ticket ticket = {.ctx = public_ctx};
    if (fai_context_check(public_ctx, "fa_ticket_open", here) != FA_RESULT_OK) {
        return ticket;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if ((unsigned)kind > FA_TICKET_LEVEL || (kind != FA_TICKET_FRAME && frames != 0)) {
        (void)refuse(
            ctx, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here,
            "fa_ticket_open: not a kind of ticket, or frames given for one that does not count them");
        return ticket;
    }
    slot *s = find_slot(ctx, here);
    if (s == NULL) {
        ctx->refused++;
        return ticket;
    }
    ctx->free_ticket = s->next_free;
    ctx->ticket_count++;
    ctx->ticket_serial += ctx->ticket_serial == UINT32_MAX ? 2 : 1; /* never 0 */
    s->serial = ctx->ticket_serial;
    s->kind = kind;
    fai_arena_set_tag(s->arena, ctx->tag);
    fai_ghost_arena_fresh(s->arena);
    s->arena->scope_count = 1;
    fai_arena_open_limit(s->arena);
    if (kind == FA_TICKET_FRAME) {
        s->last_frame = last_frame_of(ctx, frames);
        wake_at(ctx, s->last_frame);
    }
    ticket.slot = (uint32_t)(s - slot_at(ctx, 0));
    ticket.serial = s->serial;
    return ticket;
}

/* ---- closing ------------------------------------------------------------------------------------------- */

static void close_ticket(fai_context *ctx, slot *s)
{
    fai_arena *arena = s->arena;
    fai_arena_cut(arena, arena->extent.start, FA_PATTERN_ENDED);
    arena->marks.count = 0;
    fai_ghost_arena_dead(arena);
    arena->scope_count = 0;
    fai_arena_open_limit(arena);
    s->serial = 0;
    s->next_free = ctx->free_ticket;
    ctx->free_ticket = (uint32_t)(s - slot_at(ctx, 0)) + 1;
    ctx->ticket_count--;
}

fa_result fai_ticket_close(fa_ticket ticket, const char *here)
{
    fa_result check = fai_context_check(ticket.ctx, "fa_ticket_close", here);
    if (check != FA_RESULT_OK || ticket.serial == 0) {
        return check; /* what could not be opened needs no closing */
    }
    fai_context *ctx = fai_ctx(ticket.ctx);
    slot *s = find(ctx, &ticket);
    if (s == NULL) {
        return refuse(ctx, FA_CODE_FA606, FA_RESULT_STALE, here,
                      "fa_ticket_close: the ticket is closed already");
    }
    close_ticket(ctx, s);
    return FA_RESULT_OK;
}

fa_result fai_ticket_close_all(fa_context *public_ctx, fa_ticket_kind kind, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_ticket_close_all", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if ((unsigned)kind > FA_TICKET_LEVEL) {
        return refuse(ctx, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here,
                      "fa_ticket_close_all: not a kind of ticket");
    }
    for (uint32_t i = 0; i < ctx->tickets.count; i++) {
        if (slot_at(ctx, i)->serial != 0 && slot_at(ctx, i)->kind == kind) {
            close_ticket(ctx, slot_at(ctx, i));
        }
    }
    return FA_RESULT_OK;
}

void fai_ticket_frame_ended(fai_context *ctx)
{
    for (uint32_t i = 0; i < ctx->tickets.count && ctx->ticket_count > 0; i++) {
        slot *s = slot_at(ctx, i);
        if (s->serial == 0 || s->kind != FA_TICKET_FRAME) {
            continue;
        }
        if ((int64_t)(ctx->frame_index - s->last_frame) >= 0) {
            close_ticket(ctx, s);
        } else {
            wake_at(ctx, s->last_frame);
        }
    }
}

void fai_ticket_give_up(fai_context *ctx)
{
    fai_list_free(ctx->allocator, &ctx->tickets, sizeof(slot));
    ctx->free_ticket = ctx->ticket_count = 0;
}

/* ---- use ----------------------------------------------------------------------------------------------- */

void *fai_ticket_alloc(const fa_ticket *ticket, size_t size, size_t align, const char *here)
{
    if (ticket == NULL) {
        return NULL;
    }
    if (fai_context_check(ticket->ctx, "fa_ticket_alloc", here) != FA_RESULT_OK || ticket->serial == 0) {
        return NULL;
    }
    fai_context *ctx = fai_ctx(ticket->ctx);
    slot *s = find(ctx, ticket);
    if (s == NULL) {
        (void)refuse(ctx, FA_CODE_FA606, FA_RESULT_STALE, here,
                     "memory asked for on a ticket that is closed");
        return fai_context_fail(ctx, FA_RESULT_STALE);
    }
    return fai_arena_alloc(&s->arena->head, size, align, here);
}

uint32_t fa_ticket_count(const fa_context *ctx)
{
    if (ctx == NULL) {
        return 0;
    }
    return fai_ctx(ctx)->ticket_count;
}
