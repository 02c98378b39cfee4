/* Textures and levels: what is read too late. */
#include <framealloc/framealloc.h>
#include <framealloc/stream.h>
#include <framealloc/ticket.h>

typedef struct image { int w, h; unsigned char rgba[]; } image;
typedef struct cache { fa_context *ctx; fa_stream_cache *streams; const image *bound; } cache;
typedef struct spawn { int kind; struct spawn *next; } spawn;
typedef struct level { fa_context *ctx; fa_ticket t; spawn *list; } level;
void upload(const image *i);

void bind(cache *c, fa_stream s)
{
    const image *i = fa_stream_read_begin(c->ctx, c->streams, s, NULL);
    c->bound = i;
    if (!i)
        return;
    upload(i);
    fa_stream_read_end(c->ctx, c->streams, s);
    if (c->bound->w > 0) // expect: FA607
        c->bound = NULL;
}

int sizes(cache *c, const fa_stream *all, int n)
{
    int sum = 0;
    const image *last = NULL;
    for (int i = 0; i < n; i++) {
        const image *im = fa_stream_read_begin(c->ctx, c->streams, all[i], NULL);
        if (!im)
            continue;
        sum += im->w * im->h;
        fa_stream_read_end(c->ctx, c->streams, all[i]);
        last = im;
    }
    return last ? sum / last->w : 0; // expect: FA607
}

int waves(level *l)
{
    fa_ticket wave = fa_ticket_open(l->ctx, FA_TICKET_JOB, 0);
    spawn *first = NULL;
    for (int i = 0; i < 4; i++) {
        spawn *s = FA_TICKET_NEW(&wave, spawn);
        if (!s)
            break;
        s->kind = i;
        s->next = first;
        first = s;
    }
    fa_ticket_close(wave);
    return first ? first->kind : 0; // expect: FA606
}

void keep(level *l)
{
    fa_ticket wave = fa_ticket_open(l->ctx, FA_TICKET_STEP, 0);
    l->list = FA_TICKET_NEW(&wave, spawn); // expect: FA601
    fa_ticket_close(wave);
}

void frame_ticket(level *l)
{
    fa_frame_begin(l->ctx);
    fa_ticket now = fa_ticket_open(l->ctx, FA_TICKET_FRAME, 0), later = fa_ticket_open(l->ctx, FA_TICKET_FRAME, 60);
    spawn *a = FA_TICKET_NEW(&now, spawn), *b = FA_TICKET_NEW(&later, spawn);
    fa_frame_end(l->ctx);
    if (b)
        b->kind = 1;
    if (a)
        a->kind = 1; // expect: FA606
}
