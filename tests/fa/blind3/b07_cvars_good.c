/* Console variables in a table; strings replaced; a parser in scratch; settings clamped. */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef struct cvar { const char *name; char *text; double number; struct cvar *next; } cvar;
typedef struct console { fa_context *ctx; cvar *vars; FILE *log; } console;

static cvar *find(console *c, const char *name)
{
    for (cvar *v = c->vars; v; v = v->next) {
        if (strcmp(v->name, name) == 0) {
            return v;
        }
    }
    return NULL;
}

static bool set_text(console *c, cvar *v, const char *text)
{
    char *copy = fa_pool_alloc(c->ctx, strlen(text) + 1, 1);
    if (!copy) {
        return false;
    }
    strcpy(copy, text);
    if (v->text) {
        fa_pool_free(c->ctx, v->text);
    }
    v->text = copy;
    v->number = atof(text);
    return true;
}

bool console_set(console *c, const char *name, const char *text)
{
    cvar *v = find(c, name);
    if (v) {
        return set_text(c, v, text);
    }
    v = FA_POOL_NEW_ZEROED(c->ctx, cvar);
    if (!v) {
        return false;
    }
    v->name = name;
    if (!set_text(c, v, text)) {
        fa_pool_free(c->ctx, v);
        return false;
    }
    v->next = c->vars;
    c->vars = v;
    return true;
}

int console_exec(console *c, const char *path)
{
    int n = 0;
    char line[256];
    FILE *f = fopen(path, "r");
    if (!f) {
        return -1;
    }
    while (fgets(line, sizeof line, f)) {
        FA_SCRATCH_SCOPE(c->ctx, tmp)
        {
            char *copy = fa_scratch_alloc(&tmp, strlen(line) + 1, 1);
            if (!copy) {
                break;
            }
            strcpy(copy, line);
            char *value = strchr(copy, '=');
            if (!value) {
                continue;
            }
            *value++ = 0;
            fprintf(c->log, "%s=%s", copy, value);
            n++;
        }
    }
    fclose(f);
    return n;
}

void *console_buffer(console *c, const char *text)
{
    long n = strtol(text, NULL, 10);
    if (n < 16) {
        n = 16;
    } else if (n > 4096) {
        n = 4096;
    }
    return fa_frame_alloc(c->ctx, (size_t)n, 16);
}

void console_end(console *c)
{
    cvar *next;
    for (cvar *v = c->vars; v; v = next) {
        next = v->next;
        fa_pool_free(c->ctx, v->text);
        fa_pool_free(c->ctx, v);
    }
    c->vars = NULL;
}
