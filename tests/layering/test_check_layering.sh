#!/bin/sh
# test_check_layering.sh <empty work folder>: plant one violation of each rule in a small tree, and see it found.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$1
failures=0
count=0

# A small tree without a violation. Every rule below breaks it in one place.
fresh_tree() {
    rm -rf "$work"
    mkdir -p "$work" && cd "$work"
    mkdir -p sdk/include/framealloc/app sdk/src/core sdk/src/platform sdk/src/debug sdk/src/app sdk/src/report \
        sdk/tools/fa sdk/examples plugins/one/src plugins/two/include/framealloc_two demo bench tests assets build
    touch CMakeLists.txt README.md .gitignore
    echo '#include <stddef.h>' >sdk/include/framealloc/frame.h
    echo '#include "framealloc/frame.h"' >sdk/include/framealloc/app/world.h
    printf '#include "core/core.h"\n#include "framealloc/frame.h"\n' >sdk/src/core/frame.c
    touch sdk/src/core/core.h sdk/src/app/app.h plugins/two/include/framealloc_two/two.h demo/app.h
    echo '  #  include <sys/mman.h>' >sdk/src/platform/pages_posix.c
    echo '#include <sanitizer/asan_interface.h>' >sdk/src/debug/poison.c
    echo '#include "framealloc/annotate.h"' >sdk/tools/fa/main.c
    printf '#include <time.h>\n#include "framealloc/app/world.h"\n' >plugins/one/src/one.c
    echo '#include "app.h"' >demo/main.c
}

check() {
    "$here/check_layering.sh" "$work" >"$work/../planted.log" 2>&1
}

# planted <file> <line to add> <words of the rule that must be named>
planted() {
    fresh_tree
    printf '%s\n' "$2" >>"$1"
    count=$((count + 1))
    if check || ! grep -qF "$3" "$work/../planted.log" || ! grep -qF "$1" "$work/../planted.log"; then
        echo "not found: $2 in $1 ($3)"
        cat "$work/../planted.log"
        failures=$((failures + 1))
    fi
}

fresh_tree
if ! check; then
    echo "the clean tree was refused:"
    cat "$work/../planted.log"
    failures=1
fi

core_app='core never includes app'
planted sdk/src/core/frame.c '#include "app/app.h"' "$core_app"
planted sdk/src/debug/ghost.c '#include "framealloc/app/world.h"' "$core_app"
planted sdk/src/platform/clock_posix.c '# include <framealloc/app/world.h>' "$core_app"
planted sdk/include/framealloc/frame.h '#include "framealloc/app/world.h"' "$core_app"
planted sdk/src/core/frame.c '#include "framealloc/report.h"' 'core and app never include report'
os='only folder that includes OS headers'
for header in sys/mman.h pthread.h unistd.h windows.h time.h; do
    planted sdk/src/core/frame.c "#include <$header>" "$os"
    planted sdk/src/app/app.c "#include <$header>" "$os"
    planted sdk/include/framealloc/clock.h "#include <$header>" "$os"
done
planted sdk/src/app/app.c '#include "framealloc_two/two.h"' 'never includes a plugin'
planted plugins/one/src/one.c '#include "framealloc_two/two.h"' 'never includes another plugin'
public='public headers only'
planted plugins/one/src/one.c '#include "core/core.h"' "$public"
planted demo/main.c '#include "core/core.h"' "$public"
planted bench/main.c '#include "app/app.h"' "$public"
planted sdk/examples/01_frame.c '#include "core/core.h"' "$public"
planted sdk/include/framealloc/frame.h '#include "core/core.h"' 'never includes a private one'
poison='only the poisoning file'
planted sdk/src/debug/ghost.c '#include <sanitizer/asan_interface.h>' "$poison"
planted sdk/src/core/frame.c '#include <valgrind/memcheck.h>' "$poison"
planted sdk/tools/fa/main.c '#include "framealloc/frame.h"' 'fa shares only'
planted sdk/tools/fa/main.c '#include "core/core.h"' 'fa shares only'
planted demo/main.c '#include "../sdk/src/core/core.h"' 'never a way up'
planted notes.txt 'a stray file' 'top level'

echo "layering: $count violations planted, $failures not found"
[ "$failures" -eq 0 ]
