// Decal rendering.
#include <framealloc/framealloc.h>
#include <string.h>

typedef struct Decal { float pos[3]; float *verts; int count; struct Decal *next; } Decal;
typedef struct DecalSystem {
    fa_context *ctx;
    Decal *first;
    struct { const char *line; int errors; } debug;
} DecalSystem;

bool camera_valid(void);
void submit(const float *verts, int count);
int clip(const Decal *d, float *out, int cap);

Decal *decal_add(DecalSystem *s, const float pos[3])
{
    Decal *d = FA_POOL_NEW_ZEROED(s->ctx, Decal);
    if (d != NULL) {
        memcpy(d->pos, pos, sizeof d->pos);
        d->next = s->first;
        s->first = d;
    }
    return d;
}

void decal_remove_all(DecalSystem *s)
{
    Decal *next;
    for (Decal *d = s->first; d != NULL; d = next) {
        next = d->next;
        fa_pool_free(s->ctx, d);
    }
    s->first = NULL;
}

void decal_build(DecalSystem *s, Decal *d, int cap)
{
    fa_frame_begin(s->ctx);
    float *verts = FA_FRAME_ARRAY(s->ctx, float, (size_t)cap * 3);
    if (verts != NULL) {
        Decal *alias = d;
        float *start = verts + 3;
        alias->count = clip(d, verts, cap);
        alias->verts = start; // expect: FA601
        submit(alias->verts, alias->count);
    }
    fa_frame_end(s->ctx);
}

int decals_draw(DecalSystem *s)
{
    int drawn = 0;
    fa_frame_begin(s->ctx); // expect: FA603
    float *scratch = FA_FRAME_ARRAY(s->ctx, float, 3 * 512);
    if (scratch == NULL || !camera_valid()) {
        s->debug.errors++;
        return -1;
    }
    for (Decal *d = s->first; d; d = d->next) {
        int n = clip(d, scratch, 512);
        submit(scratch, n);
        drawn += n > 0;
    }
    fa_frame_end(s->ctx);
    return drawn;
}

size_t decals_describe(DecalSystem *s)
{
    struct { char *text; size_t n; } note = {0};
    fa_frame_begin(s->ctx);
    note.text = fa_frame_printf(s->ctx, "%d errors", s->debug.errors);
    note.n = note.text ? strlen(note.text) : 0;
    fa_frame_end(s->ctx);
    if (note.n > 20) {
        note.n = note.text[0] == '-' ? 0 : 20; // expect: FA606
    }
    return note.n;
}

void decal_check(DecalSystem *s)
{
    fa_frame_begin(s->ctx);
    s->debug.line = fa_frame_strdup(s->ctx, "ok");
    if (s->debug.line) {
        s->debug.errors += s->debug.line[0] != 'o';
    }
    s->debug.line = NULL;
    fa_frame_end(s->ctx);
}
