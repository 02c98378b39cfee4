/* main.c - a physics toy, as a list of plugins. */
#include <stdio.h>

#include "framealloc/app/app.h"
#include "framealloc/app/resource.h"
#include "framealloc_chipmunk/chipmunk.h"
#include "framealloc_sdl2/sdl2.h"
#include "game.h"
#include "output.h"

static fa_result add_plugins(fa_app *app, const options *o)
{
    const fa_plugin plugins[] = {
        *fa_framealloc_plugin(),
        fa_sdl2_plugin(&(fa_sdl2_desc){.video_driver = o->headless ? "dummy" : NULL,
                                       .fps_limit = o->no_vsync ? 0 : 120}),
        fa_chipmunk_plugin(&(fa_chipmunk_desc){.max_bodies = 5000, .damping = 0.93}),
        stage_plugin(),     // window, glow layer, picture
        level_plugin(),     // level memory
        controls_plugin(),  // keys, mouse, autopilot
        bodies_plugin(),    // rigid bodies
        particles_plugin(), // what flies
        sparks_plugin(),    // what contacts strike
        phase_plugin(),     // menu, round, pause
        motes_plugin(),     // what is caught: entities
        stats_plugin(),     // times, calls, the report
        overlay_plugin(),   // F1
    };
    fa_result result = fa_app_insert_resource(app, FA_T(options), o);
    for (size_t i = 0; i < sizeof plugins / sizeof plugins[0] && result == FA_RESULT_OK; i++) {
        result = fa_app_add_plugin(app, &plugins[i]);
    }
    return result;
}

int main(int argc, char **argv)
{
    options o;
    fa_app *app = NULL;
    int code = 0;
    options_result parsed = options_parse(&o, argc, argv);
    if (parsed != OPTIONS_RUN) {
        return parsed == OPTIONS_HELP ? 0 : 2;
    }
    FILE *out = output_claim();
    fa_app_desc desc = game_app_desc();
    fa_result result = fa_app_create(&desc, &app);
    result = result == FA_RESULT_OK ? add_plugins(app, &o) : result;
    while (result == FA_RESULT_OK && !fa_app_exit_requested(app, &code)) {
        result = o.lockstep ? fa_app_update_ns(app, fa_app_time(app)->step_ns) : fa_app_update(app);
    }
    if (result != FA_RESULT_OK) {
        (void)fprintf(stderr, "demo: %s\n", fa_result_text(result));
    } else if (o.stats_json && (!out || !stats_print_json(app, out))) {
        result = FA_RESULT_IO;
    }
    code = result != FA_RESULT_OK || stats_contract_broken(app) ? 1 : code;
    (void)fa_app_destroy(app);
    return code;
}
