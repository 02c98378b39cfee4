#!/bin/sh
# tests/run.sh [quick|debug|release|asan|tsan]
#
# Without an argument: everything that a submission must pass, in under 15 minutes on two cores. All stages are run even
# if one fails, because a developer wants the whole list at once.
#
#     format      clang-format 14 over every tracked C and C++ file
#     debug       gcc -Werror, every check on: unit, death, stress, fa, example and demo tests
#     release     gcc -Werror, as shipped; also the structure tests: headers, layering, install, subproject
#     asan, tsan  address + undefined behaviour sanitizers; thread sanitizer
#     clang       clang -Werror builds everything and runs the unit and death tests
#     shared      shared libraries: everything builds, examples and demo run
#     mingw       the libraries compile for Windows (mingw-w64)
#     headless    the demo twice with one seed: the same state hash
#
# quick: the unit tests only, in the debug preset. A preset's name: that preset only.
# Everything that is missing is installed first (sdk/tools/setup.sh). A missing tool is a failure, never a skip.
# Exit 0: nothing failed. The last line is always "N passed, N failed". Logs: build/logs/.
set -u

root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
cd "$root" || exit 1
mode=${1:-all}
case $mode in
all | quick | debug | release | asan | tsan) ;;
*)
    echo "usage: tests/run.sh [quick|debug|release|asan|tsan]" >&2
    exit 2
    ;;
esac

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
logs=$root/build/logs
mkdir -p "$logs" || exit 1
rm -f "$logs"/*.log "$logs"/*.rc
results=$logs/results # one line per stage: name, passed, failed, seconds, ctest's summary
: >"$results"
# Death tests die on purpose. dash and bash have -c; a shell without it may leave core files.
# shellcheck disable=SC3045
ulimit -c 0 2>/dev/null || true

# ---- Running one stage --------------------------------------------------------------------------------------------------

# stage <name> <function> [argument...]. A function without CTest counts as one test.
stage() {
    name=$1
    shift
    log=$logs/$name.log
    : >"$log"
    printf '\n==== %s ====\n' "$name"
    begin=$(date +%s)
    if "$@"; then
        failed=0
    else
        failed=1
    fi
    seconds=$(($(date +%s) - begin))
    passed=$((1 - failed))
    if [ "$name" = setup ]; then
        passed=0
    fi
    summary=$(grep -E '^[0-9]+% tests passed, [0-9]+ tests? failed out of [0-9]+' "$log" | tail -n 1)
    if [ -n "$summary" ]; then
        total=$(echo "$summary" | sed 's/.*out of \([0-9]*\).*/\1/')
        failing=$(echo "$summary" | sed 's/.*passed, \([0-9]*\) test.*/\1/')
        passed=$((total - failing))
        # CTest ran and the stage failed all the same: that is one failure more.
        if [ "$failing" -gt 0 ]; then
            failed=$failing
        fi
    fi
    echo "$name|$passed|$failed|$seconds|$summary" >>"$results"
    printf '%s: %s passed, %s failed, %s s\n' "$name" "$passed" "$failed" "$seconds"
}

# Run a step whose output only matters when it fails.
quietly() {
    echo "+ $*"
    if ! "$@" >>"$log" 2>&1 </dev/null; then
        echo "FAILED: $*"
        tail -n 80 "$log"
        echo "(whole log: $log)"
        return 1
    fi
}

# Run a step whose output is shown as it comes. The status goes through a file: a pipe only reports its last command.
shown() {
    echo "+ $*"
    { "$@" 2>&1 </dev/null; echo $? >"$log.rc"; } | tee -a "$log"
    return "$(cat "$log.rc")"
}

# ---- Stages -------------------------------------------------------------------------------------------------------------

# Debian's clang-format 14 is what the sources are formatted with; other versions format differently.
check_format() {
    formatter=''
    for candidate in clang-format-14 clang-format; do
        if "$candidate" --version 2>/dev/null | grep -q 'version 14\.'; then
            formatter=$candidate
            break
        fi
    done
    if [ -z "$formatter" ]; then
        echo "FAILED: clang-format 14 is not installed"
        return 1
    fi
    # A checkout that belongs to somebody else, as in containers, is fine with us.
    git -c safe.directory="$root" ls-files -- '*.c' '*.h' '*.hpp' '*.cpp' >"$logs/format.files" || return 1
    quietly "$formatter" --dry-run -Werror --files="$logs/format.files"
}

# configured <folder> <cmake argument...>: configure and build everything
configured() {
    folder=$1
    shift
    quietly cmake -S . -B "$folder" -DFA_WERROR=ON "$@" &&
        quietly cmake --build "$folder" --parallel "$jobs"
}

# gcc 12's sanitizers cannot place their shadow memory when the kernel randomises addresses by more than 28 bits, and
# die at start, now and then. setarch -R switches the randomisation off for the tests.
without_aslr() {
    bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)
    if [ "$bits" -gt 28 ] && setarch "$(uname -m)" -R true 2>/dev/null; then
        setarch "$(uname -m)" -R "$@"
    else
        "$@"
    fi
}

# preset <name> [ctest argument...]
check_preset() {
    preset_name=$1
    shift
    quietly cmake --preset "$preset_name" -DFA_WERROR=ON -DFA_REQUIRE_ALL=ON &&
        quietly cmake --build --preset "$preset_name" --parallel "$jobs" || return 1
    case $preset_name in
    asan | tsan) shown without_aslr ctest --preset "$preset_name" "$@" ;;
    *) shown ctest --preset "$preset_name" "$@" ;;
    esac
}

check_quick() {
    quietly cmake --preset debug -DFA_WERROR=ON -DFA_REQUIRE_ALL=OFF &&
        quietly cmake --build --preset debug --parallel "$jobs" --target fa_unit_tests &&
        shown ctest --preset debug -L unit
}

check_clang() {
    configured build/clang -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DFA_REQUIRE_ALL=ON &&
        shown ctest --test-dir build/clang -j 2 --output-on-failure -L 'unit|death' --no-tests=error
}

check_shared() {
    configured build/shared -DBUILD_SHARED_LIBS=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo &&
        shown ctest --test-dir build/shared -j 2 --output-on-failure -L 'example|demo' --no-tests=ignore
}

check_mingw() {
    configured build/mingw --toolchain sdk/cmake/mingw-w64.cmake -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DFA_BUILD_PLUGINS=OFF -DFA_BUILD_PROGRAMS=OFF -DFA_BUILD_TESTS=OFF
}

# The same seed gives the same world: two runs end with the same state hash.
check_headless() {
    for run in 1 2; do
        echo "+ demo --headless --frames 600 --seed 1 --stats json"
        if ! build/release/bin/demo --headless --frames 600 --seed 1 --stats json \
            >"$logs/headless$run.json" 2>>"$log" </dev/null; then
            echo "FAILED: run $run"
            cat "$log"
            return 1
        fi
        # One JSON object is all that stdout may carry.
        case $(cat "$logs/headless$run.json") in
        '{'*'}') ;;
        *)
            echo "FAILED: stdout carries more than one JSON object:"
            head -c 300 "$logs/headless$run.json"
            return 1
            ;;
        esac
        grep -o '"[a-z_]*hash"[^,}]*' "$logs/headless$run.json" >"$logs/headless$run.hash"
        cat "$logs/headless$run.hash"
    done
    [ -s "$logs/headless1.hash" ] && cmp "$logs/headless1.hash" "$logs/headless2.hash"
}

# Not a test: it only counts when it fails.
set_up() {
    shown sdk/tools/setup.sh "$1"
}

case $mode in
quick)
    stage setup set_up quick
    stage quick check_quick
    ;;
debug | release | asan | tsan)
    stage setup set_up tests
    stage "$mode" check_preset "$mode"
    ;;
all)
    stage setup set_up tests
    stage format check_format
    stage debug check_preset debug -LE structure
    stage release check_preset release
    stage asan check_preset asan
    stage tsan check_preset tsan
    stage clang check_clang
    stage shared check_shared
    stage mingw check_mingw
    stage headless check_headless
    ;;
esac

# ---- What to read first: the end ------------------------------------------------------------------------------------------

printf '\n'
awk -F '|' '$5 != "" { printf "%-50s [%s]\n", $5, $1 }' "$results"
printf '\n'
awk -F '|' '
    BEGIN { printf "%-10s %-7s %8s %8s %8s\n", "stage", "result", "passed", "failed", "seconds" }
    {
        printf "%-10s %-7s %8d %8d %8d\n", $1, ($3 > 0 ? "FAILED" : "ok"), $2, $3, $4
        passed += $2; failed += $3; seconds += $4
    }
    END {
        printf "%-10s %-7s %8d %8d %8d\n\n", "all", (failed > 0 ? "FAILED" : "ok"), passed, failed, seconds
        printf "%d passed, %d failed\n", passed, failed
        exit (failed > 0)
    }' "$results"
