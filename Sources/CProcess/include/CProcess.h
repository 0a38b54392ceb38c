#ifndef CPROCESS_H
#define CPROCESS_H

#include <spawn.h>

// Two calls of glibc for commands that get none of our files. glibc declares them only for _GNU_SOURCE, which Swift's
// Glibc module does without, and neither has another name that Swift could call.

// The new process has no files from `first` on, whoever opened them and however.
int cp_close_from(posix_spawn_file_actions_t *actions, int first);

// A file in memory, closed on exec; -1 and errno when there is none.
int cp_memory_file(const char *name);

#endif
