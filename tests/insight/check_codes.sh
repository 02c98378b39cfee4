#!/bin/sh
# check_codes.sh <root>: every diagnostic code of the run-time table is expected by a test, and has a pair in one of the two
# tables of pairs: a program that earns it, and a twin that must stay silent. Prints the table of codes with the tests that
# name them; what is missing is an error.
set -eu
cd "$1"
missing=0
for code in $(sed -n 's/^ *X(\(FA[0-9][0-9][0-9]\),.*/\1/p' sdk/include/framealloc/diagnostic.h); do
    tests=$(grep -lE "FA_CODE_$code\\b|, $code,|\"$code\"" tests/core/test_*.c tests/app/test_*.c tests/plugins/test_*.c 2>/dev/null |
        sed 's#tests/##; s#test_##; s#\.c$##' | tr '\n' ' ')
    pair=$(grep -lE "[{]FA_CODE_$code, " tests/core/test_codes.c tests/app/test_codes.c || true)
    if [ -z "$tests" ]; then
        echo "$code: no test expects it"
        missing=$((missing + 1))
    elif [ -z "$pair" ]; then
        echo "$code: no twin that must stay silent, in tests/core/test_codes.c or tests/app/test_codes.c"
        missing=$((missing + 1))
    else
        echo "$code: $tests"
    fi
done
exit $((missing > 0))
