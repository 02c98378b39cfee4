/* steady.h - the row steady_state: what a warmed-up game loop asks of the system. */
#ifndef FA_BENCH_STEADY_H
#define FA_BENCH_STEADY_H

#include <stdbool.h>
#include <stdint.h>

void *steady_create(const void *unused);
/// Calls and faults of 10,000 frames, in a child process of their own. What is not 0 is named on stderr.
bool steady_measure(void *state, uint64_t rounds, double *value);

#endif
