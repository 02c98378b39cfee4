/* fuzz_lower.c - lowering and analysis under arbitrary programs, with libFuzzer.
 *
 * Bytes that are no C get no further than the parser, which is not ours. So the bytes choose: each picks a
 * production of a small grammar, and what comes out is a program that compiles, made of everything that the
 * lowering and the engine know: loops, goto, switch, cleanup, tables of functions, casts, and calls with
 * every role. A program that does not compile is a fault of the grammar and ends the run like any other.
 * FA_FUZZ_SHOW=1 prints the program of an input: fuzz_lower INPUT. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/engine.h"
#include "front/front.h"
#include "report/settings.h"

#define DEPTH_MAX 5
#define TEXT_MAX 60000

static const char prelude[] =
    "typedef unsigned long size_t; typedef struct fa_context fa_context; typedef struct fa_arena fa_arena;\n"
    "typedef struct fa_handle { unsigned long bits; } fa_handle; typedef fa_handle fa_stream;\n"
    "typedef struct fa_ticket { fa_context *ctx; unsigned slot; } fa_ticket;\n"
    "typedef struct fa_scratch { fa_context *ctx; fa_arena *arena; } fa_scratch;\n"
    "typedef struct fa_task_batch { int running; } fa_task_batch; typedef struct fa_task fa_task;\n"
    "#define A(x) __attribute__((annotate(x)))\n"
    "A(\"fa:begin_frame\") int fai_frame_begin(fa_context *, const char *);\n"
    "A(\"fa:end_frame\") int fai_frame_end(fa_context *, const char *);\n"
    "A(\"fa:frame\") void *fai_frame_alloc(fa_context *, size_t, size_t, const char *);\n"
    "A(\"fa:frame\") void *fai_frame_realloc(fa_context *, void *, size_t, size_t, size_t, const char *);\n"
    "A(\"fa:frame\") void *fai_arena_alloc(fa_arena *, size_t, size_t, const char *);\n"
    "A(\"fa:end_frame\") int fai_arena_reset(fa_arena *, const char *);\n"
    "A(\"fa:pool\") void *fai_pool_alloc(fa_context *, size_t, size_t, const char *);\n"
    "A(\"fa:pool_free\") int fai_pool_free(fa_context *, void *, const char *);\n"
    "A(\"fa:heap\") void *fai_heap_alloc(fa_context *, size_t, size_t, const char *);\n"
    "A(\"fa:heap_free\") int fai_heap_free(fa_context *, void *, const char *);\n"
    "A(\"fa:heap\") void *fai_heap_realloc(fa_context *, void *, size_t, const char *);\n"
    "A(\"fa:scratch_begin\") fa_scratch fai_scratch_begin(fa_context *, const fa_arena *const *, size_t, const char *);\n"
    "A(\"fa:scratch_end\") int fai_scratch_end(const fa_scratch *, const char *);\n"
    "A(\"fa:frame\") void *fai_scratch_alloc(const fa_scratch *, size_t, size_t, const char *);\n"
    "A(\"fa:tag_push\") int fai_tag_push(fa_context *, unsigned, const char *);\n"
    "A(\"fa:tag_pop\") int fai_tag_pop(fa_context *, const char *);\n"
    "A(\"fa:retain\") unsigned long fai_frame_retain(fa_context *, void *, size_t, size_t, int, const char *, const char *);\n"
    "int fai_retained_take(fa_context *, unsigned long, void **, const char *);\n"
    "A(\"fa:transfer\") int fai_transfer_send(fa_context *, void *, size_t, void **, const char *);\n"
    "A(\"fa:receive\") int fai_transfer_receive(fa_context *, void *, void **, const char *);\n"
    "fa_handle fai_handle_alloc(fa_context *, void *, size_t, size_t, const char *, const char *);\n"
    "int fai_handle_free(fa_context *, void *, fa_handle, const char *);\n"
    "void *fai_handle_pin(fa_context *, void *, fa_handle, const char *, const char *);\n"
    "void *fai_handle_get(fa_context *, void *, fa_handle, const char *, const char *);\n"
    "int fai_handle_unpin(fa_context *, void *, fa_handle, const char *);\n"
    "size_t fai_handle_heap_defragment(fa_context *, void *, size_t, const char *);\n"
    "const void *fai_stream_read_begin(fa_context *, void *, fa_stream, size_t *, const char *);\n"
    "int fai_stream_read_end(fa_context *, void *, fa_stream, const char *);\n"
    "fa_ticket fai_ticket_open(fa_context *, int, unsigned long, const char *);\n"
    "A(\"fa:frame\") void *fai_ticket_alloc(const fa_ticket *, size_t, size_t, const char *);\n"
    "int fai_ticket_close(fa_ticket, const char *); int fai_ticket_close_all(fa_context *, int, const char *);\n"
    "int fai_task_enter(fa_task *, fa_context *, const char *); int fai_task_leave(fa_task *, fa_context *, const char *);\n"
    "void *fai_task_alloc(fa_task *, fa_context *, size_t, size_t, const char *);\n"
    "int fai_task_free(fa_task *, fa_context *, void *, const char *);\n"
    "int fai_task_keep(fa_task *, fa_context *, void *, const char *); int fai_task_end(fa_task *, fa_context *, const char *);\n"
    "fa_task_batch fai_task_batch_begin(fa_task *, fa_context *, const char *);\n"
    "int fai_task_batch_end(fa_task_batch *, const char *); _Bool fa_frame_is_open(const fa_context *);\n"
    "A(\"fa:suspend\") void co_yield(void); A(\"fa:task_arg=1\") void *job(void (*)(void *), void *);\n"
    "A(\"fa:join\") void job_wait(void *); int pthread_create(void *, const void *, void *(*)(void *), void *);\n"
    "int pthread_join(unsigned long, void **); void *malloc(size_t); void free(void *);\n"
    "void *memcpy(void *, const void *, size_t); void *memset(void *, int, size_t); void exit(int);\n"
    "typedef struct S { struct S *next; void *p; long n; fa_context *ctx; fa_handle h; fa_ticket t; char text[8];\n"
    "    union { long a; void *b; } u; long (*fn)(struct S *, void *, long); } S;\n"
    "static S g0, *g1; static void *g2[4]; static volatile long g3; fa_task *task; fa_arena *arena;\n"
    "static void drop(S *s) { free(s->p); } static void drop_p(void **p) { free(*p); }\n"
    "long f0(S *, void *, long); long f1(S *, void *, long); long f2(S *, void *, long); long f3(S *, void *, long);\n"
    "static void run(void *p) { f0(p, p, 1); } static void *thread(void *p) { return (void *)f1(p, p, 2); }\n"
    "static long (*const table[])(S *, void *, long) = {f0, f1, f2, f3};\n"
    "static const struct { const char *name; long (*fn)(S *, void *, long); int n; } rows[] = {{\"a\", f0, 1}, {\"b\", f2, 2}};\n";

/* ---- bytes to a program */

typedef struct grammar {
    const uint8_t *at, *end;
    char text[TEXT_MAX];
    size_t n;
    int labels, loops, switches;
} grammar;

static grammar g;

static unsigned choose(unsigned most)
{
    return g.at < g.end ? *g.at++ % most : 0;
}

static void put(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(g.text + g.n, sizeof g.text - g.n, format, args);
    va_end(args);
    g.n = g.n + (size_t)n < sizeof g.text ? g.n + (size_t)n : sizeof g.text - 1;
}

static void number(int depth);
static void pointer(int depth);

static void structure(int depth)
{
    static const char *const plain[] = {"s", "g1", "&g0", "&v", "s->next", "t", "v.next", "(S *)g2[1]"};
    unsigned k = choose(depth > DEPTH_MAX ? 8 : 12);
    if (k < 8) {
        put("%s", plain[k]);
    } else if (k == 8) {
        put("((S *)("), pointer(depth + 1), put("))");
    } else if (k == 9) {
        put("(&("), structure(depth + 1), put(")["), number(depth + 1), put("])");
    } else if (k == 10) {
        put("("), number(depth + 1), put(" ? "), structure(depth + 1), put(" : "), structure(depth + 1), put(")");
    } else {
        put("({ S *z = "), structure(depth + 1), put("; z; })");
    }
}

static void context(int depth)
{
    if (choose(4) == 0) {
        put("("), structure(depth + 1), put(")->ctx");
    } else {
        put("c");
    }
}

static void pointer(int depth)
{
    static const char *const plain[] = {"p", "q", "(void *)0", "g2[0]", "s->p", "v.p", "(void *)v.text", "s->u.b", "g1", "a[1]"};
    unsigned k = choose(depth > DEPTH_MAX ? 10 : 26);
    if (k < 10) {
        put("%s", plain[k]);
        return;
    }
    static const char *const alloc[] = {"fai_frame_alloc", "fai_pool_alloc", "fai_heap_alloc"};
    switch (k) {
    case 10:
    case 11:
    case 12: put("%s(", alloc[k - 10]), context(depth), put(", "), number(depth + 1), put(", 8, 0)"); break;
    case 13: put("fai_heap_realloc("), context(depth), put(", "), pointer(depth + 1), put(", 16, 0)"); break;
    case 14: put("fai_frame_realloc("), context(depth), put(", "), pointer(depth + 1), put(", 4, 8, 8, 0)"); break;
    case 15: put("fai_handle_pin(c, q, ("), structure(depth + 1), put(")->h, 0, 0)"); break;
    case 16: put("fai_handle_get(c, q, h, 0, 0)"); break;
    case 17: put("(void *)fai_stream_read_begin(c, q, h, (size_t *)&i, 0)"); break;
    case 18: put("fai_ticket_alloc(&("), structure(depth + 1), put(")->t, 8, 8, 0)"); break;
    case 19: put("fai_task_alloc(task, c, 8, 8, 0)"); break;
    case 20: put("fai_scratch_alloc(&x, 8, 8, 0)"); break;
    case 21: put("fai_arena_alloc(choice ? x.arena : arena, "), number(depth + 1), put(", 8, 0)"); break;
    case 22: put("("), number(depth + 1), put(" ? "), pointer(depth + 1), put(" : "), pointer(depth + 1), put(")"); break;
    case 23: put("(void *)((unsigned long)"), pointer(depth + 1), put(" + "), number(depth + 1), put(")"); break;
    case 24: put("*(void **)("), pointer(depth + 1), put(")"); break;
    default: put("((S *)((char *)("), pointer(depth + 1), put(") - __builtin_offsetof(S, %s)))", choose(2) ? "n" : "next");
    }
}

static void number(int depth)
{
    static const char *const plain[] = {"i", "n", "0", "1", "7", "s->n", "v.n", "g3", "sizeof(S)", "choice"};
    static const char *const ops[] = {"+", "-", "*", "/", "%", "<<", "&", "|", "==", "!=", "<", ">", "&&", "||"};
    unsigned k = choose(depth > DEPTH_MAX ? 10 : 24);
    if (k < 10) {
        put("%s", plain[k]);
        return;
    }
    switch (k) {
    case 10:
    case 11:
    case 12: put("("), number(depth + 1), put(" %s ", ops[choose(14)]), number(depth + 1), put(")"); break;
    case 13: put("!("), pointer(depth + 1), put(")"); break;
    case 14: put("("), pointer(depth + 1), put(" == "), pointer(depth + 1), put(")"); break;
    case 15: put("fai_frame_begin("), context(depth), put(", 0)"); break;
    case 16: put("f%u(", choose(4)), structure(depth + 1), put(", "), pointer(depth + 1), put(", "), number(depth + 1), put(")"); break;
    case 17: put("table["), number(depth + 1), put(" & 3]("), structure(depth + 1), put(", p, 1)"); break;
    case 18: put("rows["), number(depth + 1), put(" & 1].fn("), structure(depth + 1), put(", q, rows[n & 1].n)"); break;
    case 19: put("fai_retained_take(c, "), number(depth + 1), put(", &q, 0)"); break;
    case 20: put("(i %s)", choose(2) ? "++, i" : "-= 2"); break;
    case 21: put("(unsigned char)"), number(depth + 1); break;
    case 22: put("fa_frame_is_open(c)"); break;
    default: put("({ long w = "), number(depth + 1), put("; w += 2; w; })");
    }
}

static void statement(int depth);

static void body(int depth)
{
    put("{\n");
    for (unsigned k = choose(5) + 1; k > 0; k--) {
        statement(depth + 1);
    }
    put("}\n");
}

static void call_statement(int depth)
{
    static const char *const plain[] = {
        "fai_frame_end(c, 0);", "fai_tag_push(c, 3, 0);", "fai_tag_pop(c, 0);", "co_yield();", "x = fai_scratch_begin(c, 0, 0, 0);",
        "fai_scratch_end(&x, 0);", "fai_handle_heap_defragment(c, q, 64, 0);", "fai_handle_unpin(c, q, h, 0);",
        "fai_stream_read_end(c, q, h, 0);", "h = fai_handle_alloc(c, q, 8, 8, 0, 0);", "fai_handle_free(c, q, h, 0);",
        "s->h = h; h = g0.h;", "v.t = fai_ticket_open(c, i & 3, n, 0);", "fai_ticket_close(v.t, 0);", "fai_ticket_close_all(c, 2, 0);",
        "fai_task_enter(task, c, 0);", "fai_task_leave(task, c, 0);", "fai_task_end(task, c, 0);", "b = fai_task_batch_begin(task, c, 0);",
        "fai_task_batch_end(&b, 0);", "fai_arena_reset(arena, 0);", "pthread_create(&v.n, 0, thread, p);", "pthread_join(v.n, &q);",
        "q = job(run, p);", "job_wait(q);", "fai_transfer_send(c, p, 8, &q, 0);", "fai_transfer_receive(c, q, &p, 0);",
        "v = *s;", "*s = v;", "a[i & 3] = p;", "v = (S){.p = q, .n = 3};", "exit(1);"};
    static const char *const takes[] = {"fai_pool_free(c, ", "fai_heap_free(c, ", "free(", "fai_task_free(task, c, ", "fai_task_keep(task, c, "};
    unsigned k = choose(sizeof plain / sizeof *plain + 6);
    if (k < sizeof plain / sizeof *plain) {
        put("%s\n", plain[k]);
        return;
    }
    k -= sizeof plain / sizeof *plain;
    if (k < 5) {
        put("%s", takes[k]), pointer(depth + 1), put("%s);\n", k == 2 ? "" : ", 0");
    } else {
        put("n = fai_frame_retain(c, "), pointer(depth + 1), put(", 8, 8, %u, 0, 0);\n", choose(4));
    }
}

static void statement(int depth)
{
    unsigned k = depth > DEPTH_MAX ? choose(6) : choose(20);
    switch (k) {
    case 0:
    case 1:
    case 2: call_statement(depth); break;
    case 3: put("%s = ", choose(2) ? "p" : "q"), pointer(depth), put(";\n"); break;
    case 4: put("("), structure(depth), put(")->%s = ", choose(2) ? "p" : "u.b"), pointer(depth), put(";\n"); break;
    case 5: put("%s = ", choose(2) ? "i" : "n"), number(depth), put(";\n"); break;
    case 6:
    case 7:
    case 8: put("if ("), number(depth), put(") "), body(depth); break;
    case 9: put("if ("), pointer(depth), put(") "), body(depth), put("else "), body(depth); break;
    case 10: g.loops++, put("while ("), number(depth), put(") "), body(depth), g.loops--; break;
    case 11: g.loops++, put("for (long k = 0; k < %u; k++) ", choose(12)), body(depth), g.loops--; break;
    case 12: g.loops++, put("do "), body(depth), put("while ("), number(depth), put(");\n"), g.loops--; break;
    case 13:
        g.switches++;
        put("switch ("), number(depth), put(") {\ncase 0: ");
        statement(depth + 1);
        put("case 1 ... 3: ");
        statement(depth + 1);
        put("%sdefault: ", choose(2) ? "break;\n" : "");
        statement(depth + 1);
        put("}\n");
        g.switches--;
        break;
    case 14: put(g.loops ? choose(2) ? "break;\n" : "continue;\n" : g.switches ? "break;\n" : ";\n"); break;
    case 15: put("return "), number(depth), put(";\n"); break;
    case 16: put("goto out;\n"); break;
    case 17: put("{ __attribute__((cleanup(%s) )) %s = ", choose(2) ? "drop_p" : "drop_p", "void *z"), pointer(depth), put(";\n"), statement(depth + 1), put("}\n"); break;
    case 18: put("{ __attribute__((cleanup(drop))) S z = {.p = "), pointer(depth), put("};\n"), statement(depth + 1), put("z.n = 1; }\n"); break;
    default: put("g1 = "), structure(depth), put(";\n");
    }
}

static void make_program(const uint8_t *data, size_t size)
{
    g.at = data;
    g.end = data + size;
    g.n = 0;
    put("%s", prelude);
    for (int f = 0; f < 4; f++) {
        g.loops = g.switches = 0;
        put("long f%d(S *s, void *p, long n)\n{\n    S v = {0}, *t = s; void *q = p, *a[4] = {0}; long i = n, choice = g3;\n"
            "    fa_context *c = s->ctx; fa_handle h = s->h; fa_scratch x = {0}; fa_task_batch b = {0};\n", f);
        for (unsigned k = choose(8) + 1; k > 0; k--) {
            statement(0);
        }
        put("out:\n    return i + choice + (long)a[0] + (long)t + b.running + (long)q;\n}\n");
    }
}

/* ---- the program through lowering, linking and the engine */

static void analyse(const char *path)
{
    static const char *flags[] = {"-xc", "-w", "-std=gnu11"};
    static const settings options = {.loop_allocation_limit = 8};
    const source_job job = {.file = path, .folder = "/", .flags = flags, .flag_count = 3};
    unit *u = front_read(&job);
    if (!u->parsed) {
        fprintf(stderr, "%s\nline %u: %s\n", g.text, u->problems.count ? u->problems.at[0].line : 0,
                u->problems.count ? u->problems.at[0].text : "?");
        abort();
    }
    program p = {0};
    vec_push(&p.units, u);
    program_link(&p);
    finding_list found = {0};
    static engine e; /* its tables are large: kept from one program to the next */
    e.program = &p;
    e.settings = &options;
    e.out = &found;
    for (int i = 0; i < p.funcs.count; i++) {
        if (p.funcs.at[i]->relevant && !p.funcs.at[i]->in_sdk) {
            explore(&e, p.funcs.at[i]);
        }
    }
    check_whole_program(&p, &options, &found);
    finding_list_sort(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    static char path[64];
    if (file < 0) {
        file = memfd_create("fuzz", 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
        setenv("LIBCLANG_NOTHREADS", "1", 1);
    }
    make_program(data, size);
    if (getenv("FA_FUZZ_SHOW")) {
        puts(g.text);
    }
    if (ftruncate(file, 0) != 0 || pwrite(file, g.text, g.n, 0) != (ssize_t)g.n) {
        abort();
    }
    analyse(path);
    return 0;
}
