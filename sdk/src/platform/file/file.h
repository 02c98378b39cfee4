/* file.h - the few things that the SDK does with files. Everything refuses to touch what is no regular file,
 * links among them. Part of framealloc::report: core has no files. */
#ifndef FAI_FILE_H
#define FAI_FILE_H

#include "framealloc/base.h"

typedef struct fai_file_error {
    int number;       /* the system's */
    const char *step; /* "open", "write", "rename" ... */
    char path[1200];
} fai_file_error;

typedef enum fai_file_kind { FAI_FILE_MISSING, FAI_FILE_REGULAR, FAI_FILE_OTHER } fai_file_kind;

/* Of the name itself: a link is OTHER. */
fai_file_kind fai_file_kind_of(const char *path);
/* Write a file anew: complete under its name, or not at all and no trace. */
bool fai_file_replace(const char *path, const void *data, size_t bytes, fai_file_error *error);
/* Give a regular file another name, in place of a regular file or of none. True also when there is none at @p
 * from. */
bool fai_file_rename(const char *from, const char *to, fai_file_error *error);
bool fai_file_remove(const char *path, fai_file_error *error);
/* "Permission denied". */
void fai_file_error_text(int number, char *out, size_t capacity);

#endif
