/* version.h - the one place where the version stands; CMake and pkg-config read it from here.
 *
 * FA_VERSION is comparable: #if FA_VERSION >= FA_VERSION_NUMBER(0, 2, 0). */
#ifndef FRAMEALLOC_VERSION_H
#define FRAMEALLOC_VERSION_H

#define FA_VERSION_MAJOR 0
#define FA_VERSION_MINOR 1
#define FA_VERSION_PATCH 0

#define FA_VERSION_NUMBER(major, minor, patch) ((major)*1000000 + (minor)*1000 + (patch))
#define FA_VERSION FA_VERSION_NUMBER(FA_VERSION_MAJOR, FA_VERSION_MINOR, FA_VERSION_PATCH)

/* Structs that cross a binary boundary (plugins) start with this number; it changes when their layout does.
 */
#define FA_ABI_VERSION 1

#endif
