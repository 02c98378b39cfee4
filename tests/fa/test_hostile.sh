#!/bin/sh
# Sources that mean harm: bounded time and memory, one bad file never hides the others, nothing is ever executed.
. "$(dirname "$0")/lib.sh"

# survives WHAT FILE - fa must tell about bad.c, and end by itself with 0, 1 or 3
survives()
{
    timeout 60 "$fa" --format compact "$2" bad.c -- $flags >out 2>err
    status=$?
    { [ $status = 1 ] || [ $status = 3 ]; } && ! grep -q Sanitizer err || fail "$1: exit $status"
    says "$1: the other file" "bad.c:.*FA601" out
}
head -c 100000 /dev/urandom >noise.c
survives "noise" noise.c
printf '\0\0\0\0' >zero.c
survives "zero bytes" zero.c
: >empty.c
survives "an empty file" empty.c
echo '#include "nowhere.h"' >include.c
survives "a missing include" include.c
echo '#include "loop.c"' >loop.c
survives "an include loop" loop.c
mkdir folder.c
survives "a folder" folder.c
mkfifo fifo.c
survives "a FIFO" fifo.c
ln -s self.c self.c
survives "a link to itself" self.c
awk 'BEGIN { printf "int x = "; for (i = 0; i < 1000000; i++) printf "("; print "" }' >brackets.c
survives "a million brackets" brackets.c
many() { awk -v text="$1" -v n="${2:-1000000}" 'BEGIN { for (i = 0; i < n; i++) printf "%s", text }'; }
for what in '!' '(int) '; do
    { printf 'int f(int a) { return '; many "$what"; echo 'a; }'; } >deep.c
    survives "a million '$what'" deep.c
    says "it is told" "deep.c:0:0: not analysed" err
done
for what in 'for (;;) ' '{'; do
    { printf 'int f(int a) { '; many "$what"; echo 'a++; }'; } >deep.c
    survives "a million '$what'" deep.c
done
{ many '#if 1
'; echo 'int x;'; many '#endif
'; } >ifdefs.c
survives "a million #if" ifdefs.c
yes 'int much;' | head -c 104857600 >huge.c
survives "100 MB" huge.c
rm huge.c
awk 'BEGIN { for (i = 0; i < 10000; i++) printf "int f%d(int a) { return a + %d; }\n", i, i }' >functions.c
survives "10,000 functions" functions.c
[ $status = 1 ] || fail "10,000 functions are read, not refused"
awk 'BEGIN { printf "#include <stddef.h>\nconst unsigned char data[] = {"; for (i = 0; i < 100000; i++) printf "%d,", i % 256; print "0};" }' >data.c
survives "a table of 100,000 numbers" data.c
[ $status = 1 ] || fail "a large table is read, not refused"
awk 'BEGIN { printf "int f(int a) { return "; for (i = 0; i < 20000; i++) printf "a + "; print "a; }" }' >sum.c
survives "a sum of 20,000" sum.c
awk 'BEGIN { printf "int f(int a) { return "; for (i = 0; i < 20000; i++) printf "!"; print "a; }" }' >nots.c
survives "20,000 negations" nots.c
awk 'BEGIN { print "int f(int a) {"; for (i = 0; i < 200; i++) printf "if (a) {"; for (i = 0; i < 200; i++) printf "}"; print "return 0; }" }' >ifs.c
survives "deep blocks" ifs.c
awk 'BEGIN { print "#include \"game.h\"\nvoid f(fa_context *c, int *a) {"; for (i = 0; i < 3000; i++) printf "if (a[%d]) { fa_frame_begin(c); } else { fa_frame_end(c); }\n", i; print "}" }' >paths.c
survives "2^3000 paths" paths.c
awk 'BEGIN { print "#include \"game.h\""; for (i = 0; i < 2000; i++) printf "void f%d(fa_context *c);\n", i; for (i = 0; i < 2000; i++) printf "void f%d(fa_context *c) { f%d(c); f%d(c); use_enemy(FA_FRAME_NEW(c, enemy)); }\n", i, (i + 1) % 2000, (i + 7) % 2000 }' >calls.c
survives "calls in circles" calls.c
awk 'BEGIN { print "#define A0 x"; for (i = 1; i < 30; i++) printf "#define A%d A%d A%d\n", i, i - 1, i - 1; print "int f(void) { return A12; }" }' >macros.c
survives "macros that double" macros.c
head -c 3000000 /dev/zero | tr '\0' 'x' >line.c
survives "a line of 3 MB" line.c
printf '/* fa-allow(' >open.c
survives "a comment that does not end" open.c
printf 'char *s = "fa-allow(FA601' >string.c
survives "a string that does not end" string.c
finish
