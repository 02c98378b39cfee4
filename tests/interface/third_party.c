/* Third-party code whose memory is ours: cJSON parses, edits and prints with its hooks in the heap, then in
 * the pool, and what it leaves behind is nothing. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "framealloc/framealloc.h"

#define EXPECT(condition)                                                   \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                        \
        }                                                                   \
    } while (0)

static fa_interface memory; /* cJSON's hooks have no user pointer */
static unsigned allocations;

static void *hook_malloc(size_t size)
{
    allocations++;
    return memory.alloc(memory.user, size, 0);
}

static void hook_free(void *p)
{
    memory.free(memory.user, p, 0);
}

static void use_it(void)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(root, "list");
    for (int i = 0; i < 2000; i++) {
        cJSON *item = cJSON_CreateObject();
        EXPECT(cJSON_AddNumberToObject(item, "number", i) != NULL);
        EXPECT(cJSON_AddStringToObject(item, "text", "some text, a little longer than usual") != NULL);
        EXPECT(cJSON_AddItemToArray(list, item));
    }
    char *text = cJSON_PrintUnformatted(root);
    EXPECT(text != NULL);
    cJSON *again = cJSON_Parse(text);
    EXPECT(again != NULL && cJSON_Compare(root, again, 1));
    cJSON_Delete(root);
    cJSON_Delete(again);
    cJSON_free(text);
}

int main(void)
{
    fa_allocator *allocator = NULL;
    fa_context *ctx = NULL;
    EXPECT(fa_allocator_create(NULL, &allocator) == FA_RESULT_OK);
    EXPECT(fa_context_attach(allocator, NULL, &ctx) == FA_RESULT_OK);
    fa_tag tag = fa_tag_intern(allocator, "third party/cjson");
    fa_interface families[] = {fa_heap_interface(ctx), fa_pool_interface(ctx)};
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = hook_malloc, .free_fn = hook_free});
    EXPECT(fa_tag_push(ctx, tag) == FA_RESULT_OK);
    for (int i = 0; i < 2; i++) {
        memory = families[i];
        cJSON *probe = cJSON_CreateString("probe");
        fa_tag_stats stats;
        EXPECT(fa_tag_stats_get(allocator, tag, &stats) == FA_RESULT_OK);
        EXPECT((i == 0 ? stats.self.heap_bytes : stats.self.pool_bytes) >= sizeof(cJSON) + sizeof "probe");
        cJSON_Delete(probe);
        use_it();
        EXPECT(fa_tag_stats_get(allocator, tag, &stats) == FA_RESULT_OK);
        EXPECT(stats.self.heap_bytes == 0 && stats.self.pool_bytes == 0);
    }
    EXPECT(allocations > 20000);
    EXPECT(fa_tag_pop(ctx) == FA_RESULT_OK);
    cJSON_InitHooks(NULL);
    EXPECT(fa_context_detach(ctx) == FA_RESULT_OK);
    EXPECT(fa_allocator_destroy(allocator) == FA_RESULT_OK);
    puts("ok");
    return 0;
}
