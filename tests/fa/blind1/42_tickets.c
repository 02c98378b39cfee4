/* Lifetimes with a name. */
#include <framealloc/framealloc.h>
#include <framealloc/ticket.h>

typedef struct wall { float x0, y0, x1, y1; } wall;
typedef struct level { fa_context *ctx; fa_ticket ticket; wall *walls; int count; const char *title; } level;
void build(wall *walls, int n);
void show(const char *text);

int level_area(level *l)
{
    fa_ticket job = fa_ticket_open(l->ctx, FA_TICKET_JOB, 0);
    wall *copy = FA_TICKET_ARRAY(&job, wall, 16);
    if (!copy) {
        fa_ticket_close(job);
        return 0;
    }
    build(copy, 16);
    fa_ticket_close(job);
    return (int)copy[0].x1; // expect: FA606
}

void level_title(level *l)
{
    fa_ticket step = fa_ticket_open(l->ctx, FA_TICKET_STEP, 0);
    char *text = fa_ticket_alloc(&step, 32, 1);
    if (text) {
        text[0] = 0;
        l->title = text; // expect: FA601
    }
    fa_ticket_close(step);
}

void level_all(level *l)
{
    fa_ticket a = fa_ticket_open(l->ctx, FA_TICKET_STEP, 0);
    wall *walls = FA_TICKET_ARRAY(&a, wall, 4);
    if (walls) {
        build(walls, 4);
    }
    fa_ticket_close_all(l->ctx, FA_TICKET_STEP);
    if (walls) {
        build(walls, 4); // expect: FA606
    }
}
