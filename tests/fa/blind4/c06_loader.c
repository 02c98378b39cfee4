/* Loading in threads: a latch by join, a forgotten one, a budget. */
#include <framealloc/framealloc.h>
#include <pthread.h>
typedef struct part { const char *path; int size; fa_allocator *memory; void *data; } part;
typedef struct load { fa_context *ctx; fa_allocator *memory; pthread_t threads[8]; int up; part *parts; } load;
int disk_read(const char *path, void *to, int n);

static void *read_part(void *p)
{
    part *k = p;
    k->size = disk_read(k->path, k->data, k->size);
    return p;
}
static void *read_alloc(void *p)
{
    part *k = p;
    fa_context *ctx = fa_context_current(k->memory);
    k->data = fa_heap_alloc(ctx, 4096, 16);
    return NULL;
}
int load_all(load *l, const char *const *paths, int n)
{
    int bytes = 0;
    fa_frame_begin(l->ctx);
    part *parts = FA_FRAME_ARRAY_ZEROED(l->ctx, part, 8);
    l->up = 0;
    for (int i = 0; parts && i < n && i < 8; i++) {
        parts[i].path = paths[i];
        if (pthread_create(&l->threads[l->up], NULL, read_part, &parts[i]) == 0) l->up++;
    }
    for (int i = 0; i < l->up; i++) pthread_join(l->threads[i], NULL);
    for (int i = 0; parts && i < n && i < 8; i++) bytes += parts[i].size;
    fa_frame_end(l->ctx);
    return bytes;
}
void load_start(load *l, const char *path)
{
    fa_frame_begin(l->ctx);
    part *p = FA_FRAME_NEW_ZEROED(l->ctx, part);
    if (p) {
        p->path = path;
        l->parts = p; // expect: FA601
        pthread_create(&l->threads[0], NULL, read_part, p); // expect: FA201
    }
    fa_frame_end(l->ctx); // expect: FA205
}
void load_heap(load *l)
{
    static part kept;
    kept.memory = l->memory;
    pthread_create(&l->threads[1], NULL, read_alloc, &kept); // expect: FA203
    pthread_join(l->threads[1], NULL);
    fa_heap_free(l->ctx, kept.data);
    kept.data = NULL;
}
