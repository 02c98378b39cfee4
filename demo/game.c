/* game.c - the resources' descriptors, and one helper. */
#include "game.h"

#include "framealloc_sdl2/clock.h"

#define MIB ((size_t)1 << 20)

FA_TYPE_DEFINE(options);
FA_TYPE_DEFINE(stage);
FA_TYPE_DEFINE(level);
FA_TYPE_DEFINE(controls);
FA_TYPE_DEFINE(wind);
FA_TYPE_DEFINE(swarm);
FA_TYPE_DEFINE(sparks);
FA_TYPE_DEFINE(bodies);
FA_TYPE_DEFINE(stats);
FA_TYPE_DEFINE(phase);
FA_TYPE_DEFINE(place);
FA_TYPE_DEFINE(drift);
FA_TYPE_DEFINE(score);

fa_app_desc game_app_desc(void)
{
    return (
        fa_app_desc){.name = "demo",
                     .memory = {.name = "demo", .frame_max_bytes = 64 * MIB, .object_max_bytes = 1024 * MIB},
                     .scratch_max_bytes = 64 * MIB,
                     .step_max_bytes = 64 * MIB,
                     .fixed_hz = 60,
                     .max_steps = 3, /* slow motion rather than ever slower frames */
                     .clock = fa_sdl2_app_clock()};
}

fa_result first_error(const fa_result *results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (results[i] != FA_RESULT_OK) {
            return results[i];
        }
    }
    return FA_RESULT_OK;
}
