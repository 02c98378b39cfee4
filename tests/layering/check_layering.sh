#!/bin/sh
# check_layering.sh [root]: who includes whom.
#
# Reads every #include line of the tree and prints "file:line: rule" for each that crosses a wall; exit 1 if any did.
# The walls are those of sdk/docs/architecture.md:  core <- app <- plugins <- demo.
set -eu
root=${1:-$(dirname "$0")/../..}
cd "$root"

# The top level holds the rooms, the papers and dot-files; build folders are nobody's.
top_level() {
    for entry in *; do
        case $entry in
        CMakeLists.txt | CMakePresets.json | README.md | CHANGELOG.md | CONTRIBUTING.md | LICENSE-MIT | LICENSE-APACHE) ;;
        sdk | plugins | demo | tests | bench | assets) ;;
        build | build-* | compile_commands.json | CMakeUserPresets.json) ;; # ignored by git
        *) echo "$entry: the top level holds only what the architecture lists" ;;
        esac
    done
}

# Prints "file<TAB>line<TAB>target<TAB>private" for each include; private is 1 if the target names a file in sdk/src and
# none beside the includer. tests/ is not scanned: tests may reach everything.
includes() {
    for room in sdk plugins demo bench; do
        if [ -d "$room" ]; then
            printf '%s\n' "$room"
        fi
    done | xargs -I ROOM find ROOM -type f \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.hpp' -o -name '*.inl' \) |
        sort | while IFS= read -r file; do
        dir=$(dirname "$file")
        awk -v file="$file" '
            /^[ \t]*#[ \t]*include[ \t]*["<]/ {
                target = $0
                sub(/^[^"<]*["<]/, "", target)
                sub(/[">].*$/, "", target)
                print file "\t" FNR "\t" target
            }' "$file" | while IFS='	' read -r _ line target; do
            private=0
            if [ -e "sdk/src/$target" ] && [ ! -e "$dir/$target" ]; then
                private=1
            fi
            printf '%s\t%s\t%s\t%s\n' "$file" "$line" "$target" "$private"
        done
    done
}

rules() {
    awk -F '\t' '
        function broken(rule) { print $1 ":" $2 ": " rule " (" $3 ")" }

        # The names that belong to an operating system. <time.h> is one: its clock is the business of the platform folder.
        function is_os(t) {
            return t ~ /^(sys|mach|linux|libkern|asm|netinet|arpa)\// ||
                   t ~ /^(pthread|unistd|fcntl|sched|semaphore|poll|dlfcn|execinfo|dirent|time|threads|io|process)\.h$/ ||
                   t ~ /^([wW]indows|winbase|memoryapi|intrin|synchapi|processthreadsapi)\.h$/
        }
        function is_app(t) { return t ~ /^(framealloc\/app\/|framealloc\/app\.h$|app\/)/ }
        function is_report(t) { return t ~ /^(framealloc\/report|report\/)/ }
        function is_plugin(t) { return t ~ /^framealloc_[a-z0-9_]+\// }

        {
            file = $1; target = $3; private = $4
            sdk = file ~ /^sdk\/(src|include)\//
            core = file ~ /^sdk\/src\/(core|platform|debug)\// || file ~ /^sdk\/include\/framealloc\/[^\/]*\.h$/
            # report.h and app.h may stand beside the headers of the core: faces of their layers.
            if (file ~ /^sdk\/include\/framealloc\/(app|report)[a-z_]*\.h$/) core = 0
            app = file ~ /^sdk\/src\/app\// || file ~ /^sdk\/include\/framealloc\/app[\/.]/
            fa = file ~ /^sdk\/tools\//
            plugin = file ~ /^plugins\//
            outside = plugin || file ~ /^(demo|bench|sdk\/examples)\//

            if (core && is_app(target)) broken("core never includes app")
            if ((core || app) && is_report(target)) broken("core and app never include report")
            if ((sdk || fa) && is_plugin(target)) broken("the SDK never includes a plugin")
            if (plugin && is_plugin(target)) {
                split(file, at, "/")
                if (index(target, "framealloc_" at[2] "/") != 1) broken("a plugin never includes another plugin")
            }
            if (sdk && file !~ /^sdk\/src\/platform\// && is_os(target))
                broken("sdk/src/platform is the only folder that includes OS headers")
            if (file ~ /^sdk\/include\// && (private || target ~ /^(core|platform|debug|report)\//))
                broken("a public header never includes a private one")
            if (outside && (private || target ~ /(^|\/)sdk\/src\//))
                broken("plugins, demo, bench and examples include public headers only")
            if (target ~ /^(sanitizer|valgrind)\// && file !~ /^sdk\/src\/debug\/[^\/]*poison[^\/]*$/)
                broken("only the poisoning file in sdk/src/debug names sanitizer and valgrind headers")
            if (fa && (private || target ~ /^framealloc\//) &&
                target !~ /^framealloc\/(annotate|version|diagnostic|diagnostic_table)\.h$/ &&
                target !~ /\/diagnostic_table\.h$/)
                broken("fa shares only annotations, version and the diagnostic table with the SDK")
            if (target ~ /(^|\/)\.\.\//)
                broken("an include names a path from an include folder, never a way up")
        }'
}

violations=$(top_level; includes | rules)
if [ -n "$violations" ]; then
    printf '%s\n' "$violations"
    exit 1
fi
echo "layering: $(includes | wc -l) includes, no wall crossed"
