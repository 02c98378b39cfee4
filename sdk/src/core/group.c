/* group.c - which blocks belong together.
 *
 * The blocks come from the allocator's depot of the family "group". Each group keeps the addresses of its own
 * in a hash set (linear probing, holes closed by moving entries back), so that a single block is found, and
 * taken out, in constant time, and freeing all of them is one walk. Growing the set is the only step that may
 * fail, and comes first. */
#include "core/group.h"

#include <string.h>

#include "core/budget.h"
#include "core/context.h"

#define GROUP_MAGIC UINT64_C(0x6120BFA110C5E701)
#define SLOTS_LEAST 16u

/* ---- the set ------------------------------------------------------------------------------------------- */

static uint32_t home_of(const fa_group *group, uintptr_t p)
{
    return (uint32_t)((uint64_t)(p >> 4) * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (group->slot_count - 1);
}

/* Where it is, or the empty slot where it would go. */
static uint32_t slot_of(const fa_group *group, uintptr_t p)
{
    uint32_t slot = home_of(group, p);
    while (group->slots[slot] != 0 && group->slots[slot] != p) {
        slot = (slot + 1) & (group->slot_count - 1);
    }
    return slot;
}

static uint64_t seal_of(const fa_group *group)
{
    uint64_t seal = fai_seal_add((uintptr_t)group->slots, group->slot_count);
    seal = fai_seal_add(seal, group->max_bytes);
    seal = fai_seal_add(seal, group->stats.blocks);
    seal = fai_seal_add(seal, (uint64_t)group->shared.tag << 1 | (group->own_tag ? 1 : 0));
    return fai_seal_add(seal, group->stats.bytes);
}

/* Take the lock and see that the group is what it was. */
static void enter(fa_group *group)
{
    fai_mutex_lock(&group->shared.lock);
    fai_shared_expect(&group->shared, group->seal == seal_of(group), "a group is damaged");
}

static void leave(fa_group *group)
{
    group->seal = seal_of(group);
    fai_mutex_unlock(&group->shared.lock);
}

/* Room for one more at a load of three quarters. */
static bool reserve_slot(fa_group *group)
{
    if (group->stats.blocks + 1 <= (uint64_t)group->slot_count * 3 / 4) {
        return true;
    }
    uint32_t larger = group->slot_count != 0 ? group->slot_count * 2 : SLOTS_LEAST;
    uintptr_t *slots = larger != 0 ? fai_meta_alloc(group->shared.allocator, larger * sizeof *slots) : NULL;
    if (slots == NULL) {
        return false;
    }
    uintptr_t *old = group->slots;
    uint32_t old_count = group->slot_count;
    group->slots = slots;
    group->slot_count = larger;
    for (uint32_t i = 0; i < old_count; i++) {
        if (old[i] != 0) {
            slots[slot_of(group, old[i])] = old[i];
        }
    }
    fai_meta_free(group->shared.allocator, old, old_count * sizeof *old);
    return true;
}

/* Take an entry out and close the gap: what probed over it moves back. */
static void remove_slot(fa_group *group, uint32_t gap)
{
    uint32_t mask = group->slot_count - 1;
    for (uint32_t i = (gap + 1) & mask; group->slots[i] != 0; i = (i + 1) & mask) {
        uint32_t distance = (i - home_of(group, group->slots[i])) & mask;
        if (distance >= ((i - gap) & mask)) {
            group->slots[gap] = group->slots[i];
            gap = i;
        }
    }
    group->slots[gap] = 0;
}

/* ---- create, destroy ----------------------------------------------------------------------------------- */

static fa_result check_group(const fa_context *ctx, const fa_group *group, const char *call, const char *here)
{
    return fai_shared_check(ctx, (const fai_shared *)group, GROUP_MAGIC, "group", call, here);
}

static void dispose(fai_shared *shared)
{
    fa_group *group =
        (fa_group *)shared; /* blocks that are left have been reported, and go with their pages */
    fai_meta_free(shared->allocator, group->slots, group->slot_count * sizeof *group->slots);
    fai_meta_free(shared->allocator, group, sizeof *group);
}

fa_result fai_group_create(fa_context *public_ctx, const fa_group_desc *desc, fa_group **out,
                           const char *here)
{
    static const fa_group_desc defaults = {0};
    if (out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    *out = NULL;
    fa_result check = fai_context_check(public_ctx, "fa_group_create", here);
    if (check != FA_RESULT_OK) {
        return check;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    desc = desc != NULL ? desc : &defaults;
    fai_problems problems = {0};
    fai_problems_check_canaries(&problems, desc->start_canary, desc->end_canary);
    fai_problems_check_tag(&problems, ctx->allocator, desc->tag);
    if (problems.count > 0) {
        return fai_context_refuse_desc(ctx, "fa_group_desc", &problems, here);
    }
    fa_group *group = fai_meta_alloc(ctx->allocator, sizeof *group);
    if (group == NULL) {
        return fai_context_error(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    fai_shared_init(&group->shared, ctx, GROUP_MAGIC, "group", desc->name, desc->tag);
    group->shared.dispose = dispose;
    group->own_tag = desc->tag != FA_TAG_NONE;
    group->max_bytes = desc->max_bytes != 0 ? desc->max_bytes : FA_NO_LIMIT;
    group->stats.name = group->shared.name;
    group->seal = seal_of(group);
    fai_shared_link(&group->shared);
    *out = group;
    return FA_RESULT_OK;
}

/* The lock is held. */
static void free_blocks(fai_context *ctx, fa_group *group, const char *here)
{
    for (uint32_t i = 0; i < group->slot_count; i++) {
        fai_block block;
        if (group->slots[i] != 0) {
            /* An entry that was written over hashes to another place: better to stop than to free another's
             * block. */
            bool freed =
                slot_of(group, group->slots[i]) == i &&
                fai_depot_free(ctx, &ctx->allocator->group_blocks, (void *)group->slots[i], here, &block);
            fai_shared_expect(&group->shared, freed, "the list of a group's blocks is damaged");
        }
    }
    if (group->slots != NULL) {
        memset(group->slots, 0, group->slot_count * sizeof *group->slots);
    }
    group->stats.frees += group->stats.blocks;
    group->stats.blocks = 0;
    group->stats.bytes = 0;
}

fa_result fai_group_destroy(fa_context *ctx, fa_group *group, const char *here)
{
    fa_result check = group != NULL ? check_group(ctx, group, "fa_group_destroy", here)
                                    : fai_context_check(ctx, "fa_group_destroy", here);
    if (check != FA_RESULT_OK || group == NULL) {
        return check;
    }
    enter(group);
    free_blocks(fai_ctx(ctx), group, here);
    leave(group);
    fai_shared_destroy(&group->shared);
    return FA_RESULT_OK;
}

/* ---- alloc, free --------------------------------------------------------------------------------------- */

/* The lock is held. */
static void *alloc_locked(fai_context *ctx, fa_group *group, size_t size, size_t align, fa_tag tag,
                          const char *here)
{
    fa_group_stats *stats = &group->stats;
    if (size > group->max_bytes - stats->bytes) {
        return fai_context_fail(ctx, FA_RESULT_FULL);
    }
    if (!reserve_slot(group)) {
        return fai_context_fail(ctx, FA_RESULT_OUT_OF_MEMORY);
    }
    void *p = fai_depot_alloc_charged(ctx, &ctx->allocator->group_blocks, size, align, tag, here);
    if (p != NULL) {
        group->slots[slot_of(group, (uintptr_t)p)] = (uintptr_t)p;
        stats->blocks++;
        stats->allocs++;
        stats->bytes += size;
        stats->peak_bytes = stats->bytes > stats->peak_bytes ? stats->bytes : stats->peak_bytes;
    }
    return p;
}

void *fai_group_alloc(fa_context *public_ctx, fa_group *group, size_t size, size_t align, const char *here)
{
    if (check_group(public_ctx, group, "fa_group_alloc", here) != FA_RESULT_OK) {
        return NULL;
    }
    fai_context *ctx = fai_ctx(public_ctx);
    align = fai_align_check(ctx, align, "fa_group_alloc", here);
    if (align == 0) {
        return NULL;
    }
    fa_tag tag = group->own_tag ? group->shared.tag : ctx->tag;
    bool budgeted = fai_is_budgeted(ctx) && size <= FA_REQUEST_MAX;
    /* Without the lock: what is told may call back. */
    void *p = NULL;
    bool affordable = !budgeted || fai_budget_take(ctx, tag, size, false, here);
    enter(group);
    if (affordable) {
        p = alloc_locked(ctx, group, size, align, tag, here);
    }
    group->stats.refused += p == NULL ? 1 : 0;
    leave(group);
    if (budgeted && affordable) {
        if (p == NULL) {
            fai_budget_give(ctx->allocator, tag, size);
        }
        fai_budget_tell(ctx, here);
    }
    return p;
}

void *fai_group_alloc_zeroed(fa_context *ctx, fa_group *group, size_t size, size_t align, const char *here)
{
    void *p = fai_group_alloc(ctx, group, size, align, here);
    return p != NULL ? memset(p, 0, size) : NULL;
}

/* A pointer that is none of this group's blocks. */
static fa_result refuse_free(fa_context *public_ctx, const fa_group *group, void *p, const char *here)
{
    fai_context *ctx = fai_ctx(public_ctx);
    fai_block block = fai_block_find(ctx->allocator, p);
    if (block.where != FAI_WHERE_BLOCK || !block.live || block.family != FAI_FAMILY_GROUP) {
        return fai_block_refuse(public_ctx, &block, FAI_FAMILY_GROUP, "fa_group_free", here);
    }
    fai_report report = {.code = FA_CODE_FA607,
                         .result = FA_RESULT_WRONG_FAMILY,
                         .allocator = ctx->allocator,
                         .ctx = public_ctx,
                         .here = here,
                         .earlier = fai_block_alloc_here(&block),
                         .address = p,
                         .bytes = fai_block_size(&block),
                         .tag = fai_tags_path(ctx->allocator, fai_block_tag(&block))};
    return fai_context_error(
        ctx, fai_report_send(&report, "fa_group_free: %p is a block of another group, not of group %s", p,
                             group->shared.name));
}

fa_result fai_group_free(fa_context *ctx, fa_group *group, void *p, const char *here)
{
    fa_result check = check_group(ctx, group, "fa_group_free", here);
    if (check != FA_RESULT_OK || p == NULL) {
        return check;
    }
    bool done = false;
    enter(group);
    uint32_t slot = group->slot_count != 0 ? slot_of(group, (uintptr_t)p) : 0;
    if (group->slot_count != 0 && group->slots[slot] != 0) {
        fai_block block = fai_block_find(fai_ctx(ctx)->allocator, p);
        size_t bytes = fai_block_size(&block);
        done = fai_depot_free(fai_ctx(ctx), &fai_ctx(ctx)->allocator->group_blocks, p, here, &block);
        if (done) {
            remove_slot(group, slot);
            group->stats.blocks--;
            group->stats.frees++;
            group->stats.bytes -= bytes;
        }
    }
    leave(group);
    return done ? FA_RESULT_OK : refuse_free(ctx, group, p, here);
}

fa_result fai_group_free_all(fa_context *ctx, fa_group *group, const char *here)
{
    fa_result check = check_group(ctx, group, "fa_group_free_all", here);
    if (check == FA_RESULT_OK) {
        enter(group);
        free_blocks(fai_ctx(ctx), group, here);
        leave(group);
    }
    return check;
}

/* ---- figures ------------------------------------------------------------------------------------------- */

fa_result fai_group_stats_get(fa_context *ctx, fa_group *group, fa_group_stats *out, const char *here)
{
    fa_result check = check_group(ctx, group, "fa_group_stats_get", here);
    if (check == FA_RESULT_OK && out == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (check == FA_RESULT_OK) {
        enter(group);
        *out = group->stats;
        leave(group);
    }
    return check;
}
