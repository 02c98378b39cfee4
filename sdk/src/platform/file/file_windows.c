/* file_windows.c - files on Windows: the same contract, by its own calls. */
#include "platform/file/file.h"

#include <stdio.h>
#include <windows.h>

static bool fail(fai_file_error *error, const char *step, const char *path)
{
    error->number = (int)GetLastError();
    error->step = step;
    (void)snprintf(error->path, sizeof error->path, "%s", path);
    return false;
}

fai_file_kind fai_file_kind_of(const char *path)
{
    DWORD attributes = GetFileAttributesA(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        return FAI_FILE_MISSING;
    }
    DWORD other = FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT | FILE_ATTRIBUTE_DEVICE;
    return (attributes & other) == 0 ? FAI_FILE_REGULAR : FAI_FILE_OTHER;
}

bool fai_file_replace(const char *path, const void *data, size_t bytes, fai_file_error *error)
{
    char name[1200];
    if (fai_file_kind_of(path) == FAI_FILE_OTHER) {
        SetLastError(ERROR_ACCESS_DENIED);
        return fail(error, "replace", path);
    }
    (void)snprintf(name, sizeof name, "%s.%lu.tmp", path, (unsigned long)GetCurrentProcessId());
    HANDLE file = CreateFileA(name, GENERIC_WRITE, 0, NULL, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) {
        return fail(error, "open", name);
    }
    bool done = true;
    for (const char *at = data; done && bytes > 0;) {
        DWORD part = bytes < 1u << 20 ? (DWORD)bytes : 1u << 20;
        DWORD written = 0;
        done = WriteFile(file, at, part, &written, NULL) != 0 && written > 0;
        at += written;
        bytes -= written;
    }
    if (!done) {
        (void)fail(error, "write", name);
    }
    CloseHandle(file);
    if (done && !MoveFileExA(name, path, MOVEFILE_REPLACE_EXISTING)) {
        done = fail(error, "rename", path);
    }
    if (!done) {
        DeleteFileA(name);
    }
    return done;
}

bool fai_file_rename(const char *from, const char *to, fai_file_error *error)
{
    if (fai_file_kind_of(from) == FAI_FILE_MISSING) {
        return true;
    }
    if (fai_file_kind_of(from) == FAI_FILE_OTHER || fai_file_kind_of(to) == FAI_FILE_OTHER) {
        SetLastError(ERROR_ACCESS_DENIED);
        return fail(error, "rename", to);
    }
    return MoveFileExA(from, to, MOVEFILE_REPLACE_EXISTING) != 0 ? true : fail(error, "rename", to);
}

bool fai_file_remove(const char *path, fai_file_error *error)
{
    return DeleteFileA(path) != 0 ? true : fail(error, "remove", path);
}

void fai_file_error_text(int number, char *out, size_t capacity)
{
    (void)snprintf(out, capacity, "error");
    (void)number;
}
