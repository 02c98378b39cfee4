#!/bin/sh
# check_table.sh <source root>: every case that README.md's table of features names is a test, and every row names one.
set -eu
cd "$1"
table=$(sed -n '/^## Features/,/^## Status/p' README.md | grep '^| ' | grep -v '^| feature |' | grep -v '^| ---')
cases=$(find tests -name '*.c' -exec grep -ho 'START_TEST([a-z0-9_]*)' {} + | sed 's/.*(\(.*\))/\1/')
bad=0
for name in $(echo "$table" | grep -o '`[a-z0-9_]*`' | tr -d '`' | grep '_.*_' | sort -u); do
    if ! echo "$cases" | grep -qx "$name"; then
        echo "README.md names the test $name, and there is none"
        bad=1
    fi
done
# A row gives a case, a program under tests/, a whole suite, or what to run.
echo "$table" | awk -F '|' '$3 !~ /`/ && $3 !~ /: / && $3 !~ /[a-z]+\.[a-z]+/ && $3 !~ /fault_/ { print "no test in this row:" $0; bad = 1 }
    END { exit bad }' || bad=1
[ "$(echo "$table" | wc -l)" -gt 50 ] || { echo "the table is gone"; bad=1; }
exit $bad
