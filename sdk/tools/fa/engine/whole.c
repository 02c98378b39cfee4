/* whole.c - rules about threads that need the whole program. */
#include "engine/engine.h"

void check_whole_program(program *p, const struct settings *settings, finding_list *out)
{
    (void)p;
    (void)settings;
    (void)out;
}
