/* output.c - see output.h. The only file of the demo that sees an operating system's header. */
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include "output.h"

#if defined(_WIN32)
#include <io.h>
#define dup _dup
#define dup2 _dup2
#define fdopen _fdopen
#define close _close
#else
#include <unistd.h>
#endif

FILE *output_claim(void)
{
    int kept = dup(1);
    FILE *stream = kept >= 0 ? fdopen(kept, "w") : NULL;
    if (!stream || dup2(2, 1) < 0) {
        if (stream) {
            (void)fclose(stream);
        } else if (kept >= 0) {
            (void)close(kept);
        }
        return stdout;
    }
    return stream;
}
