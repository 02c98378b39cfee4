#!/bin/sh
# setup.sh demo|quick|tests: install what is missing, with the system's own package manager.
#
#     demo    what it takes to build and play the demo
#     quick   demo, and what the unit tests need
#     tests   quick, and everything else that tests/run.sh uses
#
# demo/run.sh and tests/run.sh call it every time, so the usual answer, "nothing is missing", must come in well under a
# second. It says what it installs before it does, on stderr; stdout stays free for the caller. Exit 1: something is
# missing and could not be installed.
set -eu

# One line per need: set | probe | apt | dnf | pacman | brew; "-": not known there.
# A probe asks for the thing itself, not for a package, so that what came another way is found too.
needs='
demo  | command cc                     | gcc                     | gcc                | gcc           | gcc
demo  | header stdio.h                 | libc6-dev               | glibc-devel        | glibc         | gcc
demo  | command make                   | make                    | make               | make          | make
demo  | command cmake                  | cmake                   | cmake              | cmake         | cmake
demo  | command pkg-config             | pkg-config              | pkgconf-pkg-config | pkgconf       | pkg-config
demo  | module sdl2                    | libsdl2-dev             | SDL2-devel         | sdl2          | sdl2
demo  | header cglm/cglm.h             | libcglm-dev             | cglm-devel         | cglm          | cglm
demo  | header chipmunk/chipmunk.h     | libchipmunk-dev         | chipmunk-devel     | chipmunk      | chipmunk
quick | module check                   | check                   | check-devel        | check         | check
tests | command g++                    | g++                     | gcc-c++            | gcc           | gcc
tests | command git                    | git                     | git                | git           | git
tests | command clang                  | clang                   | clang              | clang         | llvm
tests | command clang-format           | clang-format            | clang-tools-extra  | clang         | clang-format
tests | file /usr/bin/clang-19         | clang-19                | -                  | -             | -
tests | libclang clang-c/Index.h       | libclang-19-dev         | clang-devel        | clang         | llvm
tests | module libcjson                | libcjson-dev            | cjson-devel        | cjson         | cjson
tests | module libxml-2.0              | libxml2-dev             | libxml2-devel      | libxml2       | libxml2
tests | command x86_64-w64-mingw32-gcc | gcc-mingw-w64-x86-64    | mingw64-gcc        | mingw-w64-gcc | mingw-w64
tests | command spin                   | spin                    | -                  | -             | spin
tests | command valgrind               | valgrind                | valgrind           | valgrind      | -
tests | command gdb                    | gdb                     | gdb                | gdb           | gdb
tests | command Xvfb                   | xvfb                    | xorg-x11-server-Xvfb | xorg-server-xvfb | -
tests | command xauth                  | xauth                   | xorg-x11-xauth     | xorg-xauth    | -
tests | command import                 | imagemagick             | ImageMagick        | imagemagick   | imagemagick
tests | library mimalloc               | libmimalloc-dev         | mimalloc-devel     | mimalloc      | mimalloc
tests | library jemalloc               | libjemalloc-dev         | jemalloc-devel     | jemalloc      | jemalloc
tests | library tcmalloc_minimal       | libgoogle-perftools-dev | gperftools-devel   | gperftools    | gperftools
'

say() {
    echo "setup: $*" >&2
}

case ${1-} in
demo) sets=' demo ' ;;
quick) sets=' demo quick ' ;;
tests) sets=' demo quick tests ' ;;
*)
    say 'usage: setup.sh demo|quick|tests'
    exit 2
    ;;
esac

manager=''
for candidate in apt-get dnf pacman brew; do
    if command -v "$candidate" >/dev/null 2>&1; then
        manager=$candidate
        break
    fi
done

have() { # have <kind> <what>
    case $1 in
    command) command -v "$2" >/dev/null 2>&1 ;;
    module) pkg-config --exists "$2" >/dev/null 2>&1 ;;
    header) echo "#include <$2>" | cc -E -x c - >/dev/null 2>&1 ;;
    library) echo 'int main(void) { return 0; }' | cc -x c - -o /dev/null "-l$2" >/dev/null 2>&1 ;;
    file) [ -e "$2" ] ;;
    libclang) # every LLVM version has a folder of its own, which no compiler searches
        for folder in /usr/lib/llvm-19 /usr /usr/local /opt/homebrew/opt/llvm /usr/local/opt/llvm; do
            if [ -e "$folder/include/$2" ]; then
                return 0
            fi
        done
        return 1
        ;;
    esac
}

# The packages that hold what is missing, on one line.
missing_packages() {
    printf '%s' "$needs" | while read -r set _ kind what _ apt _ dnf _ pacman _ brew; do
        case $sets in
        *" ${set:-none} "*) ;;
        *) continue ;;
        esac
        if have "$kind" "$what"; then
            continue
        fi
        case $manager in
        dnf) package=$dnf ;;
        pacman) package=$pacman ;;
        brew) package=$brew ;;
        *) package=$apt ;;
        esac
        if [ "$package" != - ]; then
            printf '%s ' "$package"
        fi
    done
}

install_packages() { # install_packages <package>...
    as_root=''
    if [ "$manager" != brew ] && [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            say "not root, and there is no sudo. Please install as root: $*"
            exit 1
        fi
        as_root=sudo
    fi
    say "installing with $manager: $*"
    case $manager in
    apt-get)
        # Another installation may be running: wait for it a little. A stale list of packages is better than none.
        $as_root apt-get -q -o DPkg::Lock::Timeout=120 update || say 'apt-get update failed; going on with the old lists'
        $as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"
        ;;
    dnf) $as_root dnf -y install "$@" ;;
    pacman) $as_root pacman -S --needed --noconfirm "$@" ;;
    brew) brew install "$@" ;;
    *)
        say "no package manager that I know (apt, dnf, pacman, brew). Please install what Debian calls: $*"
        exit 1
        ;;
    esac </dev/null >&2
}

packages=$(missing_packages)
if [ -n "$packages" ]; then
    # a list of words
    # shellcheck disable=SC2086
    install_packages $packages || {
        say "the installation failed: $packages"
        exit 1
    }
    packages=$(missing_packages)
    if [ -n "$packages" ]; then
        say "still missing after the installation: $packages"
        exit 1
    fi
fi

cmake_version=$(cmake --version | sed -n 's/^cmake version //p')
case $cmake_version in
[0-2].* | 3.[0-9].* | 3.1[0-9].* | 3.2[0-4].*)
    say "CMake 3.25 or newer is needed; this is $cmake_version"
    exit 1
    ;;
esac
