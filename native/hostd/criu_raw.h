/*
 * For mobidesk-criu-peek.so: system calls that need nothing of the C library, and processes that share the memory of
 * the one that they help. These have no thread-local memory of their own, so they call nothing of the C library either.
 */
#ifndef MOBIDESK_CRIU_RAW_H
#define MOBIDESK_CRIU_RAW_H

#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* A system call that touches nothing of the caller's but its registers: no errno, -E... instead. */
static inline long raw(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

/* In a helper, first: it ends with the process that it helps. */
static inline void raw_end_with_parent(void) { raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0, 0); }

#endif
