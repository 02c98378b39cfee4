/* backing.h - where bytes come from. How they are handed out is not its business.
 *
 * An allocator gets address space and memory only through this table. Leave it zero for the operating system;
 * fill it for a console's page allocator, a region of your own, or to make failure happen in a test. Either
 * all of reserve, commit, decommit and release are given, or none; protect and advise are optional (then:
 * true and false).
 *
 * All sizes are multiples of the page size that fa_backing_page_bytes gives, all addresses page-aligned.
 * Functions may be called from any thread at the same time and must not call back into the allocator that
 * uses them. A refusal must leave things as they were. */
#ifndef FRAMEALLOC_BACKING_H
#define FRAMEALLOC_BACKING_H

#include "framealloc/base.h"

FA_EXTERN_C_BEGIN

typedef enum fa_advice {
    FA_ADVICE_HUGE_PAGES, ///< back this with huge pages where possible
    FA_ADVICE_PREFAULT    ///< make the pages resident now
} fa_advice;

typedef struct fa_backing {
    /// Address space without memory, aligned to @p align (a power of two). NULL: refused.
    void *(*reserve)(void *user, size_t bytes, size_t align);
    /// Make part of a reservation readable and writable. Fresh memory is zero. Committing twice is harmless.
    bool (*commit)(void *user, void *p, size_t bytes);
    /// Give the memory back and keep the address space. False: refused, still committed.
    bool (*decommit)(void *user, void *p, size_t bytes);
    /// Make committed memory inaccessible, or accessible again with its contents.
    bool (*protect)(void *user, void *p, size_t bytes, bool accessible);
    /// Give a whole reservation back.
    void (*release)(void *user, void *p, size_t bytes);
    /// A wish about committed memory; false: not followed, nothing else changed.
    bool (*advise)(void *user, void *p, size_t bytes, fa_advice advice);
    void *user;
} fa_backing;

/// The operating system's own table: mmap and its like. Wrap it to count, to limit or to inject failure.
/// [any-thread]
FA_API fa_backing fa_backing_os(void);

/// Page size of the operating system, in bytes.
/// [any-thread]
FA_API size_t fa_backing_page_bytes(void);

FA_EXTERN_C_END

#endif
