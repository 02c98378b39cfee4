#include <framealloc/framealloc.h>
typedef struct draw { int mesh; float depth; struct draw *next; } draw;
typedef struct view { fa_context *ctx; draw *first; draw **sorted; int count; } view;
void view_open(view *v, fa_context *ctx);
draw *view_add(view *v, int mesh, float depth);
bool view_sort(view *v);
void view_close(view *v);
void gpu_draw(int mesh);
