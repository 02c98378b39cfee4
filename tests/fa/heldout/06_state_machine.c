#include "game.h"
/* screens in a const table; one of them leaves the frame open, one uses what the frame had */
typedef enum screen { SCREEN_MENU, SCREEN_PLAY, SCREEN_OVER, SCREEN_COUNT } screen;
typedef struct game { fa_context *ctx; screen now; enemy *hero; } game;
static screen menu(game *g)
{
    char *title = fa_frame_printf(g->ctx, "press start");
    use_enemy((void *)title);
    return is_ready() ? SCREEN_PLAY : roll_dice() ? SCREEN_OVER : SCREEN_MENU;
}
static screen play(game *g)
{
    g->hero = FA_FRAME_NEW(g->ctx, enemy);
    return g->hero && g->hero->health > 0 ? SCREEN_PLAY : SCREEN_OVER;
}
static screen over(game *g)
{
    use_enemy(g->hero);
    return SCREEN_MENU;
}
static screen (*const screens[SCREEN_COUNT])(game *g) = {[SCREEN_MENU] = menu, [SCREEN_PLAY] = play, [SCREEN_OVER] = over};
void game_play(game *g)
{
    fa_frame_begin(g->ctx);
    g->now = screens[SCREEN_PLAY](g); // expect: FA601
    fa_frame_end(g->ctx);
}
void game_menu(game *g)
{
    fa_frame_begin(g->ctx);
    switch (screens[SCREEN_MENU](g)) {
    case SCREEN_PLAY: g->now = SCREEN_PLAY; break;
    case SCREEN_OVER: return; // expect: FA603
    default: break;
    }
    fa_frame_end(g->ctx);
}
