/* sparks.c - where bodies hit each other hard, sparks fly. Each one is an object of a typed pool, taken when
 * it is struck and freed when it has burnt out; the pool's maximum is what bounds them. */
#include "framealloc/app/app.h"
#include "framealloc/app/resource.h"
#include "framealloc_chipmunk/chipmunk.h"
#include "game.h"

#define SPARKS_MAX 3000
#define IMPULSE_MIN 340.0 ///< softer contacts strike no sparks
#define SPARK_GRAVITY 500.0f

typedef struct spark {
    struct spark *next;
    vec2 at, before;
    vec2 velocity;
    float left, life; ///< seconds
} spark;

void sparks_throw(sparks *all, rng *random, vec2 at, vec2 along, int count)
{
    for (int i = 0; i < count; i++) {
        spark *sp = FA_TYPED_POOL_NEW(all->pool, spark);
        if (!sp) {
            return; /* enough of them */
        }
        float speed = rng_range(random, 60.0f, 420.0f) * (rng_next(random) & 1 ? 1.0f : -1.0f);
        vec2 direction;
        glm_vec2_rotate(along, rng_range(random, -0.5f, 0.5f), direction);
        glm_vec2_copy(at, sp->at);
        glm_vec2_copy(at, sp->before);
        glm_vec2_scale(direction, speed, sp->velocity);
        sp->life = rng_range(random, 0.15f, 0.55f);
        sp->left = sp->life;
        sp->next = all->first;
        all->first = sp;
        all->count++;
    }
}

/* Read the contacts of this step; they are sorted, so the same sparks fly in every run. */
static void strike(fa_sys *s)
{
    const fa_chipmunk_contacts *contacts = &FA_RES(s, fa_chipmunk)->contacts;
    sparks *all = FA_RES_MUT(s, sparks);
    level *l = FA_RES_MUT(s, level);
    const controls *c = FA_RES(s, controls);
    for (uint32_t i = 0; i < contacts->count; i++) {
        const fa_chipmunk_contact *hit = &contacts->items[i];
        if (hit->begun && hit->impulse > IMPULSE_MIN) {
            vec2 at = {(float)hit->point.x, (float)hit->point.y};
            vec2 along = {(float)-hit->normal.y, (float)hit->normal.x};
            double many = hit->impulse / IMPULSE_MIN;
            sparks_throw(all, &l->random, at, along, many > 6 ? 12 : 2 * (int)many);
        }
    }
    for (int i = 0; i < c->blast_count; i++) {
        float *flash = all->flashes[all->next_flash++ % CONTROLS_BLASTS_MAX];
        glm_vec3_copy((vec3){c->blasts[i][0], c->blasts[i][1], 1.0f}, flash);
        for (int ray = 0; ray < 60; ray++) {
            float angle = rng_range(&l->random, 0, 6.2832f);
            sparks_throw(all, &l->random, (float *)c->blasts[i], (vec2){cosf(angle), sinf(angle)}, 3);
        }
    }
}

static void fly(fa_sys *s)
{
    sparks *all = FA_RES_MUT(s, sparks);
    float seconds = (float)FA_RES(s, fa_time)->delta_seconds;
    for (spark **link = &all->first; *link;) {
        spark *sp = *link;
        sp->left -= seconds;
        if (sp->left <= 0) {
            *link = sp->next;
            (void)fa_typed_pool_free(all->pool, sp);
            all->count--;
            continue;
        }
        glm_vec2_copy(sp->at, sp->before);
        sp->velocity[1] += SPARK_GRAVITY * seconds;
        glm_vec2_scale(sp->velocity, 0.985f, sp->velocity);
        glm_vec2_muladds(sp->velocity, seconds, sp->at);
        link = &sp->next;
    }
}

/* What remains of explosions: a light that shrinks. */
static void fade_flashes(fa_sys *s)
{
    sparks *all = FA_RES_MUT(s, sparks);
    for (int i = 0; i < CONTROLS_BLASTS_MAX; i++) {
        all->flashes[i][2] *= all->flashes[i][2] > 0.03f ? 0.86f : 0;
    }
}

static void draw(fa_sys *s)
{
    stage *st = FA_RES_MUT(s, stage);
    if (!st->new_step || !st->canvas.glow) {
        return;
    }
    for (int i = 0; i < CONTROLS_BLASTS_MAX; i++) {
        const float *flash = FA_RES(s, sparks)->flashes[i];
        uint32_t bright = (uint32_t)(flash[2] * 120.0f);
        if (bright > 0) {
            canvas_glow_disc(&st->canvas, flash[0], flash[1], 30.0f + 130.0f * flash[2],
                             colour_scale(0xFFB070u, bright));
        }
    }
    for (const spark *sp = FA_RES(s, sparks)->first; sp; sp = sp->next) {
        uint32_t heat = (uint32_t)(sp->left / sp->life * 256.0f);
        uint32_t colour = colour_scale(0xFF9030u, heat);
        canvas_glow_line(&st->canvas, sp->before[0], sp->before[1], sp->at[0], sp->at[1], colour);
        canvas_glow_disc(&st->canvas, sp->at[0], sp->at[1], 2.2f, colour_scale(0xB07040u, heat));
    }
}

static void put_out(fa_sys *s)
{
    sparks *all = FA_RES_MUT(s, sparks);
    (void)fa_typed_pool_reset(all->pool);
    all->first = NULL;
    all->count = 0;
    memset(all->flashes, 0, sizeof all->flashes);
}

static fa_result build(fa_app *app, void *user)
{
    (void)user;
    sparks all = {0};
    fa_typed_pool_desc desc = {.name = "sparks",
                               .object_bytes = sizeof(spark),
                               .object_align = FA_ALIGNOF(spark),
                               .max_objects = SPARKS_MAX};
    fa_result result = fa_typed_pool_create(fa_app_context(app), &desc, &all.pool);
    if (result != FA_RESULT_OK) {
        return result;
    }
    result = FIRST_ERROR(
        fa_app_insert_resource(app, FA_T(sparks), &all),
        fa_app_add_system(app, fa_app_schedule(app, LEVEL_SCHEDULE),
                          FA_SYSTEM(put_out, .res = {FA_W(sparks)})),
        FA_CHAIN(app, FA_FIXED_UPDATE,
                 FA_SYSTEM(strike, .after = {"chipmunk/step"},
                           .res = {FA_R(fa_chipmunk), FA_W(sparks), FA_W(level), FA_R(controls)}),
                 FA_SYSTEM(fly, .res = {FA_W(sparks), FA_R(fa_time)}),
                 FA_SYSTEM(fade_flashes, .res = {FA_W(sparks)})),
        fa_app_add_system(app, FA_RENDER,
                          FA_SYSTEM(draw, .in_set = {"light"}, .res = {FA_W(stage), FA_R(sparks)})));
    if (result != FA_RESULT_OK) {
        (void)fa_typed_pool_destroy(all.pool);
    }
    return result;
}

static void shut_down(fa_app *app, void *user)
{
    (void)user;
    (void)fa_typed_pool_destroy(FA_APP_RES_MUT(app, sparks)->pool);
}

fa_plugin sparks_plugin(void)
{
    return (fa_plugin){.abi_version = FA_ABI_VERSION,
                       .name = "sparks",
                       .build = build,
                       .shutdown = shut_down,
                       .needs = {"chipmunk", "level", "stage", "controls"}};
}
