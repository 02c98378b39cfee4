/* mutant.h - which fault is seeded into a model in this run: the environment variable FA_MUTANT; 0: none. */
#include <stdlib.h>

static int chosen_mutant(void)
{
    const char *text = getenv("FA_MUTANT");
    return text != NULL ? atoi(text) : 0;
}
