/* 04_embed_loop.c - framealloc in a game loop that is there already.
 *
 * Four lines: create, attach, begin, end. Level data gets an arena, which lives as long as the level; a
 * library that wants malloc and free gets the heap; the handler keeps what goes wrong. */
#include <stdio.h>

#include "framealloc/framealloc.h"

typedef struct Particle {
    float x, y, vx, vy;
} Particle;

typedef struct Game {
    fa_allocator *memory;
    fa_context *ctx;
    fa_arena *level;
    Particle *particles; /* in the level's arena */
    size_t particle_count;
    unsigned complaints;
} Game;

static void complain(void *user, const fa_diagnostic *diagnostic)
{
    Game *game = user;
    game->complaints++;
    printf("complaint %s: %s\n", diagnostic->code, diagnostic->message);
}

static bool game_open(Game *game)
{
    const fa_allocator_desc desc = {.name = "embedded",
                                    .handler = {.fn = complain, .user = game},
                                    .strictness = FA_STRICT_REPORT};
    return fa_allocator_create(&desc, &game->memory) == FA_RESULT_OK &&
           fa_context_attach(game->memory, NULL, &game->ctx) == FA_RESULT_OK &&
           fa_arena_create(game->ctx, &(fa_arena_desc){.name = "level"}, &game->level) == FA_RESULT_OK;
}

static void load_level(Game *game, size_t particle_count)
{
    (void)fa_arena_reset(game->level); /* the last level, all at once */
    game->particles = FA_ARENA_ARRAY(game->level, Particle, particle_count);
    game->particle_count = game->particles != NULL ? particle_count : 0;
    for (size_t i = 0; i < game->particle_count; i++) {
        game->particles[i] = (Particle){.x = (float)i, .vx = 1.0f};
    }
}

/* What your loop calls once per turn. */
static size_t update_and_draw(Game *game)
{
    fa_context *ctx = game->ctx;
    (void)fa_frame_begin(ctx);
    Particle **visible = FA_FRAME_ARRAY(ctx, Particle *, game->particle_count);
    size_t count = 0;
    for (size_t i = 0; visible != NULL && i < game->particle_count; i++) {
        Particle *p = &game->particles[i];
        p->x += p->vx;
        if (p->x < 640.0f) {
            visible[count++] = p;
        }
    }
    (void)fa_frame_end(ctx);
    return count;
}

int main(void)
{
    Game game = {0};
    if (!game_open(&game)) {
        return 1;
    }
    for (int level = 1; level <= 3; level++) {
        load_level(&game, (size_t)level * 500);
        size_t visible = 0;
        for (int turn = 0; turn < 60; turn++) { /* your loop */
            visible = update_and_draw(&game);
        }
        printf("level %d: %zu of %zu visible\n", level, visible, game.particle_count);
    }
    fa_context_stats stats;
    (void)fa_context_stats_get(game.ctx, &stats);
    printf("%llu frames, %llu heap calls, %u complaints\n", (unsigned long long)stats.frames,
           (unsigned long long)stats.heap_allocs, game.complaints);
    return fa_allocator_destroy(game.memory) == FA_RESULT_OK ? 0 : 1;
}

/* Output:
 * level 1: 500 of 500 visible
 * level 2: 580 of 1000 visible
 * level 3: 580 of 1500 visible
 * 180 frames, 0 heap calls, 0 complaints
 */
