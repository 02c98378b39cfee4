#!/bin/sh
# check_subproject.sh <source root> <work folder> <add_subdirectory|fetch_content>
set -eu
root=$1
work=$2
way=$3

step() {
    title=$1
    shift
    if ! "$@" >"$work/log" 2>&1; then
        echo "$way: $title failed: $*"
        cat "$work/log"
        exit 1
    fi
}

rm -rf "$work"
mkdir -p "$work"
# parent/CMakeLists.txt makes the assertions about targets, tests, cache and flags while it configures.
# Makefiles, whatever the developer prefers: the flags are read from them.
step configure cmake -G "Unix Makefiles" -S "$root/tests/subproject/parent" -B "$work/build" -DFA_ROOT="$root" -DWAY="$way"
step build cmake --build "$work/build" --parallel 2
step run "$work/build/parent"

# The parent's own sources are compiled with the parent's flags and no others.
flags=$(sed -n 's/^C_FLAGS = //p' "$work/build/CMakeFiles/parent.dir/flags.make")
case $flags in
*-W* | *-f*) echo "$way: our flags reached the parent: $flags"; exit 1 ;;
esac
# Nothing of ours is installed unless it is asked for.
step install cmake --install "$work/build" --prefix "$work/prefix"
if [ -e "$work/prefix" ]; then
    echo "$way: the subproject installed files:"
    find "$work/prefix"
    exit 1
fi
# `all` built the libraries and the parent: no program, no test, no plugin.
built=$(find "$work/build" -type f \( -name '*.a' -o -perm -u+x \) ! -path '*/CMakeFiles/*' -exec basename {} \; | sort | tr '\n' ' ')
for name in $built; do
    case $name in
    parent | libframealloc.a | libframealloc_app.a | libframealloc_report.a) ;;
    *) echo "$way: built without being asked: $name"; exit 1 ;;
    esac
done
echo "$way: the parent got $built"
