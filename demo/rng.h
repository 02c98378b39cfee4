/* rng.h - a small random generator whose whole state is one number (PCG-XSH-RR, M. O'Neill 2014): the same
 * seed gives the same game. */
#ifndef DEMO_RNG_H
#define DEMO_RNG_H

#include <stdint.h>

typedef struct rng {
    uint64_t state;
} rng;

static inline uint32_t rng_next(rng *r)
{
    uint64_t old = r->state;
    r->state = old * 6364136223846793005u + 1442695040888963407u;
    uint32_t mixed = (uint32_t)(((old >> 18) ^ old) >> 27);
    uint32_t turn = (uint32_t)(old >> 59);
    return (mixed >> turn) | (mixed << ((32 - turn) & 31));
}

static inline rng rng_make(uint64_t seed)
{
    rng r = {seed + 1442695040888963407u};
    (void)rng_next(&r);
    r.state += seed;
    (void)rng_next(&r);
    return r;
}

/// From @p low to @p high, the latter excluded.
static inline float rng_range(rng *r, float low, float high)
{
    return low + (high - low) * ((float)(rng_next(r) >> 8) * (1.0f / 16777216.0f));
}

#endif
