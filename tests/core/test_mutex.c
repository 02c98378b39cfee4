/* The platform's mutex (PARITY A12): it excludes, what happens before an unlock is seen after the next lock,
 * and who waits sleeps. Which mutex it is was decided by measurement: sdk/docs/architecture.md. */
#include "core/support.h"
#include "platform/platform.h"

enum { THREADS = 4, ROUNDS = SUPPORT_SLOW ? 5000 : 50000 };

static fai_mutex mutex;
static uint64_t plain; /* not atomic: the mutex is what keeps it right */
static bool inside;

static void *add_up(void *user)
{
    unsigned *wrong = user;
    for (int i = 0; i < ROUNDS; i++) {
        fai_mutex_lock(&mutex);
        *wrong += inside ? 1 : 0;
        inside = true;
        plain++;
        inside = false;
        fai_mutex_unlock(&mutex);
    }
    return NULL;
}

START_TEST(mutex_lets_one_in_at_a_time)
{
    pthread_t threads[THREADS];
    unsigned wrong[THREADS] = {0};
    fai_mutex_init(&mutex);
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, add_up, &wrong[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
        EXPECT_UINT(wrong[i], 0);
    }
    EXPECT_UINT(plain, (uint64_t)THREADS * ROUNDS);
    fai_mutex_destroy(&mutex);
}
END_TEST

static int64_t thread_cpu_ns(void)
{
    struct timespec t;
    EXPECT(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void *wait_for_it(void *user)
{
    int64_t begin = thread_cpu_ns();
    fai_mutex_lock(&mutex);
    fai_mutex_unlock(&mutex);
    *(int64_t *)user = thread_cpu_ns() - begin;
    return NULL;
}

START_TEST(mutex_waiter_sleeps_instead_of_spinning_on)
{
    pthread_t thread;
    int64_t spent = -1;
    fai_mutex_init(&mutex);
    fai_mutex_lock(&mutex);
    EXPECT(pthread_create(&thread, NULL, wait_for_it, &spent) == 0);
    const struct timespec hold = {.tv_nsec = 200 * 1000000};
    (void)nanosleep(&hold, NULL);
    fai_mutex_unlock(&mutex);
    EXPECT(pthread_join(thread, NULL) == 0);
    EXPECTF(spent >= 0 && spent < 100 * 1000000, "%lld ns of processor time in a wait of 200 ms",
            (long long)spent);
    fai_mutex_destroy(&mutex);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mutex");
    TCase *tcase = support_case(suite, "mutex");
    tcase_add_test(tcase, mutex_lets_one_in_at_a_time);
    tcase_add_test(tcase, mutex_waiter_sleeps_instead_of_spinning_on);
    return support_run(suite);
}
