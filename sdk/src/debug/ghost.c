/* ghost.c - see ghost.h. One frame costs a commit, a decommit and the page faults between them; dead
 * addresses merge with their neighbours in the system's tables, so the number of mappings does not grow. */
#include "debug/ghost.h"

#include <string.h>

#include "core/arena.h"
#include "debug/poison.h"
#include "platform/fault.h"

#define GIB ((size_t)1 << 30)
#define WINDOW_DEFAULT (4096 * GIB)
#define WINDOW_WATCHED (16 * GIB) /* shadow memory of a sanitizer does not go back */
#define RECORD_DEFAULT (1 * GIB)
#define RECORD_LEAST ((size_t)1 << 20)
#define FRAMES_LEAST 8u /* frames of the largest size that the window must hold */
/* Frames begin where extents begin: alignment, and so all figures, are the same as without ghosts. */
#define GHOST_ALIGN FA_ALIGN_MAX

/* ---- rings ---------------------------------------------------------------------------------------------- */

static fai_ghost_frame *frame_at(const fai_ghosts *g, uint64_t number)
{
    return &g->frames[number % g->frame_capacity];
}

static fai_ghost_record *record_at(const fai_ghosts *g, uint64_t number)
{
    return &g->records[number % g->record_capacity];
}

/* Memory for the entry of a number, as long as the ring grows for the first time. */
static bool room_for(fai_ghosts *g, fai_extent *store, uint64_t number, uint64_t capacity, size_t entry_bytes)
{
    uint64_t index = number % capacity;
    uintptr_t end = store->base + (size_t)(index + 1) * entry_bytes;
    if (end <= store->committed_end) {
        return true;
    }
    if (!fai_extent_commit_to(store, g->ctx->allocator, end)) {
        return false;
    }
    fai_unpoison((void *)store->base, fai_extent_committed(store));
    return true;
}

static void forget_oldest(fai_ghosts *g)
{
    atomic_fetch_add(&g->frame_tail, 1);
}

/* ---- frames --------------------------------------------------------------------------------------------- */

static uint64_t next_random(fai_ghosts *g)
{
    uint64_t z = (g->random += UINT64_C(0x9E3779B97F4A7C15)); /* splitmix64 (Steele, Lea, Flood 2014) */
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* One frame of each n: at a place in its group that no rhythm of the program can avoid. */
static void choose_next(fai_ghosts *g)
{
    uint64_t n = g->desc.every_n_frames;
    uint64_t now = g->ctx->frame_index;
    if (n == 1) {
        g->next_frame = now + 1;
        return;
    }
    uint64_t group = now / n; /* frames group * n + 1 to (group + 1) * n */
    uint64_t after_last = g->next_frame != 0 ? (g->next_frame - 1) / n + 1 : 0;
    group = group > after_last ? group : after_last;
    do {
        g->next_frame = group * n + 1 + next_random(g) % n;
        group++;
    } while (g->next_frame <= now);
}

void fai_ghost_schedule(fai_context *ctx)
{
    fai_ghosts *g = ctx->ghosts;
    if (g->next_frame <= ctx->frame_index) {
        choose_next(g);
    }
    if (g->next_frame == ctx->frame_index + 1) {
        ctx->attention |= FAI_ATTEND_GHOST;
    } else {
        ctx->attention &= ~FAI_ATTEND_GHOST;
        uint64_t wake = g->next_frame - 1;
        ctx->window_end = ctx->window_end < wake ? ctx->window_end : wake;
    }
}

void fai_ghosts_shut(fai_ghosts *g, fai_extent *extent)
{
    fa_allocator *allocator = g->ctx->allocator;
    size_t bytes = fai_extent_committed(extent);
    void *p = (void *)extent->base;
    if (bytes == 0) {
        return;
    }
    fai_unpoison(p, bytes);
    if (!fai_backing_decommit(allocator, p, bytes)) {
        g->stuck_bytes += bytes;
        bool shut = fai_backing_protect(allocator, p, bytes, false);
        g->degraded += shut ? 0 : 1;
    }
}

/* The frame in a slot is dead: its addresses stay, the slot gets its own extent back. */
static void bury(fai_context *ctx, uint32_t slot)
{
    fai_ghosts *g = ctx->ghosts;
    fai_ghost_frame *entry = frame_at(g, g->entry[slot]);
    fai_extent *extent = &ctx->extents[slot];
    entry->died = ctx->frame_index + (ctx->frames_in_flight > 1 ? 1 : 0); /* then with the next one's begin */
    fai_ghosts_shut(g, extent);
    *extent = g->home[slot];
    g->away[slot] = false;
    if (extent == ctx->extent) {
        ctx->tag_mark = extent->start;
    }
}

/* Forget the frames of the lap before whose addresses come next. */
static void make_way(fai_ghosts *g)
{
    uintptr_t end = g->position + g->frame_bytes;
    while (atomic_load(&g->frame_tail) < atomic_load(&g->frame_head)) {
        const fai_ghost_frame *oldest = frame_at(g, atomic_load(&g->frame_tail));
        if (oldest->lap == g->lap || (oldest->lap + 1 == g->lap && oldest->begin >= end)) {
            return;
        }
        forget_oldest(g);
    }
}

bool fai_ghosts_enter(fai_ghosts *g, uint32_t slot, uint64_t born)
{
    uint64_t number = atomic_load(&g->frame_head);
    if (g->position + g->frame_bytes > g->window + g->window_bytes) {
        g->position = g->window;
        g->lap++;
    }
    make_way(g);
    if (number - atomic_load(&g->frame_tail) == g->frame_capacity) {
        forget_oldest(g);
    }
    if (!room_for(g, &g->frame_store, number, g->frame_capacity, sizeof(fai_ghost_frame))) {
        return false;
    }
    *frame_at(g, number) = (fai_ghost_frame){
        .begin = g->position, .lap = g->lap, .born = born, .first_record = atomic_load(&g->record_head)};
    g->entry[slot] = number;
    atomic_store_explicit(&g->frame_head, number + 1, memory_order_release);
    return true;
}

void fai_ghost_frame_begin(fai_context *ctx)
{
    fai_ghosts *g = ctx->ghosts;
    uint32_t slot = (uint32_t)(ctx->extent - ctx->extents);
    if (g->away[slot]) {
        bury(ctx, slot);
    }
    atomic_store(&g->now, ctx->frame_index + 1);
    if (ctx->frame_index + 1 < g->next_frame) {
        return;
    }
    if (!fai_ghosts_enter(g, slot, ctx->frame_index + 1)) {
        g->degraded++;
        return;
    }
    g->home[slot] = ctx->extents[slot];
    ctx->extents[slot] = (fai_extent){.base = g->position,
                                      .committed_end = g->position,
                                      .end = g->position + ctx->allocator->desc.frame_max_bytes,
                                      .start = g->position - 1,
                                      .limit = g->position - 1,
                                      .reserved_bytes = g->frame_bytes};
    g->away[slot] = true;
    g->ghost_count++;
    if ((ctx->slow_reasons & FAI_SLOW_GHOST) == 0) {
        fai_context_slow(ctx, FAI_SLOW_GHOST, true);
    }
}

void fai_ghost_frame_end(fai_context *ctx, size_t high)
{
    fai_ghosts *g = ctx->ghosts;
    uint32_t slot = (uint32_t)(ctx->extent - ctx->extents);
    if (g->away[slot]) {
        fai_ghost_frame *entry = frame_at(g, g->entry[slot]);
        fai_extent *extent = &ctx->extents[slot];
        size_t used = fai_round_up(high, ctx->allocator->page_bytes);
        used = used < fai_extent_committed(extent) ? used : fai_extent_committed(extent);
        if (ctx->frames_in_flight > 1 && fai_extent_committed(extent) > used &&
            !fai_extent_trim(extent, ctx->allocator, used)) {
            used = fai_extent_committed(extent); /* what stays accessible is this frame's */
        }
        entry->end = entry->begin + used;
        g->position = fai_round_up(entry->end, GHOST_ALIGN);
        if (ctx->frames_in_flight == 1) {
            bury(ctx, slot);
        }
        if (used == 0 && g->entry[slot] + 1 == atomic_load(&g->frame_head) && ctx->frames_in_flight == 1) {
            atomic_store(&g->frame_head, g->entry[slot]); /* nothing to remember */
        }
    }
    if (g->desc.every_n_frames != 1 && (ctx->slow_reasons & FAI_SLOW_GHOST) != 0) {
        fai_context_slow(ctx, FAI_SLOW_GHOST, false);
    }
}

bool fai_ghost_give_up(fai_context *ctx)
{
    if (ctx->ghosts == NULL || !fai_is_ghost(ctx) || ctx->head.cursor != ctx->extent->start ||
        fai_extent_committed(ctx->extent) != 0) {
        return false;
    }
    fai_ghosts *g = ctx->ghosts;
    uint32_t slot = (uint32_t)(ctx->extent - ctx->extents);
    atomic_store(&g->frame_head, g->entry[slot]);
    ctx->extents[slot] = g->home[slot];
    g->away[slot] = false;
    g->degraded++;
    ctx->head.cursor = ctx->extent->start;
    ctx->tag_mark = ctx->extent->start;
    fai_frame_reopen(ctx);
    return true;
}

void fai_ghost_rewound(fai_context *ctx)
{
    fai_extent *extent = ctx->extent;
    (void)fai_extent_trim(extent, ctx->allocator, ctx->head.cursor - extent->start);
    fai_frame_reopen(ctx);
}

/* ---- records -------------------------------------------------------------------------------------------- */

static void add_record(fai_ghosts *g, const fai_ghost_record *record)
{
    uint64_t number = atomic_load(&g->record_head);
    if (!room_for(g, &g->record_store, number, g->record_capacity, sizeof *record)) {
        return; /* the frame is known all the same */
    }
    uint64_t oldest = number + 1 > g->record_capacity ? number + 1 - g->record_capacity : 0;
    while (atomic_load(&g->frame_tail) < atomic_load(&g->frame_head) &&
           frame_at(g, atomic_load(&g->frame_tail))->first_record < oldest &&
           frame_at(g, atomic_load(&g->frame_tail))->died != 0) {
        forget_oldest(g);
    }
    *record_at(g, number) = *record;
    atomic_store_explicit(&g->record_head, number + 1, memory_order_release);
}

/* The last record of what is open in a slot, or NULL. */
static fai_ghost_record *last_record(const fai_ghosts *g, uint32_t slot)
{
    uint64_t head = atomic_load(&g->record_head);
    uint64_t first = frame_at(g, g->entry[slot])->first_record;
    return head > first ? record_at(g, head - 1) : NULL;
}

void fai_ghost_alloc(fai_context *ctx, uintptr_t p, size_t size, const char *here)
{
    fai_ghosts_record(ctx->ghosts, (uint32_t)(ctx->extent - ctx->extents), ctx->tag, p, size, here);
}

void fai_ghosts_record(fai_ghosts *g, uint32_t slot, fa_tag tag, uintptr_t p, size_t size, const char *here)
{
    if (size == 0) {
        return;
    }
    fai_ghost_record made = {.site_tag = fai_pack(here, tag), .start = p, .bytes = size, .count = 1};
    fai_ghost_record *last = last_record(g, slot);
    if (last != NULL && last->site_tag == made.site_tag && last->bytes == size && last->count < UINT32_MAX) {
        uintptr_t stride = p - last->start;
        bool follows = last->count == 1 ? p > last->start && stride >= size && stride <= UINT32_MAX
                                        : p == last->start + (uintptr_t)last->count * last->stride;
        if (follows) {
            last->stride = last->count == 1 ? (uint32_t)stride : last->stride;
            last->count++;
            return;
        }
    }
    add_record(g, &made);
}

void fai_ghost_resize(fai_context *ctx, uintptr_t p, size_t new_bytes)
{
    fai_ghost_record *last = last_record(ctx->ghosts, (uint32_t)(ctx->extent - ctx->extents));
    if (last == NULL || last->start + (uintptr_t)(last->count - 1) * last->stride != p) {
        return;
    }
    if (last->count == 1) {
        last->bytes = new_bytes;
        return;
    }
    fai_ghost_record made = {.site_tag = last->site_tag, .start = p, .bytes = new_bytes, .count = 1};
    last->count--;
    add_record(ctx->ghosts, &made);
}

/* ---- looking up: signal handlers come here -------------------------------------------------------------- */

/* The frame whose addresses hold @p at, or NULL. */
static const fai_ghost_frame *find_frame(const fai_ghosts *g, uintptr_t at, uint64_t *number)
{
    uint64_t head = atomic_load_explicit(&g->frame_head, memory_order_acquire);
    uint64_t tail = atomic_load(&g->frame_tail);
    /* Entries ascend by lap, then by address; an address may have been used in this lap and in the one
     * before. */
    for (uint64_t lap = g->lap + 1; lap-- > (g->lap > 0 ? g->lap - 1 : 0);) {
        uint64_t low = tail;
        uint64_t high = head;
        while (low < high) { /* the first entry behind the address */
            uint64_t middle = low + (high - low) / 2;
            const fai_ghost_frame *f = frame_at(g, middle);
            bool before = f->lap < lap || (f->lap == lap && f->begin <= at);
            low = before ? middle + 1 : low;
            high = before ? high : middle;
        }
        if (low > tail) {
            const fai_ghost_frame *f = frame_at(g, low - 1);
            uintptr_t end = f->end != 0 ? f->end : f->begin + g->frame_bytes;
            if (f->lap == lap && at >= f->begin && at < end) {
                *number = low - 1;
                return f;
            }
        }
    }
    return NULL;
}

/* The block of a frame that an address lies in: the last one that was there. */
static const fai_ghost_record *find_record(const fai_ghosts *g, uint64_t frame, uintptr_t at,
                                           uintptr_t *start)
{
    uint64_t head = atomic_load_explicit(&g->record_head, memory_order_acquire);
    bool newest = frame + 1 == atomic_load(&g->frame_head);
    uint64_t end = newest ? head : frame_at(g, frame + 1)->first_record;
    uint64_t first = frame_at(g, frame)->first_record;
    uint64_t oldest = head > g->record_capacity ? head - g->record_capacity : 0;
    first = first > oldest ? first : oldest;
    while (end > first) {
        const fai_ghost_record *r = record_at(g, --end);
        uint64_t i = r->count > 1 && at >= r->start ? (at - r->start) / r->stride : 0;
        i = i < r->count ? i : r->count - 1;
        *start = r->start + (uintptr_t)i * r->stride;
        if (at >= *start && at - *start < r->bytes) {
            return r;
        }
    }
    return NULL;
}

typedef struct found_trap {
    fa_ghost_trap trap;
    void (*on_trap)(void *user, const fa_ghost_trap *trap);
    void *user;
    char thread_name[32];
    char context[FAI_NAME_BYTES];
    char arena[FAI_NAME_BYTES];
} found_trap;

_Static_assert(sizeof(found_trap) <= FAI_FAULT_BYTES, "a trap does not fit where the handler keeps it");

static bool find_trap(void *user, const void *address, uintptr_t instruction, void *out)
{
    fai_ghosts *g = user;
    uintptr_t at = (uintptr_t)address;
    uint64_t number = 0;
    const fai_ghost_frame *frame = at - g->window < g->window_bytes ? find_frame(g, at, &number) : NULL;
    if (frame == NULL) {
        return false;
    }
    found_trap found;
    memset(&found, 0, sizeof found);
    fa_ghost_trap *trap = &found.trap;
    trap->address = address;
    trap->instruction = instruction;
    trap->rewound = frame->died == 0;
    trap->born = frame->born;
    trap->died = frame->died;
    trap->now = g->arena[0] == '\0' ? atomic_load(&g->now) : fai_frame_count_key(g->ctx);
    uintptr_t start = 0;
    const fai_ghost_record *record = find_record(g, number, at, &start);
    if (record == NULL && trap->rewound) {
        return false; /* a wild pointer into what the open frame has not handed out */
    }
    if (record != NULL) {
        trap->block_known = true;
        trap->start = (const void *)start;
        trap->bytes = record->bytes;
        trap->here = fai_packed_site(record->site_tag);
        trap->tag = fai_tags_path(g->ctx->allocator, fai_packed_figure(record->site_tag));
    }
    memcpy(found.context, g->name, sizeof found.context);
    memcpy(found.arena, g->arena, sizeof found.arena);
    found.on_trap = g->desc.on_trap;
    found.user = g->desc.user;
    atomic_fetch_add(&g->traps, 1);
    memcpy(out, &found, sizeof found);
    return true;
}

/* ---- telling: async-signal-safe ------------------------------------------------------------------------- */

typedef struct line {
    char text[1024];
    size_t length;
} line;

static void put(line *out, const char *text)
{
    for (; *text != '\0' && out->length < sizeof out->text; text++) {
        out->text[out->length++] = *text;
    }
}

static void put_number(line *out, uint64_t value, unsigned base)
{
    char digits[24];
    size_t i = sizeof digits - 1;
    digits[i] = '\0';
    do {
        digits[--i] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    put(out, base == 16 ? "0x" : "");
    put(out, &digits[i]);
}

static void put_block(line *out, const fa_ghost_trap *trap)
{
    if (!trap->block_known) {
        put(out, ", which is no block that is remembered\n  the frame was frame ");
        put_number(out, trap->born, 10);
    } else {
        put(out, ", ");
        put_number(out, (uintptr_t)trap->address - (uintptr_t)trap->start, 10);
        put(out, " bytes into a block of ");
        put_number(out, trap->bytes, 10);
        put(out, " bytes, tag ");
        put(out, trap->tag != NULL ? trap->tag : "unknown");
        put(out, "\n  allocated at ");
        put(out, trap->here != NULL ? trap->here : "an unknown place");
        put(out, " in frame ");
        put_number(out, trap->born, 10);
    }
    put(out, " of context ");
    put(out, trap->context);
    if (trap->arena != NULL) {
        put(out, ", in its arena ");
        put(out, trap->arena);
    }
    if (trap->rewound) {
        put(out, trap->arena != NULL ? ", which was rewound" : ", which is open: it was rewound");
    } else {
        put(out, trap->arena != NULL ? ", which was emptied in frame " : ", which ended in frame ");
        put_number(out, trap->died, 10);
    }
}

static void tell_trap(void *out)
{
    found_trap *found = out;
    fa_ghost_trap *trap = &found->trap;
    trap->context = found->context;
    trap->arena = found->arena[0] != '\0' ? found->arena : NULL;
    trap->thread = fai_fault_thread(found->thread_name, sizeof found->thread_name);
    trap->thread_name = found->thread_name;
    if (found->on_trap != NULL) {
        found->on_trap(found->user, trap);
        return;
    }
    line text = {.length = 0};
    put(&text, "framealloc: error[FA606]: use after the ");
    put(&text, trap->rewound         ? "rewind"
               : trap->arena != NULL ? "end of its scratch scope or arena"
                                     : "frame's end");
    put(&text, "\n  accessed ");
    put_number(&text, (uintptr_t)trap->address, 16);
    put_block(&text, trap);
    put(&text, "\n  now frame ");
    put_number(&text, trap->now, 10);
    put(&text, ", thread ");
    put(&text, trap->thread_name);
    put(&text, " (");
    put_number(&text, trap->thread, 10);
    put(&text, "), instruction ");
    put_number(&text, trap->instruction, 16);
    put(&text, "\n  = help: ");
    put(&text, fa_diagnostic_hint(FA_CODE_FA606));
    put(&text, "\n");
    fai_fault_print(text.text, text.length);
}

/* ---- begin, end ----------------------------------------------------------------------------------------- */

static void check_desc(const fai_context *ctx, const fa_ghost_desc *desc, fai_problems *problems)
{
    size_t least = FRAMES_LEAST * fai_round_up(ctx->allocator->desc.frame_max_bytes, GHOST_ALIGN);
    fai_problems_check_canaries(problems, desc->start_canary, desc->end_canary);
    if (desc->window_bytes != 0 && (desc->window_bytes < least || desc->window_bytes > FA_REQUEST_MAX)) {
        fai_problems_add(
            problems, "window_bytes is %zu, not between %zu (frames of the largest size, %u times) and %zu",
            desc->window_bytes, least, FRAMES_LEAST, FA_REQUEST_MAX);
    }
    if (desc->record_bytes != 0 &&
        (desc->record_bytes < RECORD_LEAST || desc->record_bytes > FA_REQUEST_MAX)) {
        fai_problems_add(problems, "record_bytes is %zu, not between %zu and %zu", desc->record_bytes,
                         RECORD_LEAST, FA_REQUEST_MAX);
    }
}

static bool reserve_window(fai_ghosts *g, size_t wanted, size_t least)
{
    for (size_t bytes = wanted; bytes >= least; bytes /= 2) {
        bytes = bytes & ~(GHOST_ALIGN - 1);
        void *p = fai_backing_reserve(g->ctx->allocator, bytes, GHOST_ALIGN);
        if (p != NULL) {
            g->window = g->position = (uintptr_t)p;
            g->window_bytes = bytes;
            if (bytes < wanted) {
                fai_log(g->ctx->allocator, FA_LOG_RESERVE_REDUCED,
                        "the window of ghost frames is %zu, not %zu", bytes, wanted);
            }
            return true;
        }
    }
    return false;
}

void fai_ghosts_free(fai_ghosts *g)
{
    fa_allocator *allocator = g->ctx->allocator;
    fai_fault_unwatch(g);
    if (g->window_bytes != 0) {
        atomic_fetch_sub_explicit(&allocator->committed_bytes, g->stuck_bytes, memory_order_relaxed);
        fai_backing_release(allocator, (void *)g->window, g->window_bytes);
    }
    fai_extent_release(&g->frame_store, allocator);
    fai_extent_release(&g->record_store, allocator);
    fai_meta_free(allocator, g, sizeof *g);
}

fai_ghosts *fai_ghosts_make(fai_context *ctx, const fa_ghost_desc *desc, size_t frame_bytes,
                            const char *arena)
{
    fa_allocator *allocator = ctx->allocator;
    fai_ghosts *g = fai_meta_alloc(allocator, sizeof *g);
    if (g == NULL) {
        return NULL;
    }
    g->desc = *desc;
    g->ctx = ctx;
    g->random = (uint64_t)ctx->frame_index;
    fai_name_copy(g->name, ctx->name, "?");
    fai_name_copy(g->arena, arena, "");
    size_t default_window = fai_poison_active() ? WINDOW_WATCHED : WINDOW_DEFAULT;
    g->frame_bytes = fai_round_up(frame_bytes, GHOST_ALIGN);
    size_t least = FRAMES_LEAST * g->frame_bytes;
    size_t wanted = desc->window_bytes != 0 ? desc->window_bytes : default_window;
    wanted = wanted > least ? wanted : least;
    g->desc.every_n_frames = desc->every_n_frames != 0 ? desc->every_n_frames : 1;
    g->desc.record_bytes = desc->record_bytes != 0 ? desc->record_bytes : RECORD_DEFAULT;
    size_t half = g->desc.record_bytes / 2;
    if (!reserve_window(g, wanted, least) || !fai_extent_reserve(&g->frame_store, allocator, half) ||
        !fai_extent_reserve(&g->record_store, allocator, half)) {
        fai_ghosts_free(g);
        return NULL;
    }
    g->desc.window_bytes = g->window_bytes;
    g->frames = (fai_ghost_frame *)g->frame_store.base;
    g->records = (fai_ghost_record *)g->record_store.base;
    g->frame_capacity = half / sizeof *g->frames;
    g->record_capacity = half / sizeof *g->records;
    const fai_fault_watcher watcher = {find_trap, tell_trap, g};
    if (!fai_fault_watch(&watcher)) {
        fai_ghosts_free(g);
        return NULL;
    }
    return g;
}

static fa_result check_boundary(fa_context *public_ctx, const char *call, const char *here)
{
    fa_result check = fai_context_check(public_ctx, call, here);
    if (check == FA_RESULT_OK && fai_frame_state_of(fai_ctx(public_ctx)) != FAI_FRAME_CLOSED) {
        return fai_frame_refuse_boundary(fai_ctx(public_ctx), here, call);
    }
    return check;
}

fa_result fai_ghost_begin(fa_context *public_ctx, const fa_ghost_desc *desc, const char *here)
{
    static const fa_ghost_desc defaults = {0};
    fa_result check = check_boundary(public_ctx, "fa_ghost_begin", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    desc = desc != NULL ? desc : &defaults;
    fai_problems problems = {0};
    check_desc(ctx, desc, &problems);
    if (problems.count > 0) {
        return fai_context_refuse_desc(ctx, "fa_ghost_desc", &problems, here);
    }
    fai_ghosts *g = fai_ghosts_make(ctx, desc, ctx->allocator->desc.frame_max_bytes, NULL);
    if (g == NULL) {
        return fai_context_error(ctx, FAI_FAULTS_KNOWN ? FA_RESULT_OUT_OF_MEMORY : FA_RESULT_NOT_FOUND);
    }
    fai_ghost_drop(ctx);
    fai_mutex_lock(&ctx->allocator->contexts_lock);
    ctx->ghosts = g;
    fai_mutex_unlock(&ctx->allocator->contexts_lock);
    fai_ghost_schedule(ctx);
    return FA_RESULT_OK;
}

void fai_ghost_drop(fai_context *ctx)
{
    fai_ghosts *g = ctx->ghosts;
    if (g == NULL) {
        return;
    }
    for (uint32_t slot = 0; slot < ctx->frames_in_flight; slot++) {
        if (g->away[slot]) { /* in flight still: with the window its memory goes */
            bury(ctx, slot);
            ctx->in_flight_bytes[slot] = 0;
        }
    }
    fai_mutex_lock(&ctx->allocator->contexts_lock);
    ctx->ghosts = NULL;
    fai_mutex_unlock(&ctx->allocator->contexts_lock);
    fai_ghosts_free(g);
    for (fai_arena *arena = ctx->arenas; arena != NULL; arena = arena->next) {
        if (arena->ghosts != NULL &&
            !arena->ghosts->away[0]) { /* what lives there stays until it is emptied */
            fai_ghost_arena_drop(arena);
        }
    }
    ctx->attention &= ~FAI_ATTEND_GHOST;
    if ((ctx->slow_reasons & FAI_SLOW_GHOST) != 0) {
        fai_context_slow(ctx, FAI_SLOW_GHOST, false);
    }
}

fa_result fai_ghost_end(fa_context *public_ctx, const char *here)
{
    fa_result check = check_boundary(public_ctx, "fa_ghost_end", here);
    if (check == FA_RESULT_OK) {
        fai_ghost_drop(fai_ctx(public_ctx));
    }
    return check;
}

/* ---- queries -------------------------------------------------------------------------------------------- */

bool fai_ghost_describe(const fai_ghosts *g, const void *p, fa_block_info *out)
{
    uintptr_t at = (uintptr_t)p;
    uint64_t number = 0;
    if (at - g->window >= g->window_bytes) {
        return false;
    }
    bool of_frames = g->arena[0] == '\0';
    *out = (fa_block_info){.lifetime = of_frames ? FA_LIFETIME_FRAME : FA_LIFETIME_ARENA,
                           .owner = of_frames ? g->ctx->name : g->arena};
    const fai_ghost_frame *frame = find_frame(g, at, &number);
    if (frame == NULL) {
        return true;
    }
    out->frame = frame->born;
    out->died_frame = frame->died;
    uintptr_t start = 0;
    const fai_ghost_record *record = find_record(g, number, at, &start);
    if (record != NULL) {
        out->start = (const void *)start;
        out->bytes = record->bytes;
        out->here = fai_packed_site(record->site_tag);
        out->tag = fai_tags_path(g->ctx->allocator, fai_packed_figure(record->site_tag));
        bool open = frame->end == 0;
        out->live = frame->died == 0 && of_frames && (!open || at <= g->ctx->head.cursor);
    }
    return true;
}

fa_result fa_ghost_stats_get(fa_context *public_ctx, fa_ghost_stats *out)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = fai_context_check(public_ctx, "fa_ghost_stats_get", FA_HERE);
    if (check != FA_RESULT_OK) {
        return check;
    }
    const fai_ghosts *g = fai_ctx(public_ctx)->ghosts;
    if (g == NULL) {
        return FA_RESULT_NOT_FOUND;
    }
    *out = (fa_ghost_stats){.frames = g->ghost_count,
                            .remembered = atomic_load(&g->frame_head) - atomic_load(&g->frame_tail),
                            .records = atomic_load(&g->record_head),
                            .window_bytes = g->window_bytes,
                            .record_bytes = fai_extent_committed(&g->frame_store) +
                                            fai_extent_committed(&g->record_store),
                            .laps = g->lap,
                            .degraded = g->degraded,
                            .traps = atomic_load(&g->traps)};
    return FA_RESULT_OK;
}
