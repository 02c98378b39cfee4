# Chipmunk 7: Chipmunk::chipmunk. Debian's package brings neither a CMake package nor a pkg-config file.
find_path(Chipmunk_INCLUDE_DIR chipmunk/chipmunk.h)
find_library(Chipmunk_LIBRARY chipmunk)
mark_as_advanced(Chipmunk_INCLUDE_DIR Chipmunk_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Chipmunk REQUIRED_VARS Chipmunk_LIBRARY Chipmunk_INCLUDE_DIR)

if(Chipmunk_FOUND AND NOT TARGET Chipmunk::chipmunk)
    add_library(Chipmunk::chipmunk UNKNOWN IMPORTED)
    set_target_properties(Chipmunk::chipmunk PROPERTIES
        IMPORTED_LOCATION "${Chipmunk_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${Chipmunk_INCLUDE_DIR}")
    if(UNIX)
        set_target_properties(Chipmunk::chipmunk PROPERTIES INTERFACE_LINK_LIBRARIES m)
    endif()
endif()
