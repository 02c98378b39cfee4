#!/bin/sh
# Every case of bench does its work once, and the output has the form that scripts rely on. No figure is judged
# here: a test run shares its machine. Usage: check_bench.sh <bench>
set -u
bench=$1
failures=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
    echo "FAIL: $*" >&2
    failures=$((failures + 1))
}

"$bench" --list >"$scratch/list" || fail "--list gives $?"
for name in frame_64 frame_mixed frame_touch_64 boundary frame_physics frame_particles pool_typed_pair \
    pool_class_pair pool_class_random cross_thread two_threads_frame tags_overhead first_touch_16m steady_state; do
    grep -q "^$name " "$scratch/list" || fail "--list does not name $name"
done

"$bench" --repeat 1 --csv >"$scratch/csv" 2>"$scratch/err" || fail "--csv gives $?: $(cat "$scratch/err")"
[ "$(head -n 1 "$scratch/csv")" = "case,subject,unit,min,median,p99" ] || fail "the header is wrong"
awk -F, 'NR > 1 && (NF != 6 || $4 + 0 > $5 + 0 || $5 + 0 > $6 + 0 || ($3 != "count" && $4 + 0 <= 0)) { print; bad = 1 }
         END { exit bad }' "$scratch/csv" >&2 || fail "the rows above are malformed"
awk '{ print $1 }' "$scratch/list" | while read -r name; do
    grep -q "^$name,framealloc," "$scratch/csv" || echo "$name"
done >"$scratch/missing"
[ -s "$scratch/missing" ] && fail "no row of framealloc: $(tr '\n' ' ' <"$scratch/missing")"

for bad in "--case no_such_case" "--repeat 0" "--repeat x" "--repeat" "--nonsense" "frame_64"; do
    # shellcheck disable=SC2086
    "$bench" $bad >"$scratch/out" 2>/dev/null
    status=$?
    [ "$status" -eq 2 ] || fail "'$bad' gives $status instead of 2"
    [ -s "$scratch/out" ] && fail "'$bad' prints to stdout"
done
[ "$failures" -eq 0 ]
