/* bench_tag.c - what attribution costs: the frames of frame_touch_64 with a tag scope around every 100
 * allocations. The floor of this row is the same work of the SDK without the scopes. */
#include <stdlib.h>

#include "bench.h"
#include "bump.h"

#define SCOPE_COUNT 10
#define SCOPE_OBJECTS (WORK_COUNT / SCOPE_COUNT)

typedef struct tag_work {
    work_sdk *sdk;
    fa_tag tags[SCOPE_COUNT];
} tag_work;

static void tag_work_destroy(void *state)
{
    tag_work *work = state;
    work_sdk_destroy(work->sdk);
    free(work);
}

static void *tag_work_create(const void *unused)
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

BENCH_INLINE bool scopes(tag_work *work, uint64_t rounds, bool tagged)
{
    fa_context *ctx = work->sdk->ctx;
    bool ok = true;
    for (uint64_t r = 0; r < rounds && ok; r++) {
        (void)fa_frame_begin(ctx);
        for (size_t s = 0; s < SCOPE_COUNT && ok; s++) {
            if (tagged) {
                FA_TAG_SCOPE (ctx, work->tags[s]) {
                    ok = bump_objects(&bump_sdk, ctx, SCOPE_OBJECTS, 64, BUMP_ALL);
                }
            } else {
                ok = bump_objects(&bump_sdk, ctx, SCOPE_OBJECTS, 64, BUMP_ALL);
            }
        }
        (void)fa_frame_end(ctx);
    }
    return ok;
}

static bool tagged_run(void *work, uint64_t rounds)
{
    return scopes(work, rounds, true);
}

static bool untagged_run(void *work, uint64_t rounds)
{
    return scopes(work, rounds, false);
}

static const bench_case cases[] = {
    {"tags_overhead",
     "a frame of 1000 x 64 B written, a tag scope per 100; limit: the same without scopes",
     "ns",
     WORK_COUNT,
     {BENCH_SUBJECT, 1.03, "limit"},
     {{"framealloc", tag_work_create, tagged_run, NULL, tag_work_destroy, NULL},
      {"limit", tag_work_create, untagged_run, NULL, tag_work_destroy, NULL}},
     NULL},
};

const bench_suite bench_suite_tag = BENCH_SUITE(cases);
