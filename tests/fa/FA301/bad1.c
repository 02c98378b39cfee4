#include "game.h"
#include <stdio.h>
void load(fa_context *ctx, FILE *file)
{
    char line[128];
    enemy *head = NULL;
    while (fgets(line, sizeof line, file)) {
        enemy *e = FA_FRAME_NEW(ctx, enemy); // expect: FA301
        e->next = head;
        head = e;
    }
    use_enemy(head);
}
