#include <framealloc/framealloc.h>
typedef struct packet { uint32_t length; uint8_t *bytes; struct packet *next; } packet;
typedef struct peer { fa_context *ctx; packet *queue; packet *current; int sock; } peer;
packet *packet_make(peer *p, uint32_t length);
void packet_free(peer *p, packet *k);
packet *packet_temp(peer *p, const packet *of);
bool packet_deliver(peer *p, packet *k);
void peer_begin(peer *p);
void peer_end(peer *p);
