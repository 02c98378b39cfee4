#!/bin/sh
# check_reported.sh valgrind|asan <victim>: use of ended, rewound, freed and reset memory, and running over a block's end,
# must each be reported by the tool; the same program doing right must not.
set -u
tool=$1
victim=$2
failures=0

run() { # run <what>: the exit code, 97 for an error that valgrind found
    case $tool in
    valgrind) valgrind -q --error-exitcode=97 "$victim" "$1" >"$log" 2>&1 ;;
    asan) ASAN_OPTIONS=detect_leaks=0 "$victim" "$1" >"$log" 2>&1 ;;
    esac
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
for what in ended rewound freed reset overrun; do
    run "$what"
    code=$?
    if [ "$code" -eq 0 ] || ! grep -qE 'Invalid read|use-after-poison' "$log"; then
        echo "$what: not reported by $tool (exit code $code)"
        cat "$log"
        failures=$((failures + 1))
    else
        echo "$what: reported"
    fi
done
run nothing
code=$?
if [ "$code" -ne 0 ] || ! grep -q 'nothing done' "$log"; then
    echo "doing right is reported by $tool (exit code $code):"
    cat "$log"
    failures=$((failures + 1))
fi
exit $((failures > 0))
