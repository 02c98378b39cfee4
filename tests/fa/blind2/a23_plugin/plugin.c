#include "api.h"
static int *g_history;
void plugin_load(plugin *p) { p->state = p->api->keep(p->host, sizeof *p->state); }
void plugin_tick(plugin *p, int n)
{
    int *tmp = host_api.temp(p->host, 64);
    if (!tmp || !p->state)
        return;
    tmp[0] = n;
    *p->state += tmp[0];
    g_history = tmp;
}
void plugin_unload(plugin *p)
{
    if (p->state)
        p->api->drop(p->host, p->state);
    p->state = NULL;
}
int plugin_again(plugin *p)
{
    int *a = host_api.keep(p->host, 4);
    if (!a)
        return 0;
    *a = 1;
    host_api.drop(p->host, a);
    return *a; // expect: FA607
}
