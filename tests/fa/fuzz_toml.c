/* fuzz_toml.c - the configuration's reader under arbitrary bytes. With libFuzzer, or with the small driver below, which
 * mutates the seeds by a fixed generator for a number of rounds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "toml/toml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    pile p = {0};
    toml_error error = {0};
    char *copy = malloc(size + 1);
    memcpy(copy, data, size);
    copy[size] = 0;
    toml_value *root = toml_parse(&p, copy, size, &error);
    if (!root && (error.line == 0 || error.column == 0 || !error.text[0])) {
        abort(); /* an error always has a place and a text */
    }
    pile_free(&p);
    free(copy);
    return 0;
}

#ifdef FUZZ_DRIVER
static uint64_t seed = 88172645463325252u;

static uint64_t next(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

int main(int argc, char **argv)
{
    static uint8_t bytes[8192], work[8192];
    long rounds = argc > 1 ? atol(argv[1]) : 100000;
    for (int i = 2; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        size_t n = f ? fread(bytes, 1, 4096, f) : 0;
        if (f) {
            fclose(f);
        }
        for (long round = 0; round < rounds; round++) {
            size_t length = n;
            memcpy(work, bytes, n);
            for (int k = (int)(next() % 6); k >= 0 && length; k--) {
                static const char spice[] = "[]{}\"'=.,#\n\\-+e_T:0x";
                size_t at = next() % length;
                switch (next() % 4) {
                case 0: work[at] = (uint8_t)next(); break;
                case 1: work[at] = (uint8_t)spice[next() % (sizeof spice - 1)]; break;
                case 2: memmove(work + at, work + at + 1, length - at - 1), length--; break;
                default: memmove(work + at + 1, work + at, length - at), work[at] = (uint8_t)spice[next() % (sizeof spice - 1)], length++; break;
                }
            }
            LLVMFuzzerTestOneInput(work, length);
        }
    }
    return 0;
}
#endif
