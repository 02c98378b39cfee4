/* allocator.h - the shared root: where memory comes from, what may be used, who is told.
 *
 * An allocator owns address space, page pools, the tag table and the hooks. Threads work through contexts
 * (context.h) attached to it. Many allocators may live in one process; they share nothing, and nothing runs
 * before you create one.
 *
 * Ownership: you destroy what you created, after every other thread has detached or ended. Everything
 * allocated through it goes with it; what was not freed by then is reported as a leak, by tag and call site,
 * and is released all the same.
 *
 *     fa_allocator *memory = NULL;
 *     if (fa_allocator_create(&(fa_allocator_desc){ .name = "game" }, &memory) != FA_RESULT_OK) { ... }
 *
 * Every zero in the desc means the default that its comment states. */
#ifndef FRAMEALLOC_ALLOCATOR_H
#define FRAMEALLOC_ALLOCATOR_H

#include "framealloc/backing.h"
#include "framealloc/diagnostic.h"
#include "framealloc/log.h"
#include "framealloc/result.h"

FA_EXTERN_C_BEGIN

typedef struct fa_allocator fa_allocator;

/// Most frames whose bytes can be intact at the same time, in one context.
#define FA_FRAMES_IN_FLIGHT_MAX 4

struct fa_budget_event;
struct fa_deferred_desc;

/// Who is told when a limit is passed: see budget.h.
typedef struct fa_budget_hook {
    void (*fn)(void *user, const struct fa_budget_event *event);
    void *user;
} fa_budget_hook;

typedef struct fa_allocator_desc {
    uint32_t start_canary; ///< leave zero: tells a desc that was not zero-initialised

    /// How frames may grow.
    const char *name;       ///< copied, shown in reports. Default "framealloc"
    size_t frame_max_bytes; ///< largest frame, per context and frame in flight; address space only. Default 1
                            ///< GiB
    size_t frame_prefault_bytes; ///< made resident when a context attaches, per frame in flight; at most what
                                 ///< is kept. Default 0
    size_t frame_keep_bytes;     ///< pages kept when a frame's memory is reset. Default: the recent peak;
                                 ///< FA_NO_LIMIT: all
    uint32_t frames_in_flight; ///< a frame's bytes stay intact until the n-th frame after it begins: 1 to 4.
                               ///< Default 1
    uint32_t keep_window_frames; ///< frames over which the recent peak is taken; refused beside
                                 ///< frame_keep_bytes. Default 120
    size_t scratch_max_bytes;    ///< largest scratch arena (scratch.h); address space only. Default 256 MiB
    bool discard_retained; ///< a plain fa_frame_end discards retained blocks (retain.h) and promotes none
    bool oversize_to_heap; ///< a request past frame_max_bytes comes from the heap, freed with the frame

    /// Pool and heap objects.
    size_t object_max_bytes; ///< pool and heap objects together; address space only. At least 1 MiB. Default
                             ///< 64 GiB

    const struct fa_deferred_desc
        *deferred; ///< how pool objects come home that other threads free; copied. Default: see deferred.h
    bool hardened; ///< pool, typed pool and heap: freed blocks are used again in random order, and carry a
                   ///< seal (their first 256 bytes at most) that is looked at when they are: one that was
                   ///< written to after its free is withheld, with FA607. Every call then takes the long way:
                   ///< about five times as long

    /// Everything together, all lifetimes: see budget.h.
    size_t memory_limit_bytes; ///< hard limit. Default FA_NO_LIMIT
    size_t memory_soft_bytes;  ///< told once per frame beyond this. Default FA_NO_LIMIT

    /// Where memory comes from, and who is told.
    fa_backing backing; ///< zero: the operating system
    void *region;       ///< all memory comes from here, and the system is never asked: instead of a backing.
                        ///< Yours; must outlive the allocator. Defaults then are parts of the region: objects
                        ///< a half, a frame or arena at most a sixteenth each
    size_t region_bytes;           ///< its size, at least 4 MiB
    fa_log_hook log;               ///< zero: warnings and errors go to stderr
    fa_diagnostic_handler handler; ///< zero: diagnostics go to stderr
    fa_budget_hook budget_hook;    ///< zero: the first time that a soft limit is passed is logged
    fa_strictness strictness;      ///< default: abort in debug builds of the SDK, report in release builds

    uint32_t end_canary; ///< leave zero
} fa_allocator_desc;

/// Descs to start from; change what you like. Default: all zero.
/// [any-thread]
FA_API fa_allocator_desc fa_allocator_desc_default(void);
/// Little memory kept and little address space: tools, tests, many allocators. [any-thread]
FA_API fa_allocator_desc fa_allocator_desc_minimal(void);
/// No page ever given back and 16 MiB per frame ready at attach: no hitch, at the price of memory.
/// [any-thread]
FA_API fa_allocator_desc fa_allocator_desc_high_performance(void);

/// Make an allocator. @p desc may be NULL for all defaults; it is copied. On failure @p out is set to NULL
/// and nothing is left behind.
/// @return OK; INVALID_ARGUMENT (@p out is NULL); INVALID_DESC, after one diagnostic FA103 that lists every
/// problem;
///         OUT_OF_MEMORY: the backing refused the few hundred kilobytes it starts with.
/// [any-thread]
FA_API fa_result fai_allocator_create(const fa_allocator_desc *desc, fa_allocator **out, const char *here);
/// fa_allocator_create(desc, out); written so that a compound literal with commas may stand for the desc.
#define fa_allocator_create(...) fai_allocator_create(__VA_ARGS__, FA_HERE)

/// Take an allocator down with everything in it. NULL is fine. Contexts of the calling thread that have no
/// open frame are detached first. Live pool and heap blocks are reported (FA608), then released.
/// @return OK; BUSY with FA104 and nothing changed: a frame is open, or another living thread is still
/// attached. [startup]
FA_API fa_result fai_allocator_destroy(fa_allocator *allocator, const char *here);
#define fa_allocator_destroy(allocator) fai_allocator_destroy((allocator), FA_HERE)

/// The desc with every default filled in. Borrowed, valid until destroy.
/// [any-thread]
FA_API const fa_allocator_desc *fa_allocator_resolved_desc(const fa_allocator *allocator);

/// Is the address inside memory that this allocator handed out or may hand out?
/// [any-thread]
FA_API bool fa_allocator_contains(const fa_allocator *allocator, const void *p);

/// Replace the handler at run time. [startup]
FA_API void fa_allocator_set_handler(fa_allocator *allocator, fa_diagnostic_handler handler);
/// Replace the strictness at run time. [any-thread]
FA_API void fa_allocator_set_strictness(fa_allocator *allocator, fa_strictness strictness);
/// Check every structure of the allocator and of the calling thread's contexts.
/// @return True: sound. False: damaged; the first finding was reported as FA901.
/// [frame-boundary]
FA_API bool fa_allocator_validate(fa_allocator *allocator);

FA_EXTERN_C_END

#endif
