/* A text format's reader in an arena and a model's reader on the heap. */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>
typedef struct vec { float x, y, z; } vec;
typedef struct model { vec *points; uint32_t n; uint16_t *faces; } model;

static uint32_t u32(const unsigned char *p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24; }

bool model_read(fa_context *ctx, FILE *f, model *m)
{
    unsigned char head[12];
    if (fread(head, 1, sizeof head, f) != sizeof head) {
        return false;
    }
    m->n = u32(head + 4);
    m->points = fa_heap_alloc(ctx, m->n * sizeof *m->points, 16); // expect: FA301
    if (!m->points) {
        return false;
    }
    m->faces = NULL;
    return fread(m->points, sizeof *m->points, m->n, f) == m->n;
}

bool model_read_safe(fa_context *ctx, FILE *f, model *m)
{
    unsigned char head[12];
    if (fread(head, 1, sizeof head, f) != sizeof head) {
        return false;
    }
    uint32_t n = u32(head + 4), faces = u32(head + 8);
    if (n > 65535 || faces > 65535) {
        return false;
    }
    vec *points = fa_heap_alloc(ctx, n * sizeof *points, 16);
    uint16_t *index = fa_heap_alloc(ctx, faces * 3 * sizeof *index, 2);
    if (!points || !index || fread(points, sizeof *points, n, f) != n) {
        fa_heap_free(ctx, points);
        fa_heap_free(ctx, index);
        return false;
    }
    *m = (model){points, n, index};
    return true;
}

int words(fa_context *ctx, FILE *f)
{
    char word[32];
    int n = 0;
    fa_frame_begin(ctx);
    while (fscanf(f, "%31s", word) == 1) {
        char *copy = fa_frame_strdup(ctx, word); // expect: FA301
        n += copy != NULL;
    }
    fa_frame_end(ctx);
    return n;
}

int words_some(fa_context *ctx, FILE *f)
{
    char word[32];
    char *all[8];
    int n = 0;
    fa_frame_begin(ctx);
    while (n < 8 && fscanf(f, "%31s", word) == 1) {
        all[n] = fa_frame_strdup(ctx, word);
        if (!all[n]) {
            break;
        }
        n++;
    }
    fa_frame_end(ctx);
    return n;
}
