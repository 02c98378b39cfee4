/* group.h - the private shape of a group. */
#ifndef FAI_GROUP_H
#define FAI_GROUP_H

#include "core/shared.h"
#include "framealloc/group.h"

struct fa_group {
    fai_shared shared;
    bool own_tag;     /* shared.tag is charged; else the tag current at each allocation */
    uintptr_t *slots; /* open addressing; 0: empty */
    uint32_t slot_count;
    size_t max_bytes;
    uint64_t seal; /* of the set's place and the figures that limits go by */
    fa_group_stats stats;
};

#endif
