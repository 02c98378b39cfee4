# fa_install_package(): headers, libraries, the CMake package with one export per component, pkg-config files.
include_guard(GLOBAL)
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

function(fa_install_package)
    get_property(components GLOBAL PROPERTY FA_COMPONENTS)
    if(NOT components)
        message(STATUS "framealloc: nothing to install yet")
        return()
    endif()
    set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/framealloc")
    install(DIRECTORY "${framealloc_SOURCE_DIR}/sdk/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
        FILES_MATCHING PATTERN "*.h")

    foreach(component IN LISTS components)
        fa_install_component(${component} "${package_dir}")
    endforeach()

    configure_package_config_file("${framealloc_SOURCE_DIR}/sdk/cmake/framealloc-config.cmake.in"
        "${framealloc_BINARY_DIR}/package/framealloc-config.cmake"
        INSTALL_DESTINATION "${package_dir}")
    # Before 1.0 every minor version may change the interface.
    write_basic_package_version_file("${framealloc_BINARY_DIR}/package/framealloc-config-version.cmake"
        COMPATIBILITY SameMinorVersion)
    install(FILES
            "${framealloc_BINARY_DIR}/package/framealloc-config.cmake"
            "${framealloc_BINARY_DIR}/package/framealloc-config-version.cmake"
            "${framealloc_SOURCE_DIR}/sdk/cmake/FindChipmunk.cmake"
        DESTINATION "${package_dir}")
    install(FILES "${framealloc_SOURCE_DIR}/LICENSE-MIT" "${framealloc_SOURCE_DIR}/LICENSE-APACHE"
        DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/licenses/framealloc")

    if(NOT WIN32)
        set(thread_flag "-pthread")
    endif()
    fa_install_pkgconfig(framealloc "Memory by intent: the allocator" framealloc "" "${thread_flag}")
    if(TARGET framealloc_app)
        fa_install_pkgconfig(framealloc-app "Memory by intent: the app layer" framealloc_app
            "framealloc = ${framealloc_VERSION}" "")
    endif()
endfunction()

function(fa_install_component component package_dir)
    get_property(target GLOBAL PROPERTY FA_COMPONENT_TARGET_${component})
    get_property(include_dir GLOBAL PROPERTY FA_COMPONENT_INCLUDE_${component})
    get_property(packages GLOBAL PROPERTY FA_COMPONENT_FIND_${component})
    install(TARGETS ${target} EXPORT framealloc-${component}
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
        RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
    install(EXPORT framealloc-${component} NAMESPACE framealloc:: DESTINATION "${package_dir}")
    if(include_dir)
        install(DIRECTORY "${include_dir}" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")
    endif()

    # A static library leaves what it links to whoever links it, so the installed package looks for it again.
    set(lines "")
    foreach(package IN LISTS packages)
        string(REGEX MATCH "^[^ ]+" name "${package}")
        string(APPEND lines "find_package(${package} QUIET)\n"
            "if(NOT ${name}_FOUND)\n    list(APPEND framealloc_missing ${name})\nendif()\n")
    endforeach()
    set(file "${framealloc_BINARY_DIR}/package/framealloc-${component}-dependencies.cmake")
    file(WRITE "${file}" "${lines}")
    install(FILES "${file}" DESTINATION "${package_dir}")
endfunction()

# The files say where they are relative to themselves, so an installed tree can be moved.
function(fa_install_pkgconfig pc_name pc_description pc_library pc_requires pc_extra_libs)
    set(pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
    set(pc_cflags "")
    if(BUILD_SHARED_LIBS)
        set(pc_cflags "-DFA_SHARED=1")
        set(pc_extra_libs "") # the shared library brings it along
    endif()
    file(RELATIVE_PATH pc_up "/prefix/${pc_dir}" "/prefix")
    string(REGEX REPLACE "/$" "" pc_up "${pc_up}")
    configure_file("${framealloc_SOURCE_DIR}/sdk/cmake/framealloc.pc.in"
        "${framealloc_BINARY_DIR}/package/${pc_name}.pc" @ONLY)
    install(FILES "${framealloc_BINARY_DIR}/package/${pc_name}.pc" DESTINATION "${pc_dir}")
endfunction()
