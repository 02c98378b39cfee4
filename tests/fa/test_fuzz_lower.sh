#!/bin/sh
# Lowering and analysis under random programs, for a bounded time, by libFuzzer with address and undefined behaviour
# sanitizers. In one stage only: building it takes as long as running it.
. "$(dirname "$0")/lib.sh"
tool=$here/../../sdk/tools/fa
seconds=${FA_FUZZ_SECONDS:-10}
include=$(for d in /usr/lib/llvm-19 /usr/lib64/llvm19; do [ -e "$d/include/clang-c/Index.h" ] && echo "$d" && break; done)
command -v clang >/dev/null || { fail "clang is not installed"; finish; }
mkdir objects corpus
find "$tool"/base "$tool"/ir "$tool"/front "$tool"/engine "$tool"/report -name '*.c' ! -name config.c >files
echo "$here/fuzz_lower.c" >>files
# One file, one object; names are unique across the folders but for their folder.
xargs -P 2 -I FILE sh -c 'clang -std=gnu11 -D_GNU_SOURCE -gline-tables-only -O1 -w -fsanitize=fuzzer-no-link,address,undefined \
    -fno-sanitize-recover=undefined -I"$1" -I"$1/../../include" -isystem "$2/include" -c "FILE" \
    -o "objects/$(echo "FILE" | tr / _).o"' sh "$tool" "$include" <files 2>err || fail "it does not compile: $(head -5 err)"
clang -fsanitize=fuzzer,address,undefined objects/*.o -L"$include/lib" -lclang-19 -lpthread -lm -o fuzz 2>err ||
    fail "it does not link: $(head -5 err)"
[ "$failures" = 0 ] || finish
if ! ASAN_OPTIONS=detect_leaks=0 ./fuzz -max_total_time="$seconds" -max_len=1500 -len_control=0 -rss_limit_mb=3000 \
    -timeout=20 -print_final_stats=1 -artifact_prefix=./ corpus >log 2>&1; then
    fail "libFuzzer: $(grep -m1 'ERROR\|error:' log)"
    tail -40 log
    for input in crash-* timeout-* oom-*; do
        [ -e "$input" ] || continue
        cp "$input" "${FA_FUZZ_KEEP:-$here/../../build/logs}/" 2>/dev/null
        echo "the program of $input:"
        FA_FUZZ_SHOW=1 ./fuzz "$input" 2>/dev/null | sed -n '/^long f0(S \*s, void \*p, long n)$/,$p' | head -300
        base64 <"$input"
    done
fi
grep 'number_of_executed_units' log
finish
