/* leak.c - walks all pages and groups live blocks by family, tag and call site. A first walk only counts:
 * most programs leak nothing, and touching a table of half a MiB took ten times as long as the rest of a
 * destroy. The table is metadata; without memory for it the total alone is told. */
#include "core/leak.h"

#include <stdlib.h>

#include "core/allocator.h"
#include "core/context.h"
#include "core/shared.h"
#include "core/typed_pool.h"

#define GROUPS_MAX 16384u /* kept apart; beyond that the rest is only counted */
#define GROUPS_TOLD 50u

typedef struct group {
    const char *site;
    size_t bytes;
    size_t blocks;
    fa_tag tag;
    fai_family family;
} group;

typedef struct census {
    group *groups; /* open addressing; NULL: only count */
    size_t group_capacity;
    size_t count;
    group total;
    bool crowded; /* some blocks found no group */
} census;

static void add(census *all, fai_family family, fa_tag tag, const char *site, size_t bytes)
{
    all->total.bytes += bytes;
    all->total.blocks++;
    if (all->groups == NULL) {
        return;
    }
    size_t slot = ((uintptr_t)site * 31 + tag * 7 + (size_t)family) % all->group_capacity;
    for (size_t tries = 0; tries < all->group_capacity; tries++, slot = (slot + 1) % all->group_capacity) {
        group *g = &all->groups[slot];
        if (g->blocks == 0) {
            *g = (group){.site = site, .tag = tag, .family = family};
            all->count++;
        } else if (g->site != site || g->tag != tag || g->family != family) {
            continue;
        }
        g->bytes += bytes;
        g->blocks++;
        return;
    }
    all->crowded = true;
}

static void add_page(census *all, fai_page *page)
{
    fai_block block = {.where = FAI_WHERE_BLOCK, .family = (fai_family)page->family, .page = page};
    bool large = fai_page_kind_of(page) == FAI_PAGE_LARGE;
    uint32_t capacity = large ? 1 : page->capacity;
    for (block.index = 0; block.index < capacity; block.index++) {
        if (large ? atomic_load(&page->large_live) != 0
                  : fai_state_is_live(fai_state_of(&page->records[block.index]))) {
            add(all, block.family, fai_block_tag(&block), fai_block_alloc_here(&block),
                fai_block_size(&block));
        }
    }
}

static void add_handle(void *user, fa_tag tag, const char *site, size_t bytes)
{
    add(user, FAI_FAMILY_HANDLE, tag, site, bytes);
}

static int by_bytes(const void *a, const void *b)
{
    const group *x = a;
    const group *y = b;
    return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

static void tell(fa_allocator *allocator, const group *g, const char *here)
{
    fai_report report = {.code = FA_CODE_FA608,
                         .result = FA_RESULT_OK,
                         .allocator = allocator,
                         .here = here,
                         .earlier = g->site,
                         .bytes = g->bytes,
                         .tag = fai_tags_path(allocator, g->tag)};
    fai_report_send(&report, "%zu bytes in %zu %s block%s of tag %s were never freed, allocated at %s",
                    g->bytes, g->blocks, fai_family_name(g->family), g->blocks == 1 ? "" : "s", report.tag,
                    g->site != NULL ? g->site : "an unknown place");
}

static void tell_total(fa_allocator *allocator, const census *all, const char *here)
{
    fai_report report = {.code = FA_CODE_FA608,
                         .result = FA_RESULT_OK,
                         .allocator = allocator,
                         .here = here,
                         .bytes = all->total.bytes};
    fai_report_send(&report, "%zu bytes in %zu blocks were never freed", all->total.bytes, all->total.blocks);
}

static void compact_and_tell(fa_allocator *allocator, census *all, const char *here)
{
    size_t count = 0;
    for (size_t i = 0; i < all->group_capacity; i++) {
        if (all->groups[i].blocks > 0) {
            all->groups[count++] = all->groups[i];
        }
    }
    qsort(all->groups, count, sizeof *all->groups, by_bytes);
    for (size_t i = 0; i < count && i < GROUPS_TOLD; i++) {
        tell(allocator, &all->groups[i], here);
    }
    if (count > GROUPS_TOLD || all->crowded) {
        fai_log(allocator, FA_LOG_LEAKS_TRUNCATED, "%zu bytes in %zu blocks in all, from %s%zu places",
                all->total.bytes, all->total.blocks, all->crowded ? "more than " : "", count);
    }
}

static void walk(fa_allocator *allocator, census *all)
{
    const fai_objects *objects = &allocator->objects;
    for (uint32_t i = 1; i < atomic_load(&objects->frontier); i++) {
        fai_page_kind kind = fai_page_kind_of(&objects->pages[i]);
        if (kind == FAI_PAGE_CLASS || kind == FAI_PAGE_LARGE) {
            add_page(all, &objects->pages[i]);
        }
    }
    for (fai_shared *shared = allocator->shared; shared != NULL; shared = shared->next) {
        if (shared->each_block != NULL) {
            shared->each_block(shared, add_handle, all);
        }
    }
}

void fai_leaks_report(fa_allocator *allocator, const char *here)
{
    for (fai_context *ctx = allocator->contexts; ctx != NULL; ctx = ctx->next) {
        fai_typed_flush_all(ctx);
    }
    census counted = {.groups = NULL};
    walk(allocator, &counted);
    if (counted.total.blocks == 0) {
        return;
    }
    size_t capacity = 64;
    while (capacity < GROUPS_MAX && capacity < 2 * counted.total.blocks) {
        capacity *= 2;
    }
    census all = {.groups = fai_meta_alloc(allocator, capacity * sizeof(group)), .group_capacity = capacity};
    if (all.groups == NULL) {
        tell_total(allocator, &counted, here);
        return;
    }
    walk(allocator, &all);
    compact_and_tell(allocator, &all, here);
    fai_meta_free(allocator, all.groups, capacity * sizeof(group));
}
