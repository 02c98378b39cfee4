#include <framealloc/framealloc.h>
typedef struct unit { int hp; struct unit *leader; char *name; } unit;
typedef struct squad { fa_context *ctx; unit *units[8]; int count; unit *leader; } squad;
unit *unit_make(fa_context *ctx, const char *name);
void unit_end(fa_context *ctx, unit *u);
void squad_add(squad *s, unit *u);
unit *squad_take(squad *s, int i);
