/* ECS with two contexts: sim frames are short, view frames long. Systems in a constant table. */
#include <framealloc/framealloc.h>

typedef struct Transform { float x, y, r; } Transform;
typedef struct Contact { int a, b; float depth; } Contact;
typedef struct World {
    fa_context *sim, *view;
    Transform *tf;
    int n;
    Contact *contacts; /* of the sim frame: NULL outside of it */
    int contact_count;
    float *alpha; /* of the view frame */
} World;
typedef void (*SystemFn)(World *w, float dt);

static void sys_integrate(World *w, float dt)
{
    for (int i = 0; i < w->n; i++) {
        w->tf[i].x += dt;
    }
}
static void sys_broad(World *w, float dt)
{
    (void)dt;
    w->contact_count = 0;
    w->contacts = FA_FRAME_ARRAY(w->sim, Contact, (size_t)w->n);
    for (int i = 1; w->contacts && i < w->n; i++) {
        if (w->tf[i].x - w->tf[i - 1].x < 1) {
            w->contacts[w->contact_count++] = (Contact){i - 1, i, 1};
        }
    }
}
static void sys_solve(World *w, float dt)
{
    for (int i = 0; i < w->contact_count; i++) {
        Contact *c = &w->contacts[i];
        w->tf[c->a].x -= c->depth * dt;
        w->tf[c->b].x += c->depth * dt;
    }
}
static void sys_cleanup(World *w, float dt)
{
    (void)dt;
    w->contacts = NULL;
    w->contact_count = 0;
}
static const struct { const char *name; SystemFn fn; } kSystems[] = {
    {"integrate", sys_integrate}, {"broad", sys_broad}, {"solve", sys_solve}, {"cleanup", sys_cleanup},
};

static void world_step(World *w, float dt)
{
    fa_frame_begin(w->sim);
    for (unsigned i = 0; i < sizeof kSystems / sizeof *kSystems; i++) {
        kSystems[i].fn(w, dt);
    }
    fa_frame_end(w->sim);
}

void draw_sprite(const Transform *t, float alpha);

void world_frame(World *w, float dt)
{
    fa_frame_begin(w->view);
    float *alpha = FA_FRAME_ARRAY(w->view, float, (size_t)w->n);
    Transform *shown = fa_frame_copy(w->view, w->tf, sizeof(Transform) * (size_t)w->n, 16);
    while (dt > 0) {
        world_step(w, 1.0f / 60); /* ends frames of sim: view's memory stays */
        dt -= 1.0f / 60;
    }
    if (alpha && shown) {
        for (int i = 0; i < w->n; i++) {
            alpha[i] = w->tf[i].x - shown[i].x;
            draw_sprite(&shown[i], alpha[i]);
        }
        w->alpha = alpha;
        draw_sprite(&shown[0], w->alpha[0]);
        w->alpha = NULL;
    }
    fa_frame_end(w->view);
}
