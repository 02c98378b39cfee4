#include "game.h"
#define TAG(c, path) fa_tag_intern(fa_context_allocator(c), (path))
void work(void);
void a(fa_context *c)
{
    fa_tag t = fa_tag_intern(fa_context_allocator(c), "physics/contacts");
    fa_tag_push(c, t);
    work();
    fa_tag_pop(c);
}
void b(fa_context *c)
{
    fa_tag t = fa_tag_intern(fa_context_allocator(c), "ui");
    fa_tag_push(c, t); // expect: FA801
    work();
    fa_tag_pop(c);
}
void d(fa_context *c)
{
    fa_tag t = fa_tag_intern(fa_context_allocator(c), "render/sprites");
    FA_TAG_SCOPE(c, t) { work(); } // expect: FA803
}
static fa_tag g_tag;
void init(fa_allocator *a) { g_tag = fa_tag_intern(a, "phisics"); } // expect: FA802
void e(fa_context *c)
{
    fa_tag_push(c, g_tag); // expect: FA801
    work();
    fa_tag_pop(c);
}
void f(fa_context *c)
{
    fa_tag_push(c, TAG(c, "audio")); // expect: FA803
    work();
    fa_tag_pop(c);
}
void g(fa_context *c, fa_tag any)
{
    fa_tag_push(c, any);
    work();
    fa_tag_pop(c);
}
