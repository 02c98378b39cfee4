/* Strings built piece by piece in frame memory. */
#include "core/support.h"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wformat-nonliteral" /* a NULL format, on purpose */
#endif

static world w;

static void setup(void)
{
    world_open(&w, &(fa_allocator_desc){.frame_max_bytes = (size_t)64 << 20});
    EXPECT_OK(fa_frame_begin(w.ctx));
}
static void teardown(void)
{
    world_close(&w);
}

START_TEST(text_is_built_of_pieces_and_finished)
{
    fa_text t = fa_text_make(w.ctx);
    EXPECT_UINT(fa_frame_used_bytes(w.ctx), 0);
    EXPECT_OK(fa_text_append(&t, "score"));
    EXPECT_STR(t.chars, "score");
    EXPECT_OK(fa_text_printf(&t, " %d of %s", 7, "nine"));
    EXPECT_OK(fa_text_append(&t, ""));
    EXPECT_OK(fa_text_append_bytes(&t, "!\0!", 3));
    EXPECT_UINT(t.length, 5 + 10 + 3);
    char *s = fa_text_finish(&t);
    EXPECT(memcmp(s, "score 7 of nine!\0!", 19) == 0);
    EXPECT(t.chars == NULL && t.length == 0 && t.frame == 0);
    EXPECT_OK(fa_text_append(&t, "again"));
    EXPECT_STR(fa_text_finish(&t), "again");
    EXPECT_STR(fa_text_finish(&t), "");
    EXPECT(memcmp(s, "score 7 of nine!\0!", 19) == 0);
}
END_TEST

START_TEST(text_grows_in_place_while_it_is_last_and_gives_the_rest_back)
{
    fa_text t = fa_text_make(w.ctx);
    EXPECT_OK(fa_text_append(&t, "x"));
    char *place = t.chars;
    for (int i = 1; i < 10000; i++) {
        EXPECT_OK(fa_text_printf(&t, "%d", i % 10));
        EXPECT(SUPPORT_ASAN || t.chars == place);
    }
    EXPECT(t.capacity > 10001);
    char *s = fa_text_finish(&t);
    EXPECT(SUPPORT_ASAN || fa_frame_used_bytes(w.ctx) == 10001);
    EXPECT(strlen(s) == 10000 && s[9999] == '9' && s[1] == '1');
    EXPECT(SUPPORT_ASAN || fa_frame_alloc(w.ctx, 1, 1) == s + 10001);
}
END_TEST

START_TEST(text_among_others_moves_and_keeps_its_bytes)
{
    fa_text a = fa_text_make(w.ctx);
    fa_text b = fa_text_make(w.ctx);
    char expected[3001] = "";
    for (int i = 0; i < 3000; i++) {
        char c[2] = {(char)('a' + i % 26), 0};
        EXPECT_OK(fa_text_append(&a, c));
        EXPECT_OK(fa_text_append(&b, c));
        expected[i] = c[0];
    }
    EXPECT_STR(a.chars, expected);
    EXPECT_STR(b.chars, expected);
    EXPECT_STR(fa_text_finish(&a), expected);
    EXPECT_STR(fa_text_finish(&b), expected);
}
END_TEST

START_TEST(text_may_append_itself)
{
    fa_text t = fa_text_make(w.ctx);
    EXPECT_OK(fa_text_append(&t, "ab"));
    for (int i = 0; i < 12; i++) {
        (void)fa_frame_alloc(w.ctx, i % 3 == 0, 1); /* sometimes it has to move */
        EXPECT_OK(fa_text_append(&t, t.chars));
    }
    EXPECT_UINT(t.length, 2 << 12);
    for (size_t i = 0; i < t.length; i++) {
        EXPECT(t.chars[i] == "ab"[i % 2]);
    }
}
END_TEST

START_TEST(text_reserve_makes_room_once)
{
    fa_text t = fa_text_make(w.ctx);
    EXPECT_OK(fa_text_reserve(&t, 1000));
    uintptr_t cursor = w.ctx->cursor;
    for (int i = 0; i < 1000; i++) {
        EXPECT_OK(fa_text_append(&t, "y"));
    }
    EXPECT(w.ctx->cursor == cursor && t.length == 1000 && t.capacity == 1001);
    EXPECT_OK(fa_text_reserve(&t, 10));
    EXPECT_UINT(t.capacity, 1001);
}
END_TEST

START_TEST(text_that_cannot_grow_is_as_it_was)
{
    fa_text t = fa_text_make(w.ctx);
    EXPECT_OK(fa_text_append(&t, "kept"));
    fa_text kept = t;
    EXPECT_NO_MEMORY(&w, fa_text_reserve(&t, SIZE_MAX), FULL);
    EXPECT_NO_MEMORY(&w, fa_text_reserve(&t, SIZE_MAX - 1), FULL);
    EXPECT_NO_MEMORY(&w, fa_text_reserve(&t, 100 << 20), FULL);
    w.backing.commit_limit_bytes = w.backing.committed_bytes;
    EXPECT_NO_MEMORY(&w, fa_text_reserve(&t, 20 << 20), OUT_OF_MEMORY);
    EXPECT_NO_MEMORY(&w, fa_text_printf(&t, "%*d", 20 << 20, 1), OUT_OF_MEMORY);
    w.backing.commit_limit_bytes = 0;
    EXPECT(fa_frame_alloc(w.ctx, fa_frame_remaining_bytes(w.ctx) - (SUPPORT_ASAN ? 200 : 100), 1) != NULL);
    EXPECT_NO_MEMORY(&w, fa_text_printf(&t, "%200d", 1), FULL);
    EXPECT(memcmp(&kept, &t, sizeof t) == 0 && strcmp(t.chars, "kept") == 0);
    while (fa_text_append(&t, "0123456789") == FA_RESULT_OK) { /* uses what there is, not only doubles */
    }
    EXPECT_RESULT(fa_context_last_result(w.ctx), FULL);
    EXPECT(t.length >= 54 && strlen(t.chars) == t.length && strncmp(t.chars, "kept0123", 8) == 0);
    EXPECT_UINT(w.rec.count, 0);
}
END_TEST

START_TEST(text_refuses_what_is_no_string)
{
    fa_text t = fa_text_make(w.ctx);
    EXPECT_OK(fa_text_append(&t, "kept"));
    EXPECT_REFUSED(&w, fa_text_append(&t, NULL), FA005, INVALID_ARGUMENT);
    EXPECT_REFUSED(&w, fa_text_append_bytes(&t, NULL, 3), FA005, INVALID_ARGUMENT);
    EXPECT_OK(fa_text_append_bytes(&t, NULL, 0));
    const char *volatile none = NULL;
    va_list args;
    memset(&args, 0, sizeof args);
    EXPECT_REFUSED(&w, fa_text_vprintf(&t, none, args), FA005, INVALID_ARGUMENT);
    EXPECT_STR(t.chars, "kept");
}
END_TEST

START_TEST(text_of_an_ended_frame_is_stale)
{
    fa_text t = fa_text_make(w.ctx);
    EXPECT_OK(fa_text_append(&t, "gone"));
    EXPECT_OK(fa_frame_end(w.ctx));
    for (int i = 0; i < 2; i++) {
        EXPECT_REFUSED(&w, fa_text_append(&t, "x"), FA606, STALE);
        EXPECT_REFUSED(&w, fa_text_printf(&t, "x"), FA606, STALE);
        EXPECT_REFUSED(&w, fa_text_reserve(&t, 1), FA606, STALE);
        EXPECT_REFUSED_NULL(&w, fa_text_finish(&t), FA606, STALE);
        EXPECT_OK(i == 0 ? fa_frame_begin(w.ctx) : FA_RESULT_OK);
    }
    EXPECT_OK(fa_frame_end(w.ctx));
    fa_text u = fa_text_make(w.ctx);
    EXPECT_REFUSED(&w, fa_text_append(&u, "x"), FA001, NO_FRAME);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = support_case(suite, "text");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, text_is_built_of_pieces_and_finished);
    tcase_add_test(tcase, text_grows_in_place_while_it_is_last_and_gives_the_rest_back);
    tcase_add_test(tcase, text_among_others_moves_and_keeps_its_bytes);
    tcase_add_test(tcase, text_may_append_itself);
    tcase_add_test(tcase, text_reserve_makes_room_once);
    tcase_add_test(tcase, text_that_cannot_grow_is_as_it_was);
    tcase_add_test(tcase, text_refuses_what_is_no_string);
    tcase_add_test(tcase, text_of_an_ended_frame_is_stale);
    return support_run(suite);
}
