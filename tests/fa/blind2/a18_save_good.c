/* A save game written through nested helpers that all report errors. */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

typedef enum err { OK, E_MEM, E_IO, E_FULL } err;
typedef struct writer { fa_context *ctx; char *at; size_t used, room; FILE *f; } writer;
#define CHECK(x) do { err e_ = (x); if (e_) return e_; } while (0)
#define CLEANUP(x) do { e = (x); if (e) goto done; } while (0)

static err put(writer *w, const void *p, size_t n)
{
    if (n > w->room - w->used) {
        char *bigger = fa_heap_realloc(w->ctx, w->at, w->room * 2 + n);
        if (!bigger)
            return E_MEM;
        w->at = bigger;
        w->room = w->room * 2 + n;
    }
    memcpy(w->at + w->used, p, n);
    w->used += n;
    return OK;
}
static err put_string(writer *w, const char *s)
{
    uint32_t n = (uint32_t)strlen(s);
    CHECK(put(w, &n, sizeof n));
    CHECK(put(w, s, n));
    return OK;
}
err save(fa_context *ctx, const char *path, const char *const *names, int count)
{
    err e = OK;
    writer w = {.ctx = ctx, .room = 256};
    w.at = fa_heap_alloc(ctx, w.room, 1);
    if (!w.at)
        return E_MEM;
    for (int i = 0; i < count; i++)
        CLEANUP(put_string(&w, names[i]));
    w.f = fopen(path, "wb");
    if (!w.f) {
        e = E_IO;
        goto done;
    }
    if (fwrite(w.at, 1, w.used, w.f) != w.used)
        e = E_FULL;
    fclose(w.f);
done:
    fa_heap_free(ctx, w.at);
    return e;
}
err save_quick(fa_context *ctx, const char *name)
{
    fa_result r = fa_frame_begin(ctx);
    if (r != FA_RESULT_OK)
        return E_MEM;
    err e = E_MEM;
    char *path = fa_frame_printf(ctx, "%s.sav", name);
    const char **names = FA_FRAME_ARRAY(ctx, const char *, 2);
    if (path && names) {
        names[0] = path;
        names[1] = name;
        e = save(ctx, path, names, 2);
    }
    fa_frame_end(ctx);
    return e;
}
