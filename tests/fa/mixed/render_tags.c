#include "game.h"
void work(void);
static void with_tag(fa_context *c, const char *path)
{
    fa_tag_push(c, fa_tag_intern(fa_context_allocator(c), path));
    work();
    fa_tag_pop(c);
}
void a(fa_context *c) { with_tag(c, "render/sprites"); }
void b(fa_context *c) { with_tag(c, "physics"); } // expect: FA803
void d(fa_context *c) { with_tag(c, "ai"); } // expect: FA801
void e(fa_context *c) { with_tag(c, "rendr"); } // expect: FA802, FA801
typedef struct tags { fa_tag sprites, world; } tags;
static void tags_init(tags *t, fa_allocator *a)
{
    t->sprites = fa_tag_intern(a, "render/sprites");
    t->world = fa_tag_intern(a, "physics");
}
void f(fa_context *c, fa_allocator *a)
{
    tags t;
    tags_init(&t, a);
    fa_tag_push(c, t.sprites);
    work();
    fa_tag_pop(c);
    fa_tag_push(c, t.world); // expect: FA803
    work();
    fa_tag_pop(c);
}
