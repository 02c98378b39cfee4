/* Protocol states with a switch in a loop, computed cleanup, early outs. */
#include <framealloc/framealloc.h>
#include <string.h>
typedef enum state { HELLO, LOGIN, PLAY, BYE } state;
typedef struct session { fa_context *ctx; state state; char *name; int retries; } session;
int next_byte(void);

int session_run(session *s)
{
    int result = -1;
    char *buffer = fa_heap_alloc(s->ctx, 512, 1);
    if (!buffer) {
        return result;
    }
    while (s->state != BYE) {
        int c = next_byte();
        switch (s->state) {
        case HELLO:
            s->state = c == 'h' ? LOGIN : BYE;
            break;
        case LOGIN:
            if (c < 0) {
                if (++s->retries > 3) {
                    goto out;
                }
                break;
            }
            if (s->name) {
                fa_pool_free(s->ctx, s->name);
            }
            s->name = fa_pool_alloc(s->ctx, 32, 1);
            if (!s->name) {
                goto out;
            }
            s->name[0] = (char)c;
            s->state = PLAY;
            break;
        case PLAY: {
            if (fa_frame_begin(s->ctx) != FA_RESULT_OK) {
                goto out;
            }
            char *reply = fa_frame_printf(s->ctx, "%c", c);
            if (reply) {
                buffer[0] = reply[0];
            }
            fa_frame_end(s->ctx);
            if (c == 'q') {
                s->state = BYE;
                result = 0;
            }
            break;
        }
        case BYE: break;
        }
    }
out:
    if (s->name) {
        fa_pool_free(s->ctx, s->name);
        s->name = NULL;
    }
    fa_heap_free(s->ctx, buffer);
    return result;
}
