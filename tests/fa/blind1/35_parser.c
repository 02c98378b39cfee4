/* A level's file, read on trust in places. */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct head { uint32_t magic, walls, lights; uint16_t version; } head;
typedef struct wall { float a[4]; } wall;
typedef struct lines { char *text[128]; int count; } lines;
void light_add(const float *at);

wall *walls_read(fa_context *ctx, FILE *f, uint32_t *count)
{
    head h;
    if (fread(&h, sizeof h, 1, f) != 1 || h.magic != 0x4c56454cu) {
        return NULL;
    }
    wall *all = fa_heap_alloc(ctx, h.walls * sizeof *all, 16); // expect: FA301
    if (!all) {
        return NULL;
    }
    *count = (uint32_t)fread(all, sizeof *all, h.walls, f);
    return all;
}

wall *walls_read_some(fa_context *ctx, FILE *f, uint32_t *count)
{
    head h;
    if (fread(&h, sizeof h, 1, f) != 1 || h.walls > 10000 || h.lights >= 64) {
        return NULL;
    }
    *count = h.walls;
    return fa_heap_alloc(ctx, (h.walls + h.lights) * sizeof(wall), 16);
}

void lights_read(fa_context *ctx, FILE *f)
{
    char line[80];
    while (fgets(line, sizeof line, f)) {
        float *at = FA_FRAME_ARRAY(ctx, float, 3); // expect: FA301
        if (!at) {
            return;
        }
        at[0] = (float)atof(line);
        light_add(at);
    }
}

void lines_read(fa_context *ctx, FILE *f, lines *l)
{
    char line[80];
    while (l->count < 128 && fgets(line, sizeof line, f)) {
        l->text[l->count] = fa_frame_strdup(ctx, line); // expect: FA602
        if (!l->text[l->count]) {
            break;
        }
        l->count++;
    }
}

static size_t limited(size_t n, size_t most)
{
    if (n > most) {
        n = most;
    }
    return n;
}

void *blob(fa_context *ctx, const char *number)
{
    size_t n = strtoul(number, NULL, 0);
    return n ? fa_frame_alloc(ctx, limited(n, 1 << 16), 1) : NULL;
}

void *blob_env(fa_context *ctx)
{
    const char *text = getenv("GAME_CACHE");
    size_t n = text ? (size_t)atoi(text) : 4096;
    return fa_heap_alloc(ctx, n, 16); // expect: FA301
}
