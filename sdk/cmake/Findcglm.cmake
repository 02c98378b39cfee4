# cglm: cglm::cglm, headers only. Debian's package has no CMake package, and its pkg-config file links a library that
# the inline functions do not need.
find_path(cglm_INCLUDE_DIR cglm/cglm.h)
mark_as_advanced(cglm_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(cglm REQUIRED_VARS cglm_INCLUDE_DIR)

if(cglm_FOUND AND NOT TARGET cglm::cglm)
    add_library(cglm::cglm INTERFACE IMPORTED)
    set_target_properties(cglm::cglm PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${cglm_INCLUDE_DIR}")
    if(UNIX)
        set_target_properties(cglm::cglm PROPERTIES INTERFACE_LINK_LIBRARIES m)
    endif()
endif()
