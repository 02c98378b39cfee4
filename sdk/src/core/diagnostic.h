/* diagnostic.h - how the core and the app layer report that a caller broke the contract. */
#ifndef FAI_DIAGNOSTIC_H
#define FAI_DIAGNOSTIC_H

#include "framealloc/diagnostic.h"
#include "framealloc/log.h"

struct fa_allocator;
struct fa_context;

/* What is known of the case; zero and NULL where it is not. */
typedef struct fai_report {
    fa_diagnostic_code code;
    fa_result result;
    struct fa_allocator *allocator;
    struct fa_context *ctx; /* may be NULL; gives frame and current tag */
    const char *here;
    const char *earlier;
    const char *first_free;
    const char *tag; /* the block's tag; NULL: the context's current one */
    const void *address;
    size_t bytes;
} fai_report;

/* Deliver a diagnostic and act on the strictness. The message is a printf format. @return report->result, so
 * that callers can return it. */
fa_result fai_report_send(const fai_report *report, const char *format, ...) FA_PRINTF(2, 3);

/* The same before there is an allocator: only the hooks of a desc are known. */
fa_result fai_report_desc(const fa_diagnostic_handler *handler, fa_strictness strictness,
                          const char *allocator_name, const char *here, const char *problems);

void fai_log(struct fa_allocator *allocator, fa_log_item item, const char *format, ...) FA_PRINTF(3, 4);

/* A list of problems being written: every one is listed, and a list that is too long ends in "...". */
typedef struct fai_problems {
    char text[1024];
    size_t length;
    unsigned count;
} fai_problems;
void fai_problems_add(fai_problems *problems, const char *format, ...) FA_PRINTF(2, 3);
/* The canaries of a desc: both are zero when it was zero-initialised. */
void fai_problems_check_canaries(fai_problems *problems, uint32_t start, uint32_t end);
/* max_bytes, prefault_bytes and keep_bytes of a desc that reserves an extent; 0: not given. */
void fai_problems_check_extent(fai_problems *problems, size_t max_bytes, size_t prefault_bytes,
                               size_t keep_bytes);
void fai_problems_check_tag(fai_problems *problems, struct fa_allocator *allocator, uint32_t tag);

#endif
