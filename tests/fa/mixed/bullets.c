/* intrusive list with pool nodes, removal while iterating */
#include <framealloc/framealloc.h>
typedef struct bullet { struct bullet *next; float x, vx; int dead; } bullet;
static bullet *g_bullets;
void bullet_spawn(fa_context *ctx, float x, float vx)
{
    bullet *b = FA_POOL_NEW(ctx, bullet);
    if (!b) return;
    b->x = x; b->vx = vx; b->dead = 0;
    b->next = g_bullets;
    g_bullets = b;
}
void bullets_update(fa_context *ctx, float dt)
{
    bullet **link = &g_bullets;
    while (*link) {
        bullet *b = *link;
        b->x += b->vx * dt;
        if (b->x > 1000.0f || b->dead) {
            *link = b->next;
            fa_pool_free(ctx, b);
        } else {
            link = &b->next;
        }
    }
}
void bullets_update_bad(fa_context *ctx, float dt)
{
    for (bullet *b = g_bullets; b; b = b->next) { // expect: FA607
        b->x += b->vx * dt;
        if (b->x > 1000.0f) {
            fa_pool_free(ctx, b);
        }
    }
}
void bullets_clear(fa_context *ctx)
{
    bullet *b = g_bullets;
    while (b) {
        bullet *next = b->next;
        fa_pool_free(ctx, b);
        b = next;
    }
    g_bullets = NULL;
}
void bullets_clear_bad(fa_context *ctx)
{
    while (g_bullets) {
        fa_pool_free(ctx, g_bullets);
        g_bullets = g_bullets->next; // expect: FA607
    }
}
void spawn_and_forget(fa_context *ctx)
{
    bullet *b = FA_POOL_NEW(ctx, bullet); // expect: FA608
    if (!b) return;
    b->x = 0;
    b->vx = 1;
}
