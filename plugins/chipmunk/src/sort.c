/* sort.c - merge sort from the bottom up, between two arrays. Runs that are in order already, as contacts
 * mostly are, are copied without comparing further. */
#include "sort.h"

#include <stdbool.h>
#include <string.h>

static bool after(const fai_chipmunk_key *a, const fai_chipmunk_key *b)
{
    return a->major != b->major ? a->major > b->major : a->minor > b->minor;
}

static void merge(const fai_chipmunk_key *from, fai_chipmunk_key *to, size_t begin, size_t middle, size_t end)
{
    size_t left = begin;
    size_t right = middle;
    if (middle >= end || !after(&from[middle - 1], &from[middle])) {
        memcpy(to + begin, from + begin, (end - begin) * sizeof *to);
        return;
    }
    for (size_t i = begin; i < end; i++) {
        bool take_right = left == middle || (right < end && after(&from[left], &from[right]));
        to[i] = take_right ? from[right++] : from[left++];
    }
}

void fai_chipmunk_sort(fai_chipmunk_key *keys, fai_chipmunk_key *scratch, size_t count)
{
    fai_chipmunk_key *from = keys;
    fai_chipmunk_key *to = scratch;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t begin = 0; begin < count; begin += 2 * width) {
            size_t middle = count - begin < width ? count : begin + width;
            size_t end = count - begin < 2 * width ? count : begin + 2 * width;
            merge(from, to, begin, middle, end);
        }
        fai_chipmunk_key *swapped = from;
        from = to;
        to = swapped;
    }
    if (from != keys && count > 0) {
        memcpy(keys, from, count * sizeof *keys);
    }
}

uint64_t fai_chipmunk_sortable(double value)
{
    uint64_t bits;
    double positive_zero = value + 0.0; /* -0 becomes 0 */
    memcpy(&bits, &positive_zero, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}
