#define _GNU_SOURCE
#include "CProcess.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// A slot is free while its start is 0; the start is written last and taken away first, so that the handler, which can come at any time
// on any thread, finds whole ones only. The thread that touches a page is one that holds its file, so that the slot stays.
static struct {
    _Atomic uintptr_t start;
    size_t length;
    char *message;
    int status;
} slots[256];

enum { slot_count = sizeof slots / sizeof slots[0] };
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;
static int handles;

static void handle(int number, siginfo_t *info, void *context) {
    (void)context;
    uintptr_t address = (uintptr_t)info->si_addr;
    // Only the kernel says an address; a signal that somebody sends has other things in its place.
    for (int slot = 0; info->si_code > 0 && slot < slot_count; slot++) {
        uintptr_t start = atomic_load(&slots[slot].start);
        if (!start || address < start || address - start >= slots[slot].length) continue;
        // Nothing can be done when this fails.
        ssize_t written = write(STDERR_FILENO, slots[slot].message, strlen(slots[slot].message));
        (void)written;
        _exit(slots[slot].status);
    }
    // Not of ours: what touched it does so again, and the process ends as it would have.
    signal(number, SIG_DFL);
}

void cp_watch_mapped(const void *start, size_t length, const char *message, int status) {
    pthread_mutex_lock(&changing);
    if (!handles) {
        struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO};
        handles = sigaction(SIGBUS, &action, NULL) == 0;
    }
    for (int slot = 0; handles && slot < slot_count; slot++) {
        if (atomic_load(&slots[slot].start)) continue;
        slots[slot].message = strdup(message);
        if (!slots[slot].message) break;
        slots[slot].length = length;
        slots[slot].status = status;
        atomic_store(&slots[slot].start, (uintptr_t)start);
        break;
    }
    pthread_mutex_unlock(&changing);
}

void cp_forget_mapped(const void *start) {
    pthread_mutex_lock(&changing);
    for (int slot = 0; slot < slot_count; slot++) {
        if (atomic_load(&slots[slot].start) != (uintptr_t)start) continue;
        atomic_store(&slots[slot].start, 0);
        free(slots[slot].message);
        break;
    }
    pthread_mutex_unlock(&changing);
}
