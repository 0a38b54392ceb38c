#define _GNU_SOURCE
#include "support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

uint64_t draw(generator *random) {
  uint64_t z = random->state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

int draw_between(generator *random, int low, int high) {
  return low + (int)(draw(random) % (uint64_t)(high - low + 1));
}

float draw_float(generator *random, float scale) {
  int32_t sum = 0;
  for (int i = 0; i < 6; i++) sum += (int32_t)(draw(random) >> 44);
  // Six uniform numbers have the variance 1/2.
  return (float)(sum - 3 * (1 << 20)) * 0x1.6a09e6p-20f * scale;
}

int8_t draw_code(generator *random, bool extreme) {
  if (extreme) return draw(random) & 1 ? 127 : -127;
  return (int8_t)draw_between(random, -127, 127);
}

enum { PATTERN = 0x5a, MOST_FENCED = 64 };
static _Thread_local struct {
  uint8_t *mapping, *end;  // end: of what was asked for
  size_t mapped, page;
} fences[MOST_FENCED];
static _Thread_local size_t fence_count;

void *fenced(size_t size, size_t alignment, generator *random) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  size_t aligned = (size + alignment - 1) / alignment * alignment;
  size_t usable = (aligned + page - 1) / page * page;
  uint8_t *mapping = mmap(NULL, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapping == MAP_FAILED || fence_count == MOST_FENCED || mprotect(mapping + usable, page, PROT_NONE)) {
    perror("fenced memory");
    exit(2);
  }
  uint8_t *start = mapping + usable - aligned;
  for (size_t i = 0; i < size; i += 8) {
    uint64_t bytes = draw(random);
    memcpy(start + i, &bytes, size - i < 8 ? size - i : 8);
  }
  memset(start + size, PATTERN, aligned - size);
  fences[fence_count].mapping = mapping;
  fences[fence_count].end = start + size;
  fences[fence_count].mapped = usable + page;
  fences[fence_count++].page = page;
  return start;
}

void release(void) {
  while (fence_count > 0) {
    fence_count--;
    uint8_t *fence = fences[fence_count].mapping + fences[fence_count].mapped - fences[fence_count].page;
    for (uint8_t *p = fences[fence_count].end; p < fence; p++)
      if (*p != PATTERN) fail("written %td bytes behind the end", p - fences[fence_count].end);
    munmap(fences[fence_count].mapping, fences[fence_count].mapped);
  }
}

enum { MOST_FAILURES = 10 };
static _Thread_local struct {
  int failures;
  size_t length;
  char text[MOST_FAILURES * 200];
} report;

void fail(const char *format, ...) {
  if (report.failures++ >= MOST_FAILURES) return;
  va_list arguments;
  va_start(arguments, format);
  size_t left = sizeof report.text - report.length;
  int length = vsnprintf(report.text + report.length, left, format, arguments);
  va_end(arguments);
  report.length += length < 0 ? 0 : (size_t)length + 1 < left ? (size_t)length : left - 1;
  if (report.length + 1 < sizeof report.text) report.text[report.length++] = '\n';
  report.text[report.length] = 0;
}

void begin_report(void) {
  report.failures = 0;
  report.length = 0;
  report.text[0] = 0;
}

const char *end_report(void) { return report.failures ? report.text : NULL; }

void expect_same(const char *what, const char *shape, const void *found, const void *expected, size_t bytes) {
  const uint8_t *a = found, *b = expected;
  for (size_t i = 0; i < bytes && memcmp(a, b, bytes) != 0; i++) {
    if (a[i] == b[i]) continue;
    fail("%s, %s: byte %zu is %02x, not %02x", what, shape, i, a[i], b[i]);
    return;
  }
}

void add(uint64_t *hash, const void *bytes, size_t count) {
  const uint8_t *p = bytes;
  uint64_t value = *hash ^ count;
  for (size_t i = 0; i < count; i += 8) {
    uint64_t word = 0;
    memcpy(&word, p + i, count - i < 8 ? count - i : 8);
    value = (value ^ word) * 0x9e3779b97f4a7c15u;
    value ^= value >> 32;
  }
  *hash = value;
}
