# Check, the unit test framework: Check::check. Its pkg-config file knows what the static library needs besides.
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
    pkg_check_modules(Check_PC QUIET IMPORTED_TARGET check)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Check REQUIRED_VARS Check_PC_LINK_LIBRARIES VERSION_VAR Check_PC_VERSION)

if(Check_FOUND AND NOT TARGET Check::check)
    add_library(Check::check INTERFACE IMPORTED)
    set_target_properties(Check::check PROPERTIES INTERFACE_LINK_LIBRARIES PkgConfig::Check_PC)
endif()
