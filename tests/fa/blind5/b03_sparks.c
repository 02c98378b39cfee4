#include <framealloc/framealloc.h>
#include <string.h>
#define NEW(T) FA_POOL_NEW(self->ctx, T)
#define FREE_HEAP(p) fa_heap_free(self->ctx, (p))

typedef struct Spark Spark;
struct Spark { Spark *next; float life, heat; char *tex; };
typedef struct SparkPool { fa_context *ctx; Spark *live, *spare; int count; } SparkPool;
void draw_quad(const float *v);

Spark *Spark_Get(SparkPool *self)
{
    Spark *s = self->spare;
    if (s) {
        self->spare = s->next;
    } else if (!(s = NEW(Spark))) {
        return NULL;
    }
    memset(s, 0, sizeof *s);
    s->next = self->live;
    self->live = s;
    self->count++;
    return s;
}

void Spark_Clear(SparkPool *self)
{
    for (Spark *s = self->live; s; s = s->next) { // expect: FA607
        fa_pool_free(self->ctx, s);
    }
    self->live = NULL;
}

void Spark_Trim(SparkPool *self)
{
    Spark *s;
    while ((s = self->spare) != NULL && self->count > 100) {
        self->spare = s->next;
        self->count--;
        fa_pool_free(self->ctx, s);
    }
}

bool Spark_Probe(SparkPool *self, float heat)
{
    Spark *probe = NEW(Spark);
    bool hot = false;
    if (probe) {
        probe->heat = heat;
        hot = probe->heat > 0.5f;
        FREE_HEAP(probe); // expect: FA607
    }
    return hot;
}

void Spark_Draw(SparkPool *self)
{
    fa_frame_begin(self->ctx);
    for (Spark *s = self->live; s; s = s->next) {
        float *quad = FA_FRAME_ARRAY(self->ctx, float, 16); // expect: FA602
        if (!quad) {
            break;
        }
        quad[0] = s->life;
        draw_quad(quad);
    }
    fa_frame_end(self->ctx);
}

void Spark_DrawOne(SparkPool *self, int which)
{
    fa_frame_begin(self->ctx);
    for (Spark *s = self->live; s; s = s->next) {
        if (which-- == 0) {
            float *quad = FA_FRAME_ARRAY(self->ctx, float, 16);
            if (quad) {
                quad[0] = s->life;
                draw_quad(quad);
            }
            break;
        }
    }
    fa_frame_end(self->ctx);
}

void Spark_Texture(SparkPool *self, Spark *s, const char *name)
{
    char *copy = fa_heap_alloc(self->ctx, strlen(name) + 1, 1);
    if (copy) {
        strcpy(copy, name);
        FREE_HEAP(s->tex);
        s->tex = copy;
        fa_heap_free(self->ctx, copy + 1); // wanted, and missed: FA607
    }
}
