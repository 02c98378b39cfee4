// The C++ face at work: scopes, and the standard library's containers over frame, pool and heap.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "framealloc/framealloc.hpp"

namespace
{

#define EXPECT(condition)                                                        \
    do {                                                                         \
        if (!(condition)) {                                                      \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            std::exit(1);                                                        \
        }                                                                        \
    } while (0)

unsigned diagnostics = 0;
std::string last_here;
std::string last_earlier;

void on_diagnostic(void *, const fa_diagnostic *d)
{
    diagnostics++;
    last_here = d->here;
    last_earlier = d->earlier != nullptr ? d->earlier : "";
}

fa_allocator_stats stats_of(fa_allocator *memory)
{
    fa_allocator_stats stats;
    EXPECT(fa_allocator_stats_get(memory, &stats) == FA_RESULT_OK);
    return stats;
}

template <typename Resource> void use_containers(Resource &memory)
{
    std::pmr::vector<int> numbers(&memory);
    std::pmr::map<int, std::pmr::string> names(&memory);
    std::pmr::unordered_map<std::pmr::string, std::pmr::vector<double>> table(&memory);
    for (int i = 0; i < 5000; i++) {
        numbers.push_back(i);
        if (i % 10 == 0) {
            names[i] =
                std::string("a name that is too long for the small string buffer ") + std::to_string(i);
            table[names[i]].assign(static_cast<std::size_t>(i % 70), 0.5 * i);
        }
    }
    for (int i = 0; i < 5000; i++) {
        EXPECT(numbers[static_cast<std::size_t>(i)] == i);
    }
    EXPECT(names.size() == 500 && table.size() == 500);
    for (int i = 0; i < 5000; i += 10) {
        EXPECT(table.at(names.at(i)).size() == static_cast<std::size_t>(i % 70));
    }
    for (int i = 0; i < 5000; i += 20) {
        table.erase(names.at(i));
        names.erase(i);
    }
    struct alignas(256) wide {
        char bytes[256];
    };
    std::pmr::vector<wide> aligned(33, &memory);
    EXPECT(reinterpret_cast<std::uintptr_t>(aligned.data()) % 256 == 0);
}

void scopes(fa_allocator *memory, fa_context *ctx)
{
    fa_tag tag = fa_tag_intern(memory, "cpp");
    fa_phase phase = fa_phase_intern(memory, "cpp");
    try {
        framealloc::frame_scope frame(ctx);
        EXPECT(frame.result() == FA_RESULT_OK && fa_frame_is_open(ctx));
        framealloc::tag_scope tagged(ctx, tag);
        framealloc::phase_scope phased(ctx, phase);
        EXPECT(fa_tag_current(ctx) == tag && fa_phase_current(ctx) == phase);
        framealloc::frame_resource frames(ctx);
        use_containers(frames);
        std::size_t before = fa_frame_used_bytes(ctx);
        {
            framealloc::rewind_scope undo(ctx);
            std::pmr::vector<char> waste(10000, &frames);
            EXPECT(fa_frame_used_bytes(ctx) > before);
        }
        EXPECT(fa_frame_used_bytes(ctx) == before);
        {
            framealloc::rewind_scope undo(ctx);
            EXPECT(fa_frame_alloc(ctx, 100, 16) != nullptr);
            undo.keep();
        }
        EXPECT(fa_frame_used_bytes(ctx) > before);
        throw std::runtime_error("leaves all scopes");
    } catch (const std::runtime_error &) {
    }
    EXPECT(!fa_frame_is_open(ctx) && fa_tag_current(ctx) == FA_TAG_NONE);
    fa_tag_stats stats;
    EXPECT(fa_tag_stats_get(memory, tag, &stats) == FA_RESULT_OK && stats.self.last_frame_bytes > 100000);
    fa_phase_stats phases;
    EXPECT(fa_phase_stats_get(memory, phase, &phases) == FA_RESULT_OK && phases.runs == 1);
    EXPECT(diagnostics == 0);
}

void refusals(fa_allocator *memory, fa_context *ctx)
{
    framealloc::frame_resource frames(ctx);
    framealloc::pool_resource pool(ctx);
    framealloc::heap_resource heap(ctx);
    framealloc::heap_resource same_heap(ctx);
    EXPECT(heap == same_heap && !(heap == static_cast<std::pmr::memory_resource &>(pool)));
    EXPECT(frames == framealloc::frame_resource(ctx));
    const fa_budget limit = {0, 1000};
    EXPECT(fa_allocator_budget_set(memory, limit) == FA_RESULT_OK);
    std::pmr::memory_resource *all[] = {&frames, &pool, &heap};
    framealloc::frame_scope frame(ctx);
    for (std::pmr::memory_resource *one : all) {
        bool thrown = false;
        try {
            (void)one->allocate(1001, 16);
        } catch (const std::bad_alloc &) {
            thrown = true;
        }
        EXPECT(thrown && fa_context_last_result(ctx) == FA_RESULT_OVER_BUDGET);
    }
    EXPECT(diagnostics == 0);
}

// The caller's line is in the report, not one of the header's.
void sites(fa_context *ctx)
{
    {
        framealloc::frame_scope frame(ctx, "outer:1");
        framealloc::frame_scope nested(ctx, "nested:2");
        EXPECT(nested.result() == FA_RESULT_FRAME_OPEN && last_here == "nested:2" &&
               last_earlier == "outer:1");
    }
    framealloc::pool_resource pool(ctx, "pool:3");
    framealloc::heap_resource heap(ctx, "heap:4");
    void *object = pool.allocate(64, 16);
    pool.deallocate(object, 64, 16);
    pool.deallocate(object, 64, 16);
    EXPECT(last_here == "pool:3" && last_earlier == "pool:3");
    object = heap.allocate(100000, 16);
    heap.deallocate(object, 99999, 16); // the size is part of the promise
    EXPECT(last_here == "heap:4" && last_earlier == "heap:4");
    heap.deallocate(object, 100000, 16);
    framealloc::frame_resource frames(ctx, "frames:5");
    bool thrown = false;
    try {
        (void)frames.allocate(8, 8);
    } catch (const std::bad_alloc &) {
        thrown = true;
    }
    EXPECT(thrown && last_here == "frames:5" && diagnostics == 4);
    diagnostics = 0;
}

} // namespace

int main()
{
    fa_allocator_desc desc{};
    desc.name = "cpp";
    desc.handler.fn = on_diagnostic;
    desc.strictness = FA_STRICT_REPORT;
    fa_allocator *memory = nullptr;
    fa_context *ctx = nullptr;
    EXPECT(fa_allocator_create(&desc, &memory) == FA_RESULT_OK);
    EXPECT(fa_context_attach(memory, nullptr, &ctx) == FA_RESULT_OK);
    scopes(memory, ctx);
    {
        framealloc::pool_resource pool(ctx);
        use_containers(pool);
        framealloc::heap_resource heap(ctx);
        use_containers(heap);
    }
    EXPECT(stats_of(memory).pool_bytes == 0 && stats_of(memory).heap_bytes == 0);
    EXPECT(stats_of(memory).heap_objects == 0 && stats_of(memory).pool_objects == 0);
    refusals(memory, ctx);
    EXPECT(fa_allocator_budget_set(memory, fa_budget{}) == FA_RESULT_OK);
    sites(ctx);
    EXPECT(fa_context_detach(ctx) == FA_RESULT_OK);
    EXPECT(fa_allocator_destroy(memory) == FA_RESULT_OK);
    EXPECT(diagnostics == 0);
    std::puts("ok");
    return 0;
}
