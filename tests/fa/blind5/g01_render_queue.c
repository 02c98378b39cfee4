// Render queue: commands live in the frame, the queue itself is global and let go of before the end.
#include <framealloc/framealloc.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CMDS 1024u

typedef struct Mesh { float bounds[4]; unsigned vao; } Mesh;
typedef struct DrawCmd { uint64_t key; const Mesh *mesh; float *xform; } DrawCmd;
typedef struct RenderQueue { DrawCmd **sorted; DrawCmd *cmds; unsigned count; struct { const DrawCmd *last; int binds; } state; } RenderQueue;

static RenderQueue gQueue;
static struct { const char *label; RenderQueue *q; } gDebugView;

void GL_Bind(unsigned vao);
void GL_Draw(const float *xform);
int GL_Lost(void);

static int by_key(const void *a, const void *b)
{
    const DrawCmd *x = *(DrawCmd *const *)a, *y = *(DrawCmd *const *)b;
    return (x->key > y->key) - (x->key < y->key);
}

static int queue_open(RenderQueue *q, fa_context *ctx)
{
    q->cmds = FA_FRAME_ARRAY(ctx, DrawCmd, MAX_CMDS);
    q->sorted = FA_FRAME_ARRAY(ctx, DrawCmd *, MAX_CMDS);
    q->count = 0;
    return q->cmds != NULL && q->sorted != NULL;
}

static void queue_push(RenderQueue *q, const Mesh *mesh, float *xform, uint64_t key)
{
    if (q->count == MAX_CMDS) {
        return;
    }
    DrawCmd *c = &q->cmds[q->count];
    c->mesh = mesh;
    c->xform = xform;
    c->key = key;
    q->sorted[q->count++] = c;
}

static void queue_flush(RenderQueue *q)
{
    qsort(q->sorted, q->count, sizeof *q->sorted, by_key);
    for (unsigned i = 0; i < q->count; i++) {
        const DrawCmd *c = q->sorted[i];
        if (q->state.last == NULL || q->state.last->mesh != c->mesh) {
            GL_Bind(c->mesh->vao);
            q->state.binds++;
        }
        GL_Draw(c->xform);
        q->state.last = c;
    }
}

static void queue_forget(RenderQueue *q)
{
    memset(q, 0, sizeof *q);
}

int render(fa_context *ctx, const Mesh *meshes, size_t n)
{
    int rc = -1;
    RenderQueue *q = &gQueue;
    if (fa_frame_begin(ctx) != FA_RESULT_OK) {
        return -1;
    }
    if (!queue_open(q, ctx)) {
        goto done;
    }
    float *xforms = FA_FRAME_ARRAY_ZEROED(ctx, float, n * 16);
    if (!xforms || GL_Lost()) {
        goto done;
    }
    gDebugView.label = fa_frame_printf(ctx, "queue of %zu", n);
    gDebugView.q = q;
    for (size_t i = 0; i < n; i++) {
        queue_push(q, &meshes[i], xforms + i * 16, (uint64_t)meshes[i].vao << 32 | i);
    }
    queue_flush(q);
    gDebugView.label = "idle";
    rc = (int)q->count;
done:
    queue_forget(q);
    fa_frame_end(ctx);
    return rc;
}
