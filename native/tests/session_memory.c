#include "session_memory.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096
#define WORDS (PAGE / sizeof(uint64_t))
#define PAGES 4096
#define MOVING 64 /* pages of the mapping that comes and goes */

struct memory {
  unsigned number; /* of the process */
  unsigned long sweeps, wrong;
  uint64_t *pages;
  uint32_t version[PAGES]; /* of each page's content */
  uint64_t *moving;
};

static uint64_t word(unsigned number, uint32_t page, uint32_t version, size_t i) {
  uint64_t x = ((uint64_t)number << 60) + ((uint64_t)page << 40) + ((uint64_t)version << 16) + i + 1;
  x *= 0x9e3779b97f4a7c15ull;
  return x ^ x >> 29;
}

static void fill(uint64_t *at, unsigned number, uint32_t page, uint32_t version) {
  for (size_t i = 0; i < WORDS; i++)
    at[i] = word(number, page, version, i);
}

static int holds(const uint64_t *at, unsigned number, uint32_t page, uint32_t version) {
  for (size_t i = 0; i < WORDS; i++)
    if (at[i] != word(number, page, version, i))
      return 0;
  return 1;
}

static uint64_t *map(size_t pages, void *where) {
  int flags = MAP_PRIVATE | MAP_ANONYMOUS | (where ? MAP_FIXED : 0);
  uint64_t *p = mmap(where, pages * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (p == MAP_FAILED)
    exit(1);
  return p;
}

static void check_all(struct memory *m) {
  for (uint32_t i = 0; i < PAGES; i++)
    m->wrong += !holds(m->pages + i * WORDS, m->number, i, m->version[i]);
  for (uint32_t i = 0; i < MOVING; i++)
    m->wrong += !holds(m->moving + i * WORDS, m->number, PAGES + i, (uint32_t)m->sweeps);
}

/* The first half stays; of the rest some pages become new, and some go back and forth between two contents. */
static void change(struct memory *m) {
  m->sweeps++;
  for (uint32_t i = PAGES / 2 + (uint32_t)(m->sweeps % 7); i < PAGES; i += 7) {
    m->version[i] = i % 2 ? m->version[i] + 1 : !m->version[i];
    fill(m->pages + i * WORDS, m->number, i, m->version[i]);
  }
  munmap(m->moving, MOVING * PAGE);
  m->moving = map(MOVING, m->moving);
  for (uint32_t i = 0; i < MOVING; i++)
    fill(m->moving + i * WORDS, m->number, PAGES + i, (uint32_t)m->sweeps);
  if (m->sweeps % 16 == 0 && fork() == 0)
    _exit(0);
  while (waitpid(-1, NULL, WNOHANG) > 0)
    continue;
}

static void report(const struct memory *m) {
  char text[64], name[32];
  snprintf(name, sizeof name, "/var/lib/app/memory-%u", m->number);
  int n = snprintf(text, sizeof text, "sweeps=%lu wrong=%lu\n", m->sweeps, m->wrong);
  int fd = open(name, O_WRONLY | O_CREAT, 0644);
  if (fd < 0 || pwrite(fd, text, (size_t)n, 0) != n)
    exit(1);
  close(fd);
}

static _Noreturn void sweep(struct memory *m) {
  for (;;) {
    check_all(m);
    report(m);
    change(m);
    usleep(1000);
  }
}

static void begin(struct memory *m, unsigned number) {
  m->number = number;
  for (uint32_t i = 0; i < PAGES; i++)
    fill(m->pages + i * WORDS, number, i, m->version[i]);
  for (uint32_t i = 0; i < MOVING; i++)
    fill(m->moving + i * WORDS, number, PAGES + i, (uint32_t)m->sweeps);
}

void session_memory_start(void) {
  static struct memory m;
  if (fork() != 0)
    return;
  setsid();
  int null = open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; fd++)
    if (dup2(null, fd) < 0)
      exit(1);
  close(null);
  m.pages = map(PAGES, NULL);
  m.moving = map(MOVING, NULL);
  begin(&m, 0);
  if (fork() == 0)
    begin(&m, 1);
  sweep(&m);
}
