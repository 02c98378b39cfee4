// Fibers of a quest system, with annotated wrappers.
#include <framealloc/framealloc.h>
#include <string.h>

typedef void (*FiberFn)(void *);
typedef struct Sched Sched;
FA_TASK_ARG(2) void fiber_spawn(Sched *s, FiberFn fn, void *user);
FA_SUSPENDS void fiber_wait(Sched *s, float seconds);
FA_RETURNS_FRAME void *quest_tmp(fa_context *ctx, size_t n);
void quest_show(const char *s);

typedef struct Quest { fa_context *ctx; Sched *sched; int stage; char title[32]; } Quest;
typedef struct Note { Quest *quest; char *text; } Note;

static void note_fiber(void *user)
{
    Note *n = user;
    quest_show(n->text);
}

static void reward_fiber(void *user)
{
    Quest *q = user;
    int *coins = quest_tmp(q->ctx, 10 * sizeof(int)); // expect: FA701
    for (int i = 0; coins && i < 10; i++) {
        coins[i] = i;
    }
    q->stage += coins != NULL;
}

static void free_note_fiber(void *user)
{
    Note *n = user;
    fa_context *ctx = n->quest->ctx;
    quest_show(n->text);
    fa_pool_free(ctx, n->text);
    fa_pool_free(ctx, n);
}

void quest_notify(Quest *q, const char *what)
{
    fa_frame_begin(q->ctx);
    Note *n = FA_FRAME_NEW(q->ctx, Note);
    if (n) {
        n->quest = q;
        n->text = fa_frame_printf(q->ctx, "%s: %s", q->title, what);
        fiber_spawn(q->sched, note_fiber, n); // expect: FA703
    }
    fa_frame_end(q->ctx);
}

void quest_notify_ok(Quest *q, const char *what)
{
    size_t len = strlen(what) + 1;
    Note *n = FA_POOL_NEW(q->ctx, Note);
    if (!n) {
        return;
    }
    n->quest = q;
    n->text = fa_pool_alloc(q->ctx, len, 1);
    if (!n->text) {
        fa_pool_free(q->ctx, n);
        return;
    }
    memcpy(n->text, what, len);
    fiber_spawn(q->sched, free_note_fiber, n);
}

void quest_reward(Quest *q)
{
    fiber_spawn(q->sched, reward_fiber, q);
}

void quest_banner(Quest *q)
{
    struct { char *big; const char *small; } text = {quest_tmp(q->ctx, 64), "quest"};
    if (!text.big) {
        return;
    }
    strcpy(text.big, q->title);
    quest_show(text.big);
    fiber_wait(q->sched, 2.0f);
    quest_show(text.small);
    quest_show(text.big); // expect: FA702
}

void quest_mixed(Quest *q)
{
    struct { Note note; int *held; } late = {{q, NULL}, FA_POOL_NEW(q->ctx, int)};
    if (!late.held) {
        return;
    }
    *late.held = q->stage;
    fiber_wait(q->sched, 1.0f);
    q->stage = *late.held;
    fa_pool_free(q->ctx, late.held);
}

void quest_kept(Quest *q)
{
    fa_frame_begin(q->ctx);
    Note *pooled = FA_POOL_NEW(q->ctx, Note);
    if (pooled) {
        pooled->quest = q;
        pooled->text = fa_frame_strdup(q->ctx, q->title);
        fiber_spawn(q->sched, note_fiber, pooled); // expect: FA703
    }
    fa_frame_end(q->ctx);
}
