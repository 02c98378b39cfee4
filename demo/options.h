/* options.h - the command line. */
#ifndef DEMO_OPTIONS_H
#define DEMO_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct options {
    bool headless;         ///< no window: SDL's dummy driver; implies lockstep and no_vsync
    uint64_t frames;       ///< stop after so many; 0: when the player ends it
    uint64_t seed;         ///< the same seed is the same game
    uint64_t steady_after; ///< frame after which no frame may go to the system; 0: never judged
    bool stats_json;       ///< one JSON object on stdout at the end
    int particles;
    int bodies;
    int width, height;      ///< of the picture, in pixels
    bool overlay;           ///< begin with the overlay on
    bool lockstep;          ///< every frame is one fixed step long, whatever the clock says
    bool no_vsync;          ///< draw as fast as it goes
    const char *screenshot; ///< a BMP file for the last frame, or NULL
} options;

typedef enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_BAD } options_result;

/// Fill in @p o, from defaults and the command line. Help is written to stdout, and what is wrong with an
/// option to stderr, as one line.
options_result options_parse(options *o, int argc, char **argv);

#endif
