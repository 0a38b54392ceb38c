// spare SECONDS: how much a program that only runs when nobody else wants to gets done, in loops a second.
// The difference between two runs is what something beside it takes of a processor: the guest of tools/vcam counts time by ticks,
// which says nothing of work that begins at a tick and ends before the next.
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

int main(int count, char **words) {
    struct sched_param none = {0};
    if (count != 2 || sched_setscheduler(0, SCHED_IDLE, &none)) {
        perror("spare SECONDS");
        return 1;
    }
    double start = now(), end = start + atof(words[1]);
    long loops = 0;
    volatile unsigned value = 1;
    while (now() < end) {
        for (int i = 0; i < 100000; i++) value = value * 1664525u + 1013904223u;
        loops++;
    }
    printf("%.1f\n", loops / (now() - start));
    return 0;
}
