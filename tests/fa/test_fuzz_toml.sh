#!/bin/sh
# The configuration's reader under random bytes, for a bounded time, by libFuzzer with address and undefined behaviour
# sanitizers. In one stage only.
. "$(dirname "$0")/lib.sh"
tool=$here/../../sdk/tools/fa
sources="$here/fuzz_toml.c $tool/toml/toml.c $tool/toml/toml_lex.c $tool/base/base.c $tool/base/names.c"
seconds=${FA_FUZZ_SECONDS:-8}
command -v clang >/dev/null || { fail "clang is not installed"; finish; }
mkdir corpus
# shellcheck disable=SC2086
clang -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -I"$tool" $sources \
    -o fuzz -lpthread -lm 2>err || { fail "it does not compile: $(head -5 err)"; finish; }
if ! ./fuzz -max_total_time="$seconds" -max_len=4096 -timeout=10 -print_final_stats=1 -artifact_prefix=./ corpus \
    "$here/toml_seeds" >log 2>&1; then
    fail "libFuzzer: $(grep -m1 'ERROR\|error:' log)"
    tail -40 log
    for input in crash-* timeout-* oom-* leak-*; do
        [ -e "$input" ] || continue
        cp "$input" "${FA_FUZZ_KEEP:-$here/../../build/logs}/" 2>/dev/null
        echo "$input:"
        base64 <"$input"
    done
fi
grep 'number_of_executed_units' log
finish
