/* interrupt.c - see interrupt.h. */
#include "sim/base/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "sim/base/file.h"

static atomic_int caught; /* the signal; 0: none */

static void handle(int signal)
{
    int expected = 0;
    if (atomic_compare_exchange_strong(&caught, &expected, signal))
        return;
    file_remove_temps();
    _exit(128 + signal);
}

int interrupt_install(void)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    if (sigaction(SIGINT, &action, NULL) != 0)
        return -1;
    return sigaction(SIGTERM, &action, NULL);
}

bool interrupt_requested(void)
{
    return atomic_load_explicit(&caught, memory_order_relaxed) != 0;
}

int interrupt_exit_status(void)
{
    const int signal = atomic_load(&caught);
    return signal != 0 ? 128 + signal : 0;
}

void interrupt_clear(void)
{
    atomic_store(&caught, 0);
}
