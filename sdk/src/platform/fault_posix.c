/* fault_posix.c - SIGSEGV and SIGBUS, chained. Looking up and telling are two steps: a watcher that goes away
 * waits for the first, and the second may never return. */
#define _GNU_SOURCE 1 /* gettid, REG_RIP */
#include "platform/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/types.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/prctl.h>
#endif

#define WATCHERS 256

typedef struct slot {
    _Atomic uint32_t used;
    fai_fault_watcher watcher;
} slot;

static slot slots[WATCHERS];
static atomic_uint looking; /* handlers that read the table now */
static pthread_mutex_t install_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned watcher_count;
static const int signals[] = {SIGSEGV, SIGBUS};
static struct sigaction before[2];

static uintptr_t instruction_of(void *context)
{
#if defined(__linux__) && defined(__x86_64__)
    return (uintptr_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#elif defined(__linux__) && defined(__aarch64__)
    return (uintptr_t)((ucontext_t *)context)->uc_mcontext.pc;
#else
    (void)context;
    return 0;
#endif
}

static void pass_on(int number, siginfo_t *info, void *context)
{
    const struct sigaction *old = &before[number == SIGSEGV ? 0 : 1];
    if ((old->sa_flags & SA_SIGINFO) != 0 && old->sa_sigaction != NULL) {
        old->sa_sigaction(number, info, context);
        return;
    }
    if ((old->sa_flags & SA_SIGINFO) == 0 && old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
        old->sa_handler(number);
        return;
    }
    /* The default: the access is made again and ends the program where it stands. */
    struct sigaction none;
    memset(&none, 0, sizeof none);
    none.sa_handler = SIG_DFL;
    (void)sigaction(number, &none, NULL);
    if (info->si_code <= 0) {
        (void)raise(number); /* it was sent, and would not come again */
    }
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    _Alignas(16) unsigned char found[FAI_FAULT_BYTES];
    void (*tell)(void *out) = NULL;
    atomic_fetch_add(&looking, 1);
    for (unsigned i = 0; i < WATCHERS && tell == NULL && info->si_code > 0; i++) {
        const fai_fault_watcher *w = &slots[i].watcher;
        if (atomic_load(&slots[i].used) == 2 &&
            w->find(w->user, info->si_addr, instruction_of(context), found)) {
            tell = w->tell;
        }
    }
    atomic_fetch_sub(&looking, 1);
    if (tell != NULL) {
        tell(found);
    }
    pass_on(number, info, context);
}

static bool install(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    (void)sigemptyset(&action.sa_mask);
    for (unsigned i = 0; i < 2; i++) {
        struct sigaction now;
        if (sigaction(signals[i], NULL, &now) != 0) {
            return false;
        }
        bool ours = (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_fault;
        if (!ours) {
            before[i] = now;
            if (sigaction(signals[i], &action, NULL) != 0) {
                return false;
            }
        }
    }
    return true;
}

static void uninstall(void)
{
    for (unsigned i = 0; i < 2; i++) {
        struct sigaction now;
        if (sigaction(signals[i], NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 &&
            now.sa_sigaction == on_fault) {
            (void)sigaction(signals[i], &before[i], NULL);
        }
    }
}

bool fai_fault_watch(const fai_fault_watcher *watcher)
{
    bool done = false;
    (void)pthread_mutex_lock(&install_lock);
    for (unsigned i = 0; i < WATCHERS && !done; i++) {
        if (atomic_load(&slots[i].used) == 0 && (watcher_count > 0 || install())) {
            slots[i].watcher = *watcher;
            atomic_store(&slots[i].used, 2);
            watcher_count++;
            done = true;
        }
    }
    (void)pthread_mutex_unlock(&install_lock);
    return done;
}

void fai_fault_unwatch(const void *user)
{
    (void)pthread_mutex_lock(&install_lock);
    for (unsigned i = 0; i < WATCHERS; i++) {
        if (atomic_load(&slots[i].used) == 2 && slots[i].watcher.user == user) {
            atomic_store(&slots[i].used, 1);
            while (atomic_load(&looking) > 0) { /* short: looking allocates nothing and waits for nobody */
            }
            atomic_store(&slots[i].used, 0);
            if (--watcher_count == 0) {
                uninstall();
            }
            break;
        }
    }
    (void)pthread_mutex_unlock(&install_lock);
}

void fai_fault_print(const char *text, size_t length)
{
    while (length > 0) {
        ssize_t n = write(STDERR_FILENO, text, length);
        if (n <= 0) {
            return;
        }
        text += n;
        length -= (size_t)n;
    }
}

uint64_t fai_fault_thread(char *name, size_t capacity)
{
    char text[16] = "";
#if defined(__linux__)
    (void)prctl(PR_GET_NAME, text);
    text[sizeof text - 1] = '\0';
    uint64_t number = (uint64_t)gettid();
#else
    uint64_t number = (uint64_t)(uintptr_t)pthread_self();
#endif
    size_t i = 0;
    for (; i + 1 < capacity && text[i] != '\0'; i++) {
        name[i] = text[i];
    }
    if (capacity > 0) {
        name[i] = '\0';
    }
    return number;
}
