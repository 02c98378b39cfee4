/* A C interface over somebody's engine: annotations and no bodies. */
#include <framealloc/annotate.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct eng eng;
typedef struct sprite { float x, y; struct sprite *next; int frame; } sprite;
FA_BEGINS_FRAME bool eng_tick_begin(eng *e);
FA_ENDS_FRAME void eng_tick_end(eng *e);
FA_RETURNS_FRAME void *eng_tick_alloc(eng *e, size_t n);
FA_RETURNS_POOL sprite *eng_sprite_new(eng *e);
FA_FREES_POOL void eng_sprite_free(eng *e, sprite *s);
FA_RETURNS_HEAP bool eng_blob_load(eng *e, const char *name, void **out);
FA_FREES_HEAP void eng_blob_free(eng *e, void *blob);
FA_SUSPENDS void eng_await(eng *e);
void eng_draw(eng *e, const sprite *list);
size_t eng_blob_parse(const void *blob);

typedef struct scene { sprite *cursor; sprite *batch; } scene;

void scene_draw(eng *e, scene *s, int n)
{
    if (!eng_tick_begin(e)) {
        return;
    }
    sprite *list = NULL;
    for (int i = 0; i < n; i++) {
        sprite *one = eng_tick_alloc(e, sizeof *one); // expect: FA602
        if (!one) {
            break;
        }
        one->next = list;
        list = one;
    }
    eng_draw(e, list);
    s->batch = list; // expect: FA601
    eng_tick_end(e);
}

size_t scene_load(eng *e, const char *name)
{
    void *blob = NULL;
    if (!eng_blob_load(e, name, &blob)) {
        return 0;
    }
    size_t n = eng_blob_parse(blob);
    if (n == 0) {
        return 0; // expect: FA608
    }
    eng_blob_free(e, blob);
    return n;
}

void scene_cursor(eng *e, scene *s)
{
    sprite *fresh = eng_sprite_new(e);
    if (fresh) {
        if (s->cursor) {
            eng_sprite_free(e, s->cursor);
        }
        s->cursor = fresh;
    }
}

int scene_wait(eng *e)
{
    int *marks = eng_tick_alloc(e, 16);
    if (!marks) {
        return 0;
    }
    marks[0] = 1;
    eng_await(e); // expect: FA702
    return marks[0];
}

void scene_swap(eng *e, scene *s)
{
    sprite *old = s->cursor;
    eng_sprite_free(e, old);
    s->cursor = eng_sprite_new(e);
    if (!s->cursor) {
        s->cursor = old;
    }
    if (s->cursor == old) {
        eng_draw(e, old); // expect: FA607
    }
}
