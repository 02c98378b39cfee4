#include "game.h"
#include <stdlib.h>
#include <stdio.h>
/* settings from the environment and a file */
typedef struct settings { size_t pool_count; char *title; } settings;
static size_t env_number(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text ? (size_t)strtoul(text, NULL, 10) : otherwise;
}
bool settings_load(fa_context *ctx, settings *s, FILE *f)
{
    char line[64];
    s->pool_count = env_number("GAME_POOL", 64);
    enemy *pool = fa_heap_alloc(ctx, s->pool_count * sizeof(enemy), 16); // expect: FA301
    if (!pool) {
        return false;
    }
    if (!fgets(line, sizeof line, f)) {
        fa_heap_free(ctx, pool);
        return false;
    }
    size_t n = (size_t)atoi(line);
    if (n > 255) {
        n = 255;
    }
    s->title = fa_heap_alloc(ctx, n + 1, 1);
    fa_heap_free(ctx, pool);
    return s->title != NULL;
}
