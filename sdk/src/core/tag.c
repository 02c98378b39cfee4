/* tag.c - interning, the stack of scopes, and exact bytes per tag.
 *
 * Frame bytes are charged when a scope opens or closes: what the cursor moved since the last such boundary
 * goes to the tag that was on top. While checkpoints exist each such charge is logged, so that a rewind can
 * take back from every tag what it took. */
#include "core/tag.h"

#include <string.h>

#include "core/allocator.h"
#include "core/context.h"
#include "framealloc/layer.h"

/* ---- the shared table ---------------------------------------------------------------------------------- */

bool fai_tags_create(fa_allocator *allocator)
{
    fai_tags *tags = &allocator->tags;
    tags->slot_count = 256;
    tags->slots = fai_meta_alloc(allocator, tags->slot_count * sizeof *tags->slots);
    fai_tag_entry *first = fai_meta_alloc(allocator, FAI_TAG_CHUNK * sizeof *first);
    if (tags->slots == NULL || first == NULL) {
        return false;
    }
    static char untagged[] = "untagged";
    first[0].path = untagged;
    atomic_store(&tags->chunks[0], first);
    atomic_store(&tags->count, 1);
    return true;
}

fai_tag_entry *fai_tags_entry(const fa_allocator *allocator, fa_tag tag)
{
    const fai_tags *tags = &allocator->tags;
    if (tag >= atomic_load_explicit(&tags->count, memory_order_acquire)) {
        return NULL;
    }
    return &atomic_load_explicit(&tags->chunks[tag / FAI_TAG_CHUNK],
                                 memory_order_relaxed)[tag % FAI_TAG_CHUNK];
}

const char *fai_tags_path(const fa_allocator *allocator, fa_tag tag)
{
    const fai_tag_entry *entry = fai_tags_entry(allocator, tag);
    return entry != NULL ? entry->path : NULL;
}

static uint32_t hash_of(const char *text, size_t length)
{
    uint32_t hash = 2166136261u; /* FNV-1a, 32 bits */
    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    }
    return hash;
}

/* Slot of the path, or the empty slot where it belongs. */
static uint32_t slot_of(const fa_allocator *allocator, const char *path, size_t length, uint32_t hash)
{
    const fai_tags *tags = &allocator->tags;
    uint32_t mask = tags->slot_count - 1;
    uint32_t slot = hash & mask;
    while (tags->slots[slot] != 0) {
        const fai_tag_entry *entry = fai_tags_entry(allocator, tags->slots[slot] - 1);
        if (entry->hash == hash && strncmp(entry->path, path, length) == 0 && entry->path[length] == '\0') {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return slot;
}

static bool grow_slots(fa_allocator *allocator)
{
    fai_tags *tags = &allocator->tags;
    uint32_t count = atomic_load(&tags->count);
    if (count * 2 < tags->slot_count) {
        return true;
    }
    uint32_t *larger = fai_meta_alloc(allocator, 2 * tags->slot_count * sizeof *larger);
    if (larger == NULL) {
        return false;
    }
    uint32_t *old = tags->slots;
    uint32_t old_count = tags->slot_count;
    tags->slots = larger;
    tags->slot_count = 2 * old_count;
    for (fa_tag tag = 1; tag < count; tag++) {
        const fai_tag_entry *entry = fai_tags_entry(allocator, tag);
        larger[slot_of(allocator, entry->path, strlen(entry->path), entry->hash)] = tag + 1;
    }
    fai_meta_free(allocator, old, old_count * sizeof *old);
    return true;
}

static fa_tag add_entry(fa_allocator *allocator, const char *path, size_t length, uint32_t hash,
                        fa_tag parent)
{
    fai_tags *tags = &allocator->tags;
    fa_tag tag = atomic_load(&tags->count);
    if (tag > FA_TAG_MAX || !grow_slots(allocator)) {
        return FA_TAG_INVALID;
    }
    fai_tag_entry *chunk = atomic_load(&tags->chunks[tag / FAI_TAG_CHUNK]);
    if (chunk == NULL) {
        chunk = fai_meta_alloc(allocator, FAI_TAG_CHUNK * sizeof *chunk);
        if (chunk == NULL) {
            return FA_TAG_INVALID;
        }
        atomic_store(&tags->chunks[tag / FAI_TAG_CHUNK], chunk);
    }
    char *copy = fai_meta_alloc(allocator, length + 1);
    if (copy == NULL) {
        return FA_TAG_INVALID;
    }
    memcpy(copy, path, length);
    fai_tag_entry *entry = &chunk[tag % FAI_TAG_CHUNK];
    entry->path = copy;
    entry->hash = hash;
    entry->parent = parent;
    atomic_store_explicit(&tags->count, tag + 1, memory_order_release);
    tags->slots[slot_of(allocator, path, length, hash)] = tag + 1;
    return tag;
}

static bool is_path(const char *path, size_t *length)
{
    size_t n = 0;
    for (; path[n] != '\0'; n++) {
        bool empty_segment = path[n] == '/' && (n == 0 || path[n - 1] == '/' || path[n + 1] == '\0');
        if (n == FA_TAG_PATH_MAX || empty_segment || (unsigned char)path[n] < ' ' || path[n] == 0x7F) {
            return false;
        }
    }
    *length = n;
    return n > 0;
}

/* Take back the tags added last, down to @p count: nobody has seen them. */
static void drop_entries(fa_allocator *allocator, uint32_t count)
{
    fai_tags *tags = &allocator->tags;
    for (uint32_t last = atomic_load(&tags->count); last-- > count;) {
        fai_tag_entry *entry = fai_tags_entry(allocator, last);
        size_t length = strlen(entry->path);
        tags->slots[slot_of(allocator, entry->path, length, entry->hash)] = 0;
        atomic_store_explicit(&tags->count, last, memory_order_release);
        fai_meta_free(allocator, entry->path, length + 1);
        entry->path = NULL;
    }
}

fa_tag fa_tag_intern(fa_allocator *allocator, const char *path)
{
    size_t length;
    if (!fai_allocator_alive(allocator) || path == NULL || !is_path(path, &length)) {
        return FA_TAG_INVALID;
    }
    fai_mutex_lock(&allocator->tags.lock);
    uint32_t count_before = atomic_load(&allocator->tags.count);
    /* Every prefix is a tag of its own; each is looked up, and made when it is not there. */
    fa_tag tag = FA_TAG_NONE;
    for (size_t end = 1; end <= length && tag != FA_TAG_INVALID; end++) {
        if (end < length && path[end] != '/') {
            continue;
        }
        uint32_t hash = hash_of(path, end);
        uint32_t found = allocator->tags.slots[slot_of(allocator, path, end, hash)];
        tag = found != 0 ? found - 1 : add_entry(allocator, path, end, hash, tag);
    }
    if (tag == FA_TAG_INVALID) {
        drop_entries(allocator, count_before);
    }
    fai_mutex_unlock(&allocator->tags.lock);
    return tag;
}

const char *fa_tag_path(const fa_allocator *allocator, fa_tag tag)
{
    if (allocator == NULL) {
        return NULL;
    }
    return fai_tags_path(allocator, tag);
}

fa_tag fa_tag_parent(const fa_allocator *allocator, fa_tag tag)
{
    if (allocator == NULL) {
        return FA_TAG_NONE;
    }
    const fai_tag_entry *entry = fai_tags_entry(allocator, tag);
    return entry != NULL ? entry->parent : FA_TAG_NONE;
}

uint32_t fa_tag_count(const fa_allocator *allocator)
{
    if (allocator == NULL) {
        return 0;
    }
    return atomic_load_explicit(&allocator->tags.count, memory_order_acquire);
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

fai_tag_row *fai_tag_row_find(const fai_context *ctx, fa_tag tag)
{
    fai_tag_row *chunk = atomic_load_explicit(&ctx->rows[tag / FAI_TAG_CHUNK], memory_order_acquire);
    return chunk != NULL ? &chunk[tag % FAI_TAG_CHUNK] : NULL;
}

static fai_tag_row *row_place(fai_context *ctx, fa_tag tag)
{
    fai_tag_row *row = fai_tag_row_find(ctx, tag);
    if (row != NULL) {
        return row;
    }
    fai_tag_row *chunk = fai_meta_alloc(ctx->allocator, FAI_TAG_CHUNK * sizeof *chunk);
    if (chunk == NULL) {
        return NULL;
    }
    atomic_store_explicit(&ctx->rows[tag / FAI_TAG_CHUNK], chunk, memory_order_release);
    return &chunk[tag % FAI_TAG_CHUNK];
}

fai_tag_row *fai_tag_row_make(fai_context *ctx, fa_tag tag)
{
    fai_tag_row *row = row_place(ctx, tag);
    if (row == NULL || row->ready) {
        return row;
    }
    /* The tag and those of its ancestors that are not ready yet, from the outside in. */
    fa_tag missing[FA_TAG_PATH_MAX / 2 + 1];
    uint32_t count = 0;
    fai_tag_row *parent = NULL;
    for (fa_tag at = tag; count == 0 || at != FA_TAG_NONE; at = fai_tags_entry(ctx->allocator, at)->parent) {
        fai_tag_row *place = row_place(ctx, at);
        if (place == NULL) {
            return NULL;
        }
        if (place->ready) {
            parent = place;
            break;
        }
        missing[count++] = at;
    }
    if (!fai_list_reserve(ctx->allocator, &ctx->ready_rows, tag + 1, sizeof(fai_tag_row *))) {
        return NULL;
    }
    fai_tag_row **ready = ctx->ready_rows.items;
    while (count > 0) {
        row = fai_tag_row_find(ctx, missing[--count]);
        row->tag = (uint16_t)missing[count];
        row->parent = parent;
        atomic_store_explicit(&row->granted, fai_budget_first_grant(ctx, row->tag), memory_order_relaxed);
        row->ready = true;
        ready[row->tag] = row;
        parent = row;
    }
    return row;
}

void fai_tag_rows_free(fai_context *ctx)
{
    for (uint32_t i = 0; i < FAI_TAG_CHUNKS; i++) {
        fai_tag_row *chunk = atomic_load_explicit(&ctx->rows[i], memory_order_relaxed);
        fai_meta_free(ctx->allocator, chunk, FAI_TAG_CHUNK * sizeof *chunk);
    }
    fai_list_free(ctx->allocator, &ctx->ready_rows, sizeof(fai_tag_row *));
}

/* What comes back (negative) comes off the budgets too; what is taken was charged before it was served. */
static inline void give_to_budgets(const fai_context *ctx, fa_tag tag, size_t bytes)
{
    if (bytes > SIZE_MAX / 2 && fai_is_budgeted(ctx) && !ctx->budgets.moving) {
        fai_budget_give(ctx->allocator, tag, (size_t)0 - bytes);
    }
}

void fai_tag_charge_pool(fai_context *ctx, fa_tag tag, size_t bytes)
{
    give_to_budgets(ctx, tag, bytes);
    fai_tag_row *row = tag == ctx->tag ? ctx->row : fai_tag_row_find(ctx, tag);
    if (row != NULL) {
        fai_figure_add(&row->pool_bytes, bytes);
    } else {
        atomic_fetch_add_explicit(&fai_tags_entry(ctx->allocator, tag)->shared_pool_bytes, bytes,
                                  memory_order_relaxed);
    }
}

void fai_tag_charge_heap(fai_context *ctx, fa_tag tag, size_t bytes)
{
    give_to_budgets(ctx, tag, bytes);
    fai_figure_add(&ctx->heap_bytes, bytes);
    atomic_fetch_add_explicit(&fai_tags_entry(ctx->allocator, tag)->shared_heap_bytes, bytes,
                              memory_order_relaxed);
}

/* ---- frame bytes --------------------------------------------------------------------------------------- */

static inline void set_figure(atomic_size_t *figure, size_t value)
{
    atomic_store_explicit(figure, value, memory_order_relaxed);
}

static inline void raise_figure(atomic_size_t *figure, size_t value)
{
    if (value > fai_figure(figure)) {
        set_figure(figure, value);
    }
}

static inline void add_frame_bytes(fai_context *ctx, fai_tag_row *row, size_t bytes)
{
    if (row->next == NULL) {
        row->next = ctx->touched;
        ctx->touched = row;
    }
    fai_figure_add(&row->frame_bytes, bytes);
}

void fai_tag_charge_frame(fai_context *ctx, size_t bytes)
{
    ctx->attention |= FAI_ATTEND_ROWS;
    add_frame_bytes(ctx, ctx->row, bytes);
    if (ctx->marks.count > 0) {
        ((fai_span_entry *)ctx->spans.items)[ctx->spans.count++] = (fai_span_entry){ctx->row, bytes};
    }
}

void fai_tag_flush(fai_context *ctx)
{
    if (fai_frame_state_of(ctx) != FAI_FRAME_OPEN) {
        return;
    }
    size_t bytes = ctx->head.cursor - ctx->tag_mark;
    if (bytes > 0) {
        ctx->tag_mark = ctx->head.cursor;
        fai_tag_charge_frame(ctx, bytes);
    }
}

void fai_tag_rewind(fai_context *ctx, uint32_t spans)
{
    while (ctx->spans.count > spans) {
        fai_span_entry span = ((fai_span_entry *)ctx->spans.items)[--ctx->spans.count];
        raise_figure(&span.row->peak_frame_bytes, fai_figure(&span.row->frame_bytes));
        fai_figure_add(&span.row->frame_bytes, (size_t)0 - span.bytes);
    }
    ctx->tag_mark = ctx->head.cursor;
}

/* Add a frame's bytes up the tree, then clear the sums for the next time. */
static void note_tree(fai_tag_row *row, size_t bytes)
{
    if (row->tag == FA_TAG_NONE) {
        return; /* a row, not the root of all */
    }
    for (; row != NULL; row = row->parent) {
        row->tree_bytes += bytes;
        raise_figure(&row->tree_peak_bytes, row->tree_bytes);
    }
}

static void clear_tree(fai_tag_row *row)
{
    for (; row != NULL; row = row->parent) {
        row->tree_bytes = 0;
    }
}

void fai_tag_whole_frame(fai_context *ctx, size_t bytes)
{
    note_tree(ctx->row, bytes);
    clear_tree(ctx->row);
}

/* A row took more than in the frame of reference: peaks of tags and trees may be higher, and this frame is
 * the reference from now on. As long as no row exceeds it, no sum of rows can. */
static FA_COLD void note_peaks(fai_context *ctx)
{
    fai_tag_row *const end = &ctx->rows_end;
    for (fai_tag_row *row = ctx->reference; row != end; row = row->next_reference) {
        row->reference_bytes = 0;
    }
    ctx->reference = end;
    for (fai_tag_row *row = ctx->touched; row != end; row = row->next) {
        size_t bytes = fai_figure(&row->last_frame_bytes);
        raise_figure(&row->peak_frame_bytes, bytes);
        note_tree(row, bytes);
        row->reference_bytes = bytes;
        row->next_reference = ctx->reference;
        ctx->reference = row;
    }
    for (fai_tag_row *row = ctx->touched; row != end; row = row->next) {
        clear_tree(row);
    }
}

void fai_tag_frame_ended(fai_context *ctx)
{
    fai_tag_row *const end = &ctx->rows_end;
    const uint64_t frame = ctx->frame_index;
    bool higher = false;
    fai_tag_row **link = &ctx->touched;
    for (fai_tag_row *row; (row = *link) != end;) {
        size_t bytes = fai_figure(&row->frame_bytes);
        if (bytes == 0) { /* of the last frame: not any more */
            *link = row->next;
            row->next = NULL;
            continue;
        }
        higher |= bytes > row->reference_bytes;
        set_figure(&row->last_frame_bytes, bytes);
        atomic_store_explicit(&row->last_stamp, frame, memory_order_relaxed);
        fai_figure_add(&row->total_frame_bytes, bytes);
        set_figure(&row->frame_bytes, 0);
        link = &row->next;
    }
    if (higher) {
        note_peaks(ctx);
    }
    ctx->spans.count = 0;
}

void fai_tag_end_scopes(fai_context *ctx)
{
    fai_tag_flush(ctx);
    fai_tag_frame_ended(ctx);
}

/* ---- the stack ----------------------------------------------------------------------------------------- */

bool fai_tag_reserve_spans(fai_context *ctx, uint32_t depth)
{
    /* One entry when the scope opens, one for each level that will close, one to spare for a block that falls
     * through. */
    return fai_list_reserve(ctx->allocator, &ctx->spans, ctx->spans.count + depth + 3,
                            sizeof(fai_span_entry));
}

static inline void enter(fai_context *ctx, fai_tag_row *row, fa_tag tag, const char *here)
{
    uint32_t depth = ++ctx->tag_depth;
    ctx->tag_stack[depth] = (fai_tag_level){tag, row, here, ++ctx->tag_serial};
    fai_tag_make_current(ctx, tag, row);
}

static inline void leave(fai_context *ctx)
{
    uint32_t depth = --ctx->tag_depth;
    if (depth < ctx->frame_tag_depth) {
        ctx->frame_tag_depth = depth; /* whatever is pushed from here on, this frame must close */
    }
    fai_tag_make_current(ctx, ctx->tag_stack[depth].tag, ctx->tag_stack[depth].row);
}

/* Everything that opening a scope may have to do; what closing it may need is reserved here, so that closing
 * cannot fail. */
static FA_COLD fa_result push_with_care(fa_context *public_ctx, fa_tag tag, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_tag_push", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (tag >= fa_tag_count(ctx->allocator)) {
        fai_report report = {.code = FA_CODE_FA005,
                             .result = FA_RESULT_INVALID_ARGUMENT,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here};
        ctx->last_result = FA_RESULT_INVALID_ARGUMENT;
        return fai_report_send(&report, "fa_tag_push: %u is not a tag of allocator %s", tag,
                               ctx->allocator->name);
    }
    if (ctx->tag_depth == FA_TAG_DEPTH_MAX) {
        fai_report report = {.code = FA_CODE_FA804,
                             .result = FA_RESULT_FULL,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here,
                             .earlier = ctx->tag_stack[ctx->tag_depth].here};
        ctx->last_result = FA_RESULT_FULL;
        return fai_report_send(&report,
                               "%u tag scopes are open already: is one pushed in a loop and never popped?",
                               ctx->tag_depth);
    }
    fai_steady_set_site(ctx->allocator, here);
    bool room = ctx->marks.count == 0 || fai_tag_reserve_spans(ctx, ctx->tag_depth + 1);
    fai_tag_row *row = room ? fai_tag_row_make(ctx, tag) : NULL;
    fai_steady_set_site(ctx->allocator, NULL);
    if (row == NULL) {
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    fai_tag_flush(ctx);
    enter(ctx, row, tag, here);
    if (fai_frame_state_of(ctx) != FAI_FRAME_CLOSED) {
        ctx->attention |= FAI_ATTEND_TAGS;
        if ((ctx->attention & FAI_ATTEND_BUDGET) != 0) {
            fai_frame_reopen(ctx);
        }
    } else {
        ctx->frame_tag_depth = ctx->tag_depth; /* not for a frame to close */
    }
    return FA_RESULT_OK;
}

void fai_tag_unwind(fai_context *ctx, uint32_t depth)
{
    while (ctx->tag_depth > depth) {
        fai_tag_flush(ctx);
        leave(ctx);
    }
}

static FA_COLD fa_result pop_with_care(fa_context *public_ctx, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_tag_pop", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if (ctx->tag_depth == 0) {
        fai_report report = {.code = FA_CODE_FA804,
                             .result = FA_RESULT_UNBALANCED,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here};
        ctx->last_result = FA_RESULT_UNBALANCED;
        return fai_report_send(&report, "fa_tag_pop without an open tag scope");
    }
    fai_tag_unwind(ctx, ctx->tag_depth - 1);
    if ((ctx->attention & FAI_ATTEND_BUDGET) != 0) {
        fai_frame_reopen(ctx);
    }
    return FA_RESULT_OK;
}

/* The short way of opening and closing: the right thread, nothing is logged. One compare tells both. */
static inline bool is_plain(const fa_context *ctx)
{
    return ctx != NULL &&
           atomic_load_explicit(&fai_ctx(ctx)->scope_owner, memory_order_relaxed) == fai_thread_self();
}

/* Charge what the cursor moved since the last boundary. False, nothing done: no frame is open. (Then the
 * cursor differs from the mark: no further compare is needed where it does not.) */
static inline bool flush_plain(fai_context *ctx)
{
    size_t bytes = ctx->head.cursor - ctx->tag_mark;
    if (bytes > 0) {
        if (ctx->head.cursor == FAI_CURSOR_CLOSED) {
            return false;
        }
        ctx->tag_mark = ctx->head.cursor;
        add_frame_bytes(ctx, ctx->row, bytes);
    }
    return true;
}

fa_result fai_tag_push(fa_context *public_ctx, fa_tag tag, const char *here)
{
    if (FA_LIKELY(is_plain(public_ctx))) {
        fai_context *ctx = fai_ctx(public_ctx);
        fai_tag_row **rows = ctx->ready_rows.items;
        fai_tag_row *row = tag < ctx->ready_rows.capacity ? rows[tag] : NULL;
        if (FA_LIKELY(row != NULL && ctx->tag_depth < FA_TAG_DEPTH_MAX && flush_plain(ctx))) {
            ctx->attention |= FAI_ATTEND_TAGS;
            enter(ctx, row, tag, here);
            if ((ctx->attention & FAI_ATTEND_BUDGET) != 0) {
                fai_budget_limit(ctx);
            }
            return FA_RESULT_OK;
        }
    }
    return push_with_care(public_ctx, tag, here);
}

fa_result fai_tag_pop(fa_context *public_ctx, const char *here)
{
    fai_context *ctx = fai_ctx(public_ctx);
    if (FA_LIKELY(is_plain(public_ctx) && ctx->tag_depth > 0 && flush_plain(ctx))) {
        ctx->attention |= FAI_ATTEND_TAGS;
        leave(ctx);
        if ((ctx->attention & FAI_ATTEND_BUDGET) != 0) {
            fai_budget_limit(ctx);
        }
        return FA_RESULT_OK;
    }
    return pop_with_care(public_ctx, here);
}

/* ---- a scope of a layer above -------------------------------------------------------------------------- */

fa_result fai_layer_scope_open(fa_context *public_ctx, fa_tag tag, const char *here, fai_layer_scope *scope)
{
    fa_result result = fai_tag_push(public_ctx, tag, here);
    const fai_context *ctx = fai_ctx(public_ctx);
    *scope = (fai_layer_scope){.frame = ctx->frame_index,
                               .cursor = public_ctx->cursor,
                               .oversize_bytes = ctx->oversize_bytes,
                               .depth = ctx->tag_depth,
                               .serial = ctx->tag_stack[ctx->tag_depth].serial,
                               .pushed = result == FA_RESULT_OK};
    return result;
}

/* Frame bytes since the scope was opened, also when a frame was begun since. */
static inline size_t taken_since(const fai_context *ctx, const fai_layer_scope *scope)
{
    uintptr_t cursor = ctx->head.cursor;
    if (FA_LIKELY(ctx->frame_index == scope->frame && scope->cursor != FAI_CURSOR_CLOSED &&
                  ctx->oversize_bytes == scope->oversize_bytes && cursor >= scope->cursor)) {
        return cursor - scope->cursor;
    }
    size_t now = fai_frame_used(ctx);
    if (ctx->frame_index != scope->frame || scope->cursor == FAI_CURSOR_CLOSED) {
        return now;
    }
    size_t then = scope->cursor - ctx->extent->start + scope->oversize_bytes;
    return now > then ? now - then : 0;
}

bool fai_layer_scope_close(fa_context *public_ctx, fai_layer_scope *scope, const char *here)
{
    fai_context *ctx = fai_ctx(public_ctx);
    scope->frame_bytes = taken_since(ctx, scope);
    scope->end_ticks = fai_ticks(ctx->steady_ticks);
    bool tidy = ctx->tag_depth == scope->depth && ctx->tag_stack[scope->depth].serial == scope->serial;
    return tidy && (!scope->pushed || fai_tag_pop(public_ctx, here) == FA_RESULT_OK);
}

bool fai_layer_scope_next(fa_context *public_ctx, fai_layer_scope *scope, fa_tag tag, const char *here)
{
    fai_context *ctx = fai_ctx(public_ctx);
    fai_tag_row **rows = ctx->ready_rows.items;
    uint32_t depth = ctx->tag_depth;
    fai_tag_level *level = &ctx->tag_stack[depth];
    if (FA_UNLIKELY(tag >= ctx->ready_rows.capacity || rows[tag] == NULL || depth != scope->depth ||
                    level->serial != scope->serial || !scope->pushed || !is_plain(public_ctx))) {
        return false;
    }
    uintptr_t cursor = public_ctx->cursor;
    size_t bytes = cursor - scope->cursor;
    if (FA_UNLIKELY(ctx->frame_index != scope->frame || ctx->oversize_bytes != scope->oversize_bytes)) {
        return false;
    }
    if (bytes > 0) {
        if (FA_UNLIKELY(cursor < scope->cursor || scope->cursor == FAI_CURSOR_CLOSED || !flush_plain(ctx))) {
            return false;
        }
        scope->cursor = cursor;
    }
    scope->frame_bytes = bytes;
    scope->serial = ++ctx->tag_serial;
    *level = (fai_tag_level){tag, rows[tag], here, scope->serial};
    fai_tag_make_current(ctx, tag, rows[tag]);
    if (depth <= ctx->frame_tag_depth) { /* as if it had been left */
        ctx->frame_tag_depth = depth - 1;
    }
    uint32_t attention = ctx->attention | FAI_ATTEND_TAGS;
    ctx->attention = attention;
    if ((attention & FAI_ATTEND_BUDGET) != 0) {
        fai_budget_limit(ctx);
    }
    scope->end_ticks = fai_ticks(ctx->steady_ticks);
    return true;
}

fa_tag fa_tag_current(const fa_context *ctx)
{
    if (ctx == NULL) {
        return FA_TAG_NONE;
    }
    return fai_ctx(ctx)->tag;
}
