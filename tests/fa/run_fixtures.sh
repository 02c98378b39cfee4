#!/bin/sh
# run_fixtures.sh FA FOLDER [FLAGS...] - run fa on each fixture of a folder and compare with its expected.txt.
#
# Each file, and each folder of files, is a program of its own. What is found must be exactly what is expected:
# FILE:LINE:CODE, nothing more.
set -u
fa=$1
folder=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$here/$folder" || exit 1
: >"$work/found"
failed=0
for file in *.c */; do
    case $file in
    '*/') continue ;;
    */) program="$file*.c" ;;
    *) program=$file ;;
    esac
    # shellcheck disable=SC2086
    "$fa" --format compact "$@" $program -- -I../include -I../../../sdk/include >"$work/out" 2>"$work/err"
    status=$?
    if [ $status -gt 1 ] || grep -q Sanitizer "$work/err"; then
        echo "$folder/$file: fa ended with $status"
        cat "$work/err"
        failed=1
    fi
    sed -n 's/^\([^:]*\):\([0-9]*\):[0-9]*: .*\[\(FA[0-9]*\)\]$/\1:\2:\3/p' "$work/out" >>"$work/found"
done
sort -o "$work/found" "$work/found"
sort expected.txt >"$work/expected"
if ! diff "$work/expected" "$work/found" >"$work/diff"; then
    echo "$folder: expected (<) and found (>) differ"
    grep '^[<>]' "$work/diff"
    failed=1
fi
exit $failed
