/* support.h - what the app layer's tests share, on top of the core's.
 *
 *   stage      an app on a watched backing, with recording handler and log
 *   trace      what ran, in words: systems made by SAY write their name into it
 *
 * Everything is static: each test is one file and one program. */
#ifndef FRAMEALLOC_TESTS_APP_SUPPORT_H
#define FRAMEALLOC_TESTS_APP_SUPPORT_H

#include "core/support.h"
#include "framealloc/app.h"

/* ---- trace -----------------------------------------------------------------------------------------------
 */

static char trace[65536];
static size_t trace_length;

static inline void trace_clear(void)
{
    trace_length = 0;
    trace[0] = '\0';
}

FA_PRINTF(1, 2) static FA_UNUSED void trace_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(trace + trace_length, sizeof trace - trace_length, format, args);
    va_end(args);
    trace_length += n > 0 ? (size_t)n : 0;
    EXPECT(trace_length < sizeof trace);
}

/// A system that writes its `user`, a string, and a space.
static inline void say(fa_sys *s)
{
    trace_say("%s ", (const char *)fa_sys_user(s));
}
/// A system with a name of its own that says it: SAY("move", .after = { "input" }). SAID has no further
/// fields.
#define SAY(text, ...) \
    (&(const fa_system_desc){.name = text, .fn = say, .user = (void *)(uintptr_t)text, __VA_ARGS__})
#define SAID(text) SAY(text, .local_bytes = 0)

#define EXPECT_TRACE(expected)                                                                   \
    do {                                                                                         \
        EXPECTF(strcmp(trace, expected) == 0, "trace \"%s\", expected \"%s\"", trace, expected); \
        trace_clear();                                                                           \
    } while (0)

/* ---- stage -----------------------------------------------------------------------------------------------
 */

typedef struct stage {
    fa_app *app;
    world w; ///< allocator and ctx are the app's
} stage;

/// The desc with the recorder and the watched backing in it.
static inline fa_app_desc stage_desc(stage *st, const fa_app_desc *desc)
{
    fa_app_desc full;
    memset(&full, 0, sizeof full);
    if (desc != NULL) {
        full = *desc;
    }
    full.memory = world_desc(&st->w, &full.memory);
    return full;
}

static inline void stage_open(stage *st, const fa_app_desc *desc)
{
    trace_clear();
    memset(&st->w, 0, sizeof st->w);
    tracking_open(&st->w.backing);
    recorder_open(&st->w.rec);
    fa_app_desc full = stage_desc(st, desc);
    EXPECT_OK(fa_app_create(&full, &st->app));
    EXPECT(st->app != NULL);
    st->w.allocator = fa_app_allocator(st->app);
    st->w.ctx = fa_app_context(st->app);
    world_expect_quiet(&st->w);
}

static inline void stage_close(stage *st)
{
    world_expect_quiet(&st->w);
    EXPECT(fa_allocator_validate(st->w.allocator));
    EXPECT_OK(fa_app_destroy(st->app));
    st->app = NULL;
    world_expect_quiet(&st->w);
    world_expect_nothing_left(&st->w);
    tracking_close(&st->w.backing);
}

/// The only diagnostic since the last clear has this code, and its message this text in it; then clear.
static inline void expect_told(world *w, fa_diagnostic_code id, const char *text, int line)
{
    EXPECTF(w->rec.count == 1, "line %d: %u diagnostics, expected one, %s; first: %s %s", line, w->rec.count,
            support_codes[id], w->rec.count > 0 ? w->rec.items[0].code : "none",
            w->rec.count > 0 ? w->rec.items[0].message : "");
    EXPECTF(w->rec.items[0].id == id, "line %d: %s (%s), expected %s", line, w->rec.items[0].code,
            w->rec.items[0].message, support_codes[id]);
    EXPECTF(strstr(w->rec.items[0].message, text) != NULL, "line %d: \"%s\" does not say \"%s\"", line,
            w->rec.items[0].message, text);
    EXPECTF(w->rec.problem[0] == '\0', "line %d: %s", line, w->rec.problem);
    recorder_clear(&w->rec);
}
#define EXPECT_TOLD(w, code, text) expect_told((w), FA_CODE_##code, (text), __LINE__)

/// A plugin with a name and a build.
#define PLUGIN(text, ...) (&(const fa_plugin){.abi_version = FA_ABI_VERSION, .name = text, __VA_ARGS__})

/// Row of a system in the statistics, by name.
static inline fa_system_stats stats_of(const fa_app *app, const char *system)
{
    fa_system_stats rows[256];
    uint32_t count = fa_app_system_stats(app, rows, 256);
    for (uint32_t i = 0; i < count && i < 256; i++) {
        if (strcmp(rows[i].system, system) == 0) {
            return rows[i];
        }
    }
    EXPECTF(false, "no system '%s'", system);
    return rows[0];
}

#define FRAME_NS INT64_C(15625000) /* one fixed step at the default of 64 per second */

#endif
