/* swarm.h - the particles: 100,000 and more, as four arrays of floats.
 *
 * Moving and drawing go over them in blocks that stay in the first-level cache; inside a block each loop does
 * one thing, so that the compiler vectorises the arithmetic and only look-ups and pixel writes are left to
 * single instructions. */
#ifndef DEMO_SWARM_H
#define DEMO_SWARM_H

#include "canvas.h"
#include "flow.h"
#include "rng.h"

/// Particles are moved in blocks of this many; arrays have room for whole blocks.
#define SWARM_BLOCK 256
/// The particles are cut into slices, each with a colour of its own and sorted by bands of rows. Drawing goes
/// band by band, so that the rows it writes to stay in the second-level cache; one slice is sorted anew in
/// each step.
#define SWARM_SLICES 24
#define SWARM_BANDS 16
/// Steps of velocity along each axis that have a colour of their own.
#define SWARM_COLOURS 64

typedef struct swarm {
    float *x, *y;   ///< pixels
    float *vx, *vy; ///< pixels per second
    int count;
    int first[SWARM_SLICES][SWARM_BANDS + 1]; ///< where each band of each slice began when it was sorted
    uint32_t palette[SWARM_COLOURS * SWARM_COLOURS]; ///< light added per pixel, by velocity
    int next_slice;                                  ///< the one that is sorted next
} swarm;

/// Array length for a count: whole blocks.
static inline size_t swarm_capacity(int count)
{
    return ((size_t)count + SWARM_BLOCK - 1) / SWARM_BLOCK * SWARM_BLOCK;
}

/// Floats of scratch that swarm_sort needs.
static inline size_t swarm_sort_floats(int count)
{
    return ((size_t)count / SWARM_SLICES + 1) * 4;
}

/// Strew the particles over the world and mix the colours; @p glow: how bright one of them is, 1 for a few.
void swarm_scatter(swarm *s, rng *random, float width, float height, float glow);
/// Sort the next slice by bands. @p scratch: swarm_sort_floats. Changes nothing but the order.
void swarm_sort(swarm *s, float height, float *scratch);
/// One step of @p seconds; particles bounce off the world's edges.
void swarm_step(swarm *s, const flow *f, float width, float height, float seconds);
/// Add every particle's light to the canvas's glow.
void swarm_draw(const swarm *s, canvas *c);

#endif
