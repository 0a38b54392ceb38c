#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

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

void cp_hold_standard_files(void) {
    const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    for (int number = 0; number < 3; number++)
        // The lowest number that is free is the one that is looked at.
        if (fcntl(number, F_GETFD) < 0 && open("/dev/null", modes[number]) < 0) return;
}

int cp_flush_output(void) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return 0;
    // What stopped an earlier write is not known any more.
    return errno ? errno : EIO;
}

int cp_terminal_columns(int terminal) {
    struct winsize size;
    return ioctl(terminal, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

// What our handlers do must not happen in the child, which shares our memory until exec; and it does not inherit that we
// ignore SIGPIPE.
static void reset_signals(void) {
  for (int number = 1; number < NSIG; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action)) continue;
    if (action.sa_handler == SIG_DFL || (action.sa_handler == SIG_IGN && number != SIGPIPE)) continue;
    action = (struct sigaction){.sa_handler = SIG_DFL};
    sigaction(number, &action, NULL);
  }
}

// 0, 1 and 2 may be among the given ones, so that each is first moved out of the way.
static int take_files(const int files[3]) {
  int moved[3];
  for (int i = 0; i < 3; i++)
    if ((moved[i] = fcntl(files[i], F_DUPFD, 3)) < 0) return errno;
  for (int i = 0; i < 3; i++)
    if (dup2(moved[i], i) < 0) return errno;
  closefrom(3);
  return 0;
}

int cp_start(
    const char *program, char *const *arguments, char *const *environment, int input, int output, int errors,
    int death_signal, pid_t *identifier) {
  const int files[3] = {input, output, errors};
  const pid_t parent = getpid();
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  // Written by the child, read here: this thread waits until the child has its own program, or is gone.
  volatile int error = 0;
  const pid_t child = vfork();
  if (child == 0) {
    reset_signals();
    setpgid(0, 0);
    if (death_signal && prctl(PR_SET_PDEATHSIG, death_signal)) error = errno;
    // It may have come too late for that.
    if (death_signal && getppid() != parent) _exit(127);
    if (!error) error = take_files(files);
    if (!error) {
      pthread_sigmask(SIG_SETMASK, &before, NULL);
      execvpe(program, arguments, environment);
      error = errno;
    }
    _exit(127);
  }
  const int failure = child < 0 ? errno : error;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (child > 0 && failure) waitpid(child, NULL, 0);
  *identifier = child;
  return failure;
}
