/* test_world.c - entities, components, queries: against a model that is nothing but an array. */
#include "app/world.h" /* internals: generations near their end */

#include "support.h"

typedef struct Pos {
    float x, y;
} Pos;
typedef struct Vel {
    float x, y;
} Vel;
typedef struct Name {
    char text[40];
} Name;
typedef struct Burning {
    uint32_t left;
} Burning;
typedef struct Hooked {
    uint64_t value;
} Hooked;
typedef struct Large {
    uint64_t words[3000]; /* larger than a chunk */
} Large;
typedef struct Line {
    _Alignas(256) unsigned char bytes[256];
} Line;

static uint64_t hook_adds, hook_removes, hook_sum;
static fa_result hook_try_result;
static bool hook_tries;

static void on_add(fa_world *w, fa_entity e, void *value)
{
    hook_adds++;
    hook_sum += ((Hooked *)value)->value;
    EXPECT(fa_world_is_alive(w, e));
    if (hook_tries) {
        hook_try_result = fa_world_despawn(w, e);
    }
}
static void on_remove(fa_world *w, fa_entity e, void *value)
{
    hook_removes++;
    hook_sum -= ((Hooked *)value)->value;
    EXPECT(fa_world_is_alive(w, e));
}

FA_TYPE_STATIC(Pos);
FA_TYPE_STATIC(Vel);
FA_TYPE_STATIC(Name);
FA_TYPE_STATIC(Large);
FA_TYPE_STATIC(Line);
FA_TYPE_STATIC_EX(Burning, .storage = FA_STORAGE_SPARSE);
FA_TYPE_STATIC_EX(Hooked, .on_add = on_add, .on_remove = on_remove);
FA_TAG_STATIC(Enemy);

typedef struct field { /* a world on a watched allocator */
    world w;
    fa_world *world;
} field;

static void field_open(field *f)
{
    hook_adds = hook_removes = hook_sum = 0;
    hook_tries = false;
    world_open(&f->w, NULL);
    EXPECT_OK(fa_world_create(f->w.ctx, NULL, &f->world));
}
static void field_close(field *f)
{
    EXPECT(fa_world_validate(f->world));
    EXPECT_OK(fa_world_destroy(f->world));
    world_close(&f->w);
}

/* ---- entities ------------------------------------------------------------------------------------------ */

START_TEST(spawned_entities_have_what_they_were_given)
{
    field f;
    field_open(&f);
    fa_entity e = FA_WORLD_SPAWN(f.world, FA_V(Pos, {1, 2}), FA_V(Vel, {3, 4}), FA_Z(Enemy));
    EXPECT(e != FA_ENTITY_NONE);
    EXPECT(fa_world_is_alive(f.world, e));
    EXPECT(FA_WORLD_GET(f.world, e, Pos)->y == 2 && FA_WORLD_GET(f.world, e, Vel)->x == 3);
    EXPECT(fa_world_has(f.world, e, FA_T(Enemy)));
    EXPECT(fa_world_get(f.world, e, FA_T(Enemy)) == NULL); /* a tag has no value */
    EXPECT(!fa_world_has(f.world, e, FA_T(Name)));
    EXPECT(FA_WORLD_GET(f.world, e, Name) == NULL);
    fa_entity bare = fa_world_spawn(f.world, NULL, 0);
    EXPECT(fa_world_is_alive(f.world, bare) && bare != e);
    EXPECT_UINT(fa_world_entity_count(f.world), 2);
    EXPECT_OK(fa_world_despawn(f.world, e));
    EXPECT(!fa_world_is_alive(f.world, e) && fa_world_is_alive(f.world, bare));
    fa_entity again = FA_WORLD_SPAWN(f.world, FA_Z(Pos));
    EXPECT((uint32_t)again == (uint32_t)e && again != e); /* same index, another generation */
    EXPECT(!fa_world_is_alive(f.world, e));
    EXPECT(FA_WORLD_GET(f.world, again, Pos)->x == 0);
    field_close(&f);
}
END_TEST

START_TEST(a_stale_entity_is_refused_everywhere)
{
    field f;
    field_open(&f);
    fa_entity e = FA_WORLD_SPAWN(f.world, FA_V(Pos, {1, 2}));
    EXPECT_OK(fa_world_despawn(f.world, e));
    (void)FA_WORLD_SPAWN(f.world, FA_V(Pos, {5, 6}));
    uint64_t before = fa_world_hash(f.world, NULL, 0);
    EXPECT_RESULT(fa_world_despawn(f.world, e), STALE);
    EXPECT_TOLD(&f.w, FA111, "is gone");
    EXPECT_RESULT(FA_WORLD_ADD(f.world, e, Vel, {0, 0}), STALE);
    EXPECT_TOLD(&f.w, FA111, "fa_world_add");
    EXPECT_RESULT(fa_world_remove(f.world, e, FA_T(Pos)), STALE);
    EXPECT_TOLD(&f.w, FA111, "fa_world_remove");
    EXPECT(FA_WORLD_GET(f.world, e, Pos) == NULL);
    EXPECT_TOLD(&f.w, FA111, "fa_world_get");
    EXPECT(FA_WORLD_GET_MUT(f.world, e, Pos) == NULL);
    EXPECT_TOLD(&f.w, FA111, "fa_world_get_mut");
    EXPECT(!fa_world_has(f.world, e, FA_T(Pos)));
    EXPECT_RESULT(fa_world_despawn(f.world, FA_ENTITY_NONE), STALE);
    EXPECT_TOLD(&f.w, FA111, "is none");
    EXPECT_RESULT(fa_world_despawn(f.world, UINT64_C(0x100FFFFFF)), STALE);
    EXPECT_TOLD(&f.w, FA111, "never there");
    EXPECT(fa_world_hash(f.world, NULL, 0) == before);
    field_close(&f);
}
END_TEST

START_TEST(random_ids_are_never_alive)
{
    field f;
    field_open(&f);
    for (int i = 0; i < 1000; i++) {
        fa_entity e = FA_WORLD_SPAWN(f.world, FA_Z(Pos));
        if (i % 2) {
            EXPECT_OK(fa_world_despawn(f.world, e));
        }
    }
    random_state r = {support_seed()};
    for (int i = 0; i < 100000; i++) {
        fa_entity e = random_next(&r) | UINT64_C(1) << 63; /* a generation that nobody has reached */
        EXPECT(!fa_world_is_alive(f.world, e));
    }
    field_close(&f);
}
END_TEST

START_TEST(an_index_is_retired_when_its_generations_are_used_up)
{
    field f;
    field_open(&f);
    fa_entity first = fa_world_spawn(f.world, NULL, 0);
    EXPECT_OK(fa_world_despawn(f.world, first));
    fai_world_record_at(f.world, (uint32_t)first)->generation = UINT32_MAX - 1;
    fa_entity last_but_one = fa_world_spawn(f.world, NULL, 0);
    EXPECT(last_but_one >> 32 == UINT32_MAX - 1);
    EXPECT_OK(fa_world_despawn(f.world, last_but_one));
    fa_entity last = fa_world_spawn(f.world, NULL, 0);
    EXPECT(last >> 32 == UINT32_MAX && (uint32_t)last == (uint32_t)first);
    EXPECT_OK(fa_world_despawn(f.world, last));
    fa_entity other = fa_world_spawn(f.world, NULL, 0);
    EXPECT((uint32_t)other != (uint32_t)first);
    EXPECT(!fa_world_is_alive(f.world, (uint32_t)first)); /* generation 0 is no entity */
    fa_world_stats stats;
    fa_world_stats_get(f.world, &stats);
    EXPECT_UINT(stats.retired, 1);
    field_close(&f);
}
END_TEST

START_TEST(entities_max_is_a_limit_and_nothing_is_lost_at_it)
{
    field f;
    world_open(&f.w, NULL);
    EXPECT_OK(fa_world_create(f.w.ctx, &(fa_world_desc){.entities_max = 10}, &f.world));
    fa_entity made[10];
    EXPECT_RESULT(fa_world_spawn_bulk(f.world, NULL, 0, 11, NULL), FULL);
    EXPECT_OK(fa_world_spawn_bulk(f.world, NULL, 0, 9, made));
    made[9] = fa_world_spawn(f.world, NULL, 0);
    EXPECT(made[9] != FA_ENTITY_NONE);
    EXPECT(fa_world_spawn(f.world, NULL, 0) == FA_ENTITY_NONE);
    EXPECT(fa_context_last_result(f.w.ctx) == FA_RESULT_FULL);
    EXPECT_OK(fa_world_despawn(f.world, made[4]));
    EXPECT(fa_world_spawn(f.world, NULL, 0) != FA_ENTITY_NONE);
    EXPECT_UINT(f.w.rec.count, 0);
    field_close(&f);
}
END_TEST

START_TEST(bulk_is_the_same_as_one_by_one)
{
    enum { COUNT = 3000 };
    static Pos values[COUNT];
    static fa_entity made[COUNT];
    for (int i = 0; i < COUNT; i++) {
        values[i] = (Pos){(float)i, (float)-i};
    }
    field a, b;
    field_open(&a);
    field_open(&b);
    const fa_part parts[] = {{FA_T(Pos), values}, FA_Z(Enemy), FA_Z(Vel), FA_Z(Burning)};
    EXPECT_OK(fa_world_spawn_bulk(a.world, parts, 4, COUNT, made));
    for (int i = 0; i < COUNT; i++) {
        fa_entity e = FA_WORLD_SPAWN(b.world, {FA_T(Pos), &values[i]}, FA_Z(Enemy), FA_Z(Vel), FA_Z(Burning));
        EXPECT(e == made[i]);
        EXPECT(FA_WORLD_GET(a.world, e, Pos)->x == (float)i);
    }
    EXPECT(fa_world_hash(a.world, NULL, 0) == fa_world_hash(b.world, NULL, 0));
    FA_WORLD_GET_MUT(b.world, made[7], Pos)->x = 0;
    EXPECT(fa_world_hash(a.world, NULL, 0) != fa_world_hash(b.world, NULL, 0));
    const fa_type *only[] = {FA_T(Vel)};
    EXPECT(fa_world_hash(a.world, only, 1) == fa_world_hash(b.world, only, 1));
    field_close(&a);
    field_close(&b);
}
END_TEST

START_TEST(misused_parts_are_refused)
{
    field f;
    field_open(&f);
    EXPECT(FA_WORLD_SPAWN(f.world, FA_Z(Pos), FA_Z(Vel), FA_Z(Pos)) == FA_ENTITY_NONE);
    EXPECT_TOLD(&f.w, FA005, "named twice");
    static const fa_type odd = {.name = "odd", .size_bytes = 6, .align_bytes = 4};
    const fa_part odd_part = {&odd, NULL};
    EXPECT(fa_world_spawn(f.world, &odd_part, 1) == FA_ENTITY_NONE);
    EXPECT_TOLD(&f.w, FA005, "odd");
    fa_part many[FA_PARTS_MAX + 1] = {{0}};
    EXPECT(fa_world_spawn(f.world, many, FA_PARTS_MAX + 1) == FA_ENTITY_NONE);
    EXPECT_TOLD(&f.w, FA005, "17 parts");
    EXPECT(fa_world_spawn(f.world, many, 1) == FA_ENTITY_NONE);
    EXPECT_TOLD(&f.w, FA005, "is NULL");
    EXPECT_UINT(fa_world_entity_count(f.world), 0);
    fa_world *none;
    EXPECT_RESULT(fa_world_create(f.w.ctx, &(fa_world_desc){.start_canary = 3}, &none), INVALID_DESC);
    EXPECT_TOLD(&f.w, FA103, "canary");
    field_close(&f);
}
END_TEST

START_TEST(more_types_than_a_world_knows_are_refused)
{
    static fa_type types[FA_COMPONENTS_MAX + 1];
    field f;
    field_open(&f);
    fa_entity e = fa_world_spawn(f.world, NULL, 0);
    for (int i = 0; i <= FA_COMPONENTS_MAX; i++) {
        types[i] = (fa_type){.name = "T", .size_bytes = 4, .align_bytes = 4, .storage = FA_STORAGE_SPARSE};
        fa_result result = fa_world_add(f.world, e, &types[i], NULL);
        EXPECT(result == (i < FA_COMPONENTS_MAX ? FA_RESULT_OK : FA_RESULT_FULL));
    }
    field_close(&f);
}
END_TEST

/* ---- components ---------------------------------------------------------------------------------------- */

START_TEST(components_come_and_go_and_the_others_stay)
{
    field f;
    field_open(&f);
    fa_entity e = FA_WORLD_SPAWN(f.world, FA_V(Pos, {1, 2}));
    fa_entity other = FA_WORLD_SPAWN(f.world, FA_V(Pos, {7, 8}));
    EXPECT_OK(FA_WORLD_ADD(f.world, e, Name, {"left"}));
    EXPECT_OK(FA_WORLD_ADD(f.world, e, Burning, {9}));
    EXPECT_OK(fa_world_add(f.world, e, FA_T(Enemy), NULL));
    EXPECT_OK(FA_WORLD_ADD(f.world, e, Pos, {3, 4})); /* overwrites */
    EXPECT(FA_WORLD_GET(f.world, e, Pos)->x == 3);
    EXPECT_STR(FA_WORLD_GET(f.world, e, Name)->text, "left");
    EXPECT_UINT(FA_WORLD_GET(f.world, e, Burning)->left, 9);
    EXPECT(FA_WORLD_GET(f.world, other, Pos)->x == 7);
    EXPECT_OK(fa_world_remove(f.world, e, FA_T(Name)));
    EXPECT_RESULT(fa_world_remove(f.world, e, FA_T(Name)), NOT_FOUND);
    EXPECT_OK(fa_world_remove(f.world, e, FA_T(Burning)));
    EXPECT_RESULT(fa_world_remove(f.world, e, FA_T(Burning)), NOT_FOUND);
    EXPECT_RESULT(fa_world_remove(f.world, e, FA_T(Line)), NOT_FOUND);
    EXPECT(fa_world_has(f.world, e, FA_T(Enemy)) && FA_WORLD_GET(f.world, e, Pos)->y == 4);
    field_close(&f);
}
END_TEST

START_TEST(large_and_aligned_components_stand_where_they_must)
{
    static Large large;
    field f;
    field_open(&f);
    for (int i = 0; i < 5; i++) {
        large.words[2999] = (uint64_t)i;
        fa_entity e = FA_WORLD_SPAWN(f.world, {FA_T(Large), &large}, FA_Z(Line), FA_Z(Pos));
        EXPECT(e != FA_ENTITY_NONE);
        EXPECT_UINT(FA_WORLD_GET(f.world, e, Large)->words[2999], i);
        EXPECT_UINT((uintptr_t)FA_WORLD_GET(f.world, e, Line) % 256, 0);
    }
    for (int i = 0; i < 100; i++) {
        fa_entity e = FA_WORLD_SPAWN(f.world, FA_Z(Line), FA_Z(Name));
        EXPECT_UINT((uintptr_t)FA_WORLD_GET(f.world, e, Line) % 256, 0);
    }
    field_close(&f);
}
END_TEST

START_TEST(hooks_see_each_coming_and_going_once)
{
    field f;
    field_open(&f);
    fa_entity e = FA_WORLD_SPAWN(f.world, FA_V(Hooked, {5}), FA_Z(Pos));
    EXPECT_UINT(hook_adds, 1);
    EXPECT_OK(FA_WORLD_ADD(f.world, e, Vel, {0, 0})); /* it moves: no hook */
    EXPECT_UINT(hook_adds, 1);
    EXPECT_OK(fa_world_remove(f.world, e, FA_T(Hooked)));
    EXPECT_UINT(hook_removes, 1);
    EXPECT_UINT(hook_sum, 0);
    EXPECT_OK(FA_WORLD_ADD(f.world, e, Hooked, {7}));
    EXPECT_OK(fa_world_despawn(f.world, e));
    EXPECT_UINT(hook_removes, 2);
    const fa_part part = FA_Z(Hooked);
    EXPECT_OK(fa_world_spawn_bulk(f.world, &part, 1, 100, NULL));
    EXPECT_UINT(hook_adds, 102);
    EXPECT_OK(fa_world_clear(f.world));
    EXPECT_UINT(hook_removes, 102);
    EXPECT_UINT(hook_sum, 0);
    hook_tries = true;
    e = FA_WORLD_SPAWN(f.world, FA_V(Hooked, {5}));
    EXPECT(hook_try_result == FA_RESULT_BUSY);
    EXPECT_TOLD(&f.w, FA110, "hook");
    hook_tries = false;
    field_close(&f); /* destroying calls it, too */
    EXPECT_UINT(hook_removes, 103);
}
END_TEST

/* ---- queries ------------------------------------------------------------------------------------------- */

static fa_query *query(field *f, const fa_term *terms, uint32_t count)
{
    fa_query *q;
    EXPECT_OK(fa_query_create(f->world, terms, count, &q));
    return q;
}
#define QUERY(f, ...) \
    query((f), (const fa_term[]){__VA_ARGS__}, sizeof((const fa_term[]){__VA_ARGS__}) / sizeof(fa_term))

static uint32_t walk(fa_query *q)
{
    uint32_t count = 0;
    FA_QUERY_EACH(q, it)
    {
        count += it.count;
    }
    return count;
}

START_TEST(queries_match_what_their_terms_say)
{
    field f;
    field_open(&f);
    fa_query *early = QUERY(&f, FA_R(Pos), FA_WITHOUT(Vel)); /* before there is anything */
    for (int i = 0; i < 64; i++) {
        fa_entity e = fa_world_spawn(f.world, NULL, 0);
        const fa_type *types[] = {FA_T(Pos), FA_T(Vel), FA_T(Enemy), FA_T(Burning), FA_T(Name), FA_T(Hooked)};
        for (int bit = 0; bit < 6; bit++) {
            if (i >> bit & 1) {
                EXPECT_OK(fa_world_add(f.world, e, types[bit], NULL));
            }
        }
    }
    EXPECT_UINT(walk(early), 16);
    EXPECT_UINT(walk(QUERY(&f, FA_R(Pos), FA_W(Vel))), 16);
    EXPECT_UINT(walk(QUERY(&f, FA_R(Pos), FA_OPT_R(Vel))), 32);
    EXPECT_UINT(walk(QUERY(&f, FA_WITH(Enemy))), 32);
    EXPECT_UINT(walk(QUERY(&f, FA_WITH(Enemy), FA_WITHOUT(Pos), FA_WITHOUT(Vel))), 8);
    EXPECT_UINT(walk(QUERY(&f, FA_WITH(Burning))), 32);
    EXPECT_UINT(walk(QUERY(&f, FA_WITHOUT(Burning), FA_R(Pos))), 16);
    EXPECT_UINT(walk(QUERY(&f, FA_W(Burning), FA_R(Pos))), 16);
    EXPECT_UINT(walk(QUERY(&f, FA_OPT_R(Burning), FA_R(Pos))), 32);
    EXPECT_UINT(
        walk(QUERY(&f, FA_R(Pos), FA_R(Vel), FA_WITH(Enemy), FA_WITH(Burning), FA_R(Name), FA_R(Hooked))), 1);
    EXPECT_UINT(fa_query_count(early), 16);
    EXPECT_UINT(fa_query_count(QUERY(&f, FA_WITHOUT(Burning), FA_R(Pos))), 16);
    field_close(&f);
}
END_TEST

START_TEST(columns_are_arrays_of_what_the_terms_name)
{
    field f;
    field_open(&f);
    for (int i = 0; i < 5000; i++) {
        fa_entity e = FA_WORLD_SPAWN(f.world, FA_V(Pos, {(float)i, 0}), FA_V(Vel, {1, 2}));
        if (i % 3 == 0) {
            EXPECT_OK(FA_WORLD_ADD(f.world, e, Burning, {(uint32_t)i}));
        }
        if (i % 5 == 0) {
            EXPECT_OK(fa_world_add(f.world, e, FA_T(Enemy), NULL));
        }
    }
    FA_QUERY_EACH(QUERY(&f, FA_R(Pos), FA_OPT_R(Name), FA_R(Enemy)), it)
    {
        EXPECT(it.col[0] != NULL && it.col[1] == NULL && it.col[2] == NULL); /* a tag has no column */
    }
    fa_query *move = QUERY(&f, FA_W(Pos), FA_R(Vel));
    FA_QUERY_EACH(move, it)
    {
        for (uint32_t i = 0; i < it.count; i++) {
            EXPECT(FA_COL(it, Pos, 0)[i].x == FA_WORLD_GET(f.world, it.entities[i], Pos)->x);
            FA_COL(it, Pos, 0)[i].y += FA_COL(it, Vel, 1)[i].y;
        }
    }
    uint32_t burning = 0;
    FA_QUERY_EACH(QUERY(&f, FA_R(Burning), FA_R(Pos)), it)
    {
        EXPECT_UINT(it.count, 1);
        EXPECT(FA_COL(it, Pos, 1)->x == (float)FA_COL(it, Burning, 0)->left && FA_COL(it, Pos, 1)->y == 2);
        burning++;
    }
    EXPECT_UINT(burning, 1667);
    uint32_t cool = 0;
    FA_QUERY_EACH(QUERY(&f, FA_R(Pos), FA_WITHOUT(Burning)), it)
    {
        for (uint32_t i = 0; i < it.count; i++) {
            EXPECT((uint32_t)FA_COL(it, Pos, 0)[i].x % 3 != 0);
        }
        cool += it.count;
    }
    EXPECT_UINT(cool, 3333);
    field_close(&f);
}
END_TEST

START_TEST(changed_and_added_count_per_chunk_and_since_the_last_walk)
{
    field f;
    field_open(&f);
    fa_entity e[3000];
    const fa_part part = FA_Z(Pos);
    EXPECT_OK(fa_world_spawn_bulk(f.world, &part, 1, 3000, e));
    fa_query *changed = QUERY(&f, FA_CHANGED(Pos));
    fa_query *added = QUERY(&f, FA_ADDED(Pos));
    fa_query *writer = QUERY(&f, FA_W(Pos));
    EXPECT_UINT(walk(changed), 3000);
    EXPECT_UINT(walk(changed), 0);
    EXPECT_UINT(walk(added), 3000);
    EXPECT_UINT(walk(added), 0);
    FA_WORLD_GET_MUT(f.world, e[10], Pos)->x = 1;
    uint32_t seen = walk(changed);
    EXPECT(seen > 0 && seen < 3000); /* one chunk */
    EXPECT_UINT(walk(changed), 0);
    EXPECT_UINT(walk(added), 0);
    EXPECT(FA_WORLD_GET(f.world, e[10], Pos)->x == 1);
    EXPECT_UINT(walk(changed), 0); /* reading is no change */
    EXPECT_UINT(walk(writer), 3000);
    EXPECT_UINT(walk(changed), 3000);
    EXPECT_OK(
        fa_world_add(f.world, e[0], FA_T(Enemy), NULL)); /* it moves to another chunk: nothing is lost */
    FA_WORLD_GET_MUT(f.world, e[0], Pos)->x = 5;
    bool found = false;
    FA_QUERY_EACH(changed, it)
    {
        for (uint32_t i = 0; i < it.count; i++) {
            found = found || it.entities[i] == e[0];
        }
    }
    EXPECT(found);
    EXPECT_OK(FA_WORLD_ADD(f.world, e[2], Burning, {1}));
    fa_query *burnt = QUERY(&f, FA_CHANGED(Burning));
    EXPECT_UINT(walk(burnt), 1);
    EXPECT_UINT(walk(burnt), 0);
    FA_WORLD_GET_MUT(f.world, e[2], Burning)->left = 2;
    EXPECT_UINT(walk(burnt), 1);
    field_close(&f);
}
END_TEST

START_TEST(a_change_is_not_lost_when_its_entity_fills_a_gap)
{
    field f;
    field_open(&f);
    fa_entity e[3000];
    const fa_part part = FA_Z(Pos);
    EXPECT_OK(fa_world_spawn_bulk(f.world, &part, 1, 3000, e));
    fa_query *changed = QUERY(&f, FA_CHANGED(Pos));
    (void)walk(changed);
    FA_WORLD_GET_MUT(f.world, e[2999], Pos)->x = 1;
    EXPECT_OK(fa_world_despawn(f.world, e[0])); /* the last one comes into the first chunk */
    bool found = false;
    FA_QUERY_EACH(changed, it)
    {
        for (uint32_t i = 0; i < it.count; i++) {
            found = found || it.entities[i] == e[2999];
        }
    }
    EXPECT(found);
    field_close(&f);
}
END_TEST

START_TEST(a_change_is_not_lost_between_moves)
{
    field f;
    field_open(&f);
    fa_entity e[12];
    const fa_part part = FA_Z(Pos);
    EXPECT_OK(fa_world_spawn_bulk(f.world, &part, 1, 12, e));
    fa_query *changed = QUERY(&f, FA_CHANGED(Pos), FA_R(Vel));
    EXPECT_OK(FA_WORLD_ADD(f.world, e[0], Vel, {1, 1}));
    EXPECT_UINT(walk(changed), 1);
    for (int i = 1; i < 12; i++) { /* one brings news, after two of the same tick that bring none */
        bool news = i % 3 == 0;
        if (i == 3) {
            FA_WORLD_GET_MUT(f.world, e[i], Pos)->x = 1;
        } else if (i == 6) {
            EXPECT_OK(FA_WORLD_ADD(f.world, e[i], Pos, {7, 7})); /* overwritten */
        } else if (i == 9) {
            EXPECT(FA_WORLD_SPAWN(f.world, FA_V(Pos, {1, 2})) != FA_ENTITY_NONE); /* beside it */
        }
        EXPECT_OK(FA_WORLD_ADD(f.world, e[i], Vel, {1, 1}));
        if (news) {
            EXPECT_UINT(walk(changed), (uint32_t)i + 1);
        }
    }
    field_close(&f);
}
END_TEST

START_TEST(one_place_may_spawn_this_and_that)
{
    field f;
    field_open(&f);
    uint32_t with_vel = 0;
    for (uint32_t i = 0; i < 300; i++) {
        const Pos pos = {(float)i, 0};
        const Vel vel = {0, (float)i};
        const fa_part parts[] = {{FA_T(Pos), &pos}, {i % 3 == 0 ? FA_T(Vel) : FA_T(Enemy), &vel}};
        fa_entity e = fa_world_spawn(f.world, parts, i % 2 == 0 ? 2 : 1);
        EXPECT(FA_WORLD_GET(f.world, e, Pos)->x == (float)i);
        bool has_vel = i % 2 == 0 && i % 3 == 0;
        EXPECT(fa_world_has(f.world, e, FA_T(Vel)) == has_vel);
        EXPECT(!has_vel || FA_WORLD_GET(f.world, e, Vel)->y == (float)i);
        EXPECT(fa_world_has(f.world, e, FA_T(Enemy)) == (i % 2 == 0 && i % 3 != 0));
        with_vel += has_vel;
    }
    EXPECT_UINT(fa_query_count(QUERY(&f, FA_R(Vel))), with_vel);
    EXPECT(fa_world_validate(f.world));
    field_close(&f);
}
END_TEST

static void leave_early(fa_query *q)
{
    FA_QUERY_EACH(q, it)
    {
        return;
    }
}

START_TEST(the_structure_stands_still_while_it_is_walked)
{
    field f;
    field_open(&f);
    fa_entity e = FA_WORLD_SPAWN(f.world, FA_V(Pos, {1, 2}), FA_V(Burning, {3}));
    fa_query *q = QUERY(&f, FA_W(Pos));
    uint64_t before = fa_world_hash(f.world, NULL, 0);
    FA_QUERY_EACH(q, it)
    {
        EXPECT_RESULT(fa_world_despawn(f.world, e), BUSY);
        EXPECT_TOLD(&f.w, FA110, "iterated");
        EXPECT(FA_WORLD_SPAWN(f.world, FA_Z(Pos)) == FA_ENTITY_NONE);
        EXPECT_TOLD(&f.w, FA110, "fa_world_spawn");
        EXPECT_RESULT(FA_WORLD_ADD(f.world, e, Vel, {1, 1}), BUSY);
        EXPECT_TOLD(&f.w, FA110, "fa_world_add");
        EXPECT_OK(FA_WORLD_ADD(f.world, e, Pos, {1, 2})); /* overwriting moves nothing */
        EXPECT_RESULT(fa_world_remove(f.world, e, FA_T(Burning)), BUSY);
        EXPECT_TOLD(&f.w, FA110, "fa_world_remove");
        EXPECT_RESULT(fa_world_spawn_bulk(f.world, NULL, 0, 5, NULL), BUSY);
        EXPECT_TOLD(&f.w, FA110, "bulk");
        EXPECT_RESULT(fa_world_clear(f.world), BUSY);
        EXPECT_TOLD(&f.w, FA110, "clear");
        EXPECT_RESULT(fa_world_destroy(f.world), BUSY);
        EXPECT_TOLD(&f.w, FA110, "destroy");
    }
    EXPECT(fa_world_hash(f.world, NULL, 0) == before);
    leave_early(q);
    EXPECT_OK(fa_world_despawn(f.world, e)); /* a walk left by return has ended */
    field_close(&f);
}
END_TEST

START_TEST(queries_that_make_no_sense_are_refused)
{
    field f;
    field_open(&f);
    fa_query *q;
    EXPECT_RESULT(fa_query_create(f.world, NULL, 0, &q), INVALID_ARGUMENT);
    EXPECT_TOLD(&f.w, FA005, "no terms");
    const fa_term twice[] = {FA_R(Pos), FA_W(Pos)};
    EXPECT_RESULT(fa_query_create(f.world, twice, 2, &q), INVALID_ARGUMENT);
    EXPECT_TOLD(&f.w, FA005, "twice");
    const fa_term odd[] = {{FA_T(Pos), (fa_access)99}};
    EXPECT_RESULT(fa_query_create(f.world, odd, 1, &q), INVALID_ARGUMENT);
    EXPECT_TOLD(&f.w, FA005, "enum");
    EXPECT(q == NULL);
    field_close(&f);
}
END_TEST

/* ---- against a model ----------------------------------------------------------------------------------- */

enum { MODEL_MAX = 400 };

typedef struct modelled {
    fa_entity id;
    uint32_t has; /* bits: Pos, Vel, Enemy, Burning, Hooked */
    float pos;
    uint32_t burning;
    uint64_t hooked;
} modelled;

static void check_model(field *f, const modelled *m, uint32_t count)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        const fa_type *types[] = {FA_T(Pos), FA_T(Vel), FA_T(Enemy), FA_T(Burning), FA_T(Hooked)};
        for (int bit = 0; bit < 5; bit++) {
            EXPECT(fa_world_has(f->world, m[i].id, types[bit]) == (m[i].has >> bit & 1));
        }
        EXPECT(!(m[i].has & 1) || FA_WORLD_GET(f->world, m[i].id, Pos)->x == m[i].pos);
        EXPECT(!(m[i].has & 8) || FA_WORLD_GET(f->world, m[i].id, Burning)->left == m[i].burning);
        EXPECT(!(m[i].has & 16) || FA_WORLD_GET(f->world, m[i].id, Hooked)->value == m[i].hooked);
        sum += m[i].has & 16 ? m[i].hooked : 0;
    }
    EXPECT_UINT(hook_sum, sum);
    EXPECT_UINT(fa_world_entity_count(f->world), count);
    EXPECT(fa_world_validate(f->world));
}

static void change_one(field *f, modelled *m, random_state *r)
{
    uint32_t value = (uint32_t)random_below(r, 1000);
    uint32_t bit = (uint32_t)random_below(r, 5);
    const fa_type *types[] = {FA_T(Pos), FA_T(Vel), FA_T(Enemy), FA_T(Burning), FA_T(Hooked)};
    if (random_below(r, 3) == 0) {
        EXPECT(fa_world_remove(f->world, m->id, types[bit]) ==
               (m->has >> bit & 1 ? FA_RESULT_OK : FA_RESULT_NOT_FOUND));
        m->has &= ~(1u << bit);
        return;
    }
    if (bit == 4 && (m->has & 16)) {
        return; /* the hooks do not see overwriting; the sum would not fit */
    }
    Pos pos = {(float)value, 0};
    Burning burning = {value};
    Hooked hooked = {value};
    const void *values[] = {&pos, NULL, NULL, &burning, &hooked};
    EXPECT_OK(fa_world_add(f->world, m->id, types[bit], values[bit]));
    m->has |= 1u << bit;
    m->pos = bit == 0 ? (float)value : m->pos;
    m->burning = bit == 3 ? value : m->burning;
    m->hooked = bit == 4 ? value : m->hooked;
}

START_TEST(a_long_random_life_agrees_with_the_model)
{
    static modelled m[MODEL_MAX];
    uint32_t count = 0;
    field f;
    field_open(&f);
    fa_query *q = QUERY(&f, FA_R(Pos), FA_OPT_R(Burning));
    random_state r = {support_seed()};
    int rounds = SUPPORT_SLOW ? 4000 : 40000;
    for (int i = 0; i < rounds; i++) {
        size_t what = random_below(&r, 10);
        if (what < 3 && count < MODEL_MAX) {
            float x = (float)random_below(&r, 1000);
            m[count] =
                (modelled){.id = FA_WORLD_SPAWN(f.world, FA_V(Pos, {x, 0}), FA_Z(Enemy)), .has = 5, .pos = x};
            EXPECT(m[count++].id != FA_ENTITY_NONE);
        } else if (what < 5 && count > 0) {
            size_t at = random_below(&r, count);
            EXPECT_OK(fa_world_despawn(f.world, m[at].id));
            m[at] = m[--count];
        } else if (count > 0) {
            change_one(&f, &m[random_below(&r, count)], &r);
        }
        if (i % 997 == 0) {
            check_model(&f, m, count);
            uint32_t with_pos = 0;
            for (uint32_t j = 0; j < count; j++) {
                with_pos += m[j].has & 1;
            }
            EXPECT_UINT(walk(q), with_pos);
        }
    }
    check_model(&f, m, count);
    field_close(&f);
}
END_TEST

/* ---- the world says no ---------------------------------------------------------------------------------- */

START_TEST(a_spawn_without_memory_changes_nothing)
{
    field f;
    world_open(&f.w, &(fa_allocator_desc){.object_max_bytes = 1u << 20});
    EXPECT_OK(fa_world_create(f.w.ctx, NULL, &f.world));
    uint32_t made = 0;
    while (FA_WORLD_SPAWN(f.world, FA_Z(Name), FA_Z(Burning)) != FA_ENTITY_NONE) {
        made++;
    }
    EXPECT(made > 1000);
    EXPECT_UINT(fa_world_entity_count(f.world), made);
    EXPECT(fa_world_validate(f.world));
    const fa_part part = FA_Z(Large);
    EXPECT(fa_world_spawn_bulk(f.world, &part, 1, 10000, NULL) != FA_RESULT_OK);
    EXPECT(fa_world_validate(f.world));
    fa_query *q;
    const fa_term terms[] = {FA_WITH(Name)};
    if (fa_query_create(f.world, terms, 1, &q) == FA_RESULT_OK) {
        EXPECT_UINT(walk(q), made);
    }
    EXPECT_OK(fa_world_clear(f.world));
    EXPECT(FA_WORLD_SPAWN(f.world, FA_Z(Name)) != FA_ENTITY_NONE);
    EXPECT_UINT(f.w.rec.count, 0);
    field_close(&f);
}
END_TEST

static size_t resident_bytes(void)
{
    unsigned long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    EXPECT(file != NULL && fscanf(file, "%lu %lu", &pages, &resident) == 2);
    (void)fclose(file);
    return resident * 4096;
}

/* A million entities in all, in 1,000 frames, a tenth of them living at once; the same waves again and again.
 */
START_TEST(a_million_entities_come_and_go_in_flat_memory)
{
    enum { FRAMES = SUPPORT_SLOW ? 60 : 1000, WAVE = 1000, WAVES = 10 };
    static fa_entity waves[WAVES][WAVE];
    field f;
    field_open(&f);
    const fa_part parts[] = {FA_Z(Pos), FA_Z(Vel)};
    size_t warm = 0;
    for (int frame = 0; frame < FRAMES; frame++) {
        fa_entity *wave = waves[frame % WAVES];
        for (int i = 0; i < WAVE && frame >= WAVES; i++) {
            EXPECT_OK(fa_world_despawn(f.world, wave[i]));
        }
        EXPECT_OK(fa_world_spawn_bulk(f.world, parts, 2, WAVE, wave));
        for (int i = 0; i < WAVE; i += 2) {
            EXPECT_OK(FA_WORLD_ADD(f.world, wave[i], Name, {"x"}));
            EXPECT_OK(FA_WORLD_ADD(f.world, wave[i + 1], Burning, {1}));
        }
        if (frame == FRAMES / 4) {
            warm = resident_bytes();
        }
    }
    size_t now = resident_bytes();
    /* The kernel decides when a page counts as resident, and the C library when it touches one of its own:
     * the bound is a byte and a half for each entity that came and went after the warming up, less than any
     * leak by entity.
     */
    EXPECTF(now <= warm + (SUPPORT_SLOW ? 4u << 20 : 1u << 20),
            "%zu bytes resident after warming up, %zu at the end", warm, now);
    fa_world_stats stats;
    fa_world_stats_get(f.world, &stats);
    EXPECT(stats.indices <= WAVE * WAVES + 1024);
    field_close(&f);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("world");
    TCase *t = support_case(s, "world");
    tcase_add_test(t, spawned_entities_have_what_they_were_given);
    tcase_add_test(t, a_stale_entity_is_refused_everywhere);
    tcase_add_test(t, random_ids_are_never_alive);
    tcase_add_test(t, an_index_is_retired_when_its_generations_are_used_up);
    tcase_add_test(t, entities_max_is_a_limit_and_nothing_is_lost_at_it);
    tcase_add_test(t, bulk_is_the_same_as_one_by_one);
    tcase_add_test(t, misused_parts_are_refused);
    tcase_add_test(t, more_types_than_a_world_knows_are_refused);
    tcase_add_test(t, components_come_and_go_and_the_others_stay);
    tcase_add_test(t, large_and_aligned_components_stand_where_they_must);
    tcase_add_test(t, hooks_see_each_coming_and_going_once);
    tcase_add_test(t, queries_match_what_their_terms_say);
    tcase_add_test(t, columns_are_arrays_of_what_the_terms_name);
    tcase_add_test(t, changed_and_added_count_per_chunk_and_since_the_last_walk);
    tcase_add_test(t, a_change_is_not_lost_when_its_entity_fills_a_gap);
    tcase_add_test(t, a_change_is_not_lost_between_moves);
    tcase_add_test(t, one_place_may_spawn_this_and_that);
    tcase_add_test(t, the_structure_stands_still_while_it_is_walked);
    tcase_add_test(t, queries_that_make_no_sense_are_refused);
    tcase_add_test(t, a_long_random_life_agrees_with_the_model);
    tcase_add_test(t, a_spawn_without_memory_changes_nothing);
    tcase_add_test(t, a_million_entities_come_and_go_in_flat_memory);
    return support_run(s);
}
