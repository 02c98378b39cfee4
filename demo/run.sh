#!/bin/sh
# demo/run.sh [game options]: install what is missing, build the game, play it. From any folder.
#
# stdout belongs to the game (--stats json is read by programs); everything else is said on stderr.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

quietly() {
    log=$root/build/demo-run.log
    if ! "$@" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        echo "demo/run.sh: failed: $*" >&2
        exit 1
    fi
}

"$root/sdk/tools/setup.sh" demo
cd "$root"
mkdir -p build
if [ ! -e build/release/Makefile ] && [ ! -e build/release/build.ninja ]; then
    echo "demo/run.sh: configuring" >&2
    quietly cmake --preset release
fi
echo "demo/run.sh: building" >&2
quietly cmake --build --preset release --parallel "$jobs" --target demo
cd "$OLDPWD"

# A window needs a display. Without one SDL would fall back to drawing where nobody sees it, so only real displays are left
# to choose from (KMSDRM is a text console): then SDL says what is missing, and this says what to do about it.
headless=no
for option in "$@"; do
    case $option in
    --headless | --help | -h) headless=yes ;;
    esac
done
if [ "$headless" = no ] && [ "$(uname -s)" = Linux ] &&
    [ -z "${DISPLAY-}${WAYLAND_DISPLAY-}${SDL_VIDEODRIVER-}" ]; then
    echo "demo/run.sh: no display here (DISPLAY and WAYLAND_DISPLAY are not set). Without a window:" >&2
    echo "    demo/run.sh --headless --frames 600 --stats json" >&2
    export SDL_VIDEODRIVER=x11,wayland,KMSDRM
fi

exec "$root/build/release/bin/demo" "$@"
