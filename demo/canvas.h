/* canvas.h - the picture, drawn on the CPU: a glow layer that fades, and this frame's pixels on top of it.
 *
 * The glow layer lives as long as the level. Particles and sparks only ever add light to it; each step it
 * loses a part of its light, which is what draws the trails. The pixels are a locked streaming texture: they
 * are written once per frame, from top to bottom, and never read back from the graphics card.
 *
 * Colours are 0x00RRGGBB. Nothing here allocates. */
#ifndef DEMO_CANVAS_H
#define DEMO_CANVAS_H

#include <stdbool.h>
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

typedef struct canvas {
    int width;
    int height;
    uint32_t *glow;   ///< width x height, no padding; NULL where there is no memory for it
    uint32_t *pixels; ///< this frame's picture, or NULL outside of drawing
    int pitch;        ///< of pixels, in pixels
} canvas;

/// Add light to light, each channel stopping at 255.
static inline uint32_t colour_add(uint32_t a, uint32_t b)
{
#if defined(__SSE2__)
    return (uint32_t)_mm_cvtsi128_si32(_mm_adds_epu8(_mm_cvtsi32_si128((int)a), _mm_cvtsi32_si128((int)b)));
#else
    uint32_t rb = (a & 0xFF00FFu) + (b & 0xFF00FFu);
    uint32_t g = (a & 0x00FF00u) + (b & 0x00FF00u);
    uint32_t rb_over = rb & 0x01000100u;
    uint32_t g_over = g & 0x00010000u;
    rb = (rb | (rb_over - (rb_over >> 8))) & 0xFF00FFu;
    g = (g | (g_over - (g_over >> 8))) & 0x00FF00u;
    return rb | g;
#endif
}

/// Say that a pixel will be written soon, where the compiler has a word for it.
static inline void canvas_prefetch(const uint32_t *pixel)
{
#if defined(__GNUC__)
    __builtin_prefetch(pixel, 1);
#else
    (void)pixel;
#endif
}

/// The part of a colour that `scale` / 256 leaves, 0 to 256.
static inline uint32_t colour_scale(uint32_t colour, uint32_t scale)
{
    uint32_t rb = ((colour & 0xFF00FFu) * scale >> 8) & 0xFF00FFu;
    uint32_t g = ((colour & 0x00FF00u) * scale >> 8) & 0x00FF00u;
    return rb | g;
}

/// Set every pixel to the background plus the glow; with @p fade the glow then loses a part of its light.
void canvas_compose(canvas *c, bool fade);

/// A line of light in the glow layer, clipped to it.
void canvas_glow_line(canvas *c, float x0, float y0, float x1, float y1, uint32_t colour);
/// A round, soft light in the glow layer: full in the middle, nothing at @p radius pixels.
void canvas_glow_disc(canvas *c, float x, float y, float radius, uint32_t colour);

/// Mix a rectangle of the pixels with a colour; alpha 0 to 256. Clipped.
void canvas_rect(canvas *c, int x, int y, int width, int height, uint32_t colour, uint32_t alpha);
/// Text in the pixels, in cells of FONT_ADVANCE x FONT_LINE; no wrapping, clipped. @return x after the last
/// cell.
int canvas_text(canvas *c, int x, int y, uint32_t colour, const char *text);

/// What stands at which distance from an outline; see shape_style_make.
#define SHAPE_STYLE_SIZE 256
typedef struct shape_style {
    uint32_t add[SHAPE_STYLE_SIZE]; ///< light that is added
    uint32_t
        keep[SHAPE_STYLE_SIZE]; ///< how much of what was there stays, 0 to 255, in each of the four bytes
} shape_style;

/// A box with round corners, turned: with half sizes of zero a disc, with one of zero a capsule.
typedef struct shape {
    float x, y;         ///< centre in pixels
    float cosine, sine; ///< of its angle
    float half_width, half_height;
    float radius; ///< of the corners, outside of the half sizes
} shape;

/// A body of dark glass with a bright rim, and a halo around it. @p rgb: the rim, channels 0 to 1.
void shape_style_make(shape_style *style, const float rgb[3]);
/// Draw a shape into the pixels. Clipped.
void canvas_shape(canvas *c, const shape *s, const shape_style *style);

#endif
