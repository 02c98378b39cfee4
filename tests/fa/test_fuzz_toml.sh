#!/bin/sh
# The configuration's reader under random bytes, for a bounded time: libFuzzer where the compiler has it.
. "$(dirname "$0")/lib.sh"
tool=$here/../../sdk/tools/fa
sources="$here/fuzz_toml.c $tool/toml/toml.c $tool/toml/toml_lex.c $tool/base/base.c $tool/base/names.c"
seconds=${FA_FUZZ_SECONDS:-15}
mkdir corpus
if clang -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -I"$tool" $sources -o fuzz -lpthread -lm 2>/dev/null; then
    ./fuzz -max_total_time="$seconds" -max_len=4096 -print_final_stats=1 corpus "$here/toml_seeds" >log 2>&1 || fail "libFuzzer: $(tail -20 log)"
    grep 'number_of_executed_units' log
elif cc -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -DFUZZ_DRIVER -I"$tool" $sources -o fuzz -lpthread -lm; then
    ./fuzz 200000 "$here"/toml_seeds/* || fail "the driver found a fault"
else
    echo "no compiler: skipped"
fi
finish
