#include "game.h"
void print_text(const char *text);
/* other strings are no tags */
void hello(void)
{
    print_text("phisics");
}
