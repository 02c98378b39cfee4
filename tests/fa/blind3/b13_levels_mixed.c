/* Levels by tickets, props by handles, sounds by streams: one file that uses all of it. */
#include <framealloc/framealloc.h>
#include <framealloc/handle.h>
#include <framealloc/stream.h>
#include <framealloc/ticket.h>
typedef struct prop { int model; float x; } prop;
typedef struct level { fa_context *ctx; fa_ticket ticket; prop *props; int n; fa_handle_heap *heap; fa_handle hero; fa_stream_cache *sounds; fa_stream theme; } level;
void place(prop *p);
void play(const void *samples, size_t n);

bool level_enter(level *l, int n)
{
    l->ticket = fa_ticket_open(l->ctx, FA_TICKET_LEVEL, 0);
    l->props = FA_TICKET_ARRAY(&l->ticket, prop, (size_t)n);
    l->hero = FA_HANDLE_NEW(l->ctx, l->heap, prop);
    if (!l->props || fa_handle_is_null(l->hero)) {
        fa_handle_free(l->ctx, l->heap, l->hero);
        fa_ticket_close(l->ticket);
        l->props = NULL;
        return false;
    }
    l->n = n;
    return true;
}

void level_tick(level *l)
{
    fa_frame_begin(l->ctx);
    prop *hero = FA_HANDLE_PIN(l->ctx, l->heap, l->hero, prop);
    if (hero) {
        prop *copy = fa_frame_copy(l->ctx, hero, sizeof *hero, 4);
        if (copy) {
            copy->x += 1;
            *hero = *copy;
        }
        fa_handle_unpin(l->ctx, l->heap, l->hero);
    }
    fa_handle_heap_defragment(l->ctx, l->heap, 4096);
    size_t n = 0;
    const void *theme = fa_stream_read_begin(l->ctx, l->sounds, l->theme, &n);
    if (theme) {
        play(theme, n);
        fa_stream_read_end(l->ctx, l->sounds, l->theme);
    }
    fa_frame_end(l->ctx);
}

void level_leave(level *l)
{
    fa_handle_free(l->ctx, l->heap, l->hero);
    fa_ticket_close(l->ticket);
    l->props[0].x = 0; /* too late, but who says that the props are on this ticket? */
    l->props = NULL;
}

float level_hero(level *l)
{
    prop *hero = FA_HANDLE_PIN(l->ctx, l->heap, l->hero, prop);
    float x = 0;
    if (hero) {
        x = hero->x;
        fa_handle_unpin(l->ctx, l->heap, l->hero);
    }
    fa_handle_free(l->ctx, l->heap, l->hero);
    return hero ? x + hero->x : 0; // expect: FA607
}

void level_theme(level *l)
{
    const float *samples = fa_stream_read_begin(l->ctx, l->sounds, l->theme, NULL);
    if (!samples) {
        return;
    }
    float gain = samples[0];
    fa_stream_read_end(l->ctx, l->sounds, l->theme);
    if (gain > 0) {
        play(samples, 4); // expect: FA607
    }
}
