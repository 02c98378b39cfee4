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
    unsigned eax;
    unsigned ebx;
    unsigned ecx;
    unsigned edx;
    /* Every 64-bit processor knows this leaf: asking for the highest one first would cost another exit to the
     * hypervisor, 10 us or more of the start of an allocator. */
    __cpuid(0x80000007u, eax, ebx, ecx, edx);
    (void)eax;
    (void)ebx;
    (void)ecx;
    return (edx & (1u << 8)) != 0; /* invariant TSC */
#elif defined(__aarch64__) && defined(__GNUC__)
    return true;
#else
    return false;
#endif
}

/* Both clocks at one moment: the closest of a few tries, since a thread may be stopped between two reads. */
static void read_both(bool steady, uint64_t *ticks, int64_t *ns)
{
    uint64_t closest = UINT64_MAX;
    for (int i = 0; i < 4; i++) {
        uint64_t before = fai_ticks(steady);
        int64_t now = fai_clock_ns();
        uint64_t gap = fai_ticks(steady) - before;
        if (gap < closest) {
            closest = gap;
            *ticks = before + gap / 2;
            *ns = now;
        }
    }
}

fai_tick_clock fai_tick_clock_start(void)
{
    fai_tick_clock clock = {.steady = is_steady()};
    read_both(clock.steady, &clock.start_ticks, &clock.start_ns);
    return clock;
}

int64_t fai_ticks_to_ns(const fai_tick_clock *clock, uint64_t ticks)
{
    if (!clock->steady) {
        return (int64_t)ticks;
    }
    uint64_t span_ticks = 0;
    int64_t span_ns = 0;
    do { /* only in the first moments of an allocator does this go round more than once */
        read_both(true, &span_ticks, &span_ns);
        span_ticks -= clock->start_ticks;
        span_ns -= clock->start_ns;
    } while (span_ns < LEAST_SPAN_NS);
    return span_ticks > 0 ? (int64_t)((double)ticks * (double)span_ns / (double)span_ticks) : 0;
}
