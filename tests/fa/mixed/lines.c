/* unbounded */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <arpa/inet.h>
typedef struct msg { uint32_t len; char body[]; } msg;
msg *net_recv(fa_context *ctx, int fd)
{
    uint32_t len;
    if (recv(fd, &len, sizeof len, 0) != sizeof len) return NULL;
    len = ntohl(len);
    msg *m = fa_frame_alloc(ctx, sizeof *m + len, 8); // expect: FA301
    if (!m) return NULL;
    m->len = len;
    recv(fd, m->body, len, 0);
    return m;
}
msg *net_recv_ok(fa_context *ctx, int fd)
{
    uint32_t len;
    if (recv(fd, &len, sizeof len, 0) != sizeof len) return NULL;
    len = ntohl(len);
    if (len > 1500) return NULL;
    msg *m = fa_frame_alloc(ctx, sizeof *m + len, 8);
    if (!m) return NULL;
    m->len = len;
    recv(fd, m->body, len, 0);
    return m;
}
msg *net_recv_clamp(fa_context *ctx, int fd)
{
    uint16_t len;
    if (recv(fd, &len, sizeof len, 0) != sizeof len) return NULL;
    size_t n = ntohs(len);
    n = n < 512 ? n : 512;
    msg *m = fa_frame_alloc(ctx, sizeof *m + n, 8);
    if (m) m->len = (uint32_t)n;
    return m;
}
void read_lines(fa_context *ctx, FILE *f)
{
    char line[256];
    while (fgets(line, sizeof line, f)) {
        char *copy = fa_frame_strdup(ctx, line); // expect: FA301
        if (!copy) return;
        puts(copy);
    }
}
void read_lines_ok(fa_context *ctx, FILE *f)
{
    char line[256];
    int n = 0;
    while (n < 100 && fgets(line, sizeof line, f)) {
        fa_checkpoint m = fa_frame_mark(ctx);
        char *copy = fa_frame_strdup(ctx, line);
        if (copy) puts(copy);
        fa_frame_rewind(ctx, m);
        n++;
    }
}
