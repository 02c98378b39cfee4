/* A hash map of the frame. */
#include <framealloc/framealloc.h>
#include <framealloc/map.h>

typedef struct score { int points; int level; } score;
typedef struct board { fa_context *ctx; score *leader; int best; } board;
static score *g_last;

int board_count(board *b, const uint32_t *ids, int n)
{
    fa_frame_begin(b->ctx);
    fa_map scores = FA_MAP(b->ctx, uint32_t, score);
    fa_map_reserve(&scores, (size_t)n);
    for (int i = 0; i < n; i++) {
        score *s = FA_MAP_PUT(&scores, uint32_t, score, ids[i]);
        if (s) {
            s->points++;
        }
    }
    score *first = FA_MAP_GET(&scores, uint32_t, score, ids[0]);
    b->best = first ? first->points : 0;
    int count = (int)scores.count;
    fa_frame_end(b->ctx);
    return count;
}

void board_leader(board *b, uint32_t id)
{
    fa_frame_begin(b->ctx);
    fa_map scores = FA_MAP(b->ctx, uint32_t, score);
    FA_MAP_PUT(&scores, uint32_t, score, id);
    b->leader = FA_MAP_GET(&scores, uint32_t, score, id); // expect: FA601
    fa_frame_end(b->ctx);
}

int board_late(board *b, uint32_t id)
{
    fa_frame_begin(b->ctx);
    fa_map scores = FA_MAP(b->ctx, uint32_t, score);
    FA_MAP_PUT(&scores, uint32_t, score, id);
    const score *s = FA_MAP_GET(&scores, uint32_t, score, id);
    fa_frame_end(b->ctx);
    return s ? s->points : 0; // expect: FA606
}

void board_note(board *b)
{
    fa_frame_begin(b->ctx);
    fa_map scores = FA_MAP_OF_STRINGS(b->ctx, score);
    g_last = FA_MAP_PUT(&scores, const char *, score, "goal");
    if (g_last) {
        b->best = g_last->points;
    }
    g_last = NULL;
    fa_frame_end(b->ctx);
}

int board_walk(board *b, uint32_t id)
{
    int sum = 0;
    fa_frame_begin(b->ctx);
    fa_map scores = FA_MAP(b->ctx, uint32_t, score);
    FA_MAP_PUT(&scores, uint32_t, score, id);
    score *v = FA_MAP_VALUE_AT(&scores, score, 0);
    v->points = 2;
    sum = v->points;
    fa_frame_end(b->ctx);
    return sum + v->level; // expect: FA606
}
