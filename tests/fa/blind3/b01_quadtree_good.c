/* A quadtree rebuilt every frame, asked about and thrown away. */
#include <framealloc/framealloc.h>
typedef struct box { float x, y, w, h; } box;
typedef struct body { box at; int id; } body;
typedef struct quad { box bounds; const body *items[4]; int count; struct quad *kids; } quad;
typedef struct found { const body **at; int count, room; } found;

static bool overlap(box a, box b) { return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h; }

static bool split(fa_context *ctx, quad *q)
{
    quad *kids = FA_FRAME_ARRAY_ZEROED(ctx, quad, 4);
    if (!kids) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        kids[i].bounds = (box){q->bounds.x + (float)(i & 1) * q->bounds.w / 2, q->bounds.y + (float)(i >> 1) * q->bounds.h / 2,
                               q->bounds.w / 2, q->bounds.h / 2};
    }
    q->kids = kids;
    return true;
}

static void insert(fa_context *ctx, quad *q, const body *b, int depth)
{
    for (;;) {
        if (q->count < 4 || depth == 0) {
            if (q->count < 4) {
                q->items[q->count++] = b;
            }
            return;
        }
        if (!q->kids && !split(ctx, q)) {
            return;
        }
        int i = (b->at.x > q->bounds.x + q->bounds.w / 2) | (b->at.y > q->bounds.y + q->bounds.h / 2) << 1;
        q = &q->kids[i];
        depth--;
    }
}

static void query(const quad *q, box area, found *f)
{
    for (int i = 0; i < q->count; i++) {
        if (f->count < f->room && overlap(q->items[i]->at, area)) {
            f->at[f->count++] = q->items[i];
        }
    }
    for (int i = 0; q->kids && i < 4; i++) {
        if (overlap(q->kids[i].bounds, area)) {
            query(&q->kids[i], area, f);
        }
    }
}

int nearest(fa_context *ctx, const body *bodies, int n, box area)
{
    int id = -1;
    fa_frame_begin(ctx);
    quad *root = FA_FRAME_NEW_ZEROED(ctx, quad);
    found f = {FA_FRAME_ARRAY(ctx, const body *, 64), 0, 64};
    if (root && f.at) {
        root->bounds = (box){0, 0, 100, 100};
        insert(ctx, root, &bodies[0], 6);
        insert(ctx, root, &bodies[n - 1], 6);
        query(root, area, &f);
        id = f.count ? f.at[0]->id : -1;
    }
    fa_frame_end(ctx);
    return id;
}
