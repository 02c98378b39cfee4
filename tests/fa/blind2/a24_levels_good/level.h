#include <framealloc/framealloc.h>
typedef struct prop { int model; struct prop *next; } prop;
typedef struct level { fa_context *ctx; fa_arena *arena; prop *props; fa_typed_pool *bullets; void *live[64]; int count; } level;
bool level_open(level *l, fa_context *ctx);
prop *level_add(level *l, int model);
void level_shoot(level *l);
void level_step(level *l);
void level_close(level *l);
