#include "game.h"
#include <string.h>
/* two marks, rewound in the wrong order; a string built in scratch and kept */
typedef struct names { char *list[4]; int n; } names;
static void names_add(names *s, char *name) { if (s->n < 4) s->list[s->n++] = name; }
size_t collect(fa_context *ctx)
{
    names s = {0};
    size_t total = 0;
    fa_frame_begin(ctx);
    for (int i = 0; i < 3; i++) {
        fa_checkpoint mark = fa_frame_mark(ctx);
        names_add(&s, fa_frame_printf(ctx, "name %d", i));
        fa_frame_rewind(ctx, mark);
    }
    for (int i = 0; i < s.n; i++) {
        total += strlen(s.list[i]); // expect: FA606
    }
    fa_frame_end(ctx);
    return total;
}
