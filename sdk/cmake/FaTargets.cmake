# What every target of the project is made with. The functions for other rooms:
#
#   fa_target_defaults(<target>)           C11, our warnings, paths in __FILE__ relative to the source root
#   fa_add_library(<name> SOURCES ...)     one library of the SDK: framealloc[_<name>], framealloc::<name>
#   fa_add_plugin(NAME <name> ...)         one plugin: framealloc_plugin_<name>, framealloc::plugin_<name>
#   fa_skip(<what> <reason>)               one STATUS line; an error with FA_REQUIRE_ALL
#   fa_add_subdirectory_if_present(<dir>)  a room that may not have been built yet
include_guard(GLOBAL)

# ---- Warnings ---------------------------------------------------------------------------------------------------------
# Only our own targets see these, privately: a consumer keeps its own flags.

set(fa_warnings
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wcast-align -Wpointer-arith -Wundef -Wformat=2 -Wwrite-strings
    -Wdouble-promotion -Wimplicit-fallthrough)
set(fa_warnings_c -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition)
set(fa_warnings_gcc -Wduplicated-cond -Wduplicated-branches -Wlogical-op)
set(fa_warnings_clang -Wthread-safety)

add_library(framealloc_warnings INTERFACE)
target_compile_options(framealloc_warnings INTERFACE
    "$<$<C_COMPILER_ID:GNU,Clang,AppleClang>:${fa_warnings}>"
    "$<$<COMPILE_LANG_AND_ID:C,GNU,Clang,AppleClang>:${fa_warnings_c}>"
    "$<$<COMPILE_LANG_AND_ID:C,GNU>:${fa_warnings_gcc}>"
    "$<$<COMPILE_LANG_AND_ID:C,Clang,AppleClang>:${fa_warnings_clang}>"
    # Call sites are string literals; without this they would carry the builder's home directory.
    "$<$<C_COMPILER_ID:GNU,Clang,AppleClang>:-fmacro-prefix-map=${framealloc_SOURCE_DIR}/=>")
if(FA_WERROR)
    target_compile_options(framealloc_warnings INTERFACE "$<$<C_COMPILER_ID:GNU,Clang,AppleClang>:-Werror>")
endif()

function(fa_target_defaults target)
    set_target_properties(${target} PROPERTIES
        C_STANDARD 11 C_STANDARD_REQUIRED ON C_EXTENSIONS OFF
        CXX_STANDARD 17 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
    # BUILD_INTERFACE keeps the warnings out of what is exported.
    target_link_libraries(${target} PRIVATE "$<BUILD_INTERFACE:framealloc_warnings>")
endfunction()

function(fa_skip what reason)
    if(FA_REQUIRE_ALL)
        message(FATAL_ERROR "framealloc: ${what}: ${reason}")
    endif()
    message(STATUS "framealloc: ${what} skipped: ${reason}")
endfunction()

function(fa_add_subdirectory_if_present dir)
    if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${dir}/CMakeLists.txt")
        add_subdirectory(${dir})
    else()
        cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY "${framealloc_SOURCE_DIR}" OUTPUT_VARIABLE here)
        cmake_path(APPEND here "${dir}")
        cmake_path(NORMAL_PATH here)
        message(STATUS "framealloc: ${here} has no CMakeLists.txt yet, skipped")
    endif()
endfunction()

# The folder is the list. *_posix.c and *_windows.c belong to one system each, everything else to all.
function(fa_glob_sources out)
    set(sources "")
    foreach(dir IN LISTS ARGN)
        file(GLOB found CONFIGURE_DEPENDS "${dir}/*.c")
        list(APPEND sources ${found})
    endforeach()
    if(NOT UNIX)
        list(FILTER sources EXCLUDE REGEX "_posix\\.c$")
    endif()
    if(NOT WIN32)
        list(FILTER sources EXCLUDE REGEX "_windows\\.c$")
    endif()
    set(${out} ${sources} PARENT_SCOPE)
endfunction()

# ---- Libraries --------------------------------------------------------------------------------------------------------

# Common to the SDK's libraries and the plugins. `component` is the word after framealloc:: and in find_package.
function(fa_library_common target component)
    fa_target_defaults(${target})
    add_library(framealloc::${component} ALIAS ${target})
    set_target_properties(${target} PROPERTIES
        EXPORT_NAME ${component}
        VERSION ${framealloc_VERSION}
        SOVERSION ${framealloc_VERSION_MAJOR}.${framealloc_VERSION_MINOR})
    target_compile_features(${target} PUBLIC c_std_11)
    set_property(GLOBAL APPEND PROPERTY FA_COMPONENTS ${component})
    set_property(GLOBAL PROPERTY FA_COMPONENT_TARGET_${component} ${target})
endfunction()

# fa_add_library(framealloc|app|report SOURCES <dir>... LINK <PUBLIC|PRIVATE ...> FIND <find_package arguments>...)
function(fa_add_library component)
    cmake_parse_arguments(arg "" "" "SOURCES;LINK;FIND" ${ARGN})
    fa_glob_sources(sources ${arg_SOURCES})
    if(NOT sources)
        message(STATUS "framealloc: ${component} has no sources yet, skipped")
        return()
    endif()
    fa_find_all(${component} found ${arg_FIND})
    if(NOT found)
        return()
    endif()
    set(target framealloc)
    if(NOT component STREQUAL "framealloc")
        set(target framealloc_${component})
    endif()
    add_library(${target} ${sources})
    fa_library_common(${target} ${component})
    target_include_directories(${target}
        PUBLIC "$<BUILD_INTERFACE:${framealloc_SOURCE_DIR}/sdk/include>" "$<INSTALL_INTERFACE:include>"
        PRIVATE "${framealloc_SOURCE_DIR}/sdk/src")
    # FA_DEBUG turns on our own invariant checks; it changes nothing that a consumer compiles.
    target_compile_definitions(${target} PRIVATE "$<$<CONFIG:Debug>:FA_DEBUG=1>")
    if(MINGW)
        # mingw's own printf knows %zu and %llu; the one in msvcrt.dll does not.
        target_compile_definitions(${target} PRIVATE __USE_MINGW_ANSI_STDIO=1)
    endif()
    set_target_properties(${target} PROPERTIES C_VISIBILITY_PRESET hidden)
    if(BUILD_SHARED_LIBS)
        target_compile_definitions(${target} PUBLIC FA_SHARED=1 PRIVATE FA_BUILDING=1)
    endif()
    target_link_libraries(${target} ${arg_LINK})
endfunction()

# fa_add_plugin(NAME <name>
#               [FIND <"Package args">...]   third-party packages; the plugin is skipped when one is missing
#               [LINK <target>...]           what the plugin links besides framealloc::app, publicly
#               [SOURCES <file>...])         default: src/*.c
# Public headers are in include/framealloc_<name>/. An installed plugin is the find_package component plugin_<name>,
# and finds its packages again by the same FIND arguments.
function(fa_add_plugin)
    cmake_parse_arguments(arg "" "NAME" "FIND;LINK;SOURCES" ${ARGN})
    set(component plugin_${arg_NAME})
    set(target framealloc_${component})
    if(NOT arg_SOURCES)
        fa_glob_sources(arg_SOURCES "${CMAKE_CURRENT_SOURCE_DIR}/src")
    endif()
    if(NOT arg_SOURCES)
        message(STATUS "framealloc: ${component} has no sources yet, skipped")
        return()
    endif()
    if(NOT TARGET framealloc::app)
        message(STATUS "framealloc: ${component} waits for framealloc::app, skipped")
        return()
    endif()
    fa_find_all(${component} found ${arg_FIND})
    if(NOT found)
        return()
    endif()
    add_library(${target} ${arg_SOURCES})
    fa_library_common(${target} ${component})
    target_include_directories(${target}
        PUBLIC "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:include>"
        PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/src")
    target_link_libraries(${target} PUBLIC framealloc::app ${arg_LINK})
    # Plugins need no export macro of their own: everything not static is visible, on Windows too.
    set_target_properties(${target} PROPERTIES WINDOWS_EXPORT_ALL_SYMBOLS ON)
    if(NOT framealloc_IS_TOP_LEVEL)
        # A parent project builds the plugins that it links and no others.
        set_target_properties(${target} PROPERTIES EXCLUDE_FROM_ALL ON)
    endif()
    set_property(GLOBAL PROPERTY FA_COMPONENT_INCLUDE_${component} "${CMAKE_CURRENT_SOURCE_DIR}/include/")
endfunction()

# Find each package; GLOBAL, so that whoever links the library from another folder sees the imported targets as well.
# The arguments are kept for the installed package, which looks for the same things.
function(fa_find_all component out_found)
    set(${out_found} TRUE PARENT_SCOPE)
    set_property(GLOBAL PROPERTY FA_COMPONENT_FIND_${component} "${ARGN}")
    foreach(package IN LISTS ARGN)
        separate_arguments(words UNIX_COMMAND "${package}")
        list(GET words 0 name)
        find_package(${words} QUIET GLOBAL)
        if(NOT ${name}_FOUND)
            fa_skip(${component} "${name} was not found")
            set(${out_found} FALSE PARENT_SCOPE)
        endif()
    endforeach()
endfunction()
