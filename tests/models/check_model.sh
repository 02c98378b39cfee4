#!/bin/sh
# check_model.sh <model.pml> <mutants> [pan options]: all interleavings of a model without an error, and an error in each mutant.
#
# The model is translated by spin and compiled once; FA_MUTANT chooses the fault that is seeded in a run. Prints the states
# explored, and what caught each mutant. A tool that is missing is a failure: sdk/tools/setup.sh tests installs it.
set -eu
model=$1
mutants=$2
shift 2
for tool in spin cc; do
    command -v "$tool" >/dev/null 2>&1 || {
        echo "check_model.sh: $tool is missing; sdk/tools/setup.sh tests installs it"
        exit 1
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$model" "$(dirname "$model")/mutant.h" "$work/"
cd "$work"
spin -a "$(basename "$model")" >spin.log 2>&1 || {
    cat spin.log
    exit 1
}
# Generated code: its warnings are spin's.
cc -O2 -DSAFETY -DCOLLAPSE -w -I. -o pan pan.c

explore() { # explore <mutant> <pan options>: 0 without an error, 1 with one, 2 when it was not complete
    FA_MUTANT=$1
    export FA_MUTANT
    shift
    rm -f ./*.trail
    ./pan "$@" -m1000000 >pan.log 2>&1 || true
    if grep -q '^pan:1: ' pan.log; then
        return 1
    fi
    grep -q 'errors: 0' pan.log && ! grep -q -e 'too small' -e 'out of memory' -e 'not completed' pan.log || return 2
}

explore 0 "$@" || {
    cat pan.log
    spin -t -p "$(basename "$model")" 2>/dev/null | tail -40
    echo "check_model.sh: the model has an error"
    exit 1
}
states=$(sed -n 's/^ *\([0-9.e+]*\) states, stored.*/\1/p' pan.log | head -1)
echo "$(basename "$model"): $states states, no error"
failures=0
mutant=1
while [ "$mutant" -le "$mutants" ]; do
    if explore "$mutant" "$@"; then
        echo "mutant $mutant: NOT CAUGHT"
        failures=1
    elif grep -q '^pan:1: ' pan.log; then
        echo "mutant $mutant: $(sed -n 's/^pan:1: //p' pan.log | head -1)"
    else
        cat pan.log
        failures=1
    fi
    mutant=$((mutant + 1))
done
exit "$failures"
