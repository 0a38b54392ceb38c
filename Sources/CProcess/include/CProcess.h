#ifndef CPROCESS_H
#define CPROCESS_H

#include <spawn.h>
#include <sys/types.h>

// Calls that Swift cannot make itself: ioctl, which takes what it likes, and those that glibc declares only for
// _GNU_SOURCE, which Swift's Glibc module does without.

// The new process has no files from `first` on, whoever opened them and however.
int cp_close_from(posix_spawn_file_actions_t *actions, int first);

// A file in memory, closed on exec; -1 and errno when there is none.
int cp_memory_file(const char *name);

// A file without a name on the disk of a folder, for reading and writing, closed on exec: it is gone when nobody has it
// open, however the process ends. -1 and errno where the file system has no such files.
int cp_unnamed_file(const char *folder, mode_t mode);

// How many processors the calling thread may be scheduled on (taskset, cpusets), at least 1.
int cp_processors(void);

// How many columns a terminal has; 0 when it does not say.
int cp_terminal_columns(int terminal);

#endif
