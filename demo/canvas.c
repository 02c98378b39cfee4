/* canvas.c - see canvas.h. The loops over all pixels work on bytes in blocks of constant size, without
 * branches, so that the compiler turns them into vector instructions on every machine: about 0.4 ms for 1280
 * x 720. */
#include "canvas.h"

#include <math.h>
#include <stddef.h>

#include "font.h"

#define BLOCK_PIXELS 16
#define BLOCK_BYTES (BLOCK_PIXELS * 4)

/* Background of a row: night blue above, a trace of violet below. */
static uint32_t background(int y, int height)
{
    uint32_t t = (uint32_t)(y * 256 / height);
    uint32_t top = 0x070B18u;
    uint32_t bottom = 0x1A1026u;
    return colour_add(colour_scale(top, 256 - t), colour_scale(bottom, t));
}

/* `out` = back + glow, stopping at 255; glow loses an eighth of its light and one. */
static void compose_block(uint8_t *restrict out, uint8_t *restrict glow, const uint8_t *restrict back,
                          uint8_t fade_mask)
{
    for (int i = 0; i < BLOCK_BYTES; i++) {
        uint8_t light = glow[i];
        uint8_t room = (uint8_t)(255 - light);
        uint8_t base = back[i] < room ? back[i] : room;
        uint8_t loss = (uint8_t)(((light >> 3) + 1) & fade_mask);
        out[i] = (uint8_t)(light + base);
        glow[i] = (uint8_t)((light > loss ? light : loss) - loss);
    }
}

void canvas_compose(canvas *c, bool fade)
{
    uint8_t mask = fade ? 0xFF : 0;
    for (int y = 0; y < c->height; y++) {
        uint32_t *out = c->pixels + (ptrdiff_t)y * c->pitch;
        uint32_t *glow = c->glow + (ptrdiff_t)y * c->width;
        uint32_t back[BLOCK_PIXELS];
        for (int i = 0; i < BLOCK_PIXELS; i++) {
            back[i] = background(y, c->height);
        }
        int x = 0;
        for (; x + BLOCK_PIXELS <= c->width; x += BLOCK_PIXELS) {
            compose_block((uint8_t *)(out + x), (uint8_t *)(glow + x), (const uint8_t *)back, mask);
        }
        for (; x < c->width; x++) {
            out[x] = colour_add(glow[x], back[0]);
            glow[x] = fade ? colour_scale(glow[x], 220) : glow[x];
        }
    }
}

void canvas_glow_line(canvas *c, float x0, float y0, float x1, float y1, uint32_t colour)
{
    float dx = x1 - x0;
    float dy = y1 - y0;
    float longest = fmaxf(fabsf(dx), fabsf(dy));
    int steps = longest < 1.0f ? 1 : longest > 256.0f ? 256 : (int)longest;
    float scale = 1.0f / (float)steps;
    for (int i = 0; i < steps; i++) {
        float x = x0 + dx * scale * (float)i;
        float y = y0 + dy * scale * (float)i;
        if (x >= 0 && y >= 0 && x < (float)c->width && y < (float)c->height) {
            uint32_t *p = c->glow + (ptrdiff_t)(int)y * c->width + (int)x;
            *p = colour_add(*p, colour);
        }
    }
}

void canvas_glow_disc(canvas *c, float x, float y, float radius, uint32_t colour)
{
    int x0 = (int)fmaxf(x - radius, 0);
    int y0 = (int)fmaxf(y - radius, 0);
    int x1 = (int)fminf(x + radius, (float)(c->width - 1));
    int y1 = (int)fminf(y + radius, (float)(c->height - 1));
    float scale = 1.0f / (radius * radius);
    for (int py = y0; py <= y1; py++) {
        for (int px = x0; px <= x1; px++) {
            float dx = (float)px - x;
            float dy = (float)py - y;
            float far = (dx * dx + dy * dy) * scale;
            if (far < 1.0f) {
                uint32_t *p = c->glow + (ptrdiff_t)py * c->width + px;
                *p = colour_add(*p, colour_scale(colour, (uint32_t)((1.0f - far) * (1.0f - far) * 256.0f)));
            }
        }
    }
}

void canvas_rect(canvas *c, int x, int y, int width, int height, uint32_t colour, uint32_t alpha)
{
    int x0 = x < 0 ? 0 : x;
    int y0 = y < 0 ? 0 : y;
    int x1 = x + width > c->width ? c->width : x + width;
    int y1 = y + height > c->height ? c->height : y + height;
    uint32_t add = colour_scale(colour, alpha);
    for (int py = y0; py < y1; py++) {
        uint32_t *row = c->pixels + (ptrdiff_t)py * c->pitch;
        for (int px = x0; px < x1; px++) {
            row[px] = add + colour_scale(row[px], 256 - alpha);
        }
    }
}

static void draw_glyph(canvas *c, int x, int y, uint32_t colour, const uint8_t rows[FONT_HEIGHT])
{
    for (int gy = 0; gy < FONT_HEIGHT; gy++) {
        int py = y + gy;
        if (py < 0 || py >= c->height) {
            continue;
        }
        uint32_t *row = c->pixels + (ptrdiff_t)py * c->pitch;
        for (int gx = 0; gx < FONT_WIDTH; gx++) {
            int px = x + gx;
            if ((rows[gy] >> (FONT_WIDTH - 1 - gx) & 1) != 0 && px >= 0 && px < c->width) {
                row[px] = colour;
            }
        }
    }
}

int canvas_text(canvas *c, int x, int y, uint32_t colour, const char *text)
{
    for (; *text != '\0' && x < c->width; text++, x += FONT_ADVANCE) {
        draw_glyph(c, x, y + font_drop(*text), colour, font_glyph(*text));
    }
    return x;
}
