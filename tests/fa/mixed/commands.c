/* linked command buffer with union and flags, ring buffers, tagged variants */
#include <framealloc/framealloc.h>
#include <string.h>
#include <stdio.h>
enum kind { K_TEXT, K_RECT };
typedef struct cmd { enum kind kind; struct cmd *next; union { struct { const char *s; int len; } text; struct { float x, y, w, h; } rect; } u; } cmd;
typedef struct cmdbuf { fa_context *ctx; cmd *head, **tail; int count; } cmdbuf;
static cmdbuf g_buf;
static const char *ring[16];
static unsigned ring_at;
static void push_text(cmdbuf *b, const char *s)
{
    cmd *c = FA_FRAME_NEW_ZEROED(b->ctx, cmd);
    if (!c) return;
    c->kind = K_TEXT;
    c->u.text.s = s;
    c->u.text.len = (int)strlen(s);
    *b->tail = c;
    b->tail = &c->next;
    b->count++;
}
void draw(const cmd *c);
static void flush(cmdbuf *b)
{
    for (cmd *c = b->head; c; c = c->next) draw(c);
    b->head = NULL;
    b->tail = &b->head;
    b->count = 0;
}
void render_ok(fa_context *ctx)
{
    cmdbuf b = {.ctx = ctx};
    b.tail = &b.head;
    fa_frame_begin(ctx);
    push_text(&b, "hello");
    push_text(&b, "world");
    flush(&b);
    fa_frame_end(ctx);
}
void render_global_ok(fa_context *ctx)
{
    g_buf.ctx = ctx;
    g_buf.head = NULL;
    g_buf.tail = &g_buf.head;
    fa_frame_begin(ctx);
    push_text(&g_buf, "hello");
    flush(&g_buf);
    fa_frame_end(ctx);
}
void render_global_bad(fa_context *ctx)
{
    g_buf.ctx = ctx;
    g_buf.head = NULL;
    g_buf.tail = &g_buf.head;
    fa_frame_begin(ctx);
    push_text(&g_buf, "hello"); // expect: FA601
    for (cmd *c = g_buf.head; c; c = c->next) draw(c);
    fa_frame_end(ctx);
}
void ring_bad(fa_context *ctx, int n)
{
    fa_frame_begin(ctx);
    ring[ring_at++ % 16] = fa_frame_printf(ctx, "%d", n); // expect: FA601
    fa_frame_end(ctx);
}
typedef struct str { char *p; size_t n; } str;
static str str_dup(fa_context *c, const char *s) { str r = {fa_heap_alloc(c, strlen(s) + 1, 1), strlen(s)}; if (r.p) memcpy(r.p, s, r.n + 1); return r; }
static void str_free(fa_context *c, str *s) { fa_heap_free(c, s->p); s->p = NULL; s->n = 0; }
void str_ok(fa_context *c) { str s = str_dup(c, "a"); if (s.p) puts(s.p); str_free(c, &s); str_free(c, &s); }
void str_bad(fa_context *c)
{
    str s = str_dup(c, "a"), t = s;
    str_free(c, &s);
    if (t.p) puts(t.p); // expect: FA607
}
int str_leak(fa_context *c, int k)
{
    str s = str_dup(c, "a");
    if (!s.p) return -1;
    if (k) return k; // expect: FA608
    str_free(c, &s);
    return 0;
}
void two_frames(fa_context *main_ctx, fa_context *load_ctx)
{
    fa_frame_begin(main_ctx);
    fa_frame_begin(load_ctx);
    char *a = fa_frame_strdup(main_ctx, "m"), *b = fa_frame_strdup(load_ctx, "l");
    fa_frame_end(load_ctx);
    if (a) puts(a);
    if (b) puts(b); // expect: FA606
    fa_frame_end(main_ctx);
}
void all_contexts(fa_context **cs, int n)
{
    for (int i = 0; i < n; i++) fa_frame_begin(cs[i]);
    for (int i = 0; i < n; i++) { char *t = fa_frame_strdup(cs[i], "x"); if (t) puts(t); }
    for (int i = 0; i < n; i++) fa_frame_end(cs[i]);
}
void cond_free(fa_context *c, char *given)
{
    char *buf = given;
    bool mine = false;
    if (!buf) { buf = fa_heap_alloc(c, 64, 1); mine = buf != NULL; }
    if (buf) snprintf(buf, 64, "x");
    if (mine) fa_heap_free(c, buf);
}
void grow(fa_context *c, int n)
{
    size_t cap = 16, used = 0;
    int *v = FA_FRAME_ARRAY(c, int, cap);
    for (int i = 0; v && i < n; i++) {
        if (used == cap) {
            int *w = FA_FRAME_ARRAY(c, int, cap * 2);
            if (!w) return;
            memcpy(w, v, used * sizeof *v);
            v = w;
            cap *= 2;
        }
        v[used++] = i;
    }
}
