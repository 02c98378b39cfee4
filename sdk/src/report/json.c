/* json.c - a snapshot as JSON text, by cJSON.
 *
 * Strict JSON whatever the names hold: cJSON escapes quotes and control characters, and what is not UTF-8 is
 * replaced here. Integers are written as integers: cJSON keeps numbers as doubles, which are exact to 2^53
 * only. */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framealloc/report.h"

#define SCHEMA_VERSION 1

/* ---- values --------------------------------------------------------------------------------------------- */

/* Member names are literals: cJSON need not copy them. */
static void add(cJSON *object, const char *name, cJSON *value)
{
    (void)cJSON_AddItemToObjectCS(object, name, value);
}

static cJSON *add_list(cJSON *object, const char *name, cJSON *value)
{
    add(object, name, value);
    return value;
}

static void add_signed(cJSON *object, const char *name, int64_t value)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%" PRId64, value);
    add(object, name, cJSON_CreateRaw(text));
}

static void add_integer(cJSON *object, const char *name, uint64_t value)
{
    if (value == FA_UNKNOWN) {
        add(object, name, cJSON_CreateNull());
    } else if (value < (uint64_t)1 << 31) {
        add(object, name, cJSON_CreateNumber((double)value));
    } else {
        char text[24];
        (void)snprintf(text, sizeof text, "%" PRIu64, value);
        add(object, name, cJSON_CreateRaw(text));
    }
}

/* Bytes of the UTF-8 sequence at @p s, 0: it is none (RFC 3629: no overlong forms, no surrogates). */
static size_t sequence_bytes(const unsigned char *s)
{
    if (s[0] < 0x80) {
        return 1;
    }
    size_t length = s[0] >= 0xC2 && s[0] <= 0xDF   ? 2
                    : (s[0] & 0xF0) == 0xE0        ? 3
                    : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4
                                                   : 0;
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool outside = (s[0] == 0xED && s[1] >= 0xA0) || (s[0] == 0xF4 && s[1] >= 0x90);
    return overlong || outside ? 0 : length;
}

/* A copy in which every byte that is no UTF-8 is a question mark in a box (U+FFFD). Cut at the buffer's end.
 */
static const char *clean(const char *text, char *out, size_t capacity)
{
    const unsigned char *s = (const unsigned char *)(text != NULL ? text : "");
    size_t have = 0;
    while (*s != '\0') {
        size_t length = sequence_bytes(s);
        size_t needed = length != 0 ? length : 3;
        if (have + needed + 1 > capacity) {
            break;
        }
        memcpy(out + have, length != 0 ? (const char *)s : "\xEF\xBF\xBD", needed);
        have += needed;
        s += length != 0 ? length : 1;
    }
    out[have] = '\0';
    return out;
}

static void add_string(cJSON *object, const char *name, const char *text)
{
    char buffer[1024];
    if (text == NULL) {
        add(object, name, cJSON_CreateNull());
    } else {
        add(object, name, cJSON_CreateString(clean(text, buffer, sizeof buffer)));
    }
}

static void add_timestamp(cJSON *root, int64_t unix_ns)
{
    /* Days to a date as by Howard Hinnant's algorithm: no time zone, no static buffer. */
    int64_t seconds = unix_ns / 1000000000;
    int64_t days = seconds / 86400;
    int64_t rest = seconds % 86400;
    int64_t shifted = days + 719468;
    int64_t era = shifted / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    int day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    int shown_month = (int)(month < 10 ? month + 3 : month - 9);
    int year = (int)(year_of_era + era * 400 + (shown_month <= 2 ? 1 : 0));
    char text[64];
    (void)snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, shown_month, day,
                   (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
    add(root, "timestamp", cJSON_CreateString(text));
}

/* ---- parts ---------------------------------------------------------------------------------------------- */

static void add_summary(cJSON *root, const fa_snapshot *s)
{
    cJSON *out = add_list(root, "summary", cJSON_CreateObject());
    uint64_t frame = 0;
    uint64_t peak = 0;
    for (uint32_t i = 0; i < s->context_count; i++) {
        frame += s->contexts[i].last_frame_bytes;
        peak += s->contexts[i].peak_frame_bytes;
    }
    add_integer(out, "frame_bytes", frame);
    add_integer(out, "pool_bytes", s->totals.pool_bytes);
    add_integer(out, "heap_bytes", s->totals.heap_bytes);
    add_integer(out, "total_bytes",
                frame + s->totals.pool_bytes + s->totals.heap_bytes + s->totals.arena_bytes);
    add_integer(out, "peak_bytes", peak);
    add_integer(out, "arena_bytes", s->totals.arena_bytes);
    add_integer(out, "frame_allocs", s->frame_allocs);
}

/* Of the hard limit, or of the soft one where it is the only one; null without either. */
static void add_budget(cJSON *parent, const char *name, uint64_t soft, uint64_t hard, uint64_t used)
{
    uint64_t limit = hard != FA_UNKNOWN ? hard : soft;
    if (limit == FA_UNKNOWN) {
        add(parent, name, cJSON_CreateNull());
        return;
    }
    cJSON *out = add_list(parent, name, cJSON_CreateObject());
    double percent = limit > 0 ? (double)used / (double)limit * 100 : used > 0 ? 100 : 0;
    add_integer(out, "limit", limit);
    add_integer(out, "used", used);
    add_integer(out, "percent", percent < 1e6 ? (uint64_t)percent : 1000000);
    add_integer(out, "soft_limit", soft);
}

static void add_threads(cJSON *root, const fa_snapshot *s)
{
    cJSON *list = add_list(root, "threads", cJSON_CreateArray());
    for (uint32_t i = 0; i < s->context_count; i++) {
        const fa_snapshot_context *c = &s->contexts[i];
        cJSON *out = cJSON_CreateObject();
        add_string(out, "id", c->name);
        add_string(out, "name", c->thread);
        add_integer(out, "frame_bytes", c->last_frame_bytes);
        add_signed(out, "pool_bytes", c->pool_bytes);
        add_signed(out, "heap_bytes", c->heap_bytes);
        add_integer(out, "peak_bytes", c->peak_frame_bytes);
        add_budget(out, "budget", c->frame_soft_bytes, c->frame_hard_bytes, c->last_frame_bytes);
        add_integer(out, "frames", c->frames);
        add_budget(out, "pool_budget", c->pool_soft_bytes, c->pool_hard_bytes, c->pool_used_bytes);
        (void)cJSON_AddItemToArray(list, out);
    }
}

static void add_tag(cJSON *list, const fa_snapshot *s, const fa_snapshot_tag *tag, fa_lifetime lifetime,
                    size_t bytes, size_t tree_bytes)
{
    cJSON *out = cJSON_CreateObject();
    uint32_t frames_in_flight = fa_allocator_resolved_desc(s->allocator)->frames_in_flight;
    uint64_t allocs = tag->allocs[lifetime];
    if (lifetime == FA_LIFETIME_POOL && allocs != FA_UNKNOWN) {
        allocs += tag->allocs[FA_LIFETIME_TYPED_POOL];
    }
    add_string(out, "path", tag->stats.path);
    add_string(out, "thread", s->context_count == 1 ? s->contexts[0].name : "all");
    add_string(out, "alloc_kind", fa_lifetime_name(lifetime));
    add_integer(out, "alloc_count", allocs);
    add_integer(out, "bytes", bytes);
    bool frame = lifetime == FA_LIFETIME_FRAME;
    bool counted = frame && tag->frame_allocs != FA_UNKNOWN && tag->frame_allocs > 0;
    add(out, "avg_lifetime_frames", frame ? cJSON_CreateNumber(frames_in_flight) : cJSON_CreateNull());
    add(out, "promotion_rate",
        counted ? cJSON_CreateNumber((double)tag->kept / (double)tag->frame_allocs) : cJSON_CreateNull());
    cJSON *codes = add_list(out, "diagnostics", cJSON_CreateArray());
    for (uint32_t i = 0; i < s->diagnostic_count; i++) {
        if (tag->stats.path != NULL && strncmp(s->diagnostics[i].tag, tag->stats.path, 63) == 0) {
            (void)cJSON_AddItemToArray(codes,
                                       cJSON_CreateString(fa_diagnostic_code_name(s->diagnostics[i].code)));
        }
    }
    add_integer(out, "tree_bytes", tree_bytes);
    if (lifetime == FA_LIFETIME_FRAME) {
        char print[24] = "";
        const fa_tag_bytes *tree = &tag->stats.tree;
        add_integer(out, "peak_bytes", tag->stats.self.peak_frame_bytes);
        add_budget(out, "budget", tag->soft_bytes, tag->hard_bytes,
                   tree->last_frame_bytes + tree->pool_bytes + tree->heap_bytes + tree->arena_bytes);
        (void)snprintf(print, sizeof print, "%016" PRIx64, tag->fingerprint);
        add_string(out, "fingerprint", tag->fingerprint != FA_UNKNOWN ? print : NULL);
    }
    (void)cJSON_AddItemToArray(list, out);
}

/* One entry per tag and kind that holds something; a tag that holds nothing has its frame entry. */
static void add_tags(cJSON *root, const fa_snapshot *s)
{
    cJSON *list = add_list(root, "tags", cJSON_CreateArray());
    for (uint32_t i = 0; i < s->tag_count; i++) {
        const fa_snapshot_tag *tag = &s->tags[i];
        const fa_tag_bytes *self = &tag->stats.self;
        const fa_tag_bytes *tree = &tag->stats.tree;
        add_tag(list, s, tag, FA_LIFETIME_FRAME, self->last_frame_bytes, tree->last_frame_bytes);
        if (tree->pool_bytes > 0) {
            add_tag(list, s, tag, FA_LIFETIME_POOL, self->pool_bytes, tree->pool_bytes);
        }
        if (tree->heap_bytes > 0) {
            add_tag(list, s, tag, FA_LIFETIME_HEAP, self->heap_bytes, tree->heap_bytes);
        }
        if (tree->arena_bytes > 0) {
            add_tag(list, s, tag, FA_LIFETIME_ARENA, self->arena_bytes, tree->arena_bytes);
        }
    }
}

/* What the threads did in their last frames, and what waits. */
static void add_traffic(cJSON *root, const fa_snapshot *s)
{
    uint64_t pool = 0, heap = 0, scratch = 0, failed = 0, received = 0, processed = 0;
    for (uint32_t i = 0; i < s->context_count; i++) {
        const fa_snapshot_context *c = &s->contexts[i];
        pool += c->promoted_to_pool;
        heap += c->promoted_to_heap;
        scratch += c->promoted_to_scratch;
        failed += c->promotions_failed;
        received += c->transfers_received;
        processed += c->frees_processed;
    }
    cJSON *promotions = add_list(root, "promotions", cJSON_CreateObject());
    add_integer(promotions, "to_pool", pool);
    add_integer(promotions, "to_heap", heap);
    add_integer(promotions, "failed", failed);
    add_integer(promotions, "to_scratch", scratch);
    cJSON *transfers = add_list(root, "transfers", cJSON_CreateObject());
    add_integer(transfers, "pending", s->transfers.pending);
    add_integer(transfers, "completed_this_frame", received);
    add_integer(transfers, "pending_bytes", s->transfers.pending_bytes);
    cJSON *deferred = add_list(root, "deferred", cJSON_CreateObject());
    add_integer(deferred, "queue_depth", s->frees_waiting);
    add_integer(deferred, "processed_this_frame", processed);
}

static void add_diagnostics(cJSON *root, const fa_snapshot *s)
{
    cJSON *list = add_list(root, "diagnostics", cJSON_CreateArray());
    for (uint32_t i = 0; i < s->diagnostic_count; i++) {
        const fa_snapshot_diagnostic *d = &s->diagnostics[i];
        cJSON *out = cJSON_CreateObject();
        add_string(out, "code", fa_diagnostic_code_name(d->code));
        add_string(out, "tag", d->tag[0] != '\0' ? d->tag : NULL);
        add_string(out, "message", d->message);
        add_string(out, "here", d->here);
        add_integer(out, "frame", d->frame);
        (void)cJSON_AddItemToArray(list, out);
    }
}

size_t fa_report_json(const fa_snapshot *s, char **out)
{
    *out = NULL;
    cJSON *root = cJSON_CreateObject();
    if (root == NULL) {
        return 0;
    }
    add(root, "version", cJSON_CreateNumber(SCHEMA_VERSION));
    add_timestamp(root, s->unix_ns);
    add_integer(root, "frame", s->frame);
    add_integer(root, "duration_us", s->duration_ns != FA_UNKNOWN ? s->duration_ns / 1000 : FA_UNKNOWN);
    add_summary(root, s);
    add_threads(root, s);
    add_tags(root, s);
    add_traffic(root, s);
    add_diagnostics(root, s);
    cJSON *totals = add_list(root, "allocator", cJSON_CreateObject());
#define FA_X(name, meaning) add_integer(totals, #name, s->totals.name);
    FA_ALLOCATOR_STATS_TABLE(FA_X)
#undef FA_X
    char *text = cJSON_PrintBuffered(root, (int)(4096 + s->tag_count * 320), 0);
    cJSON_Delete(root);
    size_t length = text != NULL ? strlen(text) : 0;
    char *longer = text != NULL ? realloc(text, length + 2) : NULL;
    if (longer == NULL) {
        free(text);
        return 0;
    }
    memcpy(longer + length, "\n", 2);
    *out = longer;
    return length + 1;
}

void fa_report_json_free(char *json)
{
    free(json);
}
