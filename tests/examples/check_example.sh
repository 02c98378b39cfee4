#!/bin/sh
# check_example.sh compare|run <program> <source>
#
# The program ends with 0 and writes nothing to stderr; with `compare`, its stdout is the text of the comment that the
# source ends with:
#
#     /* Output:
#      * first line
#      * second line
#      */
#
# and the source has at most 130 lines.
set -eu
mode=$1
program=$2
source=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sed -n '/^\/\* Output:$/,/^ \*\/$/p' "$source" | sed -e '1d' -e '$d' -e 's/^ \* \{0,1\}//' >"$work/expected"
if ! [ -s "$work/expected" ]; then
    echo "$source does not end with its expected output"
    exit 1
fi
if [ "$(wc -l <"$source")" -gt 130 ]; then
    echo "$source has more than 130 lines"
    exit 1
fi
code=0
"$program" >"$work/out" 2>"$work/err" || code=$?
if [ "$code" -ne 0 ] || [ -s "$work/err" ]; then
    echo "exit code $code, stderr:"
    cat "$work/err"
    exit 1
fi
[ "$mode" = run ] || diff -u "$work/expected" "$work/out"
