#define _GNU_SOURCE
#include "CProcess.h"

#include <sys/mman.h>

int cp_close_from(posix_spawn_file_actions_t *actions, int first) {
    return posix_spawn_file_actions_addclosefrom_np(actions, first);
}

int cp_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }
