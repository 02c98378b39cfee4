#!/bin/sh
# The forms of output: one JSON document, SARIF by its rules, JUnit and Checkstyle well-formed and complete.
. "$(dirname "$0")/lib.sh"
check=${FA_CHECK_FORMATS:-$(dirname "$fa")/fa_check_formats}

printf '#include "nowhere.h"\n' >'broken <&"file>.c'
cp bad.c 'has space & "quote".c'
for format in json sarif junit checkstyle compact terminal; do
    "$fa" --format $format bad.c good.c 'has space & "quote".c' 'broken <&"file>.c' -- $flags >"out.$format" 2>err
    [ $? = 3 ] || fail "$format: a file that cannot be parsed gives 3"
done
if [ -x "$check" ]; then
    "$check" json out.json || fail "json"
    "$check" sarif out.sarif || fail "sarif"
fi
if command -v xmllint >/dev/null; then
    xmllint --noout out.junit || fail "junit is not well-formed"
    xmllint --noout out.checkstyle || fail "checkstyle is not well-formed"
    xmllint --noout --relaxng "$here/junit.rng" out.junit 2>err || { fail "junit does not follow its schema"; cat err; }
    [ "$(xmllint --xpath 'count(//testcase)' out.junit)" = "$(xmllint --xpath 'string(/testsuites/testsuite/@tests)' out.junit)" ] ||
        fail "junit: the number of tests"
    [ "$(xmllint --xpath 'count(//failure)' out.junit)" = "$(xmllint --xpath 'string(/testsuites/testsuite/@failures)' out.junit)" ] ||
        fail "junit: the number of failures"
    [ "$(xmllint --xpath 'count(//error)' out.checkstyle)" -ge 5 ] || fail "checkstyle: errors"
fi
grep -qv '^[^:]*:[0-9]*:[0-9]*: \(error\|warning\|hint\): .* \[FA[0-9]*\]$' out.compact && fail "compact: FILE:LINE:COL: severity: text [CODE]"
says "the path" "the frame ends here" out.terminal
says "the source line" "g_target = FA_FRAME_NEW" out.terminal
says "help" "= help:" out.terminal
says "explain" "fa explain FA601" out.terminal
"$fa" --color=always bad.c -- $flags | grep -q "$(printf '\033')" || fail "colour"
"$fa" bad.c -- $flags | grep -q "$(printf '\033')" && fail "no colour into a pipe"
finish
