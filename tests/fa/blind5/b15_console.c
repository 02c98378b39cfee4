#include <framealloc/framealloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* The developer console */
typedef struct Line { char *text; struct Line *next; } Line;
typedef union Word { void *p; uintptr_t bits; } Word;
typedef struct Console { fa_context *ctx; FILE *in; Line *history; bool open, muted; char *prompt; } Console;

void console_put(const char *s);

int console_run(Console *c)
{
    int rounds = 0;
    while (c->open) {
        fa_frame_begin(c->ctx); // expect: FA603
        char *buf = fa_frame_alloc(c->ctx, 256, 1);
        if (!buf || !fgets(buf, 256, c->in)) {
            fa_frame_end(c->ctx);
            break;
        }
        if (c->muted)
            continue;
        console_put(buf);
        rounds++;
        fa_frame_end(c->ctx);
    }
    return rounds;
}

void console_prompt(Console *c, const char *user)
{
    char *p = fa_heap_alloc(c->ctx, 64, 1); // expect: FA608
    if (!p)
        return;
    snprintf(p, 64, "%s> ", user);
    if (strlen(p) > 40) {
        p = fa_heap_alloc(c->ctx, 8, 1);
        if (!p)
            return;
        strcpy(p, "> ");
    }
    fa_heap_free(c->ctx, c->prompt);
    c->prompt = p;
}

void console_stash(Console *c, size_t n)
{
    Word w = {.p = fa_heap_alloc(c->ctx, n, 16)};
    if (!w.p)
        return;
    uintptr_t tagged = w.bits | 1u;
    fa_heap_free(c->ctx, w.p);
    if (tagged & 1u)
        fa_heap_free(c->ctx, (void *)(tagged & ~(uintptr_t)1)); // expect: FA607
}

char *console_history(Console *c, const char *arg)
{
    unsigned long n = strtoul(arg, NULL, 10);
    char *out = fa_heap_alloc(c->ctx, n * 80, 1); // expect: FA301
    if (out)
        out[0] = '\0';
    return out;
}

char *console_history_ok(Console *c, const char *arg)
{
    unsigned long n = strtoul(arg, NULL, 10);
    if (n == 0 || n > 1000)
        n = 100;
    char *out = fa_heap_alloc(c->ctx, n * 80, 1);
    if (out)
        out[0] = '\0';
    return out;
}

void console_clear(Console *c)
{
    for (Line *l = c->history, *next; l; l = next) {
        next = l->next;
        fa_heap_free(c->ctx, l->text);
        fa_pool_free(c->ctx, l);
    }
    c->history = NULL;
}
