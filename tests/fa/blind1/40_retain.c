/* What is to be kept of a frame. */
#include <framealloc/framealloc.h>

typedef struct route { int count; int points[30]; } route;
typedef struct unit { fa_retained pending; route *route; fa_retained dropped; } unit;

void unit_plan(fa_context *ctx, unit *u)
{
    fa_frame_begin(ctx);
    route *r = FA_FRAME_NEW_ZEROED(ctx, route);
    if (r) {
        u->pending = FA_FRAME_RETAIN(ctx, route, r, FA_IMPORTANCE_REUSABLE);
    }
    fa_frame_end(ctx);
}

void unit_take(fa_context *ctx, unit *u)
{
    void *kept = NULL;
    if (u->pending && fa_retained_take(ctx, u->pending, &kept) == FA_RESULT_OK) {
        if (u->route) {
            fa_pool_free(ctx, u->route);
        }
        u->route = kept;
    }
    u->pending = 0;
}

route *plan_now(fa_context *ctx)
{
    void *kept = NULL;
    fa_frame_begin(ctx);
    route *r = FA_FRAME_NEW_ZEROED(ctx, route);
    fa_retained id = r ? FA_FRAME_RETAIN(ctx, route, r, FA_IMPORTANCE_PERSISTENT) : 0;
    if (id && fa_retained_take(ctx, id, &kept) != FA_RESULT_OK) { // expect: FA604
        kept = NULL;
    }
    fa_frame_end(ctx);
    return kept;
}

void plan_wrong_family(fa_context *ctx)
{
    void *kept = NULL;
    fa_frame_begin(ctx);
    route *r = FA_FRAME_NEW_ZEROED(ctx, route);
    fa_retained id = r ? FA_FRAME_RETAIN(ctx, route, r, FA_IMPORTANCE_PERSISTENT) : 0;
    fa_frame_end(ctx);
    if (id && fa_retained_take(ctx, id, &kept) == FA_RESULT_OK) {
        fa_pool_free(ctx, kept); // expect: FA604 FA607
    }
}

void plan_discarded(fa_context *ctx, unit *u)
{
    fa_frame_begin(ctx);
    route *r = FA_FRAME_NEW_ZEROED(ctx, route);
    if (r) {
        FA_FRAME_RETAIN(ctx, route, r, FA_IMPORTANCE_EPHEMERAL);
        u->route = r; // expect: FA605
    }
    fa_frame_end(ctx);
}

void plan_promoted(fa_context *ctx, unit *u)
{
    void *kept = NULL;
    fa_frame_begin(ctx);
    route *r = FA_FRAME_NEW_ZEROED(ctx, route);
    if (r) {
        fa_retained id = FA_FRAME_RETAIN(ctx, route, r, FA_IMPORTANCE_REUSABLE);
        fa_frame_promote(ctx, NULL);
        if (fa_retained_take(ctx, id, &kept) == FA_RESULT_OK) {
            u->route = kept;
        }
    }
    fa_frame_end(ctx);
}
