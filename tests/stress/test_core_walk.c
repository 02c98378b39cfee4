/* A random walk over everything the core has, beside a model in plain C.
 *
 * The model knows every live block with its bytes, every position that may be rewound to, and what each tag
 * owes; now and then a promise is broken on purpose or the system refuses, and nothing may change. Each
 * episode has another desc and ends with everything given back.
 *
 *     test_stress_core_walk [operations] [seed]      or FA_STRESS_OPS, FA_TEST_SEED; default ten million in
 * the release and address-sanitizer builds of gcc, half a million elsewhere */
#include "core/arena.h"
#include "core/support.h"

enum {
    CONTEXTS = 2,
    TAGS = 10,
    OBJECTS = 2000,
    FRAME_BLOCKS = 1024,
    MARKS = 32,
    SPANS = 4096,
    ARENAS = 3,
    TYPED = 3,
    SCOPES = 10,
    SCOPE_BLOCKS = 32,
    RETAINED = 64,
    POOLS = 2,
    TICKETS = 8,
    LIMITS = 3
};
enum { FREED = 64, HISTORY = FA_FRAMES_IN_FLIGHT_MAX };

static world w;
static random_state r;
static uint64_t step;
static uint64_t next_id;
static uint32_t in_flight;
static fa_tag tags[TAGS];

typedef struct block {
    void *p;
    size_t size;
    uint64_t id;
    bool retained;
} block;

typedef enum family { POOL, HEAP, TYPED_POOL } family;

typedef struct object {
    block b;
    family family;
    int typed; ///< which pool
    fa_tag tag;
} object;

typedef struct span {
    fa_tag tag;
    size_t begin;
    size_t end;
} span;

typedef struct mark {
    fa_checkpoint checkpoint;
    size_t used;
    int block_count;
    uint32_t depth; ///< of the tag stack; UINT32_MAX: a scope that was open then has been closed
} mark;

typedef struct scope_model {
    fa_scratch scratch;
    uintptr_t begin; ///< cursor of its arena when it began
    fa_tag tag;
    bool in_frame;
    block blocks[SCOPE_BLOCKS];
    int block_count;
} scope_model;

typedef struct retained_model {
    fa_retained id;
    int frame_block; ///< its place among the frame's blocks
    block b;
    fa_retention policy;
    int pool; ///< for FA_RETAIN_SCRATCH
    fa_tag tag;
} retained_model;

typedef struct frame_model {
    bool open;
    retained_model retained[RETAINED];
    int retained_count;
    scope_model scopes[SCOPES];
    int scope_count;
    block blocks[FRAME_BLOCKS];
    int block_count;
    block history[HISTORY][FRAME_BLOCKS]; ///< of the frames that ended last: that of frame n at n % HISTORY
    int history_count[HISTORY];
    mark marks[MARKS];
    int mark_count;
    fa_checkpoint stale; ///< one that has been used up or belongs to an ended frame
    bool has_stale;
    fa_tag stack[FA_TAG_DEPTH_MAX];
    uint32_t depth;
    uint32_t frame_depth; ///< when the frame began, or less
    span spans[SPANS];
    size_t span_count;
    size_t used;
    size_t last[TAGS];
    uint64_t ended;
    size_t peak;
} frame_model;

typedef struct arena_model {
    fa_arena *arena;
    fa_tag tag;
    block blocks[FRAME_BLOCKS];
    int block_count;
    fa_arena_mark marks[MARKS];
    int mark_blocks[MARKS];
    int mark_count;
} arena_model;

typedef struct typed_model {
    fa_typed_pool *pool;
    fa_context *ctx;
    fa_tag tag;
    size_t size;
    size_t live;
} typed_model;

typedef struct ticket_model {
    fa_ticket ticket;
    fa_ticket_kind kind;
    uint64_t last_frame; ///< whose end closes it
    fa_tag tag;
    block blocks[SCOPE_BLOCKS];
    int block_count;
} ticket_model;

static fa_context *ctx[CONTEXTS];
static ticket_model tickets[CONTEXTS][TICKETS]; ///< serial 0: none
static bool limited;                            ///< this episode has hard limits
static fa_tag limit_tags[LIMITS];               ///< limited with all below it; FA_TAG_NONE: everything
static size_t limits[LIMITS];
static frame_model frames[CONTEXTS];
static arena_model arenas[ARENAS];
static arena_model pools[CONTEXTS][POOLS];
static const char *const pool_names[POOLS] = {"replay", "log"};
static typed_model typed[TYPED];
static fa_retained stale_id; ///< one that was taken or passed by a rewind
static fa_context *stale_ctx;
static object objects[OBJECTS];
static int object_count;
static object freed[FREED]; ///< candidates for a double free
static bool may_refuse;     ///< a plan to refuse is running
static uint64_t refusals;
static uint64_t broken_promises;

/* ---- small things --------------------------------------------------------------------------------------------- */

static bool chance(size_t percent)
{
    return random_below(&r, 100) < percent;
}

static bool got(fa_context *c, const void *p)
{
    if (p != NULL) {
        return true;
    }
    fa_result why = fa_context_last_result(c);
    EXPECTF(why == FA_RESULT_FULL || (limited && why == FA_RESULT_OVER_BUDGET) ||
                (may_refuse && why == FA_RESULT_OUT_OF_MEMORY),
            "step %" PRIu64 ": %s", step, fa_result_name(why));
    EXPECT_UINT(w.rec.count, 0);
    refusals++;
    return false;
}

static bool done(fa_result result)
{
    EXPECTF(result == FA_RESULT_OK || result == FA_RESULT_FULL ||
                (limited && result == FA_RESULT_OVER_BUDGET) ||
                (may_refuse && result == FA_RESULT_OUT_OF_MEMORY),
            "step %" PRIu64 ": %s", step, fa_result_name(result));
    refusals += result != FA_RESULT_OK;
    return result == FA_RESULT_OK;
}

/* Words instead of the bytes of support.h: checking patterns is nearly all this test does. Every byte of
 * blocks up to 8 KiB; of larger ones both ends, and a word per KiB or, above 64 KiB, per 16 KiB: first
 * touches of pages are the rest of what it does. */
static uint64_t word_of(uint64_t id, size_t at)
{
    return (id + 1) * UINT64_C(0x9E3779B97F4A7C15) + at * UINT64_C(0xBF58476D1CE4E5B9);
}

typedef uint64_t __attribute__((may_alias, aligned(1))) loose_word; /* a block may begin anywhere */

/* Where the part of a large block begins that is looked at here and there only, and where it ends. */
static size_t sparse_begin(size_t size)
{
    return size <= 8192 ? size & ~(size_t)7 : 512;
}
static size_t sparse_end(size_t size)
{
    return size <= 8192 ? size & ~(size_t)7 : (size & ~(size_t)7) - 512;
}
static size_t sparse_stride(size_t size)
{
    return size <= 65536 ? 1024 : 16384;
}

static void fill_words(uint8_t *bytes, size_t begin, size_t end, size_t stride, uint64_t id)
{
    for (size_t at = begin; at < end; at += stride) {
        *(loose_word *)(bytes + at) = word_of(id, at);
    }
}

static bool words_hold(const uint8_t *bytes, size_t begin, size_t end, size_t stride, uint64_t id)
{
    uint64_t wrong = 0;
    for (size_t at = begin; at < end; at += stride) {
        wrong |= *(const loose_word *)(bytes + at) ^ word_of(id, at);
    }
    return wrong == 0;
}

static void fill(void *p, size_t size, uint64_t id)
{
    uint8_t *bytes = p;
    size_t whole = size & ~(size_t)7;
    fill_words(bytes, 0, sparse_begin(size), 8, id);
    fill_words(bytes, sparse_begin(size), sparse_end(size), sparse_stride(size), id);
    fill_words(bytes, sparse_end(size), whole, 8, id);
    uint64_t word = word_of(id, whole);
    memcpy(bytes + whole, &word, size - whole);
}

/* The first @p size bytes of what was filled as a block of @p of_size. */
static bool holds(const void *p, size_t size, uint64_t id, size_t of_size)
{
    const uint8_t *bytes = p;
    size_t whole = size & ~(size_t)7;
    size_t begin = sparse_begin(of_size) < whole ? sparse_begin(of_size) : whole;
    size_t end = sparse_end(of_size) < whole ? sparse_end(of_size) : whole;
    if (!words_hold(bytes, 0, begin, 8, id) || !words_hold(bytes, begin, end, sparse_stride(of_size), id) ||
        !words_hold(bytes, end, whole, 8, id)) {
        return false;
    }
    uint64_t word = word_of(id, whole);
    bool written =
        whole < sparse_begin(of_size) || whole >= sparse_end(of_size); /* its last word was filled */
    return !written || memcmp(bytes + whole, &word, size - whole) == 0;
}

static block fill_block(void *p, size_t size)
{
    block b = {p, size, next_id++, false};
    fill(p, size, b.id);
    return b;
}

static void expect_block(const block *b, const char *what)
{
    EXPECTF(holds(b->p, b->size, b->id, b->size), "step %" PRIu64 ": %s at %p of %zu bytes is damaged", step,
            what, b->p, b->size);
}

/// The call was refused with this one diagnostic; nothing may have changed, which the next comparison sees.
static void expect_broken(int line, fa_result result, fa_result expected, fa_diagnostic_code code)
{
    EXPECTF(result == expected, "step %" PRIu64 ", line %d: %s, expected %s", step, line,
            fa_result_name(result), fa_result_name(expected));
    EXPECTF(w.rec.count == 1 && w.rec.items[0].id == code,
            "step %" PRIu64 ": %u diagnostics, %s [%s] alloc %s free %s", step, w.rec.count,
            w.rec.items[0].code, w.rec.items[0].message, w.rec.items[0].earlier, w.rec.items[0].first_free);
    EXPECTF(w.rec.problem[0] == '\0', "%s", w.rec.problem);
    w.rec.count = 0;
    broken_promises++;
}

/* ---- frames ------------------------------------------------------------------------------------------------------ */

static size_t self_frame(const frame_model *f, fa_tag tag)
{
    size_t sum = 0;
    for (size_t i = 0; i < f->span_count; i++) {
        sum += f->spans[i].tag == tag ? f->spans[i].end - f->spans[i].begin : 0;
    }
    return sum;
}

/// Forward, the current tag took the bytes; backward, those who took them have them back.
static void follow(int c)
{
    frame_model *f = &frames[c];
    size_t now = fa_frame_used_bytes(ctx[c]);
    if (now > f->used) {
        fa_tag tag = fa_tag_current(ctx[c]);
        if (f->span_count > 0 && f->spans[f->span_count - 1].tag == tag) {
            f->spans[f->span_count - 1].end = now;
        } else {
            EXPECT(f->span_count < SPANS);
            f->spans[f->span_count++] = (span){tag, f->used, now};
        }
    }
    while (f->span_count > 0 && f->spans[f->span_count - 1].end > now) {
        if (f->spans[f->span_count - 1].begin >= now) {
            f->span_count--;
        } else {
            f->spans[f->span_count - 1].end = now;
        }
    }
    f->used = now;
    f->peak = now > f->peak ? now : f->peak;
}

/* ---- scratch scopes ---------------------------------------------------------------------------------------------- */

static void drop_scopes(frame_model *f, int count)
{
    while (f->scope_count > count) {
        const scope_model *scope = &f->scopes[--f->scope_count];
        for (int i = 0; i < scope->block_count; i++) {
            expect_block(&scope->blocks[i], "a scratch block");
        }
    }
}

static bool forget_scopes_of_frame(int c)
{
    frame_model *f = &frames[c];
    int count = f->scope_count;
    while (count > 0 && f->scopes[count - 1].in_frame) {
        count--;
    }
    bool any = count < f->scope_count;
    drop_scopes(f, count);
    return any;
}

/// No later scope lies in the same arena, which would take back what is put behind its beginning.
static bool is_topmost(const frame_model *f, int scope)
{
    for (int i = scope + 1; i < f->scope_count; i++) {
        if (f->scopes[i].scratch.arena == f->scopes[scope].scratch.arena) {
            return false;
        }
    }
    return true;
}

static void begin_scope(int c)
{
    frame_model *f = &frames[c];
    if (f->scope_count == SCOPES) {
        return;
    }
    const fa_arena *conflicts[3] = {NULL, NULL, NULL};
    for (size_t i = 0; i < 3 && f->scope_count > 0; i++) {
        conflicts[i] = f->scopes[random_below(&r, (size_t)f->scope_count)].scratch.arena;
    }
    fa_scratch scratch = fai_scratch_begin(ctx[c], conflicts, random_below(&r, 4), FA_HERE);
    if (!got(ctx[c], scratch.arena)) {
        EXPECT_OK(fa_scratch_end(&scratch));
        return;
    }
    scope_model *scope = &f->scopes[f->scope_count++];
    scope->scratch = scratch;
    scope->begin = scratch.arena->cursor;
    scope->tag = fa_tag_current(ctx[c]);
    scope->in_frame = f->open;
    scope->block_count = 0;
}

static void use_scope(int c)
{
    frame_model *f = &frames[c];
    if (f->scope_count == 0 || chance(15)) {
        begin_scope(c);
        return;
    }
    int i = chance(60) ? f->scope_count - 1 : (int)random_below(&r, (size_t)f->scope_count);
    scope_model *scope = &f->scopes[i];
    if (chance(75) && is_topmost(f, i) && scope->block_count < SCOPE_BLOCKS) {
        size_t size = random_size(&r, chance(5) ? 100000 : 3000);
        void *p = fa_scratch_alloc(&scope->scratch, size, (size_t)1 << random_below(&r, 8));
        if (got(ctx[c], p)) {
            scope->blocks[scope->block_count++] = fill_block(p, size);
        }
        return;
    }
    bool forgotten = i + 1 < f->scope_count;
    fa_scratch scratch = scope->scratch;
    drop_scopes(f, i);
    EXPECT_OK(fa_scratch_end(&scratch));
    EXPECT_UINT(w.rec.count, forgotten ? 1 : 0);
    EXPECT_UINT(w.rec.count, recorder_count_of(&w.rec, FA_CODE_FA804));
    w.rec.count = 0;
    if (chance(20)) {
        expect_broken(__LINE__, fa_scratch_end(&scratch), FA_RESULT_STALE, FA_CODE_FA606);
    }
}

/* ---- retention --------------------------------------------------------------------------------------------------- */

static void retain_in_frame(int c)
{
    frame_model *f = &frames[c];
    if (f->block_count == 0 || f->retained_count == RETAINED) {
        return;
    }
    int i = (int)random_below(&r, (size_t)f->block_count);
    block *b = &f->blocks[i];
    if (b->size == 0) {
        return;
    }
    retained_model *m = &f->retained[f->retained_count];
    m->policy = (fa_retention)random_below(&r, 4);
    m->pool = (int)random_below(&r, POOLS);
    m->id = fa_frame_retain(ctx[c], b->p, b->size, (size_t)1 << random_below(&r, 8), m->policy,
                            m->policy == FA_RETAIN_SCRATCH ? pool_names[m->pool] : NULL);
    if (b->retained) {
        expect_broken(__LINE__, m->id == 0 ? fa_context_last_result(ctx[c]) : FA_RESULT_OK, FA_RESULT_EXISTS,
                      FA_CODE_FA604);
    } else if (got(ctx[c], m->id != 0 ? b : NULL)) {
        m->frame_block = i;
        m->b = *b;
        m->tag = fa_tag_current(ctx[c]);
        b->retained = true;
        f->retained_count++;
    }
}

/// The frame was rewound: what was retained beyond is forgotten.
static void forget_retained(int c)
{
    frame_model *f = &frames[c];
    int left = 0;
    for (int i = 0; i < f->retained_count; i++) {
        if (f->retained[i].frame_block >= f->block_count) {
            stale_id = f->retained[i].policy == FA_RETAIN_DISCARD ? 0 : f->retained[i].id;
            stale_ctx = ctx[c];
        } else {
            f->retained[left++] = f->retained[i];
        }
    }
    f->retained_count = left;
    EXPECT_UINT(fa_frame_retained_count(ctx[c]), (size_t)left);
}

static void own_object(const object *o);

/// Take what one block was promoted to; it is an object like any other from then on.
static void take_promoted(int c, const retained_model *m, const fa_promoted *listed)
{
    void *p = &w;
    fa_result result = fa_retained_take(ctx[c], m->id, &p);
    if (m->policy == FA_RETAIN_DISCARD) {
        expect_broken(__LINE__, result, FA_RESULT_NOT_FOUND, FA_CODE_FA605);
        return;
    }
    EXPECTF(result == FA_RESULT_OK || result == FA_RESULT_FULL ||
                (limited && result == FA_RESULT_OVER_BUDGET) ||
                (may_refuse && result == FA_RESULT_OUT_OF_MEMORY),
            "step %" PRIu64 ": %s", step, fa_result_name(result));
    EXPECT(listed == NULL || (listed->result == result && listed->block == p));
    EXPECT((p != NULL) == (result == FA_RESULT_OK));
    refusals += p == NULL;
    if (p == NULL) {
        return;
    }
    EXPECTF(holds(p, m->b.size, m->b.id, m->b.size), "step %" PRIu64 ": a promoted block is damaged", step);
    stale_id = m->id;
    stale_ctx = ctx[c];
    if (m->policy == FA_RETAIN_SCRATCH) {
        arena_model *pool = &pools[c][m->pool];
        if (pool->block_count < FRAME_BLOCKS) {
            pool->blocks[pool->block_count++] = (block){p, m->b.size, m->b.id, false};
        }
        return;
    }
    object o;
    memset(&o, 0, sizeof o);
    o.b = (block){p, m->b.size, m->b.id, false};
    o.family = m->policy == FA_RETAIN_POOL && m->b.size <= FA_POOL_CLASS_MAX ? POOL : HEAP;
    o.tag = m->tag;
    own_object(&o);
}

/// Everything retained is listed once, in order, and each block is where the listing says.
static void take_listed(int c, const fa_promotions *all)
{
    frame_model *f = &frames[c];
    size_t sums[4] = {0, 0, 0, 0};
    EXPECT_UINT(all->item_count, (size_t)f->retained_count);
    for (size_t i = 0; i < all->tag_count; i++) {
        sums[0] +=
            all->by_tag[i].promoted_count + all->by_tag[i].discarded_count + all->by_tag[i].failed_count;
        sums[1] +=
            all->by_tag[i].promoted_bytes + all->by_tag[i].discarded_bytes + all->by_tag[i].failed_bytes;
    }
    for (int i = 0; i < f->retained_count; i++) {
        const fa_promoted *item = &all->items[i];
        EXPECT(item->id == f->retained[i].id && item->tag == f->retained[i].tag);
        EXPECT_UINT(item->size_bytes, f->retained[i].b.size);
        sums[2] += item->size_bytes;
    }
    EXPECT_UINT(sums[0], all->item_count);
    EXPECT_UINT(sums[1], sums[2]);
}

static void end_with_retained(int c)
{
    frame_model *f = &frames[c];
    fa_promotions all;
    bool listed = chance(70);
    EXPECT_OK(listed ? fa_frame_end_with_promotions(ctx[c], &all) : fa_frame_end(ctx[c]));
    unsigned diagnostics = w.rec.count; /* of scopes; the caller looks at them */
    recorded first[2] = {w.rec.items[0], w.rec.items[1]};
    w.rec.count = 0;
    if (listed) {
        take_listed(c, &all);
    }
    for (int i = 0; i < f->retained_count; i++) {
        take_promoted(c, &f->retained[i], listed ? &all.items[i] : NULL);
    }
    f->retained_count = 0;
    memcpy(w.rec.items, first, sizeof first);
    w.rec.count = diagnostics;
}

static void use_pool(int c)
{
    arena_model *pool = &pools[c][random_below(&r, POOLS)];
    if (chance(85) && pool->block_count < FRAME_BLOCKS) {
        size_t size = random_size(&r, 3000);
        void *p = fa_arena_alloc(pool->arena, size, (size_t)1 << random_below(&r, 8));
        if (got(ctx[c], p)) {
            pool->blocks[pool->block_count++] = fill_block(p, size);
        }
        return;
    }
    for (int i = 0; i < pool->block_count; i++) {
        expect_block(&pool->blocks[i], "a block of a scratch pool");
    }
    if (chance(30)) {
        EXPECT_OK(fa_arena_reset(pool->arena));
        pool->block_count = 0;
    }
}

/* ---- budgets ----------------------------------------------------------------------------------------------------- */

static bool is_below(fa_tag tag, fa_tag ancestor)
{
    while (tag != ancestor && tag != FA_TAG_NONE) {
        tag = fa_tag_parent(w.allocator, tag);
    }
    return tag == ancestor;
}

static size_t used_of_limit(int i)
{
    fa_budget_stats s;
    EXPECT_OK(limit_tags[i] == FA_TAG_NONE ? fa_allocator_budget_get(w.allocator, &s)
                                           : fa_tag_budget_get(w.allocator, limit_tags[i], &s));
    EXPECT_UINT(s.hard_bytes, limits[i]);
    return s.used_bytes;
}

/// Do so many bytes more under a tag stay within every limit?
static bool fits_limits(fa_tag tag, size_t bytes)
{
    for (int i = 0; i < LIMITS && limited; i++) {
        bool concerned = limit_tags[i] == FA_TAG_NONE || is_below(tag, limit_tags[i]);
        size_t used = concerned ? used_of_limit(i) : 0;
        if (concerned && (used > limits[i] || bytes > limits[i] - used)) {
            return false;
        }
    }
    return true;
}

static void set_limits(void)
{
    limit_tags[0] = FA_TAG_NONE;
    limit_tags[1] = tags[1]; /* "a" */
    limit_tags[2] = tags[2]; /* "a/b" */
    for (int i = 0; i < LIMITS; i++) {
        limits[i] = (size_t)1 << (18 + random_below(&r, 4) - (size_t)i);
        fa_budget budget = {.hard_bytes = limits[i]};
        EXPECT_OK(i == 0 ? fa_allocator_budget_set(w.allocator, budget)
                         : fa_tag_budget_set(w.allocator, limit_tags[i], budget));
    }
}

/* ---- tickets ----------------------------------------------------------------------------------------------------- */

static size_t ticket_used(int c, const ticket_model *t)
{
    if (t->ticket.serial == 0 || t->block_count == 0) {
        return 0;
    }
    const fai_arena *arena = fai_arena_owning(fai_ctx(ctx[c]), t->blocks[0].p);
    return arena->head.cursor - arena->extent.start;
}

static void forget_ticket(ticket_model *t)
{
    for (int i = 0; i < t->block_count; i++) {
        expect_block(&t->blocks[i], "a block on a ticket");
    }
    t->ticket.serial = 0;
    t->block_count = 0;
}

/// Before the end of a frame: those that it closes.
static void forget_tickets_of_frame(int c)
{
    for (int i = 0; i < TICKETS; i++) {
        ticket_model *t = &tickets[c][i];
        if (t->ticket.serial != 0 && t->kind == FA_TICKET_FRAME && t->last_frame <= frames[c].ended + 1) {
            forget_ticket(t);
        }
    }
}

static void use_ticket(int c)
{
    ticket_model *t = &tickets[c][random_below(&r, TICKETS)];
    if (t->ticket.serial == 0) {
        t->kind = (fa_ticket_kind)random_below(&r, 4);
        uint64_t count = t->kind == FA_TICKET_FRAME ? random_below(&r, 4) : 0;
        t->ticket = fa_ticket_open(ctx[c], t->kind, count);
        t->tag = fa_tag_current(ctx[c]);
        t->last_frame = frames[c].ended + 1 + count;
        (void)got(ctx[c], t->ticket.serial != 0 ? t : NULL);
        return;
    }
    if (chance(85) && t->block_count < SCOPE_BLOCKS) {
        size_t size = random_size(&r, chance(3) ? 100000 : 3000);
        size_t align = (size_t)1 << random_below(&r, chance(5) ? 17 : 8);
        void *p = fa_ticket_alloc(&t->ticket, size, align);
        if (got(ctx[c], p)) {
            EXPECTF((uintptr_t)p % align == 0, "step %" PRIu64 ": %p for %zu", step, p, align);
            t->blocks[t->block_count++] = fill_block(p, size);
        }
    } else if (chance(70)) {
        fa_ticket copy = t->ticket;
        forget_ticket(t);
        EXPECT_OK(fa_ticket_close(copy));
        if (chance(30)) {
            expect_broken(__LINE__, fa_ticket_close(copy), FA_RESULT_STALE, FA_CODE_FA606);
        }
    } else {
        fa_ticket_kind kind = t->kind;
        for (int i = 0; i < TICKETS; i++) {
            if (tickets[c][i].ticket.serial != 0 && tickets[c][i].kind == kind) {
                forget_ticket(&tickets[c][i]);
            }
        }
        EXPECT_OK(fa_ticket_close_all(ctx[c], kind));
    }
}

/* ---- collections, speculation ------------------------------------------------------------------------------------ */

static void fill_collections(int c)
{
    fa_map map = FA_MAP(ctx[c], uint32_t, uint32_t);
    fa_text text = fa_text_make(ctx[c]);
    bool present[64] = {false};
    size_t count = 0;
    size_t length = 0;
    for (int i = 0; i < 40; i++) {
        uint32_t key = (uint32_t)random_below(&r, 64);
        if (chance(65)) {
            uint32_t *value = FA_MAP_PUT(&map, uint32_t, uint32_t, key * 4097);
            if (got(ctx[c], value)) {
                EXPECT(*value == (present[key] ? key : 0));
                *value = key;
                count += !present[key];
                present[key] = true;
            }
        } else {
            EXPECT(FA_MAP_REMOVE(&map, uint32_t, key * 4097) == present[key]);
            count -= present[key];
            present[key] = false;
        }
        length += done(fa_text_printf(&text, "%03u", key)) ? 3 : 0;
    }
    EXPECT_UINT(map.count, count);
    for (uint32_t key = 0; key < 64; key++) {
        const uint32_t *value = FA_MAP_GET(&map, uint32_t, uint32_t, key * 4097);
        EXPECT((value != NULL) == present[key] && (value == NULL || *value == key));
    }
    char *finished = fa_text_finish(&text);
    EXPECT(!got(ctx[c], finished) || strlen(finished) == length);
    frames[c].peak = fa_frame_peak_bytes(ctx[c]); /* what the text gave back counted for a moment */
}

static void speculate(int c)
{
    frame_model *f = &frames[c];
    size_t used = fa_frame_used_bytes(ctx[c]);
    fa_speculation attempt = fa_speculation_begin(ctx[c]);
    if (!attempt.pending) {
        EXPECT(may_refuse);
        return;
    }
    void *p = fa_frame_alloc(ctx[c], 500, 16);
    void *blocks[8];
    bool batch = fa_frame_batch(ctx[c], 8, 24, 8, blocks);
    if (p != NULL && chance(50) && f->block_count < FRAME_BLOCKS) {
        EXPECT_OK(fa_speculation_commit(&attempt));
        f->blocks[f->block_count++] = fill_block(p, 500);
        for (int i = 0; batch && i < 8 && f->block_count < FRAME_BLOCKS; i++) {
            f->blocks[f->block_count++] = fill_block(blocks[i], 24);
        }
        return;
    }
    EXPECT_OK(fa_speculation_undo(&attempt));
    EXPECT_UINT(fa_frame_used_bytes(ctx[c]), used);
    f->peak = fa_frame_peak_bytes(ctx[c]); /* it was higher for a moment */
}

static void end_frame(int c)
{
    frame_model *f = &frames[c];
    for (int i = 0; i < f->block_count; i++) {
        expect_block(&f->blocks[i], "a frame block");
    }
    for (int i = 0; i < TAGS; i++) {
        f->last[i] = self_frame(f, tags[i]);
    }
    forget_tickets_of_frame(c);
    bool forgotten = f->depth > f->frame_depth;
    bool scopes_forgotten = forget_scopes_of_frame(c);
    end_with_retained(c);
    EXPECT_UINT(w.rec.count, (forgotten ? 1 : 0) + (scopes_forgotten ? 1 : 0));
    EXPECT_UINT(w.rec.count, recorder_count_of(&w.rec, FA_CODE_FA804));
    w.rec.count = 0;
    f->depth = forgotten ? f->frame_depth : f->depth;
    memcpy(f->history[f->ended % HISTORY], f->blocks, sizeof *f->blocks * (size_t)f->block_count);
    f->history_count[f->ended % HISTORY] = f->block_count;
    if (f->mark_count > 0) {
        f->stale = f->marks[f->mark_count - 1].checkpoint;
        f->has_stale = true;
    }
    f->open = false;
    f->block_count = f->mark_count = 0;
    f->span_count = 0;
    f->used = 0;
    f->ended++;
}

/// Of the frame that ended @p age frames ago, 1 being the last one: its bytes are intact.
static void expect_history(int c, uint64_t age)
{
    frame_model *f = &frames[c];
    if (age == 0 || age >= in_flight || age > f->ended) {
        return;
    }
    uint64_t place = (f->ended - age) % HISTORY;
    for (int i = 0; i < f->history_count[place]; i++) {
        expect_block(&f->history[place][i], "a block of a frame in flight");
    }
}

static void begin_frame(int c)
{
    frame_model *f = &frames[c];
    EXPECT_OK(fa_frame_begin(ctx[c]));
    f->open = true;
    f->frame_depth = f->depth;
    expect_history(c, in_flight - 1); /* the oldest, for the last time */
}

static void alloc_in_frame(int c)
{
    frame_model *f = &frames[c];
    if (f->block_count == FRAME_BLOCKS) {
        end_frame(c);
        return;
    }
    size_t size = random_size(&r, chance(1) ? 3 << 20 : 6000);
    size_t align = (size_t)1 << random_below(&r, chance(5) ? 17 : 8);
    void *p = NULL;
    switch (random_below(&r, 6)) {
    case 0: p = fa_frame_alloc_zeroed(ctx[c], size, align); break;
    case 1:
        p = fa_frame_alloc(ctx[c], 48, 16);
        size = 48;
        break; /* the shape for constants */
    case 2:
        p = fai_frame_array(ctx[c], size / 8, 8, align, FA_HERE);
        size = size / 8 * 8;
        break;
    default: p = fa_frame_alloc(ctx[c], size, align); break;
    }
    if (!got(ctx[c], p)) {
        if (fa_context_last_result(ctx[c]) == FA_RESULT_FULL) {
            end_frame(c);
        }
        return;
    }
    f->blocks[f->block_count++] = fill_block(p, size);
}

static void resize_in_frame(int c)
{
    frame_model *f = &frames[c];
    if (f->block_count == 0 || f->mark_count > 0) {
        return; /* what was marked stays where it was */
    }
    block *b = &f->blocks[chance(70) ? f->block_count - 1 : (int)random_below(&r, (size_t)f->block_count)];
    if (b->retained) {
        return;
    }
    size_t size = random_size(&r, 8000);
    void *p = fa_frame_realloc(ctx[c], b->p, b->size, size, 1);
    if (!got(ctx[c], p)) {
        expect_block(b, "a block that could not be resized");
        return;
    }
    EXPECTF(holds(p, size < b->size ? size : b->size, b->id, b->size), "step %" PRIu64, step);
    *b = fill_block(p, size);
}

static void mark_frame(int c)
{
    frame_model *f = &frames[c];
    if (f->mark_count == MARKS) {
        return;
    }
    fa_checkpoint checkpoint = fa_frame_mark(ctx[c]);
    if (checkpoint.serial == 0) {
        EXPECT(may_refuse);
        return;
    }
    f->marks[f->mark_count++] = (mark){checkpoint, fa_frame_used_bytes(ctx[c]), f->block_count, f->depth};
}

static void rewind_frame(int c)
{
    frame_model *f = &frames[c];
    if (f->mark_count == 0) {
        return;
    }
    int i = (int)random_below(&r, (size_t)f->mark_count);
    mark *m = &f->marks[i];
    for (int k = m->block_count; k < f->block_count; k++) {
        expect_block(&f->blocks[k], "a frame block");
    }
    fa_result result = fa_frame_rewind(ctx[c], m->checkpoint);
    if (m->depth == UINT32_MAX) {
        expect_broken(__LINE__, result, FA_RESULT_UNBALANCED, FA_CODE_FA804);
        return;
    }
    EXPECTF(result == FA_RESULT_OK, "step %" PRIu64 ": %s", step, fa_result_name(result));
    EXPECT_UINT(fa_frame_used_bytes(ctx[c]), m->used);
    f->block_count = m->block_count;
    forget_retained(c);
    f->stale = m->checkpoint;
    f->has_stale = true;
    f->mark_count = i;
}

static void push_or_pop(int c)
{
    frame_model *f = &frames[c];
    if (f->depth < FA_TAG_DEPTH_MAX && chance(50)) {
        fa_tag tag = tags[random_below(&r, TAGS)];
        if (done(fa_tag_push(ctx[c], tag))) {
            f->stack[f->depth++] = tag;
        }
    } else if (f->depth > 0) {
        EXPECT_OK(fa_tag_pop(ctx[c]));
        f->depth--;
        f->frame_depth = f->depth < f->frame_depth ? f->depth : f->frame_depth;
        for (int i = 0; i < f->mark_count; i++) {
            f->marks[i].depth = f->marks[i].depth > f->depth ? UINT32_MAX : f->marks[i].depth;
        }
    }
    EXPECT_UINT(fa_tag_current(ctx[c]), f->depth > 0 ? f->stack[f->depth - 1] : FA_TAG_NONE);
}

/* ---- objects ------------------------------------------------------------------------------------------------------ */

static void alloc_object(int c)
{
    if (object_count == OBJECTS) {
        return;
    }
    object o;
    memset(&o, 0, sizeof o);
    o.family = (family)random_below(&r, 3);
    o.tag = fa_tag_current(ctx[c]);
    size_t size = random_size(&r, chance(2) ? 300000 : 3000);
    size_t align = (size_t)1 << random_below(&r, chance(5) ? 17 : 8);
    void *p = NULL;
    fa_context *owner = ctx[c];
    bool fits = fits_limits(o.tag, size);
    if (o.family == POOL) {
        p = chance(20) ? fa_pool_alloc_zeroed(owner, size, align) : fa_pool_alloc(owner, size, align);
    } else if (o.family == HEAP) {
        p = chance(20) ? fa_heap_alloc_zeroed(owner, size, align) : fa_heap_alloc(owner, size, align);
    } else {
        o.typed = (int)random_below(&r, TYPED);
        typed_model *t = &typed[o.typed];
        if (t->pool == NULL) {
            return;
        }
        owner = t->ctx;
        o.tag = t->tag;
        size = t->size;
        align = 16;
        p = fa_typed_pool_alloc(t->pool);
    }
    EXPECTF(o.family == TYPED_POOL || fits ||
                (p == NULL && fa_context_last_result(owner) == FA_RESULT_OVER_BUDGET),
            "step %" PRIu64 ": %zu bytes beyond a limit", step, size);
    if (!got(owner, p)) {
        EXPECTF(o.family == TYPED_POOL || !fits || fa_context_last_result(owner) != FA_RESULT_OVER_BUDGET,
                "step %" PRIu64 ": %zu bytes within the limits were refused", step, size);
        return;
    }
    EXPECTF((uintptr_t)p % align == 0, "step %" PRIu64 ": %p for %zu", step, p, align);
    o.b = fill_block(p, size);
    typed[o.typed].live += o.family == TYPED_POOL;
    objects[object_count++] = o;
}

static fa_result free_object(int c, const object *o);

/// Into the model, or back at once when that is full.
static void own_object(const object *o)
{
    if (object_count < OBJECTS) {
        objects[object_count++] = *o;
    } else {
        EXPECT_OK(free_object(0, o));
    }
}

static fa_result free_object(int c, const object *o)
{
    void *p = opaque(o->b.p);
    switch (o->family) {
    case POOL: return chance(50) ? fa_pool_free(ctx[c], p) : fa_pool_free_sized(ctx[c], p, o->b.size);
    case HEAP: return chance(50) ? fa_heap_free(ctx[c], p) : fa_heap_free_sized(ctx[c], p, o->b.size);
    default: return fa_typed_pool_free(typed[o->typed].pool, p);
    }
}

static void remove_object(int i)
{
    freed[random_below(&r, FREED)] = objects[i];
    typed[objects[i].typed].live -= objects[i].family == TYPED_POOL;
    objects[i] = objects[--object_count];
}

static void free_random_object(int c)
{
    if (object_count == 0) {
        return;
    }
    int i = chance(30) ? object_count - 1 : (int)random_below(&r, (size_t)object_count);
    expect_block(&objects[i].b, "an object");
    fa_result result = free_object(c, &objects[i]);
    EXPECTF(result == FA_RESULT_OK, "step %" PRIu64 ": %s", step, fa_result_name(result));
    remove_object(i);
}

static void resize_heap_block(int c)
{
    for (int tries = 0; tries < 8 && object_count > 0; tries++) {
        object *o = &objects[random_below(&r, (size_t)object_count)];
        if (o->family != HEAP) {
            continue;
        }
        size_t size = random_size(&r, chance(4) ? 300000 : 3000);
        void *p = fa_heap_realloc(ctx[c], o->b.p, size);
        if (got(ctx[c], p)) {
            EXPECTF(holds(p, size < o->b.size ? size : o->b.size, o->b.id, o->b.size), "step %" PRIu64, step);
            o->b = fill_block(p, size);
        } else {
            expect_block(&o->b, "a heap block that could not be resized");
        }
        return;
    }
}

/* ---- arenas and typed pools ------------------------------------------------------------------------------------------ */

static void use_arena(int c)
{
    arena_model *a = &arenas[random_below(&r, ARENAS)];
    if (a->arena == NULL) {
        fa_arena_desc desc = {.max_bytes = (size_t)1 << (16 + random_below(&r, 8))};
        desc.keep_bytes = chance(50) ? 0 : 65536;
        a->tag = chance(50) ? tags[1 + random_below(&r, TAGS - 1)] : FA_TAG_NONE;
        desc.tag = a->tag;
        if (done(fa_arena_create(ctx[0], &desc, &a->arena)) && a->tag == FA_TAG_NONE) {
            a->tag = fa_tag_current(ctx[0]);
        }
        a->block_count = a->mark_count = 0;
        return;
    }
    (void)c;
    size_t action = random_below(&r, 100);
    if (action < 70 && a->block_count < FRAME_BLOCKS) {
        size_t size = random_size(&r, 5000);
        void *p = fa_arena_alloc(a->arena, size, (size_t)1 << random_below(&r, 10));
        if (got(ctx[0], p)) {
            a->blocks[a->block_count++] = fill_block(p, size);
        }
        return;
    }
    for (int i = 0; i < a->block_count; i++) {
        expect_block(&a->blocks[i], "an arena block");
    }
    if (action < 80 && a->mark_count < MARKS) {
        fa_arena_mark m = fa_arena_mark_get(a->arena);
        if (m.serial == 0) {
            EXPECT(may_refuse);
            return;
        }
        a->marks[a->mark_count] = m;
        a->mark_blocks[a->mark_count++] = a->block_count;
    } else if (action < 92 && a->mark_count > 0) {
        int i = (int)random_below(&r, (size_t)a->mark_count);
        EXPECT_OK(fa_arena_rewind(a->arena, a->marks[i]));
        EXPECT(a->arena->cursor == a->marks[i].cursor);
        a->block_count = a->mark_blocks[i];
        for (int k = i + 1; k < a->mark_count && k < i + 3; k++) {
            if (a->marks[k].cursor != a->marks[i].cursor) { /* marks of one position are one mark */
                expect_broken(__LINE__, fa_arena_rewind(a->arena, a->marks[k]), FA_RESULT_STALE,
                              FA_CODE_FA606);
            }
        }
        a->mark_count = i + 1; /* good for any number of rewinds */
    } else if (action < 98) {
        EXPECT_OK(fa_arena_reset(a->arena));
        EXPECT_UINT(fa_arena_used_bytes(a->arena), 0);
        a->block_count = a->mark_count = 0;
    } else {
        EXPECT_OK(fa_arena_destroy(a->arena));
        a->arena = NULL;
    }
}

static void forget_objects_of(int t)
{
    for (int i = object_count; i > 0; i--) {
        if (objects[i - 1].family == TYPED_POOL && objects[i - 1].typed == t) {
            expect_block(&objects[i - 1].b, "a typed object");
            objects[i - 1] = objects[--object_count];
        }
    }
    for (int i = 0; i < FREED; i++) {
        if (freed[i].family == TYPED_POOL && freed[i].typed == t) {
            memset(&freed[i], 0, sizeof freed[i]);
        }
    }
    typed[t].live = 0;
}

static void use_typed_pool(int c)
{
    int i = (int)random_below(&r, TYPED);
    typed_model *t = &typed[i];
    if (t->pool == NULL) {
        fa_typed_pool_desc desc = {.object_bytes = 1 + random_size(&r, 2000)};
        desc.max_objects = chance(50) ? 0 : 1 + random_below(&r, 200);
        if (done(fa_typed_pool_create(ctx[c], &desc, &t->pool))) {
            t->ctx = ctx[c];
            t->tag = fa_tag_current(ctx[c]);
            t->size = desc.object_bytes;
            t->live = 0;
        }
    } else if (chance(50)) {
        EXPECT_UINT(fa_typed_pool_live_count(t->pool), t->live);
    } else if (chance(10)) {
        forget_objects_of(i);
        EXPECT_OK(fa_typed_pool_reset(t->pool));
    } else if (chance(5)) {
        forget_objects_of(i);
        EXPECT_OK(fa_typed_pool_destroy(t->pool));
        t->pool = NULL;
    }
}

/* ---- broken promises --------------------------------------------------------------------------------------------------- */

static bool is_live(const void *p)
{
    for (int i = 0; i < object_count; i++) {
        if (objects[i].b.p == p) {
            return true;
        }
    }
    for (int c = 0; c < CONTEXTS; c++) { /* oversize frame blocks come from the same pages */
        for (int i = 0; i < frames[c].block_count; i++) {
            if (frames[c].blocks[i].p == p) {
                return true;
            }
        }
        for (uint32_t age = 0; age < HISTORY; age++) {
            for (int i = 0; i < frames[c].history_count[age]; i++) {
                if (frames[c].history[age][i].p == p) {
                    return true;
                }
            }
        }
    }
    return false;
}

static void break_a_promise(int c)
{
    frame_model *f = &frames[c];
    int local = 0;
    switch (random_below(&r, 10)) {
    case 8: {
        void *p = NULL;
        if (stale_id != 0) {
            fa_result result = fa_retained_take(stale_ctx, stale_id, &p);
            EXPECT(p == NULL && (result == FA_RESULT_TAKEN || result == FA_RESULT_STALE));
            expect_broken(__LINE__, result, result,
                          result == FA_RESULT_TAKEN ? FA_CODE_FA604 : FA_CODE_FA606);
        }
        break;
    }
    case 0: {
        object *o = &freed[random_below(&r, FREED)];
        if (o->b.p != NULL && !is_live(o->b.p)) {
            fa_result result = free_object(c, o);
            /* Its place may be the middle of another block by now, or another family's. */
            EXPECTF(result == FA_RESULT_DOUBLE_FREE || result == FA_RESULT_FOREIGN_POINTER ||
                        result == FA_RESULT_WRONG_FAMILY,
                    "step %" PRIu64 ": %s", step, fa_result_name(result));
            expect_broken(__LINE__, result, result, FA_CODE_FA607);
        }
        break;
    }
    case 1:
        if (object_count > 0) {
            object *o = &objects[random_below(&r, (size_t)object_count)];
            expect_broken(__LINE__,
                          o->family == HEAP ? fa_pool_free(ctx[c], opaque(o->b.p))
                                            : fa_heap_free(ctx[c], opaque(o->b.p)),
                          FA_RESULT_WRONG_FAMILY, FA_CODE_FA607);
        }
        break;
    case 2:
        if (object_count > 0) {
            object *o = &objects[random_below(&r, (size_t)object_count)];
            void *inside = beside(o->b.p, 1 + (ptrdiff_t)random_below(&r, o->b.size + 1));
            if (!is_live(inside)) {
                fa_result result = fa_pool_free(ctx[c], inside);
                EXPECT(result == FA_RESULT_FOREIGN_POINTER || result == FA_RESULT_DOUBLE_FREE);
                expect_broken(__LINE__, result, result, FA_CODE_FA607);
            }
        }
        break;
    case 3:
        expect_broken(__LINE__, fa_pool_free(ctx[c], opaque(&local)), FA_RESULT_FOREIGN_POINTER,
                      FA_CODE_FA607);
        break;
    case 4:
        if (f->open) {
            expect_broken(__LINE__, fa_frame_begin(ctx[c]), FA_RESULT_FRAME_OPEN, FA_CODE_FA603);
        } else {
            expect_broken(__LINE__, fa_frame_end(ctx[c]), FA_RESULT_NO_FRAME, FA_CODE_FA603);
        }
        break;
    case 5:
        if (f->open && f->has_stale) {
            expect_broken(__LINE__, fa_frame_rewind(ctx[c], f->stale), FA_RESULT_STALE, FA_CODE_FA606);
        }
        break;
    case 6:
        if (f->mark_count > 0 && frames[1 - c].open) {
            expect_broken(__LINE__, fa_frame_rewind(ctx[1 - c], f->marks[f->mark_count - 1].checkpoint),
                          FA_RESULT_STALE, FA_CODE_FA606);
        }
        break;
    case 7:
        EXPECT(fa_frame_alloc(ctx[c], random_size(&r, 5000), 3 + 2 * random_below(&r, 5000)) == NULL);
        if (fa_context_last_result(ctx[c]) == FA_RESULT_NO_FRAME) { /* both are wrong then: either is said */
            EXPECT(!f->open);
            expect_broken(__LINE__, FA_RESULT_NO_FRAME, FA_RESULT_NO_FRAME, FA_CODE_FA001);
        } else {
            expect_broken(__LINE__, fa_context_last_result(ctx[c]), FA_RESULT_INVALID_ARGUMENT,
                          FA_CODE_FA004);
        }
        break;
    default:
        expect_broken(__LINE__, fa_tag_push(ctx[c], FA_TAG_INVALID), FA_RESULT_INVALID_ARGUMENT,
                      FA_CODE_FA005);
        break;
    }
}

/* ---- comparison ----------------------------------------------------------------------------------------------------------- */

static int by_address(const void *a, const void *b)
{
    const block *x = a;
    const block *y = b;
    return ((uintptr_t)x->p > (uintptr_t)y->p) - ((uintptr_t)x->p < (uintptr_t)y->p);
}

/// No two live blocks share a byte, whatever they belong to.
static void expect_no_overlap(void)
{
    static block all[OBJECTS +
                     CONTEXTS * (FRAME_BLOCKS + (SCOPES + TICKETS) * SCOPE_BLOCKS + POOLS * FRAME_BLOCKS) +
                     ARENAS * FRAME_BLOCKS];
    size_t count = 0;
#define GATHER(from, n)               \
    for (int k = 0; k < (n); k++) {   \
        if ((from)[k].size > 0) {     \
            all[count++] = (from)[k]; \
        }                             \
    }
    for (int i = 0; i < object_count; i++) {
        GATHER(&objects[i].b, 1)
    }
    for (int i = 0; i < ARENAS; i++) {
        GATHER(arenas[i].blocks, arenas[i].arena != NULL ? arenas[i].block_count : 0)
    }
    for (int c = 0; c < CONTEXTS; c++) {
        GATHER(frames[c].blocks, frames[c].block_count)
        for (int i = 0; i < frames[c].scope_count; i++) {
            GATHER(frames[c].scopes[i].blocks, frames[c].scopes[i].block_count)
        }
        for (int i = 0; i < POOLS; i++) {
            GATHER(pools[c][i].blocks, pools[c][i].block_count)
        }
        for (int i = 0; i < TICKETS; i++) {
            GATHER(tickets[c][i].blocks, tickets[c][i].block_count)
        }
    }
    qsort(all, count, sizeof *all, by_address);
    for (size_t i = 1; i < count; i++) {
        EXPECTF((uintptr_t)all[i - 1].p + all[i - 1].size <= (uintptr_t)all[i].p,
                "step %" PRIu64 ": %p of %zu bytes and %p overlap", step, all[i - 1].p, all[i - 1].size,
                all[i].p);
    }
}

static void compare_with_model(void)
{
    fa_tag_bytes self[TAGS];
    memset(self, 0, sizeof self);
    size_t pool = 0;
    size_t heap = 0;
    size_t heap_count = 0;
    for (int i = 0; i < object_count; i++) {
        const object *o = &objects[i];
        *(o->family == HEAP ? &self[o->tag].heap_bytes : &self[o->tag].pool_bytes) += o->b.size;
        *(o->family == HEAP ? &heap : &pool) += o->b.size;
        heap_count += o->family == HEAP;
    }
    size_t frame_sum = 0;
    for (int c = 0; c < CONTEXTS; c++) {
        for (int i = 0; i < TAGS; i++) {
            self[i].frame_bytes += self_frame(&frames[c], tags[i]);
            self[i].last_frame_bytes += frames[c].last[i];
        }
        frame_sum += fa_frame_used_bytes(ctx[c]);
        EXPECT_UINT(fa_frame_peak_bytes(ctx[c]), frames[c].peak);
        EXPECT_UINT(context_stats(ctx[c]).frames, frames[c].ended);
    }
    size_t arena_sum = 0;
    for (int i = 0; i < ARENAS; i++) {
        if (arenas[i].arena != NULL) {
            self[arenas[i].tag].arena_bytes += fa_arena_used_bytes(arenas[i].arena);
            arena_sum += fa_arena_used_bytes(arenas[i].arena);
        }
    }
    for (int c = 0; c < CONTEXTS; c++) {
        for (int i = 0; i < POOLS; i++) {
            self[FA_TAG_NONE].arena_bytes += fa_arena_used_bytes(pools[c][i].arena);
            arena_sum += fa_arena_used_bytes(pools[c][i].arena);
        }
        for (int i = 0; i < frames[c].scope_count; i++) {
            const scope_model *scope = &frames[c].scopes[i];
            uintptr_t end = scope->scratch.arena->cursor;
            for (int k = frames[c].scope_count - 1; k > i; k--) {
                end = frames[c].scopes[k].scratch.arena == scope->scratch.arena ? frames[c].scopes[k].begin
                                                                                : end;
            }
            self[scope->tag].arena_bytes += end - scope->begin;
            arena_sum += end - scope->begin;
        }
        EXPECT_UINT(fa_scratch_depth(ctx[c]), frames[c].scope_count);
        uint32_t open = 0;
        for (int i = 0; i < TICKETS; i++) {
            self[tickets[c][i].tag].arena_bytes += ticket_used(c, &tickets[c][i]);
            arena_sum += ticket_used(c, &tickets[c][i]);
            open += tickets[c][i].ticket.serial != 0;
        }
        EXPECT_UINT(fa_ticket_count(ctx[c]), open);
    }
    for (int i = 0; i < TAGS; i++) {
        fa_tag_stats s = tag_stats(w.allocator, tags[i]);
        fa_tag_bytes tree;
        memset(&tree, 0, sizeof tree);
        for (int k = 0; k < TAGS; k++) {
            if (is_below(tags[k], tags[i])) {
                tree.frame_bytes += self[k].frame_bytes;
                tree.last_frame_bytes += self[k].last_frame_bytes;
                tree.pool_bytes += self[k].pool_bytes;
                tree.heap_bytes += self[k].heap_bytes;
                tree.arena_bytes += self[k].arena_bytes;
            }
        }
#define COMPARE(model, field)                                                                            \
    EXPECTF(s.model.field == (&s.model == &s.self ? self[i] : tree).field,                               \
            "step %" PRIu64 ": %s " #model "." #field " is %zu, model %zu", step, s.path, s.model.field, \
            (&s.model == &s.self ? self[i] : tree).field)
#define COMPARE_ALL(model)            \
    COMPARE(model, frame_bytes);      \
    COMPARE(model, last_frame_bytes); \
    COMPARE(model, pool_bytes);       \
    COMPARE(model, heap_bytes);       \
    COMPARE(model, arena_bytes)
        COMPARE_ALL(self);
        if (tags[i] != FA_TAG_NONE) {
            COMPARE_ALL(tree);
        }
    }
    for (int i = 0; i < LIMITS && limited; i++) {
        size_t used = 0;
        for (int k = 0; k < TAGS; k++) {
            if (limit_tags[i] == FA_TAG_NONE || is_below(tags[k], limit_tags[i])) {
                used += self[k].frame_bytes + self[k].pool_bytes + self[k].heap_bytes + self[k].arena_bytes;
            }
        }
        EXPECTF(used == used_of_limit(i), "step %" PRIu64 ": limit %d has %zu, model %zu", step, i,
                used_of_limit(i), used);
        EXPECTF(used <= limits[i], "step %" PRIu64 ": %zu in use, limit %zu", step, used, limits[i]);
    }
    fa_allocator_stats s = world_stats(&w);
    EXPECT_UINT(s.pool_bytes, pool);
    EXPECT_UINT(s.pool_objects, (size_t)object_count - heap_count);
    EXPECT_UINT(s.heap_bytes, heap);
    EXPECT_UINT(s.heap_objects, heap_count);
    EXPECT_UINT(s.frame_bytes, frame_sum);
    EXPECT_UINT(s.arena_bytes, arena_sum);
    EXPECT_UINT(s.committed_bytes, w.backing.committed_bytes);
    EXPECT_UINT(s.reserved_bytes, w.backing.reserved_bytes);
    EXPECT_UINT(s.contexts, CONTEXTS);
}

/* ---- episodes --------------------------------------------------------------------------------------------------------------- */

static void begin_episode(void)
{
    fa_allocator_desc desc;
    memset(&desc, 0, sizeof desc);
    in_flight = 1 + (uint32_t)random_below(&r, FA_FRAMES_IN_FLIGHT_MAX);
    desc.frames_in_flight = in_flight;
    desc.frame_max_bytes = (size_t)1 << (17 + random_below(&r, 6));
    desc.oversize_to_heap = chance(50);
    desc.hardened = chance(15);
    desc.object_max_bytes = (size_t)64 << 20;
    switch (random_below(&r, 3)) {
    case 0: desc.keep_window_frames = 1 + (uint32_t)random_below(&r, 8); break;
    case 1: desc.frame_keep_bytes = 1 + random_size(&r, 100000); break;
    default: desc.frame_keep_bytes = FA_NO_LIMIT; break;
    }
    world_open(&w, &desc);
    memset(frames, 0, sizeof frames);
    memset(arenas, 0, sizeof arenas);
    memset(typed, 0, sizeof typed);
    memset(freed, 0, sizeof freed);
    object_count = 0;
    ctx[0] = w.ctx;
    EXPECT_OK(fa_context_attach(w.allocator, NULL, &ctx[1]));
    memset(pools, 0, sizeof pools);
    for (int c = 0; c < CONTEXTS; c++) {
        for (int i = 0; i < POOLS; i++) {
            pools[c][i].arena = fa_scratch_pool(ctx[c], pool_names[i]);
            EXPECT(pools[c][i].arena != NULL);
        }
    }
    stale_id = 0;
    static const char *const paths[TAGS] = {NULL, "a", "a/b", "a/b/c", "a/d", "e", "e/f", "g", "g/h", "i"};
    tags[0] = FA_TAG_NONE;
    for (int i = 1; i < TAGS; i++) {
        tags[i] = fa_tag_intern(w.allocator, paths[i]);
        EXPECT_UINT(tags[i], i);
    }
    memset(tickets, 0, sizeof tickets);
    limited = chance(40);
    if (limited) {
        set_limits();
    }
}

static void end_episode(void)
{
    for (int c = 0; c < CONTEXTS; c++) {
        if (frames[c].open) {
            end_frame(c);
        }
        while (frames[c].scope_count > 0) {
            fa_scratch scratch = frames[c].scopes[frames[c].scope_count - 1].scratch;
            drop_scopes(&frames[c], frames[c].scope_count - 1);
            EXPECT_OK(fa_scratch_end(&scratch));
        }
        for (int i = 0; i < TICKETS; i++) {
            fa_ticket copy = tickets[c][i].ticket;
            forget_ticket(&tickets[c][i]);
            EXPECT(copy.serial == 0 || fa_ticket_close(copy) == FA_RESULT_OK);
        }
        for (int i = 0; i < POOLS; i++) {
            for (int k = 0; k < pools[c][i].block_count; k++) {
                expect_block(&pools[c][i].blocks[k], "a block of a scratch pool");
            }
        }
        while (frames[c].depth > 0) {
            EXPECT_OK(fa_tag_pop(ctx[c]));
            frames[c].depth--;
        }
    }
    while (object_count > 0) {
        expect_block(&objects[object_count - 1].b, "an object");
        EXPECT_OK(free_object(object_count % 2, &objects[object_count - 1]));
        typed[objects[object_count - 1].typed].live -= objects[object_count - 1].family == TYPED_POOL;
        object_count--;
    }
    for (int i = 0; i < ARENAS; i++) {
        EXPECT_OK(fa_arena_destroy(arenas[i].arena));
        arenas[i].arena = NULL;
    }
    for (int i = 0; i < TYPED; i++) {
        EXPECT_OK(fa_typed_pool_destroy(typed[i].pool));
    }
    compare_with_model();
    EXPECT_OK(fa_context_detach(ctx[1]));
    world_close(&w);
}

static void one_step(void)
{
    int c = (int)random_below(&r, CONTEXTS);
    frame_model *f = &frames[c];
    size_t action = random_below(&r, 1000);
    if (action < 5) {
        backing_op op = (backing_op)random_below(&r, OP_RELEASE);
        tracking_fail(&w.backing, op, 1 + random_below(&r, 3), chance(50));
        may_refuse = true;
    } else if (action < 60) {
        tracking_fail(&w.backing, OP_COMMIT, 0, false);
        may_refuse = false;
    } else if (action < 100) {
        break_a_promise(c);
    } else if (action < 180) {
        push_or_pop(c);
    } else if (action < 480) {
        if (!f->open) {
            begin_frame(c);
        } else if (action < 375) {
            alloc_in_frame(c);
        } else if (action < 395) {
            retain_in_frame(c);
        } else if (action < 397) {
            fill_collections(c);
        } else if (action < 405) {
            speculate(c);
        } else if (action < 420) {
            resize_in_frame(c);
        } else if (action < 445) {
            mark_frame(c);
        } else if (action < 470) {
            rewind_frame(c);
        } else if (action < 478) {
            end_frame(c);
        } else {
            expect_history(c, 1 + random_below(&r, HISTORY));
        }
        follow(c);
    } else if (action < 680) {
        alloc_object(c);
    } else if (action < 880) {
        free_random_object(c);
    } else if (action < 895) {
        resize_heap_block(c);
    } else if (action < 925) {
        use_scope(c);
    } else if (action < 935) {
        use_pool(c);
    } else if (action < 950) {
        use_ticket(c);
    } else if (action < 978) {
        use_arena(c);
    } else {
        use_typed_pool(c);
    }
}

/* 20 million in a whole run of the tests, half of them under the address and undefined behaviour sanitizers.
 */
#if SUPPORT_ASAN || !(SUPPORT_TSAN || defined(__clang__) || defined(FA_DEBUG))
static uint64_t operations = 10000000;
#else
static uint64_t operations = 500000;
#endif

START_TEST(core_agrees_with_the_model_through_a_random_walk)
{
    r.s = support_seed();
    while (step < operations) {
        begin_episode();
        uint64_t until = step + 2000 + random_below(&r, 60000);
        for (; step < until && step < operations; step++) {
            one_step();
            if (step % 1024 == 0) {
                compare_with_model();
            }
            if (step % 8192 == 0) {
                EXPECT(fa_allocator_validate(w.allocator));
                expect_no_overlap();
            }
        }
        tracking_fail(&w.backing, OP_COMMIT, 0, false);
        may_refuse = false;
        compare_with_model();
        end_episode();
    }
    (void)printf("%" PRIu64 " operations, %" PRIu64 " refusals, %" PRIu64 " broken promises, seed %" PRIu64
                 "\n",
                 step, refusals, broken_promises, support_seed_used);
}
END_TEST

int main(int argc, char **argv)
{
    const char *text = argc > 1 ? argv[1] : getenv("FA_STRESS_OPS");
    if (text != NULL) {
        operations = strtoull(text, NULL, 0);
    }
    if (argc > 2) {
        (void)setenv("FA_TEST_SEED", argv[2], 1);
    }
    Suite *suite = suite_create("stress: walk");
    TCase *tcase = support_case(suite, "walk");
    tcase_set_timeout(tcase, 0); /* as long as was asked for */
    tcase_add_test(tcase, core_agrees_with_the_model_through_a_random_walk);
    return support_run(suite);
}
