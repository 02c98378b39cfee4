/* output.h - standard output for the report alone. */
#ifndef DEMO_OUTPUT_H
#define DEMO_OUTPUT_H

#include <stdio.h>

/// Keep standard output for the caller: what libraries print there from now on goes to standard error
/// (Debian's Chipmunk greets, graphics drivers complain). Call it once, before anything was printed.
/// @return The stream; stdout itself, and nothing is turned away, where the system cannot do it.
FILE *output_claim(void);

#endif
