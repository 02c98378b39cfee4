#!/bin/sh
# check_header.sh <root> <header relative to root>
#
# A public header compiles when it is the only thing included, twice over, as C11 and as C++17, with every compiler that
# is here, without a warning; and defines no macro outside FA_ (STYLE: a consumer's names are the consumer's).
set -u
root=$1
header=$2
name=${header#*include/}
failures=0

flags="-Wall -Wextra -Wpedantic -Werror -fsyntax-only -I$root/sdk/include"
for dir in "$root"/plugins/*/include; do
    [ -d "$dir" ] && flags="$flags -I$dir"
done
# A plugin's header may show its third-party library; the compiler has to find that as well.
case $header in
plugins/*) flags="$flags $(pkg-config --cflags sdl2 2>/dev/null)" ;;
esac

check() { # check <compiler> <language> <standard>
    command -v "$1" >/dev/null 2>&1 || return 0
    compilers="${compilers-} $1"
    # The typedef: a header of macros alone would leave an empty translation unit, which C forbids.
    # $flags is a list of words
    # shellcheck disable=SC2086
    if ! printf '#include <%s>\n#include <%s>\ntypedef int fa_not_empty;\n' "$name" "$name" | "$1" -x "$2" -std="$3" $flags -; then
        echo "$header: not clean as $3 with $1"
        failures=$((failures + 1))
    fi
}

check gcc c c11
check g++ c++ c++17
check clang c c11
check clang++ c++ c++17
if [ -z "${compilers-}" ]; then
    echo "neither gcc nor clang is installed"
    exit 1
fi

foreign=$(grep -nE '^[[:space:]]*#[[:space:]]*define[[:space:]]' "$root/$header" |
    grep -vE '#[[:space:]]*define[[:space:]]+(FA_|FAI_|FRAMEALLOC_|fa_|fai_)')
if [ -n "$foreign" ]; then
    echo "$header: macros without our prefix:"
    echo "$foreign"
    failures=$((failures + 1))
fi

echo "$header: checked with$compilers"
[ "$failures" -eq 0 ]
