/* ticks.c - see ticks.h. No header of an operating system is needed: the processor says itself whether its
 * counter is steady. */
#include "platform/ticks.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#endif

/* Shorter spans than this do not tell the length of a tick within 0.1 %. */
#define LEAST_SPAN_NS 100000

static bool is_steady(void)
{
#if defined(__x86_64__) && defined(__GNUC__)
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    return __get_cpuid(0x80000007u, &eax, &ebx, &ecx, &edx) != 0 &&
           (edx & (1u << 8)) != 0; /* invariant TSC */
#elif defined(__aarch64__) && defined(__GNUC__)
    return true;
#else
    return false;
#endif
}

fai_tick_clock fai_tick_clock_start(void)
{
    bool steady = is_steady();
    return (fai_tick_clock){.steady = steady, .start_ticks = fai_ticks(steady), .start_ns = fai_clock_ns()};
}

int64_t fai_ticks_to_ns(const fai_tick_clock *clock, uint64_t ticks)
{
    if (!clock->steady) {
        return (int64_t)ticks;
    }
    int64_t span_ns;
    do { /* only in the first moments of an allocator does this go round more than once */
        span_ns = fai_clock_ns() - clock->start_ns;
    } while (span_ns < LEAST_SPAN_NS);
    uint64_t span_ticks = fai_ticks(true) - clock->start_ticks;
    return span_ticks > 0 ? (int64_t)((double)ticks * (double)span_ns / (double)span_ticks) : 0;
}
