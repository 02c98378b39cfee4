/* 11_plugin.c - a plugin: systems, resources and clean-up under one name.
 *
 * A plugin's build may fail, and is then undone; what it needs must have been added before it; shutdown runs
 * in reverse order. Everything its systems take is found under its name. */
#include <stdio.h>

#include "framealloc/app.h"

/* ---- a plugin: audio ------------------------------------------------------------------------------------- */

typedef struct Mixer {
    int device;
    unsigned mixed;
} Mixer;
FA_TYPE_STATIC(Mixer);

static void mix(fa_sys *s)
{
    float *samples = FA_FRAME(s, float, 512);
    FA_RES_MUT(s, Mixer)->mixed += samples != NULL ? 512 : 0;
}

static fa_result audio_build(fa_app *app, void *user)
{
    const int *device = user;
    if (*device < 0) {
        return FA_RESULT_IO; /* nothing was acquired: nothing to give back */
    }
    fa_result result = FA_INSERT_RESOURCE(app, Mixer, {.device = *device});
    if (result == FA_RESULT_OK) {
        result = fa_app_add_system(app, FA_POST_UPDATE, FA_SYSTEM(mix, .res = {FA_W(Mixer)}));
    }
    return result;
}

static void audio_shutdown(fa_app *app, void *user)
{
    (void)user;
    printf("audio: device %d closed after %u samples\n", FA_APP_RES(app, Mixer)->device,
           FA_APP_RES(app, Mixer)->mixed);
}

static fa_plugin audio_plugin(int *device)
{
    return (fa_plugin){.abi_version = FA_ABI_VERSION,
                       .name = "audio",
                       .user = device,
                       .build = audio_build,
                       .shutdown = audio_shutdown,
                       .needs = {"framealloc"}};
}

/* ---- the program ----------------------------------------------------------------------------------------- */

static void tell(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    printf("%s: %s\n", diagnostic->code, diagnostic->message);
}

static void log_line(void *user, fa_log_item item, fa_log_level level, const char *message)
{
    (void)user;
    (void)level;
    (void)message; /* the whole sentence, with the plugin's name */
    printf("log: %s\n", fa_log_item_name(item));
}

int main(void)
{
    const fa_app_desc desc = {
        .memory = {.handler = {.fn = tell}, .log = {.fn = log_line}, .strictness = FA_STRICT_REPORT}};
    fa_app *app = NULL;
    if (fa_app_create(&desc, &app) != FA_RESULT_OK) {
        return 1;
    }
    int device = -1;
    const fa_plugin audio = audio_plugin(&device);
    fa_app_add_plugin(app, &audio); /* too early */
    fa_app_add_plugin(app, fa_framealloc_plugin());
    fa_app_add_plugin(app, &audio); /* no device */
    device = 7;
    fa_app_add_plugin(app, &audio);
    fa_app_add_plugin(app, &audio); /* twice */
    for (int i = 0; i < 10; i++) {
        fa_app_update_ns(app, 16666667);
    }
    fa_system_stats stats[4];
    uint32_t count = fa_app_system_stats(app, stats, 4);
    for (uint32_t i = 0; i < count && i < 4; i++) {
        printf("%s/%s: %llu runs, at most %zu bytes in a frame\n", stats[i].plugin, stats[i].system,
               (unsigned long long)stats[i].runs, stats[i].frame_peak_bytes);
    }
    fa_app_destroy(app);
    return 0;
}

/* Output:
 * FA101: plugin 'audio' needs plugin 'framealloc', which has not been added before it
 * log: PLUGIN_FAILED
 * FA101: plugin 'audio' has been added already
 * audio/mix: 10 runs, at most 2048 bytes in a frame
 * audio: device 7 closed after 5120 samples
 */
