/* swarm.c - see swarm.h. */
#include "swarm.h"

#include <cglm/cglm.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#define KEEP_PER_STEP 0.975f ///< share of its speed that a particle keeps
#define HALF_SPEED 95.0f     ///< pixels per second that are drawn with half the range of colours

/* Colours of the directions, from right over down and left to up. */
static const float hues[][3] = {
    {1.00f, 0.55f, 0.20f}, {1.00f, 0.25f, 0.45f}, {0.75f, 0.25f, 0.95f},
    {0.30f, 0.35f, 1.00f}, {0.10f, 0.65f, 1.00f}, {0.20f, 0.95f, 0.75f},
};
#define HUE_COUNT ((int)(sizeof hues / sizeof hues[0]))

/* Velocity to colours: the direction is the hue, the speed the brightness. What is near the middle hardly
 * moves. */
static void make_palette(uint32_t *palette, float glow)
{
    for (int i = 0; i < SWARM_COLOURS * SWARM_COLOURS; i++) {
        float x = ((float)(i % SWARM_COLOURS) + 0.5f) / (SWARM_COLOURS / 2) - 1.0f;
        float y = ((float)(i / SWARM_COLOURS) + 0.5f) / (SWARM_COLOURS / 2) - 1.0f;
        float turn = (atan2f(y, x) / (2.0f * GLM_PIf) + 1.0f) * (float)HUE_COUNT;
        float speed = glm_min(sqrtf(x * x + y * y), 1.0f);
        vec3 colour;
        glm_vec3_lerp((float *)hues[(int)turn % HUE_COUNT], (float *)hues[((int)turn + 1) % HUE_COUNT],
                      turn - floorf(turn), colour);
        glm_vec3_lerp(colour, (vec3){1.0f, 0.95f, 0.85f}, speed * speed * speed * 0.45f, colour);
        glm_vec3_scale(colour, (17.0f + 66.0f * speed * speed) * glow, colour);
        palette[i] = (uint32_t)(colour[0] + 0.5f) << 16 | (uint32_t)(colour[1] + 0.5f) << 8 |
                     (uint32_t)(colour[2] + 0.5f);
    }
}

static int slice_begin(const swarm *s, int slice)
{
    return (int)((int64_t)s->count * slice / SWARM_SLICES);
}

void swarm_scatter(swarm *s, rng *random, float width, float height, float glow)
{
    size_t capacity = swarm_capacity(s->count);
    for (size_t i = 0; i < capacity; i++) {
        s->x[i] = rng_range(random, 0, width);
        s->y[i] = rng_range(random, 0, height);
        s->vx[i] = rng_range(random, -40, 40);
        s->vy[i] = rng_range(random, -40, 40);
    }
    for (int slice = 0; slice < SWARM_SLICES; slice++) {
        s->first[slice][0] = slice_begin(s, slice);
        for (int band = 1; band <= SWARM_BANDS; band++) {
            s->first[slice][band] = slice_begin(s, slice + 1); /* not sorted yet: all in the first band */
        }
    }
    s->next_slice = 0;
    make_palette(s->palette, glow);
}

/* Move the values of a slice to where `cursor` says their band continues; bands are those of `y`. */
static void sort_values(float *values, const float *y, int count, float bands_per_pixel,
                        const int begin[SWARM_BANDS], float *restrict scratch)
{
    int cursor[SWARM_BANDS];
    memcpy(cursor, begin, sizeof cursor);
    for (int i = 0; i < count; i++) {
        scratch[cursor[(int)(y[i] * bands_per_pixel)]++] = values[i];
    }
}

void swarm_sort(swarm *s, float height, float *scratch)
{
    int slice = s->next_slice;
    int at = slice_begin(s, slice);
    int count = slice_begin(s, slice + 1) - at;
    float bands_per_pixel = (float)SWARM_BANDS / height;
    int begin[SWARM_BANDS];
    int in_band[SWARM_BANDS] = {0};
    for (int i = 0; i < count; i++) {
        in_band[(int)(s->y[at + i] * bands_per_pixel)]++;
    }
    for (int band = 0, sum = 0; band < SWARM_BANDS; band++) {
        begin[band] = sum;
        s->first[slice][band] = at + sum;
        sum += in_band[band];
    }
    s->first[slice][SWARM_BANDS] = at + count;
    float *arrays[4] = {s->x + at, s->vx + at, s->vy + at, s->y + at};
    for (int a = 0; a < 4; a++) {
        sort_values(arrays[a], s->y + at, count, bands_per_pixel, begin, scratch + (ptrdiff_t)a * count);
    }
    for (int a = 0; a < 4; a++) {
        memcpy(arrays[a], scratch + (ptrdiff_t)a * count, (size_t)count * sizeof(float));
    }
    s->next_slice = (slice + 1) % SWARM_SLICES;
}

/* The cell that each particle of a block is in. */
static void find_cells(const float *restrict x, const float *restrict y, int columns, int *restrict cell)
{
    const float per_cell = 1.0f / FLOW_CELL_PIXELS;
    for (int i = 0; i < SWARM_BLOCK; i++) {
        float row = (float)(int)(y[i] * per_cell); /* exact: there are less than 2^24 cells */
        cell[i] = (int)(row * (float)columns) + (int)(x[i] * per_cell);
    }
}

static void read_cells(const vec2 *restrict push, const int *restrict cell, float *restrict px,
                       float *restrict py)
{
    for (int i = 0; i < SWARM_BLOCK; i++) {
        px[i] = push[cell[i]][0];
        py[i] = push[cell[i]][1];
    }
}

/* Move along one axis, and bounce off 0 and `end`. */
static void move_axis(float *restrict at, float *restrict speed, const float *restrict push, float end,
                      float seconds)
{
    for (int i = 0; i < SWARM_BLOCK; i++) {
        float v = speed[i] * KEEP_PER_STEP + push[i];
        float p = at[i] + v * seconds;
        float turned = p < 0 ? -p : p;
        turned = turned > end ? end + end - turned : turned;
        v = turned == p ? v : -v;
        turned = turned > 0 ? turned : 0; /* thrown further than the world is wide: back to its edge */
        at[i] = turned < end ? turned : end;
        speed[i] = v;
    }
}

void swarm_step(swarm *s, const flow *f, float width, float height, float seconds)
{
    int cell[SWARM_BLOCK];
    float px[SWARM_BLOCK];
    float py[SWARM_BLOCK];
    float end_x = width - 0.01f; /* the last pixel and cell are inside */
    float end_y = height - 0.01f;
    for (int at = 0; at < s->count; at += SWARM_BLOCK) {
        find_cells(s->x + at, s->y + at, f->columns, cell);
        read_cells((const vec2 *)f->push, cell, px, py);
        move_axis(s->x + at, s->vx + at, px, end_x, seconds);
        move_axis(s->y + at, s->vy + at, py, end_y, seconds);
    }
}

static void find_pixels(const swarm *s, int at, int count, int width, int *restrict pixel,
                        int *restrict colour)
{
    const float *restrict x = s->x + at;
    const float *restrict y = s->y + at;
    const float *restrict vx = s->vx + at;
    const float *restrict vy = s->vy + at;
    for (int i = 0; i < count; i++) {
        float row = (float)(int)y[i];
        pixel[i] = (int)(row * (float)width) + (int)x[i];
        float across = vx[i] / ((vx[i] < 0 ? -vx[i] : vx[i]) + HALF_SPEED) + 1.0f;
        float down = vy[i] / ((vy[i] < 0 ? -vy[i] : vy[i]) + HALF_SPEED) + 1.0f;
        colour[i] = (int)(down * (SWARM_COLOURS / 2)) * SWARM_COLOURS + (int)(across * (SWARM_COLOURS / 2));
    }
}

static void draw_range(const swarm *s, canvas *c, int at, int end)
{
    int pixel[SWARM_BLOCK];
    int colour[SWARM_BLOCK];
    for (; at < end; at += SWARM_BLOCK) {
        int count = end - at < SWARM_BLOCK ? end - at : SWARM_BLOCK;
        find_pixels(s, at, count, c->width, pixel, colour);
        for (int i = 0; i < count; i++) {
            canvas_prefetch(c->glow + pixel[i]);
        }
        for (int i = 0; i < count; i++) {
            uint32_t *p = c->glow + pixel[i];
            *p = colour_add(*p, s->palette[colour[i]]);
        }
    }
}

void swarm_draw(const swarm *s, canvas *c)
{
    for (int band = 0; band < SWARM_BANDS; band++) {
        for (int slice = 0; slice < SWARM_SLICES; slice++) {
            draw_range(s, c, s->first[slice][band], s->first[slice][band + 1]);
        }
    }
}
