#include "game.h"
#include <string.h>
/* a length out of a packet; network byte order; recv in a loop for ever */
#include <arpa/inet.h>
#include <sys/socket.h>
void keep_message(char *message);
void on_packet(fa_context *ctx, const uint8_t *data)
{
    uint32_t length;
    memcpy(&length, data, sizeof length);
    char *copy = fa_frame_alloc(ctx, ntohl(length), 1); // expect: FA301
    use_enemy((void *)copy);
}
void serve(fa_context *ctx, int socket)
{
    char buffer[512];
    for (;;) {
        if (recv(socket, buffer, sizeof buffer, 0) <= 0) {
            break;
        }
        char *message = fa_heap_alloc(ctx, 512, 1); // expect: FA301
        keep_message(message);
    }
}
