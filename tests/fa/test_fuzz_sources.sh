#!/bin/sh
# Random programs that compile, and broken ones: fa ends by itself, the same way each time, and hides nothing.
. "$(dirname "$0")/lib.sh"
make_sources=$(dirname "$fa")/fa_make_sources
seed=${FA_FUZZ_SEED:-1}
count=${FA_FUZZ_COUNT:-24}
mkdir sources
"$make_sources" sources "$seed" "$count" "$here"/FA*/*.c || fail "no sources were made"

timeout 120 "$fa" -j 2 --format json bad.c sources/g*.c -- $flags >two 2>err
[ $? = 1 ] || fail "programs that compile: seed $seed"
grep -q 'not analysed\|Sanitizer\|fault of fa' err && fail "programs that compile, seed $seed: $(head -3 err)"
timeout 120 "$fa" -j 1 --format json bad.c sources/g*.c -- $flags >one 2>err
cmp -s one two || fail "seed $seed: the number of threads shows"

timeout 120 "$fa" --format compact sources/m*.c bad.c -- $flags >out 2>err
status=$?
{ [ $status = 1 ] || [ $status = 3 ]; } || fail "broken programs, seed $seed: exit $status"
grep -q 'crashed\|Sanitizer\|fault of fa' err && fail "broken programs, seed $seed: $(grep 'crashed\|Sanitizer\|fault' err)"
says "the one that is whole" "bad.c:.*FA601" out
finish
