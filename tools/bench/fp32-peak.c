// fp32-peak THREADS   billions of fp32 multiply-accumulates a second that the processor's fma units do, out of registers
//
// Independent chains of 16 lanes; the vector type lets the compiler take the widest registers it is allowed
// (compile with -O2 -march=native).
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef float v16 __attribute__((vector_size(64)));
// Twelve registers, whatever their width: enough to hide the latency of two units, and none is spilled to memory.
#ifdef __AVX512F__
enum { CHAINS = 12, ROUNDS = 30000000 };
#else
enum { CHAINS = 6, ROUNDS = 30000000 };
#endif

static void *run(void *result) {
  v16 a[CHAINS], b = (v16){0} + 0.999f, c = (v16){0} + 0.001f;
  for (int i = 0; i < CHAINS; i++) a[i] = (v16){0} + (float)i;
  for (long n = 0; n < ROUNDS; n++) {
#pragma GCC unroll 12
    for (int i = 0; i < CHAINS; i++) a[i] = a[i] * b + c;
  }
  v16 sum = {0};
  for (int i = 0; i < CHAINS; i++) sum += a[i];
  *(float *)result = sum[0];
  return NULL;
}

int main(int count, char **arguments) {
  int threads = count > 1 ? atoi(arguments[1]) : 1;
  if (threads < 1 || threads > 256) return 64;
  pthread_t thread[256];
  float result[256];
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  for (int i = 0; i < threads; i++)
    if (pthread_create(&thread[i], NULL, run, &result[i])) return 1;
  for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
  clock_gettime(CLOCK_MONOTONIC, &end);
  double seconds = (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec);
  printf("%.1f\n", 16.0 * CHAINS * ROUNDS * threads / seconds / 1e9);
  return 0;
}
