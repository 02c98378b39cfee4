/* shape.c - bodies, drawn from their distance function: the signed distance of a pixel to the outline picks
 * the colour from a table of 256. Fill, rim, soft edge and halo are one lookup, for discs, boxes and bars
 * alike.
 *
 * The distance of a turned box with round corners is the usual one (see Inigo Quilez, "2D distance
 * functions"). A row is done in two loops: distances, which the compiler vectorises, then the lookups. */
#include "canvas.h"

#include <cglm/cglm.h>
#include <math.h>
#include <stddef.h>

#define INSIDE_PIXELS 24.0f ///< distances from -INSIDE_PIXELS ...
#define HALO_PIXELS 6.0f    ///< ... to HALO_PIXELS ...
#define PER_PIXEL 8.0f      ///< ... in eighths of a pixel are in the table
#define ROW_PIXELS 64
#define ROWS_AHEAD 3   ///< pixels are asked for so long before they are mixed
#define LINE_PIXELS 16 ///< in a cache line
#define GROUP_PIXELS 4 ///< pixels are mixed in whole groups

void shape_style_make(shape_style *style, const float rgb[3])
{
    vec3 rim = {rgb[0], rgb[1], rgb[2]};
    for (int i = 0; i < SHAPE_STYLE_SIZE; i++) {
        float d = ((float)i + 0.5f) / PER_PIXEL - INSIDE_PIXELS;
        float inside = glm_clamp_zo(0.5f - d);             /* soft edge, one pixel */
        float edge = glm_clamp_zo(1.6f - fabsf(d + 1.2f)); /* the rim */
        float depth = glm_clamp_zo(-d / 14.0f);            /* 0 at the rim, 1 deep inside */
        float halo = d > 0 ? powf(glm_clamp_zo(1.0f - d / HALO_PIXELS), 3.0f) * 0.35f : 0.0f;
        vec3 colour, shine;
        glm_vec3_scale(rim, 0.16f + 0.34f * (1.0f - depth) * (1.0f - depth), colour);
        glm_vec3_lerp(rim, (vec3){1, 1, 1}, 0.25f, shine);
        glm_vec3_lerp(colour, shine, edge, colour);
        glm_vec3_scale(colour, inside, colour);
        glm_vec3_muladds(rim, halo * (1.0f - inside), colour);
        glm_vec3_clamp(colour, 0.0f, 1.0f);
        style->add[i] = (uint32_t)(colour[0] * 255.0f) << 16 | (uint32_t)(colour[1] * 255.0f) << 8 |
                        (uint32_t)(colour[2] * 255.0f);
        style->keep[i] = (uint32_t)(255.0f * (1.0f - inside * (0.82f + 0.18f * edge))) * 0x01010101u;
    }
}

/* Where |a * dx + b| <= reach holds: narrow [lo, hi] to it. */
static void narrow(float a, float b, float reach, float *lo, float *hi)
{
    if (fabsf(a) < 1e-4f) {
        if (fabsf(b) > reach) {
            *hi = *lo - 1.0f;
        }
        return;
    }
    float middle = -b / a;
    float around = reach / fabsf(a);
    *lo = middle - around > *lo ? middle - around : *lo;
    *hi = middle + around < *hi ? middle + around : *hi;
}

/* Table indices of `count` pixels of a row; (dx, dy) is the first one's offset from the centre. */
static void box_distances(const shape *s, float dx, float dy, int count, int *restrict index)
{
    float across = s->sine * dy;
    float along = s->cosine * dy;
    for (int i = 0; i < count; i++) {
        float x = dx + (float)i;
        float qx = fabsf(s->cosine * x + across) - s->half_width;
        float qy = fabsf(along - s->sine * x) - s->half_height;
        float ox = qx > 0 ? qx : 0;
        float oy = qy > 0 ? qy : 0;
        float in = qx > qy ? qx : qy;
        float d = sqrtf(ox * ox + oy * oy) + (in < 0 ? in : 0) - s->radius;
        float at = (d + INSIDE_PIXELS) * PER_PIXEL;
        at = at < 0 ? 0 : at;
        index[i] = (int)(at > SHAPE_STYLE_SIZE - 1 ? SHAPE_STYLE_SIZE - 1 : at);
    }
}

/* The same for a disc, which has no angle. */
static void disc_distances(const shape *s, float dx, float dy, int count, int *restrict index)
{
    float below = dy * dy;
    float first = (INSIDE_PIXELS - s->radius) * PER_PIXEL;
    for (int i = 0; i < count; i++) {
        float x = dx + (float)i;
        float at = sqrtf(x * x + below) * PER_PIXEL + first;
        at = at < 0 ? 0 : at;
        index[i] = (int)(at > SHAPE_STYLE_SIZE - 1 ? SHAPE_STYLE_SIZE - 1 : at);
    }
}

/* pixels = pixels * keep + add, byte by byte, stopping at 255. `count` is a multiple of GROUP_PIXELS * 4. */
static void mix(uint8_t *restrict pixels, const uint8_t *restrict keep, const uint8_t *restrict add,
                int count)
{
    for (int i = 0; i < count; i++) {
        uint8_t kept = (uint8_t)(pixels[i] * (keep[i] + 1) >> 8);
        uint8_t room = (uint8_t)(255 - kept);
        pixels[i] = (uint8_t)(kept + (add[i] < room ? add[i] : room));
    }
}

static void draw_row(canvas *c, const shape *s, const shape_style *style, int y, int first, int last)
{
    uint32_t *row = c->pixels + (ptrdiff_t)y * c->pitch;
    float dy = (float)y + 0.5f - s->y;
    int index[ROW_PIXELS];
    uint32_t keep[ROW_PIXELS];
    uint32_t add[ROW_PIXELS];
    for (int x = first; x <= last; x += ROW_PIXELS) {
        int count = last - x + 1 < ROW_PIXELS ? last - x + 1 : ROW_PIXELS;
        int whole = (count + GROUP_PIXELS - 1) / GROUP_PIXELS * GROUP_PIXELS;
        if (s->half_width + s->half_height > 0) {
            box_distances(s, (float)x + 0.5f - s->x, dy, whole, index);
        } else {
            disc_distances(s, (float)x + 0.5f - s->x, dy, whole, index);
        }
        for (int i = 0; i < whole; i++) {
            keep[i] = style->keep[index[i]];
            add[i] = style->add[index[i]];
        }
        /* The last group may reach over the end of the row only where there is a row after it. */
        int safe = x + whole <= c->width ? whole : count;
        mix((uint8_t *)(row + x), (const uint8_t *)keep, (const uint8_t *)add, safe * 4);
    }
}

/* Pixels of row offset `dy` that the shape and its halo may touch: within [lo, hi] of its centre. */
static void row_extent(const shape *s, float dy, float *lo, float *hi)
{
    float wide = s->half_width + s->radius + HALO_PIXELS;
    float high = s->half_height + s->radius + HALO_PIXELS;
    *hi = wide + high;
    *lo = -*hi;
    if (s->half_width + s->half_height > 0) {
        narrow(s->cosine, s->sine * dy, wide, lo, hi);
        narrow(-s->sine, s->cosine * dy, high, lo, hi);
    } else { /* a disc: the chord */
        float square = wide * wide - dy * dy;
        *hi = square > 0 ? sqrtf(square) : 0;
        *lo = -*hi;
    }
}

void canvas_shape(canvas *c, const shape *s, const shape_style *style)
{
    if (!(s->x > -4096 && s->x < 8192 && s->y > -4096 && s->y < 8192)) {
        return; /* far outside, or not a number */
    }
    float wide = s->half_width + s->radius + HALO_PIXELS;
    float high = s->half_height + s->radius + HALO_PIXELS;
    float reach = fabsf(s->sine) * wide + fabsf(s->cosine) * high;
    reach = s->half_width + s->half_height > 0 ? reach : wide;
    int top = s->y - reach > 0 ? (int)(s->y - reach) : 0;
    int bottom = s->y + reach < (float)(c->height - 1) ? (int)(s->y + reach) : c->height - 1;
    for (int y = top; y <= bottom; y++) {
        float lo, hi;
        row_extent(s, (float)y + 0.5f - s->y, &lo, &hi);
        int first = s->x + lo > 0 ? (int)(s->x + lo) : 0;
        int last = s->x + hi < (float)(c->width - 1) ? (int)(s->x + hi) : c->width - 1;
        if (y + ROWS_AHEAD <= bottom) { /* this row's extent is near enough to that of the next ones */
            const uint32_t *ahead = c->pixels + (ptrdiff_t)(y + ROWS_AHEAD) * c->pitch;
            for (int x = first; x <= last; x += LINE_PIXELS) {
                canvas_prefetch(ahead + x);
            }
        }
        draw_row(c, s, style, y, first, last);
    }
}
