/* fuzz_toml.c - the configuration's reader under arbitrary bytes, with libFuzzer. */
#include <stdint.h>
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
