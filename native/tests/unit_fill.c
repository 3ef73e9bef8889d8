/*
 * What a large read of CRIU's has read (criu_fill.c), whatever becomes of its helpers: of a file whose pages all
 * differ, into mappings of several sizes, while somebody kills each helper that is seen.
 */
#include "unit.h"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS (4096 / sizeof(uint64_t))
#define PAGES 49152ul /* 192 MiB */
#define SKIPPED 3     /* pages before what is read */
#define ROUNDS 12
#define PARTS 4
#define DELAY_US 3000 /* a piece takes about as long */

static uint64_t word(uint64_t page, uint64_t i) { return (page * WORDS + i + 1) * 0x9e3779b97f4a7c15ull; }

static int make_file(void) {
  uint64_t page[WORDS];
  int fd = memfd_create("pages", MFD_CLOEXEC);
  for (uint64_t n = 0; n < PAGES + SKIPPED; n++) {
    for (uint64_t i = 0; i < WORDS; i++)
      page[i] = word(n, i);
    check(write(fd, page, sizeof page) == sizeof page, "page %lu", n);
  }
  return fd;
}

static void read_once(int fd) {
  static const unsigned long sizes[PARTS] = {1, 20000, 49, PAGES - 20050};
  struct iovec to[PARTS];
  for (int i = 0; i < PARTS; i++) {
    to[i].iov_len = sizes[i] * 4096;
    to[i].iov_base = mmap(NULL, to[i].iov_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(to[i].iov_base != MAP_FAILED, "mapping %lu pages", sizes[i]);
  }
  ssize_t n = preadv64(fd, to, PARTS, SKIPPED * 4096);
  check(n == (ssize_t)PAGES * 4096, "%zd bytes were read", n);
  uint64_t page = SKIPPED;
  for (int i = 0; i < PARTS; i++) {
    const uint64_t *at = to[i].iov_base;
    for (unsigned long k = 0; k < sizes[i]; k++, page++)
      for (uint64_t w = 0; w < WORDS; w++)
        check(at[k * WORDS + w] == word(page, w), "page %lu is another one", page);
    munmap(to[i].iov_base, to[i].iov_len);
  }
}

static _Noreturn void read_often(int fd) {
  for (int i = 0; i < ROUNDS; i++)
    read_once(fd);
  exit(0);
}

/* Kills whatever the process starts, now sooner and now later, until it has ended; returns whether there was any. */
static bool hunt(pid_t reader) {
  char path[64];
  bool found = false;
  int status;
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", reader, reader);
  for (unsigned delay = 0; waitpid(reader, &status, WNOHANG) == 0; delay = (delay + 211) % DELAY_US) {
    usleep(delay);
    FILE *f = fopen(path, "re");
    for (int pid; f && fscanf(f, "%d", &pid) == 1;)
      found |= kill(pid, SIGKILL) == 0;
    if (f)
      fclose(f);
  }
  check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the reader ended with status %#x", status);
  return found;
}

/* In a namespace like a session's: where numbers end early, as by kernel.pid_max before Linux 6.14, it has no helpers.
 */
static bool may_have_helpers(void) {
  cpu_set_t set;
  pid_t wanted = (4 << 20) - 1;
  struct clone_args how = {.exit_signal = SIGCHLD, .set_tid = (uint64_t)&wanted, .set_tid_size = 1};
  long pid = syscall(SYS_clone3, &how, sizeof how);
  if (pid == 0)
    _exit(0);
  if (pid > 0)
    waitpid((pid_t)pid, NULL, 0);
  return pid > 0 && sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 1;
}

int main(void) {
  int fd = make_file(), tell[2];
  bool possible = false;
  read_once(fd);
  check(pipe(tell) == 0 && unshare(CLONE_NEWPID) == 0, "making a namespace of processes");
  pid_t reader = fork();
  if (reader == 0) {
    possible = may_have_helpers();
    check(write(tell[1], &possible, sizeof possible) == sizeof possible, "telling");
    read_often(fd);
  }
  check(reader > 0 && read(tell[0], &possible, sizeof possible) == sizeof possible, "starting the reader");
  bool found = hunt(reader);
  printf("helpers: %s\n", found ? "killed" : possible ? "never seen" : "not to be had here");
  check(found == possible, "helpers were %s", found ? "not to be had" : "never seen");
  return 0;
}
