/* Fault 20, thoroughly: for every kind of backing call and every k. */
#include "core/refusal_sweep.h"

/* Every k in the release and the address sanitizer builds; elsewhere ever larger steps. */
#if defined(FA_DEBUG) && FA_DEBUG
#define EVERY_K SUPPORT_ASAN
#else
#define EVERY_K (!SUPPORT_SLOW)
#endif

START_TEST(fault_20_every_kth_call_refused_once_leaves_everything_usable)
{
    sweep((backing_op)_i, false, EVERY_K);
}
END_TEST

START_TEST(fault_20_every_call_from_the_kth_on_refused_leaves_everything_usable)
{
    sweep((backing_op)_i, true, EVERY_K);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault 20: the system refuses, every k");
    TCase *tcase = support_case(suite, "fault 20: sweep");
    tcase_add_loop_test(tcase, fault_20_every_kth_call_refused_once_leaves_everything_usable, 0, OP_RELEASE);
    tcase_add_loop_test(tcase, fault_20_every_call_from_the_kth_on_refused_leaves_everything_usable, 0,
                        OP_RELEASE);
    return support_run(suite);
}
