/* query.c - rays and circles. Chipmunk calls back for each shape in the order of its tree; hits are gathered
 * in a vector, which is the last block of the frame and so grows in place, and are sorted by keys. */
#include <math.h>

#include "framealloc/vector.h"
#include "sort.h"
#include "world.h"

typedef struct gathering {
    const fa_chipmunk_world *world;
    fa_vector hits;
    double length;
    bool refused;
} gathering;

typedef struct thick_ray {
    gathering *all;
    cpVect from, to;
    double radius;
} thick_ray;

static void gather(gathering *g, cpShape *shape, cpVect point, cpVect normal, double distance)
{
    fa_chipmunk_hit *hit = g->refused ? NULL : FA_VECTOR_PUSH(&g->hits, fa_chipmunk_hit);
    if (!hit) {
        g->refused = true;
        return;
    }
    *hit = (fa_chipmunk_hit){fa_chipmunk_body_id(g->world, cpShapeGetBody(shape)), point, normal, distance};
}

static void gather_ray(cpShape *shape, cpVect point, cpVect normal, cpFloat alpha, void *user)
{
    gathering *g = user;
    gather(g, shape, point, normal, alpha * g->length);
}

/* A thick ray: what its box touches, asked one by one. */
static void gather_thick_ray(cpShape *shape, void *user)
{
    thick_ray *ray = user;
    cpSegmentQueryInfo info;
    if (!cpShapeGetSensor(shape) && cpShapeSegmentQuery(shape, ray->from, ray->to, ray->radius, &info)) {
        gather(ray->all, shape, info.point, info.normal, info.alpha * ray->all->length);
    }
}

static void gather_near(cpShape *shape, cpVect point, cpFloat distance, cpVect gradient, void *user)
{
    gather(user, shape, point, gradient, distance);
}

static fa_result sort_hits(gathering *g, fa_context *ctx, fa_chipmunk_hits *out)
{
    size_t count = g->hits.count;
    const fa_chipmunk_hit *hits = g->hits.items;
    fa_chipmunk_hit *sorted = FA_FRAME_ARRAY(ctx, fa_chipmunk_hit, count);
    fai_chipmunk_key *keys = FA_FRAME_ARRAY(ctx, fai_chipmunk_key, 2 * count);
    if (g->refused || !sorted || !keys) {
        return fa_context_last_result(ctx);
    }
    for (size_t i = 0; i < count; i++) {
        keys[i] = (fai_chipmunk_key){fai_chipmunk_sortable(hits[i].distance), hits[i].body, i};
    }
    fai_chipmunk_sort(keys, keys + count, count);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = hits[keys[i].index];
    }
    out->items = sorted;
    out->count = (uint32_t)count;
    return FA_RESULT_OK;
}

static fa_result check(const fa_chipmunk_world *world, fa_context *ctx, double sum, double radius,
                       fa_chipmunk_hits *out)
{
    if (out) {
        *out = (fa_chipmunk_hits){0};
    }
    if (!world || !ctx || !out || !isfinite(sum) || !(radius >= 0) || !isfinite(radius)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    return fa_frame_is_open(ctx) ? FA_RESULT_OK : FA_RESULT_NO_FRAME;
}

fa_result fa_chipmunk_ray_cast(fa_chipmunk_world *world, fa_context *ctx, cpVect from, cpVect to,
                               double radius, cpShapeFilter filter, fa_chipmunk_hits *out)
{
    fa_result result = check(world, ctx, from.x + from.y + to.x + to.y, radius, out);
    if (result != FA_RESULT_OK) {
        return result;
    }
    gathering g = {world, FA_VECTOR(ctx, fa_chipmunk_hit), cpvdist(from, to), false};
    if (radius > 0) {
        /* cpSpaceSegmentQuery looks only at shapes whose box the thin ray crosses (7.0.3). */
        cpBB box = {cpfmin(from.x, to.x) - radius, cpfmin(from.y, to.y) - radius,
                    cpfmax(from.x, to.x) + radius, cpfmax(from.y, to.y) + radius};
        thick_ray ray = {&g, from, to, radius};
        cpSpaceBBQuery(world->space, box, fai_chipmunk_filter(filter), gather_thick_ray, &ray);
    } else {
        cpSpaceSegmentQuery(world->space, from, to, 0, fai_chipmunk_filter(filter), gather_ray, &g);
    }
    return g.hits.count > 0 || g.refused ? sort_hits(&g, ctx, out) : FA_RESULT_OK;
}

fa_result fa_chipmunk_find_near(fa_chipmunk_world *world, fa_context *ctx, cpVect middle, double radius,
                                cpShapeFilter filter, fa_chipmunk_hits *out)
{
    fa_result result = check(world, ctx, middle.x + middle.y, radius, out);
    if (result != FA_RESULT_OK) {
        return result;
    }
    gathering g = {world, FA_VECTOR(ctx, fa_chipmunk_hit), 0, false};
    cpSpacePointQuery(world->space, middle, radius, fai_chipmunk_filter(filter), gather_near, &g);
    return g.hits.count > 0 || g.refused ? sort_hits(&g, ctx, out) : FA_RESULT_OK;
}
