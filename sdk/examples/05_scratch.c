/* 05_scratch.c - work space that goes back by itself, work that is tried and undone, and a pool that stays.
 *
 * A scratch scope never lies in the frame, so results left in the frame survive it. A function that returns
 * its result in an arena of its caller names that arena, since it may be the caller's scratch. */
#include <stdio.h>
#include <string.h>

#include "framealloc/framealloc.h"

/* The words of a line, in the caller's arena; the counting is done in scratch memory. */
static const char **split(fa_context *ctx, fa_arena *result, const char *line, size_t *count)
{
    const char **words = NULL;
    FA_SCRATCH_SCOPE_AVOIDING(ctx, tmp, result)
    {
        size_t length = strlen(line);
        size_t *starts = FA_SCRATCH_ARRAY(&tmp, size_t, length + 1);
        *count = 0;
        for (size_t i = 0; i < length; i++) {
            if (line[i] != ' ' && (i == 0 || line[i - 1] == ' ')) {
                starts[(*count)++] = i;
            }
        }
        words = FA_ARENA_ARRAY(result, const char *, *count);
        for (size_t i = 0; i < *count; i++) {
            words[i] = line + starts[i];
        }
    }
    return words;
}

/* A title, if it is short enough; else the frame is as it was. */
static const char *title(fa_context *ctx, int frame, size_t words)
{
    FA_SPECULATION_SCOPE(ctx, attempt)
    {
        char *text = fa_frame_printf(ctx, "%zu words in frame %d", words, frame);
        if (text != NULL && strlen(text) <= 18) {
            (void)fa_speculation_commit(&attempt);
            return text; /* a scope may be left like this */
        }
    }
    return "too long";
}

int main(void)
{
    fa_allocator *memory = NULL;
    fa_context *ctx = NULL;
    if (fa_allocator_create(NULL, &memory) != FA_RESULT_OK ||
        fa_context_attach(memory, NULL, &ctx) != FA_RESULT_OK) {
        return 1;
    }
    const char *line = "the ball hit the post. the crowd went wild.";
    for (int frame = 8; frame <= 10; frame++) {
        (void)fa_frame_begin(ctx);
        size_t count = 0;
        FA_SCRATCH_SCOPE (ctx, words_space) {
            const char **words = split(ctx, words_space.arena, line, &count);
            printf("the last word begins with %c; ", words[count - 1][0]);
        }
        const char *text = title(ctx, frame, count);
        /* A named pool lives across frames until it is reset. */
        fa_arena *log = fa_scratch_pool(ctx, "log");
        char *entry = FA_ARENA_ARRAY(log, char, strlen(text) + 1);
        strcpy(entry, text);
        printf("\"%s\"; the log has %s; scopes open: %u\n", entry,
               fa_arena_used_bytes(log) >= 38 ? "two and more" : "one", fa_scratch_depth(ctx));
        (void)fa_frame_end(ctx);
    }
    return fa_allocator_destroy(memory) == FA_RESULT_OK ? 0 : 1;
}

/* Output:
 * the last word begins with w; "9 words in frame 8"; the log has one; scopes open: 0
 * the last word begins with w; "9 words in frame 9"; the log has two and more; scopes open: 0
 * the last word begins with w; "too long"; the log has two and more; scopes open: 0
 */
