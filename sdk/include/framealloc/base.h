/* base.h - the few words every other header needs: limits, call sites, and what compilers are told.
 *
 * Nothing here allocates or has state. */
#ifndef FRAMEALLOC_BASE_H
#define FRAMEALLOC_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "framealloc/annotate.h"

/* Arenas reserve address space by the gigabyte, and size arithmetic in the fast path relies on addresses
 * being far below the top of uintptr_t. */
#if UINTPTR_MAX < 0xFFFFFFFFFFFFFFFF
#error "framealloc needs a 64-bit address space"
#endif

/// "No limit" for every field and argument that is a limit in bytes. Zero always means "the default".
#define FA_NO_LIMIT SIZE_MAX
/// Largest alignment that any function accepts, in bytes.
#define FA_ALIGN_MAX ((size_t)64 * 1024)
/// Alignment used where 0 is given: enough for every scalar type.
#define FA_ALIGN_DEFAULT ((size_t)16)
/// Largest request in bytes that any allocator looks at; larger ones are refused as FA_RESULT_FULL.
#define FA_REQUEST_MAX ((size_t)1 << 46)

#ifdef __cplusplus
#define FA_ALIGNOF(T) alignof(T)
#define FA_EXTERN_C_BEGIN extern "C" {
#define FA_EXTERN_C_END }
#else
#define FA_ALIGNOF(T) _Alignof(T)
#define FA_EXTERN_C_BEGIN
#define FA_EXTERN_C_END
#endif

#define FA_STRINGIFY_(x) #x
#define FA_STRINGIFY(x) FA_STRINGIFY_(x)
/// The call site as one string literal, "file.c:123". It costs nothing in an inlined fast path.
#define FA_HERE __FILE__ ":" FA_STRINGIFY(__LINE__)

#define FA_CONCAT_(a, b) a##b
#define FA_CONCAT(a, b) FA_CONCAT_(a, b)

#if defined(__GNUC__)
#define FA_LIKELY(x) __builtin_expect(!!(x), 1)
#define FA_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define FA_COLD __attribute__((cold, noinline))
#define FA_NOINLINE __attribute__((noinline))
#if defined(__MINGW32__) && !defined(__clang__)
#define FA_PRINTF(format_index, first_index) __attribute__((format(gnu_printf, format_index, first_index)))
#else
#define FA_PRINTF(format_index, first_index) __attribute__((format(printf, format_index, first_index)))
#endif
#define FA_ALLOC_SIZE(index) __attribute__((alloc_size(index)))
#define FA_ALLOC_SIZE2(count_index, size_index) __attribute__((alloc_size(count_index, size_index)))
#define FA_CLEANUP(fn) __attribute__((cleanup(fn)))
#define FA_HAS_CLEANUP 1
#define FAI_WITHOUT_CLEANUP(call) ((void)0)
#define FA_UNUSED __attribute__((unused))
#define FA_NODISCARD __attribute__((warn_unused_result))
#else
#define FA_LIKELY(x) (x)
#define FA_UNLIKELY(x) (x)
#define FA_COLD
#define FA_NOINLINE
#define FA_PRINTF(format_index, first_index)
#define FA_ALLOC_SIZE(index)
#define FA_ALLOC_SIZE2(count_index, size_index)
#define FA_CLEANUP(fn)
#define FA_HAS_CLEANUP 0
#define FAI_WITHOUT_CLEANUP(call) (call)
#define FA_UNUSED
#define FA_NODISCARD
#endif

/* gcc's -fanalyzer follows ownership when it knows which function frees what another one returns. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11 && !defined(__cplusplus)
#define FA_FREED_BY(fn, argument_index) __attribute__((malloc, malloc(fn, argument_index)))
#else
#define FA_FREED_BY(fn, argument_index)
#endif

/* Shared builds: FA_SHARED is set for the library and for who links it, FA_BUILDING only for the library. */
#if defined(FA_SHARED) && defined(_WIN32) && defined(FA_BUILDING)
#define FA_API __declspec(dllexport)
#elif defined(FA_SHARED) && defined(_WIN32)
#define FA_API __declspec(dllimport)
#elif defined(FA_SHARED) && defined(__GNUC__)
#define FA_API __attribute__((visibility("default")))
#else
#define FA_API
#endif

#endif
