/* bench_tag.c - what attribution and limits cost: the frames of frame_touch_64 with a phase around them, a
 * tag scope around every 100 allocations, and budgets on every tag and on the allocator. The floor of this
 * row is the same work of the SDK without any of it. tags_alone has the scopes only. */
#include <stdlib.h>

#include "bench.h"
#include "bump.h"

#define SCOPE_COUNT 10
#define SCOPE_OBJECTS (WORK_COUNT / SCOPE_COUNT)

typedef struct tag_work {
    work_sdk *sdk;
    fa_tag tags[SCOPE_COUNT];
    fa_phase phase;
} tag_work;

static void tag_work_destroy(void *state)
{
    tag_work *work = state;
    work_sdk_destroy(work->sdk);
    free(work);
}

static void *scopes_create(const void *unused)
{
    static const char *const paths[SCOPE_COUNT] = {"physics",          "physics/broad", "physics/contacts",
                                                   "physics/solver",   "render",        "render/particles",
                                                   "render/particles", "render/text",   "audio",
                                                   "game/ai"};
    tag_work *work = calloc(1, sizeof(*work));
    work_sdk *sdk = work_sdk_create(unused);
    if (work == NULL || sdk == NULL) {
        free(work);
        if (sdk != NULL) {
            work_sdk_destroy(sdk);
        }
        return NULL;
    }
    work->sdk = sdk;
    for (size_t i = 0; i < SCOPE_COUNT; i++) {
        work->tags[i] = fa_tag_intern(sdk->allocator, paths[i]);
    }
    return work;
}

static void *limits_create(const void *unused)
{
    tag_work *work = scopes_create(unused);
    if (work == NULL) {
        return NULL;
    }
    const fa_budget of_tag = {.soft_bytes = 8u << 20, .hard_bytes = 16u << 20};
    const fa_budget of_all = {.hard_bytes = 512u << 20};
    work->phase = fa_phase_intern(work->sdk->allocator, "frame");
    bool ok = fa_allocator_budget_set(work->sdk->allocator, of_all) == FA_RESULT_OK;
    for (size_t i = 0; i < SCOPE_COUNT; i++) {
        ok = ok && fa_tag_budget_set(work->sdk->allocator, work->tags[i], of_tag) == FA_RESULT_OK;
    }
    if (!ok) {
        tag_work_destroy(work);
        return NULL;
    }
    return work;
}

BENCH_INLINE bool scopes(tag_work *work, uint64_t rounds, bool tagged, bool phased)
{
    fa_context *ctx = work->sdk->ctx;
    bool ok = true;
    for (uint64_t r = 0; r < rounds && ok; r++) {
        (void)fa_frame_begin(ctx);
        if (phased) {
            ok = fa_phase_begin(ctx, work->phase) == FA_RESULT_OK;
        }
        for (size_t s = 0; s < SCOPE_COUNT && ok; s++) {
            if (tagged) {
                FA_TAG_SCOPE (ctx, work->tags[s]) {
                    ok = bump_objects(&bump_sdk, ctx, SCOPE_OBJECTS, 64, BUMP_ALL);
                }
            } else {
                ok = bump_objects(&bump_sdk, ctx, SCOPE_OBJECTS, 64, BUMP_ALL);
            }
        }
        if (phased) {
            (void)fa_phase_end(ctx);
        }
        (void)fa_frame_end(ctx);
    }
    return ok;
}

static bool limits_run(void *work, uint64_t rounds)
{
    return scopes(work, rounds, true, true);
}

static bool tagged_run(void *work, uint64_t rounds)
{
    return scopes(work, rounds, true, false);
}

static bool untagged_run(void *work, uint64_t rounds)
{
    return scopes(work, rounds, false, false);
}

static const bench_case cases[] = {
    {"tags_overhead",
     "a frame of 1000 x 64 B written: a phase, a tag scope per 100, budgets; limit: the same without",
     "ns",
     WORK_COUNT,
     {BENCH_SUBJECT, 1.03, "limit"},
     {{"framealloc", limits_create, limits_run, NULL, tag_work_destroy, NULL},
      {"limit", scopes_create, untagged_run, NULL, tag_work_destroy, NULL}},
     NULL},
    {"tags_alone",
     "the same with the tag scopes only",
     "ns",
     WORK_COUNT,
     {BENCH_SUBJECT, 1.03, "limit"},
     {{"framealloc", scopes_create, tagged_run, NULL, tag_work_destroy, NULL},
      {"limit", scopes_create, untagged_run, NULL, tag_work_destroy, NULL}},
     NULL},
};

const bench_suite bench_suite_tag = BENCH_SUITE(cases);
