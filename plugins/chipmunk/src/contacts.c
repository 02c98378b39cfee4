/* contacts.c - a step, and the contacts that it leaves behind.
 *
 * Chipmunk hangs the contacts of a step on both bodies until the next step. They are read from there after
 * the step, so collision handlers stay free for the game, and the exact number is known before memory is
 * taken. The pair is taken from its dynamic body with the lower id. Then keys are sorted, and the records are
 * written in that order. */
#include "sort.h"
#include "world.h"

typedef struct collector {
    const fa_chipmunk_world *world;
    fa_chipmunk_contact *items; ///< NULL: only count
    uint32_t count;
} collector;

static void write_contact(fa_chipmunk_contact *c, cpArbiter *arbiter, fa_chipmunk_body first,
                          fa_chipmunk_body second)
{
    int points = cpArbiterGetCount(arbiter);
    cpVect middle = cpvzero;
    double depth = 0;
    for (int i = 0; i < points; i++) {
        cpVect between = cpvlerp(cpArbiterGetPointA(arbiter, i), cpArbiterGetPointB(arbiter, i), 0.5);
        middle = cpvadd(middle, cpvmult(between, 1.0 / points));
        depth = cpfmax(depth, -cpArbiterGetDepth(arbiter, i));
    }
    cpVect normal = cpArbiterGetNormal(arbiter);
    c->a = first < second ? first : second;
    c->b = first < second ? second : first;
    c->point = middle;
    c->normal = first < second ? normal : cpvneg(normal);
    c->depth = depth;
    c->impulse = cpvlength(cpArbiterTotalImpulse(arbiter));
    c->begun = cpArbiterIsFirstContact(arbiter) != 0;
}

/* Called for each contact of a dynamic body; the body itself is the arbiter's first one here. */
static void collect(cpBody *body, cpArbiter *arbiter, void *user)
{
    collector *all = user;
    cpBody *first, *second;
    cpArbiterGetBodies(arbiter, &first, &second);
    cpBody *other = first == body ? second : first;
    fa_chipmunk_body id = fa_chipmunk_body_id(all->world, body);
    fa_chipmunk_body other_id = fa_chipmunk_body_id(all->world, other);
    if (other_id != 0 && other_id < id && cpBodyGetType(other) == CP_BODY_TYPE_DYNAMIC) {
        return; /* taken from the other side */
    }
    if (all->items) {
        write_contact(&all->items[all->count], arbiter, first == body ? id : other_id,
                      first == body ? other_id : id);
    }
    all->count++;
}

static void collect_all(collector *all)
{
    const fa_chipmunk_world *world = all->world;
    for (uint32_t i = 0; i < world->end; i++) {
        cpBody *body = world->slots[i].body;
        if (body && cpBodyGetType(body) == CP_BODY_TYPE_DYNAMIC && !cpBodyIsSleeping(body)) {
            cpBodyEachArbiter(body, collect, all);
        }
    }
}

/* Write `count` contacts to `sorted`, in order; what is needed meanwhile comes from the same arena, and goes
 * back. */
static fa_result collect_sorted(const fa_chipmunk_world *world, fa_arena *memory, fa_chipmunk_contact *sorted,
                                uint32_t count)
{
    fa_arena_mark mark = fa_arena_mark_get(memory);
    fai_chipmunk_key *keys = FA_ARENA_ARRAY(memory, fai_chipmunk_key, 2 * (size_t)count);
    collector all = {world, FA_ARENA_ARRAY(memory, fa_chipmunk_contact, count), 0};
    if (!keys || !all.items) {
        fa_result result = fa_context_last_result(world->ctx);
        (void)fa_arena_rewind(memory, mark);
        return result;
    }
    collect_all(&all);
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = (fai_chipmunk_key){all.items[i].a, all.items[i].b, i};
    }
    fai_chipmunk_sort(keys, keys + count, count);
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = all.items[keys[i].index];
    }
    (void)fa_arena_rewind(memory, mark);
    return FA_RESULT_OK;
}

fa_result fa_chipmunk_world_step(fa_chipmunk_world *world, double seconds, fa_arena *memory,
                                 fa_chipmunk_contacts *out)
{
    if (out) {
        *out = (fa_chipmunk_contacts){0};
    }
    if (!world || !(seconds > 0 && seconds <= 1)) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    if (cpSpaceIsLocked(world->space)) {
        return FA_RESULT_BUSY;
    }
    cpSpaceStep(world->space, seconds);
    if (!memory || !out) {
        return FA_RESULT_OK;
    }
    collector counter = {world, NULL, 0};
    collect_all(&counter);
    if (counter.count == 0) {
        return FA_RESULT_OK;
    }
    fa_chipmunk_contact *items = FA_ARENA_ARRAY(memory, fa_chipmunk_contact, counter.count);
    fa_result result =
        items ? collect_sorted(world, memory, items, counter.count) : fa_context_last_result(world->ctx);
    if (result != FA_RESULT_OK) {
        out->lost = counter.count;
        return result;
    }
    out->items = items;
    out->count = counter.count;
    return FA_RESULT_OK;
}
