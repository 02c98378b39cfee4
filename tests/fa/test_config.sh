#!/bin/sh
# Configuration: what `fa init` writes is accepted, mistakes are told with line and column and end with 2.
. "$(dirname "$0")/lib.sh"

mkdir fresh && cd fresh && cp ../bad.c .
expect 0 "init" "$fa" init
expect 2 "init never overwrites" "$fa" init
expect 1 "its own file is accepted" "$fa" bad.c -- $flags
cd ..

# refuse WHERE TEXT - a configuration that must be refused at LINE:COLUMN
refuse()
{
    printf '%b' "$2" >.fa.toml
    expect 2 "refused: $2" "$fa" bad.c -- $flags
    says "place of: $2" ".fa.toml:$1: error: " err
}
refuse 1:1 'colour = 1\n'
refuse 2:1 '[global]\nexlude = []\n'
refuse 2:11 '[global]\nexclude = "x"\n'
refuse 2:16 '[global]\nmin_severity = "loud"\n'
refuse 2:1 '[lints.levels]\nFA999 = "allow"\n'
refuse 2:9 '[lints.levels]\nFA602 = "maybe"\n'
refuse 2:25 '[thresholds]\nloop_allocation_limit = -1\n'
refuse 2:1 '[tags]\nknown = []\n'
refuse 2:9 '[functions]\nthing = "flies"\n'
refuse 2:8 '[global]\n[global]\n'
refuse 1:5 'a = \n'
refuse 2:7 '[global]\nx = 1 y = 2\n'
refuse 1:9 'a = "abc\n'
refuse 1:1 '\377\376'
refuse 1:1 '\0001'

# a depth bomb, and a huge file
awk 'BEGIN { printf "a = "; for (i = 0; i < 100000; i++) printf "["; print "" }' >.fa.toml
expect 2 "100,000 brackets" "$fa" bad.c -- $flags
says "depth" "deeper than" err
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "[a.b.c.d.e.f%d]\n", i }' >.fa.toml
expect 2 "2 MiB" "$fa" bad.c -- $flags
ln -sf /dev/zero .fa.toml
expect 2 "a device" "$fa" bad.c -- $flags
rm .fa.toml

# what it changes
printf '[global]\nexclude = ["bad.c"]\n' >.fa.toml
expect 0 "exclude" "$fa" bad.c -- $flags
printf '[lints.levels]\nFA601 = "allow"\nFA602 = "hint"\n' >.fa.toml
expect 0 "levels" "$fa" --min-severity warning bad.c -- $flags
printf '[thresholds]\nloop_allocation_limit = 100\n[lints]\nlevels = { FA601 = "allow" }\n' >.fa.toml
sed 's/i < n/i < 64/' bad.c >few.c
expect 0 "a higher limit" "$fa" few.c -- $flags
printf '[functions]\nmy_temp = "frame"\nmy_nap = "suspend"\nmy_spawn = "task_arg=1"\n' >.fa.toml
cat >own.c <<'SOURCE'
#include "game.h"
void *my_temp(fa_context *ctx, size_t bytes);
void my_nap(void);
void own(fa_context *ctx)
{
    enemy *e = my_temp(ctx, sizeof *e);
    my_nap();
    e->health = 1;
}
SOURCE
expect 1 "functions of the user's own" "$fa" --format compact own.c -- $flags
says "suspension" "own.c:7:.*FA702" out
mkdir deep && cp own.c deep
expect 1 "found from the folder above" "$fa" --format compact deep/own.c -- $flags
says "suspension" "FA702" out
finish
