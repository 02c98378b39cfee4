/* font.h - a small fixed-width font for the overlay. */
#ifndef DEMO_FONT_H
#define DEMO_FONT_H

#include <stdint.h>

#define FONT_WIDTH 5
#define FONT_HEIGHT 7
#define FONT_ADVANCE 6 ///< pixels from one letter to the next
#define FONT_LINE 10   ///< pixels from one line to the next

/// Rows of a glyph from the top; bit 4 is the left pixel. Anything but printable ASCII gives a question mark.
const uint8_t *font_glyph(char c);
/// Rows that a glyph hangs below the line: 0 to 2.
int font_drop(char c);

#endif
