#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

int cp_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int cp_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int cp_unnamed_file(const char *folder, mode_t mode) { return open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, mode); }

int cp_processors(void) {
    // The kernel refuses a set that is smaller than its own, whose size its build decides.
    for (int most = 1024; most <= 1 << 20; most *= 2) {
        cpu_set_t *set = CPU_ALLOC(most);
        if (!set) break;
        int code = sched_getaffinity(0, CPU_ALLOC_SIZE(most), set), why = errno;
        int count = code == 0 ? CPU_COUNT_S(CPU_ALLOC_SIZE(most), set) : 0;
        CPU_FREE(set);
        if (count > 0) return count;
        if (code == 0 || why != EINVAL) break;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

int cp_terminal_columns(int terminal) {
    struct winsize size;
    return ioctl(terminal, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
