/* text.h - a string that is built piece by piece in frame memory.
 *
 * While it is the last block of its frame it grows in place; otherwise it moves. It is always terminated, so
 * `chars` can be read at any time. It dies with its frame and needs no destroy.
 *
 *     fa_text line = fa_text_make(ctx);
 *     fa_text_append(&line, "score");
 *     fa_text_printf(&line, " %d", score);
 *     draw(fa_text_finish(&line));
 *
 * A call that fails leaves the text as it was. What is appended by fa_text_append may be part of the text
 * itself; arguments of fa_text_printf may not. */
#ifndef FRAMEALLOC_TEXT_H
#define FRAMEALLOC_TEXT_H

#include "framealloc/frame.h"

FA_EXTERN_C_BEGIN

/// Reading the fields is fine; only the functions write them.
typedef struct fa_text {
    fa_context *ctx;
    char *chars;     ///< NULL until the first append; borrowed until the next, and until the frame ends
    size_t length;   ///< bytes in use, without the NUL
    size_t capacity; ///< bytes there is room for, the NUL included
    uint64_t frame;  ///< the frame it lives in; 0 until the first append
} fa_text;

/// An empty text; takes no memory until the first append. [owner-thread]
static inline fa_text fa_text_make(fa_context *ctx)
{
    fa_text text;
    text.ctx = ctx;
    text.chars = NULL;
    text.length = text.capacity = 0;
    text.frame = 0;
    return text;
}

/// Room for a text of @p length bytes in all, and its NUL.
/// @return OK; FULL, OUT_OF_MEMORY; NO_FRAME with FA001; STALE with FA606: its frame has ended; WRONG_THREAD.
/// [owner-thread]
FA_API fa_result fai_text_reserve(fa_text *text, size_t length, const char *here);
#define fa_text_reserve(text, length) fai_text_reserve((text), (length), FA_HERE)

/// Append a string. @return As fa_text_reserve, and INVALID_ARGUMENT with FA005: @p string is NULL.
/// Amortised constant time per byte. [owner-thread]
FA_API fa_result fai_text_append(fa_text *text, const char *string, const char *here);
#define fa_text_append(text, string) fai_text_append((text), (string), FA_HERE)
/// Append @p count bytes; they may hold zeros. @return As fa_text_append. [owner-thread]
FA_API fa_result fai_text_append_bytes(fa_text *text, const char *bytes, size_t count, const char *here);
#define fa_text_append_bytes(text, bytes, count) fai_text_append_bytes((text), (bytes), (count), FA_HERE)

/// Append as printf does. @return As fa_text_append; INVALID_ARGUMENT with FA005 also when the format is not
/// valid. [owner-thread]
FA_API fa_result fai_text_printf(fa_text *text, const char *here, const char *format, ...) FA_PRINTF(3, 4);
FA_API fa_result fai_text_vprintf(fa_text *text, const char *here, const char *format, va_list args)
    FA_PRINTF(3, 0);
#define fa_text_printf(text, ...) fai_text_printf((text), FA_HERE, __VA_ARGS__)
#define fa_text_vprintf(text, format, args) fai_text_vprintf((text), FA_HERE, (format), (args))

/// The finished string, "" when nothing was appended; the room that is left over goes back if it is at the
/// end of the frame. The text is empty afterwards and may be used for another string.
/// @return Borrowed until the frame ends; NULL as fa_text_reserve. [owner-thread]
FA_RETURNS_FRAME FA_API char *fai_text_finish(fa_text *text, const char *here);
#define fa_text_finish(text) fai_text_finish((text), FA_HERE)

FA_EXTERN_C_END

#endif
