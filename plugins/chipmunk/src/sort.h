/* sort.h - sorting by two numbers, in memory that the caller brings: qsort may call malloc. */
#ifndef FRAMEALLOC_CHIPMUNK_SORT_H
#define FRAMEALLOC_CHIPMUNK_SORT_H

#include <stddef.h>
#include <stdint.h>

typedef struct fai_chipmunk_key {
    uint64_t major;
    uint64_t minor;
    size_t index; ///< of the record that it stands for
} fai_chipmunk_key;

/// Sort by major, then minor; equal ones keep their order. @p scratch: room for as many. n log n.
void fai_chipmunk_sort(fai_chipmunk_key *keys, fai_chipmunk_key *scratch, size_t count);

/// A number that sorts as the double does. Not for NaN.
uint64_t fai_chipmunk_sortable(double value);

#endif
