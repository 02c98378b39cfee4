/* flow.h - what pushes the particles: a grid of cells over the world, made anew for every fixed step.
 *
 * Whatever acts on particles (the slow wind, the mouse, bodies in the way, explosions) is added to the grid,
 * and each particle reads one cell. So 250,000 particles feel 350 bodies for the price of one look-up each.
 * The grid's memory is the caller's: the game takes it from step memory. */
#ifndef DEMO_FLOW_H
#define DEMO_FLOW_H

#include <cglm/cglm.h>
#include <stdbool.h>

#define FLOW_CELL_PIXELS 4
#define FLOW_WAVES 3

typedef struct flow {
    int columns;
    int rows;
    vec2 *push; ///< columns x rows: change of velocity in this step, in pixels per second
} flow;

/// Bytes of scratch that flow_wind needs.
#define FLOW_SCRATCH_FLOATS(columns, rows) (((size_t)(columns) + (size_t)(rows)) * 2 * FLOW_WAVES)

static inline int flow_columns(int width_pixels)
{
    return (width_pixels + FLOW_CELL_PIXELS - 1) / FLOW_CELL_PIXELS;
}

/// Write the wind at @p seconds into every cell: slow whirls that wander. @p scratch: FLOW_SCRATCH_FLOATS.
void flow_wind(flow *f, float *scratch, float seconds, float strength);
/// Add a pull towards a point with a whirl around it, fading out at @p radius pixels. Negative pulls push.
void flow_attract(flow *f, vec2 at, float radius, float pull, float whirl);
/// Add a push out of a turned box with round corners that moves with @p velocity (pixels per second).
typedef struct flow_body {
    vec2 at;
    vec2 velocity;
    vec2 axis; ///< cosine and sine of its angle
    vec2 half; ///< half width and height
    float radius;
    float spin; ///< radians per second
} flow_body;
void flow_add_body(flow *f, const flow_body *body);

#endif
