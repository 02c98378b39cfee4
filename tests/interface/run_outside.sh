#!/bin/sh
# run_outside.sh <root> <static library> <compiler> <source> [flags...]
#
# A program of somebody else: built with another compiler than the library was, linked with it, run. A compiler that is
# not here is said so (exit 77).
set -eu
root=$1 library=$2 compiler=$3 source=$4
shift 4
command -v "$compiler" >/dev/null 2>&1 || {
    echo "$compiler is not installed"
    exit 77
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $source in
*.cpp) standard=c++17 ;;
*) standard=c11 ;;
esac
"$compiler" -std="$standard" -O1 -g -Wall -Wextra -Wpedantic -Werror -I"$root/sdk/include" "$root/tests/interface/$source" \
    "$library" "$@" -lpthread -o "$work/program"
"$work/program"
