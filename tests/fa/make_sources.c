/* make_sources.c - sources to frighten fa with: make_sources FOLDER SEED COUNT SOURCE...
 *
 * Writes COUNT programs that a compiler accepts, made of random statements over the SDK's calls, as FOLDER/g*.c,
 * and COUNT broken copies of the given sources, as FOLDER/m*.c. The same seed gives the same files. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed;
static FILE *to;

static unsigned roll(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 11) % n;
}

/* ---- programs that compile */

static const char *const numbers[] = {"n", "k", "i", "0", "1", "7", "n + 1", "roll_dice()", "w->count", "n & 3", "k - i", "-n", "n % 5"};
static const char *const pointers[] = {"e", "q", "w->target", "w->list", "g_one", "a[1]", "a[n & 3]", "*out", "NULL", "e->next"};
static const char *const places[] = {"e", "q", "w->target", "w->list", "g_one", "a[0]", "a[n & 3]", "*out"};
#define PICK(list) (list)[roll(sizeof(list) / sizeof *(list))]

static void condition(void)
{
    switch (roll(6)) {
    case 0: fprintf(to, "%s", PICK(pointers)); break;
    case 1: fprintf(to, "!%s", PICK(pointers)); break;
    case 2: fprintf(to, "%s < %s", PICK(numbers), PICK(numbers)); break;
    case 3: fprintf(to, "%s == %s", PICK(pointers), PICK(pointers)); break;
    case 4: fprintf(to, "is_ready() && %s", PICK(numbers)); break;
    default: fprintf(to, "(%s || %s) ? %s : is_ready()", PICK(pointers), PICK(numbers), PICK(numbers)); break;
    }
}

static void pointer_value(void)
{
    switch (roll(9)) {
    case 0: fprintf(to, "FA_FRAME_NEW(c, enemy)"); break;
    case 1: fprintf(to, "FA_POOL_NEW(c, enemy)"); break;
    case 2: fprintf(to, "fa_heap_alloc(c, sizeof(enemy) * (size_t)(%s), 8)", PICK(numbers)); break;
    case 3: fprintf(to, "FA_FRAME_ARRAY(c, enemy, (size_t)(%s))", PICK(numbers)); break;
    case 4: fprintf(to, "f%u(c, w, %s, out)", roll(5), PICK(numbers)); break;
    case 5: fprintf(to, "(%s ? %s : %s)", PICK(numbers), PICK(pointers), PICK(pointers)); break;
    case 6: fprintf(to, "(enemy *)(uintptr_t)((uintptr_t)%s + %s)", PICK(pointers), PICK(numbers)); break;
    case 7: fprintf(to, "({ enemy *t_ = %s; t_; })", PICK(pointers)); break;
    default: fprintf(to, "%s", PICK(pointers)); break;
    }
}

static void statements(int depth, int loops);

static void statement(int depth, int loops)
{
    unsigned kind = roll(depth > 3 ? 14 : 22);
    switch (kind) {
    case 0: fprintf(to, "fa_frame_begin(c);\n"); break;
    case 1: fprintf(to, "fa_frame_end(c);\n"); break;
    case 2: fprintf(to, "fa_pool_free(c, %s);\n", PICK(pointers)); break;
    case 3: fprintf(to, "fa_heap_free(c, %s);\n", PICK(pointers)); break;
    case 4: fprintf(to, "use_enemy(%s);\n", PICK(pointers)); break;
    case 5: fprintf(to, "mark = fa_frame_mark(c);\n"); break;
    case 6: fprintf(to, "fa_frame_rewind(c, mark);\n"); break;
    case 7: fprintf(to, "n %s= %s;\n", roll(2) ? "+" : "-", PICK(numbers)); break;
    case 8: fprintf(to, loops ? (roll(2) ? "break;\n" : "continue;\n") : "k++;\n"); break;
    case 9: fprintf(to, "if ("), condition(), fprintf(to, ") goto l%u;\n", roll(3)); break;
    case 10: fprintf(to, "if ("), condition(), fprintf(to, ") return %s;\n", PICK(pointers)); break;
    case 11: fprintf(to, "copy = *w; copy.target = %s; *w = copy;\n", PICK(pointers)); break;
    case 12: fprintf(to, "table[%s & 1](c, w, %s, out);\n", PICK(numbers), PICK(numbers)); break;
    case 14: fprintf(to, "if ("), condition(), fprintf(to, ") {\n"), statements(depth + 1, loops), fprintf(to, "} else {\n"),
             statements(depth + 1, loops), fprintf(to, "}\n"); break;
    case 15: fprintf(to, "while ("), condition(), fprintf(to, ") {\n"), statements(depth + 1, 1), fprintf(to, "}\n"); break;
    case 16: fprintf(to, "for (i = 0; i < %s; i++) {\n", PICK(numbers)), statements(depth + 1, 1), fprintf(to, "}\n"); break;
    case 17: fprintf(to, "do {\n"), statements(depth + 1, 1), fprintf(to, "} while ("), condition(), fprintf(to, ");\n"); break;
    case 18: fprintf(to, "switch (%s) {\ncase 0:\n", PICK(numbers)), statements(depth + 1, loops), fprintf(to, "case 1 ... 3:\n"),
             statements(depth + 1, loops), fprintf(to, "break;\ndefault:;\n}\n"); break;
    case 19: fprintf(to, "FA_TAG_SCOPE(c, tag) {\n"), statements(depth + 1, 1), fprintf(to, "}\n"); break;
    case 20: fprintf(to, "job_start(task, %s);\n", PICK(pointers)); break;
    case 21: fprintf(to, "co_yield();\n"); break;
    default: fprintf(to, "%s = ", PICK(places)), pointer_value(), fprintf(to, ";\n"); break;
    }
}

static void statements(int depth, int loops)
{
    for (unsigned i = roll(4) + 1; i > 0; i--) {
        statement(depth, loops);
    }
}

static void program(void)
{
    fprintf(to, "#include \"game.h\"\nstatic enemy *g_one;\nextern fa_tag tag;\nstatic void task(void *p)\n{\n    ((enemy *)p)->health--;\n}\n");
    fprintf(to, "typedef enemy *fn(fa_context *c, world *w, int n, enemy **out);\nfn f0, f1, f2, f3, f4;\nstatic fn *const table[] = {f0, f3};\n");
    for (int f = 0; f < 5; f++) {
        fprintf(to, "enemy *f%d(fa_context *c, world *w, int n, enemy **out)\n{\n    enemy *e = NULL, *q = NULL, *a[4] = {0};\n", f);
        fprintf(to, "    int i = 0, k = 3;\n    fa_checkpoint mark = fa_frame_mark(c);\n    world copy;\n    (void)i, (void)k, (void)copy, (void)a, (void)q, (void)table, (void)task, (void)tag;\n");
        for (int part = 0; part < 3; part++) {
            statements(0, 0);
            fprintf(to, "l%d:;\n", part);
            statements(1, 0);
        }
        fprintf(to, "    return e;\n}\n");
    }
}

/* ---- sources that do not */

static void broken(const char *path)
{
    static char bytes[1 << 16], other[256];
    FILE *from = fopen(path, "rb");
    size_t n = from ? fread(bytes, 1, sizeof bytes / 2, from) : 0;
    if (from) {
        fclose(from);
    }
    static const char *const spice[] = {"{", "}", "(", ")", "*", "#", "\"", "/*", "\\\n", "goto ", "case 1:", "0x", "...", "'", "_Generic(", "\xff\xfe", "[", "%:%:"};
    for (unsigned changes = roll(4); changes + 1 > 0 && n > 8; changes--) {
        size_t at = roll((unsigned)n), length = roll(40) + 1;
        length = length < n - at ? length : n - at;
        switch (roll(5)) {
        case 0: n = at; break;
        case 1: memmove(bytes + at, bytes + at + length, n - at - length), n -= length; break;
        case 2:
            memcpy(other, bytes + at, length);
            memmove(bytes + at + length, bytes + at, n - at), memcpy(bytes + at, other, length), n += length;
            break;
        case 3: bytes[at] = (char)roll(256); break;
        default: {
            const char *s = PICK(spice);
            memmove(bytes + at + strlen(s), bytes + at, n - at), memcpy(bytes + at, s, strlen(s)), n += strlen(s);
        }
        }
        if (changes == 0) {
            break;
        }
    }
    fwrite(bytes, 1, n, to);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: make_sources FOLDER SEED COUNT SOURCE...\n");
        return 2;
    }
    seed = strtoull(argv[2], NULL, 10) * 0x9E3779B97F4A7C15u + 1;
    int count = atoi(argv[3]);
    for (int i = 0; i < 2 * count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%c%03d.c", argv[1], i < count ? 'g' : 'm', i % count);
        to = fopen(path, "wb");
        if (!to) {
            return 1;
        }
        if (i < count) {
            program();
        } else {
            broken(argv[4 + roll((unsigned)(argc - 4))]);
        }
        if (fclose(to) != 0) {
            return 1;
        }
    }
    return 0;
}
