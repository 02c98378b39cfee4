#include "game.h"
#include <stdio.h>
#include <setjmp.h>
#include <stdlib.h>
int load(void);
void a(fa_context *c)
{
    fa_frame_begin(c);
    for (int i = 0; i < 10; i++) {
        if (load() < 0) goto fail;
    }
    fa_frame_end(c);
    return;
fail:
    puts("failed"); // leaves
    return; // expect: FA603
}
void b(fa_context *c, int mode)
{
    fa_frame_begin(c);
    switch (mode) {
    case 0: load(); break;
    case 1: return; // expect: FA603
    default: break;
    }
    fa_frame_end(c);
}
void d(fa_context *c)
{
    fa_frame_begin(c);
    fa_frame_begin(c); // expect: FA603
    fa_frame_end(c);
}
void e(fa_context *c)
{
    fa_frame_begin(c);
    load();
    fa_frame_end(c);
    fa_frame_end(c); // expect: FA603
}
void f(fa_context *c, bool log)
{
    if (log) fa_frame_begin(c); // expect: FA603
    char *s = log ? fa_frame_strdup(c, "x") : NULL;
    if (s) puts(s);
    if (!log) fa_frame_end(c);
}
void g(fa_context *c, int n)
{
    while (n-- > 0) {
        fa_frame_begin(c); // expect: FA603
        if (load() == 3) break;
        fa_frame_end(c);
    }
    puts("done");
}
static bool open_if(fa_context *c, bool want)
{
    if (!want) return false;
    fa_frame_begin(c);
    return true;
}
void h(fa_context *c)
{
    if (open_if(c, load() > 0)) {
        load();
    }
}
/* good */
void ga(fa_context *c)
{
    if (open_if(c, load() > 0)) {
        load();
        fa_frame_end(c);
    }
}
void gb(fa_context *c)
{
    if (fa_frame_begin(c) != FA_RESULT_OK) return;
    load();
    fa_frame_end(c);
}
int gc(fa_context *c)
{
    int rc = -1;
    fa_result r = fa_frame_begin(c);
    if (r != FA_RESULT_OK) return rc;
    if (load() < 0) goto out;
    rc = 0;
out:
    fa_frame_end(c);
    return rc;
}
void gd(fa_context *c)
{
    fa_frame_begin(c);
    if (load() < 0) exit(1);
    if (load() < 0) abort();
    fa_frame_end(c);
}
typedef struct engine { fa_context *c; bool open; } engine;
void engine_begin(engine *e) { if (!e->open) { fa_frame_begin(e->c); e->open = true; } }
void engine_end(engine *e) { if (e->open) { fa_frame_end(e->c); e->open = false; } }
void ge(engine *e) { engine_begin(e); load(); engine_end(e); }
#define WITH_FRAME(c) for (int once_ = (fa_frame_begin(c), 1); once_; once_ = 0, fa_frame_end(c))
void gf(fa_context *c) { WITH_FRAME(c) { load(); } }
void gg(fa_context *c)
{
    for (;;) {
        fa_frame_begin(c);
        int r = load();
        fa_frame_end(c);
        if (r < 0) break;
    }
}
void gh(fa_context *c)
{
    bool quit = false;
    do {
        fa_frame_begin(c);
        switch (load()) {
        case 0: quit = true; break;
        case 1: goto next;
        default: break;
        }
        load();
    next:
        fa_frame_end(c);
    } while (!quit);
}
