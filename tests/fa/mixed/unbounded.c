#include "game.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <SDL2/SDL.h>
typedef struct header { unsigned count; unsigned bytes; unsigned char kind; } header;
void handle(void *);
void a(fa_context *c, FILE *f)
{
    header h;
    if (fread(&h, sizeof h, 1, f) != 1) return;
    enemy *es = FA_FRAME_ARRAY(c, enemy, h.count); // expect: FA301
    if (es) handle(es);
}
void b(fa_context *c, int argc, char **argv)
{
    if (argc < 2) return;
    int n = atoi(argv[1]);
    int *v = FA_FRAME_ARRAY(c, int, (size_t)n); // expect: FA301
    if (v) handle(v);
}
void d(fa_context *c, int fd)
{
    char buf[64];
    while (read(fd, buf, sizeof buf) > 0) {
        void *p = fa_frame_copy(c, buf, sizeof buf, 1); // expect: FA301
        if (p) handle(p);
    }
}
static unsigned read_u32(FILE *f) { unsigned v = 0; if (fread(&v, 4, 1, f) != 1) return 0; return v; }
void e(fa_context *c, FILE *f)
{
    unsigned n = read_u32(f);
    void *p = fa_heap_alloc(c, n * sizeof(enemy), 16); // expect: FA301
    if (!p) return;
    handle(p);
    fa_heap_free(c, p);
}
void g(fa_context *c)
{
    const char *e = getenv("PARTICLES");
    if (!e) return;
    long n = strtol(e, NULL, 10);
    handle(fa_frame_alloc(c, (size_t)n, 8)); // expect: FA301
}
typedef struct packet { int len; char data[512]; } packet;
bool net_poll(packet *out);
void h(fa_context *c)
{
    SDL_Event ev;
    while (SDL_PollEvent(&ev)) {
        SDL_Event *copy = fa_frame_copy(c, &ev, sizeof ev, 8); // expect: FA301
        handle(copy);
    }
}
/* good */
void ga(fa_context *c, FILE *f)
{
    header h;
    if (fread(&h, sizeof h, 1, f) != 1 || h.count > 4096) return;
    enemy *es = FA_FRAME_ARRAY(c, enemy, h.count);
    if (es) handle(es);
}
void gb(fa_context *c, FILE *f)
{
    header h;
    if (fread(&h, sizeof h, 1, f) != 1) return;
    enemy *es = FA_FRAME_ARRAY(c, enemy, h.kind);
    if (es) handle(es);
}
#define CLAMP(v, lo, hi) ((v) < (lo) ? (lo) : (v) > (hi) ? (hi) : (v))
void gc(fa_context *c, char **argv)
{
    int n = atoi(argv[1]);
    n = CLAMP(n, 1, 100);
    handle(FA_FRAME_ARRAY(c, int, (size_t)n));
}
static bool header_ok(const header *h) { return h->count <= 1024 && h->bytes <= 65536; }
void gd(fa_context *c, FILE *f)
{
    header h;
    if (fread(&h, sizeof h, 1, f) != 1) return;
    if (!header_ok(&h)) return;
    handle(fa_frame_alloc(c, h.bytes, 8));
}
void ge(fa_context *c, int fd)
{
    char buf[64];
    while (read(fd, buf, sizeof buf) > 0) {
        fa_frame_begin(c);
        handle(fa_frame_copy(c, buf, sizeof buf, 1));
        fa_frame_end(c);
    }
}
void gf(fa_context *c, FILE *f)
{
    char line[128];
    for (int n = 0; n < 32 && fgets(line, sizeof line, f); n++) handle(fa_frame_strdup(c, line)); // expect: FA602
}
void gg(fa_context *c)
{
    SDL_Event ev;
    while (SDL_PollEvent(&ev)) {
        if (ev.type == SDL_QUIT) return;
    }
    handle(fa_frame_alloc(c, 64, 8));
}
void gh(fa_context *c, FILE *f)
{
    unsigned n = read_u32(f) % 256;
    handle(fa_frame_alloc(c, n, 8));
}
void gi(fa_context *c, FILE *f)
{
    char name[64];
    if (!fgets(name, sizeof name, f)) return;
    size_t n = strlen(name);
    handle(fa_frame_alloc(c, n + 1, 1));
}
void gj(fa_context *c, FILE *f, size_t cap)
{
    unsigned n = read_u32(f);
    if (n > cap) n = (unsigned)cap;
    handle(fa_frame_alloc(c, n, 8));
}
void gk(fa_context *c, FILE *f)
{
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    if (n < 0 || n > 1 << 20) return;
    char *p = fa_heap_alloc(c, (size_t)n, 1);
    if (!p) return;
    if (fread(p, 1, (size_t)n, f) != (size_t)n) puts("short");
    fa_heap_free(c, p);
}
