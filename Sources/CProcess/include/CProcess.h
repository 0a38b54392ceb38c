#ifndef CPROCESS_H
#define CPROCESS_H

#include <stddef.h>
#include <sys/types.h>

// What posix_spawn cannot do; ioctl, which takes what it likes; and calls that glibc declares only for _GNU_SOURCE, which
// Swift's Glibc module does without.

// Starts a program, which is looked for in PATH, as the leader of a process group of its own. It gets these three files and
// no others, whoever opened them and however; what signals do is as at the start of a program. If `death_signal` is not 0, it
// gets that signal when the *thread* that called this ends, be it because the process was killed.
//
// Returns 0, or why it could not be started as an errno value.
int cp_start(
    const char *program, char *const *arguments, char *const *environment, int input, int output, int errors,
    int death_signal, pid_t *identifier);

// A file in memory, closed on exec; -1 and errno when there is none.
int cp_memory_file(const char *name);

// A file without a name on the disk of a folder, for reading and writing, closed on exec: it is gone when nobody has it
// open, however the process ends. -1 and errno where the file system has no such files.
int cp_unnamed_file(const char *folder, mode_t mode);

// How many processors the calling thread may be scheduled on (taskset, cpusets), at least 1.
int cp_processors(void);

// Opens in the place of each closed one of 0, 1 and 2 a file that refuses what it is for, so that no file that is opened later takes
// its number, and is written to in its stead.
void cp_hold_standard_files(void);

// Writes what is left of stdout's buffer. Returns 0, or as an errno value why not all that was printed got there.
int cp_flush_output(void);

// How many columns a terminal has; 0 when it does not say.
int cp_terminal_columns(int terminal);

// While a file is mapped to these addresses: should a page of it be gone when it is touched, because another program made the file
// shorter or the disk failed, `message` is written to stderr and the process ends with `status`, where SIGBUS would kill it without a
// word. At most 256 files at a time; of more the kernel's way is left. `message` is copied.
void cp_watch_mapped(const void *start, size_t length, const char *message, int status);

// Before these addresses are given back.
void cp_forget_mapped(const void *start);

#endif
