#ifndef CPROCESS_H
#define CPROCESS_H

#include <sys/types.h>

// What posix_spawn cannot do, and a call of glibc that is declared only for _GNU_SOURCE, which Swift's Glibc module does
// without.

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

#endif
