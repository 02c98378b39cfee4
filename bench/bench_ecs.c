/* bench_ecs.c - the app layer's world and its systems. The floor of iterating is a plain loop over two
 * arrays; that of coming and going is arrays without ids, generations or ticks: append, and fill a gap with
 * the last. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "work.h"

#include "framealloc/app.h"

typedef struct Pos {
    float x, y;
} Pos;
typedef struct Vel {
    float x, y;
} Vel;
typedef struct Extra {
    float value[2];
} Extra;
FA_TYPE_STATIC(Pos);
FA_TYPE_STATIC(Vel);
FA_TYPE_STATIC(Extra);

#define CROWD 10000
#define CROWD_MAX 1000000

/* ---- state --------------------------------------------------------------------------------------------- */

typedef struct ecs {
    work_sdk *sdk;
    fa_world *world;
    fa_query *move;
    fa_entity *entities; /* CROWD */
} ecs;

static const uint32_t count_none = 0;
static const uint32_t count_100k = 100000;
static const uint32_t count_1m = CROWD_MAX;

static void ecs_destroy(void *state)
{
    ecs *e = state;
    (void)fa_world_destroy(e->world);
    work_sdk_destroy(e->sdk);
    free(e->entities);
    free(e);
}

/* The parameter is how many entities are there from the start. */
static void *ecs_create(const void *count)
{
    static const fa_term terms[] = {FA_W(Pos), FA_R(Vel)};
    static const fa_part parts[] = {FA_Z(Pos), FA_Z(Vel)};
    ecs *e = calloc(1, sizeof *e);
    e->sdk = work_sdk_create(NULL);
    e->entities = calloc(CROWD, sizeof *e->entities);
    bool ok = fa_world_create(e->sdk->ctx, NULL, &e->world) == FA_RESULT_OK &&
              fa_query_create(e->world, terms, 2, &e->move) == FA_RESULT_OK &&
              fa_world_spawn_bulk(e->world, parts, 2, *(const uint32_t *)count, NULL) == FA_RESULT_OK;
    if (!ok) {
        ecs_destroy(e);
        return NULL;
    }
    return e;
}

/* Structures of arrays, each with room for CROWD_MAX. */
typedef struct arrays {
    uint32_t count;
    Pos *pos;
    Vel *vel;
} arrays;

static void arrays_destroy(void *state)
{
    arrays *a = state;
    free(a->pos);
    free(a->vel);
    free(a);
}

static void *arrays_create(const void *count)
{
    arrays *a = calloc(1, sizeof *a);
    a->count = *(const uint32_t *)count;
    a->pos = malloc(CROWD_MAX * sizeof *a->pos);
    a->vel = malloc(CROWD_MAX * sizeof *a->vel);
    memset(a->pos, 0, CROWD_MAX * sizeof *a->pos);
    memset(a->vel, 0, CROWD_MAX * sizeof *a->vel);
    return a;
}

/* ---- iterating ----------------------------------------------------------------------------------------- */

BENCH_INLINE void advance(Pos *restrict p, const Vel *restrict v, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        p[i].x += v[i].x * 0.016f;
        p[i].y += v[i].y * 0.016f;
    }
    bench_escape(p);
}

static bool iterate_sdk(void *state, uint64_t rounds)
{
    ecs *e = state;
    for (uint64_t r = 0; r < rounds; r++) {
        FA_QUERY_EACH(e->move, it)
        {
            advance(FA_COL(it, Pos, 0), FA_COL(it, Vel, 1), it.count);
        }
    }
    return true;
}

static bool iterate_limit(void *state, uint64_t rounds)
{
    arrays *a = state;
    for (uint64_t r = 0; r < rounds; r++) {
        advance(a->pos, a->vel, a->count);
    }
    return true;
}

/* ---- coming and going ---------------------------------------------------------------------------------- */

static bool spawn_all(ecs *e)
{
    for (uint32_t i = 0; i < CROWD; i++) {
        e->entities[i] = FA_WORLD_SPAWN(e->world, FA_V(Pos, {1, 2}), FA_V(Vel, {3, 4}));
        if (e->entities[i] == FA_ENTITY_NONE) {
            return false;
        }
    }
    return true;
}

static bool despawn_all(ecs *e)
{
    for (uint32_t i = 0; i < CROWD; i++) {
        if (fa_world_despawn(e->world, e->entities[i]) != FA_RESULT_OK) {
            return false;
        }
    }
    return true;
}

static bool add_all(ecs *e)
{
    for (uint32_t i = 0; i < CROWD; i++) {
        if (FA_WORLD_ADD(e->world, e->entities[i], Extra, {{5, 6}}) != FA_RESULT_OK) {
            return false;
        }
    }
    return true;
}

static bool remove_all(ecs *e)
{
    for (uint32_t i = 0; i < CROWD; i++) {
        if (fa_world_remove(e->world, e->entities[i], FA_T(Extra)) != FA_RESULT_OK) {
            return false;
        }
    }
    return true;
}

static bool bulk_all(ecs *e)
{
    static Pos pos[CROWD];
    static Vel vel[CROWD];
    const fa_part parts[] = {{FA_T(Pos), pos}, {FA_T(Vel), vel}};
    return fa_world_spawn_bulk(e->world, parts, 2, CROWD, e->entities) == FA_RESULT_OK;
}

/* One of these is measured; the others bring the world back to where it was. */
typedef bool (*step)(ecs *e);

BENCH_INLINE bool measure_steps(void *state, uint64_t rounds, double *value, const step *before,
                                step measured, const step *after)
{
    uint64_t spent_ns = 0;
    bool ok = true;
    for (uint64_t r = 0; r < rounds && ok; r++) {
        for (const step *s = before; *s != NULL && ok; s++) {
            ok = (*s)(state);
        }
        uint64_t begin_ns = bench_clock_ns();
        ok = ok && measured(state);
        spent_ns += bench_clock_ns() - begin_ns;
        for (const step *s = after; *s != NULL && ok; s++) {
            ok = (*s)(state);
        }
    }
    *value = (double)spent_ns;
    return ok;
}

#define STEPS(...) ((const step[]){__VA_ARGS__})
static bool spawn_measure(void *state, uint64_t rounds, double *value)
{
    return measure_steps(state, rounds, value, STEPS(NULL), spawn_all, STEPS(despawn_all, NULL));
}
static bool bulk_measure(void *state, uint64_t rounds, double *value)
{
    return measure_steps(state, rounds, value, STEPS(NULL), bulk_all, STEPS(despawn_all, NULL));
}
static bool despawn_measure(void *state, uint64_t rounds, double *value)
{
    return measure_steps(state, rounds, value, STEPS(spawn_all, NULL), despawn_all, STEPS(NULL));
}
static bool add_measure(void *state, uint64_t rounds, double *value)
{
    return measure_steps(state, rounds, value, STEPS(spawn_all, NULL), add_all, STEPS(despawn_all, NULL));
}
static bool remove_measure(void *state, uint64_t rounds, double *value)
{
    return measure_steps(state, rounds, value, STEPS(spawn_all, add_all, NULL), remove_all,
                         STEPS(despawn_all, NULL));
}

BENCH_INLINE void arrays_append(arrays *a)
{
    a->pos[a->count] = (Pos){1, 2};
    a->vel[a->count] = (Vel){3, 4};
    bench_escape(&a->pos[a->count++]);
}
BENCH_INLINE void arrays_remove(arrays *a, uint32_t at)
{
    a->count--;
    a->pos[at] = a->pos[a->count];
    a->vel[at] = a->vel[a->count];
    bench_escape(&a->pos[at]);
}

static bool spawn_limit(void *state, uint64_t rounds)
{
    arrays *a = state;
    for (uint64_t r = 0; r < rounds; r++) {
        for (a->count = 0; a->count < CROWD;) {
            arrays_append(a);
        }
    }
    return true;
}

static bool despawn_limit(void *state, uint64_t rounds)
{
    arrays *a = state;
    for (uint64_t r = 0; r < rounds; r++) {
        a->count = CROWD;
        for (uint32_t i = 0; i < CROWD; i++) {
            arrays_remove(a, i < a->count ? i : 0);
        }
    }
    return true;
}

/* ---- systems ------------------------------------------------------------------------------------------- */

static void nothing(fa_sys *s)
{
    bench_escape(s);
}

static void *systems_create(const void *unused)
{
    (void)unused;
    fa_app *app = NULL;
    bool ok = fa_app_create(NULL, &app) == FA_RESULT_OK &&
              fa_app_add_plugin(app, fa_framealloc_plugin()) == FA_RESULT_OK;
    for (int i = 0; i < 100 && ok; i++) {
        char name[16] = {'s', (char)('0' + i / 10), (char)('0' + i % 10)};
        const fa_system_desc desc = {.name = name, .fn = nothing};
        ok = fa_app_add_system(app, FA_UPDATE, &desc) == FA_RESULT_OK;
    }
    if (!ok || fa_app_update_ns(app, 0) != FA_RESULT_OK) {
        (void)fa_app_destroy(app);
        return NULL;
    }
    return app;
}

static void systems_destroy(void *app)
{
    (void)fa_app_destroy(app);
}

static bool systems_run(void *app, uint64_t rounds)
{
    for (uint64_t r = 0; r < rounds; r++) {
        if (fa_app_update_ns(app, 1000000) != FA_RESULT_OK) {
            return false;
        }
    }
    return true;
}

static void (*volatile empty_call)(fa_sys *) = nothing;

static bool calls_run(void *state, uint64_t rounds)
{
    for (uint64_t r = 0; r < rounds * 100; r++) {
        empty_call(state);
    }
    return true;
}

#define ITERATE(count)                                                               \
    {                                                                                \
        {"framealloc", ecs_create, iterate_sdk, NULL, ecs_destroy, &(count)},        \
            {"limit", arrays_create, iterate_limit, NULL, arrays_destroy, &(count)}, \
    }
#define MEASURED(function)                                                 \
    {                                                                      \
        "framealloc", ecs_create, NULL, function, ecs_destroy, &count_none \
    }
#define FLOOR(function)                                                     \
    {                                                                       \
        "limit", arrays_create, function, NULL, arrays_destroy, &count_none \
    }

static const bench_case cases[] = {
    {"ecs_iterate_100k",
     "two components of 100,000 entities, per entity",
     "ns",
     100000.0,
     {BENCH_SUBJECT, 1.10, "limit"},
     ITERATE(count_100k),
     NULL},
    {"ecs_iterate_1m",
     "two components of 1,000,000 entities, per entity",
     "ns",
     CROWD_MAX,
     {BENCH_SUBJECT, 1.10, "limit"},
     ITERATE(count_1m),
     NULL},
    {"ecs_spawn",
     "an entity with two components, one by one",
     "ns",
     CROWD,
     {BENCH_ABSOLUTE, 15, NULL},
     {MEASURED(spawn_measure), FLOOR(spawn_limit)},
     NULL},
    {"ecs_spawn_bulk",
     "10,000 entities with two components in one call, per entity",
     "ns",
     CROWD,
     {BENCH_ABSOLUTE, 4, NULL},
     {MEASURED(bulk_measure), FLOOR(spawn_limit)},
     NULL},
    {"ecs_despawn",
     "an entity with two components goes",
     "ns",
     CROWD,
     {BENCH_ABSOLUTE, 10, NULL},
     {MEASURED(despawn_measure), FLOOR(despawn_limit)},
     NULL},
    {"ecs_add",
     "a third component comes",
     "ns",
     CROWD,
     {BENCH_ABSOLUTE, 20, NULL},
     {MEASURED(add_measure)},
     NULL},
    {"ecs_remove",
     "the third component goes",
     "ns",
     CROWD,
     {BENCH_ABSOLUTE, 20, NULL},
     {MEASURED(remove_measure)},
     NULL},
    {"ecs_systems_100",
     "a frame of 100 empty systems, each with tag, time and bytes",
     "us",
     1,
     {BENCH_ABSOLUTE, 2.0, NULL},
     {{"framealloc", systems_create, systems_run, NULL, systems_destroy, NULL},
      {"limit", arrays_create, calls_run, NULL, arrays_destroy, &count_none}},
     NULL},
};

const bench_suite bench_suite_ecs = BENCH_SUITE(cases);
