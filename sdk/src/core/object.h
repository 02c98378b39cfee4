/* object.h - pages of blocks: what pool, typed pools and heap are made of.
 *
 * One range of address space per allocator, cut into pages of 64 KiB. Everything known about a page stands
 * out of line in fai_page, found from an address by a subtraction and a shift: so any pointer at all can be
 * judged without reading it.
 *
 *   - A class page holds blocks of one size. Per block there is a record of two words: who allocated it under
 * which tag; and its state: live and of which size, or free and where it was freed. The free blocks' numbers
 * are on a stack. All of it lies out of line, and a number is checked against its block's state when it is
 * taken: a write after free cannot mislead the allocator, and a block whose state is not "live" is a double
 * free.
 *   - A large block is a span of whole pages with one record.
 *   - Free pages form runs, held in bins by the logarithm of their length, and merge with their neighbours.
 *
 * Taking a block: the top of the current page's stack. Giving it back: on top of its page's stack, so that
 * what was warm is used again. (A stack, not a list through the records: taking a block then waits for one
 * counter and not for the record of the block before, measured 1.5 ns.) A page whose stack is complete is
 * empty and is given back.
 *
 * Threads: a class belongs to one owner (a context, a typed pool, or the heap and the depots under their
 * lock) and only the owner touches its lists. Another thread frees a block by changing its state from live to
 * "freed elsewhere" in one compare-and-swap, which decides between racing frees, and puts it into a queue to
 * the owner (remote.h). The state is the truth; the queue only says where to look. */
#ifndef FAI_OBJECT_H
#define FAI_OBJECT_H

#include <stdatomic.h>

#include "core/extent.h"
#include "framealloc/result.h"
#include "framealloc/tag.h"
#include "platform/platform.h"

#define FAI_PAGE_SHIFT 16u
#define FAI_PAGE_BYTES ((size_t)1 << FAI_PAGE_SHIFT)
#define FAI_CLASS_COUNT 40u
#define FAI_CLASS_ALIGN_MAX ((size_t)4096)
#define FAI_RUN_BINS 32u
/* Free pages kept with their memory, so that a steady program does not go to the system and back. Each page
 * that was given back too early raises the number by one, up to the most. */
#define FAI_KEEP_FREE_PAGES 32u
#define FAI_KEEP_FREE_PAGES_MOST 128u

typedef enum fai_family {
    FAI_FAMILY_NONE,
    FAI_FAMILY_POOL,
    FAI_FAMILY_HEAP,
    FAI_FAMILY_TYPED,
    FAI_FAMILY_FRAME,
    FAI_FAMILY_GROUP,
    FAI_FAMILY_HANDLE,
    FAI_FAMILY_STREAM
} fai_family;
typedef enum fai_page_kind {
    FAI_PAGE_UNUSED,
    FAI_PAGE_FREE,
    FAI_PAGE_CLASS,
    FAI_PAGE_LARGE,
    FAI_PAGE_TAIL
} fai_page_kind;

/* Two packed words: an address needs 48 bits, which leaves 16 for a figure.
 * State: highest bit set, the fifteen below it clear: live, with its tag and the size asked for. Else a block
 * that is not out: the site that freed it (all ones: it was never handed out), and where it waits. So a block
 * that may be taken from its page has a state that is not negative; and that a block is live, and of a
 * certain tag, is told by one subtraction, which leaves its size. */
typedef struct fai_record {
    _Atomic uint64_t alloc_here_tag; /* site | tag << 48 */
    _Atomic uint64_t state;
} fai_record;

#define FAI_STATE_LIVE (UINT64_C(1) << 63)
#define FAI_STATE_TAG_SHIFT 32u
#define FAI_STATE_NEVER UINT64_MAX
#define FAI_WAITS_ON_PAGE 0u
#define FAI_WAITS_QUEUED 0xFFFDu   /* freed elsewhere, in a queue to the owner */
#define FAI_WAITS_MARKED 0xFFFCu   /* freed elsewhere, in no queue: the owner must look for it */
#define FAI_WAITS_HOT 0xFFFBu      /* in a context's hot place */
#define FAI_WAITS_WITHHELD 0xFFFAu /* written to after its free: see harden.h */

struct fai_class;

/* block_bytes of a page that holds a large block, or held one when it was last in use. */
#define FAI_LARGE UINT32_MAX

typedef struct fai_page {
    /* What the good case of a free reads. */
    _Alignas(128) struct fai_context *pool_ctx; /* whose size class the page serves; NULL: no context's */
    fai_record *records;
    uintptr_t address;
    uint32_t block_bytes; /* class pages; kept after release so that a late double free is known as one */
    uint32_t reciprocal;  /* ceil(2^32 / block_bytes) */
    uint16_t *stack;      /* numbers of free blocks */
    uint32_t free_count;  /* on the stack */
    uint32_t watch_count; /* at so many the owner looks after the page: 1 while it is on the full list, all on
                             the partial list, never while it is current */
    uint16_t fresh;       /* blocks from here on were never on the stack */
    uint16_t capacity;
    uint32_t next, prev; /* list of the owner's class, or run bin; 0 ends it */
    struct fai_class *owner;
    _Atomic uint8_t kind;
    uint8_t family;
    bool committed;
    bool in_full_list;
    /* The rest. */
    uint32_t span_pages; /* large: length; tail: distance to the head; free run: length, at both ends */
    struct fai_context *large_ctx; /* of a large pool block: the context that took it */
    size_t large_bytes;            /* size asked for of a large block */
    uint32_t large_align;
    _Atomic uint32_t large_live;
    fai_record large;                /* of a large block */
    _Atomic(const char *) free_here; /* where the last block of the page was freed */
} fai_page;
_Static_assert(sizeof(fai_page) == 128, "found by a shift");

/* A class without a page points here: an empty stack. Never written: only a page with a block is. */
extern const fai_page fai_absent_page;

/* A size class of one owner. */
typedef struct fai_class {
    fai_page *page;    /* where the next block comes from */
    fai_page **direct; /* copies of it, by the size in units of 16 bytes; NULL: there are none */
    uint32_t direct_count;
    uint32_t block_bytes;
    uint32_t partial; /* pages with free blocks, the current one not among them */
    uint32_t full;
    uint32_t empty_count; /* pages on `partial` without a live block */
    uint64_t random;      /* of the hardened option */
    struct fai_owner *owner;
    uint8_t family;
} fai_class;

/* Who owns classes: what other threads need to reach it. */
typedef struct fai_owner {
    struct fai_context *ctx; /* NULL: under a lock */
    struct fai_typed *typed; /* the typed pool, or NULL */
    struct fai_inbox *inbox; /* where other threads queue what they free; NULL: they never do */
    uint64_t refills;        /* times a class of it was given blocks to hand out */
} fai_owner;

/* Blocks of one family for all threads, see shared.h. */
typedef struct fai_depot {
    fai_mutex lock;
    fai_family family;
    fai_owner owner;
    fai_class classes[FAI_CLASS_COUNT];
} fai_depot;

#define FAI_WITHHELD_NOTED 8u

/* A block that was written to after its free, until it is reported: harden.h. */
typedef struct fai_withheld {
    void *p;
    uint64_t alloc_here_tag;
    const char *free_here;
    uint32_t block_bytes;
    uint8_t family;
} fai_withheld;

typedef struct fai_objects {
    uintptr_t base;
    size_t bytes;    /* of the range */
    fai_page *pages; /* one per page of the range; committed as far as pages are used */
    fai_extent descs;
    fai_mutex lock; /* runs and spans */
    uint32_t page_count;
    atomic_uint frontier; /* pages from here on were never used; page 0 is left unused so that 0 means none */
    uint32_t bins[FAI_RUN_BINS];
    uint32_t kept_pages;     /* free pages that have memory */
    uint32_t keep_pages;     /* how many of them may */
    fai_record *records[14]; /* of pages that are gone: 1 << bin of them */
    atomic_size_t used_pages;
    fai_mutex heap_lock;
    fai_owner heap_owner;
    fai_class heap[FAI_CLASS_COUNT];
    atomic_size_t heap_live;
    uint64_t key; /* of the hardened option */
    uint32_t withheld_count;
    fai_withheld withheld[FAI_WITHHELD_NOTED]; /* with `lock` */
} fai_objects;

/* What a pointer is. */
typedef enum fai_where { FAI_WHERE_OUTSIDE, FAI_WHERE_INSIDE, FAI_WHERE_BLOCK } fai_where;
typedef struct fai_block {
    fai_where where; /* outside the range; inside but not a block's start; a block */
    bool live;
    bool known; /* it was handed out at some time */
    fai_family family;
    fai_page *page;
    uint32_t index;
    void *p;
} fai_block;

bool fai_objects_create(struct fa_allocator *allocator, size_t max_bytes);
void fai_objects_destroy(struct fa_allocator *allocator);

/* ---- spans (span.c) ------------------------------------------------------------------------------------ */

/* Whole pages with memory; 0: refused, with the reason. */
uint32_t fai_span_alloc(struct fa_allocator *allocator, uint32_t page_count, fa_result *why);
/* Whose bytes are poisoned already. */
void fai_span_free(struct fa_allocator *allocator, uint32_t page, uint32_t page_count);
/* A block of whole pages. NULL: refused. */
void *fai_large_alloc(struct fa_allocator *allocator, fai_family family, size_t size, size_t align,
                      fa_tag tag, const char *here, fa_result *why);
/* False: it was free already. */
bool fai_large_free(struct fa_allocator *allocator, fai_page *page, const char *here);

/* ---- classes (class.c) --------------------------------------------------------------------------------- */

/* Class for a size and an alignment, FAI_CLASS_COUNT when only whole pages will do. align is a power of two.
 */
uint32_t fai_class_index(size_t size, size_t align);
uint32_t fai_class_bytes(uint32_t index);
void fai_class_init(fai_class *cls, uint32_t block_bytes, fai_family family, fai_owner *owner);
/* Have the current page stand at @p count places of @p direct as well. */
void fai_class_keep_direct(fai_class *cls, fai_page **direct, uint32_t count);
/* A block, off its page's stack; its record is the caller's to write. False: refused, with the reason. Owner
 * only. */
bool fai_class_take(struct fa_allocator *allocator, fai_class *cls, fai_record **record, void **p,
                    const char *here, fa_result *why);
/* A block, its record written. NULL: refused, with the reason. Owner only. */
void *fai_class_alloc(struct fa_allocator *allocator, fai_class *cls, size_t size, fa_tag tag,
                      const char *here, fa_result *why);
/* Precondition: the block is live (or freed elsewhere) and its page's owner is the caller's. */
void fai_class_free(struct fa_allocator *allocator, fai_page *page, uint32_t index, const char *here);
/* Give the class's current page a block on its stack. False: refused, with the reason. Owner only. */
bool fai_class_refill(struct fa_allocator *allocator, fai_class *cls, fa_result *why);
/* After fai_class_push said so. */
void fai_class_settle(struct fa_allocator *allocator, fai_page *page);
/* Free what other threads marked without queueing it. Owner only. @return How many. */
size_t fai_class_sweep(struct fa_allocator *allocator, fai_class *cls);
/* Give empty pages back. */
void fai_class_trim(struct fa_allocator *allocator, fai_class *cls);
/* Free every page, whatever lives on it. */
void fai_class_release(struct fa_allocator *allocator, fai_class *cls, const char *here);
/* Who hears of each block that a reset frees, and of the state it had. */
typedef struct fai_reset_hook {
    void (*freed)(void *user, void *p, uint64_t live);
    void *user;
} fai_reset_hook;
/* Free every block, at @p here; pages stay. @p hook may be NULL. */
void fai_class_reset(struct fa_allocator *allocator, fai_class *cls, const char *here,
                     const fai_reset_hook *hook);
/* First problem found, or NULL. */
const char *fai_class_validate(const struct fa_allocator *allocator, const fai_class *cls);

/* ---- lookup (block.c) ---------------------------------------------------------------------------------- */

fai_block fai_block_find(const struct fa_allocator *allocator, const void *p);
size_t fai_block_size(const fai_block *block);
fa_tag fai_block_tag(const fai_block *block);
const char *fai_block_alloc_here(const fai_block *block);
const char *fai_block_free_here(const fai_block *block);
/* Refuse a free with FA607: says what the pointer is, who owns it, where it came from. */
fa_result fai_block_refuse(struct fa_context *ctx, const fai_block *block, fai_family wanted,
                           const char *call, const char *here);
const char *fai_family_name(fai_family family);

/* ---- shared by the inlined parts ----------------------------------------------------------------------- */

#define FAI_SITE_MASK ((UINT64_C(1) << 48) - 1)

/* A site is the address of a string literal: it has 48 bits. */
static inline uint64_t fai_pack(const char *site, uint32_t figure)
{
    return (uint64_t)(uintptr_t)site | (uint64_t)figure << 48;
}

static inline const char *fai_packed_site(uint64_t packed)
{
    return (const char *)(uintptr_t)(packed & FAI_SITE_MASK);
}

static inline uint32_t fai_packed_figure(uint64_t packed)
{
    return (uint32_t)(packed >> 48);
}

static inline uint64_t fai_state_of(const fai_record *record)
{
    return atomic_load_explicit(&record->state, memory_order_relaxed);
}

/* Of a live block; its size is added. */
static inline uint64_t fai_state_live(fa_tag tag)
{
    return FAI_STATE_LIVE | (uint64_t)tag << FAI_STATE_TAG_SHIFT;
}

static inline bool fai_state_is_live(uint64_t state)
{
    return state >> 48 == FAI_STATE_LIVE >> 48;
}

/* Of a live block. */
static inline size_t fai_state_size(uint64_t state)
{
    return (size_t)(uint32_t)state;
}

static inline fa_tag fai_state_tag(uint64_t state)
{
    return (fa_tag)(state >> FAI_STATE_TAG_SHIFT & 0xFFFF);
}

static inline void fai_state_set(fai_record *record, uint64_t state)
{
    atomic_store_explicit(&record->state, state, memory_order_relaxed);
}

static inline fai_page_kind fai_page_kind_of(const fai_page *page)
{
    return (fai_page_kind)atomic_load_explicit(&page->kind, memory_order_relaxed);
}

/* The page an address lies in, NULL outside of the pages in use so far. */
static inline fai_page *fai_page_of(const fai_objects *objects, const void *p)
{
    uintptr_t index = ((uintptr_t)p - objects->base) >> FAI_PAGE_SHIFT;
    return index < atomic_load_explicit(&objects->frontier, memory_order_acquire) ? &objects->pages[index]
                                                                                  : NULL;
}

static inline uintptr_t fai_page_address(const fai_objects *objects, const fai_page *page)
{
    return objects->base + ((uintptr_t)(page - objects->pages) << FAI_PAGE_SHIFT);
}

#define FAI_NO_BLOCK UINT32_MAX

/* Which block of a class page an offset starts; FAI_NO_BLOCK: it starts none. (The product's lower half is
 * what division leaves, in units of 2^32 / block_bytes, plus less than 2^16 of rounding; a unit is at least
 * 2^17.) It may be one beyond the capacity: such a block has a record, and was never handed out. */
static inline uint32_t fai_page_index(const fai_page *page, uint32_t offset)
{
    uint64_t product = (uint64_t)offset * page->reciprocal;
    return (uint32_t)product <= 0xFFFF ? (uint32_t)(product >> 32) : FAI_NO_BLOCK;
}

/* Take a block of a page. False: the stack is empty, or damaged. */
static inline bool fai_page_pop(fai_page *page, fai_record **record, void **p)
{
    uint32_t count;
    if (FA_UNLIKELY(__builtin_sub_overflow(page->free_count, 1u, &count))) {
        return false;
    }
    uint32_t index = page->stack[count];
    if (FA_UNLIKELY(index >= page->capacity)) {
        return false; /* damaged */
    }
    fai_record *top = &page->records[index];
    if (FA_UNLIKELY((int64_t)fai_state_of(top) < 0)) {
        return false; /* damaged: it is out, or waits elsewhere */
    }
    page->free_count = count;
    *record = top;
    *p = (void *)(page->address + index * page->block_bytes);
    return true;
}

/* Take a block of the current page. False: fai_class_refill must look. */
static inline bool fai_class_pop(fai_class *cls, fai_record **record, void **p)
{
    return fai_page_pop(cls->page, record, p);
}

/* Put a block on its page's stack. True: call fai_class_settle. */
static inline bool fai_class_push(fai_page *page, uint32_t index, fai_record *record, const char *here)
{
    uint32_t count = page->free_count;
    fai_state_set(record, fai_pack(here, FAI_WAITS_ON_PAGE));
    page->stack[count] = (uint16_t)index;
    page->free_count = count + 1;
    return FA_UNLIKELY(count + 1 == page->watch_count);
}

#endif
