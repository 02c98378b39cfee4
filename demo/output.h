/* output.h - standard output for the report alone. */
#ifndef DEMO_OUTPUT_H
#define DEMO_OUTPUT_H

#include <stdio.h>

/// Keep standard output for the caller: what libraries print there from now on goes to standard error
/// (Debian's Chipmunk greets, graphics drivers complain). Call it once, before anything was printed or
/// opened.
/// @return The stream; NULL when standard output is closed. Where the system offers nothing, stdout itself.
FILE *output_claim(void);

#endif
