/* Loops and frames: some balanced, some not. */
#include <framealloc/framealloc.h>
typedef struct app { fa_context *ctx; fa_context *tools; bool quit, paused; int n; } app;
int events(app *a);
void simulate(app *a, int *tmp);

void run(app *a)
{
    while (!a->quit) {
        if (events(a) < 0) {
            break;
        }
        if (a->paused) {
            continue;
        }
        fa_frame_begin(a->ctx);
        simulate(a, FA_FRAME_ARRAY(a->ctx, int, 16));
        fa_frame_end(a->ctx);
    }
}

void run_tools(app *a)
{
    fa_frame_begin(a->tools);
    int *kept = FA_FRAME_NEW(a->tools, int);
    for (int i = 0; i < 10; i++) {
        fa_frame_begin(a->ctx);
        simulate(a, kept);
        fa_frame_end(a->ctx);
    }
    fa_frame_end(a->tools);
}

int run_once(app *a)
{
    fa_frame_begin(a->ctx);
    do {
        if (events(a) == 2) {
            return a->n; // expect: FA603
        }
    } while (a->paused);
    fa_frame_end(a->ctx);
    return 0;
}

void run_late(app *a)
{
    fa_frame_begin(a->ctx);
    simulate(a, NULL);
    fa_frame_end(a->ctx);
    simulate(a, FA_FRAME_NEW(a->ctx, int)); // expect: FA603
}

static bool open_if(app *a, bool wanted) { return wanted && fa_frame_begin(a->ctx) == FA_RESULT_OK; }
void run_flagged(app *a)
{
    bool open = open_if(a, !a->paused);
    simulate(a, NULL);
    if (open) {
        fa_frame_end(a->ctx);
    }
}

void run_marks(app *a)
{
    fa_frame_begin(a->ctx);
    fa_checkpoint mark = fa_frame_mark(a->ctx);
    int *tmp = FA_FRAME_ARRAY(a->ctx, int, 64), *keep = NULL;
    simulate(a, tmp);
    fa_frame_rewind(a->ctx, mark);
    keep = FA_FRAME_NEW(a->ctx, int);
    if (keep) {
        *keep = tmp ? tmp[0] : 0; // expect: FA606
    }
    fa_frame_end(a->ctx);
}
