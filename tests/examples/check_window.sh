#!/bin/sh
# check_window.sh <program>
#
# Runs it for a moment on SDL's dummy screen; asked to quit (SIGTERM is SDL_QUIT), it ends with 0 and has said nothing. Then
# on a real screen (Xvfb): its picture must show what it draws, a dark ground and enough of something else.
set -eu
program=$1
work=$(mktemp -d)
server=
trap 'test -z "$server" || kill "$server"; rm -rf "$work"' EXIT

run_for() { # seconds, command while it runs
    "$program" >"$work/out" 2>"$work/err" &
    pid=$!
    sleep "$1"
    eval "$2"
    kill -TERM "$pid"
    code=0
    wait "$pid" || code=$?
    if [ "$code" -ne 0 ] || [ -s "$work/out" ] || grep -v -i -E "xdg|mesa|libgl|vulkan|dri" "$work/err" | grep -q .; then
        echo "exit code $code"
        cat "$work/out" "$work/err"
        exit 1
    fi
}

SDL_VIDEODRIVER=dummy SDL_RENDER_DRIVER=software run_for 0.5 true
if ! command -v Xvfb >/dev/null || ! command -v import >/dev/null; then
    echo "FAILED: Xvfb or ImageMagick is not installed: the picture cannot be looked at"
    exit 1
fi
number=$((400 + $$ % 500))
Xvfb ":$number" -screen 0 640x360x24 -nolisten tcp >/dev/null 2>&1 &
server=$!
sleep 1
# Leaks and races were looked for above. Here the drivers' libraries (dbus, X11, Mesa) have some of their own.
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
export TSAN_OPTIONS="${TSAN_OPTIONS:-}:ignore_noninstrumented_modules=1"
export DISPLAY=":$number" SDL_VIDEODRIVER=x11 SDL_RENDER_DRIVER=software
run_for 1 'import -window root "$work/picture.png"'
test -z "${KEEP_PICTURE:-}" || cp "$work/picture.png" "$KEEP_PICTURE"
bright=$(convert "$work/picture.png" -threshold 50% -format '%[fx:mean*w*h]' info:)
bright=${bright%.*}
if [ "$bright" -lt 2000 ] || [ "$bright" -gt 20000 ]; then
    echo "$bright bright pixels in the picture; a thousand squares of 9 were drawn, some above others"
    exit 1
fi
