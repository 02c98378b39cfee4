/* overlay.c - F1: where memory and time go, as the SDK reports it. Each line is formatted into frame memory,
 * each table lives in scratch memory; drawing the overlay is itself one of the systems that it lists. */
#include "font.h"
#include "framealloc/app/app.h"
#include "framealloc/app/resource.h"
#include "framealloc/stats.h"
#include "framealloc_chipmunk/chipmunk.h"
#include "game.h"

#define LEFT 14
#define PANEL_WIDTH 440
#define PADDING 10
#define TAGS_SHOWN 14
#define SYSTEMS_SHOWN 20
#define GRAPH_FRAMES 130
#define GRAPH_HEIGHT 34

#define WHITE 0xE6ECFFu
#define GREY 0x8A94B8u
#define BLUE 0x5AB4FFu
#define GOLD 0xFFC060u
#define INK 0x04060Fu

/* Where the next line goes. */
typedef struct pen {
    canvas *c;
    fa_context *ctx;
    int x, y;
} pen;

/* A line without memory is not drawn. */
#define PRINT(p, colour, ...) print((p), (colour), fa_frame_printf((p)->ctx, __VA_ARGS__))

static void print(pen *p, uint32_t colour, const char *text)
{
    if (text) {
        (void)canvas_text(p->c, p->x, p->y, colour, text);
    }
    p->y += FONT_LINE;
}

/* 12345678 as "11.8 M": six places at most. */
typedef struct amount {
    char text[12];
} amount;

static amount bytes_text(uint64_t bytes)
{
    static const char units[] = " KMGT";
    amount a;
    double value = (double)bytes;
    int unit = 0;
    for (; value >= 1000.0 && unit < 4; unit++) {
        value /= 1024.0;
    }
    if (bytes == 0) {
        return (amount){"-"};
    }
    (void)snprintf(a.text, sizeof a.text, unit > 0 && value < 99.95 ? "%.1f %c" : "%.0f %c", value,
                   units[unit]);
    return a;
}

/* ---- parts of the panel ------------------------------------------------------------------------------- */

static void draw_graph(pen *p, const stats *st)
{
    canvas_rect(p->c, p->x, p->y, GRAPH_FRAMES * 3, GRAPH_HEIGHT, 0x20283Cu, 150);
    uint32_t shown = st->count < GRAPH_FRAMES ? st->count : GRAPH_FRAMES;
    shown = shown < st->capacity ? shown : st->capacity;
    for (uint32_t i = 0; i < shown; i++) {
        float ms = st->frame_ms[(st->count - shown + i) % st->capacity];
        float share = ms / 16.667f;
        int height = 1 + (int)((share < 1 ? share : 1) * (GRAPH_HEIGHT - 1));
        uint32_t colour = share < 0.36f ? 0x3CC88Cu : share < 1 ? GOLD : 0xFF5040u;
        canvas_rect(p->c, p->x + (int)i * 3, p->y + GRAPH_HEIGHT - height, 2, height, colour, 230);
    }
    p->y += GRAPH_HEIGHT + 6;
}

static void print_frame(pen *p, fa_sys *s, const stats *st)
{
    const fa_chipmunk *physics = FA_RES(s, fa_chipmunk);
    const fa_time *time = FA_RES(s, fa_time);
    float *sorted = FA_SCRATCH(s, float, st->capacity);
    uint32_t count = sorted ? stats_sorted(st, sorted) : 0;
    float median = count > 0 ? sorted[count / 2] : 0;
    float worst = count > 0 ? sorted[(uint64_t)count * 99 / 100] : 0;
    PRINT(p, WHITE, "framealloc demo   frame %llu   %.2f ms   median %.2f   p99 %.2f",
          (unsigned long long)time->frame, (double)st->last_ms, (double)median, (double)worst);
    PRINT(p, GREY, "%d particles   %u bodies   %u contacts   %u sparks", FA_RES(s, swarm)->count,
          fa_chipmunk_body_count(physics->world), physics->last_contact_count, FA_RES(s, sparks)->count);
    fa_world_stats world;
    fa_world_stats_get(fa_sys_world(s), &world);
    PRINT(p, GREY, "%u entities in %u chunks of %u kinds   %u motes caught", world.entities, world.chunks,
          world.archetypes, FA_RES(s, score)->caught);
    p->y += 4;
    draw_graph(p, st);
}

/* A bar as long as used / room, with its figures behind it. */
static void print_bar(pen *p, const char *name, uint64_t used, uint64_t room, const char *room_is)
{
    int width = 150;
    int full = room > 0 ? (int)((double)used / (double)room * width + 0.5) : 0;
    int x = p->x;
    canvas_rect(p->c, x + 48, p->y, width, FONT_HEIGHT, 0x28324Cu, 200);
    canvas_rect(p->c, x + 48, p->y, full < width ? full : width, FONT_HEIGHT, BLUE, 220);
    (void)canvas_text(p->c, x, p->y, GREY, name);
    p->x = x + 48 + width + 8;
    PRINT(p, WHITE, "%9s of %9s %s", bytes_text(used).text, bytes_text(room).text, room_is);
    p->x = x;
}

static void print_memory(pen *p, fa_sys *s, const fa_system_stats *rows, uint32_t count)
{
    fa_context_stats ctx;
    fa_allocator_stats all;
    const fa_arena *arena = FA_RES(s, level)->arena;
    size_t step_bytes = 0;
    size_t scratch_bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        step_bytes += rows[i].step_peak_bytes;
        scratch_bytes =
            rows[i].scratch_peak_bytes > scratch_bytes ? rows[i].scratch_peak_bytes : scratch_bytes;
    }
    if (fa_context_stats_get(fa_sys_ctx(s), &ctx) != FA_RESULT_OK ||
        fa_allocator_stats_get(fa_context_allocator(fa_sys_ctx(s)), &all) != FA_RESULT_OK) {
        return;
    }
    PRINT(p, GOLD, "MEMORY");
    print_bar(p, "frame", ctx.last_frame_bytes, ctx.frame_committed_bytes, "committed");
    print_bar(p, "level", fa_arena_used_bytes(arena), fa_arena_committed_bytes(arena), "committed");
    print_bar(p, "objects", all.pool_bytes + all.heap_bytes, all.object_page_bytes, "in pages");
    print_bar(p, "all", all.committed_bytes - all.metadata_bytes, all.committed_bytes, "with metadata");
    PRINT(p, GREY, "step %s   scratch %s at most   frame peak %s", bytes_text(step_bytes).text,
          bytes_text(scratch_bytes).text, bytes_text(ctx.peak_frame_bytes).text);
    const stats *st = FA_RES(s, stats);
    PRINT(p, GREY, "%llu heap and %llu system calls for memory in %llu frames since warm-up",
          (unsigned long long)st->heap_calls, (unsigned long long)st->backing_calls,
          (unsigned long long)st->steady_frames);
    p->y += 6;
}

static size_t tag_size(const fa_tag_stats *t)
{
    return t->self.last_frame_bytes + t->self.pool_bytes + t->self.heap_bytes + t->self.arena_bytes;
}

/* The tags with most bytes, most first: kept in order while they are gathered. */
static uint32_t gather_tags(fa_allocator *allocator, fa_tag_stats *top)
{
    uint32_t kept = 0;
    for (fa_tag tag = 0; tag < fa_tag_count(allocator); tag++) {
        fa_tag_stats t;
        if (fa_tag_stats_get(allocator, tag, &t) != FA_RESULT_OK || tag_size(&t) == 0) {
            continue;
        }
        uint32_t at = kept < TAGS_SHOWN ? kept++ : TAGS_SHOWN;
        for (; at > 0 && tag_size(&top[at - 1]) < tag_size(&t); at--) {
            if (at < TAGS_SHOWN) {
                top[at] = top[at - 1];
            }
        }
        if (at < TAGS_SHOWN) {
            top[at] = t;
        }
    }
    return kept;
}

static void print_tags(pen *p, fa_sys *s)
{
    fa_tag_stats *top = FA_SCRATCH(s, fa_tag_stats, TAGS_SHOWN);
    uint32_t count = top ? gather_tags(fa_context_allocator(fa_sys_ctx(s)), top) : 0;
    PRINT(p, GOLD, "%-28s%9s%9s%9s%9s", "TAG", "frame", "pool", "heap", "arena");
    for (uint32_t i = 0; i < count; i++) {
        const fa_tag_bytes *b = &top[i].self;
        PRINT(p, WHITE, "%-28.28s%9s%9s%9s%9s", top[i].path, bytes_text(b->last_frame_bytes).text,
              bytes_text(b->pool_bytes).text, bytes_text(b->heap_bytes).text,
              bytes_text(b->arena_bytes).text);
    }
    p->y += 6;
}

/* The slowest systems, by the mean of all runs, most first. */
static uint32_t sort_systems(fa_system_stats *rows, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        fa_system_stats row = rows[i];
        if (row.runs == 0) {
            continue;
        }
        uint32_t at = kept++;
        for (; at > 0 && rows[at - 1].total_ns < row.total_ns; at--) {
            rows[at] = rows[at - 1];
        }
        rows[at] = row;
    }
    return kept;
}

static void print_systems(pen *p, fa_system_stats *rows, uint32_t count)
{
    uint32_t kept = sort_systems(rows, count);
    PRINT(p, GOLD, "%-28s%9s%9s%9s%9s", "SYSTEM", "mean ns", "frame", "step", "scratch");
    for (uint32_t i = 0; i < kept && i < SYSTEMS_SHOWN; i++) {
        const fa_system_stats *row = &rows[i];
        const char *name = fa_frame_printf(p->ctx, "%s/%s", row->plugin, row->system);
        PRINT(p, WHITE, "%-28.28s%9lld%9s%9s%9s", name ? name : "",
              (long long)(row->total_ns / (int64_t)row->runs), bytes_text(row->frame_bytes).text,
              bytes_text(row->step_peak_bytes).text, bytes_text(row->scratch_peak_bytes).text);
    }
}

/* ---- systems ------------------------------------------------------------------------------------------ */

static bool overlay_is_on(fa_sys *s, const void *arg)
{
    (void)arg;
    return FA_RES(s, controls)->overlay;
}

static void show(fa_sys *s)
{
    canvas *c = &FA_RES_MUT(s, stage)->canvas;
    pen p = {.c = c, .ctx = fa_sys_ctx(s), .x = LEFT + PADDING, .y = LEFT + PADDING};
    fa_app *app = fa_sys_app(s);
    uint32_t count = fa_app_system_stats(app, NULL, 0);
    fa_system_stats *rows = FA_SCRATCH(s, fa_system_stats, count);
    count = rows ? fa_app_system_stats(app, rows, count) : 0;
    if (!c->pixels) {
        return;
    }
    canvas_rect(c, LEFT, LEFT, PANEL_WIDTH, c->height - 2 * LEFT, INK, 205);
    print_frame(&p, s, FA_RES(s, stats));
    print_memory(&p, s, rows, count);
    print_tags(&p, s);
    print_systems(&p, rows, count);
}

/* One line at the bottom, at first and with the overlay. */
static void help(fa_sys *s)
{
    static const char text[] =
        "Enter: play   left: attract   right, Space: explode   middle, B: bodies   G gravity   P pause   "
        "N step   R reset   F1 memory   Esc quit";
    canvas *c = &FA_RES_MUT(s, stage)->canvas;
    int width = (int)(sizeof text - 1) * FONT_ADVANCE;
    int left = FA_RES(s, controls)->overlay ? LEFT + PANEL_WIDTH : 0; /* beside the panel */
    int x = left + (c->width - left - width) / 2;
    if (c->pixels && (FA_RES(s, fa_time)->elapsed_seconds < 10.0)) {
        canvas_rect(c, x - PADDING, c->height - 30, width + 2 * PADDING, 18, INK, 225);
        (void)canvas_text(c, x, c->height - 25, GREY, text);
    }
}

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    return FIRST_ERROR(
        fa_app_add_system(app, FA_RENDER,
                          FA_SYSTEM(help, .in_set = {"paint"}, .after = {"bodies/draw"},
                                    .res = {FA_W(stage), FA_R(fa_time), FA_R(controls)})),
        fa_app_add_system(app, FA_RENDER,
                          FA_SYSTEM(show, .in_set = {"paint"}, .after = {"help"}, .exclusive = true,
                                    .run_if = {{.fn = overlay_is_on, .res = {FA_R(controls)}}})));
}

fa_plugin overlay_plugin(void)
{
    return (fa_plugin){.abi_version = FA_ABI_VERSION,
                       .name = "overlay",
                       .build = build,
                       .needs = {"stage", "bodies", "particles", "motes", "stats"}};
}
