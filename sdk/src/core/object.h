/* object.h - pages of blocks: what pool, typed pools and heap are made of.
 *
 * One range of address space per allocator, cut into pages of 64 KiB. Everything known about a page stands
 * out of line in fai_page, found from an address by a subtraction and a shift: so any pointer at all can be
 * judged without reading it.
 *
 *   - A class page holds blocks of one size. Per 64 blocks there is a word of bits (1 = free) and a word in
 * which other threads mark blocks they free; per block there is a record: tag, unused bytes, call site of
 * allocation and of free.
 *   - A large block is a span of whole pages with one record.
 *   - Free pages form runs, held in bins by the logarithm of their length, and merge with their neighbours.
 *
 * Taking a block: lowest set bit of the current word. Giving it back: set the bit. No link is ever stored in
 * user memory, so a write after free cannot mislead the allocator. A block whose bit is set already is a
 * double free.
 *
 * Threads: a class belongs to one owner (a context, a typed pool, or the heap under its lock) and only the
 * owner touches its words and lists. Others mark `remote` atomically; the first mark of a word announces the
 * word in its page, the first word of a page announces the page to its owner, who collects whole words at a
 * time (fai_class_collect). */
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
/* Free pages kept with their memory, so that a steady program does not go to the system and back. */
#define FAI_KEEP_FREE_PAGES 32u

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

typedef struct fai_word {
    _Atomic uint64_t free;   /* written by the owner only */
    _Atomic uint64_t remote; /* set by other threads, collected by the owner */
} fai_word;

/* Two packed words: an address needs 48 bits, which leaves 16 for a figure. */
typedef struct fai_record {
    _Atomic uint64_t alloc_here_tag;  /* site | tag << 48; 0: never handed out */
    _Atomic uint64_t free_here_slack; /* site | unused bytes << 48 */
} fai_record;

struct fai_class;

/* block_bytes of a page that holds a large block, or held one when it was last in use. */
#define FAI_LARGE UINT32_MAX

typedef struct fai_page {
    _Atomic uint8_t kind;
    uint8_t family;
    bool committed;
    bool in_full_list;
    uint32_t block_bytes; /* class pages; kept after release so that a late double free is known as one */
    uint32_t reciprocal;  /* ceil(2^32 / block_bytes) */
    uint32_t capacity;
    fai_word *words;
    fai_record *records;
    struct fai_class *owner;
    struct fai_context *pool_ctx; /* of a large pool block: the context that took it */
    uint32_t next, prev;          /* list of the owner's class, or run bin; 0 ends it */
    uint32_t span_pages;  /* large: length; tail: distance to the head; free run: length, at both ends */
    uint32_t next_remote; /* owner's list of pages with marks */
    _Atomic uint64_t remote_words;
    size_t large_bytes; /* size asked for of a large block */
    uint32_t large_align;
    _Atomic uint32_t large_live;
    fai_record large;                /* of a large block */
    _Atomic(const char *) free_here; /* where the last block of the page was freed */
} fai_page;

/* A size class of one owner. */
typedef struct fai_class {
    fai_word *word;      /* where the next block comes from; a word without bits when there is no page */
    fai_record *records; /* of that word */
    uintptr_t base;      /* address of the word's first block */
    uint32_t block_bytes;
    uint32_t page; /* current page, 0: none */
    uint32_t word_index;
    uint32_t partial; /* pages with free blocks, the current one not among them */
    uint32_t full;
    uint32_t empty_count; /* pages on `partial` without a live block */
    uint8_t family;
    struct fai_owner *owner;
} fai_class;

/* Who owns classes: what other threads need to reach it. */
typedef struct fai_owner {
    struct fai_context *ctx;       /* NULL: the heap */
    struct fai_typed *typed;       /* the typed pool, or NULL */
    _Atomic uint32_t remote_pages; /* stack of announced pages; 0: none */
} fai_owner;

/* Blocks of one family for all threads, see shared.h. */
typedef struct fai_depot {
    fai_mutex lock;
    fai_family family;
    fai_owner owner;
    fai_class classes[FAI_CLASS_COUNT];
} fai_depot;

typedef struct fai_objects {
    uintptr_t base;
    size_t bytes;    /* of the range */
    fai_page *pages; /* one per page of the range; committed as far as pages are used */
    fai_extent descs;
    fai_mutex lock; /* runs and spans */
    uint32_t page_count;
    atomic_uint frontier; /* pages from here on were never used; page 0 is left unused so that 0 means none */
    uint32_t bins[FAI_RUN_BINS];
    uint32_t kept_pages; /* free pages that have memory */
    atomic_size_t used_pages;
    fai_mutex heap_lock;
    fai_owner heap_owner;
    fai_class heap[FAI_CLASS_COUNT];
    atomic_size_t heap_live;
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
/* A block, its record written. NULL: refused, with the reason. Owner only. */
void *fai_class_alloc(struct fa_allocator *allocator, fai_class *cls, size_t size, fa_tag tag,
                      const char *here, fa_result *why);
/* Precondition: the block is live and its page's owner is the caller's. @p here is NULL when the record says
 * so already. */
void fai_class_free(struct fa_allocator *allocator, fai_page *page, uint32_t index, const char *here);
/* Mark a block of somebody else's page. False: it was free or marked already. */
bool fai_class_free_remote(struct fa_allocator *allocator, fai_page *page, uint32_t index, const char *here);
/* Take what other threads marked. Owner only, or nobody owns it and the contexts lock is held. */
void fai_owner_collect(struct fa_allocator *allocator, fai_owner *owner);
/* Give empty pages back. */
void fai_class_trim(struct fa_allocator *allocator, fai_class *cls);
/* Free every page, whatever lives on it. */
void fai_class_release(struct fa_allocator *allocator, fai_class *cls);
/* Mark all blocks free; pages stay. */
void fai_class_reset(struct fa_allocator *allocator, fai_class *cls);
bool fai_page_is_live(const fai_page *page, uint32_t index);
uint32_t fai_page_live_count(const fai_page *page);
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

static inline uint64_t fai_pack(const char *site, uint32_t figure)
{
    return ((uint64_t)(uintptr_t)site & FAI_SITE_MASK) | (uint64_t)figure << 48;
}

static inline const char *fai_packed_site(uint64_t packed)
{
    return (const char *)(uintptr_t)(packed & FAI_SITE_MASK);
}

static inline uint32_t fai_packed_figure(uint64_t packed)
{
    return (uint32_t)(packed >> 48);
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

#endif
