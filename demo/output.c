/* output.c - see output.h. The only file of the demo that sees an operating system's header. */
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include "output.h"

#if defined(_WIN32)

FILE *output_claim(void)
{
    return stdout; /* libraries do not write to a Windows program's standard output */
}

#else

#include <fcntl.h>
#include <unistd.h>

FILE *output_claim(void)
{
    int out = fcntl(STDOUT_FILENO, F_DUPFD, STDERR_FILENO + 1); /* -1: it is closed */
    /* Descriptors that the caller has closed would be given to the next file that is opened, a display's
     * socket say, and get what is meant for standard output or error. */
    int filler = open("/dev/null", O_RDWR);
    while (filler >= 0 && filler <= STDERR_FILENO) {
        filler = open("/dev/null", O_RDWR);
    }
    if (filler >= 0) {
        (void)close(filler);
    }
    FILE *stream = out >= 0 ? fdopen(out, "w") : NULL;
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    return stream;
}

#endif
