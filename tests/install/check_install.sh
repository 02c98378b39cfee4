#!/bin/sh
# check_install.sh <source root> <work folder> <static|shared> <version>
set -eu
root=$1
work=$2
linkage=$3
version=$4
here=$root/tests/install

rm -rf "$work"
mkdir -p "$work"
# What a failed step said is shown by CTest; what a good one said is not worth reading.
step() {
    title=$1
    shift
    if ! "$@" >"$work/log" 2>&1; then
        echo "$linkage: $title failed: $*"
        cat "$work/log"
        exit 1
    fi
}
refused() {
    title=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        echo "$linkage: $title was accepted: $*"
        exit 1
    fi
}

shared=OFF
[ "$linkage" = shared ] && shared=ON
step configure cmake -S "$root" -B "$work/sdk" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DBUILD_SHARED_LIBS=$shared \
    -DFA_BUILD_TESTS=OFF -DFA_BUILD_PROGRAMS=OFF -DCMAKE_INSTALL_PREFIX="$work/first" -DCMAKE_INSTALL_LIBDIR=lib
step build cmake --build "$work/sdk" --parallel 2
step install cmake --install "$work/sdk"
# An installed tree names no folder of the build and can be moved.
mv "$work/first" "$work/prefix"
if leaks=$(grep -rIlF -e "$work" -e "$root" "$work/prefix"); then
    echo "$linkage: installed files name folders of the build: $leaks"
    exit 1
fi
prefix=$work/prefix
export LD_LIBRARY_PATH="$prefix/lib"

# Every installed component but the core, which is not named: as a CMake list.
components=''
for file in "$prefix"/lib/cmake/framealloc/framealloc-*-dependencies.cmake; do
    name=${file##*/framealloc-}
    name=${name%-dependencies.cmake}
    if [ "$name" != framealloc ]; then
        components="$components${components:+;}$name"
    fi
done

# find_package
step "consumer's configure" cmake -S "$here/consumer" -B "$work/consumer" -DCMAKE_PREFIX_PATH="$prefix" \
    -DWANTED_VERSION="$version" -DWANTED_COMPONENTS="$components"
step "consumer's build" cmake --build "$work/consumer" --parallel 2
for program in consumer_c consumer_cpp; do
    step "$program" "$work/consumer/$program"
done
refused "version 99" cmake -S "$here/consumer" -B "$work/refused" -DCMAKE_PREFIX_PATH="$prefix" -DWANTED_VERSION=99
refused "version 0.0" cmake -S "$here/consumer" -B "$work/refused" -DCMAKE_PREFIX_PATH="$prefix" -DWANTED_VERSION=0.0
refused "an unknown component" cmake -S "$here/consumer" -B "$work/refused" -DCMAKE_PREFIX_PATH="$prefix" \
    -DWANTED_VERSION="$version" -DWANTED_COMPONENTS=plugin_that_is_not_there

# pkg-config
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
[ "$(pkg-config --modversion framealloc)" = "$version" ] || { echo "framealloc.pc: wrong version"; exit 1; }
for pc in framealloc framealloc-app; do
    if [ "$pc" = framealloc-app ] && [ ! -e "$PKG_CONFIG_PATH/framealloc-app.pc" ]; then
        continue
    fi
    # shellcheck disable=SC2046 # lists of words
    step "C11 with $pc.pc" "${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Werror "$here/consumer/consumer.c" \
        -o "$work/pc_c" $(pkg-config --cflags --libs $pc)
    step "the C11 program" "$work/pc_c"
    # shellcheck disable=SC2046
    step "C++17 with $pc.pc" "${CXX:-c++}" -std=c++17 -Wall -Wextra -Wpedantic -Werror "$here/consumer/consumer.cpp" \
        -o "$work/pc_cpp" $(pkg-config --cflags --libs $pc)
    step "the C++17 program" "$work/pc_cpp"
done

# The shared library shows what the public headers declare and nothing else. Some are declared by macros, so the names are
# looked for behind the preprocessor.
if [ "$linkage" = shared ]; then
    (cd "$prefix/include" && find framealloc -name '*.h' | sed 's/.*/#include <&>/') >"$work/all_headers.c"
    "${CC:-cc}" -E -P -I"$prefix/include" "$work/all_headers.c" >"$work/declared"
    for library in "$prefix"/lib/libframealloc.so "$prefix"/lib/libframealloc_app.so; do
        [ -e "$library" ] || continue
        nm -D --defined-only "$library" | awk '{ print $NF }' | while read -r name; do
            grep -qw -e "$name" "$work/declared" || echo "$name"
        done >"$work/undeclared"
        if [ -s "$work/undeclared" ]; then
            echo "$library exports names that no public header declares:"
            cat "$work/undeclared"
            exit 1
        fi
    done

    # A second copy of the SDK in one process: what the other one made is refused.
    cp "$prefix/lib/libframealloc.so" "$work/other_copy.so"
    # shellcheck disable=SC2046
    step "a program that loads another copy" "${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Werror "$here/copies.c" \
        -o "$work/copies" $(pkg-config --cflags --libs framealloc) -ldl
    step "two copies in one process" "$work/copies" "$work/other_copy.so"
fi
echo "$linkage: installed, moved and used by find_package (components: ${components:-none}) and pkg-config"
