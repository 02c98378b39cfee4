/* Results: one table gives names, numbers and texts; strangers are survived. */
#include "core/support.h"

START_TEST(result_names_and_texts_are_those_of_the_table)
{
#define FA_X(name, text)                                 \
    EXPECT_STR(fa_result_name(FA_RESULT_##name), #name); \
    EXPECT_STR(fa_result_text(FA_RESULT_##name), text);
    FA_RESULT_TABLE(FA_X)
#undef FA_X
}
END_TEST

START_TEST(result_numbers_never_change)
{
    static const fa_result in_order[] = {
        FA_RESULT_OK,
        FA_RESULT_OUT_OF_MEMORY,
        FA_RESULT_OVER_BUDGET,
        FA_RESULT_FULL,
        FA_RESULT_INVALID_DESC,
        FA_RESULT_INVALID_ARGUMENT,
        FA_RESULT_FRAME_OPEN,
        FA_RESULT_NO_FRAME,
        FA_RESULT_STALE,
        FA_RESULT_WRONG_THREAD,
        FA_RESULT_FOREIGN_POINTER,
        FA_RESULT_DOUBLE_FREE,
        FA_RESULT_WRONG_FAMILY,
        FA_RESULT_TAKEN,
        FA_RESULT_TIMEOUT,
        FA_RESULT_IO,
        FA_RESULT_NOT_FOUND,
        FA_RESULT_REENTRANT,
        FA_RESULT_UNBALANCED,
        FA_RESULT_BUSY,
        FA_RESULT_EXISTS,
        FA_RESULT_WRONG_SIZE,
    };
    for (unsigned i = 0; i < sizeof in_order / sizeof in_order[0]; i++) {
        EXPECT_UINT(in_order[i], i);
    }
    EXPECT(FA_RESULT_COUNT >= sizeof in_order / sizeof in_order[0]);
}
END_TEST

START_TEST(result_names_and_texts_are_unique)
{
    for (unsigned a = 0; a < FA_RESULT_COUNT; a++) {
        for (unsigned b = 0; b < a; b++) {
            EXPECT(strcmp(fa_result_name((fa_result)a), fa_result_name((fa_result)b)) != 0);
            EXPECT(strcmp(fa_result_text((fa_result)a), fa_result_text((fa_result)b)) != 0);
        }
    }
}
END_TEST

START_TEST(result_of_an_unknown_number_has_a_text_and_a_name)
{
    static const int strangers[] = {FA_RESULT_COUNT, FA_RESULT_COUNT + 1, 1000, INT32_MAX, -1, INT32_MIN};
    for (unsigned i = 0; i < sizeof strangers / sizeof strangers[0]; i++) {
        volatile int number = strangers[i];
        fa_result stranger;
        memcpy(&stranger, (const void *)&number, sizeof stranger); /* no conversion for UBSan to judge */
        EXPECT_STR(fa_result_text(stranger), "unknown result");
        EXPECT(fa_result_name(stranger) != NULL && fa_result_name(stranger)[0] != '\0');
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("result");
    TCase *tcase = support_case(suite, "table");
    tcase_add_test(tcase, result_names_and_texts_are_those_of_the_table);
    tcase_add_test(tcase, result_numbers_never_change);
    tcase_add_test(tcase, result_names_and_texts_are_unique);
    tcase_add_test(tcase, result_of_an_unknown_number_has_a_text_and_a_name);
    return support_run(suite);
}
