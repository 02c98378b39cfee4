/* motes.c - golden motes as entities: emitters make them, the wind carries them, who pulls them in has
 * points.
 *
 * Systems walk plain arrays of components; what comes and goes is noted down as commands and applied in the
 * order of the schedule; that a mote was caught is an event, which others read. */
#include "framealloc/app/app.h"
#include "framealloc/app/command.h"
#include "framealloc/app/event.h"
#include "framealloc/app/resource.h"
#include "game.h"

#define EMITTERS 4
#define MOTES_MAX 160
#define CATCH_RADIUS 34.0f
#define LABEL_SECONDS 0.9f

typedef struct emitter {
    float period, left; ///< seconds
} emitter;
typedef struct mote {
    float worth;
    float age;
} mote;
typedef struct label {
    float worth;
    float left;
} label;
/* The event. */
typedef struct caught {
    vec2 at;
    float worth;
} caught;
FA_TYPE_STATIC(emitter);
FA_TYPE_STATIC(mote);
FA_TYPE_STATIC(label);
FA_TYPE_STATIC(caught);

/* A new level: the old entities go, emitters come. */
static void begin(fa_sys *s)
{
    const level *l = FA_RES(s, level);
    FA_EACH (s, 0, it) {
        for (uint32_t i = 0; i < it.count; i++) {
            (void)fa_cmd_despawn(s, it.entities[i]);
        }
    }
    for (int i = 0; i < EMITTERS; i++) {
        float share = ((float)i + 0.5f) / EMITTERS;
        (void)FA_SPAWN(s, FA_V(place, {{share * l->width, (i % 2 ? 0.30f : 0.52f) * l->height}}),
                       FA_V(emitter, {0.25f + 0.05f * (float)i, 0.1f * (float)i}));
    }
}

static void emit(fa_sys *s)
{
    level *l = FA_RES_MUT(s, level);
    float seconds = (float)FA_RES(s, fa_time)->delta_seconds;
    uint32_t alive = 0;
    FA_EACH (s, 1, it) {
        alive += it.count;
    }
    FA_EACH (s, 0, it) {
        const place *places = FA_COL(it, place, 0);
        emitter *emitters = FA_COL(it, emitter, 1);
        for (uint32_t i = 0; i < it.count; i++) {
            emitters[i].left -= seconds;
            if (emitters[i].left > 0 || alive >= MOTES_MAX) {
                continue;
            }
            emitters[i].left += emitters[i].period;
            float x = rng_range(&l->random, -60.0f, 60.0f);
            float y = rng_range(&l->random, -60.0f, 60.0f);
            float worth = (float)(10 * (1 + rng_next(&l->random) % 3));
            (void)FA_SPAWN(s, FA_V(place, {{places[i].at[0], places[i].at[1]}}), FA_V(drift, {{x, y}}),
                           FA_V(mote, {worth, 0}));
            alive++;
        }
    }
}

/* The cell of the wind that a place is in. */
static const float *wind_at(const flow *f, const vec2 at)
{
    int x = (int)(at[0] / FLOW_CELL_PIXELS);
    int y = (int)(at[1] / FLOW_CELL_PIXELS);
    x = x < 0 ? 0 : x < f->columns ? x : f->columns - 1;
    y = y < 0 ? 0 : y < f->rows ? y : f->rows - 1;
    return f->push[y * f->columns + x];
}

static void carry(fa_sys *s)
{
    const flow *f = &FA_RES(s, wind)->flow;
    const level *l = FA_RES(s, level);
    float seconds = (float)FA_RES(s, fa_time)->delta_seconds;
    FA_EACH (s, 0, it) {
        place *places = FA_COL(it, place, 0);
        drift *drifts = FA_COL(it, drift, 1);
        mote *motes = FA_COL(it, mote, 2);
        for (uint32_t i = 0; i < it.count && f->push; i++) {
            glm_vec2_scale(drifts[i].velocity, 0.97f, drifts[i].velocity);
            glm_vec2_muladds((float *)wind_at(f, places[i].at), 0.6f, drifts[i].velocity);
            glm_vec2_muladds(drifts[i].velocity, seconds, places[i].at);
            places[i].at[0] = glm_clamp(places[i].at[0], 2, l->width - 2);
            places[i].at[1] = glm_clamp(places[i].at[1], 2, l->height - 2);
            motes[i].age += seconds;
        }
    }
}

/* Who pulls catches what comes near. */
static void catch_near(fa_sys *s)
{
    const controls *c = FA_RES(s, controls);
    bool in_round = fa_sys_state(s, FA_T(phase)) == PHASE_PLAYING;
    FA_EACH (s, 0, it) {
        const place *places = FA_COL(it, place, 0);
        const mote *motes = FA_COL(it, mote, 1);
        for (uint32_t i = 0; i < it.count && c->attract; i++) {
            const float *at = places[i].at;
            if (glm_vec2_distance((float *)at, (float *)c->at) > CATCH_RADIUS) {
                continue;
            }
            (void)fa_cmd_despawn(s, it.entities[i]);
            (void)FA_EMIT(s, caught, {{at[0], at[1]}, motes[i].worth});
            if (in_round) { /* goes when the round does */
                (void)FA_SPAWN(s, FA_V(place, {{at[0], at[1] - 12}}),
                               FA_V(label, {motes[i].worth, LABEL_SECONDS}),
                               FA_V(fa_state_is, {FA_T(phase), PHASE_PLAYING, 0}));
            }
        }
    }
}

static void rise(fa_sys *s)
{
    float seconds = (float)FA_RES(s, fa_time)->delta_seconds;
    FA_EACH (s, 0, it) {
        place *places = FA_COL(it, place, 0);
        label *labels = FA_COL(it, label, 1);
        for (uint32_t i = 0; i < it.count; i++) {
            labels[i].left -= seconds;
            places[i].at[1] -= 40.0f * seconds;
            if (labels[i].left <= 0) {
                (void)fa_cmd_despawn(s, it.entities[i]);
            }
        }
    }
}

/* ---- who hears of it ---------------------------------------------------------------------------------- */

static void celebrate(fa_sys *s)
{
    uint32_t count = 0;
    const caught *all = FA_READ(s, caught, &count);
    for (uint32_t i = 0; i < count; i++) {
        sparks_throw(FA_RES_MUT(s, sparks), &FA_RES_MUT(s, level)->random, (float *)all[i].at, (vec2){0, 1},
                     (int)all[i].worth / 10);
    }
    FA_RES_MUT(s, score)->caught += count;
}

static void count_points(fa_sys *s)
{
    uint32_t count = 0;
    const caught *all = FA_READ(s, caught, &count);
    for (uint32_t i = 0; i < count; i++) {
        FA_RES_MUT(s, score)->points += (uint32_t)all[i].worth;
    }
}

/* ---- drawing ------------------------------------------------------------------------------------------ */

static void draw(fa_sys *s)
{
    stage *st = FA_RES_MUT(s, stage);
    FA_EACH (s, 0, it) {
        const place *places = FA_COL(it, place, 0);
        const mote *motes = FA_COL(it, mote, 1);
        for (uint32_t i = 0; i < it.count && st->new_step && st->canvas.glow; i++) {
            float pulse = 2.6f + motes[i].worth * 0.06f + 0.8f * sinf(motes[i].age * 5.0f);
            canvas_glow_disc(&st->canvas, places[i].at[0], places[i].at[1], pulse, 0x806020u);
        }
    }
}

static void draw_labels(fa_sys *s)
{
    canvas *c = &FA_RES_MUT(s, stage)->canvas;
    FA_EACH (s, 0, it) {
        const place *places = FA_COL(it, place, 0);
        const label *labels = FA_COL(it, label, 1);
        for (uint32_t i = 0; i < it.count && c->pixels; i++) {
            const char *text = fa_frame_printf(fa_sys_ctx(s), "+%d", (int)labels[i].worth);
            if (text) {
                (void)canvas_text(c, (int)places[i].at[0], (int)places[i].at[1], 0xFFE090u, text);
            }
        }
    }
}

/* ---- the plugin --------------------------------------------------------------------------------------- */

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    static const fa_state_is in_round = {FA_T(phase), PHASE_PLAYING, 0};
    return FIRST_ERROR(
        fa_app_add_event(app, FA_T(caught), &(fa_event_desc){.clock = FA_EVENT_FIXED}),
        fa_app_add_system(app, fa_app_schedule(app, LEVEL_SCHEDULE),
                          FA_SYSTEM(begin, .query = {{FA_WITH(place)}}, .res = {FA_R(level)})),
        FA_CHAIN(app, FA_FIXED_UPDATE,
                 FA_SYSTEM(emit, .after = {"particles/meet_bodies"},
                           .query = {{FA_R(place), FA_W(emitter)}, {FA_WITH(mote)}},
                           .res = {FA_W(level), FA_R(fa_time)}),
                 FA_SYSTEM(carry, .query = {{FA_W(place), FA_W(drift), FA_W(mote)}},
                           .res = {FA_R(wind), FA_R(level), FA_R(fa_time)}),
                 FA_SYSTEM(catch_near, .query = {{FA_R(place), FA_R(mote)}}, .res = {FA_R(controls)},
                           .events = {FA_W(caught)}),
                 FA_SYSTEM(rise, .query = {{FA_W(place), FA_W(label)}}, .res = {FA_R(fa_time)})),
        fa_app_add_system(app, FA_FIXED_POST_UPDATE,
                          FA_SYSTEM(celebrate, .res = {FA_W(sparks), FA_W(level), FA_W(score)},
                                    .events = {FA_R(caught)})),
        fa_app_add_system(app, FA_FIXED_POST_UPDATE,
                          FA_SYSTEM(count_points, .after = {"celebrate"}, .res = {FA_W(score)},
                                    .events = {FA_R(caught)},
                                    .run_if = {{.fn = fa_if_in_state, .arg = &in_round}})),
        fa_app_add_system(app, FA_RENDER,
                          FA_SYSTEM(draw, .in_set = {"light"}, .query = {{FA_R(place), FA_R(mote)}},
                                    .res = {FA_W(stage)})),
        fa_app_add_system(app, FA_RENDER,
                          FA_SYSTEM(draw_labels, .in_set = {"paint"}, .after = {"bodies/draw"},
                                    .query = {{FA_R(place), FA_R(label)}}, .res = {FA_W(stage)})));
}

fa_plugin motes_plugin(void)
{
    return (fa_plugin){.abi_version = FA_ABI_VERSION,
                       .name = "motes",
                       .build = build,
                       .needs = {"level", "stage", "bodies", "particles", "sparks", "phase"}};
}
