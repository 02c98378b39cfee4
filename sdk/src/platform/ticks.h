/* ticks.h - the cheapest clock there is: the processor's counter where it runs at one speed whatever the
 * processor does, else the system's clock. Readings are compared with each other only; how long a tick is, is
 * found by comparing both clocks over the time since an allocator was made. */
#ifndef FAI_TICKS_H
#define FAI_TICKS_H

#include "platform/platform.h"

typedef struct fai_tick_clock {
    bool steady;
    uint64_t start_ticks;
    int64_t start_ns;
} fai_tick_clock;

static inline uint64_t fai_ticks(bool steady)
{
#if defined(__x86_64__) && defined(__GNUC__)
    if (steady) {
        return __builtin_ia32_rdtsc();
    }
#elif defined(__aarch64__) && defined(__GNUC__)
    if (steady) {
        uint64_t ticks;
        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
        return ticks;
    }
#else
    (void)steady;
#endif
    return (uint64_t)fai_clock_ns();
}

fai_tick_clock fai_tick_clock_start(void);
int64_t fai_ticks_to_ns(const fai_tick_clock *clock, uint64_t ticks);

#endif
