#!/bin/sh
# check_fast_path.sh <root>: diagnostics, ghost frames and the like cost the inlined path nothing, because the machine
# code of that path knows of two words only: the cursor and the limit. Compiles fast_path.c with every compiler that is
# here and reads the way from the function's begin to its first return: no call, no lock, no memory but 0(%rdi) and
# 8(%rdi), each constant request in at most 9 instructions.
set -eu
root=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0

# way <function> <file.s>: the instructions up to the first return that is reached by falling through.
way() {
    awk -v name="$1" '
        $0 ~ "^" name ":" { inside = 1; next }
        inside && /^[.A-Za-z_]/ && !/^\.L/ { exit }
        inside && /^[ \t]+[a-z]/ && $1 !~ /^\./ && $1 != "endbr64" {
            print
            if ($1 ~ /^ret/) exit
        }' "$2"
}

check() { # check <compiler> <function> <most instructions>
    way "$2" "$work/out.s" >"$work/way"
    count=$(wc -l <"$work/way")
    # gcc may place the out-of-line part first in the text: it must be there only behind a jump
    foreign=$(grep '(' "$work/way" | grep -v 'lea' | grep -vE '[[:space:],](8)?\(%rdi\)' || true)
    calls=$(grep -E '[[:space:]](call|lock|mfence|xchg|syscall)' "$work/way" || true)
    if ! grep -q 'ret' "$work/way" || [ "$count" -gt "$3" ] || [ -n "$foreign" ] || [ -n "$calls" ]; then
        echo "$1: $2 is not the one compare any more ($count instructions, at most $3):"
        cat "$work/way"
        failures=$((failures + 1))
    else
        echo "$1: $2: $count instructions"
    fi
}

tried=0
for cc in gcc clang; do
    command -v "$cc" >/dev/null 2>&1 || continue
    tried=$((tried + 1))
    "$cc" -std=c11 -O2 -fno-asynchronous-unwind-tables -fcf-protection=none -S -I"$root/sdk/include" \
        -o "$work/out.s" "$root/tests/insight/fast_path.c"
    check "$cc" fast_path_64 9
    check "$cc" fast_path_any 14
    check "$cc" fast_path_arena 9
done
if [ "$tried" -eq 0 ]; then
    echo "neither gcc nor clang is installed"
    exit 1
fi
exit $((failures > 0))
