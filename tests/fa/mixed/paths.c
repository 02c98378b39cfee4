/* tasks and coroutines */
#include "game.h"
#include <stdlib.h>
typedef struct path_req { vec2 from, to; vec2 *out; int n; } path_req;
static void solve(void *p) { path_req *r = p; r->n = 1; }
void request_bad(fa_context *ctx, vec2 a, vec2 b)
{
    fa_frame_begin(ctx);
    path_req *r = FA_FRAME_NEW_ZEROED(ctx, path_req);
    if (r) {
        r->from = a; r->to = b;
        job_start(solve, r); // expect: FA703
    }
    fa_frame_end(ctx);
}
void request_ok(fa_context *ctx, vec2 a, vec2 b)
{
    fa_frame_begin(ctx);
    path_req *r = FA_FRAME_NEW_ZEROED(ctx, path_req);
    if (r) {
        r->from = a; r->to = b;
        job_handle *h = job_start(solve, r);
        use_enemy(NULL);
        job_wait(h);
    }
    fa_frame_end(ctx);
}
void request_some_bad(fa_context *ctx, int n)
{
    job_handle *hs[8];
    fa_frame_begin(ctx);
    int k = 0;
    for (int i = 0; i < 4 && i < n; i++) {
        path_req *r = FA_FRAME_NEW_ZEROED(ctx, path_req);
        if (!r) break;
        hs[k++] = job_start(solve, r);
    }
    for (int i = 0; i < k; i++) job_wait(hs[i]);
    fa_frame_end(ctx);
}
static void worker(void *p)
{
    world *w = p;
    enemy *e = FA_FRAME_NEW(w->ctx, enemy); // expect: FA701
    if (e) use_enemy(e);
}
void start_worker(world *w) { job_start(worker, w); }
void co_think(fa_context *ctx, enemy *self)
{
    vec2 *path = FA_FRAME_ARRAY(ctx, vec2, 32);
    if (!path) return;
    path[0] = self->at;
    co_yield(); // expect: FA702
    self->at = path[0];
}
void co_think_ok(fa_context *ctx, enemy *self)
{
    vec2 first;
    vec2 *path = FA_FRAME_ARRAY(ctx, vec2, 32);
    if (!path) return;
    path[0] = self->at;
    first = path[0];
    co_yield();
    self->at = first;
    path = FA_FRAME_ARRAY(ctx, vec2, 32);
    if (path) path[0] = first;
}
