/* game.h - what the game's plugins share: the resources, and the plugins themselves.
 *
 * Whose memory is what:
 *
 *     level memory     particles, the glow layer            one arena; emptied when the level begins anew
 *     pools            bodies' looks, sparks                taken and freed one by one
 *     the world        motes, emitters, labels              entities; their components in chunks from pools
 *     step memory      the grid that pushes particles,      gone when the fixed step ends
 *                      contacts, what sorts particles
 *     frame memory     events, what an explosion reaches,   gone when the frame ends
 *                      the overlay's lines
 *     scratch memory   tables of the overlay                gone when its system returns
 *     heap             SDL's own, resources                 */
#ifndef DEMO_GAME_H
#define DEMO_GAME_H

#include <SDL.h>
#include <cglm/cglm.h>
#include <stdio.h>

#include "canvas.h"
#include "flow.h"
#include "framealloc/app/app.h"
#include "framealloc/app/framealloc_plugin.h"
#include "framealloc/app/state.h"
#include "framealloc/app/sys.h"
#include "framealloc/app/system.h"
#include "framealloc/app/time.h"
#include "framealloc/typed_pool.h"
#include "options.h"
#include "rng.h"
#include "swarm.h"

/// The window and the picture in it. Its plugin, "stage", orders the schedule Render: systems in the set
/// "light" add to the glow layer, those in the set "paint" draw over it.
typedef struct stage {
    SDL_Window *window;
    SDL_Renderer *renderer;
    SDL_Texture *texture;
    canvas canvas;
    uint64_t drawn_step; ///< the fixed step that the glow layer shows
    bool new_step;       ///< a step was taken since the last picture
} stage;

/// The level: its memory and its luck. Systems of the schedule LEVEL_SCHEDULE fill a new one.
#define LEVEL_SCHEDULE "Level"
typedef struct level {
    fa_arena *arena;
    rng random;
    uint64_t steps; ///< since it began
    float width, height;
} level;

/// What the player wants, or the demo itself while nobody plays.
#define CONTROLS_BLASTS_MAX 8
typedef struct controls {
    bool attract;
    vec2 at;                          ///< where the mouse is, or where the demo pulls
    vec2 blasts[CONTROLS_BLASTS_MAX]; ///< explosions for the next step
    int blast_count;
    int spawn; ///< bodies that drop at `at` in the next step
    bool no_gravity;
    bool overlay;
    bool reset;
    uint64_t idle_steps; ///< since the player did anything
} controls;

/// The grid that pushes particles, in step memory; without a grid outside of a step.
typedef struct wind {
    flow flow;
} wind;

/// How many sparks fly, for those who count.
typedef struct sparks {
    fa_typed_pool *pool;
    struct spark *first; ///< newest first
    uint32_t count;
    vec3 flashes[CONTROLS_BLASTS_MAX]; ///< x, y, and what is left of it: 1 to 0
    uint32_t next_flash;
} sparks;

/// The look of a body: the `user` of its Chipmunk body.
typedef struct look {
    float half_width, half_height, radius;
    int style;   ///< of BODY_STYLES
    vec3 before; ///< x, y, angle of the step before, to draw between
} look;

#define BODY_STYLES 7
typedef struct bodies {
    fa_typed_pool *looks;
    struct shown_body *shown; ///< this frame's picture of them, in frame memory; NULL outside of a frame
    uint32_t shown_count;
    shape_style styles[BODY_STYLES];
} bodies;

/// What the game is at: a state. In the menu the demo plays by itself.
typedef enum phase { PHASE_MENU, PHASE_PLAYING, PHASE_PAUSED } phase;

/// Components that more than one file looks at; the others are in motes.c.
typedef struct place {
    vec2 at;
} place;
typedef struct drift {
    vec2 velocity;
} drift;

/// Of the round, and of all.
typedef struct score {
    uint32_t points, best;
    uint32_t caught; ///< motes, in rounds or not
    float seconds_left;
} score;

/// Milliseconds of past frames, and what they cost in calls.
typedef struct stats {
    float *frame_ms; ///< ring
    uint32_t capacity, count;
    int64_t begin_ns;
    float last_ms;
    uint64_t steady_frames;  ///< frames since the warm-up
    uint64_t heap_calls;     ///< of the SDK's heap, in those frames
    uint64_t heap_calls_max; ///< in one of them
    uint64_t backing_calls;  ///< of the system's memory, in those frames

    /* One frame in 16 is looked at with diagnostics on: how many allocations it made, and from where. */
    uint64_t counted_frames;
    uint64_t bump_allocs;   ///< from frame, step and scratch memory
    uint64_t object_allocs; ///< from pools and heap, SDL's included
    uint64_t sdl_calls;     ///< of SDL, before the frame that is being counted
} stats;

FA_TYPE_DECLARE(options);
FA_TYPE_DECLARE(stage);
FA_TYPE_DECLARE(level);
FA_TYPE_DECLARE(controls);
FA_TYPE_DECLARE(wind);
FA_TYPE_DECLARE(swarm);
FA_TYPE_DECLARE(sparks);
FA_TYPE_DECLARE(bodies);
FA_TYPE_DECLARE(stats);
FA_TYPE_DECLARE(phase);
FA_TYPE_DECLARE(place);
FA_TYPE_DECLARE(drift);
FA_TYPE_DECLARE(score);

fa_plugin stage_plugin(void);
fa_plugin level_plugin(void);
fa_plugin controls_plugin(void);
fa_plugin bodies_plugin(void);
fa_plugin particles_plugin(void);
fa_plugin sparks_plugin(void);
fa_plugin phase_plugin(void);
fa_plugin motes_plugin(void);
fa_plugin overlay_plugin(void);
fa_plugin stats_plugin(void);

/// The frame times so far, sorted, in scratch memory of your own. @return How many.
uint32_t stats_sorted(const stats *st, float *out);
/// The report of --stats json, after the last frame. @return False: it could not be written.
bool stats_print_json(fa_app *app, FILE *out);

/// Did a frame after --steady-after go to the system?
bool stats_contract_broken(const fa_app *app);

/// Throw sparks: @p count of them from a point, around a direction.
void sparks_throw(sparks *all, rng *random, vec2 at, vec2 along, int count);

/// 60 steps per second, and limits that the largest game stays below.
fa_app_desc game_app_desc(void);

/// For a plugin's build: the first result that is not OK.
fa_result first_error(const fa_result *results, size_t count);
#define FIRST_ERROR(...)                          \
    first_error((const fa_result[]){__VA_ARGS__}, \
                sizeof((const fa_result[]){__VA_ARGS__}) / sizeof(fa_result))

#endif
