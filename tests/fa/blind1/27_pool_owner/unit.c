#include "owner.h"
#include <string.h>
unit *unit_make(fa_context *ctx, const char *name)
{
    unit *u = FA_POOL_NEW_ZEROED(ctx, unit);
    if (u) {
        size_t n = strlen(name) + 1;
        u->name = fa_pool_alloc(ctx, n, 1);
        if (u->name) {
            memcpy(u->name, name, n);
        }
        u->hp = 100;
    }
    return u;
}
void unit_end(fa_context *ctx, unit *u)
{
    if (!u) {
        return;
    }
    if (u->name) {
        fa_pool_free(ctx, u->name);
    }
    fa_pool_free(ctx, u);
}
