/*
 * Part of mobidesk-criu-peek.so: fills the memory of a process that is restored with fewer steps, and on all
 * processors.
 *
 * CRIU reads pages into new mappings by preadv, and the kernel takes a fault for each page that is not there yet. What
 * a large read is to fill is made present before, by one call. (UFFDIO_COPY, which clears no page, was faster still,
 * but left mappings in parts that Linux 6.12 does not move in one, as CRIU must.) A very large read is shared with
 * helpers: one process often has most of the memory of a session, and the others have been restored long before it.
 */
#include "criu_raw.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; before it the call fails, and the read takes its faults */
#endif

#define PAGE 4096

/* What is smaller is not worth the call; the helpers; a system call for each of its parts. */
#define LEAST (256u << 10)
#define LEAST_SHARED (32u << 20)
#define LEAST_PART (64u << 10)

#define PIECE (4ull << 20)
#define HELPERS_MAX 3
#define STACK (16u << 10)

/* One read; pieces of PIECE bytes of it are taken by whoever comes first. A helper that is killed leaves one undone. */
struct fill {
  int fd, count;
  const struct iovec *to;
  uint64_t offset, size;
  _Atomic uint64_t next, done;
};

static void populate(void *at, size_t size) {
  if (size >= LEAST && (uintptr_t)at % PAGE == 0)
    raw(SYS_madvise, (long)at, (long)size, MADV_POPULATE_WRITE, 0, 0, 0);
}

static bool read_part(int fd, char *to, uint64_t size, uint64_t offset) {
  populate(to, size);
  while (size > 0) {
    long n = raw(SYS_pread64, fd, (long)to, (long)size, (long)offset, 0, 0);
    if (n <= 0)
      return false;
    to += n;
    offset += (uint64_t)n;
    size -= (uint64_t)n;
  }
  return true;
}

static bool read_piece(const struct fill *f, uint64_t from, uint64_t end) {
  uint64_t at = 0; /* of the read, where a part begins */
  for (int i = 0; i < f->count && at < end; at += f->to[i++].iov_len) {
    uint64_t first = from > at ? from : at, last = at + f->to[i].iov_len < end ? at + f->to[i].iov_len : end;
    if (first < last && !read_part(f->fd, (char *)f->to[i].iov_base + (first - at), last - first, f->offset + first))
      return false;
  }
  return true;
}

static void work(struct fill *f) {
  for (uint64_t from; (from = atomic_fetch_add(&f->next, PIECE)) < f->size;) {
    uint64_t end = from + PIECE < f->size ? from + PIECE : f->size;
    if (!read_piece(f, from, end))
      break;
    atomic_fetch_add(&f->done, end - from);
  }
}

static void help(struct fill *f) {
  raw_end_with_parent();
  work(f);
}

/* Starts `help` in a process that shares this one's memory and descriptors. Its number is one that no process of the
 * session is about to get: the first free ones are those that CRIU restores. */
static long start_helper(struct fill *f, int which, char *stack) {
  pid_t wanted = (4 << 20) - 1 - HELPERS_MAX * (pid_t)raw(SYS_getpid, 0, 0, 0, 0, 0, 0) - which;
  struct clone_args how = {.flags = CLONE_VM | CLONE_FILES | CLONE_FS,
                           .stack = (uint64_t)stack,
                           .stack_size = STACK,
                           .set_tid = (uint64_t)&wanted,
                           .set_tid_size = 1};
  long pid;
  register struct fill *argument __asm__("r12") = f;
  register void (*function)(struct fill *) __asm__("r13") = help;
  __asm__ volatile("syscall\n\t"
                   "test %%rax, %%rax\n\t"
                   "jnz 1f\n\t"
                   "xor %%ebp, %%ebp\n\t"
                   "mov %%r12, %%rdi\n\t"
                   "call *%%r13\n\t"
                   "xor %%edi, %%edi\n\t"
                   "mov %[exit], %%eax\n\t"
                   "syscall\n\t"
                   "1:"
                   : "=a"(pid)
                   : "a"((long)SYS_clone3), "D"(&how), "S"(sizeof how), "r"(argument),
                     "r"(function), [exit] "i"(SYS_exit)
                   : "rcx", "r11", "memory");
  return pid;
}

static int processors(void) {
  cpu_set_t set;
  long bytes = raw(SYS_sched_getaffinity, 0, sizeof set, (long)&set, 0, 0, 0);
  return bytes > 0 ? CPU_COUNT_S((size_t)bytes, &set) : 1;
}

static bool fill_together(struct fill *f) {
  static char stacks[HELPERS_MAX][STACK] __attribute__((aligned(64)));
  long helpers[HELPERS_MAX];
  int count = 0, most = processors() - 1;
  while (count < most && count < HELPERS_MAX && (helpers[count] = start_helper(f, count, stacks[count])) > 0)
    count++;
  work(f);
  for (int i = 0; i < count; i++)
    while (raw(SYS_wait4, helpers[i], 0, __WALL, 0, 0, 0) == -EINTR)
      continue;
  return f->done == f->size;
}

__attribute__((visibility("default"))) ssize_t preadv64(int fd, const struct iovec *to, int count, off64_t offset) {
  struct fill f = {.fd = fd, .count = count, .to = to, .offset = (uint64_t)offset};
  for (int i = 0; i < count; i++)
    f.size += to[i].iov_len;
  /* What was read in vain is read again, and the kernel says what is wrong. */
  if (f.size >= LEAST_SHARED && f.size / (uint64_t)count >= LEAST_PART && fill_together(&f))
    return (ssize_t)f.size;
  for (int i = 0; i < count; i++)
    populate(to[i].iov_base, to[i].iov_len);
  return syscall(SYS_preadv, fd, to, (long)count, (long)offset, 0L);
}
