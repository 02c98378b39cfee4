/* 12_order.c - which system runs when: before, after, chains, sets, conditions, and what a cycle looks like.
 */
#include <stdio.h>

#include "framealloc/app.h"

typedef struct Game {
    bool paused;
} Game;
FA_TYPE_STATIC(Game);

/* Systems of this example only say their names. */
static void say(fa_sys *s)
{
    printf(" %s", (const char *)fa_sys_user(s));
}
#define NAMED(text, ...) FA_SYSTEM_AS(text, say, .user = (void *)(uintptr_t)(text), __VA_ARGS__)

static bool is_paused(fa_sys *s, const void *arg)
{
    (void)arg;
    return FA_RES(s, Game)->paused;
}

static void tell(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    printf("%s: %s\n", diagnostic->code, diagnostic->message);
}

static void frame(fa_app *app, const char *title)
{
    printf("%s:", title);
    fa_app_update_ns(app, 0);
    printf("\n");
}

int main(void)
{
    fa_app *app = NULL;
    const fa_app_desc desc = {.memory = {.handler = {.fn = tell}, .strictness = FA_STRICT_REPORT}};
    if (fa_app_create(&desc, &app) != FA_RESULT_OK) {
        return 1;
    }
    FA_INSERT_RESOURCE(app, Game, {.paused = false});

    /* Without a word, systems run in the order of adding. */
    fa_app_add_system(app, FA_UPDATE, NAMED("camera", .after = {"physics"}));
    fa_app_add_system(app, FA_UPDATE, NAMED("input", .before = {"physics"}));
    fa_app_add_system(app, FA_UPDATE, NAMED("sound", .in_set = {"ambience"}));

    /* A chain, whose members are in a set; the set is ordered and switched as one. */
    FA_CHAIN(app, FA_UPDATE, NAMED("broad", .in_set = {"physics"}), NAMED("narrow", .in_set = {"physics"}),
             NAMED("solve", .in_set = {"physics"}));
    const fa_condition running = {.fn = is_paused, .negate = true, .res = {FA_R(Game)}};
    fa_app_configure_set(app, FA_UPDATE, "physics", &(fa_set_desc){.run_if = {running}});

    frame(app, "running");
    FA_APP_RES_MUT(app, Game)->paused = true;
    frame(app, "paused");

    /* A schedule of your own runs when you say so. */
    fa_schedule turn = fa_app_schedule(app, "Turn");
    fa_app_add_system(app, turn, NAMED("think", .before = {"act"}));
    fa_app_add_system(app, turn, NAMED("act", .in_set = {"moves"}));
    printf("turn:");
    fa_app_run_schedule(app, turn);
    printf("\n");

    /* Mistakes are named, and nothing runs. */
    fa_app_add_system(app, turn, NAMED("undo", .before = {"think"}, .after = {"act"}));
    fa_app_run_schedule(app, turn);
    fa_app_add_system(app, FA_UPDATE, NAMED("map", .after = {"camrea"}));
    printf("the frame: %s\n", fa_result_text(fa_app_update_ns(app, 0)));
    fa_app_destroy(app);
    return 0;
}

/* Output:
 * running: input sound broad narrow solve camera
 * paused: input sound camera
 * turn: think act
 * FA106: Turn: each must run before the next: app/think -> app/act -> app/undo -> app/think
 * FA106: Update: app/map is ordered relative to 'camrea', but there is no system and no set of that name
 * the frame: no such thing
 */
