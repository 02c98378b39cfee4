#!/bin/sh
# The command line: exit codes, filters, suppressions, baselines, the cache, and that the number of threads never shows.
. "$(dirname "$0")/lib.sh"

expect 0 "a clean file" "$fa" good.c -- $flags
expect 1 "findings" "$fa" bad.c -- $flags
expect 2 "an unknown option" "$fa" --wrong bad.c
expect 2 "no files" "$fa"
expect 2 "an unknown code to deny" "$fa" --deny FA999 bad.c -- $flags
expect 2 "an unknown code to allow" "$fa" --allow nonsense bad.c -- $flags
expect 2 "an unknown format" "$fa" --format yaml bad.c -- $flags
expect 2 "a bad number of jobs" "$fa" -j 0 bad.c -- $flags
expect 2 "no database" "$fa" -p nowhere
expect 3 "a file that is not there" "$fa" missing.c
expect 3 "one of several is not there" "$fa" --format compact missing.c bad.c -- $flags
says "the others are still told" "FA601" out
expect 2 "explain of an unknown code" "$fa" explain FA999
expect 0 "list" "$fa" list
expect 0 "show" "$fa" show bad.c -- $flags
says "what a function does" "update: begins a frame, ends a frame, takes frame memory" out

for code in $("$fa" list | cut -c1-5); do
    expect 0 "explain $code" "$fa" explain "$code"
    says "explain $code" "Right:" out
done

# ---- filters
expect 1 "an allowed code" "$fa" --allow FA601 --format compact bad.c -- $flags
grep -q FA601 out && fail "FA601 was allowed"
expect 1 "min-severity error" "$fa" --min-severity error --format compact bad.c -- $flags
grep -q FA602 out && fail "FA602 is no error"
expect 1 "a denied code is an error" "$fa" --deny FA602 --min-severity error --format compact bad.c -- $flags
says "denied" "error: .*FA602" out
expect 0 "another category" "$fa" --threading --format compact bad.c -- $flags
expect 1 "its own category" "$fa" --dirtymem --format compact bad.c -- $flags
expect 0 "excluded by **" "$fa" --exclude '**/bad.c' bad.c -- $flags
expect 0 "excluded by name" "$fa" --exclude 'b?d.c' bad.c -- $flags
expect 1 "fail-fast" "$fa" --fail-fast --format compact bad.c -- $flags
[ "$(wc -l <out)" = 1 ] || fail "fail-fast told more than one"
expect 1 "deny-warnings" "$fa" --deny-warnings --format compact bad.c -- $flags
grep -q ' warning: ' out && fail "a warning is left"

# ---- suppression
sed 's|g_target = FA_FRAME_NEW.*|& // fa-allow(FA601): the test|; s|        use_enemy(FA|        /* fa-allow(FA602): few */\n&|' bad.c >quiet.c
expect 0 "suppressed on the line and the line before" "$fa" --format compact quiet.c -- $flags
echo '/* fa-allow(FA607): old */' | cat - good.c >unused.c
expect 1 "an unused suppression" "$fa" --format compact unused.c -- $flags
says "unused" "unused.c:1:1: warning: .*FA900" out
printf '#include "game.h"\nconst char *s = "// fa-allow(FA607): a string";\n' >string.c
expect 0 "a suppression in a string is none" "$fa" --format compact string.c -- $flags

# ---- baseline
expect 0 "write a baseline" "$fa" --write-baseline base.json bad.c -- $flags
expect 0 "with the baseline" "$fa" --baseline base.json bad.c -- $flags
(echo '/* moved down by a line */'; cat bad.c) >moved && mv moved bad.c
expect 0 "the baseline moves with its lines" "$fa" --baseline base.json bad.c -- $flags
echo 'void again(fa_context *c) { fa_frame_begin(c); use_enemy(FA_FRAME_NEW(c, enemy)); }' >>bad.c
expect 1 "something new" "$fa" --baseline base.json --format compact bad.c -- $flags
[ "$(wc -l <out)" = 1 ] || fail "the baseline hides what it should and no more"
echo '[]' >wrong.json
expect 2 "not a baseline" "$fa" --baseline wrong.json bad.c -- $flags

# ---- cache
expect 1 "first run" "$fa" --cache store --format compact bad.c -- $flags
cp out first
expect 1 "second run" "$fa" --cache store --format compact bad.c -- $flags
cmp -s out first || fail "the cache tells something else"
sed -i 's/g_target = FA/g_target = NULL; (void)FA/' bad.c
expect 1 "after a change" "$fa" --cache store --format compact bad.c -- $flags
grep -q FA601 out && fail "the cache is stale"
for file in store/*; do echo '{"files":[' >"$file"; done
expect 1 "a damaged cache is no cache" "$fa" --cache store --format compact bad.c -- $flags

# ---- determinism
i=0
files=""
while [ $i -lt 12 ]; do
    sed "s/update/update$i/; s/hot/hot$i/; s/g_target/g_target$i/" "$here/FA601/bad1.c" >"many$i.c"
    files="$files many$i.c"
    i=$((i + 1))
done
for format in terminal json sarif junit checkstyle compact; do
    "$fa" -j 1 --format $format $files -- $flags >one 2>/dev/null
    "$fa" -j 7 --format $format $files -- $flags >seven 2>/dev/null
    cmp -s one seven || fail "$format depends on -j"
done

# ---- a compilation database
mkdir build
cat >build/compile_commands.json <<JSON
[{"directory": "$work", "file": "many1.c", "command": "gcc -I$here/include '-I$here/../../sdk/include' -O2 -fanalyzer -c many1.c -o x.o"},
 {"directory": "$work", "file": "many2.c", "arguments": ["cc", "-I", "$here/include", "-I", "$here/../../sdk/include", "-c", "many2.c"]},
 {"directory": "$work", "file": "other.cpp", "command": "g++ other.cpp"}]
JSON
expect 1 "a database" "$fa" -p build --format compact
[ "$(grep -c FA601 out)" = 2 ] || fail "a database of two C files"
expect 1 "one file of a database" "$fa" -p build --format compact many2.c
[ "$(grep -c FA601 out)" = 1 ] || fail "flags by name"

# ---- only what changed
if command -v git >/dev/null; then
    mkdir repo && cp many1.c many2.c repo && cd repo
    git init -q . && git add . && git -c user.name=t -c user.email=t@t commit -qm first
    echo '/* changed */' >>many2.c
    expect 1 "changed since" "$fa" --changed-since HEAD --format compact many1.c many2.c -- $flags
    grep -q many1 out && fail "many1.c has not changed"
    expect 2 "no such revision" "$fa" --changed-since nowhere many1.c -- $flags
    expect 2 "a revision that is an option" "$fa" --changed-since=--output=x many1.c -- $flags
    cd ..
fi
finish
