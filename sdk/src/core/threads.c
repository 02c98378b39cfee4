/* threads.c - the public name of the calling thread. */
#include "framealloc/threads.h"

#include "platform/platform.h"

uintptr_t fa_thread_id(void)
{
    return fai_thread_self();
}
