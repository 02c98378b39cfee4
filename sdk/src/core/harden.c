/* harden.c - see harden.h. What is withheld is noted in the allocator, under a lock of its own, because the
 * heap finds it while it holds its lock, and reports are sent without. */
#include "core/harden.h"

#include <string.h>

#include "core/lifecycle.h"
#include "debug/poison.h"
#include "platform/ticks.h"

/* splitmix64's finaliser (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* The place of code, stack and memory, which the system chooses at random, and the time. No call is made for
 * better: this guards against accidents and blind overwrites, not against who can read the process. */
uint64_t fai_harden_key(const fa_allocator *allocator)
{
    uint64_t key = mix((uint64_t)(uintptr_t)&key) ^ mix((uint64_t)(uintptr_t)allocator + 1);
    key ^= mix((uint64_t)(uintptr_t)&fai_absent_page + 2) ^ mix(fai_ticks(allocator->clock.steady) + 3);
    return key | 1;
}

void fai_harden_choose(fa_allocator *allocator, fai_class *cls)
{
    fai_page *page = cls->page;
    if (page->free_count < 2) {
        return;
    }
    cls->random += UINT64_C(0x9E3779B97F4A7C15);
    uint32_t top = page->free_count - 1;
    uint32_t other = (uint32_t)(mix(cls->random ^ allocator->objects.key) % page->free_count);
    uint16_t number = page->stack[top];
    page->stack[top] = page->stack[other];
    page->stack[other] = number;
}

/* ---- seals --------------------------------------------------------------------------------------------- */

static uint64_t word_of(const fa_allocator *allocator, const char *place)
{
    return mix((uint64_t)(uintptr_t)place ^ allocator->objects.key);
}

static size_t sealed_bytes(size_t block_bytes)
{
    return block_bytes < FAI_SEAL_BYTES_MOST ? block_bytes : FAI_SEAL_BYTES_MOST;
}

void fai_harden_seal(const fa_allocator *allocator, void *p, size_t block_bytes)
{
    size_t bytes = sealed_bytes(block_bytes);
    fai_unpoison(p, bytes);
    for (size_t at = 0; at < bytes; at += sizeof(uint64_t)) {
        uint64_t word = word_of(allocator, (const char *)p + at);
        memcpy((char *)p + at, &word, sizeof word);
    }
    fai_poison(p, bytes);
}

static bool is_sealed(const fa_allocator *allocator, void *p, size_t block_bytes)
{
    size_t bytes = sealed_bytes(block_bytes);
    bool same = true;
    fai_unpoison(p, bytes);
    for (size_t at = 0; at < bytes && same; at += sizeof(uint64_t)) {
        uint64_t word = word_of(allocator, (const char *)p + at);
        same = memcmp((const char *)p + at, &word, sizeof word) == 0;
    }
    fai_poison(p, bytes);
    return same;
}

/* ---- what was withheld --------------------------------------------------------------------------------- */

bool fai_harden_accept(fa_allocator *allocator, fai_class *cls, fai_record *record, void *p)
{
    uint64_t state = fai_state_of(record);
    bool was_freed = (state & FAI_SITE_MASK) != FAI_SITE_MASK; /* else it was never handed out */
    if (!was_freed || is_sealed(allocator, p, cls->block_bytes)) {
        return true;
    }
    fai_objects *objects = &allocator->objects;
    uint64_t alloc_here_tag = atomic_load_explicit(&record->alloc_here_tag, memory_order_relaxed);
    fai_state_set(record, fai_pack(fai_packed_site(state), FAI_WAITS_WITHHELD));
    fai_mutex_lock(&objects->lock);
    uint32_t place =
        objects->withheld_count < FAI_WITHHELD_NOTED ? objects->withheld_count++ : FAI_WITHHELD_NOTED - 1;
    objects->withheld[place] = (fai_withheld){.p = p,
                                              .alloc_here_tag = alloc_here_tag,
                                              .free_here = fai_packed_site(state),
                                              .block_bytes = cls->block_bytes,
                                              .family = cls->family};
    fai_mutex_unlock(&objects->lock);
    return false;
}

static bool next_to_tell(fa_allocator *allocator, fai_withheld *out)
{
    fai_objects *objects = &allocator->objects;
    fai_mutex_lock(&objects->lock);
    bool any = objects->withheld_count > 0;
    if (any) {
        *out = objects->withheld[--objects->withheld_count];
    }
    fai_mutex_unlock(&objects->lock);
    return any;
}

void fai_harden_tell_all(fai_context *ctx, const char *here)
{
    fai_withheld withheld;
    while (next_to_tell(ctx->allocator, &withheld)) {
        fai_report report = {.code = FA_CODE_FA607,
                             .result = FA_RESULT_STALE,
                             .allocator = ctx->allocator,
                             .ctx = &ctx->head,
                             .here = here,
                             .earlier = fai_packed_site(withheld.alloc_here_tag),
                             .first_free = withheld.free_here,
                             .address = withheld.p,
                             .bytes = withheld.block_bytes,
                             .tag =
                                 fai_tags_path(ctx->allocator, fai_packed_figure(withheld.alloc_here_tag))};
        fai_report_send(&report, "the %s block %p was written to after it was freed; it is not used any more",
                        fai_family_name((fai_family)withheld.family), withheld.p);
    }
}
