/* A music player that streams; reads in helpers; priorities; release after the read. */
#include <framealloc/framealloc.h>
#include <framealloc/stream.h>
#include <string.h>

typedef struct track { fa_stream data; size_t at; bool loaded; } track;
typedef struct player { fa_context *ctx; fa_stream_cache *cache; track tracks[8]; int now; } player;
int device_write(const void *bytes, size_t n);
size_t source_read(void *to, size_t most);

static const char *open_track(player *p, track *t, size_t *n)
{
    return fa_stream_read_begin(p->ctx, p->cache, t->data, n);
}
static void close_track(player *p, track *t) { fa_stream_read_end(p->ctx, p->cache, t->data); }

int play(player *p)
{
    track *t = &p->tracks[p->now];
    size_t n = 0;
    const char *bytes = open_track(p, t, &n);
    if (!bytes)
        return -1;
    int written = device_write(bytes + t->at, n - t->at);
    if (written < 0) {
        close_track(p, t);
        return -1;
    }
    t->at += (size_t)written;
    bool over = t->at >= n;
    close_track(p, t);
    if (over) {
        fa_stream_release(p->ctx, p->cache, t->data);
        t->data = (fa_stream){0};
        p->now = (p->now + 1) % 8;
    }
    return written;
}

bool load(player *p, track *t, size_t bytes)
{
    fa_stream fresh;
    if (fa_stream_reserve(p->ctx, p->cache, &(fa_stream_desc){.bytes = bytes}, &fresh) != FA_RESULT_OK)
        return false;
    for (size_t left = bytes; left > 0;) {
        size_t room;
        char *place = fa_stream_write_begin(p->ctx, p->cache, fresh, &room);
        if (!place)
            return false;
        size_t got = source_read(place, room < 4096 ? room : 4096);
        fa_stream_write_end(p->ctx, p->cache, fresh, got);
        if (got == 0) {
            fa_stream_release(p->ctx, p->cache, fresh);
            return false;
        }
        left -= got;
    }
    fa_stream_ready(p->ctx, p->cache, fresh);
    t->data = fresh;
    t->loaded = true;
    return true;
}

/* Two at once, closed in the other order. */
int crossfade(player *p, track *a, track *b)
{
    size_t na, nb;
    const char *x = open_track(p, a, &na), *y = open_track(p, b, &nb);
    int level = 0;
    if (x && y)
        level = x[0] - y[0];
    if (x)
        close_track(p, a);
    if (y) {
        level += y[0];
        close_track(p, b);
    }
    return level;
}

void copy_out(player *p, track *t, char *to, size_t room)
{
    size_t n;
    const char *bytes = open_track(p, t, &n);
    if (bytes) {
        memcpy(to, bytes, n < room ? n : room);
        close_track(p, t);
    }
    to[0] = 0;
}
