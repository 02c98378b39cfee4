/* flow.c - see flow.h. The wind is a sum of products of sines, so it is tabulated per column and per row: a
 * few hundred sines for the whole grid. It is the curl of a stream function, hence particles do not pile up
 * in it. */
#include "flow.h"

#include <math.h>

#define EDGE_CELLS 24

typedef struct wave {
    float across, down; ///< radians per pixel
    float drift;        ///< radians per second
    float share;
} wave;

static const wave waves[FLOW_WAVES] = {
    {0.0062f, 0.0081f, 0.37f, 1.0f},
    {0.0131f, 0.0108f, -0.61f, 0.7f},
    {0.0273f, 0.0311f, 0.93f, 0.35f},
};

/* sin and cos of wave `w` at `count` cells along one axis. */
static void tabulate(float *sines, float *cosines, int count, float per_pixel, float phase)
{
    for (int i = 0; i < count; i++) {
        float angle = ((float)i + 0.5f) * FLOW_CELL_PIXELS * per_pixel + phase;
        sines[i] = sinf(angle);
        cosines[i] = cosf(angle);
    }
}

/* The wind blows along the edges, not through them: towards an edge, its part across it fades out. */
static float edge_share(int cell, int cells)
{
    int far = cell < cells - 1 - cell ? cell : cells - 1 - cell;
    return far < EDGE_CELLS ? (float)far / EDGE_CELLS : 1.0f;
}

static void calm_edges(flow *f, float strength)
{
    for (int y = 0; y < f->rows; y++) {
        float down = edge_share(y, f->rows);
        float push_down = (1.0f - down) * (y < f->rows / 2 ? strength : -strength);
        vec2 *row = f->push + (ptrdiff_t)y * f->columns;
        for (int x = 0; x < f->columns; x++) {
            row[x][1] = row[x][1] * down + push_down;
        }
        for (int x = 0; x < EDGE_CELLS && x < f->columns; x++) {
            float across = edge_share(x, f->columns);
            float inwards = (1.0f - across) * strength;
            float *last = row[f->columns - 1 - x];
            row[x][0] = row[x][0] * across + inwards;
            last[0] = last[0] * across - inwards;
        }
    }
}

void flow_wind(flow *f, float *scratch, float seconds, float strength)
{
    float *tables = scratch;
    int columns = f->columns;
    int rows = f->rows;
    for (int w = 0; w < FLOW_WAVES; w++) {
        float phase = waves[w].drift * seconds;
        float *at = tables + (ptrdiff_t)w * 2 * (columns + rows);
        tabulate(at, at + columns, columns, waves[w].across, phase);
        tabulate(at + 2 * columns, at + 2 * columns + rows, rows, waves[w].down, -0.7f * phase + (float)w);
    }
    for (int y = 0; y < rows; y++) {
        vec2 *restrict row = f->push + (ptrdiff_t)y * columns;
        for (int w = 0; w < FLOW_WAVES; w++) {
            const float *restrict sx = tables + (ptrdiff_t)w * 2 * (columns + rows);
            const float *restrict cx = sx + columns;
            float size = strength * waves[w].share;
            float sy = sx[2 * columns + y] * size;
            float cy = sx[2 * columns + rows + y] * size;
            for (int x = 0; x < columns; x++) { /* the curl of sin(x) sin(y) */
                row[x][0] = (w == 0 ? 0 : row[x][0]) + sx[x] * cy;
                row[x][1] = (w == 0 ? 0 : row[x][1]) - cx[x] * sy;
            }
        }
    }
    calm_edges(f, strength * 0.7f);
}

/* Cells that a square around `at` covers, clipped; false: none. */
static bool cells_around(const flow *f, const float *at, float reach, int lo[2], int hi[2])
{
    const float per_cell = 1.0f / FLOW_CELL_PIXELS;
    float last[2] = {(float)(f->columns - 1), (float)(f->rows - 1)};
    for (int axis = 0; axis < 2; axis++) {
        float low = (at[axis] - reach) * per_cell;
        float high = (at[axis] + reach) * per_cell;
        if (!(low <= last[axis] && high >= 0)) { /* also when not a number */
            return false;
        }
        lo[axis] = low > 0 ? (int)low : 0;
        hi[axis] = high < last[axis] ? (int)high : (int)last[axis];
    }
    return true;
}

void flow_attract(flow *f, vec2 at, float radius, float pull, float whirl)
{
    int lo[2], hi[2];
    if (!cells_around(f, at, radius, lo, hi)) {
        return;
    }
    float scale = 1.0f / (radius * radius);
    for (int y = lo[1]; y <= hi[1]; y++) {
        vec2 *restrict row = f->push + (ptrdiff_t)y * f->columns;
        float dy = at[1] - ((float)y + 0.5f) * FLOW_CELL_PIXELS;
        for (int x = lo[0]; x <= hi[0]; x++) {
            float dx = at[0] - ((float)x + 0.5f) * FLOW_CELL_PIXELS;
            float square = dx * dx + dy * dy;
            float near = 1.0f - square * scale;
            near = near > 0 ? near * near : 0;
            float unit = near / sqrtf(square + 64.0f);
            row[x][0] += unit * (dx * pull - dy * whirl);
            row[x][1] += unit * (dy * pull + dx * whirl);
        }
    }
}

void flow_add_body(flow *f, const flow_body *body)
{
    int lo[2], hi[2];
    float reach = glm_vec2_norm((float *)body->half) + body->radius + 2.0f;
    if (!cells_around(f, body->at, reach, lo, hi)) {
        return;
    }
    float c = body->axis[0];
    float s = body->axis[1];
    for (int y = lo[1]; y <= hi[1]; y++) {
        vec2 *row = f->push + (ptrdiff_t)y * f->columns;
        float dy = ((float)y + 0.5f) * FLOW_CELL_PIXELS - body->at[1];
        for (int x = lo[0]; x <= hi[0]; x++) {
            float dx = ((float)x + 0.5f) * FLOW_CELL_PIXELS - body->at[0];
            float along = c * dx + s * dy;
            float across = c * dy - s * dx;
            float ox = along - glm_clamp(along, -body->half[0], body->half[0]);
            float oy = across - glm_clamp(across, -body->half[1], body->half[1]);
            float square = ox * ox + oy * oy;
            if (square < (body->radius + 2.0f) * (body->radius + 2.0f)) {
                float away =
                    26.0f / sqrtf(square + 1.0f); /* outwards from the body's core, in its own axes */
                row[x][0] += (c * ox - s * oy) * away + (body->velocity[0] - dy * body->spin) * 0.22f;
                row[x][1] += (s * ox + c * oy) * away + (body->velocity[1] + dx * body->spin) * 0.22f;
            }
        }
    }
}
