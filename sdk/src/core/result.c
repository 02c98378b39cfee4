/* result.c - texts and names of results, from the table in result.h. */
#include "framealloc/result.h"

const char *fa_result_text(fa_result result)
{
    static const char *const texts[] = {
#define FA_X(name, text) text,
        FA_RESULT_TABLE(FA_X)
#undef FA_X
    };
    return (unsigned)result < FA_RESULT_COUNT ? texts[result] : "unknown result";
}

const char *fa_result_name(fa_result result)
{
    static const char *const names[] = {
#define FA_X(name, text) #name,
        FA_RESULT_TABLE(FA_X)
#undef FA_X
    };
    return (unsigned)result < FA_RESULT_COUNT ? names[result] : "UNKNOWN";
}
