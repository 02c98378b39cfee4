/* support.h - what the core's tests share: a world to break things in, and the words to say what must hold.
 *
 *   world       an allocator and a context on a watched backing, with recording handler and log
 *   recorder    keeps what the handler was given, and checks what every diagnostic owes its reader
 *   snapshot    everything that can be observed, so that "a failed call changes nothing" is one comparison
 *   EXPECT...   assertions for inner loops: Check's own write a mark to a file at each use
 *   random      a small generator; FA_TEST_SEED chooses the seed ("random": by the clock), failures print it
 *
 * Everything is static: each test is one file and one program. */
#ifndef FRAMEALLOC_TESTS_SUPPORT_H
#define FRAMEALLOC_TESTS_SUPPORT_H

#include <check.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/tracking_backing.h"
#include "framealloc/framealloc.h"

/* Tests misuse memory on purpose, and gcc knows from the headers what belongs together. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12
#pragma GCC diagnostic ignored "-Wuse-after-free"
#pragma GCC diagnostic ignored "-Wmismatched-dealloc"
#pragma GCC diagnostic ignored "-Wfree-nonheap-object"
#pragma GCC diagnostic ignored "-Walloc-size-larger-than="
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SUPPORT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SUPPORT_ASAN 1
#endif
#endif
#ifndef SUPPORT_ASAN
#define SUPPORT_ASAN 0
#endif

#if defined(__SANITIZE_THREAD__)
#define SUPPORT_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SUPPORT_TSAN 1
#endif
#endif
#ifndef SUPPORT_TSAN
#define SUPPORT_TSAN 0
#endif

/* Sanitizers slow everything down by five to twenty times: loops are scaled, never left out. */
#define SUPPORT_SLOW (SUPPORT_ASAN || SUPPORT_TSAN)

__extension__ typedef unsigned __int128 wide; ///< holds every product of two sizes

/* ---- random ----------------------------------------------------------------------------------------------
 */

static uint64_t support_seed_used; ///< 0: the test drew no random number

static inline uint64_t support_seed(void)
{
    const char *text = getenv("FA_TEST_SEED");
    if (text == NULL) {
        support_seed_used = 20240229;
    } else if (strcmp(text, "random") == 0) {
        support_seed_used = (uint64_t)time(NULL) * 2654435761u + (uint64_t)getpid();
    } else {
        support_seed_used = strtoull(text, NULL, 0);
    }
    return support_seed_used;
}

typedef struct random_state {
    uint64_t s;
} random_state;

/// splitmix64 (Steele, Lea, Flood 2014).
static inline uint64_t random_next(random_state *r)
{
    uint64_t z = (r->s += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}
/// 0 to n - 1.
static inline size_t random_below(random_state *r, size_t n)
{
    return (size_t)(random_next(r) % n);
}
/// Sizes as programs have them: every magnitude up to @p max is as likely as the next.
static inline size_t random_size(random_state *r, size_t max)
{
    size_t bits = random_below(r, 8 * sizeof max);
    size_t size = (size_t)(random_next(r) & (((uint64_t)1 << bits) - 1));
    return size <= max ? size : size % (max + 1);
}

/* ---- expectations ----------------------------------------------------------------------------------------
 */

/// Fail the case; the only place that formats, so that messages may be cut without a warning at each use.
CK_ATTRIBUTE_NORETURN FA_COLD FA_PRINTF(4, 5) static FA_UNUSED
    void support_fail(const char *file, int line, const char *what, const char *format, ...)
{
    char text[1024] = "";
    char seed[64] = "";
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (support_seed_used != 0) {
        (void)snprintf(seed, sizeof seed, " (FA_TEST_SEED=%" PRIu64 ")", support_seed_used);
    }
    _ck_assert_failed(file, line, what, "%s%s%s", what, text, seed);
    abort(); /* not reached: it leaves the case */
}

/// With a printf message of what was seen.
#define EXPECTF(condition, ...)                                             \
    do {                                                                    \
        if (!(condition)) {                                                 \
            support_fail(__FILE__, __LINE__, #condition, ": " __VA_ARGS__); \
        }                                                                   \
    } while (0)
#define EXPECT(condition) EXPECTF(condition, "does not hold")

#define EXPECT_UINT(got, expected)                                                                        \
    do {                                                                                                  \
        uint64_t expect_got = (uint64_t)(got);                                                            \
        uint64_t expect_want = (uint64_t)(expected);                                                      \
        EXPECTF(expect_got == expect_want, "%s is %" PRIu64 ", expected %s = %" PRIu64, #got, expect_got, \
                #expected, expect_want);                                                                  \
    } while (0)

#define EXPECT_STR(got, expected)                                                                            \
    do {                                                                                                     \
        const char *expect_got = (got);                                                                      \
        const char *expect_want = (expected);                                                                \
        EXPECTF(expect_got != NULL && strcmp(expect_got, expect_want) == 0, "%s is \"%s\", expected \"%s\"", \
                #got, expect_got != NULL ? expect_got : "NULL", expect_want);                                \
    } while (0)

#define EXPECT_RESULT(call, expected)                                                    \
    do {                                                                                 \
        fa_result expect_result = (call);                                                \
        EXPECTF(expect_result == FA_RESULT_##expected, "%s gave %s, expected %s", #call, \
                fa_result_name(expect_result), #expected);                               \
    } while (0)
#define EXPECT_OK(call) EXPECT_RESULT(call, OK)

/* ---- laundering ------------------------------------------------------------------------------------------
 */

/* Compilers see through deliberate misuse (attributes malloc, alloc_size) and warn. What passes through here
 * is a value they know nothing about. */
static inline void *opaque(const void *p)
{
    volatile uintptr_t v = (uintptr_t)p;
    return (void *)v;
}
static inline size_t opaque_size(size_t n)
{
    volatile size_t v = n;
    return v;
}
/// A pointer @p offset bytes away, also outside of any object.
static inline void *beside(const void *p, ptrdiff_t offset)
{
    volatile uintptr_t v = (uintptr_t)p + (uintptr_t)offset;
    return (void *)v;
}

/* ---- byte patterns ---------------------------------------------------------------------------------------
 */

static inline uint8_t pattern_byte(uint64_t id, size_t i)
{
    return (uint8_t)(id * 37 + (id >> 8) + i * 13 + (i >> 7));
}
/// Fill a block; large ones at both ends and once per page.
static inline void pattern_fill(void *p, size_t bytes, uint64_t id)
{
    uint8_t *b = (uint8_t *)p;
    for (size_t i = 0; i < bytes; i += (bytes > 8192 && i >= 256 && i + 256 < bytes) ? 251 : 1) {
        b[i] = pattern_byte(id, i);
    }
}
static inline bool pattern_holds(const void *p, size_t bytes, uint64_t id, size_t of_bytes)
{
    const uint8_t *b = (const uint8_t *)p;
    for (size_t i = 0; i < of_bytes; i += (of_bytes > 8192 && i >= 256 && i + 256 < of_bytes) ? 251 : 1) {
        if (i < bytes && b[i] != pattern_byte(id, i)) {
            return false;
        }
    }
    return true;
}
static inline bool all_bytes_are(const void *p, size_t bytes, uint8_t value)
{
    const uint8_t *b = (const uint8_t *)p;
    for (size_t i = 0; i < bytes; i++) {
        if (b[i] != value) {
            return false;
        }
    }
    return true;
}

/* ---- recorder --------------------------------------------------------------------------------------------
 */

#define RECORDER_KEEPS 64

typedef struct recorded {
    fa_diagnostic_code id;
    fa_result result;
    char code[16];
    char severity[16];
    char message[1024];
    char tag[FA_TAG_PATH_MAX + 1]; ///< "(null)" where it was NULL
    char here[256];
    char earlier[256];    ///< "(null)" where it was NULL
    char first_free[256]; ///< "(null)" where it was NULL
    char thread[128];
    char allocator[128];
    uint64_t frame;
    const void *address;
    size_t bytes;
} recorded;

typedef struct recorder {
    pthread_mutex_t lock;
    unsigned count; ///< since the last clear; only the first RECORDER_KEEPS are kept
    recorded items[RECORDER_KEEPS];
    char problem[256]; ///< what a diagnostic failed to say; empty: nothing
    void (*and_then)(void *user, const fa_diagnostic *given); ///< runs after recording, may be NULL
    void *and_then_user;
    unsigned log_count[FA_LOG_COUNT];
    char log_text[512]; ///< last message
    fa_log_level log_level;
    char log_problem[128];
} recorder;

static inline void recorder_copy(char *to, size_t capacity, const char *from)
{
    (void)snprintf(to, capacity, "%s", from != NULL ? from : "(null)");
}

static const char *const support_hints[FA_CODE_COUNT] = {
#define FA_X(code, severity, title, hint) hint,
    FA_DIAGNOSTIC_TABLE(FA_X)
#undef FA_X
};
static const char *const support_codes[FA_CODE_COUNT] = {
#define FA_X(code, severity, title, hint) #code,
    FA_DIAGNOSTIC_TABLE(FA_X)
#undef FA_X
};
static const fa_severity support_severities[FA_CODE_COUNT] = {
#define FA_X(code, severity, title, hint) FA_SEVERITY_##severity,
    FA_DIAGNOSTIC_TABLE(FA_X)
#undef FA_X
};
static const char *const support_severity_names[] = {"hint", "warning", "error"};

/// What every diagnostic owes its reader, whatever it is about.
static inline const char *recorder_missing(const fa_diagnostic *d)
{
    if ((unsigned)d->id >= FA_CODE_COUNT) {
        return "id is not in the table";
    }
    if (d->code == NULL || strcmp(d->code, support_codes[d->id]) != 0) {
        return "code does not agree with id";
    }
    if (d->severity == NULL || strcmp(d->severity, support_severity_names[support_severities[d->id]]) != 0) {
        return "severity does not agree with the table";
    }
    if (d->hint == NULL || strcmp(d->hint, support_hints[d->id]) != 0) {
        return "hint does not agree with the table";
    }
    if (d->message == NULL || d->message[0] == '\0') {
        return "no message";
    }
    if (d->here == NULL || strchr(d->here, ':') == NULL) {
        return "no call site";
    }
    if (d->thread == NULL || d->thread[0] == '\0') {
        return "no thread";
    }
    if (d->allocator == NULL || d->allocator[0] == '\0') {
        return "no allocator";
    }
    if (d->result == FA_RESULT_OK && support_severities[d->id] == FA_SEVERITY_ERROR &&
        d->id != FA_CODE_FA901) {
        return "an error that results in OK";
    }
    return NULL;
}

static inline void recorder_handle(void *user, const fa_diagnostic *d)
{
    recorder *r = (recorder *)user;
    pthread_mutex_lock(&r->lock);
    const char *missing = recorder_missing(d);
    if (missing != NULL && r->problem[0] == '\0') {
        (void)snprintf(r->problem, sizeof r->problem, "%s: %s", d->code != NULL ? d->code : "no code",
                       missing);
    }
    if (r->count < RECORDER_KEEPS) {
        recorded *item = &r->items[r->count];
        item->id = d->id;
        item->result = d->result;
        recorder_copy(item->code, sizeof item->code, d->code);
        recorder_copy(item->severity, sizeof item->severity, d->severity);
        recorder_copy(item->message, sizeof item->message, d->message);
        recorder_copy(item->tag, sizeof item->tag, d->tag);
        recorder_copy(item->here, sizeof item->here, d->here);
        recorder_copy(item->earlier, sizeof item->earlier, d->earlier);
        recorder_copy(item->first_free, sizeof item->first_free, d->first_free);
        recorder_copy(item->thread, sizeof item->thread, d->thread);
        recorder_copy(item->allocator, sizeof item->allocator, d->allocator);
        item->frame = d->frame;
        item->address = d->address;
        item->bytes = d->bytes;
    }
    r->count++;
    pthread_mutex_unlock(&r->lock);
    if (r->and_then != NULL) {
        r->and_then(r->and_then_user, d);
    }
}

static inline void recorder_log(void *user, fa_log_item item, fa_log_level level, const char *message)
{
    recorder *r = (recorder *)user;
    pthread_mutex_lock(&r->lock);
    if ((unsigned)item >= FA_LOG_COUNT || message == NULL || message[0] == '\0') {
        recorder_copy(r->log_problem, sizeof r->log_problem, "a log item without id or text");
    } else {
        r->log_count[item]++;
        r->log_level = level;
        recorder_copy(r->log_text, sizeof r->log_text, message);
    }
    pthread_mutex_unlock(&r->lock);
}

static inline void recorder_open(recorder *r)
{
    memset(r, 0, sizeof *r);
    pthread_mutex_init(&r->lock, NULL);
}
static inline void recorder_clear(recorder *r)
{
    pthread_mutex_lock(&r->lock);
    r->count = 0;
    pthread_mutex_unlock(&r->lock);
}
static inline unsigned recorder_count_of(const recorder *r, fa_diagnostic_code id)
{
    unsigned n = 0;
    for (unsigned i = 0; i < r->count && i < RECORDER_KEEPS; i++) {
        n += r->items[i].id == id;
    }
    return n;
}

/* ---- world -----------------------------------------------------------------------------------------------
 */

typedef struct world {
    fa_allocator *allocator;
    fa_context *ctx;
    tracking_backing backing;
    recorder rec;
} world;

/// Desc with this world's hooks in it.
static inline fa_allocator_desc world_desc(world *w, const fa_allocator_desc *desc)
{
    fa_allocator_desc full;
    memset(&full, 0, sizeof full);
    if (desc != NULL) {
        full = *desc;
    }
    if (full.name == NULL) {
        full.name = "world";
    }
    if (full.backing.reserve == NULL) {
        full.backing = tracking_table(&w->backing);
    }
    full.log.fn = recorder_log;
    full.log.user = &w->rec;
    full.handler.fn = recorder_handle;
    full.handler.user = &w->rec;
    if (full.strictness == FA_STRICT_DEFAULT) {
        full.strictness = FA_STRICT_REPORT;
    }
    return full;
}

static inline void world_open(world *w, const fa_allocator_desc *desc)
{
    w->allocator = NULL;
    w->ctx = NULL;
    tracking_open(&w->backing);
    recorder_open(&w->rec);
    fa_allocator_desc full = world_desc(w, desc);
    EXPECT_OK(fa_allocator_create(&full, &w->allocator));
    EXPECT(w->allocator != NULL);
    EXPECT_OK(fa_context_attach(w->allocator, NULL, &w->ctx));
    EXPECT(w->ctx != NULL);
    EXPECT_UINT(w->rec.count, 0);
}

/// Nothing was reported that the test did not ask for, and what was reported was complete.
static inline void world_expect_quiet(world *w)
{
    EXPECTF(w->rec.count == 0, "unexpected %s at %s: %s", w->rec.items[0].code, w->rec.items[0].here,
            w->rec.items[0].message);
    EXPECTF(w->rec.problem[0] == '\0', "%s", w->rec.problem);
    EXPECTF(w->rec.log_problem[0] == '\0', "%s", w->rec.log_problem);
    EXPECTF(w->backing.problem[0] == '\0', "%s", w->backing.problem);
}

static inline void world_expect_nothing_left(world *w)
{
    EXPECT_UINT(w->backing.reserved_bytes, 0);
    EXPECT_UINT(w->backing.committed_bytes, 0);
    EXPECT_UINT(w->backing.region_count, 0);
    EXPECTF(w->backing.problem[0] == '\0', "%s", w->backing.problem);
}

/// Take everything down; @p leaks_allowed: live blocks may be reported.
static inline void world_close_with(world *w, bool leaks_allowed)
{
    world_expect_quiet(w);
    EXPECT(fa_allocator_validate(w->allocator));
    if (w->ctx != NULL) {
        if (fa_frame_is_open(w->ctx)) {
            EXPECT_OK(fa_frame_end(w->ctx));
        }
        EXPECT_OK(fa_context_detach(w->ctx));
        w->ctx = NULL;
    }
    EXPECT(fa_allocator_validate(w->allocator));
    world_expect_quiet(w);
    EXPECT_OK(fa_allocator_destroy(w->allocator));
    w->allocator = NULL;
    if (leaks_allowed) {
        EXPECT_UINT(w->rec.count, recorder_count_of(&w->rec, FA_CODE_FA608));
        w->rec.count = 0;
    }
    world_expect_quiet(w);
    world_expect_nothing_left(w);
    tracking_close(&w->backing);
}
static inline void world_close(world *w)
{
    world_close_with(w, false);
}

static inline fa_allocator_stats world_stats(const world *w)
{
    fa_allocator_stats s;
    EXPECT_OK(fa_allocator_stats_get(w->allocator, &s));
    return s;
}
static inline fa_context_stats context_stats(fa_context *ctx)
{
    fa_context_stats s;
    EXPECT_OK(fa_context_stats_get(ctx, &s));
    return s;
}
static inline fa_tag_stats tag_stats(fa_allocator *allocator, fa_tag tag)
{
    fa_tag_stats s;
    EXPECT_OK(fa_tag_stats_get(allocator, tag, &s));
    return s;
}

/* ---- snapshot --------------------------------------------------------------------------------------------
 */

#define SNAPSHOT_TAGS 48

typedef struct snapshot {
    uintptr_t cursor;
    bool open;
    uint64_t index;
    size_t used;
    size_t remaining;
    size_t peak;
    fa_tag current;
    fa_allocator_stats allocator;
    fa_context_stats context;
    uint32_t tag_count;
    fa_tag_stats tags[SNAPSHOT_TAGS];
} snapshot;

static inline void snapshot_take(snapshot *s, fa_allocator *allocator, fa_context *ctx)
{
    memset(s, 0, sizeof *s);
    if (ctx != NULL) {
        s->cursor = ctx->cursor;
        s->open = fa_frame_is_open(ctx);
        s->index = fa_frame_index(ctx);
        s->used = fa_frame_used_bytes(ctx);
        s->remaining = fa_frame_remaining_bytes(ctx);
        s->peak = fa_frame_peak_bytes(ctx);
        s->current = fa_tag_current(ctx);
        EXPECT_OK(fa_context_stats_get(ctx, &s->context));
    }
    s->tag_count = fa_tag_count(allocator);
    for (fa_tag tag = 0; tag < s->tag_count && tag < SNAPSHOT_TAGS; tag++) {
        EXPECT_OK(fa_tag_stats_get(allocator, tag, &s->tags[tag]));
    }
    EXPECT_OK(fa_allocator_stats_get(allocator, &s->allocator));
}

#define SNAPSHOT_COMPARE(field)          \
    if (before->field != after->field) { \
        return #field;                   \
    }
#define SNAPSHOT_COMPARE_BYTES(side)                  \
    SNAPSHOT_COMPARE(tags[tag].side.frame_bytes)      \
    SNAPSHOT_COMPARE(tags[tag].side.last_frame_bytes) \
    SNAPSHOT_COMPARE(tags[tag].side.pool_bytes)       \
    SNAPSHOT_COMPARE(tags[tag].side.heap_bytes)       \
    SNAPSHOT_COMPARE(tags[tag].side.arena_bytes)

/// Name of the first thing that differs, or NULL. @p world_refused: memory of the SDK itself may have grown
/// on the way to the refusal; nothing else may differ. Counters of refusals, diagnostics and backing calls do
/// count.
static inline const char *snapshot_difference(const snapshot *before, const snapshot *after,
                                              bool world_refused)
{
    SNAPSHOT_COMPARE(cursor)
    SNAPSHOT_COMPARE(open)
    SNAPSHOT_COMPARE(index)
    SNAPSHOT_COMPARE(used)
    SNAPSHOT_COMPARE(remaining)
    SNAPSHOT_COMPARE(peak)
    SNAPSHOT_COMPARE(current)
    SNAPSHOT_COMPARE(tag_count)
    for (fa_tag tag = 0; tag < before->tag_count && tag < SNAPSHOT_TAGS; tag++) {
        SNAPSHOT_COMPARE_BYTES(self)
        SNAPSHOT_COMPARE_BYTES(tree)
    }
    SNAPSHOT_COMPARE(allocator.frame_bytes)
    SNAPSHOT_COMPARE(allocator.arena_bytes)
    SNAPSHOT_COMPARE(allocator.pool_bytes)
    SNAPSHOT_COMPARE(allocator.heap_bytes)
    SNAPSHOT_COMPARE(allocator.pool_objects)
    SNAPSHOT_COMPARE(allocator.heap_objects)
    SNAPSHOT_COMPARE(allocator.contexts)
    SNAPSHOT_COMPARE(allocator.tags)
    SNAPSHOT_COMPARE(context.frames)
    SNAPSHOT_COMPARE(context.frame_bytes)
    SNAPSHOT_COMPARE(context.last_frame_bytes)
    SNAPSHOT_COMPARE(context.peak_frame_bytes)
    SNAPSHOT_COMPARE(context.frame_oversize)
    if (world_refused) {
        return NULL;
    }
    SNAPSHOT_COMPARE(allocator.reserved_bytes)
    SNAPSHOT_COMPARE(allocator.committed_bytes)
    SNAPSHOT_COMPARE(allocator.metadata_bytes)
    SNAPSHOT_COMPARE(allocator.object_page_bytes)
    SNAPSHOT_COMPARE(context.frame_committed_bytes)
    SNAPSHOT_COMPARE(context.frame_grows)
    SNAPSHOT_COMPARE(context.frame_shrinks)
    return NULL;
}

/* ---- refusals --------------------------------------------------------------------------------------------
 */

/// The only diagnostic since the last clear, as it should be; then clear.
static inline void recorder_expect_one(recorder *r, fa_diagnostic_code id, fa_result result, const char *file,
                                       int line, const char *call)
{
    EXPECTF(r->count == 1, "%s: %u diagnostics, expected one, %s; first: %s %s", call, r->count,
            support_codes[id], r->count > 0 ? r->items[0].code : "none",
            r->count > 0 ? r->items[0].message : "");
    const recorded *d = &r->items[0];
    EXPECTF(d->id == id, "%s: %s (%s), expected %s", call, d->code, d->message, support_codes[id]);
    EXPECTF(d->result == result, "%s: diagnostic says %s, expected %s", call, fa_result_name(d->result),
            fa_result_name(result));
    EXPECTF(r->problem[0] == '\0', "%s: %s", call, r->problem);
    const char *slash = strrchr(file, '/');
    char site[300];
    (void)snprintf(site, sizeof site, "%s:", slash != NULL ? slash + 1 : file);
    const char *found = strstr(d->here, site);
    /* Of a call on several lines, compilers differ in which of them is its line. */
    long off = found != NULL ? strtol(found + strlen(site), NULL, 10) - line : 1000;
    EXPECTF(off >= -4 && off <= 4, "%s: call site %s, expected %s%d", call, d->here, site, line);
    recorder_clear(r);
}

static inline void support_expect_unchanged(const snapshot *before, world *w, bool world_refused,
                                            const char *call)
{
    snapshot after;
    snapshot_take(&after, w->allocator, w->ctx);
    const char *difference = snapshot_difference(before, &after, world_refused);
    EXPECTF(difference == NULL, "%s: a failed call changed %s", call, difference);
}

/// The caller broke the contract: the call gives the result, sends this one diagnostic from here, changes
/// nothing.
#define EXPECT_REFUSED(w, call, code, expected)                                                          \
    do {                                                                                                 \
        snapshot refused_before;                                                                         \
        snapshot_take(&refused_before, (w)->allocator, (w)->ctx);                                        \
        EXPECT_RESULT(call, expected);                                                                   \
        recorder_expect_one(&(w)->rec, FA_CODE_##code, FA_RESULT_##expected, __FILE__, __LINE__, #call); \
        support_expect_unchanged(&refused_before, (w), false, #call);                                    \
    } while (0)

/// The same for calls that give NULL; the reason stands in the last result.
#define EXPECT_REFUSED_NULL(w, call, code, expected)                                                     \
    do {                                                                                                 \
        snapshot refused_before;                                                                         \
        snapshot_take(&refused_before, (w)->allocator, (w)->ctx);                                        \
        EXPECTF((call) == NULL, "%s: memory, expected %s", #call, #expected);                            \
        EXPECT_RESULT(fa_context_last_result((w)->ctx), expected);                                       \
        recorder_expect_one(&(w)->rec, FA_CODE_##code, FA_RESULT_##expected, __FILE__, __LINE__, #call); \
        support_expect_unchanged(&refused_before, (w), false, #call);                                    \
    } while (0)

/// The world said no: NULL and the reason, no diagnostic, nothing changed.
#define EXPECT_NO_MEMORY_NULL(w, call, expected)                                                       \
    do {                                                                                               \
        snapshot refused_before;                                                                       \
        snapshot_take(&refused_before, (w)->allocator, (w)->ctx);                                      \
        EXPECTF((call) == NULL, "%s: memory, expected %s", #call, #expected);                          \
        EXPECT_RESULT(fa_context_last_result((w)->ctx), expected);                                     \
        EXPECTF((w)->rec.count == 0, "%s: %s, expected no diagnostic", #call, (w)->rec.items[0].code); \
        support_expect_unchanged(&refused_before, (w), true, #call);                                   \
    } while (0)
#define EXPECT_NO_MEMORY(w, call, expected)                                                            \
    do {                                                                                               \
        snapshot refused_before;                                                                       \
        snapshot_take(&refused_before, (w)->allocator, (w)->ctx);                                      \
        EXPECT_RESULT(call, expected);                                                                 \
        EXPECTF((w)->rec.count == 0, "%s: %s, expected no diagnostic", #call, (w)->rec.items[0].code); \
        support_expect_unchanged(&refused_before, (w), true, #call);                                   \
    } while (0)

/* ---- threads and processes -------------------------------------------------------------------------------
 */

/// Run on a thread of its own and wait for its end.
static inline void on_another_thread(void *(*fn)(void *), void *user)
{
    pthread_t thread;
    EXPECT(pthread_create(&thread, NULL, fn, user) == 0);
    EXPECT(pthread_join(thread, NULL) == 0);
}

/// Run in a child process. Returns its exit code, or minus the number of the signal that ended it. What the
/// child writes to stderr goes to @p text when it is given.
static inline int in_a_child(void (*fn)(void *user), void *user, char *text, size_t capacity)
{
    int ends[2];
    EXPECT(pipe(ends) == 0);
    (void)fflush(NULL);
    pid_t child = fork();
    EXPECT(child >= 0);
    if (child == 0) {
        (void)dup2(ends[1], STDERR_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        fn(user);
        _exit(0);
    }
    (void)close(ends[1]);
    size_t have = 0;
    char waste[512];
    for (;;) {
        bool keep = text != NULL && have + 1 < capacity;
        ssize_t n =
            keep ? read(ends[0], text + have, capacity - 1 - have) : read(ends[0], waste, sizeof waste);
        if (n <= 0) {
            break;
        }
        have += keep ? (size_t)n : 0;
    }
    if (text != NULL) {
        text[have] = '\0';
    }
    (void)close(ends[0]);
    int status = 0;
    EXPECT(waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/// Does this build of the SDK abort on a contract error unless told otherwise?
static inline bool support_aborts_by_default(void)
{
    fa_allocator *allocator = NULL;
    EXPECT_OK(fa_allocator_create(NULL, &allocator));
    bool aborts = fa_allocator_resolved_desc(allocator)->strictness == FA_STRICT_ABORT;
    EXPECT_OK(fa_allocator_destroy(allocator));
    return aborts;
}

/* ---- running ---------------------------------------------------------------------------------------------
 */

static inline TCase *support_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    return tcase;
}

static inline int support_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
