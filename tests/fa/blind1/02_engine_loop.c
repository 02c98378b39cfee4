/* The same kind of loop by somebody less careful. */
#include <framealloc/framealloc.h>
#include <stdio.h>

typedef struct node { struct node *next; int id; } node;
typedef struct game {
    fa_context *ctx;
    node *selected;
    int rounds;
    int running;
} game;
typedef void (*step_fn)(game *);

bool window_minimised(void);
void draw_text(const char *text);
void draw_nodes(const node *list);

static node *collect(game *g, int n)
{
    node *all = FA_FRAME_ARRAY(g->ctx, node, (size_t)n), *head = NULL;
    for (int i = 0; all && i < n; i++) {
        all[i].id = i;
        all[i].next = head;
        head = &all[i];
    }
    return head;
}

static void select_one(game *g)
{
    node *list = collect(g, 30);
    while (list && list->id != g->rounds % 30) {
        list = list->next;
    }
    g->selected = list;
}

static void nothing(game *g) { g->rounds++; }
static const step_fn steps[2] = {nothing, select_one};

void run(game *g)
{
    while (g->running) {
        fa_frame_begin(g->ctx); // expect: FA603
        if (window_minimised()) {
            continue;
        }
        for (int i = 0; i < 2; i++) {
            steps[i](g); // expect: FA601
        }
        fa_frame_end(g->ctx);
    }
}

int benchmark(game *g)
{
    const char *worst = "none";
    for (int i = 0; i < 100; i++) {
        fa_frame_begin(g->ctx);
        draw_nodes(collect(g, i));
        if (g->rounds > 50) {
            worst = fa_frame_printf(g->ctx, "round %d", i);
        }
        fa_frame_end(g->ctx);
    }
    draw_text(worst); // expect: FA606
    return g->rounds;
}

void last_words(game *g)
{
    fa_frame_begin(g->ctx);
    char *text = fa_frame_printf(g->ctx, "%d rounds", g->rounds);
    fa_frame_end(g->ctx);
    if (text) {
        puts(text); // expect: FA606
    }
}
