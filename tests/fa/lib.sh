# lib.sh - sourced by the test_*.sh beside it: a work folder, and small assertions that say what failed.
set -u
fa=${1:?usage: test_NAME.sh FA}
here=$(cd "$(dirname "$0")" && pwd)
flags="-I$here/include -I$here/../../sdk/include"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail()
{
    echo "FAILED: $*"
    failures=$((failures + 1))
}

# expect STATUS WHAT COMMAND... - runs a command, keeps its output in out and err
expect()
{
    wanted=$1
    what=$2
    shift 2
    "$@" >out 2>err
    got=$?
    if [ "$got" != "$wanted" ] || grep -q Sanitizer err; then
        fail "$what: exit $got, not $wanted"
        head -5 err
    fi
}

# says WHAT PATTERN FILE
says()
{
    grep -q -- "$2" "$3" || { fail "$1: '$2' is not in the $3 put"; head -5 "$3"; }
}

finish()
{
    [ "$failures" = 0 ] && echo "all good"
    exit "$((failures > 0))"
}

cat >bad.c <<'SOURCE'
#include "game.h"
static enemy *g_target;
void update(fa_context *ctx)
{
    fa_frame_begin(ctx);
    g_target = FA_FRAME_NEW(ctx, enemy);
    fa_frame_end(ctx);
}
void hot(fa_context *ctx, int n)
{
    for (int i = 0; i < n; i++) {
        use_enemy(FA_FRAME_NEW(ctx, enemy));
    }
}
SOURCE
cat >good.c <<'SOURCE'
#include "game.h"
int twice(int x)
{
    return x * 2;
}
SOURCE
