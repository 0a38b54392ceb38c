// Reads and writes that do less than asked for, are interrupted or fail, on files of one folder; for LD_PRELOAD.
//
// FAULT_FOLDER: the folder. FAULT_SHORT=1: every other call is interrupted, the others move at most 1000 bytes.
// FAULT_FAILS=N: the Nth call and all after it fail with EIO. FAULT_EVERY=N: every Nth call fails so. FAULT_NAMED=1: there are no files without a name, anywhere.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { LONGEST = 1000 };

// How much of a call may be done; 0 when it fails, with errno set.
static size_t admitted(int descriptor, size_t count) {
    static atomic_ulong calls;
    const char *folder = getenv("FAULT_FOLDER");
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!folder || length < 0 || strncmp(path, folder, strlen(folder)) || count == 0) return count;
    unsigned long number = atomic_fetch_add(&calls, 1) + 1;
    const char *fails = getenv("FAULT_FAILS");
    if (fails && number >= strtoul(fails, NULL, 10)) {
        errno = EIO;
        return 0;
    }
    const char *every = getenv("FAULT_EVERY");
    if (every && number % strtoul(every, NULL, 10) == 0) {
        errno = EIO;
        return 0;
    }
    if (!getenv("FAULT_SHORT")) return count;
    if (number % 2) {
        errno = EINTR;
        return 0;
    }
    return count < LONGEST ? count : LONGEST;
}

#define SHIM(name, parameters, before, after)                       \
    ssize_t name parameters {                                       \
        static ssize_t(*next) parameters;                           \
        if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name);       \
        size_t part = admitted(descriptor, count);                  \
        if (count > 0 && part == 0) return -1;                      \
        return next(descriptor, before, part after);                \
    }

#define AT , offset
SHIM(read, (int descriptor, void *buffer, size_t count), buffer, )
SHIM(write, (int descriptor, const void *buffer, size_t count), buffer, )
SHIM(pread, (int descriptor, void *buffer, size_t count, off_t offset), buffer, AT)
SHIM(pwrite, (int descriptor, const void *buffer, size_t count, off_t offset), buffer, AT)
SHIM(pread64, (int descriptor, void *buffer, size_t count, off_t offset), buffer, AT)
SHIM(pwrite64, (int descriptor, const void *buffer, size_t count, off_t offset), buffer, AT)

#define SHIM_OPEN(name)                                                              \
    int name(const char *path, int flags, ...) {                                     \
        static int (*next)(const char *, int, ...);                                  \
        if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name);                        \
        int is_unnamed = (flags & O_TMPFILE) == O_TMPFILE;                           \
        if (is_unnamed && getenv("FAULT_NAMED")) return errno = EOPNOTSUPP, -1;      \
        va_list rest;                                                                \
        va_start(rest, flags);                                                       \
        mode_t mode = is_unnamed || flags & O_CREAT ? va_arg(rest, mode_t) : 0;      \
        va_end(rest);                                                                \
        return next(path, flags, mode);                                              \
    }

SHIM_OPEN(open)
SHIM_OPEN(open64)
