/* peers.c - loading the peers. jemalloc keeps more in static TLS than glibc leaves free for dlopen, hence the
 * restart with a glibc tunable. */
#include "peers.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define TLS_TUNABLE "glibc.rtld.optional_static_tls=16384"

typedef struct peer_library {
    const char *name;
    const char *file;
    const char *alloc, *alloc_aligned, *release;
} peer_library;

static const peer_library libraries[] = {
    {"mimalloc", "libmimalloc.so.2", "mi_malloc", "mi_memalign", "mi_free"},
    {"jemalloc", "libjemalloc.so.2", "malloc", "memalign", "free"},
    {"tcmalloc", "libtcmalloc_minimal.so.4", "tc_malloc", "tc_memalign", "tc_free"},
};
#define LIBRARY_COUNT (sizeof(libraries) / sizeof(libraries[0]))

/* Written once, before the first case. */
static bench_peer peers[PEER_MAX];
static size_t peers_present;

size_t peer_count(void)
{
    return peers_present;
}

const bench_peer *peer_get(size_t index)
{
    return &peers[index];
}

/* ISO C has no cast from void * to a function pointer; POSIX promises the same representation. */
static bool find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof(symbol));
    return symbol != NULL;
}

bool peers_load(void)
{
    peers[0] = (bench_peer){"libc", malloc, memalign, free};
    peers_present = 1;
    for (size_t i = 0; i < LIBRARY_COUNT; i++) {
        const peer_library *from = &libraries[i];
        if (BENCH_SANITIZED) {
            (void)fprintf(stderr, "bench: %s left out: sanitizer build\n", from->name);
            continue;
        }
        void *library = dlopen(from->file, RTLD_NOW | RTLD_LOCAL);
        const char *error = library == NULL ? dlerror() : NULL;
        const char *tunables = getenv("GLIBC_TUNABLES");
        if (error != NULL && strstr(error, "static TLS") != NULL &&
            (tunables == NULL || strstr(tunables, TLS_TUNABLE) == NULL)) {
            return false;
        }
        bench_peer peer = {.name = from->name};
        if (library == NULL || !find(library, from->alloc, &peer.alloc) ||
            !find(library, from->alloc_aligned, &peer.alloc_aligned) ||
            !find(library, from->release, &peer.release)) {
            (void)fprintf(stderr, "bench: %s left out: %s\n", from->name,
                          error != NULL ? error : "a function is missing");
            continue;
        }
        peers[peers_present++] = peer;
    }
    return true;
}

void peers_restart(char **argv)
{
    char tunables[1024];
    const char *before = getenv("GLIBC_TUNABLES");
    (void)snprintf(tunables, sizeof(tunables), "%s%s%s", before != NULL ? before : "",
                   before != NULL ? ":" : "", TLS_TUNABLE);
    if (setenv("GLIBC_TUNABLES", tunables, 1) == 0) {
        (void)execv("/proc/self/exe", argv);
    }
}

void *peer_work_create(const void *peer)
{
    bench_peer_work *work = calloc(1, sizeof(*work));
    if (work != NULL) {
        work->peer = *(const bench_peer *)peer;
    }
    return work;
}

void peer_work_destroy(void *work)
{
    free(work);
}
