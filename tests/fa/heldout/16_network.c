#include "game.h"
#include <string.h>
/* messages from the net, one allocation each */
int net_receive(void *buffer, int capacity);
typedef struct message { struct message *next; uint16_t length; uint8_t bytes[256]; } message;
message *net_poll(fa_context *ctx)
{
    message *first = NULL, **last = &first;
    uint8_t buffer[256];
    int n;
    while ((n = net_receive(buffer, sizeof buffer)) > 0) {
        message *m = FA_FRAME_NEW(ctx, message); // expect: FA301
        if (!m) {
            break;
        }
        m->length = (uint16_t)n;
        memcpy(m->bytes, buffer, (size_t)n);
        m->next = NULL;
        *last = m;
        last = &m->next;
    }
    return first;
}
message *net_poll_some(fa_context *ctx, int most)
{
    message *all = FA_FRAME_ARRAY(ctx, message, (size_t)most);
    int n = 0;
    while (all && n < most && net_receive(all[n].bytes, 256) > 0) {
        n++;
    }
    return all;
}
