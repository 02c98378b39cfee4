#include <framealloc/framealloc.h>
typedef struct api { void *(*temp)(void *host, size_t n); void *(*keep)(void *host, size_t n); void (*drop)(void *host, void *p); } api;
typedef struct plugin { const api *api; void *host; int *state; char *caption; } plugin;
extern const api host_api;
void plugin_load(plugin *p);
void plugin_tick(plugin *p, int n);
void plugin_unload(plugin *p);
