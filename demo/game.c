/* game.c - the resources' descriptors, and one helper. */
#include "game.h"

FA_TYPE_DEFINE(options);
FA_TYPE_DEFINE(stage);
FA_TYPE_DEFINE(level);
FA_TYPE_DEFINE(controls);
FA_TYPE_DEFINE(wind);
FA_TYPE_DEFINE(swarm);
FA_TYPE_DEFINE(sparks);
FA_TYPE_DEFINE(bodies);
FA_TYPE_DEFINE(stats);

fa_result first_error(const fa_result *results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (results[i] != FA_RESULT_OK) {
            return results[i];
        }
    }
    return FA_RESULT_OK;
}
