/* copy.c - see fai_copy in platform.h. */
#include "platform/platform.h"

const char fai_copy[1] = {0};
