/* world.h - what the files of this plugin share. */
#ifndef FRAMEALLOC_CHIPMUNK_WORLD_PRIVATE_H
#define FRAMEALLOC_CHIPMUNK_WORLD_PRIVATE_H

#include "framealloc_chipmunk/world.h"

/* One row of the table of bodies. */
typedef struct fai_chipmunk_slot {
    cpBody *body; ///< NULL: free
    cpShape *shape;
    void *user;
    uint32_t generation; ///< of the body in it, or of the next one; 0: used up
    uint32_t next_free;  ///< index + 1; 0: end of the list
} fai_chipmunk_slot;

struct fa_chipmunk_world {
    fa_context *ctx;
    cpSpace *space;
    uint32_t capacity;
    uint32_t count;
    uint32_t end;        ///< rows from here on were never used
    uint32_t first_free; ///< index + 1; 0: none
    fai_chipmunk_slot slots[];
};

/// All zero means: everything.
cpShapeFilter fai_chipmunk_filter(cpShapeFilter filter);

#endif
