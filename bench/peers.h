/* peers.h - the mallocs we are compared with: libc, mimalloc, jemalloc, tcmalloc.
 *
 * Each is loaded with dlopen(RTLD_LOCAL) and called through pointers, libc too; so none of them replaces the
 * process's malloc, and all are called in the same way. One that is not installed is left out, said on
 * stderr. */
#ifndef FA_BENCH_PEERS_H
#define FA_BENCH_PEERS_H

#include <stdbool.h>
#include <stddef.h>

#define PEER_MAX 4
/// Most blocks that a peer's frame holds at once.
#define PEER_FRAME_MAX 65536

typedef struct bench_peer {
    const char *name;
    void *(*alloc)(size_t size_bytes);
    void *(*alloc_aligned)(size_t align_bytes, size_t size_bytes);
    void (*release)(void *p);
} bench_peer;

/// What a peer's run function gets as its state. A frame on malloc is a list of blocks, freed one by one.
typedef struct bench_peer_work {
    bench_peer peer;
    size_t count;
    void *blocks[PEER_FRAME_MAX];
} bench_peer_work;

/// Load what is there. @return False: the process must be started again with more static TLS (peers_restart).
bool peers_load(void);
/// Start this program again with room for jemalloc's thread-local storage. Returns only when that fails; then
/// peers_load makes do without.
void peers_restart(char **argv);
size_t peer_count(void);
const bench_peer *peer_get(size_t index);

/// Setup and teardown of a bench_peer_work; the parameter is the bench_peer.
void *peer_work_create(const void *peer);
void peer_work_destroy(void *work);

#endif
