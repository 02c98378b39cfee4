/* copies.c - two copies of the SDK in one process, as a game and a plugin that brings its own have them: what
 * one of them made is refused by the other, and both go on.
 *
 *     copies <shared library that is a copy of the one this program is linked with>
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                     \
    do {                                                                      \
        if (!(condition)) {                                                   \
            (void)fprintf(stderr, "copies.c:%d: %s\n", __LINE__, #condition); \
            exit(1);                                                          \
        }                                                                     \
    } while (0)

/* What the other copy offers. */
typedef struct copy {
    fa_result (*create)(const fa_allocator_desc *, fa_allocator **, const char *);
    fa_result (*destroy)(fa_allocator *, const char *);
    fa_result (*attach)(fa_allocator *, const fa_context_desc *, fa_context **, const char *);
    fa_result (*detach)(fa_context *, const char *);
    fa_result (*frame_begin)(fa_context *, const char *);
    fa_result (*frame_end)(fa_context *, const char *);
    void *(*pool_alloc)(fa_context *, size_t, size_t, const char *);
    fa_result (*pool_free)(fa_context *, void *, const char *);
    fa_result (*heap_free)(fa_context *, void *, const char *);
    fa_result (*group_destroy)(fa_context *, fa_group *, const char *);
} copy;

static void find(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    if (found == NULL) {
        (void)fprintf(stderr, "copies: %s\n", dlerror());
        exit(1);
    }
    memcpy(function, &found, sizeof found);
}

static copy load(const char *path)
{
    /* Its calls of its own functions must not end up in the library that is loaded already. */
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (library == NULL) {
        (void)fprintf(stderr, "copies: %s\n", dlerror());
        exit(1);
    }
    copy c;
    find(library, "fai_allocator_create", &c.create);
    find(library, "fai_allocator_destroy", &c.destroy);
    find(library, "fai_context_attach", &c.attach);
    find(library, "fai_context_detach", &c.detach);
    find(library, "fai_frame_begin", &c.frame_begin);
    find(library, "fai_frame_end", &c.frame_end);
    find(library, "fai_pool_alloc_aligned", &c.pool_alloc);
    find(library, "fai_pool_free", &c.pool_free);
    find(library, "fai_heap_free", &c.heap_free);
    find(library, "fai_group_destroy", &c.group_destroy);
    EXPECT(c.create != fai_allocator_create);
    return c;
}

static unsigned reports;
static char said[512];

static void hear(void *user, const fa_diagnostic *d)
{
    (void)user;
    reports++;
    (void)snprintf(said, sizeof said, "%s %s", d->code, d->message);
}

int main(int argc, char **argv)
{
    EXPECT(argc == 2);
    const copy other = load(argv[1]);
    const fa_allocator_desc desc = {.handler = {hear, NULL}, .strictness = FA_STRICT_REPORT};
    fa_allocator *ours = NULL, *theirs = NULL;
    fa_context *our_ctx = NULL, *their_ctx = NULL, *none = NULL;
    EXPECT(fa_allocator_create(&desc, &ours) == FA_RESULT_OK);
    EXPECT(fa_context_attach(ours, NULL, &our_ctx) == FA_RESULT_OK);
    EXPECT(other.create(&desc, &theirs, FA_HERE) == FA_RESULT_OK);
    EXPECT(other.attach(theirs, NULL, &their_ctx, FA_HERE) == FA_RESULT_OK);

    /* Contexts: named, with what to do about it. */
    EXPECT(other.frame_begin(our_ctx, FA_HERE) == FA_RESULT_INVALID_ARGUMENT && reports == 1);
    EXPECT(strstr(said, "another copy of the SDK") != NULL && !fa_frame_is_open(our_ctx));
    EXPECT(fa_frame_begin(their_ctx) == FA_RESULT_INVALID_ARGUMENT && reports == 2);
    EXPECT(fa_frame_begin(our_ctx) == FA_RESULT_OK && fa_frame_alloc(our_ctx, 64, 16) != NULL);
    EXPECT(other.frame_end(our_ctx, FA_HERE) == FA_RESULT_INVALID_ARGUMENT && fa_frame_is_open(our_ctx));
    EXPECT(fa_frame_end(our_ctx) == FA_RESULT_OK && reports == 3);
    EXPECT(other.pool_alloc(our_ctx, 32, 16, FA_HERE) == NULL && reports == 4);
    EXPECT(other.detach(our_ctx, FA_HERE) == FA_RESULT_INVALID_ARGUMENT && reports == 5);

    /* Allocators. */
    EXPECT(other.attach(ours, NULL, &none, FA_HERE) == FA_RESULT_INVALID_ARGUMENT && none == NULL);
    EXPECT(other.destroy(ours, FA_HERE) == FA_RESULT_INVALID_ARGUMENT);
    EXPECT(fa_allocator_destroy(theirs) == FA_RESULT_INVALID_ARGUMENT);

    /* Blocks: each copy knows its own. */
    reports = 0;
    void *our_object = fa_pool_alloc(our_ctx, 32, 16);
    void *our_block = fa_heap_alloc(our_ctx, 100000, 16);
    void *volatile their_object = other.pool_alloc(their_ctx, 32, 16, FA_HERE);
    EXPECT(our_object != NULL && our_block != NULL && their_object != NULL && reports == 0);
    EXPECT(other.pool_free(their_ctx, our_object, FA_HERE) != FA_RESULT_OK && reports == 1);
    EXPECT(other.heap_free(their_ctx, our_block, FA_HERE) != FA_RESULT_OK && reports == 2);
    EXPECT(fa_pool_free(our_ctx, their_object) != FA_RESULT_OK && reports == 3);
    fa_group *group = NULL;
    EXPECT(fa_group_create(our_ctx, NULL, &group) == FA_RESULT_OK);
    EXPECT(other.group_destroy(their_ctx, group, FA_HERE) == FA_RESULT_INVALID_ARGUMENT && reports == 4);
    EXPECT(fa_group_destroy(our_ctx, group) == FA_RESULT_OK);
    EXPECT(fa_pool_free(our_ctx, our_object) == FA_RESULT_OK &&
           fa_heap_free(our_ctx, our_block) == FA_RESULT_OK);
    EXPECT(other.pool_free(their_ctx, their_object, FA_HERE) == FA_RESULT_OK && reports == 4);

    /* Both are as they were. */
    fa_allocator_stats stats;
    EXPECT(fa_allocator_stats_get(ours, &stats) == FA_RESULT_OK && stats.pool_objects == 0 &&
           stats.heap_bytes == 0);
    EXPECT(other.detach(their_ctx, FA_HERE) == FA_RESULT_OK &&
           other.destroy(theirs, FA_HERE) == FA_RESULT_OK);
    EXPECT(fa_context_detach(our_ctx) == FA_RESULT_OK && fa_allocator_destroy(ours) == FA_RESULT_OK);
    (void)puts("ok");
    return 0;
}
