#include "game.h"
/* a level allocator's frame outlives the frame of the update; it must not hold what dies first */
typedef struct level { fa_context *level_ctx; fa_context *frame_ctx; } level;
typedef struct room { vec2 *walls; int count; } room;
int build(level *l)
{
    int sum = 0;
    fa_frame_begin(l->level_ctx);
    fa_frame_begin(l->frame_ctx);
    room *r = FA_FRAME_NEW(l->level_ctx, room);
    room *tmp = FA_FRAME_NEW(l->frame_ctx, room);
    if (r && tmp) {
        tmp->walls = FA_FRAME_ARRAY(l->level_ctx, vec2, 16);
        r->walls = FA_FRAME_ARRAY(l->frame_ctx, vec2, 16); // expect: FA601
        r->count = 16;
        sum = r->count;
    }
    fa_frame_end(l->frame_ctx);
    sum += r ? r->count : 0;
    fa_frame_end(l->level_ctx);
    return sum;
}
