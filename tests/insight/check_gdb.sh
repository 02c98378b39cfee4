#!/bin/sh
# check_gdb.sh <root> <victim>: the gdb commands, in batch mode, on a program that stands at stop_here.
set -u
root=$1
victim=$2
out=$(gdb --batch -nx -ex "set debuginfod enabled off" -ex "set confirm off" -ex "break stop_here" -ex "run nothing" -ex up \
    -ex "source $root/sdk/tools/gdb/framealloc.py" -ex "fa whatis pool+7" -ex "fa whatis frame ctx" -ex "fa whatis (long)main" \
    -ex "fa arenas" -ex "fa validate memory" -ex "fa whatis" "$victim" 2>&1)
if printf '%s\n' "$out" | grep -qE "ptrace: Operation not permitted|Cannot insert breakpoint|personality"; then
    case $out in
    *"whatis"*) ;;
    *) echo "gdb may not trace programs here: skipped"; exit 77 ;;
    esac
fi
line=$(grep -n 'the line that gdb must name' "$root/tests/insight/victim.c" | cut -d: -f1)
failures=0
expect() {
    if ! printf '%s\n' "$out" | grep -qE "$1"; then
        echo "missing: $1"
        failures=$((failures + 1))
    fi
}
expect 'pool memory, live'
expect '7 bytes into a block of 100 bytes'
expect 'tag enemies/paths'
expect "allocated at .*victim.c:$line"
expect 'frame memory, live'
expect 'is not memory of allocator victim'
expect 'allocator victim'
expect 'context context 1, thread .*, frame 1 open'
expect 'frame memory +0x[0-9a-f]+ +used [1-9][0-9,]*'
expect 'arena level +0x[0-9a-f]+ +used [1-9][0-9,]*  committed [0-9,]+  reserved 1,048,576'
expect '^sound$'
expect 'usage: fa whatis'
if [ "$failures" -gt 0 ]; then
    printf '%s\n' "$out"
fi
exit $((failures > 0))
