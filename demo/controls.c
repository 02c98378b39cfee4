/* controls.c - from keys and mouse to what happens in the game; while nobody plays, the demo plays by itself.
 */
#include "framealloc/app/resource.h"
#include "framealloc_sdl2/sdl2.h"
#include "game.h"

#define IDLE_AFTER_STEPS 300
#define BODIES_PER_DROP 10

static void add_blast(controls *c, vec2 at)
{
    if (c->blast_count < CONTROLS_BLASTS_MAX) {
        glm_vec2_copy(at, c->blasts[c->blast_count++]);
    }
}

static void read_mouse(const fa_sdl2_input *in, controls *c)
{
    c->at[0] = in->mouse_x;
    c->at[1] = in->mouse_y;
    c->attract = (in->buttons_down & SDL_BUTTON_LMASK) != 0;
    if ((in->buttons_pressed & SDL_BUTTON_RMASK) != 0 || fa_sdl2_key_pressed(in, SDL_SCANCODE_SPACE)) {
        add_blast(c, c->at);
    }
    if ((in->buttons_pressed & SDL_BUTTON_MMASK) != 0 || fa_sdl2_key_pressed(in, SDL_SCANCODE_B)) {
        c->spawn += BODIES_PER_DROP;
    }
}

static bool anything_done(const fa_sdl2_input *in)
{
    bool done = in->buttons_down != 0 || in->buttons_pressed != 0 || in->moved_x != 0 || in->moved_y != 0;
    for (int i = 0; i < SDL_NUM_SCANCODES && !done; i++) {
        done = (in->keys[i] & FA_SDL2_KEY_PRESSED) != 0;
    }
    return done;
}

static void read_input(fa_sys *s)
{
    const fa_sdl2_input *in = FA_RES(s, fa_sdl2_input);
    controls *c = FA_RES_MUT(s, controls);
    if (fa_sdl2_key_pressed(in, SDL_SCANCODE_ESCAPE)) {
        fa_sys_exit(s, 0);
    }
    c->overlay ^= fa_sdl2_key_pressed(in, SDL_SCANCODE_F1);
    c->no_gravity ^= fa_sdl2_key_pressed(in, SDL_SCANCODE_G);
    c->reset |= fa_sdl2_key_pressed(in, SDL_SCANCODE_R);
    if (in->mouse_known && anything_done(in)) {
        c->idle_steps = 0;
    }
    if (in->mouse_known && c->idle_steps < IDLE_AFTER_STEPS) {
        read_mouse(in, c);
    } else if (fa_sdl2_key_pressed(in, SDL_SCANCODE_SPACE)) {
        add_blast(c, c->at);
    } else if (fa_sdl2_key_pressed(in, SDL_SCANCODE_B)) {
        c->spawn += BODIES_PER_DROP;
    }
}

/* Wander about, pull now and then, blow something up every few seconds. */
static void play_alone(fa_sys *s)
{
    controls *c = FA_RES_MUT(s, controls);
    level *l = FA_RES_MUT(s, level);
    if (c->idle_steps++ < IDLE_AFTER_STEPS) {
        return;
    }
    float t = (float)l->steps / 60.0f;
    c->at[0] = l->width * (0.5f + 0.34f * sinf(t * 0.53f));
    c->at[1] = l->height * (0.42f + 0.26f * sinf(t * 0.83f + 0.6f));
    c->attract = l->steps % 420 < 270;
    if (l->steps % 420 == 270) {
        add_blast(c, c->at);
    }
    if (l->steps % 300 == 299) {
        add_blast(c, (vec2){rng_range(&l->random, 0.1f, 0.9f) * l->width, l->height * 0.93f});
    }
}

static void done(fa_sys *s)
{
    controls *c = FA_RES_MUT(s, controls);
    c->blast_count = 0;
    c->spawn = 0;
}

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    controls c = {.reset = true,
                  .idle_steps = IDLE_AFTER_STEPS,
                  .overlay = FA_APP_RES(app, options)->overlay};
    return FIRST_ERROR(fa_app_insert_resource(app, FA_T(controls), &c),
                       fa_app_add_system(app, FA_PRE_UPDATE,
                                         FA_SYSTEM(read_input, .after = {"sdl2/pump"},
                                                   .res = {FA_R(fa_sdl2_input), FA_W(controls)})),
                       fa_app_add_system(app, FA_FIXED_FIRST,
                                         FA_SYSTEM(play_alone, .res = {FA_W(controls), FA_W(level)})),
                       fa_app_add_system(app, FA_FIXED_LAST, FA_SYSTEM(done, .res = {FA_W(controls)})));
}

fa_plugin controls_plugin(void)
{
    return (fa_plugin){
        .abi_version = FA_ABI_VERSION, .name = "controls", .build = build, .needs = {"sdl2", "level"}};
}
