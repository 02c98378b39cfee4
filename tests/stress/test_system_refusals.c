/* Fault 20, thoroughly: for every kind of backing call and every k. */
#include "core/refusal_sweep.h"

START_TEST(fault_20_every_kth_call_refused_once_leaves_everything_usable)
{
    sweep((backing_op)_i, false, !SUPPORT_SLOW);
}
END_TEST

START_TEST(fault_20_every_call_from_the_kth_on_refused_leaves_everything_usable)
{
    sweep((backing_op)_i, true, !SUPPORT_SLOW);
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
