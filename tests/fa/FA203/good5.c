#include "game.h"
#include <pthread.h>
#include <stdlib.h>
/* uses the system's allocator only */
static void *work(void *data)
{
    char *p = malloc(16);
    free(p);
    return data;
}
void start(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
}
