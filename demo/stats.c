/* stats.c - how long frames take, what they cost, and whether two runs were the same. */
#include "framealloc/stats.h"
#include "framealloc/app/app.h"
#include "framealloc/app/hook.h"
#include "framealloc/app/resource.h"
#include "framealloc/diagnostics.h"
#include "framealloc/heap.h"
#include "framealloc/steady.h"
#include "framealloc_chipmunk/chipmunk.h"
#include "framealloc_sdl2/sdl2.h"
#include "game.h"
#include "json.h"

#define WARM_UP_FRAMES 120
#define COUNT_EVERY_FRAMES 16
#define RING_FRAMES 4096 ///< kept when the number of frames is not known

/* What is counted from frame to frame. */
typedef struct counters {
    uint64_t heap_calls;
    uint64_t backing_calls;
    bool known;
} counters;

FA_TYPE_STATIC(counters);

/* ---- measuring ---------------------------------------------------------------------------------------- */

/* SDL's allocations are heap calls as well, through a context of their own. */
static counters read_counters(fa_app *app)
{
    fa_context_stats ours;
    fa_allocator_stats all;
    counters now = {0};
    if (fa_context_stats_get(fa_app_context(app), &ours) == FA_RESULT_OK &&
        fa_allocator_stats_get(fa_app_allocator(app), &all) == FA_RESULT_OK) {
        now.heap_calls = ours.heap_allocs + fa_sdl2_memory_calls();
        now.backing_calls = all.backing_calls;
        now.known = true;
    }
    return now;
}

/* From one frame's end to the next with diagnostics on, then off again: what the frame allocated, and the
 * other frames run as they do without. */
static void count_allocations(fa_app *app, stats *st, uint64_t frame)
{
    fa_context *ctx = fa_app_context(app);
    fa_diagnostics_stats d;
    if (fa_diagnostics_stats_get(ctx, &d) == FA_RESULT_OK) {
        st->counted_frames++;
        st->bump_allocs += d.frame_allocs + d.arena_allocs;
        st->object_allocs += d.pool_allocs + d.heap_allocs + fa_sdl2_memory_calls() - st->sdl_calls;
        (void)fa_diagnostics_set(ctx, FA_DIAGNOSTICS_OFF);
    } else if (frame % COUNT_EVERY_FRAMES == 0) {
        st->sdl_calls = fa_sdl2_memory_calls();
        (void)fa_diagnostics_set(ctx, FA_DIAGNOSTICS_SITES);
    }
}

bool stats_contract_broken(const fa_app *app)
{
    fa_steady_stats s;
    return fa_steady_stats_get(fa_app_allocator(app), &s) == FA_RESULT_OK && s.broken_frames > 0;
}

static void on_frame_begin(fa_app *app, const fa_hook_event *event, void *user)
{
    (void)event;
    (void)user;
    FA_APP_RES_MUT(app, stats)->begin_ns = fa_sdl2_now_ns();
}

static void on_frame_end(fa_app *app, const fa_hook_event *event, void *user)
{
    (void)user;
    stats *st = FA_APP_RES_MUT(app, stats);
    counters *before = FA_APP_RES_MUT(app, counters);
    int64_t waited = FA_APP_RES(app, fa_sdl2_clock)->wait_ns;
    st->last_ms = (float)((double)(fa_sdl2_now_ns() - st->begin_ns - waited) * 1e-6);
    st->frame_ms[st->count % st->capacity] = st->last_ms;
    st->count++;
    const options *o = FA_APP_RES(app, options);
    uint64_t warm_up = o->frames > 0 && o->frames < 2 * WARM_UP_FRAMES ? o->frames / 2 : WARM_UP_FRAMES;
    counters now = read_counters(app);
    bool writes_file = o->screenshot && event->frame == o->frames;
    if (event->frame > warm_up && before->known && now.known && !writes_file) {
        uint64_t calls = now.heap_calls - before->heap_calls;
        st->steady_frames++;
        st->heap_calls += calls;
        st->heap_calls_max = calls > st->heap_calls_max ? calls : st->heap_calls_max;
        st->backing_calls += now.backing_calls - before->backing_calls;
    }
    *before = now;
    count_allocations(app, st, event->frame);
    if (o->steady_after > 0 && event->frame == o->steady_after) {
        (void)fa_steady_begin(fa_app_allocator(app));
    }
}

static void stop(fa_sys *s)
{
    uint64_t frames = FA_RES(s, options)->frames;
    if (frames > 0 && FA_RES(s, fa_time)->frame >= frames) {
        fa_sys_exit(s, 0);
    }
}

/* Shell sort, in place: the few thousand numbers are nearly random, and qsort may call malloc. */
uint32_t stats_sorted(const stats *st, float *out)
{
    uint32_t count = st->count < st->capacity ? st->count : st->capacity;
    for (uint32_t i = 0; i < count; i++) {
        out[i] = st->frame_ms[i];
    }
    uint32_t gap = 1;
    while (gap < count / 3) {
        gap = gap * 3 + 1;
    }
    for (; gap > 0; gap /= 3) {
        for (uint32_t i = gap; i < count; i++) {
            float value = out[i];
            uint32_t at = i;
            for (; at >= gap && out[at - gap] > value; at -= gap) {
                out[at] = out[at - gap];
            }
            out[at] = value;
        }
    }
    return count;
}

/* ---- the state of the game, as one number ------------------------------------------------------------- */

/* FNV-1a over words instead of bytes, with a last shift so that high bits reach low ones. */
static uint64_t hash_words(uint64_t hash, const void *data, size_t bytes)
{
    const unsigned char *p = data;
    for (; bytes >= sizeof(uint32_t); bytes -= sizeof(uint32_t), p += sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, p, sizeof word);
        hash = (hash ^ word) * 0x100000001B3u;
        hash ^= hash >> 29;
    }
    return hash;
}

static uint64_t state_hash(const fa_app *app)
{
    const swarm *sw = FA_APP_RES(app, swarm);
    const fa_chipmunk *physics = FA_APP_RES(app, fa_chipmunk);
    uint64_t hash = 0xCBF29CE484222325u;
    const float *arrays[] = {sw->x, sw->y, sw->vx, sw->vy};
    for (size_t i = 0; i < 4; i++) {
        hash = hash_words(hash, arrays[i], (size_t)sw->count * sizeof(float));
    }
    for (fa_chipmunk_body b = 0; (b = fa_chipmunk_body_next(physics->world, b)) != 0;) {
        const cpBody *body = fa_chipmunk_body_get(physics->world, b);
        cpVect at = cpBodyGetPosition(body);
        cpVect speed = cpBodyGetVelocity(body);
        double state[] = {at.x, at.y, speed.x, speed.y, cpBodyGetAngle(body), cpBodyGetAngularVelocity(body)};
        hash = hash_words(hash, &b, sizeof b);
        hash = hash_words(hash, state, sizeof state);
    }
    uint64_t rest[] = {physics->contact_count, FA_APP_RES(app, sparks)->count,
                       FA_APP_RES(app, level)->random.state};
    hash = hash_words(hash, rest, sizeof rest);
    const fa_type *moving[] = {FA_T(place), FA_T(drift)};
    uint64_t entities[] = {fa_world_hash(fa_app_world(app), moving, 2), FA_APP_RES(app, score)->caught};
    return hash_words(hash, entities, sizeof entities);
}

/* ---- the report --------------------------------------------------------------------------------------- */

static void put_times(json *j, const float *sorted, uint32_t count)
{
    json_begin_object(j, "ms_per_frame");
    if (count > 0) {
        json_number(j, "median", (double)sorted[count / 2], 3);
        json_number(j, "p99", (double)sorted[(uint64_t)count * 99 / 100], 3);
        json_number(j, "min", (double)sorted[0], 3);
        json_number(j, "max", (double)sorted[count - 1], 3);
    } else {
        json_null(j, "median");
        json_null(j, "p99");
    }
    json_end_object(j);
}

static void put_memory(json *j, fa_app *app)
{
    fa_context_stats ctx;
    fa_allocator_stats all;
    if (fa_context_stats_get(fa_app_context(app), &ctx) != FA_RESULT_OK ||
        fa_allocator_stats_get(fa_app_allocator(app), &all) != FA_RESULT_OK) {
        return;
    }
    json_begin_object(j, "frame_bytes");
    json_integer(j, "now", ctx.last_frame_bytes);
    json_integer(j, "peak", ctx.peak_frame_bytes);
    json_integer(j, "committed", ctx.frame_committed_bytes);
    json_end_object(j);
    json_begin_object(j, "allocator");
#define FA_X(name, meaning) json_integer(j, #name, all.name);
    FA_ALLOCATOR_STATS_TABLE(FA_X)
#undef FA_X
    json_end_object(j);
}

static void put_tags(json *j, fa_allocator *allocator)
{
    json_begin_object(j, "bytes_per_tag");
    for (fa_tag tag = 0; tag < fa_tag_count(allocator); tag++) {
        fa_tag_stats t;
        if (fa_tag_stats_get(allocator, tag, &t) != FA_RESULT_OK) {
            continue;
        }
        const fa_tag_bytes *b = &t.self;
        if (b->peak_frame_bytes + b->pool_bytes + b->heap_bytes + b->arena_bytes > 0) {
            json_begin_object(j, t.path);
            json_integer(j, "frame", b->last_frame_bytes);
            json_integer(j, "frame_peak", b->peak_frame_bytes);
            json_integer(j, "pool", b->pool_bytes);
            json_integer(j, "heap", b->heap_bytes);
            json_integer(j, "arena", b->arena_bytes);
            json_end_object(j);
        }
    }
    json_end_object(j);
}

/* Bytes of step and scratch memory are known per system. */
static void put_systems(json *j, fa_app *app, fa_arena *scratch)
{
    uint32_t count = fa_app_system_stats(app, NULL, 0);
    fa_system_stats *rows = FA_ARENA_ARRAY(scratch, fa_system_stats, count);
    json_begin_array(j, "systems");
    for (uint32_t i = 0; rows && i < fa_app_system_stats(app, rows, count) && i < count; i++) {
        const fa_system_stats *row = &rows[i];
        json_begin_object(j, NULL);
        json_string(j, "plugin", row->plugin);
        json_string(j, "system", row->system);
        json_string(j, "schedule", fa_app_schedule_name(app, row->schedule));
        json_integer(j, "runs", row->runs);
        if (row->runs > 0) {
            json_number(j, "mean_ns", (double)row->total_ns / (double)row->runs, 0);
        }
        json_integer(j, "max_ns", (uint64_t)row->max_ns);
        json_integer(j, "frame_peak_bytes", row->frame_peak_bytes);
        json_integer(j, "step_peak_bytes", row->step_peak_bytes);
        json_integer(j, "scratch_peak_bytes", row->scratch_peak_bytes);
        json_end_object(j);
    }
    json_end_array(j);
}

/* The frame path: frame, step and scratch memory, which is all one moving cursor. */
static void put_share(json *j, const stats *st)
{
    uint64_t all = st->bump_allocs + st->object_allocs;
    if (st->counted_frames > 0 && all > 0) {
        json_number(j, "frame_path_share", (double)st->bump_allocs / (double)all, 4);
        json_number(j, "allocations_per_frame", (double)all / (double)st->counted_frames, 1);
    } else {
        json_null(j, "frame_path_share");
        json_null(j, "allocations_per_frame");
    }
    json_integer(j, "counted_frames", st->counted_frames);
}

static void put_contract(json *j, const options *o, fa_allocator *allocator)
{
    fa_steady_stats s;
    if (o->steady_after == 0 || fa_steady_stats_get(allocator, &s) != FA_RESULT_OK) {
        json_null(j, "steady");
        return;
    }
    json_begin_object(j, "steady");
    json_integer(j, "after", o->steady_after);
#define FA_X(name, meaning) json_integer(j, #name, s.name);
    FA_STEADY_STATS_TABLE(FA_X)
#undef FA_X
    json_end_object(j);
}

static void put_calls(json *j, const stats *st)
{
    if (st->steady_frames > 0) {
        json_number(j, "heap_calls_per_frame", (double)st->heap_calls / (double)st->steady_frames, 4);
        json_integer(j, "heap_calls_max", st->heap_calls_max);
        json_number(j, "backing_calls_per_frame", (double)st->backing_calls / (double)st->steady_frames, 4);
    } else {
        json_null(j, "heap_calls_per_frame");
        json_null(j, "heap_calls_max");
        json_null(j, "backing_calls_per_frame");
    }
    json_integer(j, "steady_frames", st->steady_frames);
}

bool stats_print_json(fa_app *app, FILE *out)
{
    const options *o = FA_APP_RES(app, options);
    const stats *st = FA_APP_RES(app, stats);
    const fa_chipmunk *physics = FA_APP_RES(app, fa_chipmunk);
    fa_arena *memory = NULL;
    if (fa_arena_create(fa_app_context(app), &(fa_arena_desc){.name = "report"}, &memory) != FA_RESULT_OK) {
        return false;
    }
    float *sorted = FA_ARENA_ARRAY(memory, float, st->capacity);
    uint32_t count = sorted ? stats_sorted(st, sorted) : 0;
    char hash[2 + 16 + 1];
    (void)snprintf(hash, sizeof hash, "0x%016llx", (unsigned long long)state_hash(app));
    json j = {.file = out};
    json_begin_object(&j, NULL);
    json_string(&j, "program", "framealloc demo");
    json_bool(&j, "headless", o->headless);
    json_integer(&j, "seed", o->seed);
    json_integer(&j, "frames", fa_app_time(app)->frame);
    json_integer(&j, "steps", fa_app_time(app)->step);
    json_integer(&j, "width", (uint64_t)o->width);
    json_integer(&j, "height", (uint64_t)o->height);
    json_integer(&j, "bodies", fa_chipmunk_body_count(physics->world));
    json_integer(&j, "particles", (uint64_t)FA_APP_RES(app, swarm)->count);
    json_integer(&j, "contacts", physics->last_contact_count);
    json_integer(&j, "contacts_total", physics->contact_count);
    json_integer(&j, "sparks", FA_APP_RES(app, sparks)->count);
    put_times(&j, sorted, count);
    put_calls(&j, st);
    put_share(&j, st);
    put_contract(&j, o, fa_app_allocator(app));
    put_memory(&j, app);
    put_tags(&j, fa_app_allocator(app));
    put_systems(&j, app, memory);
    json_string(&j, "state_hash", hash);
    json_end_object(&j);
    (void)fputc('\n', out);
    (void)fa_arena_destroy(memory);
    return fflush(out) == 0 && ferror(out) == 0;
}

/* ---- the plugin --------------------------------------------------------------------------------------- */

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    const options *o = FA_APP_RES(app, options);
    stats st = {.capacity = o->frames > 0 ? (uint32_t)o->frames : RING_FRAMES};
    fa_context *ctx = fa_app_context(app);
    st.frame_ms = fa_heap_alloc_zeroed(ctx, st.capacity * sizeof(float), FA_ALIGNOF(float));
    if (!st.frame_ms) {
        return fa_context_last_result(ctx);
    }
    fa_result result =
        FIRST_ERROR(fa_app_insert_resource(app, FA_T(stats), &st),
                    fa_app_insert_resource(app, FA_T(counters), NULL),
                    fa_app_add_hook(app, FA_HOOK_FRAME_BEGIN, on_frame_begin, NULL),
                    fa_app_add_hook(app, FA_HOOK_FRAME_END, on_frame_end, NULL),
                    fa_app_add_system(app, FA_LAST, FA_SYSTEM(stop, .res = {FA_R(options), FA_R(fa_time)})));
    if (result != FA_RESULT_OK) {
        (void)fa_heap_free(ctx, st.frame_ms);
    }
    return result;
}

static void shut_down(fa_app *app, void *user)
{
    (void)user;
    (void)fa_heap_free(fa_app_context(app), FA_APP_RES_MUT(app, stats)->frame_ms);
}

fa_plugin stats_plugin(void)
{
    return (fa_plugin){.abi_version = FA_ABI_VERSION,
                       .name = "stats",
                       .build = build,
                       .shutdown = shut_down,
                       .needs = {"sdl2", "chipmunk", "particles", "sparks"}};
}
