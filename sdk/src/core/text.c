/* text.c - a string builder in frame memory: doubling, in place where the frame allows it. */
#include "framealloc/text.h"

#include <stdio.h>
#include <string.h>

#include "core/context.h"

#define FIRST_CAPACITY ((size_t)64)

static fa_result refuse(const fa_text *text, fa_diagnostic_code code, fa_result result, const char *here,
                        const char *what)
{
    fai_context *ctx = fai_ctx(text->ctx);
    fai_report report = {.code = code,
                         .result = result,
                         .allocator = ctx->allocator,
                         .ctx = &ctx->head,
                         .here = here,
                         .address = text->chars,
                         .bytes = text->capacity};
    return fai_context_error(ctx, fai_report_send(&report, "%s (the text lives in frame %llu)", what,
                                                  (unsigned long long)text->frame));
}

static fa_result check(const fa_text *text, const char *call, const char *here)
{
    fa_result result = fai_context_check(text->ctx, call, here);
    if (result != FA_RESULT_OK || text->frame == 0) {
        return result;
    }
    const fai_context *ctx = fai_ctx(text->ctx);
    if (text->frame != ctx->frame_index || fai_frame_state_of(ctx) == FAI_FRAME_CLOSED) {
        return refuse(text, FA_CODE_FA606, FA_RESULT_STALE, here, "a text of a frame that has ended is used");
    }
    return FA_RESULT_OK;
}

/* Room for @p capacity bytes, the NUL included. */
static fa_result grow_to(fa_text *text, size_t capacity, const char *here)
{
    fai_context *ctx = fai_ctx(text->ctx);
    char *chars = fai_frame_realloc(text->ctx, text->chars, text->capacity, capacity, 1, here);
    if (chars == NULL) {
        return ctx->last_result;
    }
    chars[text->length] = '\0';
    text->chars = chars;
    text->capacity = capacity;
    text->frame = ctx->frame_index;
    return FA_RESULT_OK;
}

/* Room for @p more bytes and the NUL; with some to spare where there is some. */
static fa_result make_room(fa_text *text, size_t more, const char *here)
{
    if (more >= FA_REQUEST_MAX - text->length) {
        return fai_context_error(fai_ctx(text->ctx), FA_RESULT_FULL);
    }
    size_t need = text->length + more + 1;
    if (need <= text->capacity) {
        return FA_RESULT_OK;
    }
    size_t wanted = text->capacity == 0 ? FIRST_CAPACITY : text->capacity * 2;
    fa_result result = grow_to(text, wanted > need ? wanted : need, here);
    if (wanted > need &&
        (result == FA_RESULT_FULL || result == FA_RESULT_OUT_OF_MEMORY || result == FA_RESULT_OVER_BUDGET)) {
        fai_ctx(text->ctx)->refused--; /* no room to double: what is needed will do */
        result = grow_to(text, need, here);
    }
    return result;
}

fa_result fai_text_reserve(fa_text *text, size_t length, const char *here)
{
    if (text == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result result = check(text, "fa_text_reserve", here);
    if (result != FA_RESULT_OK || length < text->capacity) {
        return result;
    }
    return length < FA_REQUEST_MAX ? grow_to(text, length + 1, here)
                                   : fai_context_error(fai_ctx(text->ctx), FA_RESULT_FULL);
}

fa_result fai_text_append_bytes(fa_text *text, const char *bytes, size_t count, const char *here)
{
    if (text == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result result = check(text, "fa_text_append", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    if (bytes == NULL && count > 0) {
        return refuse(text, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here,
                      "fa_text_append: the string is NULL");
    }
    result = make_room(text, count, here);
    if (result != FA_RESULT_OK || count == 0) {
        return result;
    }
    /* A part of the text itself stays readable when the text moves: the old place is dead, not reused. */
    memcpy(text->chars + text->length, bytes, count);
    text->length += count;
    text->chars[text->length] = '\0';
    return FA_RESULT_OK;
}

fa_result fai_text_append(fa_text *text, const char *string, const char *here)
{
    return fai_text_append_bytes(text, string, string != NULL ? strlen(string) : 1, here);
}

fa_result fai_text_vprintf(fa_text *text, const char *here, const char *format, va_list args)
{
    if (text == NULL) {
        return FA_RESULT_INVALID_ARGUMENT;
    }
    fa_result result = check(text, "fa_text_printf", here);
    if (result != FA_RESULT_OK) {
        return result;
    }
    va_list again;
    va_copy(again, args);
    int length = format != NULL ? vsnprintf(NULL, 0, format, again) : -1;
    va_end(again);
    if (length < 0) {
        return refuse(text, FA_CODE_FA005, FA_RESULT_INVALID_ARGUMENT, here,
                      "fa_text_printf: the format or an argument is not valid");
    }
    result = make_room(text, (size_t)length, here);
    if (result == FA_RESULT_OK) {
        vsnprintf(text->chars + text->length, (size_t)length + 1, format, args);
        text->length += (size_t)length;
    }
    return result;
}

fa_result fai_text_printf(fa_text *text, const char *here, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fa_result result = fai_text_vprintf(text, here, format, args);
    va_end(args);
    return result;
}

char *fai_text_finish(fa_text *text, const char *here)
{
    if (text == NULL) {
        return NULL;
    }
    if (check(text, "fa_text_finish", here) != FA_RESULT_OK || make_room(text, 0, here) != FA_RESULT_OK) {
        return NULL;
    }
    char *chars = text->chars;
    (void)fai_frame_resize_last(fai_ctx(text->ctx), chars, text->capacity, text->length + 1, NULL);
    *text = fa_text_make(text->ctx);
    return chars;
}
