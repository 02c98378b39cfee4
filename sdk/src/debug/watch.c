/* watch.c - see watch.h. Tables grow by doubling out of metadata; a table that cannot grow keeps what it has
 * and counts what it could not take. */
#include "debug/watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "platform/probe.h"

#define SITES_FIRST 256u
#define SITES_MAX 65536u
#define BACKTRACE_EVERY_DEFAULT 64u
/* Frames between the unwinder's caller and the function that allocates: our own. */
#define OWN_FRAMES 2u

/* ---- hash ----------------------------------------------------------------------------------------------- */

/* A multiplication and a shift per word, as in splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mixed(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0xBF58476D1CE4E5B9);
    return hash ^ (hash >> 29);
}

static fai_watch_tag *row_of(fai_context *ctx, fa_tag tag)
{
    fai_watch *watch = ctx->watch;
    if (tag >= watch->tag_capacity) {
        uint32_t capacity = watch->tag_capacity * 2 > tag + 1 ? watch->tag_capacity * 2 : tag + 1;
        void *larger = fai_meta_grow(ctx->allocator, watch->tags, watch->tag_capacity * sizeof *watch->tags,
                                     capacity * sizeof *watch->tags);
        if (larger == NULL) {
            return NULL;
        }
        watch->tags = larger;
        watch->tag_capacity = capacity;
    }
    return &watch->tags[tag];
}

static void add_to_fingerprint(fai_context *ctx, fa_lifetime lifetime, fa_tag tag, size_t size, size_t align)
{
    fai_watch *watch = ctx->watch;
    uint64_t what = (uint64_t)align << 8 | (uint64_t)lifetime;
    uint64_t path = (uint64_t)fai_tags_entry(ctx->allocator, tag)->hash
                    << 32; /* numbers depend on who came first */
    watch->hash = mixed(mixed(watch->hash, size), what ^ path);
    fai_watch_tag *row = row_of(ctx, tag);
    if (row != NULL) {
        if (row->stamp != ctx->frame_index) { /* the first of this frame */
            row->last_stamp = row->stamp;
            row->last_hash = row->hash;
            row->stamp = ctx->frame_index;
            row->hash = 1;
        }
        row->hash = mixed(mixed(row->hash, size), what);
    }
}

/* ---- sites ---------------------------------------------------------------------------------------------- */

static fai_site *slot_of(fai_site *sites, uint32_t capacity, const char *here, fa_tag tag,
                         fa_lifetime lifetime)
{
    uint64_t hash = mixed((uintptr_t)here, (uint64_t)tag << 8 | (uint64_t)lifetime);
    uint32_t slot = (uint32_t)(hash >> 32) & (capacity - 1);
    while (sites[slot].here != NULL && (sites[slot].here != here || sites[slot].tag != tag ||
                                        sites[slot].lifetime != (uint8_t)lifetime)) {
        slot = (slot + 1) & (capacity - 1);
    }
    return &sites[slot];
}

static bool grow_sites(fai_context *ctx)
{
    fai_watch *watch = ctx->watch;
    uint32_t capacity = watch->site_capacity != 0 ? watch->site_capacity * 2 : SITES_FIRST;
    fai_site *larger =
        capacity <= SITES_MAX ? fai_meta_alloc(ctx->allocator, capacity * sizeof *larger) : NULL;
    if (larger == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < watch->site_capacity; i++) {
        const fai_site *old = &watch->sites[i];
        if (old->here != NULL) {
            *slot_of(larger, capacity, old->here, old->tag, (fa_lifetime)old->lifetime) = *old;
        }
    }
    fai_meta_free(ctx->allocator, watch->sites, watch->site_capacity * sizeof *watch->sites);
    watch->sites = larger;
    watch->site_capacity = capacity;
    return true;
}

/* The row of a site, made when it is new; NULL: no room. */
static fai_site *site_of(fai_context *ctx, const char *here, fa_tag tag, fa_lifetime lifetime)
{
    fai_watch *watch = ctx->watch;
    fai_site *site = slot_of(watch->sites, watch->site_capacity, here, tag, lifetime);
    if (site->here != NULL) {
        return site;
    }
    if (watch->site_count * 4 >= watch->site_capacity * 3) {
        if (!grow_sites(ctx) && watch->site_count + 1 >= watch->site_capacity) {
            return NULL; /* one row stays empty, so that searching ends */
        }
        site = slot_of(watch->sites, watch->site_capacity, here, tag, lifetime);
    }
    watch->site_count++;
    *site = (fai_site){.here = here, .tag = tag, .lifetime = (uint8_t)lifetime};
    return site;
}

static FA_COLD void take_backtrace(fai_context *ctx, fai_site *site)
{
    if (site->stack == NULL) {
        site->stack = fai_meta_alloc(ctx->allocator, FA_BACKTRACE_MAX * sizeof *site->stack);
    }
    if (site->stack != NULL) {
        site->depth = (uint8_t)fai_backtrace(site->stack, FA_BACKTRACE_MAX, OWN_FRAMES);
        ctx->watch->stats.backtraces++;
    }
}

static void count_site(fai_context *ctx, fa_lifetime lifetime, fa_tag tag, size_t size, const char *here,
                       const void *caller)
{
    fai_watch *watch = ctx->watch;
    fai_site *site = site_of(ctx, here != NULL ? here : "unknown", tag, lifetime);
    if (site == NULL) {
        watch->stats.lost++;
        return;
    }
    bool in_frame = fai_frame_state_of(ctx) != FAI_FRAME_CLOSED;
    site->allocs++;
    site->bytes += size;
    site->caller = caller;
    if (in_frame) {
        site->last_allocs = site->last_frame == ctx->frame_index ? site->last_allocs + 1 : 1;
        site->last_frame = ctx->frame_index;
        site->peak_allocs = site->last_allocs > site->peak_allocs ? site->last_allocs : site->peak_allocs;
    }
    if (watch->level == FA_DIAGNOSTICS_BACKTRACES && --watch->countdown == 0) {
        watch->countdown = watch->backtrace_every;
        take_backtrace(ctx, site);
    }
}

/* ---- events --------------------------------------------------------------------------------------------- */

static void count_lifetime(fa_diagnostics_stats *stats, fa_lifetime lifetime)
{
    switch (lifetime) {
    case FA_LIFETIME_FRAME: stats->frame_allocs++; break;
    case FA_LIFETIME_ARENA: stats->arena_allocs++; break;
    case FA_LIFETIME_POOL:
    case FA_LIFETIME_TYPED_POOL: stats->pool_allocs++; break;
    case FA_LIFETIME_HEAP: stats->heap_allocs++; break;
    default: break;
    }
}

void fai_watch_alloc(fai_context *ctx, fa_lifetime lifetime, fa_tag tag, const void *p, size_t size,
                     size_t align, const char *here, const void *caller)
{
    fai_watch *watch = ctx->watch;
    count_lifetime(&watch->stats, lifetime);
    count_site(ctx, lifetime, tag, size, here, caller);
    if (fai_frame_state_of(ctx) == FAI_FRAME_CLOSED) {
        return;
    }
    watch->frame_allocs++;
    watch->frame_requested += lifetime == FA_LIFETIME_FRAME ? size : 0;
    watch->stats.frame_requested_bytes += lifetime == FA_LIFETIME_FRAME ? size : 0;
    add_to_fingerprint(ctx, lifetime, tag, size, align);
    fai_behaviour_alloc(ctx, lifetime, tag, p, here);
}

void fai_watch_resize(fai_context *ctx, const void *p, size_t old_bytes, size_t new_bytes)
{
    (void)p;
    fai_watch *watch = ctx->watch;
    watch->frame_requested += new_bytes - old_bytes; /* wraps back: the sum is exact */
    watch->stats.frame_requested_bytes += new_bytes - old_bytes;
    add_to_fingerprint(ctx, FA_LIFETIME_FRAME, ctx->tag, new_bytes, old_bytes);
}

void fai_watch_free(fai_context *ctx, fa_lifetime lifetime, fa_tag tag, const void *p)
{
    (void)tag;
    fai_behaviour_free(ctx, lifetime, p);
}

void fai_watch_kept(fai_context *ctx, fa_tag tag, const void *p, const char *here)
{
    fai_behaviour_kept(ctx, tag, p, here);
}

void fai_watch_frame_begin(fai_context *ctx)
{
    fai_watch *watch = ctx->watch;
    watch->whole = true;
    watch->hash = 0;
    watch->frame_allocs = 0;
    watch->frame_requested = 0;
}

void fai_watch_frame_end(fai_context *ctx)
{
    fai_watch *watch = ctx->watch;
    watch->last_hash_frame = watch->whole ? ctx->frame_index : 0;
    watch->last_hash = watch->hash;
    watch->stats.frames += watch->whole ? 1 : 0;
    watch->stats.last_frame_allocs = watch->frame_allocs;
    watch->stats.last_frame_requested_bytes = watch->frame_requested;
    watch->frame_sizes[fai_advice_bucket(fai_figure(&ctx->last_frame_bytes))] += watch->whole ? 1 : 0;
    watch->whole = false;
    fai_behaviour_frame_end(ctx);
}

/* ---- switching ------------------------------------------------------------------------------------------ */

void fai_watch_drop(fai_context *ctx)
{
    fai_watch *watch = ctx->watch;
    if (watch == NULL) {
        return;
    }
    fa_allocator *allocator = ctx->allocator;
    for (uint32_t i = 0; i < watch->site_capacity; i++) {
        fai_meta_free(allocator, watch->sites[i].stack, FA_BACKTRACE_MAX * sizeof *watch->sites[i].stack);
    }
    fai_meta_free(allocator, watch->sites, watch->site_capacity * sizeof *watch->sites);
    fai_behaviour_drop(ctx);
    fai_meta_free(allocator, watch->tags, watch->tag_capacity * sizeof *watch->tags);
    fai_meta_free(allocator, watch, sizeof *watch);
    ctx->watch = NULL;
    fai_context_slow(ctx, FAI_SLOW_WATCH, false);
}

static bool start(fai_context *ctx)
{
    fai_watch *watch = fai_meta_alloc(ctx->allocator, sizeof *watch);
    if (watch == NULL) {
        return false;
    }
    ctx->watch = watch;
    watch->backtrace_every = BACKTRACE_EVERY_DEFAULT;
    watch->countdown = 1;
    if (!grow_sites(ctx)) {
        ctx->watch = NULL;
        fai_meta_free(ctx->allocator, watch, sizeof *watch);
        return false;
    }
    watch->behaviour.at = fa_behaviour_default();
    watch->behaviour.window = 1;
    watch->behaviour.window_begin = ctx->frame_index;
    fai_behaviour_start(ctx);
    fai_context_slow(ctx, FAI_SLOW_WATCH, true);
    return true;
}

fa_result fai_diagnostics_set(fa_context *public_ctx, fa_diagnostics_level level, const char *here)
{
    fa_result check = fai_context_check(public_ctx, "fa_diagnostics_set", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    if ((unsigned)level > FA_DIAGNOSTICS_BACKTRACES) {
        fai_report report = {.code = FA_CODE_FA005,
                             .result = FA_RESULT_INVALID_ARGUMENT,
                             .allocator = ctx->allocator,
                             .ctx = public_ctx,
                             .here = here};
        return fai_context_error(ctx, fai_report_send(&report, "fa_diagnostics_set: %u is not a level",
                                                      (unsigned)level));
    }
    if (level == FA_DIAGNOSTICS_OFF) {
        fai_watch_drop(ctx);
        return FA_RESULT_OK;
    }
    if (ctx->watch == NULL && !start(ctx)) {
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    ctx->watch->level = level;
    return FA_RESULT_OK;
}

fa_diagnostics_level fa_diagnostics_get(const fa_context *ctx)
{
    if (ctx == NULL) {
        return FA_DIAGNOSTICS_OFF;
    }
    return fai_ctx(ctx)->watch != NULL ? fai_ctx(ctx)->watch->level : FA_DIAGNOSTICS_OFF;
}

void fa_diagnostics_backtrace_every(fa_context *ctx, uint32_t n)
{
    if (ctx == NULL) {
        return;
    }
    fai_watch *watch = fai_ctx(ctx)->watch;
    if (watch != NULL) {
        watch->backtrace_every = n != 0 ? n : BACKTRACE_EVERY_DEFAULT;
        watch->countdown = 1;
    }
}

/* ---- queries -------------------------------------------------------------------------------------------- */

static void describe(const fai_context *ctx, const fai_site *site, fa_site_stats *out)
{
    *out = (fa_site_stats){.here = site->here,
                           .tag = fai_tags_path(ctx->allocator, site->tag),
                           .lifetime = (fa_lifetime)site->lifetime,
                           .allocs = site->allocs,
                           .bytes = site->bytes,
                           .last_frame = site->last_frame,
                           .last_allocs = site->last_allocs,
                           .peak_allocs = site->peak_allocs,
                           .caller = site->caller,
                           .backtrace_frames = site->depth};
    for (uint32_t i = 0; i < site->depth; i++) {
        out->backtrace[i] = site->stack[i];
    }
}

/* Keep the list in order, most bytes first, and at most capacity long. */
static void insert(const fai_context *ctx, const fai_site *site, fa_site_stats *out, uint32_t *count,
                   uint32_t capacity)
{
    uint32_t at = *count;
    while (at > 0 && out[at - 1].bytes < site->bytes) {
        at--;
    }
    if (at >= capacity) {
        return;
    }
    *count += *count < capacity ? 1 : 0;
    for (uint32_t i = *count - 1; i > at; i--) {
        out[i] = out[i - 1];
    }
    describe(ctx, site, &out[at]);
}

uint32_t fa_diagnostics_sites(const fa_context *public_ctx, fa_site_stats *out, uint32_t capacity)
{
    if (public_ctx == NULL) {
        return 0;
    }
    const fai_context *ctx = fai_ctx(public_ctx);
    const fai_watch *watch = ctx->watch;
    if (watch == NULL) {
        return 0;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < watch->site_capacity && capacity > 0; i++) {
        if (watch->sites[i].here != NULL) {
            insert(ctx, &watch->sites[i], out, &count, capacity);
        }
    }
    return watch->site_count;
}

size_t fa_diagnostics_symbol(const void *address, char *buffer, size_t capacity)
{
    char name[256];
    size_t offset = 0;
    int length = fai_symbol_of(address, name, sizeof name, &offset)
                     ? snprintf(buffer, capacity, "%s+0x%zx", name, offset)
                     : snprintf(buffer, capacity, "%p", address);
    return length > 0 ? (size_t)length : 0;
}

fa_result fa_diagnostics_stats_get(fa_context *public_ctx, fa_diagnostics_stats *out)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = fai_context_check(public_ctx, "fa_diagnostics_stats_get", FA_HERE);
    if (check != FA_RESULT_OK) {
        return check;
    }
    const fai_watch *watch = fai_ctx(public_ctx)->watch;
    if (watch == NULL) {
        return FA_RESULT_NOT_FOUND;
    }
    *out = watch->stats;
    return FA_RESULT_OK;
}

fa_result fa_fingerprint_get(fa_context *public_ctx, fa_tag tag, uint64_t *out)
{
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result check = fai_context_check(public_ctx, "fa_fingerprint_get", FA_HERE);
    if (check != FA_RESULT_OK) {
        return check;
    }
    const fai_context *ctx = fai_ctx(public_ctx);
    const fai_watch *watch = ctx->watch;
    if (tag != FA_TAG_ALL && tag >= fa_tag_count(ctx->allocator)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (watch == NULL || watch->last_hash_frame == 0) {
        return FA_RESULT_NOT_FOUND;
    }
    if (tag == FA_TAG_ALL) {
        *out = watch->last_hash;
        return FA_RESULT_OK;
    }
    *out = 0;
    if (tag < watch->tag_capacity) {
        const fai_watch_tag *row = &watch->tags[tag];
        bool of_open_frame = row->stamp > watch->last_hash_frame;
        bool of_last = (of_open_frame ? row->last_stamp : row->stamp) == watch->last_hash_frame;
        *out = !of_last ? 0 : of_open_frame ? row->last_hash : row->hash;
    }
    return FA_RESULT_OK;
}
