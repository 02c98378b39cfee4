/* Settings: an X-macro of fields, parse, defaults, a copy on the heap, errors by goto. */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define FIELDS(X) X(int, width, 640) X(int, height, 480) X(int, volume, 80)
typedef struct config {
#define X(T, name, def) T name;
    FIELDS(X)
#undef X
    char *title;
} config;
static void set(config *c, const char *key, const char *value)
{
#define X(T, name, def) if (strcmp(key, #name) == 0) { long v = strtol(value, NULL, 10); c->name = (T)(v < 0 ? def : v > 4096 ? 4096 : v); return; }
    FIELDS(X)
#undef X
}
config *config_load(fa_context *ctx, const char *path)
{
    char line[128];
    FILE *f = NULL;
    config *c = fa_heap_alloc_zeroed(ctx, sizeof *c, 8);
    if (!c) goto fail;
    c->title = fa_heap_alloc(ctx, 64, 1);
    if (!c->title) goto fail;
    strcpy(c->title, "game");
    f = fopen(path, "r");
    if (!f) return c;
    while (fgets(line, sizeof line, f)) {
        char *eq = strchr(line, '=');
        if (!eq) goto fail;
        *eq = 0;
        set(c, line, eq + 1);
    }
    fclose(f);
    return c;
fail:
    if (f) fclose(f);
    if (c) fa_heap_free(ctx, c->title);
    fa_heap_free(ctx, c);
    return NULL;
}
float *config_table(fa_context *ctx, const config *c)
{
    float *t = FA_FRAME_ARRAY(ctx, float, (size_t)c->width);
    for (int i = 0; t && i < c->width; i++) t[i] = (float)c->volume / 100.0f;
    return t;
}
void config_end(fa_context *ctx, config *c)
{
    if (!c) return;
    fa_heap_free(ctx, c->title);
    fa_heap_free(ctx, c);
}
