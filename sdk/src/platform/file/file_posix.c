/* file_posix.c - files by POSIX calls. A new file is made under a name that nothing has (O_EXCL), so no link
 * or device can be in its place, and takes the final name by rename, which replaces a name and never follows
 * it. */
#define _GNU_SOURCE 1 /* O_NOFOLLOW, O_CLOEXEC */
#include "platform/file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES_TRIED 16

static bool fail(fai_file_error *error, const char *step, const char *path, int number)
{
    error->number = number;
    error->step = step;
    (void)snprintf(error->path, sizeof error->path, "%s", path);
    return false;
}

fai_file_kind fai_file_kind_of(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        return errno == ENOENT || errno == ENOTDIR ? FAI_FILE_MISSING : FAI_FILE_OTHER;
    }
    return S_ISREG(info.st_mode) ? FAI_FILE_REGULAR : FAI_FILE_OTHER;
}

/* The number that says what stands in the way. */
static int number_of_other(const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        return errno;
    }
    return S_ISLNK(info.st_mode) ? ELOOP : S_ISDIR(info.st_mode) ? EISDIR : EEXIST;
}

static bool write_all(int file, const char *data, size_t bytes)
{
    while (bytes > 0) {
        ssize_t n = write(file, data, bytes);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return false;
        }
        data += n;
        bytes -= (size_t)n;
    }
    return true;
}

bool fai_file_replace(const char *path, const void *data, size_t bytes, fai_file_error *error)
{
    char name[1200];
    int file = -1;
    if (fai_file_kind_of(path) == FAI_FILE_OTHER) {
        return fail(error, "replace", path, number_of_other(path));
    }
    for (int i = 0; i < NAMES_TRIED && file < 0; i++) {
        int length = snprintf(name, sizeof name, "%s.%ld-%d.tmp", path, (long)getpid(), i);
        if (length < 0 || (size_t)length >= sizeof name) {
            return fail(error, "open", path, ENAMETOOLONG);
        }
        file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (file < 0 && errno != EEXIST) {
            return fail(error, "open", name, errno);
        }
    }
    if (file < 0) {
        return fail(error, "open", name, EEXIST);
    }
    bool done = write_all(file, data, bytes);
    int number = done ? 0 : errno;
    if (close(file) != 0 && done) { /* some systems say here that the disk is full */
        done = false;
        number = errno;
    }
    if (!done) {
        (void)unlink(name);
        return fail(error, "write", name, number);
    }
    if (fai_file_kind_of(path) == FAI_FILE_OTHER) { /* it came in between */
        number = number_of_other(path);
        (void)unlink(name);
        return fail(error, "replace", path, number);
    }
    if (rename(name, path) != 0) {
        number = errno;
        (void)unlink(name);
        return fail(error, "rename", path, number);
    }
    return true;
}

bool fai_file_rename(const char *from, const char *to, fai_file_error *error)
{
    fai_file_kind kind = fai_file_kind_of(from);
    if (kind == FAI_FILE_MISSING) {
        return true;
    }
    if (kind == FAI_FILE_OTHER) {
        return fail(error, "rename", from, number_of_other(from));
    }
    if (fai_file_kind_of(to) == FAI_FILE_OTHER) {
        return fail(error, "rename", to, number_of_other(to));
    }
    return rename(from, to) == 0 ? true : fail(error, "rename", to, errno);
}

bool fai_file_remove(const char *path, fai_file_error *error)
{
    return unlink(path) == 0 ? true : fail(error, "remove", path, errno);
}

void fai_file_error_text(int number, char *out, size_t capacity)
{
    (void)snprintf(out, capacity, "%s", strerror(number));
}
