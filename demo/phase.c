/* phase.c - what the game is at, as a state: the menu (the demo plays by itself), a round, a pause.
 *
 * Time stands still while the phase is PAUSED, because OnEnter and OnExit say so; what belongs to a round has
 * the component fa_state_is and goes when the round ends. */
#include "font.h"
#include "framealloc/app/app.h"
#include "framealloc/app/resource.h"
#include "framealloc/app/set.h"
#include "framealloc_sdl2/sdl2.h"
#include "game.h"

#define ROUND_SECONDS 60.0f

static const fa_state_is in_round = {FA_T(phase), PHASE_PLAYING, 0};
static const fa_state_is in_pause = {FA_T(phase), PHASE_PAUSED, 0};

/* Enter begins a round and leaves it; P pauses whatever there is, and goes back to it. */
static void read_keys(fa_sys *s)
{
    const fa_sdl2_input *in = FA_RES(s, fa_sdl2_input);
    int32_t now = fa_sys_state(s, FA_T(phase));
    int32_t *before = FA_LOCAL(s, int32_t);
    bool enter = fa_sdl2_key_pressed(in, SDL_SCANCODE_RETURN);
    bool stop = fa_sdl2_key_pressed(in, SDL_SCANCODE_P) || fa_sdl2_key_pressed(in, SDL_SCANCODE_N);
    if (now == PHASE_PAUSED) {
        if (fa_sdl2_key_pressed(in, SDL_SCANCODE_P)) {
            (void)fa_sys_set_state(s, FA_T(phase), *before);
        }
    } else if (stop) {
        *before = now;
        (void)fa_sys_set_state(s, FA_T(phase), PHASE_PAUSED);
    } else if (enter) {
        (void)fa_sys_set_state(s, FA_T(phase), now == PHASE_MENU ? PHASE_PLAYING : PHASE_MENU);
    }
}

static void stop_time(fa_sys *s)
{
    FA_RES_MUT(s, fa_time)->paused = true;
}

static void let_time_go(fa_sys *s)
{
    FA_RES_MUT(s, fa_time)->paused = false;
}

/* N: one step in the pause. */
static void step_once(fa_sys *s)
{
    fa_time *time = FA_RES_MUT(s, fa_time);
    uint64_t *until = FA_LOCAL(s, uint64_t);
    if (fa_sdl2_key_pressed(FA_RES(s, fa_sdl2_input), SDL_SCANCODE_N)) {
        *until = time->step + 1;
    }
    time->paused = time->step >= *until;
}

/* ---- rounds ------------------------------------------------------------------------------------------- */

static void begin_round(fa_sys *s)
{
    score *sc = FA_RES_MUT(s, score);
    sc->points = 0;
    sc->seconds_left = ROUND_SECONDS;
}

static void end_round(fa_sys *s)
{
    score *sc = FA_RES_MUT(s, score);
    sc->best = sc->points > sc->best ? sc->points : sc->best;
}

static void count_down(fa_sys *s)
{
    score *sc = FA_RES_MUT(s, score);
    sc->seconds_left -= (float)FA_RES(s, fa_time)->delta_seconds;
    if (sc->seconds_left <= 0) {
        (void)fa_sys_set_state(s, FA_T(phase), PHASE_MENU);
    }
}

/* One line at the top, in the middle. */
static void show(fa_sys *s)
{
    canvas *c = &FA_RES_MUT(s, stage)->canvas;
    const score *sc = FA_RES(s, score);
    fa_context *ctx = fa_sys_ctx(s);
    int32_t now = fa_sys_state(s, FA_T(phase));
    const char *text = now == PHASE_PLAYING
                           ? fa_frame_printf(ctx, "SCORE %u   TIME %d", sc->points, (int)sc->seconds_left)
                       : now == PHASE_PAUSED ? "PAUSED   P: on   N: one step"
                       : sc->best > 0 ? fa_frame_printf(ctx, "BEST %u   Enter: another round", sc->best)
                                      : "Enter: play a round - pull the golden motes in";
    if (c->pixels && text) {
        int width = (int)strlen(text) * FONT_ADVANCE;
        int x = (c->width - width) / 2;
        canvas_rect(c, x - 8, 10, width + 16, 18, 0x04060Fu, 205);
        (void)canvas_text(c, x, 15, 0xFFC060u, text);
    }
}

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    return FIRST_ERROR(
        fa_app_insert_resource(app, FA_T(score), NULL), fa_app_add_state(app, FA_T(phase), PHASE_MENU),
        fa_app_add_system(app, FA_PRE_UPDATE,
                          FA_SYSTEM(read_keys, .after = {"sdl2/pump"}, .local_bytes = sizeof(int32_t),
                                    .res = {FA_R(fa_sdl2_input)})),
        fa_app_add_system(app, FA_PRE_UPDATE,
                          FA_SYSTEM(step_once, .after = {"read_keys"}, .local_bytes = sizeof(uint64_t),
                                    .res = {FA_R(fa_sdl2_input), FA_W(fa_time)},
                                    .run_if = {{.fn = fa_if_in_state, .arg = &in_pause}})),
        fa_app_add_system(app, fa_on_enter(app, FA_T(phase), PHASE_PAUSED),
                          FA_SYSTEM(stop_time, .res = {FA_W(fa_time)})),
        fa_app_add_system(app, fa_on_exit(app, FA_T(phase), PHASE_PAUSED),
                          FA_SYSTEM(let_time_go, .res = {FA_W(fa_time)})),
        fa_app_add_system(app, fa_on_transition(app, FA_T(phase), PHASE_MENU, PHASE_PLAYING),
                          FA_SYSTEM(begin_round, .res = {FA_W(score)})),
        fa_app_add_system(app, fa_on_enter(app, FA_T(phase), PHASE_MENU),
                          FA_SYSTEM(end_round, .res = {FA_W(score)})),
        fa_app_add_system(app, FA_FIXED_POST_UPDATE,
                          FA_SYSTEM(count_down, .res = {FA_W(score), FA_R(fa_time)},
                                    .run_if = {{.fn = fa_if_in_state, .arg = &in_round}})),
        fa_app_add_system(app, FA_RENDER,
                          FA_SYSTEM(show, .in_set = {"paint"}, .after = {"bodies/draw"},
                                    .res = {FA_W(stage), FA_R(score)})));
}

fa_plugin phase_plugin(void)
{
    return (fa_plugin){
        .abi_version = FA_ABI_VERSION, .name = "phase", .build = build, .needs = {"sdl2", "stage", "bodies"}};
}
