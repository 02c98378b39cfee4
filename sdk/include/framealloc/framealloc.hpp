/* framealloc.hpp - the C++17 face: scopes that end by themselves, and std::pmr resources over frame, pool and
 * heap. Header only; everything else is used as from C.
 *
 *     framealloc::frame_scope frame(ctx, FA_HERE);
 *     framealloc::frame_resource memory(ctx, FA_HERE);
 *     std::pmr::vector<contact> contacts(&memory);
 *
 * FA_HERE, the last parameter of every constructor, is the line that diagnostics name. Without it they name a
 * line of this header: C++17 has no way to make the caller's line a constant string by default. A resource
 * names the line it was made on for all that is taken through it.
 *
 * A resource throws std::bad_alloc where the C functions give NULL; fa_context_last_result says why. It
 * borrows its context, and is used on the thread that owns it. Two resources are equal when memory of one may
 * be given back to the other: same family, same allocator (frames: same context). */
#ifndef FRAMEALLOC_FRAMEALLOC_HPP
#define FRAMEALLOC_FRAMEALLOC_HPP

#include <memory_resource>
#include <new>

#include "framealloc/framealloc.h"

namespace framealloc
{

/* ---- scopes -------------------------------------------------------------------------------------------- */

/// What the scopes below have in common: whether what they begin did begin, and where it was written.
class scope
{
  public:
    scope(const scope &) = delete;
    scope &operator=(const scope &) = delete;
    fa_result result() const noexcept
    {
        return result_;
    }

  protected:
    scope(fa_context *ctx, fa_result result, const char *here) noexcept
        : ctx_(ctx), result_(result), here_(here)
    {
    }
    ~scope() = default;

    fa_context *ctx_;
    fa_result result_;
    const char *here_;
};

/// A frame from here to the end of the block. Where a frame is open already it begins none and ends none.
class frame_scope : public scope
{
  public:
    explicit frame_scope(fa_context *ctx, const char *here = FA_HERE)
        : scope(ctx, fai_frame_begin(ctx, here), here)
    {
    }
    ~frame_scope()
    {
        if (result_ == FA_RESULT_OK) {
            (void)fai_frame_end(ctx_, here_);
        }
    }
};

/// What is allocated until the end of the block is charged to a tag.
class tag_scope : public scope
{
  public:
    tag_scope(fa_context *ctx, fa_tag tag, const char *here = FA_HERE)
        : scope(ctx, fai_tag_push(ctx, tag, here), here)
    {
    }
    ~tag_scope()
    {
        if (result_ == FA_RESULT_OK) {
            (void)fai_tag_pop(ctx_, here_);
        }
    }
};

/// A phase of the open frame until the end of the block.
class phase_scope : public scope
{
  public:
    phase_scope(fa_context *ctx, fa_phase phase, const char *here = FA_HERE)
        : scope(ctx, fai_phase_begin(ctx, phase, here), here)
    {
    }
    ~phase_scope()
    {
        if (result_ == FA_RESULT_OK) {
            (void)fai_phase_end(ctx_, here_);
        }
    }
};

/// Frame memory taken until the end of the block is given back there, unless it is kept.
class rewind_scope
{
  public:
    explicit rewind_scope(fa_context *ctx, const char *here = FA_HERE)
        : ctx_(ctx), mark_(fai_frame_mark(ctx, here)), here_(here)
    {
    }
    ~rewind_scope()
    {
        if (!kept_ && mark_.serial != 0) {
            (void)fai_frame_rewind(ctx_, mark_, here_);
        }
    }
    rewind_scope(const rewind_scope &) = delete;
    rewind_scope &operator=(const rewind_scope &) = delete;
    void keep() noexcept
    {
        kept_ = true;
    }

  private:
    fa_context *ctx_;
    fa_checkpoint mark_;
    const char *here_;
    bool kept_ = false;
};

/* ---- std::pmr ------------------------------------------------------------------------------------------ */

/// Frame memory: deallocation does nothing, the frame's end takes everything.
class frame_resource final : public std::pmr::memory_resource
{
  public:
    explicit frame_resource(fa_context *ctx, const char *here = FA_HERE) noexcept : ctx_(ctx), here_(here)
    {
    }
    fa_context *context() const noexcept
    {
        return ctx_;
    }

  private:
    void *do_allocate(std::size_t bytes, std::size_t align) override
    {
        void *p = fai_frame_alloc(ctx_, bytes, align, here_);
        return p != nullptr ? p : throw std::bad_alloc();
    }
    void do_deallocate(void *, std::size_t, std::size_t) override
    {
    }
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
    {
        const frame_resource *same = dynamic_cast<const frame_resource *>(&other);
        return same != nullptr && same->ctx_ == ctx_;
    }
    fa_context *ctx_;
    const char *here_;
};

/// Pool objects, freed one by one.
class pool_resource final : public std::pmr::memory_resource
{
  public:
    explicit pool_resource(fa_context *ctx, const char *here = FA_HERE) noexcept : ctx_(ctx), here_(here)
    {
    }
    fa_context *context() const noexcept
    {
        return ctx_;
    }

  private:
    void *do_allocate(std::size_t bytes, std::size_t align) override
    {
        void *p = fai_pool_alloc(ctx_, bytes, align, here_);
        return p != nullptr ? p : throw std::bad_alloc();
    }
    void do_deallocate(void *p, std::size_t bytes, std::size_t) override
    {
        (void)fai_pool_free_sized(ctx_, p, bytes, here_);
    }
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
    {
        const pool_resource *same = dynamic_cast<const pool_resource *>(&other);
        return same != nullptr && fa_context_allocator(same->ctx_) == fa_context_allocator(ctx_);
    }
    fa_context *ctx_;
    const char *here_;
};

/// Heap blocks, freed one by one.
class heap_resource final : public std::pmr::memory_resource
{
  public:
    explicit heap_resource(fa_context *ctx, const char *here = FA_HERE) noexcept : ctx_(ctx), here_(here)
    {
    }
    fa_context *context() const noexcept
    {
        return ctx_;
    }

  private:
    void *do_allocate(std::size_t bytes, std::size_t align) override
    {
        void *p = fai_heap_alloc(ctx_, bytes, align, here_);
        return p != nullptr ? p : throw std::bad_alloc();
    }
    void do_deallocate(void *p, std::size_t bytes, std::size_t) override
    {
        (void)fai_heap_free_sized(ctx_, p, bytes, here_);
    }
    bool do_is_equal(const std::pmr::memory_resource &other) const noexcept override
    {
        const heap_resource *same = dynamic_cast<const heap_resource *>(&other);
        return same != nullptr && fa_context_allocator(same->ctx_) == fa_context_allocator(ctx_);
    }
    fa_context *ctx_;
    const char *here_;
};

} // namespace framealloc

#endif
